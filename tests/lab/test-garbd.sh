#!/usr/bin/env bash
# Two databases and garbd: an arbitrator counts for the Primary, and not for what the cluster can spare.
LAB_NODES=2
LAB_WITNESSES=2
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story garbd clocks

size_is() { [[ $(sql 1 "SHOW STATUS LIKE 'wsrep_cluster_size'") == *"$1" ]]; }

cluster_network
for host in $(host_all); do cluster_write "$host" '/name: mon2/s/role: witness/role: arbitrator/'; done
cluster_databases
cluster=$(sql 1 'SELECT @@wsrep_cluster_name')
# It leaves a file of its own where it is started.
(
	cd "$LAB_DIR"
	into_net 4 setsid garbd -a "gcomm://$(host_address 1):4567,$(host_address 2):4567" -g "$cluster" \
		-l "$LAB_DIR/garbd.log" </dev/null >/dev/null 2>&1
) &
check_within 30 "garbd on mon2 is the third member" "size_is 3"
cluster_sentinels
check_within 30 "four sentinels agree that every clock is right" cluster_settled
check_within 20 "garbd is shown as an arbitrator, which needs no sentinel" \
	"status_is 1 '[.galera.members[] | select(.role == \"arbitrator\" and .guarded == null)] | length == 1'"
check_within 20 "both databases as guarded" "status_is 1 '[.galera.members[] | select(.role == \"database\" and .guarded)] | length == 2'"
check "the sentinel says at start that it takes nobody out" \
	"event_says 1 'no node is ever taken out of work: of 2 data nodes in \`peers\` 2 have to stay at work (galera.min_synced; with two, 1 lets one leave)'"
clock_set 2 1900
check_within 30 "db2 goes wrong" "verdict_is 2 critical"
check_within 20 "and says why it stays" "status_is 2 '.actions[] | .detail | contains(\"this node cannot be spared: 1 of 1 others are at work and 2 have to stay\")'"
check_for 5 "so it stays" "is_in 2"

for host in 1 2; do
	cluster_write "$host" '/name: mon2/s/role: witness/role: arbitrator/; s/above: 2s, after: 2s/&, min_synced: 1/'
	ctl "$host" reload >/dev/null
done
check_within 30 "min_synced: 1 lets it leave" "is_out 2"
clock_set 1 -600
check_for 5 "and db1 not too" "is_in 1"
clock_set 1 0
clock_set 2 0
check_within 60 "set right, it is back" "is_in 1 && is_in 2"
the_end
