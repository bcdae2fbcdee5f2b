/*
 * The whole terminal: text is put there, keys come from there. screen.c is the one file that includes ncurses.
 *
 * There is one screen. Between screen_open and screen_close nothing else may write to the terminal.
 */
#ifndef SKEWCTL_SCREEN_H
#define SKEWCTL_SCREEN_H

#include <stddef.h>

#include "../../proto/instant.h"

/* What screen_key gives beside characters. */
enum screen_key {
	SCREEN_NONE = 0, /* no key in time, or one that means nothing here */
	SCREEN_UP = 0x10000,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_RESIZED,
	SCREEN_GONE, /* the terminal is */
};

/* False, and a sentence in *why: this is no terminal that can be filled. */
bool screen_open(char *why, size_t room) __attribute__((warn_unused_result));
void screen_close(void);

void screen_size(unsigned *rows, unsigned *columns);

/*
 * Fills the screen with lines from the top; what is beyond its edges is cut. Tones are those that page.h writes as escape
 * sequences, and "\033[7m" for reversed.
 */
void screen_draw(const char *text);

int screen_key(struct span within);

#endif
