#include "history_time.h"

#include <stdio.h>

#define GAP_MAX span_s(INT64_C(30) * 86400)

struct span history_booted(const struct reading *now)
{
	return span_add(span_ns(now->mono_after.ns), now->boot);
}

int64_t history_second(const struct history_time *time, const struct reading *now)
{
	return time->second + span_sub(history_booted(now), time->booted).ns / NS_PER_S;
}

uint64_t history_boot(void)
{
	char id[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return 0;
	if (!fgets(id, sizeof id, file))
		id[0] = '\0';
	fclose(file);
	return *id ? message_node_id(id) : 0;
}

int64_t history_gap(const struct leaf *last, uint64_t boot, const struct reading *now)
{
	struct span gap = boot && last->boot == boot ? span_sub(history_booted(now), span_ns(last->booted_ns))
						     : span_ns(ns_sub(now->wall.ns, last->wall_ns));

	return span_max(SPAN_ZERO, span_min(gap, GAP_MAX)).ns / NS_PER_S;
}
