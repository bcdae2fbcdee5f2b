/* sim: runs real cores in a simulated world and looks whether they keep their promises. See README.md. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../conf/span.h"
#include "invariant.h"

struct options {
	const char *scenario; /* NULL: random */
	uint64_t seed;
	bool trace;
	int64_t hours;
	uint64_t random;  /* so many; 0: one */
	int64_t minutes;  /* or as many as it can begin in that time */
	const char *drop; /* faults of the plan to leave out: indices, with commas */
};

static void usage(FILE *out)
{
	fputs("usage: sim --seed S [--scenario NAME] [--trace] [--hours H] [--drop I,J...]\n"
	      "       sim --random N --from SEED [--hours H]\n"
	      "       sim --minutes M --from SEED\n"
	      "       sim --list\n",
		out);
}

static void list(void)
{
	for (unsigned n = 0; plan_nth(n); n++)
		printf("%-24s %s\n", plan_nth(n)->name, plan_nth(n)->about);
}

static bool is_dropped(const char *list, unsigned index)
{
	for (const char *at = list; at && *at; at = strchr(at, ','), at = at ? at + 1 : NULL)
		if (strtoul(at, NULL, 10) == index)
			return true;
	return false;
}

static void drop_faults(struct plan *plan, const char *list)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < plan->n_faults; i++)
		if (!is_dropped(list, i))
			plan->faults[kept++] = plan->faults[i];
	plan->n_faults = kept;
}

/* What goes wrong at random does so all the time. */
static void stretch(struct plan *plan, struct span lasts, bool faults)
{
	for (unsigned i = 0; faults && i < plan->n_faults; i++)
		plan->faults[i].at = span_scale(plan->faults[i].at, lasts.ns, plan->lasts.ns);
	plan->lasts = lasts;
}

static bool make_plan(const struct options *options, struct plan *plan)
{
	const struct plan *named = options->scenario ? plan_named(options->scenario) : NULL;

	if (options->scenario && !named) {
		fprintf(stderr, "sim: no scenario is called %s; see: sim --list\n", options->scenario);
		return false;
	}
	if (named)
		*plan = *named;
	else
		plan_throw(plan, options->seed);
	if (options->hours)
		stretch(plan, span_s(3600 * options->hours), !named);
	drop_faults(plan, options->drop);
	return true;
}

static uint64_t violations(const struct totals *totals)
{
	uint64_t sum = 0;

	for (int i = 0; i < INVARIANT_COUNT; i++)
		sum += totals->violations[i];
	return sum;
}

/* ---- what was done ---- */

static void print_faults(const struct totals *totals)
{
	printf("faults:");
	for (int i = 0; i < FAULT_KINDS; i++)
		printf(" %s %" PRIu64, fault_name((enum fault_kind)i), totals->faults[i]);
	putchar('\n');
}

static void print_verdicts(const struct totals *totals)
{
	static const char *const levels[LEVEL_COUNT] = { "warning", "critical", "action" };

	printf("verdicts:");
	for (int i = 0; i <= VERDICT_UNKNOWN; i++)
		printf(" %s %" PRIu64, verdict_state_name((enum verdict_state)i), totals->verdicts[i]);
	for (int i = 0; i < LEVEL_COUNT; i++)
		printf("; %s raised %" PRIu64 ", cleared %" PRIu64, levels[i], totals->raised[i],
			totals->cleared[i]);
	printf("; nodes taken out %" PRIu64 ", seen out %" PRIu64 "; rings reported %" PRIu64 "\n",
		totals->desyncs, totals->deeds, totals->rings);
}

static void print_totals(const struct totals *totals)
{
	char worst[SPAN_TEXT_SIZE], longest[SPAN_TEXT_SIZE];

	printf("%" PRIu64 " runs, %.1f cluster-hours (%.1f host-hours), %" PRIu64 " steps, %" PRIu64
	       " exchanges\n",
		totals->runs, span_seconds(totals->cluster_time) / 3600,
		span_seconds(totals->host_time) / 3600, totals->steps, totals->exchanges);
	print_faults(totals);
	print_verdicts(totals);
	for (int i = 0; i < INVARIANT_COUNT; i++)
		printf("%-10s looked at %10" PRIu64 " times, violated %" PRIu64 ": %s\n", invariants[i]->name,
			totals->proofs[i], totals->violations[i], invariants[i]->promise);
	printf("within the memory of a raw clock that stood still: %" PRIu64 " intervals, %" PRIu64
	       " wrong, by up to %s, up to %s after\n",
		totals->still_checked, totals->still_wrong,
		span_format(totals->still_worst, worst, sizeof worst),
		span_format(totals->still_longest, longest, sizeof longest));
}

/* ---- runs ---- */

static bool run(const struct options *options, uint64_t seed, struct totals *totals)
{
	struct options one = *options;
	struct plan plan;
	struct world *world;
	bool good;

	one.seed = seed;
	if (!make_plan(&one, &plan))
		return false;
	world = world_new(&plan, seed, options->trace ? stdout : NULL);
	if (!world) {
		fputs("sim: out of memory\n", stderr);
		return false;
	}
	world_run(world);
	good = violations(&world->totals) == 0;
	for (int i = 0; i < INVARIANT_COUNT; i++)
		if (world->violations[i][0])
			printf("seed %" PRIu64 ", %s: %s\n", seed, invariants[i]->name, world->violations[i]);
	totals_add(totals, &world->totals);
	world_free(world);
	return good;
}

static bool goes_on(const struct options *options, uint64_t done, time_t began)
{
	if (options->minutes)
		return time(NULL) - began < 60 * options->minutes;
	return done < options->random;
}

static bool run_all(const struct options *options)
{
	struct totals totals = { 0 };
	time_t began = time(NULL);
	bool good = true;

	for (uint64_t i = 0; goes_on(options, i, began); i++)
		good &= run(options, options->seed + i, &totals);
	print_totals(&totals);
	return good;
}

static bool run_one(const struct options *options)
{
	struct totals totals = { 0 };
	bool good = run(options, options->seed, &totals);

	if (!options->trace)
		print_totals(&totals);
	return good;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 's' },
		{ "scenario", required_argument, NULL, 'n' },
		{ "trace", no_argument, NULL, 't' },
		{ "hours", required_argument, NULL, 'H' },
		{ "random", required_argument, NULL, 'r' },
		{ "minutes", required_argument, NULL, 'm' },
		{ "drop", required_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .seed = 1 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int c; (c = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
		switch (c) {
		case 's':
			options.seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			options.scenario = optarg;
			break;
		case 't':
			options.trace = true;
			break;
		case 'H':
			options.hours = strtoll(optarg, NULL, 10);
			break;
		case 'r':
			options.random = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			options.minutes = strtoll(optarg, NULL, 10);
			break;
		case 'd':
			options.drop = optarg;
			break;
		case 'l':
			list();
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return 2;
		}
	}
	return (options.random || options.minutes ? run_all : run_one)(&options) ? EXIT_SUCCESS
										 : EXIT_FAILURE;
}
