#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../host/endpoint.h"
#include "../host/keyfile.h"
#include "ask.h"
#include "client.h"
#include "diagnose.h"
#include "reply.h"

#define DAEMON_USER "skew-sentinel"
#define SELINUX_ENFORCE "/sys/fs/selinux/enforce"
#define AUDIT_LOG "/var/log/audit/audit.log"
#define ANSWER_WITHIN span_s(5)

enum { ROOM_LEAST = 4 << 20, AUDIT_TAIL = 4 << 20, LINE_SIZE = 8192 };

/* ---- what is on this host ---- */

/* By its owner, its group (the user's own) or everybody. */
static bool user_may(const struct passwd *user, const struct stat *st, mode_t owner, mode_t group)
{
	return (st->st_uid == user->pw_uid && (st->st_mode & owner)) ||
	       (st->st_gid == user->pw_gid && (st->st_mode & group));
}

static void check_file(json_t *list, const char *file)
{
	const struct passwd *user = getpwnam(DAEMON_USER);
	struct stat st;

	if (user && stat(file, &st) == 0 && !user_may(user, &st, S_IRUSR, S_IRGRP) && !(st.st_mode & S_IROTH))
		diagnosis_add(list, DIAGNOSIS_WRONG, "configuration",
			"%s cannot be read by user %s: chown root:%s %s && chmod 0640 %s", file, DAEMON_USER,
			DAEMON_USER, file, file);
}

static struct conf *check_configuration(json_t *list, const struct skewctl *ctl)
{
	struct conf_error error;
	struct conf *conf = ask_conf_quietly(ctl, &error);

	if (!conf) {
		diagnosis_add(list, DIAGNOSIS_WRONG, "configuration", "%s", error.text);
		return NULL;
	}
	diagnosis_add(list, DIAGNOSIS_OK, "configuration", "%s in cluster %s, with %zu peers", conf->node,
		conf->cluster, conf->n_peers);
	check_file(list, ask_file(ctl));
	diagnose_listed(list, conf);
	diagnose_electorate(list, conf);
	return conf;
}

static void check_keys(json_t *list, const struct conf *conf)
{
	const struct passwd *user = getpwnam(DAEMON_USER);
	struct keyring *ring;
	struct stat st;
	char why[512];

	if (geteuid() != 0 && access(conf->keys, R_OK) != 0 && errno == EACCES) {
		diagnosis_add(list, DIAGNOSIS_NOTE, "keys", "%s: only root can look: sudo skewctl doctor",
			conf->keys);
		return;
	}
	ring = keyfile_load(conf, why, sizeof why);
	if (!ring)
		diagnosis_add(list, DIAGNOSIS_WRONG, "keys", "%s", why);
	else if (user && stat(conf->keys, &st) == 0 && !user_may(user, &st, S_IRUSR, S_IRGRP))
		diagnosis_add(list, DIAGNOSIS_WRONG, "keys",
			"%s cannot be read by user %s: chown root:%s %s && chmod 0640 %s", conf->keys,
			DAEMON_USER, DAEMON_USER, conf->keys, conf->keys);
	else
		diagnosis_add(list, DIAGNOSIS_OK, "keys", "%s has all that are used, for nobody else to read",
			conf->keys);
	keyring_free(ring);
}

static void check_state(json_t *list, const struct conf *conf)
{
	const struct passwd *user = getpwnam(DAEMON_USER);
	struct statvfs disk;
	struct stat st;

	if (stat(conf->state, &st) != 0 || statvfs(conf->state, &disk) != 0)
		diagnosis_add(list, DIAGNOSIS_WRONG, "state", "%s: %s; systemd makes it (StateDirectory=)",
			conf->state, strerror(errno));
	else if (user && !user_may(user, &st, S_IWUSR, S_IWGRP))
		diagnosis_add(list, DIAGNOSIS_WRONG, "state",
			"%s cannot be written by user %s, so that nothing is done: chown -R %s:%s %s",
			conf->state, DAEMON_USER, DAEMON_USER, DAEMON_USER, conf->state);
	else if (disk.f_bavail * disk.f_frsize < ROOM_LEAST)
		diagnosis_add(list, DIAGNOSIS_WRONG, "state",
			"%s: the disk is full; what has to outlive a restart cannot be kept", conf->state);
	else
		diagnosis_add(
			list, DIAGNOSIS_OK, "state", "%s can be written, and there is room", conf->state);
}

/* The daemon listens there all the same, since an address may come later than the daemon does. */
static bool has_address(const char *host)
{
	struct endpoint endpoint;
	struct sockaddr_storage address;
	int family, fd;
	socklen_t len;
	bool absent;

	if (!endpoint_parse(host, 0, &endpoint))
		return true;
	family = endpoint_is_v4(&endpoint) ? AF_INET : AF_INET6;
	len = endpoint_to_sockaddr(&endpoint, family, &address);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	absent = bind(fd, (struct sockaddr *)&address, len) != 0 && errno == EADDRNOTAVAIL;
	close(fd);
	return !absent;
}

