#include "top_view.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "reply.h"
#include "show.h"

/* Below the status there are always so many lines of events, their title among them. */
enum { EVENTS_LEAST = 5, BAR_ROWS = 2, FAILURE_MOST = 2 };

/* Text cut into lines; they live in the text. */
struct block {
	char *text;
	char **lines;
	size_t n;
};

/* ---- blocks ---- */

static void die(void)
{
	fputs("skewctl: memory is short\n", stderr);
	exit(1);
}

static struct page block_open(struct block *block, size_t *len, const struct top_view *view)
{
	struct page page = { .colour = view->colour, .width = view->columns };

	*block = (struct block){ 0 };
	page.out = open_memstream(&block->text, len);
	if (!page.out)
		die();
	return page;
}

static void block_close(struct block *block, const struct page *page)
{
	size_t room = 1;

	if (fclose(page->out) != 0)
		die();
	for (const char *c = block->text; *c; c++)
		room += *c == '\n';
	block->lines = calloc(room, sizeof(char *));
	if (!block->lines)
		die();
	for (char *rest = block->text; *rest;) {
		block->lines[block->n++] = rest;
		rest += strcspn(rest, "\n");
		if (*rest)
			*rest++ = '\0';
	}
}

static void block_free(struct block *block)
{
	free(block->lines);
	free(block->text);
}

/* ---- what is in them ---- */

static void put_title(const struct page *page, const char *title)
{
	page_gap(page);
	page_line(page, NULL, TONE_STRONG, "%s", title);
}

static enum tone severity_tone(const char *severity)
{
	if (strcmp(severity, "error") == 0)
		return TONE_BAD;
	return strcmp(severity, "warning") == 0 ? TONE_WARN : TONE_PLAIN;
}

/* Of today only the time of day. */
static void put_event(const struct page *page, const json_t *event, const char *today)
{
	const char *severity = reply_text(event, "severity");
	char clock[REPLY_TEXT_SIZE];
	char label[2 * REPLY_TEXT_SIZE];
	bool is_today = strncmp(reply_clock(reply_text(event, "time"), clock), today, 10) == 0;

	snprintf(label, sizeof label, "%s %-7.7s", clock + (is_today && strlen(clock) > 11 ? 11 : 0),
		severity);
	page_line(page, label, severity_tone(severity), "%s", reply_text(event, "text"));
}

static void make_events(struct block *block, const struct top_view *view)
{
	const char *today = reply_text(view->status, "time");
	const json_t *event;
	size_t len;
	size_t i;
	struct page page = block_open(block, &len, view);

	json_array_foreach(view->events, i, event) put_event(&page, event, today);
	if (json_array_size(view->events) == 0)
		page_line(&page, NULL, TONE_DIM, "Nothing has happened yet.");
	block_close(block, &page);
}

static void make_matrix(struct block *block, const struct top_view *view)
{
	size_t len;
	struct page page = block_open(block, &len, view);

	if (view->matrix)
		show_matrix(view->matrix, &page);
	else
		page_line(&page, NULL, TONE_DIM, "The matrix is not known yet.");
	block_close(block, &page);
}

static void make_why(struct block *block, const struct top_view *view)
{
	size_t len;
	struct page page = block_open(block, &len, view);

	if (!view->matrix || !show_why(view->status, view->matrix, NULL, &page))
		page_line(&page, NULL, TONE_DIM, "Why is not known yet.");
	block_close(block, &page);
}

static void make_help(struct block *block, const struct top_view *view)
{
	static const struct {
		const char *key, *text;
	} keys[] = {
		{ "1 or a", "all: the verdict, what is in force, the peers; the matrix where there is room; "
			    "events" },
		{ "2 or m", "the matrix: everyone's offset to everyone" },
		{ "3 or e", "events, newest last" },
		{ "4 or w", "why: how the verdict comes about, voter by voter" },
		{ "Tab", "the next of these" },
		{ "arrows", "a line up or down; j and k do the same" },
		{ "Page", "Page Up and Page Down, Home and End: the same in larger steps" },
		{ "Space", "what is shown stays as it is, until Space is pressed again" },
		{ "r", "asks the daemon at once" },
		{ "?", "this help; the same again, or any page, leaves it" },
		{ "q", "quits" },
	};
	size_t len;
	struct page page = block_open(block, &len, view);

	page_line(&page, NULL, TONE_PLAIN,
		"The daemon is asked every second. Offset is that peer's clock minus this host's; the truth "
		"lies "
		"within Bound of it. To act: skewctl hold, release, drill; see skewctl(8).");
	page_gap(&page);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		page_line(&page, keys[i].key, TONE_PLAIN, "%s", keys[i].text);
	block_close(block, &page);
}

