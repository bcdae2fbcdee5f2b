/* Where in which file something stands, and the one way in which the configuration refuses it. */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include "conf.h"

/* Both count from 1, as editors do; a column is a character. */
struct place {
	unsigned line, column;
};

/* The file as messages call it, and where the one message goes. */
struct source {
	const char *file;
	struct conf_error *error;
};

/* Writes "FILE:LINE:COLUMN: sentence" and is always false, so that a reader can return it. */
bool source_refuse(const struct source *source, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A value as a message may quote it: cut, between two characters, where it is long. */
struct excerpt {
	char text[72];
};
struct excerpt source_excerpt(const char *text);

#endif
