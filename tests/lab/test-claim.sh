#!/usr/bin/env bash
# Never more out of work than the cluster can spare: it is the cluster that says who may leave.
LAB_WITNESSES=2
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story claim clocks

one_is_out() { if is_out 2; then is_in 3; else is_in 2 && is_out 3; fi; }
ledger() { sql 1 "SELECT CAST(node AS CHAR) FROM skew_sentinel.claim ORDER BY node" | paste -sd' '; }
waits_for() { status_is "$1" '.actions[] | select(.state == "pending") | .detail | contains("cannot be spared")'; }
tells() { get "$2" /v1/matrix | jq -e --arg node "db$1" --arg word "$3" '.verdicts[] | select(.node == $node) | .database == $word' >/dev/null; }

# So often is db3 taken out here that the default would latch it.
cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		galera: {above: 2s, after: 2s, max_per_day: 100}
	YAML
}

cluster_up
check_within 30 "five sentinels agree that every clock is right" cluster_settled
check "the ledger is empty" "[[ -z \$(ledger) ]]"

# Of three, one may leave. Both want to in the same second.
clock_set 2 -600
clock_set 3 1900
check_within 30 "db2 and db3 wrong in the same second: one is taken out" one_is_out
check_for 5 "and one alone" "one_is_out"
first=3
second=2
if is_out 2; then
	first=2
	second=3
fi
check_within 10 "the ledger says which one, db$first" "[[ \$(ledger) == db$first ]]"
check_within 10 "the other says what it waits for" "waits_for $second"
clock_set "$first" 0
check_within 60 "db$first is set right and back: now db$second may leave" "is_in $first && is_out $second"
check_within 10 "the ledger says so" "[[ \$(ledger) == db$second ]]"
clock_set "$second" 0
check_within 60 "set right, it is back too" "is_in 2 && is_in 3"
check_within 10 "and nobody has a claim" "[[ -z \$(ledger) ]]"

# A claim does not end by time, nor with its holder.
clock_set 3 1900
check_within 30 "db3 is taken out" "is_out 3"
code=0
ctl 1 release --claim db3 >"$LAB_DIR/refused" 2>&1 || code=$?
check "while its sentinel answers, nobody else ends its claim" "((code == 1)) && grep -q 'the sentinel of db3 answers' $LAB_DIR/refused"
sentinel_kill 3 KILL
clock_set 2 -600
check_within 30 "its sentinel killed, db2 goes wrong, and waits" "waits_for 2"
check_for 4 "for as long as the dead one's claim stands" "is_in 2 && [[ \$(ledger) == db3 ]]"
check_within 30 "db1 finds that the sentinel of db3 is gone" "status_is 1 '.peers[] | select(.name == \"db3\") | .state == \"unreachable\"'"
check "skewctl release --claim db3, on db1" "ctl 1 release --claim db3"
check_within 10 "says in the events that it was done" "event_says 1 'the claim of db3 to leave work is ended'"
check_within 30 "db2 may leave" "is_out 2"
clock_set 2 0
clock_set 3 0
sentinel_start 3
check_within 60 "all set right, db3 started again: both are back" "is_in 2 && is_in 3"
check_within 10 "and nobody has a claim" "[[ -z \$(ledger) ]]"

# One hold for all.
check "skewctl hold --cluster, on db1" "ctl 1 hold --cluster --for 10m --reason 'moving the time servers'"
check_within 30 "db3 holds too, and says who and why" "status_is 3 '.hold.reason == \"on all nodes, by db1: moving the time servers\"'"
check "it takes longer" "ctl 1 hold --cluster --for 20m --reason 'moving still'"
check_within 30 "db3 holds for longer" "status_is 3 '.hold.reason == \"on all nodes, by db1: moving still\" and .hold.left_s > 600'"
clock_set 3 1900
check_within 30 "db3 goes wrong" "verdict_is 3 critical"
check_for 5 "and stays in work" "is_in 3 && [[ -z \$(ledger) ]]"
sql 1 "SET GLOBAL wsrep_desync=ON"
check_within 30 "db1 is desynced by somebody, and its sentinel tells db3" "tells 1 3 Donor/Desynced"
check "an unhold of db3 alone lifts nothing, and says so" "ctl 3 unhold | grep 'held still, as on all nodes' && ctl 3 status | tr -s ' \\n' ' ' | grep '(at once: skewctl unhold --cluster): on all nodes, by db1'"
check "skewctl unhold --cluster, on db2" "ctl 2 unhold --cluster"
check_within 30 "so db3 waits" "status_is 3 '.galera.claim_detail | contains(\"db1 is not Synced\")'"
check_for 3 "for as long as that is" "is_in 3 && [[ -z \$(ledger) ]]"
sql 1 "SET GLOBAL wsrep_desync=OFF"
check_within 30 "db3 is taken out" "is_out 3"
sentinel_kill 3 KILL
check "with no daemon, skewctl release gives back the node and its claim" "ctl 3 release"
check_within 10 "db3 is in work, and nobody has a claim" "is_in 3 && [[ -z \$(ledger) ]]"
clock_set 3 0
sentinel_start 3
ctl 3 unhold >/dev/null

# What the database user lacks is said, with what to run.
sql 1 "REVOKE EXECUTE ON PROCEDURE skew_sentinel.claim FROM 'skew-sentinel'@'localhost'"
sentinel_stop 2
check_within 20 "db1 shows db2 as unguarded" "status_is 1 '.galera.members[] | select(.name == \"db2\") | .guarded == false'"
sentinel_start 2
check_within 20 "a privilege missing, the sentinel of db2 says what to run" "status_is 2 '.galera.missing | contains(\"run: GRANT EXECUTE ON PROCEDURE skew_sentinel.claim TO \")'"
check "skewctl setup-db --apply gives it" "ctl 1 setup-db --apply | grep '^Done' >/dev/null"
sentinel_stop 2
sentinel_start 2
check_within 20 "run, and nothing is missing" "status_is 2 '.galera.missing == \"\"'"
check_within 20 "db1 shows db2 as guarded" "status_is 1 '.galera.members[] | select(.name == \"db2\") | .guarded'"
the_end
