#include "login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWORD_MAX = 256 };

/* The first line, without its end. */
static bool read_password(const char *path, char out[PASSWORD_MAX], char *error, size_t room)
{
	/* Without waiting for what is no file to have something to read. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t len = -1;

	out[0] = '\0';
	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(error, room, "icinga.password_file %s cannot be read: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(error, room, "icinga.password_file %s is no regular file", path);
	} else if (st.st_mode & (S_IROTH | S_IWOTH)) {
		snprintf(error, room, "icinga.password_file %s: everybody can %s it; do: chmod 0640 %s", path,
			st.st_mode & S_IROTH ? "read" : "write", path);
	} else {
		len = read(fd, out, PASSWORD_MAX - 1);
		out[len > 0 ? len : 0] = '\0';
		out[strcspn(out, "\r\n")] = '\0';
		if (!*out)
			snprintf(error, room, "icinga.password_file %s has no password in its first line",
				path);
	}
	if (fd >= 0)
		close(fd);
	return *out;
}

static bool read_authorization(struct login *login, const struct conf_icinga *conf, char *error, size_t room)
{
	char password[PASSWORD_MAX];

	if (*conf->certificate)
		return true;
	if (!read_password(conf->password_file, password, error, room))
		return false;
	login->authorization = https_basic(conf->user, password);
	explicit_bzero(password, sizeof password);
	if (!login->authorization)
		snprintf(error, room, "out of memory");
	return login->authorization;
}

bool login_read(struct login *login, const struct conf_icinga *conf, char *error, size_t room)
{
	*login = (struct login){ .tls = https_tls_new(conf->ca, conf->certificate, conf->key, error, room) };
	if (login->tls && read_authorization(login, conf, error, room))
		return true;
	login_forget(login);
	return false;
}

void login_forget(struct login *login)
{
	https_tls_free(login->tls);
	if (login->authorization)
		explicit_bzero(login->authorization, strlen(login->authorization));
	free(login->authorization);
	*login = (struct login){ 0 };
}
