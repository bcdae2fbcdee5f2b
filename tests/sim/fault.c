#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "fault_impl.h"

/*
 * Each kind: its name; how its beginning is told, with {host}, {peer}, {amount} and {lasts}; how its end is
 * ("": not at all); and what it does. Those without an end last for ever.
 */
static const struct fault_kind_entry {
	const char *name, *told, *over;
	act_fn *act;
	bool lasts;
} kinds[FAULT_KINDS] = {
	[FAULT_STEP] = { "step", "the clock of {host} is set further on by {amount}", "", act_step, false },
	[FAULT_SLEW] = { "slew", "the clock of {host} is slewed by {amount}, at 8 %",
		"the clock of {host} has been slewed", act_slew, true },
	[FAULT_MEND] = { "mend", "the clock of {host} is set right", "", act_mend, false },
	[FAULT_DRIFT] = { "drift", "for {lasts} the clock of {host} gains {amount} a second",
		"the clock of {host} keeps time again", act_drift, true },
	[FAULT_LEAP] = { "leap", "a leap second is announced, to come in {lasts}", "the leap second",
		act_leap, true },
	[FAULT_STALL] = { "stall", "the sentinel on {host} gets no processor",
		"the sentinel on {host} runs again", act_stall, true },
	[FAULT_STOP] = { "stop", "the virtual machine {host} stands still", "{host} goes on, {lasts} later",
		act_stop, true },
	[FAULT_SUSPEND] = { "suspend", "{host} goes to sleep", "{host} wakes, {lasts} later", act_suspend,
		true },
	[FAULT_MIGRATE] = { "migrate", "{host} is migrated: it stands still",
		"{host} goes on elsewhere, {lasts} later", act_migrate, true },
	[FAULT_CRASH] = { "crash", "the sentinel on {host} is killed", "the sentinel on {host} is started",
		act_crash, true },
	[FAULT_CUT_OFF] = { "cut-off", "{host} is cut off from all", "{host} is connected again", act_cut_off,
		true },
	[FAULT_ONE_WAY] = { "one-way", "a firewall drops what {host} sends to {peer}",
		"the firewall passes what {host} sends to {peer}", act_one_way, true },
	[FAULT_SPLIT] = { "split", "the hosts up to {host} are parted from the others",
		"all hosts are connected again", act_split, true },
	[FAULT_DETOUR] = { "detour", "what {host} sends to {peer} takes {amount} longer",
		"what {host} sends to {peer} takes the short way again", act_detour, true },
	[FAULT_LOSS] = { "loss", "of what {host} sends to {peer} much is lost",
		"of what {host} sends to {peer} no more is lost than usual", act_loss, true },
	[FAULT_ECHO] = { "echo", "much of what {host} sends to {peer} comes twice",
		"what {host} sends to {peer} comes once again", act_echo, true },
	[FAULT_BEND] = { "bend", "much of what {host} sends to {peer} is damaged",
		"what {host} sends to {peer} is whole again", act_bend, true },
	[FAULT_DB_HANG] = { "db-hang", "mariadbd on {host} hangs", "mariadbd on {host} goes on", act_db_hang,
		true },
	[FAULT_DB_RESTART] = { "db-restart", "mariadbd on {host} is shut down",
		"mariadbd on {host} is started", act_db_restart, true },
	[FAULT_DB_DONATE] = { "db-donate", "mariadbd on {host} donates a state transfer",
		"the state transfer from {host} is over", act_db_donate, true },
	[FAULT_DB_LOCK] = { "db-lock", "a backup on {host} holds FLUSH TABLES WITH READ LOCK",
		"the backup on {host} unlocks", act_db_lock, true },
	[FAULT_DB_OPERATOR] = { "db-operator", "an operator on {host} sets wsrep_desync=ON",
		"the operator on {host} sets wsrep_desync=OFF", act_db_operator, true },
	[FAULT_DISK_FULL] = { "disk-full", "the disk of {host} is full", "the disk of {host} has room again",
		act_disk_full, true },
	[FAULT_HOLD] = { "hold", "an operator on {host}: skewctl hold --for {lasts}", "", act_hold, false },
	[FAULT_RELEASE] = { "release", "an operator on {host}: skewctl release --for {lasts}", "",
		act_release, false },
	[FAULT_DRILL] = { "drill", "an operator on {host}: skewctl drill --offset {amount} --for {lasts}", "",
		act_drill, false },
};

const char *fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

static const char *name_of(const struct world *world, unsigned host)
{
	return host < world->n_hosts ? world->plan.hosts[host].name : "all";
}

/* Appends what stands for the name in braces. */
static void put_word(const struct act *act, const char *name, size_t len, char *out, size_t room)
{
	const struct fault *fault = act->fault;
	char span[SPAN_TEXT_SIZE];
	size_t used = strlen(out);

	if (strncmp(name, "host", len) == 0)
		snprintf(out + used, room - used, "%s", name_of(act->world, fault->host));
	else if (strncmp(name, "peer", len) == 0)
		snprintf(out + used, room - used, "%s", name_of(act->world, fault->peer));
	else
		snprintf(out + used, room - used, "%s",
			span_format(strncmp(name, "lasts", len) == 0 ? fault->lasts : fault->amount, span,
				sizeof span));
}

static void tell(const struct act *act, const char *text)
{
	char out[160] = "";
	size_t used = 0;

	for (; *text && used + 1 < sizeof out; used = strlen(out)) {
		size_t len = strcspn(text, "{");

		snprintf(out + used, sizeof out - used, "%.*s", (int)len, text);
		text += len;
		if (*text != '{')
			continue;
		len = strcspn(text + 1, "}");
		put_word(act, text + 1, len, out, sizeof out);
		text += len + 2;
	}
	if (out[0])
		story_tell(act->world, "*", "%s", out);
}

static struct act act_of(struct world *world, unsigned index, bool begins)
{
	const struct fault *fault = &world->plan.faults[index];

	return (struct act){ .world = world,
		.fault = fault,
		.host = fault->host < world->n_hosts ? &world->hosts[fault->host] : NULL,
		.begins = begins };
}

static struct span duration(const struct fault *fault)
{
	return fault->kind == FAULT_SLEW ? fault_slew_takes(fault->amount) : fault->lasts;
}

void fault_begin(struct world *world, unsigned index)
{
	struct act act = act_of(world, index, true);
	const struct fault_kind_entry *kind = &kinds[act.fault->kind];

	world->totals.faults[act.fault->kind]++;
	tell(&act, kind->told);
	kind->act(&act);
	world_stir(world);
	if (kind->lasts)
		queue_put(
			&world->queue, &(struct happening){ .at = truth_add(world->now, duration(act.fault)),
					       .kind = HAPPEN_MENDED,
					       .index = index });
}

void fault_end(struct world *world, unsigned index)
{
	struct act act = act_of(world, index, false);
	const struct fault_kind_entry *kind = &kinds[act.fault->kind];

	tell(&act, kind->over);
	kind->act(&act);
	world_stir(world);
}
