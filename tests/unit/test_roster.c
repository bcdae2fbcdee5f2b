#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/core/core.h"

/* A cluster whose members all could vote, as host `own` (from 0) has it configured. */
static struct conf *cluster_of(unsigned n, unsigned own)
{
	struct conf_error error = { .text = "" };
	struct conf_host where;
	struct conf *conf;
	char name[16], *text;
	size_t len;
	FILE *stream = open_memstream(&text, &len);

	fputs("peers:\n", stream);
	for (unsigned i = 0; i < n; i++)
		fprintf(stream, "  - {name: db%u, address: 10.0.%u.%u}\n", i, i / 250, i % 250 + 1);
	fclose(stream);
	snprintf(name, sizeof name, "db%u", own);
	where = (struct conf_host){ .name = name };
	conf = conf_parse("s.yaml", text, len, &where, &error);
	assert_string_equal(error.text, "");
	free(text);
	return conf;
}

static struct core *core_of(const struct conf *conf)
{
	static const uint8_t seed[PRNG_SEED_SIZE] = { 1 };
	struct reading now = { .wall = { INT64_C(1795392000) * NS_PER_S } };

	return core_new(conf, NULL, seed, "1", &now);
}

struct asked {
	unsigned voters, others;
};

/* Whom it asks; counts them in `by` as well, where that is not NULL. */
static struct asked count_asked(const struct core *core, unsigned own, unsigned *by)
{
	struct reading now = { .wall = { INT64_C(1795392000) * NS_PER_S } };
	struct asked asked = { 0, 0 };

	for (size_t i = 1; i < core_nodes(core); i++) {
		struct node_view view;

		core_node(core, i, &now, &view);
		if (!view.watched)
			continue;
		*(view.voter ? &asked.voters : &asked.others) += 1;
		if (by)
			by[i <= own ? i - 1 : i]++;
	}
	return asked;
}

static void up_to_128_everybody_asks_everybody(void **state)
{
	struct conf *conf = cluster_of(128, 5);
	struct core *core = core_of(conf);
	struct asked asked = count_asked(core, 5, NULL);

	(void)state;
	assert_int_equal(asked.voters + asked.others, 127);
	core_free(core);
	conf_free(conf);
}

static void among_more_each_asks_the_voters_and_three_others_and_is_asked(void **state)
{
	enum { MEMBERS = 200 };
	unsigned by[MEMBERS] = { 0 };

	(void)state;
	for (unsigned own = 0; own < MEMBERS; own++) {
		struct conf *conf = cluster_of(MEMBERS, own);
		struct core *core = core_of(conf);
		struct asked asked = count_asked(core, own, by);

		assert_int_equal(asked.voters, conf->self.votes ? 30 : 31);
		assert_int_equal(asked.others, 3);
		core_free(core);
		conf_free(conf);
	}
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_true(by[i] >= 3);
}

static void one_that_is_not_asked_is_said_to_be_so(void **state)
{
	struct reading now = { .wall = { INT64_C(1795392000) * NS_PER_S } };
	struct conf *conf = cluster_of(200, 0);
	struct core *core = core_of(conf);
	struct node_view view;
	size_t i = 0;

	(void)state;
	do
		core_node(core, ++i, &now, &view);
	while (view.watched);
	assert_int_equal(view.verdict.state, VERDICT_UNKNOWN);
	assert_string_equal(view.verdict.cause, "not-watched");
	assert_non_null(strstr(view.verdict.summary,
		" is not measured from here: in a cluster of 200 each host asks those that vote and 3 "
		"others; its own sentinel knows"));
	assert_false(view.measured);
	core_free(core);
	conf_free(conf);
}

static void a_reload_makes_it_larger_and_smaller(void **state)
{
	struct conf *small = cluster_of(4, 1), *large = cluster_of(200, 1);
	struct core *core = core_of(small);

	(void)state;
	assert_int_equal(count_asked(core, 1, NULL).voters, 3);
	assert_true(core_reload(core, large, NULL));
	assert_int_equal(core_nodes(core), 200);
	assert_int_equal(count_asked(core, 1, NULL).others, 3);
	assert_true(core_reload(core, small, NULL));
	assert_int_equal(core_nodes(core), 4);
	assert_int_equal(count_asked(core, 1, NULL).voters, 3);
	core_free(core);
	conf_free(small);
	conf_free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_128_everybody_asks_everybody),
		cmocka_unit_test(among_more_each_asks_the_voters_and_three_others_and_is_asked),
		cmocka_unit_test(one_that_is_not_asked_is_said_to_be_so),
		cmocka_unit_test(a_reload_makes_it_larger_and_smaller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
