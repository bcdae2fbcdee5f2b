#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static SCREEN *screen;

bool screen_open(char *why, size_t room)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		snprintf(why, room, "this is no terminal: use skewctl status, matrix or events");
		return false;
	}
	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		snprintf(why, room, "a terminal of type '%s' is not known: set TERM, or use skewctl status",
			term ? term : "");
		return false;
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		for (short colour = COLOR_BLACK + 1; colour < COLOR_WHITE; colour++)
			init_pair(colour, colour, -1);
	}
	return true;
}

void screen_close(void)
{
	endwin();
	delscreen(screen);
	screen = NULL;
}

void screen_size(unsigned *rows, unsigned *columns)
{
	*rows = (unsigned)getmaxy(stdscr);
	*columns = (unsigned)getmaxx(stdscr);
}

/* One number of a sequence; what it does not know changes nothing. */
static attr_t tone_add(attr_t tone, unsigned long number)
{
	switch (number) {
	case 0:
		return A_NORMAL;
	case 1:
		return tone | A_BOLD;
	case 2:
		return tone | A_DIM;
	case 7:
		return tone | A_REVERSE;
	default:
		break;
	}
	if (number > 30 && number < 37 && has_colors())
		return tone | (attr_t)COLOR_PAIR(number - 30);
	return tone;
}

/* Behind "\033[": "1;31m". Gives what comes behind it. */
static const char *take_tone(const char *text)
{
	attr_t tone = A_NORMAL;
	char *end;

	do {
		tone = tone_add(tone, strtoul(text, &end, 10));
		text = end;
	} while (*text++ == ';');
	attrset((int)tone);
	return text;
}

static size_t character_len(const char *text)
{
	size_t len = 1;

	while (((unsigned char)text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* Gives the end of the line. */
static const char *draw_line(int row, const char *text)
{
	int columns = getmaxx(stdscr);
	int column = 0;

	attrset(A_NORMAL);
	move(row, 0);
	while (*text && *text != '\n') {
		if (strncmp(text, "\033[", 2) == 0) {
			text = take_tone(text + 2);
			continue;
		}
		if (column++ < columns)
			addnstr(text, (int)character_len(text));
		text += character_len(text);
	}
	return text;
}

void screen_draw(const char *text)
{
	int rows = getmaxy(stdscr);

	erase();
	for (int row = 0; row < rows && *text; row++) {
		text = draw_line(row, text);
		text += *text == '\n';
	}
	refresh();
}

static int key_of(int key)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{ KEY_UP, SCREEN_UP },
		{ KEY_DOWN, SCREEN_DOWN },
		{ KEY_PPAGE, SCREEN_PAGE_UP },
		{ KEY_NPAGE, SCREEN_PAGE_DOWN },
		{ KEY_HOME, SCREEN_HOME },
		{ KEY_END, SCREEN_END },
		{ KEY_RESIZE, SCREEN_RESIZED },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].theirs == key)
			return keys[i].ours;
	return key > 0 && key < 0x80 ? key : SCREEN_NONE;
}

/* A terminal that is gone reads as one with a key that never comes. */
int screen_key(struct span within)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = getch();
	int ready;

	if (key != ERR)
		return key_of(key);
	ready = poll(&in, 1, within.ns > 0 ? (int)(within.ns / NS_PER_MS) + 1 : 0);
	if (ready < 0 && errno == EINTR) /* the window changed its size, say */
		ready = 0;
	key = getch();
	if (key != ERR)
		return key_of(key);
	return ready == 0 ? SCREEN_NONE : SCREEN_GONE;
}
