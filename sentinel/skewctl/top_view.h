/*
 * What `skewctl top` shows, as text: a function of the daemon's documents, the size of the screen and the reader's
 * wishes. The words are those of the other commands, so what is learned here is good there.
 */
#ifndef SKEWCTL_TOP_VIEW_H
#define SKEWCTL_TOP_VIEW_H

#include <jansson.h>

#include "../../proto/instant.h"

enum top_page { TOP_ALL, TOP_MATRIX, TOP_EVENTS, TOP_WHY, TOP_HELP, TOP_PAGES };

enum { TOP_ROWS_LEAST = 10, TOP_COLUMNS_LEAST = 40 };

struct top_view {
	const json_t *status, *matrix; /* matrix: NULL where it is not known */
	const json_t *events;          /* a list, newest last */
	const char *failure;           /* why the daemon does not answer; NULL: it does */
	struct span silent;            /* for so long */
	bool paused, colour;
	enum top_page page;
	/* Lines between the page's beginning and what is seen of it (events: between that and their end). */
	unsigned scroll;
	unsigned rows, columns;
};

/*
 * Lines for screen_draw(), rows of them; for free(). A scroll beyond what there is is set right.
 * Ends the program where memory is short.
 */
char *top_view_draw(struct top_view *view);

/* How far a page is turned. */
unsigned top_view_stride(const struct top_view *view);

#endif
