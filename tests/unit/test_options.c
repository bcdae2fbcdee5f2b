#include "story.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/options.h"
#include "../../conf/yaml.h"

static char *text_of(const char *path)
{
	FILE *stream = fopen(path, "re");
	char *text = calloc(1, 131072);

	assert_non_null(stream);
	assert_non_null(text);
	assert_in_range(fread(text, 1, 131071, stream), 1000, 131070);
	fclose(stream);
	return text;
}

/* "#key: value" and "#  - {key: value}" are options, "# Text" is prose. */
static bool is_commented_option(const char *line)
{
	const char *key = line + 1 + strspn(line + 1, " ");

	if (strncmp(key, "- {", 3) == 0)
		return line[0] == '#';
	return line[0] == '#' && islower((unsigned char)*key) &&
	       key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")] == ':';
}

/* The example with every option that is commented out put in. */
static char *whole_example(void)
{
	char *text = text_of(EXAMPLE);

	for (char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_commented_option(line))
			memmove(line, line + 1, strlen(line));
	}
	return text;
}

static struct conf *conf_of(const char *text, const char *name)
{
	struct conf_host host = { .name = name };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("sentinel.yaml", text, strlen(text), &host, &error);

	if (conf == NULL)
		fail_msg("%s", error.text);
	return conf;
}

/* Does the tree have an option of this path, in whichever entry of a list? */
static bool has_option(const struct yaml_value *value, const char *path)
{
	size_t len = strcspn(path, ".[");
	char key[32];

	snprintf(key, sizeof(key), "%.*s", (int)len, path);
	value = yaml_get(value, key);
	if (value == NULL || path[len] == '\0')
		return value != NULL;
	if (path[len] == '.')
		return has_option(value, path + len + 1);
	for (value = value->first; value != NULL; value = value->next)
		if (has_option(value, path + len + strlen("[].")))
			return true;
	return false;
}

/* What excludes what the example has. */
static const struct {
	const char *path, *words;
} told_in_words[] = {
	{ "peers[].key", "#   key " },
	{ "peers[].icinga_host", "#   icinga_host " },
	{ "peers[].galera_address", "#   galera_address " },
	{ "icinga.certificate", "#   certificate: " },
	{ "icinga.key", "#   key: /etc" },
};

static bool is_told_in_words(const char *path)
{
	for (size_t i = 0; i < sizeof told_in_words / sizeof told_in_words[0]; i++)
		if (strcmp(told_in_words[i].path, path) == 0)
			return true;
	return false;
}

static void the_example_can_be_used_as_it_is(void **state)
{
	char *text = text_of(EXAMPLE);
	struct conf *conf = conf_of(text, "db2.example.net"), *defaults = conf_defaults("db2");

	(void)state;
	assert_int_equal(conf->n_peers, 3);
	assert_true(conf->listed);
	assert_string_equal(conf->node, "db2");
	assert_int_equal(conf->electorate, 4);
	assert_int_equal(conf->key, defaults->key);
	assert_false(conf->galera.configured);
	conf_free(conf);
	conf_free(defaults);
	free(text);
}

static void the_example_has_every_option(void **state)
{
	struct conf_error error = { "" };
	struct source source = { .file = "sentinel.yaml", .error = &error };
	char *text = whole_example();
	struct yaml_value *root = yaml_read(&source, text, strlen(text));
	const struct conf_option *option = NULL;

	(void)state;
	if (root == NULL)
		fail_msg("%s", error.text);
	while ((option = option_next(option)) != NULL)
		if (!has_option(root, option->path) && !is_told_in_words(option->path))
			fail_msg("the example lacks %s", option->path);
	for (size_t i = 0; i < sizeof told_in_words / sizeof told_in_words[0]; i++)
		assert_non_null(strstr(text, told_in_words[i].words));
	yaml_tree_free(root);
	free(text);
}

