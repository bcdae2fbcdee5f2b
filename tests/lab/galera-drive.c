/*
 * The daemon's Galera driver without the daemon: what the core would want comes in as lines on standard input, what
 * would go to the log and the status comes out as lines on standard output.
 *
 *   galera-drive SOCKET USER STATE [dry-run] [fence] [replicas]
 *                                               on [REASON] | off | keep | unhold | status | quit; ends at the end of
 *                                               input too
 *   galera-drive SOCKET USER STATE release      what `skewctl release` does with the daemon dead
 *   galera-drive - USER - setup                 the SQL of `skewctl setup-db`
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../sentinel/galera/galera.h"
#include "../../sentinel/galera/ownership.h"
#include "../../sentinel/galera/setup_db.h"

struct drive {
	struct loop *loop;
	struct watch *input;
	struct action_env env;
	void *driver;
	char line[512];
	size_t len;
};

static void on_report(void *arg, const struct action_report *report)
{
	(void)arg;
	printf("report%s %s %s\n", report->measure == MEASURE_FENCE ? "-fence" : "",
		action_state_name(report->state), report->detail);
}

static void on_note(void *arg, enum severity severity, const char *text)
{
	(void)arg;
	(void)severity;
	printf("note %s\n", text);
}

static void show_status(const struct drive *drive)
{
	json_t *json = galera_driver.status(drive->driver);
	char *text = json_dumps(json, JSON_COMPACT);

	printf("status %s\n", text ? text : "?");
	free(text);
	json_decref(json);
}

static void obey(struct drive *drive, const char *line)
{
	static const struct {
		const char *word;
		enum want want;
	} wants[] = { { "on", WANT_ON }, { "off", WANT_OFF }, { "keep", WANT_KEEP } };
	size_t word = strcspn(line, " ");
	struct wanted wanted;

	for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
		if (word != strlen(wants[i].word) || strncmp(line, wants[i].word, word) != 0)
			continue;
		wanted.leave = wants[i].want;
		snprintf(wanted.reason, sizeof wanted.reason, "%s", line[word] ? line + word + 1 : "");
		galera_driver.want(drive->driver, &wanted);
	}
	if (strcmp(line, "unhold") == 0)
		galera_driver.unhold(drive->driver);
	if (strcmp(line, "status") == 0)
		show_status(drive);
	if (strcmp(line, "quit") == 0)
		loop_stop(drive->loop);
}

static void on_input(void *arg, unsigned what)
{
	struct drive *drive = arg;
	ssize_t got = read(STDIN_FILENO, drive->line + drive->len, sizeof drive->line - 1 - drive->len);
	char *end;

	(void)what;
	if (got <= 0) {
		loop_stop(drive->loop);
		return;
	}
	drive->len += (size_t)got;
	drive->line[drive->len] = '\0';
	while ((end = strchr(drive->line, '\n'))) {
		*end = '\0';
		obey(drive, drive->line);
		drive->len -= (size_t)(end + 1 - drive->line);
		memmove(drive->line, end + 1, drive->len + 1);
	}
}

static void on_terminate(void *arg, unsigned what)
{
	(void)what;
	loop_stop(arg);
}

static int drive(const struct conf *conf)
{
	struct drive d = { .loop = loop_new() };
	struct watch *terminate = watch_signal(d.loop, SIGTERM, on_terminate, d.loop);
	char error[OWNERSHIP_ERROR_SIZE];
	int lock;

	if (ownership_lock(conf->state, &lock, error) != OWNERSHIP_LOCKED) {
		printf("note %s\n", error);
		return 1;
	}
	d.env = (struct action_env){
		.loop = d.loop, .conf = conf, .report = on_report, .note = on_note, .arg = &d
	};
	d.input = watch_new(d.loop, STDIN_FILENO, WATCH_READ, on_input, &d);
	d.driver = galera_driver.start(&d.env);
	loop_run(d.loop);
	galera_driver.stop(d.driver);
	watch_free(d.input);
	watch_free(terminate);
	loop_free(d.loop);
	close(lock);
	return 0;
}

static bool has_word(char **argv, const char *word)
{
	for (argv += 4; *argv; argv++)
		if (strcmp(*argv, word) == 0)
			return true;
	return false;
}

/* Stories take it out again and again. */
static unsigned max_per_day(void)
{
	const char *most = getenv("MAX_PER_DAY");

	return most ? (unsigned)strtoul(most, NULL, 10) : 100;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 4 ? argv[4] : "";
	struct conf *conf;
	int status = 0;

	if (argc < 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(mode, "setup") == 0) {
		setup_db_print(stdout, argv[2]);
		return 0;
	}
	conf = conf_defaults("driven");
	conf->galera.configured = true;
	conf->galera.measures = has_word(argv, "fence") ? MEASURE_FENCE : MEASURE_DESYNC;
	conf->galera.fence_with_replicas = has_word(argv, "replicas");
	conf->galera.dry_run = has_word(argv, "dry-run");
	conf->galera.max_per_day = max_per_day();
	snprintf(conf->galera.socket, sizeof conf->galera.socket, "%s", argv[1]);
	snprintf(conf->galera.user, sizeof conf->galera.user, "%s", argv[2]);
	snprintf(conf->state, sizeof conf->state, "%s", argv[3]);
	if (strcmp(mode, "release") == 0)
		status = galera_release(conf, stdout) ? 0 : 1;
	else
		status = drive(conf);
	conf_free(conf);
	return status;
}
