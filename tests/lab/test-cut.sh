#!/usr/bin/env bash
# Without a majority nothing is done, and nothing undone.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story cut clocks

is_unknown() { status_is "$1" '.verdict.state == "unknown"'; }
says() { status_is "$1" ".verdict.summary | test(\"$2\"; \"i\")"; }
hears_nobody() { status_is "$1" '[.peers[].state] | unique == ["unreachable"]'; }
all_synced() { db_is 1 'Synced 0' && db_is 2 'Synced 0' && db_is 3 'Synced 0'; }

cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled

tell "db3's datagrams are lost; its database stays in the cluster."
galera mute 3
check_within 30 "db3 says unknown" "is_unknown 3"
check "because it hears no majority" "status_is 3 '.verdict.cause == \"no-majority\"'"
clock_set 3 1900
check_for 8 "stepped by 1900 s it still does, and touches nothing" "all_synced && is_unknown 3"
check "the others are content with themselves" "status_is 1 '.verdict.state == \"ok\"' && status_is 4 '.verdict.state == \"ok\"'"

galera unmute 3
check_within 30 "heard again, db3 is critical" "status_is 3 '.verdict.state == \"critical\"'"
check_within 15 "and taken out" "db_is 3 'Donor/Desynced 1'"

galera mute 3
check_within 30 "cut off again, it says unknown" "is_unknown 3"
# To be called wrong takes three others, to be right only two: what they said last is a proof for as long as it is fresh.
check_within 30 "and soon hears nobody any more" "hears_nobody 3"
clock_set 3 0
check_for 8 "set right where nobody can see it, it gives nothing back" "db_is 3 'Donor/Desynced 1' && is_unknown 3"
galera unmute 3
check_within 30 "heard again, it is ok" "status_is 3 '.verdict.state == \"ok\"'"
check_within 15 "and given back" "db_is 3 'Synced 0'"
check_within 30 "everybody is content" cluster_settled

tell "db3's cable is pulled."
galera cut 3
check_within 30 "db3 says unknown" "is_unknown 3"
clock_set 3 1900
check_for 5 "stepped by 1900 s it still does, and begins nothing" "is_unknown 3 && status_is 3 '[.actions[].state] == [\"idle\"]'"
galera heal 3
check_within 60 "the cable is back, db3 is critical and taken out" "db_is 3 'Donor/Desynced 1'"
clock_set 3 0
check_within 60 "set right, everybody is content" cluster_settled
check_within 15 "and db3 is given back" all_synced

tell "db1 and db2 are shifted alike, db3 and mon1 are not: two against two."
clock_set 1 1900
clock_set 2 1900
for host in 1 2 3 4; do
	check_within 20 "$(host_name $host) says unknown" "is_unknown $host"
	check "$(host_name $host) says why: two camps" "status_is $host '.verdict.cause == \"two-camps\"'"
	check "and who stands on the other side" "says $host $( ((host <= 2)) && echo db3 || echo db1)"
done
check_for 8 "nobody is taken out" "all_synced && is_unknown 1 && is_unknown 2 && is_unknown 3 && is_unknown 4"
clock_set 1 0
clock_set 2 0
check_within 30 "set right, everybody is content" cluster_settled
check "and all are in work" all_synced
the_end