/* ---- the screen ---- */

struct canvas {
	FILE *out;
	unsigned left; /* lines that are still free */
};

static void put_line(struct canvas *canvas, const char *line)
{
	if (canvas->left == 0)
		return;
	canvas->left--;
	fprintf(canvas->out, "%s\n", line);
}

static void fill(struct canvas *canvas, unsigned keep)
{
	while (canvas->left > keep)
		put_line(canvas, "");
}

static unsigned least(size_t a, unsigned b)
{
	return a < b ? (unsigned)a : b;
}

/* Bytes of UTF-8 that take so many columns at most. */
static int fitting(const char *text, unsigned columns)
{
	size_t at = 0;

	while (text[at]) {
		size_t next = at + 1;

		while (((unsigned char)text[next] & 0xc0) == 0x80)
			next++;
		if (columns-- == 0)
			break;
		at = next;
	}
	return (int)at;
}

static unsigned columns_of(const char *text)
{
	unsigned columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* A line of its own colour: the left text as far as the right one leaves room. */
static void put_bar(struct canvas *canvas, unsigned columns, const char *left, const char *right)
{
	char *plain = page_plain(left);
	unsigned right_columns = least(columns_of(right), columns);
	unsigned room = columns - right_columns;
	int bytes = fitting(plain, room);
	char *line;

	plain[bytes] = '\0';
	if (asprintf(&line, "\033[7m%s%*s%.*s\033[0m", plain, (int)(room - columns_of(plain)), "",
		    fitting(right, right_columns), right) < 0)
		die();
	put_line(canvas, line);
	free(line);
	free(plain);
}

static void put_head(struct canvas *canvas, const struct top_view *view)
{
	const json_t *verdict = json_object_get(view->status, "verdict");
	char state[16];
	char left[256];
	char right[2 * REPLY_TEXT_SIZE];
	char span[REPLY_TEXT_SIZE];
	char clock[REPLY_TEXT_SIZE];

	snprintf(state, sizeof state, "%s", reply_text(verdict, "state"));
	for (char *c = state; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	snprintf(left, sizeof left, " %s in cluster %s: %s%s", reply_text(view->status, "node"),
		reply_text(view->status, "cluster"), state,
		json_is_object(json_object_get(view->status, "drill")) ? " (DRILL)" : "");
	if (view->failure)
		snprintf(right, sizeof right, "  NO ANSWER for %s ", reply_rough(view->silent, span));
	else
		snprintf(right, sizeof right, "  %s  %.19s UTC ", view->paused ? "PAUSED" : "live",
			reply_clock(reply_text(view->status, "time"), clock));
	put_bar(canvas, view->columns, left, right);
}

/* The page that is seen stands in brackets. */
static void key_words(enum top_page page, char *out, size_t room)
{
	static const char *const words[TOP_PAGES] = { "1 all", "2 matrix", "3 events", "4 why", "? help" };
	size_t len = (size_t)snprintf(out, room, " q quit ");

	for (size_t i = 0; i < TOP_PAGES && len < room; i++)
		len += (size_t)snprintf(out + len, room - len, i == page ? "[%s]" : " %s ", words[i]);
	if (len < room)
		snprintf(out + len, room - len, " space pause");
}

/* Where there is more than is seen, `first` to `last` of it are. */
static void put_keys(
	struct canvas *canvas, const struct top_view *view, unsigned first, unsigned last, size_t all)
{
	char keys[128];
	char right[64] = "";

	key_words(view->page, keys, sizeof keys);
	if (last - first < all)
		snprintf(right, sizeof right, " %u-%u/%zu ", first + 1, last, all);
	put_bar(canvas, view->columns, keys, right);
}

/* Under the bar, in words: that all of it is old, and why. */
static void put_failure(struct canvas *canvas, const struct top_view *view)
{
	struct block block;
	struct page page;
	size_t len;

	if (!view->failure)
		return;
	page = block_open(&block, &len, view);
	page_line(&page, NULL, TONE_BAD, "What is below is old: %s", view->failure);
	block_close(&block, &page);
	for (size_t i = 0; i < block.n && i < FAILURE_MOST; i++)
		put_line(canvas, block.lines[i]);
	block_free(&block);
}

/* Puts as many lines as fit from the scroll on, which is set right, and the keys. */
static void put_block(struct canvas *canvas, struct top_view *view, const struct block *block, bool from_end)
{
	unsigned room = canvas->left - 1;
	unsigned shown = least(block->n, room);
	unsigned most = (unsigned)block->n - shown;
	unsigned first;

	view->scroll = least(view->scroll, most);
	first = from_end ? most - view->scroll : view->scroll;
	for (unsigned i = 0; i < shown; i++)
		put_line(canvas, block->lines[first + i]);
	fill(canvas, 1);
	put_keys(canvas, view, first, first + shown, block->n);
}

static void put_page(struct canvas *canvas, struct top_view *view)
{
	struct block block;

	switch (view->page) {
	case TOP_MATRIX:
		make_matrix(&block, view);
		break;
	case TOP_EVENTS:
		make_events(&block, view);
		break;
	case TOP_WHY:
		make_why(&block, view);
		break;
	case TOP_HELP:
	case TOP_ALL:
	case TOP_PAGES:
		make_help(&block, view);
		break;
	}
	put_block(canvas, view, &block, view->page == TOP_EVENTS);
	block_free(&block);
}

/* The status and, if it fits into `room` as a whole, the matrix. */
static void make_upper(struct block *block, const struct top_view *view, unsigned room)
{
	struct block matrix;
	size_t len;
	struct page page = block_open(block, &len, view);
	unsigned status_rows = 0;

	show_status(view->status, &page);
	fflush(page.out);
	for (const char *c = block->text; *c; c++)
		status_rows += *c == '\n';
	make_matrix(&matrix, view);
	if (status_rows + 2 + matrix.n <= room) {
		put_title(&page, "Matrix");
		for (size_t i = 0; i < matrix.n; i++)
			fprintf(page.out, "%s\n", matrix.lines[i]);
	}
	block_free(&matrix);
	block_close(block, &page);
}

/* The latest events in so many lines, none of them without its beginning. */
static void put_latest(struct canvas *canvas, const struct top_view *view, unsigned rows)
{
	struct block events;
	unsigned first;

	make_events(&events, view);
	first = (unsigned)events.n - least(events.n, rows);
	while (first < events.n && events.lines[first][0] == ' ')
		first++;
	for (; first < events.n; first++)
		put_line(canvas, events.lines[first]);
	block_free(&events);
}

static void put_all(struct canvas *canvas, struct top_view *view)
{
	unsigned room = canvas->left - 1 - EVENTS_LEAST;
	struct block upper;
	unsigned shown;
	unsigned first;

	make_upper(&upper, view, room);
	shown = least(upper.n, room);
	view->scroll = least(view->scroll, (unsigned)upper.n - shown);
	first = view->scroll;
	for (unsigned i = 0; i < shown; i++)
		put_line(canvas, upper.lines[first + i]);
	if (shown + 1 < room)
		put_line(canvas, "");
	put_line(canvas, view->colour ? "\033[1mEvents\033[0m" : "Events");
	put_latest(canvas, view, canvas->left - 1);
	fill(canvas, 1);
	put_keys(canvas, view, first, first + shown, upper.n);
	block_free(&upper);
}

char *top_view_draw(struct top_view *view)
{
	char *text = NULL;
	size_t len;
	struct canvas canvas = { .out = open_memstream(&text, &len), .left = view->rows };

	if (!canvas.out)
		die();
	if (view->rows < TOP_ROWS_LEAST || view->columns < TOP_COLUMNS_LEAST) {
		put_line(&canvas, "Too small: make it 80x24.");
	} else {
		put_head(&canvas, view);
		put_failure(&canvas, view);
		if (view->page == TOP_ALL)
			put_all(&canvas, view);
		else
			put_page(&canvas, view);
	}
	if (fclose(canvas.out) != 0)
		die();
	return text;
}

unsigned top_view_stride(const struct top_view *view)
{
	unsigned bars = BAR_ROWS + (view->page == TOP_ALL ? EVENTS_LEAST : 0);

	return view->rows > bars + 1 ? view->rows - bars - 1 : 1;
}
