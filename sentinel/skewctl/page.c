#include "page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LABEL_WIDTH = 10, GAP = 2, WIDTH_LEAST = 40, WIDTH_DEFAULT = 80 };

struct cell {
	char *text;
	enum tone tone;
};

struct table {
	const struct table_column *columns;
	size_t n_columns, n_cells, room;
	struct cell *cells;
};

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("skewctl: memory is short\n", stderr);
	exit(1);
}

void page_open(struct page *page, FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size = { 0 };
	bool terminal = isatty(fileno(out));

	page->out = out;
	page->colour = terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	page->width = WIDTH_DEFAULT;
	if (terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_LEAST)
		page->width = size.ws_col;
}

/* C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F. */
static size_t control_len(const unsigned char *c)
{
	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	return c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0 ? 2 : 0;
}

char *page_plain(const char *text)
{
	char *plain = must(malloc(strlen(text) + 1));
	char *to = plain;

	while (*text) {
		size_t control = control_len((const unsigned char *)text);

		*to = *text;
		if (control)
			*to = '?';
		to++;
		text += control ? control : 1;
	}
	*to = '\0';
	return plain;
}

/* In columns, one a character: names and sentences are not in scripts that take two. */
static unsigned text_width(const char *text, size_t len)
{
	unsigned width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static void put_tone(const struct page *page, enum tone tone)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "\033[0m",
		[TONE_GOOD] = "\033[32m",
		[TONE_WARN] = "\033[33m",
		[TONE_BAD] = "\033[1;31m",
		[TONE_DIM] = "\033[2m",
		[TONE_STRONG] = "\033[1m",
	};

	if (page->colour)
		fputs(codes[tone], page->out);
}

static void put_toned(const struct page *page, enum tone tone, const char *text, size_t len)
{
	if (tone != TONE_PLAIN)
		put_tone(page, tone);
	fwrite(text, 1, len, page->out);
	if (tone != TONE_PLAIN)
		put_tone(page, TONE_PLAIN);
}

static void put_spaces(const struct page *page, unsigned count)
{
	fprintf(page->out, "%*s", (int)count, "");
}

/* How much of the text goes on a line of so many columns: up to a blank, or at least one word. */
static size_t line_len(const char *text, unsigned columns)
{
	size_t fits = 0;
	size_t at = 0;

	while (text[at]) {
		size_t end = at + strspn(text + at, " ");

		end += strcspn(text + end, " ");
		if (fits > 0 && text_width(text, end) > columns)
			break;
		fits = end;
		at = end;
	}
	return fits;
}

static void put_wrapped(const struct page *page, enum tone tone, unsigned indent, const char *text)
{
	unsigned columns = page->width > indent + 20 ? page->width - indent : 20;

	for (;;) {
		size_t len = line_len(text, columns);

		put_toned(page, tone, text, len);
		fputc('\n', page->out);
		text += len + strspn(text + len, " ");
		if (!*text)
			return;
		put_spaces(page, indent);
	}
}

static __attribute__((format(printf, 1, 0))) char *format_plain(const char *format, va_list args)
{
	char *text;
	char *plain;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	plain = page_plain(must(text));
	free(text);
	return plain;
}

/* Gives the column behind it. */
static unsigned put_label(const struct page *page, const char *label)
{
	char *plain = page_plain(label);
	unsigned own = text_width(plain, strlen(plain));
	unsigned width = own < LABEL_WIDTH ? LABEL_WIDTH : own + 1;

	fputs(plain, page->out);
	put_spaces(page, width - own);
	free(plain);
	return width;
}

void page_line(const struct page *page, const char *label, enum tone tone, const char *format, ...)
{
	unsigned indent = 0;
	va_list args;
	char *text;

	va_start(args, format);
	text = format_plain(format, args);
	va_end(args);
	if (label)
		indent = put_label(page, label);
	put_wrapped(page, tone, indent, text);
	free(text);
}

void page_gap(const struct page *page)
{
	fputc('\n', page->out);
}

struct table *table_new(const struct table_column *columns, size_t n_columns)
{
	struct table *table = must(calloc(1, sizeof *table));