static void what_the_example_has_commented_out_are_the_defaults(void **state)
{
	char *text = whole_example();
	struct conf *conf = conf_of(text, "db1"), *defaults = conf_defaults("db1");

	(void)state;
	assert_string_equal(conf->cluster, defaults->cluster);
	assert_string_equal(conf->node, defaults->node);
	assert_int_equal(conf->n_listen, defaults->n_listen);
	assert_memory_equal(conf->listen, defaults->listen, sizeof(conf->listen));
	assert_string_equal(conf->state, defaults->state);
	assert_string_equal(conf->keys, defaults->keys);
	assert_int_equal(conf->key, defaults->key);
	assert_int_equal(conf->open, defaults->open);
	assert_memory_equal(&conf->probe, &defaults->probe, sizeof(conf->probe));
	assert_memory_equal(&conf->thresholds, &defaults->thresholds, sizeof(conf->thresholds));
	assert_string_equal(conf->galera.user, defaults->galera.user);
	assert_int_equal(conf->galera.above.ns, defaults->galera.above.ns);
	assert_int_equal(conf->galera.after.ns, defaults->galera.after.ns);
	assert_int_equal(conf->galera.measures, defaults->galera.measures);
	assert_int_equal(conf->galera.max_per_day, defaults->galera.max_per_day);
	assert_int_equal(conf->galera.fence_with_replicas, defaults->galera.fence_with_replicas);
	assert_int_equal(conf->galera.min_synced, defaults->galera.min_synced);
	assert_int_equal(conf->galera.dry_run, defaults->galera.dry_run);
	assert_memory_equal(&conf->gate, &defaults->gate, sizeof(conf->gate));
	assert_string_equal(conf->status.socket, defaults->status.socket);
	assert_string_equal(conf->icinga.ca, defaults->icinga.ca);
	assert_string_equal(conf->icinga.user, defaults->icinga.user);
	assert_string_equal(conf->icinga.password_file, defaults->icinga.password_file);
	assert_string_equal(conf->icinga.service, defaults->icinga.service);
	assert_int_equal(conf->icinga.interval.ns, defaults->icinga.interval.ns);
	assert_int_equal(conf->icinga.ttl.ns, 3 * defaults->icinga.interval.ns);
	assert_int_equal(conf->icinga.timeout.ns, defaults->icinga.timeout.ns);
	assert_int_equal(conf->icinga.report, defaults->icinga.report);
	assert_int_equal(conf->icinga.silent, defaults->icinga.silent);
	assert_true(conf->galera.configured && conf->status.http_on && conf->icinga.configured);
	assert_int_equal(conf->status.http.port, CONF_HTTP_PORT);
	conf_free(conf);
	conf_free(defaults);
	free(text);
}

/* What the manual says of one option: from its .It to the next macro that ends it, for the caller to free. */
static char *manual_of(const char *manual, const char *path)
{
	char item[64];
	const char *begin, *end, *list;

	snprintf(item, sizeof(item), "\n.It Ic %s\n", path);
	begin = strstr(manual, item);
	if (begin == NULL) {
		fail_msg("the manual lacks %s", path);
		return strdup("");
	}
	begin += strlen(item);
	end = strstr(begin, "\n.It ");
	list = strstr(begin, "\n.El");
	return strndup(begin, (size_t)((end < list ? end : list) - begin));
}

static void the_manual_has_every_option_with_its_default(void **state)
{
	char *manual = text_of(MANUAL);
	const struct conf_option *option = NULL;

	(void)state;
	while ((option = option_next(option)) != NULL) {
		char *text = manual_of(manual, option->path);
		const char *tail = strstr(text, "Default:");

		if (option->preset != NULL && (tail == NULL || strstr(tail, option->preset) == NULL))
			fail_msg("the manual lacks the default of %s: %s", option->path, option->preset);
		for (const struct conf_word *word = option->words; word != NULL && word->name != NULL; word++)
			if (strstr(text, word->name) == NULL)
				fail_msg("the manual lacks %s of %s", word->name, option->path);
		free(text);
	}
	free(manual);
}

static void the_manual_has_no_option_that_is_none(void **state)
{
	char *manual = text_of(MANUAL);
	const char *item = manual;

	(void)state;
	while ((item = strstr(item, "\n.It Ic ")) != NULL) {
		char path[64];

		item += strlen("\n.It Ic ");
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(item, "\n"), item);
		if (option_find(path) == NULL)
			fail_msg("the manual has %s", path);
	}
	free(manual);
}

static void every_option_is_told_in_half_a_sentence(void **state)
{
	const struct conf_option *option = NULL;

	(void)state;
	while ((option = option_next(option)) != NULL) {
		size_t len = strlen(option->help);

		if (len == 0 || len > 110 || option->help[len - 1] == '.')
			fail_msg("the help of %s does not fit a line: %s", option->path, option->help);
	}
}

static void a_guess_is_near_or_says_where_the_key_belongs(void **state)
{
	(void)state;
	assert_string_equal(option_guess("thresholds.", "warnign")->path, "thresholds.warning");
	assert_string_equal(option_guess("", "peer")->path, "peers");
	assert_string_equal(option_guess("peers[].", "adress")->path, "peers[].address");
	assert_string_equal(option_guess("", "measures")->path, "galera.measures");
	assert_string_equal(option_guess("galera.", "cluster")->path, "cluster");
	assert_null(option_guess("galera.", "fence"));
	assert_null(option_guess("", "a-key-that-is-longer-than-any-of-ours-by-far"));
	assert_null(option_guess("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_can_be_used_as_it_is),
		cmocka_unit_test(the_example_has_every_option),
		cmocka_unit_test(what_the_example_has_commented_out_are_the_defaults),
		cmocka_unit_test(the_manual_has_every_option_with_its_default),
		cmocka_unit_test(the_manual_has_no_option_that_is_none),
		cmocka_unit_test(every_option_is_told_in_half_a_sentence),
		cmocka_unit_test(a_guess_is_near_or_says_where_the_key_belongs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
