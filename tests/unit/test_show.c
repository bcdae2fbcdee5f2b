#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/skewctl/show.h"
#include "document.h"

/* PAGES holds, beside the documents, what a person sees of them at 80 columns. */
static char *printed;
static size_t size;
static struct page page;

static int open_page(void **state)
{
	(void)state;
	page = (struct page){ .out = open_memstream(&printed, &size), .width = 80 };
	return page.out ? 0 : -1;
}

static int close_page(void **state)
{
	(void)state;
	free(printed);
	return 0;
}

/* The page is the one in the file, letter by letter, and no line is wider than 80 columns. */
static void assert_page(const char *name)
{
	static char wanted[16384];
	char path[256];
	FILE *file;

	fclose(page.out);
	snprintf(path, sizeof path, "%s/%s.txt", PAGES, name);
	file = fopen(path, "r");
	assert_non_null(file);
	wanted[fread(wanted, 1, sizeof wanted - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(printed, wanted);
	for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
}

/* Of a large cluster those that are asked from here, and how many others there are. */
static void who_is_asked_by_others_is_counted(void **state)
{
	json_t *status = document("night-status");
	json_t *peers = json_object_get(status, "peers");

	(void)state;
	for (size_t i = 1; i < json_array_size(peers); i++)
		json_object_set_new(json_array_get(peers, i), "watched", json_false());
	show_status(status, &page);
	fclose(page.out);
	assert_non_null(strstr(printed, "\ndb1 "));
	assert_null(strstr(printed, "\ndb2 "));
	assert_non_null(strstr(printed, "\n3 more are asked by other hosts.\n"));
	json_decref(status);
}

static void the_status_at_night(void **state)
{
	json_t *status = document("night-status");

	(void)state;
	show_status(status, &page);
	json_decref(status);
	assert_page("night-status");
}

static void where_a_drift_leads_is_told(void **state)
{
	json_t *status = document("night-status");

	(void)state;
	json_object_set_new(json_object_get(status, "verdict"), "threshold_in_s", json_real(5400));
	json_object_del(status, "levels");
	json_object_set_new(json_object_get(status, "verdict"), "state", json_string("warning"));
	show_status(status, &page);
	json_object_set_new(json_object_get(status, "verdict"), "state", json_string("critical"));
	show_status(status, &page);
	json_decref(status);
	fclose(page.out);
	assert_non_null(strstr(printed, "warning for 42 s; at this drift critical in 1 h 30 min\n"));
	/* Where it is to be cleared it still is that. */
	assert_non_null(strstr(printed, "critical for 42 s\n"));
}

static void a_hold_is_shown_with_what_lifts_it(void **state)
{
	json_t *status = document("night-status");
	json_t *galera = json_object_get(status, "galera");

	(void)state;
	json_object_set_new(galera, "hold", json_pack("{s:s}", "by", "db1"));
	show_status(status, &page);
	json_object_set_new(
		json_object_get(status, "hold"), "reason", json_string("on all nodes, by db1: x"));
	show_status(status, &page);
	json_decref(status);
	fclose(page.out);
	assert_non_null(strstr(printed,
		"\nHold      actions stand still until: skewctl unhold; moving the time servers\n"
		"Hold      and on all nodes, by db1, until: skewctl unhold --cluster\n"));
	assert_non_null(strstr(printed,
		"\nHold      actions stand still until: skewctl unhold --cluster; on all nodes, by\n"));
}

/* What else would be looked for with the firewall, or nowhere. */
static void who_is_not_believed_and_what_the_user_lacks_is_told(void **state)
{
	json_t *status = document("night-status");
	json_t *peer = json_array_get(json_object_get(status, "peers"), 0);

	(void)state;
	json_object_set_new(peer, "state", json_string("unreachable"));
	json_object_set_new(peer, "not_believed", json_string("its key is another one than ours"));
	json_object_set_new(
		json_object_get(status, "galera"), "missing", json_string("the user lacks a grant"));
	show_status(status, &page);
	json_decref(status);
	fclose(page.out);
	assert_non_null(
		strstr(printed, "\ndb1 is heard, and not believed: its key is another one than ours\n"));
	assert_non_null(strstr(printed, "\n          the user lacks a grant\n"));
}

static void a_server_that_is_away_is_not_shown_as_synced(void **state)
{
	json_t *status = document("night-status");
	json_t *galera = json_object_get(status, "galera");

	(void)state;
	json_object_set_new(galera, "connection", json_string("away: no socket"));
	show_status(status, &page);
	json_object_set_new(galera, "local_state_comment", json_string(""));
	show_status(status, &page);
	json_decref(status);
	fclose(page.out);
	assert_non_null(
		strstr(printed, "\nGalera    the server is away: no socket; before that: Donor/Desynced, "));
	assert_non_null(strstr(printed, "\nGalera    the server is away: no socket\n"));
}

static void what_keeps_results_from_icinga_is_told(void **state)
{
	static const char icinga[] =
		"{\"reporting\": true, \"error\": null, \"endpoints\": ["
		"{\"name\": \"master1\", \"state\": \"ok\", \"error\": null},"
		"{\"name\": \"master2\", \"state\": \"failed\", \"error\": \"no answer in time\"}],"
		"\"results\": ["
		"{\"node\": \"db3\", \"on_behalf\": false, \"taken_s\": 12.0, \"by\": \"master1\", "
		"\"error\": null},"
		"{\"node\": \"db2\", \"on_behalf\": true, \"taken_s\": null, \"by\": null, "
		"\"error\": \"404: it has no service object\"},"
		"{\"node\": \"db1\", \"on_behalf\": true, \"taken_s\": null, \"by\": null, "
		"\"error\": \"no answer in time\"}]}";
	json_t *status = document("night-status");

	(void)state;
	json_object_set_new(status, "icinga", json_loads(icinga, 0, NULL));
	show_status(status, &page);
	json_decref(status);
	fclose(page.out);
	assert_non_null(strstr(printed,
		"\nIcinga    master1 took the latest result 12 s ago\n"
		"          master2: no answer in time\n"
		"          404: it has no service object\n"
		"          this host reports for db2, db1, whose own results do not arrive\n"));
}

static void the_matrix_at_night(void **state)
{
	json_t *matrix = document("night-matrix");

	(void)state;
	show_matrix(matrix, &page);
	json_decref(matrix);
	assert_page("night-matrix");
}

static void the_events_at_night(void **state)
{
	json_t *events = document("night-events");

	(void)state;
	show_events(events, &page);
	json_decref(events);
	assert_page("night-events");
}

static void why_db3_is_wrong(void **state)
{
	json_t *status = document("night-status");
	json_t *matrix = document("night-matrix");

	(void)state;
	assert_true(show_why(status, matrix, NULL, &page));
	json_decref(status);
	json_decref(matrix);
	assert_page("night-why");
}

static void why_db1_is_not(void **state)
{
	json_t *status = document("night-status");
	json_t *matrix = document("night-matrix");

	(void)state;
	assert_true(show_why(status, matrix, "db1", &page));
	json_decref(status);
	json_decref(matrix);
	assert_page("night-why-db1");
}

static void a_voter_that_cannot_be_reached_does_not_count(void **state)
{
	json_t *status = document("night-status");
	json_t *matrix = document("night-matrix");

	(void)state;
	json_object_set_new(
		json_array_get(json_object_get(status, "peers"), 0), "state", json_string("unreachable"));
	assert_true(show_why(status, matrix, "db3", &page));
	json_decref(status);
	json_decref(matrix);
	fclose(page.out);
	assert_non_null(strstr(printed, "\ndb1    database  no answer"));
	assert_non_null(strstr(printed,
		"A majority is 3 of 4. Of 3 other voters 2 can be counted: enough, with the node\n"
		"itself, to prove it right; too few to prove it wrong.\n"));
}

static void of_a_node_that_is_none_nothing_is_said(void **state)
{
	json_t *status = document("night-status");
	json_t *matrix = document("night-matrix");

	(void)state;
	assert_false(show_why(status, matrix, "db9", &page));
	json_decref(status);
	json_decref(matrix);
	fclose(page.out);
	assert_string_equal(printed, "");
}

/* A daemon of another version, or somebody else at the socket: what is missing or of another kind is no reason to fall. */
static void a_strange_document_does_no_harm(void **state)
{
	static const char *const texts[] = { "{}", "[]", "{\"peers\": 5, \"verdict\": []}",
		"{\"peers\": [null, 1, {}, {\"reach\": -1, \"low_s\": 1e308, \"high_s\": -1}], \"levels\": "
		"[{}, 3]}",
		"{\"verdict\": {\"summary\": 4}, \"drill\": {}, \"hold\": {}, \"galera\": {}, \"actions\": "
		"[[]], \"icinga\": {\"endpoints\": 3, \"results\": [4, [], {\"on_behalf\": true}]}}",
		"{\"nodes\": [{}, {\"name\": 7}], \"cells\": [{}, {}], \"verdicts\": [{}, 5]}" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		json_t *json = json_loads(texts[i], 0, NULL);

		assert_non_null(json);
		show_status(json, &page);
		show_matrix(json, &page);
		show_events(json, &page);
		if (!show_why(json, json, "db3", &page))
			page_gap(&page);
		json_decref(json);
	}
	fclose(page.out);
	assert_true(size > 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_status_at_night),
		STORY(where_a_drift_leads_is_told),
		STORY(a_hold_is_shown_with_what_lifts_it),
		STORY(who_is_not_believed_and_what_the_user_lacks_is_told),
		STORY(a_server_that_is_away_is_not_shown_as_synced),
		STORY(what_keeps_results_from_icinga_is_told),
		STORY(who_is_asked_by_others_is_counted),
		STORY(the_matrix_at_night),
		STORY(the_events_at_night),
		STORY(why_db3_is_wrong),
		STORY(why_db1_is_not),
		STORY(a_voter_that_cannot_be_reached_does_not_count),
		STORY(of_a_node_that_is_none_nothing_is_said),
		STORY(a_strange_document_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
