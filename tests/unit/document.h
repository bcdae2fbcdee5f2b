/* The daemon's documents of a certain night, and others, as files. PAGES, which the build defines, is their folder. */
#ifndef TESTS_UNIT_DOCUMENT_H
#define TESTS_UNIT_DOCUMENT_H

#include <jansson.h>
#include <stdio.h>

#include "story.h"

/* PAGES/NAME.json, for json_decref; where it is not there the test fails. */
static inline json_t *document(const char *name)
{
	json_error_t error;
	char path[256];
	json_t *json;

	snprintf(path, sizeof path, "%s/%s.json", PAGES, name);
	json = json_load_file(path, 0, &error);
	if (!json)
		fail_msg("%s: %s", path, error.text);
	return json;
}

#endif
