#include "../../sentinel/host/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"

enum { LINES = 5000 };

/* What is read has stderr's place meanwhile. */
struct listener {
	int before, end;
	char text[1 << 20];
};

static int take_stderr(void **state)
{
	static struct listener only;
	struct listener *listener = &only;
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	listener->before = dup(STDERR_FILENO);
	listener->end = ends[0];
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	fcntl(listener->end, F_SETFL, O_NONBLOCK);
	*state = listener;
	unsetenv("JOURNAL_STREAM");
	log_open(0);
	return 0;
}

static int give_stderr_back(void **state)
{
	struct listener *listener = *state;

	dup2(listener->before, STDERR_FILENO);
	close(listener->before);
	close(listener->end);
	return 0;
}

static const char *read_all(struct listener *listener)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(listener->end, listener->text + len, sizeof listener->text - 1 - len)) > 0)
		len += (size_t)got;
	listener->text[len] = '\0';
	return listener->text;
}

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void a_line_names_its_subsystem_and_what_is_debug_is_left_out(void **state)
{
	log_line(SEVERITY_DEBUG, "core", "nobody wants to know");
	log_line(SEVERITY_NOTICE, "peer", "%s answers", "db2");
	assert_string_equal(read_all(*state), "peer: db2 answers\n");
}

static void a_hostile_name_stays_on_its_line(void **state)
{
	log_line(SEVERITY_WARNING, "peer", "%s", "db2\nverdict: all is well\033[2J");
	assert_string_equal(read_all(*state), "peer: db2?verdict: all is well?[2J\n");
}

static void a_reader_that_stands_still_holds_up_nobody_and_is_told_what_it_missed(void **state)
{
	unsigned first, lost;
	const char *text;
	char *rest;

	for (unsigned i = 0; i < LINES; i++)
		log_line(SEVERITY_NOTICE, "peer", "line %u of a flood that nobody reads at present", i);
	first = count_lines(read_all(*state));
	assert_in_range(first, 1, LINES - 1);
	log_line(SEVERITY_NOTICE, "verdict", "db3 is 1900 s ahead");
	text = read_all(*state);
	assert_memory_equal(text, "log: ", 5);
	lost = (unsigned)strtoul(text + 5, &rest, 10);
	assert_int_equal(first + lost, LINES);
	assert_string_equal(rest, " lines before this one are lost: what reads the log stood still\n"
				  "verdict: db3 is 1900 s ahead\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_names_its_subsystem_and_what_is_debug_is_left_out,
			take_stderr, give_stderr_back),
		cmocka_unit_test_setup_teardown(
			a_hostile_name_stays_on_its_line, take_stderr, give_stderr_back),
		cmocka_unit_test_setup_teardown(
			a_reader_that_stands_still_holds_up_nobody_and_is_told_what_it_missed, take_stderr,
			give_stderr_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