static void check_listen(json_t *list, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_listen; i++)
		if (!has_address(conf->listen[i].host))
			diagnosis_add(list, DIAGNOSIS_WRONG, "listen",
				"%s is no address of this host: nobody can ask it there (`listen`; by "
				"default it "
				"is asked at all of its addresses)",
				conf->listen[i].host);
}

/* Lines of the latest part of the log that tell of something that was denied to our programs. */
static unsigned count_denials(FILE *log, char last[LINE_SIZE])
{
	char line[LINE_SIZE];
	unsigned count = 0;

	if (fseek(log, -(long)AUDIT_TAIL, SEEK_END) != 0)
		rewind(log);
	while (fgets(line, sizeof line, log)) {
		if (!strstr(line, "denied") || !strstr(line, "comm=\"skew"))
			continue;
		count++;
		line[strcspn(line, "\n")] = '\0';
		memcpy(last, line, sizeof line);
	}
	return count;
}

static void check_selinux(json_t *list)
{
	FILE *file = fopen(SELINUX_ENFORCE, "re");
	bool enforcing = file && fgetc(file) == '1';
	char last[LINE_SIZE] = "";
	unsigned count;

	if (file)
		fclose(file);
	if (!enforcing) {
		diagnosis_add(list, DIAGNOSIS_OK, "selinux", "SELinux does not enforce anything here");
		return;
	}
	file = fopen(AUDIT_LOG, "re");
	if (!file) {
		diagnosis_add(list, DIAGNOSIS_NOTE, "selinux",
			"SELinux enforces, and %s cannot be read (%s): as root: ausearch "
			"-m avc -c skew-sentinel",
			AUDIT_LOG, strerror(errno));
		return;
	}
	count = count_denials(file, last);
	fclose(file);
	if (count)
		diagnosis_add(list, DIAGNOSIS_WRONG, "selinux", "%u times something was denied, last: %.300s",
			count, last);
	else
		diagnosis_add(list, DIAGNOSIS_OK, "selinux", "SELinux enforces, and denied nothing of late");
}

/* ---- what the daemon says ---- */

/* NULL: that is told. */
static json_t *ask_daemon(json_t *list, const char *socket, const char *target)
{
	struct client_answer answer;
	char why[256] = "";
	json_t *json;

	switch (client_ask(socket, "GET", target, NULL, ANSWER_WITHIN, &answer, why, sizeof why)) {
	case CLIENT_OK:
		json = answer.status == 200 ? json_loadb(answer.body, answer.len, 0, NULL) : NULL;
		free(answer.body);
		if (json)
			return json;
		snprintf(why, sizeof why, "it refuses %s", target);
		break;
	case CLIENT_ABSENT:
		diagnosis_add(list, DIAGNOSIS_WRONG, "daemon",
			"none answers at %s (%s): systemctl start skew-sentinel; why it ended: journalctl -u "
			"skew-sentinel",
			socket, why);
		return NULL;
	case CLIENT_DENIED:
		diagnosis_add(list, DIAGNOSIS_WRONG, "daemon",
			"%s: %s: become root, or a member of the socket's group", socket, why);
		return NULL;
	case CLIENT_BROKEN:
		break;
	}
	diagnosis_add(list, DIAGNOSIS_WRONG, "daemon", "what listens at %s does not answer as it should: %s",
		socket, why);
	return NULL;
}

static void check_daemon(json_t *list, const char *socket, const struct conf *conf)
{
	json_t *status = ask_daemon(list, socket, "/v1/status");
	json_t *matrix = status ? ask_daemon(list, socket, "/v1/matrix") : NULL;

	if (matrix) {
		diagnose_daemon(list, status, conf);
		diagnose_verdict(list, status);
		diagnose_peers(list, status, matrix);
		diagnose_timesync(list, status);
		diagnose_galera(list, status, conf);
	}
	json_decref(matrix);
	json_decref(status);
}

int run_doctor(const struct skewctl *ctl)
{
	json_t *list = json_array();
	struct conf *conf = check_configuration(list, ctl);
	unsigned wrong;

	if (conf) {
		check_keys(list, conf);
		check_state(list, conf);
		check_listen(list, conf);
	}
	check_selinux(list);
	check_daemon(list, ctl->socket ? ctl->socket : conf ? conf->status.socket : SOCKET_DEFAULT, conf);
	wrong = diagnosis_wrong(list);
	if (ctl->given & OPTION_JSON)
		ask_print(ctl, list);
	else
		diagnosis_show(list, &ctl->page);
	conf_free(conf);
	json_decref(list);
	return wrong ? EXIT_REFUSED : EXIT_DONE;
}
