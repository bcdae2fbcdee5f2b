#!/usr/bin/env bash
# A claim that outlives its deadline: sent into a cluster that stands still, and wanted no more when it arrives.
LAB_WITNESSES=2
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story stall clocks

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		galera: {above: 2s, after: 1s, max_per_day: 100}
	YAML
}

# By each node's own word, since one may stand still.
ledger() { LAB_SQL_S=3 sql "$1" "SET wsrep_dirty_reads=ON; SELECT CAST(node AS CHAR) FROM skew_sentinel.claim ORDER BY node" | paste -sd' '; }
asked() { get 3 /v1/events | jq '[.events[] | select(.text | contains("a claim to leave work is being asked for"))] | length'; }
ever_out() { get 3 /v1/events | jq -e '[.events[] | select(.text | contains("desync on db3 is active"))] | length > 0' >/dev/null; }

cluster_up
check_within 30 "five sentinels agree that every clock is right" cluster_settled

# Every commit waits until the others have put out who stands still, after some five seconds.
galera kill 1 STOP
clock_set 3 1900
check_within 20 "the mariadbd of db1 stands still, and db3 asks for a claim" "((\$(asked) > 0))"
clock_set 3 0
check_within 60 "the clock of db3 is right again" "verdict_is 3 ok"
check_within 30 "db1 is put out; what db3 claimed is given back, or never came to be" "[[ \$(sql 2 \"SHOW STATUS LIKE 'wsrep_cluster_size'\") == *2 && -z \$(ledger 2) ]]"
check "db3 never left" "! ever_out"
clock_set 3 1900
check_within 30 "of two that are left none can be spared, and db3 says so" \
	"status_is 3 '.actions[] | .detail | contains(\"1 of 2 others are at work and 2 have to stay (galera.min_synced); db1 is no member\")'"
check_for 4 "so it stays" "is_in 3 && [[ -z \$(ledger 2) ]]"
galera kill 1 CONT
check_within 60 "db1 goes on, and db3 may leave" "is_out 3"

# Cut off with its claim, which nobody ends but itself.
net_cut 3
check_within 30 "db3 is cut off from all" "[[ \$(sql 2 \"SHOW STATUS LIKE 'wsrep_cluster_size'\") == *2 ]]"
check "its claim stands" "[[ \$(ledger 2) == db3 ]]"
clock_set 2 -600
check_for 6 "so nobody else leaves" "is_in 2"
clock_set 2 0
net_heal 3
check_within 60 "connected again, it is one of three" "[[ \$(sql 2 \"SHOW STATUS LIKE 'wsrep_cluster_size'\") == *3 ]]"
clock_set 3 0
check_within 60 "set right, it is back" "is_in 3"
check_within 20 "and has given its claim back" "[[ -z \$(ledger 1) ]]"

# The claim is on its way when the link goes.
before=$(asked)
galera kill 1 STOP
clock_set 3 1900
check_within 20 "db3 asks for a claim in a cluster that stands still" "((\$(asked) > before))"
net_cut 3
check_within 30 "cut off meanwhile: db3 is non-Primary" "[[ \$(sql 3 \"SHOW STATUS LIKE 'wsrep_cluster_status'\") == *non-Primary ]]"
clock_set 3 0
galera kill 1 CONT
net_heal 3
check_within 90 "all together again" "[[ \$(sql 1 \"SHOW STATUS LIKE 'wsrep_cluster_size'\") == *3 ]] && is_in 1 && is_in 2 && is_in 3"
check_within 60 "and nobody has a claim" "[[ -z \$(ledger 1) && -z \$(ledger 3) ]]"
the_end
