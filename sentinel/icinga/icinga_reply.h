/* What an Icinga endpoint's answer means, and what to mend about it: a pure function. */
#ifndef SENTINEL_ICINGA_REPLY_H
#define SENTINEL_ICINGA_REPLY_H

#include "../../conf/conf.h"
#include "https.h"

enum icinga_reply {
	REPLY_TAKEN,
	REPLY_NOT_THIS, /* the endpoint works, and does not take this host's result */
	REPLY_BROKEN,   /* it is the endpoint that does not work */
};

struct icinga_why {
	char text[448];
};

/* `host`: the host object. *why: what is wrong and what to do; "" for REPLY_TAKEN. */
enum icinga_reply icinga_reply_read(const struct https_answer *answer, const struct conf_icinga *conf,
	const char *host, struct icinga_why *why);

#endif
