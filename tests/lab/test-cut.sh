#!/usr/bin/env bash
# Without a majority nothing is done, and nothing undone.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story cut clocks

says() { status_is "$1" ".verdict.summary | test(\"$2\"; \"i\")"; }
hears_nobody() { status_is "$1" '[.peers[].state] | unique == ["unreachable"]'; }
all_synced() { is_in 1 && is_in 2 && is_in 3; }

cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled

tell "db3's datagrams are lost; its database stays in the cluster."
galera mute 3
check_within 30 "db3 says unknown" "verdict_is 3 unknown"
check "because it hears no majority" "status_is 3 '.verdict.cause == \"no-majority\"'"
clock_set 3 1900
check_for 8 "stepped by 1900 s it still does, and touches nothing" "all_synced && verdict_is 3 unknown"
check "the others are content with themselves" "verdict_is 1 ok && verdict_is 4 ok"

galera unmute 3
check_within 30 "heard again, db3 is critical" "verdict_is 3 critical"
check_within 15 "and taken out" "is_out 3"

galera mute 3
check_within 30 "cut off again, it says unknown" "verdict_is 3 unknown"
# To be called wrong takes three others, to be right only two: what they said last is a proof for as long as it is fresh.
check_within 30 "and soon hears nobody any more" "hears_nobody 3"
clock_set 3 0
check_for 8 "set right where nobody can see it, it gives nothing back" "is_out 3 && verdict_is 3 unknown"
galera unmute 3
check_within 30 "heard again, it is ok" "verdict_is 3 ok"
check_within 15 "and given back" "is_in 3"
check_within 30 "everybody is content" cluster_settled

tell "db3's cable is pulled."
galera cut 3
check_within 30 "db3 says unknown" "verdict_is 3 unknown"
clock_set 3 1900
check_for 5 "stepped by 1900 s it still does, and begins nothing" "verdict_is 3 unknown && status_is 3 '[.actions[].state] == [\"idle\"]'"
galera heal 3
check_within 60 "the cable is back, db3 is critical and taken out" "is_out 3"
clock_set 3 0
check_within 60 "set right, everybody is content" cluster_settled
check_within 15 "and db3 is given back" all_synced

tell "db1 and db2 are shifted alike, db3 and mon1 are not: two against two."
clock_set 1 1900
clock_set 2 1900
for host in 1 2 3 4; do
	check_within 20 "$(host_name $host) says unknown" "verdict_is $host unknown"
	check "$(host_name $host) says why: two camps" "status_is $host '.verdict.cause == \"two-camps\"'"
	check "and who stands on the other side" "says $host $( ((host <= 2)) && echo db3 || echo db1)"
done
check_for 8 "nobody is taken out" "all_synced && verdict_is 1 unknown && verdict_is 2 unknown && verdict_is 3 unknown && verdict_is 4 unknown"
clock_set 1 0
clock_set 2 0
check_within 30 "set right, everybody is content" cluster_settled
check "and all are in work" all_synced
the_end
