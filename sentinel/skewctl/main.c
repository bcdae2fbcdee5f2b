#include "remote.h"
#include "skewctl.h"

const struct command commands[] = {
	{ "status", 0, 0, run_status, "status", "the verdict, the peers, what is in force" },
	{ "matrix", 0, 0, run_matrix, "matrix", "everyone's offset to everyone" },
	{ "why", 0, 1, run_why, "why [NODE]", "how the verdict comes about, voter by voter" },
	{ "events", OPTION_FOLLOW | OPTION_REPLAY, 1, run_events, "events [--follow | --replay [FILE]]",
		"what happened, newest last; --replay judges each decision again" },
	{ "top", 0, 0, run_top, "top", "all of this live, on the whole screen" },
	{ "gate", OPTION_WAIT | ONLY_HERE, 0, run_gate, "gate [--wait SPAN]",
		"waits for the clock; exit 0: the database may start, 10: it must not" },
	{ "drill", OPTION_OFFSET | OPTION_DRIFT | OPTION_FOR | OPTION_STOP, 0, run_drill,
		"drill [--offset SPAN] [--drift PPM] [--for SPAN] | --stop",
		"have the sentinel believe that its clock is off" },
	{ "hold", OPTION_CLUSTER | OPTION_FOR | OPTION_REASON, 0, run_hold,
		"hold [--cluster] [--for SPAN] [--reason TEXT]",
		"verdicts go on, actions stand still, here or on all nodes" },
	{ "unhold", OPTION_CLUSTER, 0, run_unhold, "unhold [--cluster]", "ends a hold" },
	{ "release", OPTION_FOR | OPTION_CLAIM, 0, run_release, "release [--for SPAN] | --claim NODE",
		"gives back everything of ours, then holds; or ends a dead node's claim" },
	{ "reload", 0, 0, run_reload, "reload", "reads the configuration again" },
	{ "doctor", 0, 0, run_doctor, "doctor", "looks for what is wrong with the sentinel on this host" },
	{ "keygen", OPTION_MESH | OPTION_ADD | OPTION_SHARED | OPTION_AES256 | OPTION_OUT | ONLY_HERE, 1024,
		run_keygen, "keygen --mesh NAME... | --add NAME... | --shared [--aes256] [--out DIR]",
		"makes key files; --add: for more hosts, with those of the configuration" },
	{ "setup-db", OPTION_APPLY, 0, run_setup_db, "setup-db [--apply]",
		"prints the SQL for the database user, or runs it here as the user you are" },
	{ "setup-icinga", 0, 0, run_setup_icinga, "setup-icinga",
		"prints Icinga 2's configuration for this cluster, and how to get it there" },
	{ "version", 0, 0, run_version, "version", "of this program and of the daemon" },
};
const unsigned n_commands = sizeof commands / sizeof commands[0];

int main(int argc, char **argv)
{
	struct skewctl ctl;
	int status;

	if (options_read(argc, argv, &ctl, &status))
		status = ctl.given & OPTION_HOST ? remote_run(&ctl) : ctl.command->run(&ctl);
	return status;
}
