/* What the status socket answers: the table of requests, between http.h and the daemon. */
#ifndef SENTINEL_API_H
#define SENTINEL_API_H

#include "http.h"
#include "request.h"
#include "status.h"

/*
 * What can be asked of the daemon. `text` gets one sentence for the one who asked, in either case: what was done, or
 * (false) why not.
 */
struct api_commands {
	bool (*drill)(void *arg, const struct drill_request *request, uid_t uid, char *text, size_t room);
	bool (*hold)(void *arg, const struct hold_request *request, uid_t uid, char *text, size_t room);
	bool (*release)(void *arg, const struct release_request *request, uid_t uid, char *text, size_t room);
	bool (*reload)(void *arg, uid_t uid, char *text, size_t room);
	void *arg;
};

struct api {
	const struct status_source *source;
	const struct api_commands *commands;
};

/* For http_new; `api` must live as long as the handlers are used. */
struct http_handlers api_handlers(struct api *api);

#endif
