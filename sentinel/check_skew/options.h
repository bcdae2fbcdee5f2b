/* The plugin's command line. */
#ifndef CHECK_SKEW_OPTIONS_H
#define CHECK_SKEW_OPTIONS_H

#include "../../conf/conf.h"
#include "range.h"

struct limit {
	const char *text; /* as given; NULL: none */
	struct range range;
};

struct options {
	const char *socket; /* of the local daemon */
	const char *node;   /* NULL: this one */
	const char *host;   /* NULL: the daemon is asked. Else: this is probed, */
	struct conf_address address;
	const char *keyfile; /* with this key, or NULL */
	uint32_t key;
	const char *cluster; /* asks as a sentinel of it does; NULL: as an NTP client */
	struct limit warning, critical;
	struct span timeout;
	int verbose;
};

enum options_wish { OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_BAD };

/* Reads the arguments; *out is whole for OPTIONS_CHECK alone. OPTIONS_BAD: `error` says what is wrong, in one line. */
enum options_wish options_read(int argc, char **argv, struct options *out, char *error, size_t room);

extern const char options_help[];

#endif
