#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "../../conf/span.h"
#include "world.h"

void story_tell(struct world *world, const char *who, const char *format, ...)
{
	FILE *out = world->story;
	int64_t ms = world->now.ns / NS_PER_MS;
	va_list args;

	if (!out)
		return;
	fprintf(out, "%5" PRId64 ".%03" PRId64 "  %-5s  ", ms / 1000, ms % 1000, who);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
}

static void tell_wire(FILE *out, const char *where, const struct wire_shape *shape)
{
	char least[SPAN_TEXT_SIZE], spread[SPAN_TEXT_SIZE];

	fprintf(out, "%s: %s + %s %s each way", where, span_format(shape->least, least, sizeof least),
		wire_delay_name(shape->delay), span_format(shape->spread, spread, sizeof spread));
	if (shape->lost_ppm)
		fprintf(out, ", %u lost of a million", shape->lost_ppm);
	fputc('\n', out);
}

static const char *role_name(const struct plan_host *host)
{
	if (!host->server)
		return conf_role_name(host->role);
	return host->trusted ? "trusted NTP server" : host->keyed ? "NTP server with a key" : "NTP server";
}

void story_begin(struct world *world)
{
	const struct plan *plan = &world->plan;
	FILE *out = world->story;
	char text[SPAN_TEXT_SIZE];

	if (!out)
		return;
	fprintf(out, "%s, seed %" PRIu64 "\n", plan->name, world->seed);
	if (plan->about)
		fprintf(out, "%s\n", plan->about);
	tell_wire(out, "within a site", &plan->near);
	tell_wire(out, "between sites", &plan->far);
	if (plan->lopsided.ns)
		fprintf(out, "  and %s more towards the higher site\n",
			span_format(plan->lopsided, text, sizeof text));
	for (unsigned i = 0; i < plan->n_hosts; i++) {
		const struct plan_host *host = &plan->hosts[i];

		fprintf(out, "%s: %s, site %u, clock off by %s, crystal by %" PRId64 ".%03d ppm%s%s\n",
			host->name, role_name(host), host->site, span_format(host->offset, text, sizeof text),
			host->crystal_ppb / 1000,
			(int)(host->crystal_ppb < 0 ? -host->crystal_ppb : host->crystal_ppb) % 1000,
			host->free_running ? ", not steered" : "",
			host->smears ? ", smears leap seconds" : "");
	}
	fputc('\n', out);
}

void story_end(struct world *world)
{
	FILE *out = world->story;

	if (!out)
		return;
	fputc('\n', out);
	for (unsigned i = 0; i < world->n_hosts; i++) {
		const struct host *host = &world->hosts[i];

		if (!host->plan->server)
			fprintf(out, "at the end, %s: %s\n", host->plan->name,
				host->alive ? host->sight.summary : "its sentinel is not running");
	}
}
