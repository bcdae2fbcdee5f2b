/* Configurations from text, and the sentences of those that are refused. The file is "s.yaml". */
#ifndef TESTS_UNIT_PARSED_H
#define TESTS_UNIT_PARSED_H

#include <stdio.h>
#include <string.h>

#include "../../conf/conf.h"
#include "story.h"

/* As it is on that host; for conf_free. */
static inline struct conf *conf_on(const char *host_name, const char *text)
{
	struct conf_host host = { .name = host_name };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("s.yaml", text, strlen(text), &host, &error);

	if (conf == NULL)
		fail_msg("%s", error.text);
	return conf;
}

static inline void assert_refused_on(const char *host_name, const char *text, const char *sentence)
{
	struct conf_host host = { .name = host_name };
	struct conf_error error = { "" };

	assert_null(conf_parse("s.yaml", text, strlen(text), &host, &error));
	assert_string_equal(error.text, sentence);
}

static inline void assert_refused(const char *text, const char *sentence)
{
	assert_refused_on("db3", text, sentence);
}

/* A file that is right but for the lines after its first. */
static inline void assert_line_refused(const char *lines, const char *sentence)
{
	char text[512];

	snprintf(text, sizeof(text), "peers: [db1, db2]\n%s\n", lines);
	assert_refused(text, sentence);
}

#endif
