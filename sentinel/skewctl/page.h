/*
 * Text for a terminal or a pipe: wrapped and aligned to a width, coloured where asked. What is printed may come from
 * anyone in the cluster, so control characters never pass: they are shown as "?".
 */
#ifndef SKEWCTL_PAGE_H
#define SKEWCTL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_DIM, TONE_STRONG };

struct page {
	FILE *out;
	bool colour;
	unsigned width; /* in columns */
};

/* The width of the terminal behind `out`, or 80; colour on a terminal alone, and not with NO_COLOR. */
void page_open(struct page *page, FILE *out);

/* The text, harmless. For free(); never NULL (ends the program where memory is short). */
char *page_plain(const char *text);

/*
 * A line of `label`, in a column of its own (10 wide, or as wide as it is long), and the text behind it, wrapped there.
 * Without a label (NULL) the text begins the line.
 */
void page_line(const struct page *page, const char *label, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void page_gap(const struct page *page);

/* ---- tables: columns two spaces apart, as wide as they need to be ---- */

struct table_column {
	const char *title;
	bool right; /* aligned; else left */
	/* Where a table is too wide for the page, the columns with the highest go, 0 never. */
	unsigned drop;
};

struct table;
/* columns must outlive the table. Ends the program where memory is short, as table_add does. */
struct table *table_new(const struct table_column *columns, size_t n_columns);
void table_free(struct table *table);

/* The next cell, row by row. */
void table_add(struct table *table, enum tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * split: a table that is too wide is printed in several, each with the first column (a matrix); else columns are
 * dropped.
 */
void table_print(const struct table *table, const struct page *page, bool split);

#endif
