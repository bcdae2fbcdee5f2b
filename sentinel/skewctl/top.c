#include <stdlib.h>
#include <string.h>

#include "../host/clock.h"
#include "ask.h"
#include "client.h"
#include "reply.h"
#include "screen.h"
#include "top_view.h"

#define POLL_EVERY span_s(1)
/* Keys wait meanwhile. */
#define ANSWER_WITHIN span_s(1)
/* A matrix of many nodes is a lot of work for something that changes slowly. */
enum { MATRIX_NODES_OFTEN = 16, MATRIX_RARELY = 5, EVENTS_KEPT = 500 };

struct top {
	const struct skewctl *ctl;
	const char *socket;
	json_t *status, *matrix, *events;
	struct top_view view;
	json_int_t last_event;
	unsigned polls;
	struct mono answered, next_poll;
	char failure[256];
	enum top_page before_help;
};

/* ---- asking ---- */

/* NULL: *top->failure tells why. */
static json_t *ask_quietly(struct top *top, const char *target)
{
	struct client_answer answer;
	char why[128] = "";
	json_t *json;

	if (client_ask(top->socket, "GET", target, NULL, ANSWER_WITHIN, &answer, why, sizeof why) !=
		CLIENT_OK) {
		snprintf(top->failure, sizeof top->failure, "no answer from %s (%s)", top->socket, why);
		return NULL;
	}
	json = answer.status == 200 ? json_loadb(answer.body, answer.len, 0, NULL) : NULL;
	if (!json)
		snprintf(top->failure, sizeof top->failure, "skew-sentinel refuses (HTTP %d)", answer.status);
	free(answer.body);
	return json;
}

static bool replace(json_t **old, json_t *fresh)
{
	if (!fresh)
		return false;
	json_decref(*old);
	*old = fresh;
	return true;
}

/* Only what is new; all of it where the numbers began anew. */
static bool ask_events(struct top *top)
{
	char target[64];
	json_t *answer;

	snprintf(target, sizeof target, "/v1/events?since=%lld", (long long)top->last_event);
	answer = ask_quietly(top, top->last_event ? target : "/v1/events");
	if (!answer)
		return false;
	if (reply_count(answer, "newest") < top->last_event)
		json_array_clear(top->events);
	else
		json_array_extend(top->events, json_object_get(answer, "events"));
	while (json_array_size(top->events) > EVENTS_KEPT)
		json_array_remove(top->events, 0);
	top->last_event = json_array_size(top->events) ? reply_count(answer, "newest") : 0;
	json_decref(answer);
	return true;
}

static bool ask_matrix(struct top *top)
{
	size_t nodes = json_array_size(json_object_get(top->matrix, "nodes"));

	if (nodes > MATRIX_NODES_OFTEN && top->polls % MATRIX_RARELY != 0)
		return true;
	return replace(&top->matrix, ask_quietly(top, "/v1/matrix"));
}

static void ask_all(struct top *top)
{
	bool good =
		replace(&top->status, ask_quietly(top, "/v1/status")) && ask_matrix(top) && ask_events(top);

	top->polls++;
	if (good)
		top->answered = clock_mono();
	top->view.failure = good ? NULL : top->failure;
	top->next_poll = mono_add(clock_mono(), POLL_EVERY);
}

/* ---- showing ---- */

static void draw(struct top *top)
{
	struct top_view *view = &top->view;
	char *text;

	view->status = top->status;
	view->matrix = top->matrix;
	view->events = top->events;
	view->silent = mono_sub(clock_mono(), top->answered);
	screen_size(&view->rows, &view->columns);
	text = top_view_draw(view);
	screen_draw(text);
	free(text);
}

/* ---- keys ---- */

static void turn_to(struct top *top, enum top_page page)
{
	top->view.page = page;
	top->view.scroll = 0;
}

static void on_help(struct top *top)
{
	bool in_help = top->view.page == TOP_HELP;

	if (!in_help)
		top->before_help = top->view.page;
	turn_to(top, in_help ? top->before_help : TOP_HELP);
}

/* Events are scrolled from their end. */
static void scroll(struct top *top, int lines)
{
	struct top_view *view = &top->view;
	int to = (int)view->scroll + (view->page == TOP_EVENTS ? -lines : lines);

	view->scroll = to > 0 ? (unsigned)to : 0;
}

static void on_scroll_key(struct top *top, int key)
{
	const int page = (int)top_view_stride(&top->view);
	const int far = 1 << 20;
	const struct {
		int key, lines;
	} keys[] = {
		{ SCREEN_UP, -1 },
		{ 'k', -1 },
		{ SCREEN_DOWN, 1 },
		{ 'j', 1 },
		{ SCREEN_PAGE_UP, -page },
		{ SCREEN_PAGE_DOWN, page },
		{ SCREEN_HOME, -far },
		{ SCREEN_END, far },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].key == key)
			scroll(top, keys[i].lines);
}

static void on_page_key(struct top *top, int key)
{
	static const struct {
		char key, letter;
		enum top_page page;
	} keys[] = { { '1', 'a', TOP_ALL }, { '2', 'm', TOP_MATRIX }, { '3', 'e', TOP_EVENTS },
		{ '4', 'w', TOP_WHY } };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (key == keys[i].key || key == keys[i].letter)
			turn_to(top, keys[i].page);
}

/* False: that is enough. */
static bool on_key(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case SCREEN_GONE:
		return false;
	case '?':
	case 'h':
		on_help(top);
		break;
	case '\t':
		turn_to(top, (top->view.page + 1) % TOP_HELP);
		break;
	case ' ':
		top->view.paused = !top->view.paused;
		top->next_poll = clock_mono();
		break;
	case 'r':
		top->next_poll = clock_mono();
		break;
	default:
		on_page_key(top, key);
		on_scroll_key(top, key);
		break;
	}
	return true;
}

/* ---- */

static void run(struct top *top)
{
	int key = SCREEN_NONE;

	do {
		if (!top->view.paused && mono_sub(top->next_poll, clock_mono()).ns <= 0)
			ask_all(top);
		if (top->view.paused)
			top->next_poll = mono_add(clock_mono(), POLL_EVERY);
		draw(top);
		key = screen_key(mono_sub(top->next_poll, clock_mono()));
	} while (on_key(top, key));
}

int run_top(const struct skewctl *ctl)
{
	struct top top = { .ctl = ctl, .socket = ask_socket(ctl), .events = json_array() };
	char why[256];
	int status;

	if (ctl->given & OPTION_JSON)
		return usage_error(ctl, "--json does not go with it");
	if (!top.socket)
		return EXIT_USAGE;
	/* A daemon that is not there is told of as ever, and not on a screen that is empty. */
	top.status = ask_document(ctl, "/v1/status", &status);
	if (!top.status)
		return status;
	top.answered = clock_mono();
	top.view.colour = ctl->page.colour;
	status = EXIT_DONE;
	if (screen_open(why, sizeof why)) {
		run(&top);
		screen_close();
	} else {
		status = usage_error(ctl, "%s", why);
	}
	json_decref(top.status);
	json_decref(top.matrix);
	json_decref(top.events);
	return status;
}
