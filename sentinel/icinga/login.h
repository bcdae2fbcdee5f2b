/* How this host shows Icinga who it is: read from its files, and again whenever something may have changed in them. */
#ifndef SENTINEL_LOGIN_H
#define SENTINEL_LOGIN_H

#include "../../conf/conf.h"
#include "https.h"

struct login {
	struct https_tls *tls;
	char *authorization; /* the header's value; NULL: a certificate does it */
};

/* False: a sentence in `error`, and *login is empty. */
bool login_read(struct login *login, const struct conf_icinga *conf, char *error, size_t room)
	__attribute__((warn_unused_result));

/* Leaves nothing of the password in memory. An empty one is fine. */
void login_forget(struct login *login);

#endif