	table->columns = columns;
	table->n_columns = n_columns;
	return table;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, enum tone tone, const char *format, ...)
{
	va_list args;

	if (table->n_cells == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		table->cells = must(realloc(table->cells, table->room * sizeof table->cells[0]));
	}
	va_start(args, format);
	table->cells[table->n_cells++] = (struct cell){ format_plain(format, args), tone };
	va_end(args);
}

static unsigned column_width(const struct table *table, size_t column)
{
	const char *title = table->columns[column].title;
	unsigned width = text_width(title, strlen(title));

	for (size_t i = column; i < table->n_cells; i += table->n_columns) {
		unsigned cell = text_width(table->cells[i].text, strlen(table->cells[i].text));

		width = cell > width ? cell : width;
	}
	return width;
}

/* Which columns are printed, and how wide. */
struct layout {
	unsigned *widths;
	bool *shown;
	size_t n;
};

static unsigned layout_width(const struct layout *layout)
{
	unsigned width = 0;

	for (size_t i = 0; i < layout->n; i++)
		if (layout->shown[i])
			width += layout->widths[i] + GAP;
	return width - GAP;
}

/* The blanks behind a row's last cell are not printed. */
static void put_cell(
	const struct page *page, enum tone tone, bool right, unsigned width, bool last, const char *text)
{
	unsigned own = text_width(text, strlen(text));
	unsigned pad = width > own ? width - own : 0;

	if (right)
		put_spaces(page, pad);
	put_toned(page, tone, text, strlen(text));
	if (!right && !last)
		put_spaces(page, pad);
	if (last)
		fputc('\n', page->out);
	else
		put_spaces(page, GAP);
}

static void print_shown(const struct table *table, const struct page *page, const struct layout *layout)
{
	size_t last = 0;

	for (size_t c = 0; c < layout->n; c++)
		last = layout->shown[c] ? c : last;
	for (size_t c = 0; c < layout->n; c++)
		if (layout->shown[c])
			put_cell(page, TONE_STRONG, table->columns[c].right, layout->widths[c], c == last,
				table->columns[c].title);
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t c = i % layout->n;

		if (layout->shown[c])
			put_cell(page, table->cells[i].tone, table->columns[c].right, layout->widths[c],
				c == last, table->cells[i].text);
	}
}

static void drop_columns(const struct table *table, const struct page *page, struct layout *layout)
{
	while (layout_width(layout) > page->width) {
		size_t least_needed = 0;
		unsigned most = 0;

		for (size_t c = 0; c < layout->n; c++)
			if (layout->shown[c] && table->columns[c].drop > most) {
				most = table->columns[c].drop;
				least_needed = c;
			}
		if (most == 0)
			return;
		layout->shown[least_needed] = false;
	}
}

/* From column `from` on as many as fit (at least one), and the first one. Gives the next one's number. */
static size_t show_from(const struct page *page, struct layout *layout, size_t from)
{
	size_t next = from;

	memset(layout->shown, 0, layout->n * sizeof layout->shown[0]);
	layout->shown[0] = true;
	while (next < layout->n) {
		layout->shown[next] = true;
		if (next > from && layout_width(layout) > page->width) {
			layout->shown[next] = false;
			break;
		}
		next++;
	}
	return next;
}

static void print_split(const struct table *table, const struct page *page, struct layout *layout)
{
	for (size_t from = 1; from < layout->n;) {
		from = show_from(page, layout, from);
		print_shown(table, page, layout);
		if (from < layout->n)
			page_gap(page);
	}
}

void table_print(const struct table *table, const struct page *page, bool split)
{
	struct layout layout = { .n = table->n_columns };

	layout.widths = must(calloc(layout.n, sizeof layout.widths[0]));
	layout.shown = must(calloc(layout.n, sizeof layout.shown[0]));
	for (size_t c = 0; c < layout.n; c++) {
		layout.widths[c] = column_width(table, c);
		layout.shown[c] = true;
	}
	if (split) {
		print_split(table, page, &layout);
	} else {
		drop_columns(table, page, &layout);
		print_shown(table, page, &layout);
	}
	free(layout.widths);
	free(layout.shown);
}
