#!/usr/bin/env bash
# The disk on which a sentinel remembers what it does is full, of blocks and then of inodes: nothing is done that could not
# be remembered, and that is said; what is in force already is known and given back all the same.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story full clocks

cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		thresholds: {raise_after: 0s, clear_after: 500ms}
		galera: {above: 2s, after: 0s, measures: [fence], max_per_day: 100}
	YAML
}

is_fenced() { node_is 3 'ALL_KILL Donor/Desynced 1'; }
at_work() { node_is 3 'NONE Synced 0'; }
both_are() { status_is 3 "[.actions[] | select(.measure == \"desync\" or .measure == \"fence\")] | length == 2 and all(.state == \"$1\")"; }
detail() { status 3 ".actions[] | select(.measure == \"$1\") | .detail"; }
action_is() { status_is 3 ".actions[] | select(.measure == \"$1\") | .state == \"$2\""; } # action_is MEASURE STATE
recorded_as() { grep -qx "phase $2" "$(host_dir 3)/lib/galera-$1"; } # recorded_as MEASURE PHASE
recorded() { find "$(host_dir 3)/lib" -name 'galera-desync*' -o -name 'galera-fence*' | sort | xargs -r -n 1 basename | paste -sd' '; }
events_since() { get 3 /v1/events | jq -r ".events[] | select(.id > $1) | .text"; }
newest_event() { get 3 /v1/events | jq .newest; }

# While there is no room: nothing_is_done WHY
nothing_is_done() {
	local mark
	mark=$(newest_event)
	clock_set 3 1900
	check_within 30 "$1: the verdict is as without" "status_is 3 '.verdict.state == \"critical\"'"
	check_within 20 "and nothing is done: failed" "both_are failed"
	tell "$(detail desync)"
	check "with the reason, and what to do" "grep -q 'cannot be written: No space left on device.*make room' <<<\"\$(detail desync)\""
	check_for 6 "it stays so: the server is at work, and nothing else is told" "at_work && both_are failed"
	check "nothing is recorded, nor half of it" "[[ -z \$(recorded) ]]"
	check_within 10 "no claim is kept from others, who can act" "[[ \$(sql 1 'SELECT COUNT(*) FROM skew_sentinel.claim') == 0 ]]"
	check "it does not count as taken out" "status_is 3 '.galera.used_today == $2'"
	check "of each it is told once" "[[ -z \$(events_since $mark | grep 'No space' | sort | uniq -d) ]]"
	events_since "$mark" | sed 's/^/#   /'
}

cluster_network
tell "the state of db3 is on a small $(disk_small 3)"
cluster_databases
cluster_sentinels
check_within 60 "four sentinels agree that every clock is right" cluster_settled

tell "== full before"
disk_fill 3
nothing_is_done "no block is left" 0
disk_free 3
check_within 30 "there is room again: fenced" is_fenced
check_within 10 "active, and remembered" "both_are active && [[ \$(recorded) == 'galera-desync galera-fence' ]]"

tell "== full while it is in force"
disk_fill 3
sentinel_kill 3
sentinel_start 3
check_within 30 "a new daemon knows what is its own" "both_are active && is_fenced"
check "as one leave" "status_is 3 '.galera.used_today == 1'"
sql 3 "SET GLOBAL wsrep_reject_queries=NONE"
check_within 20 "somebody lifts the fence by hand: held" "action_is fence held"
check "which does not fit on the disk" "recorded_as fence set"
disk_free 3
check_within 30 "there is room again: now it does" "recorded_as fence lifted"
ctl 3 unhold >/dev/null
check_within 30 "unhold: fenced again" "is_fenced && both_are active"
disk_fill 3
clock_set 3 0
check_within 30 "full again, and right again: given back" at_work
check_within 10 "idle, and nothing is recorded any more" "both_are idle && [[ -z \$(recorded) ]]"
sentinel_kill 3
sentinel_start 3
check_within 30 "a new daemon knows nothing of its own" "both_are idle"
check_for 2 "and leaves the server alone" at_work

tell "== no inode is left"
disk_free 3
disk_fill_inodes 3
nothing_is_done "no inode is left" 0
sentinel_kill 3
sentinel_start 3
check_within 30 "nor by a new daemon" "both_are failed && at_work"
disk_free 3
check_within 30 "there are some again: fenced" is_fenced
disk_fill_inodes 3
clock_set 3 0
check_within 30 "used up in between, right again: given back" "at_work && both_are idle && [[ -z \$(recorded) ]]"
check_within 20 "no claim is left" "[[ \$(sql 1 'SELECT COUNT(*) FROM skew_sentinel.claim') == 0 ]]"
the_end
