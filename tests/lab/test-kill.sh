#!/usr/bin/env bash
# A sentinel that dies leaves nothing stuck, and takes back only what it did itself.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story kill clocks


cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled

clock_set 3 1900
check_within 20 "db3 is taken out" "is_out 3"
sentinel_kill 3 KILL
check_for 2 "its sentinel killed, db3 stays out" "is_out 3"
sentinel_start 3
check_within 20 "started again it sees the same" "verdict_is 3 critical"
check_within 10 "and knows that it was it" "status_is 3 '.actions[] | .state == \"active\"'"
check_for 5 "it does not do it twice" "is_out 3"
sentinel_kill 3 KILL
clock_set 3 0
sentinel_start 3
check_within 30 "killed, the clock set right, and started again: db3 is given back" "is_in 3"

clock_set 3 -1900
check_within 20 "db3 is taken out again" "is_out 3"
check "its sentinel stops when told to, exit status 0" "sentinel_stop 3"
check_for 3 "which lets go of nothing" "is_out 3"
code=0
ctl 3 status >/dev/null 2>&1 || code=$?
check "with no daemon, skewctl status ends with exit status 3" "((code == 3))"
check "with no daemon, skewctl release gives back" "ctl 3 release"
check_within 10 "db3 is in work" "is_in 3"
sentinel_start 3
check_within 20 "started again it sees the same" "verdict_is 3 critical"
check_for 5 "and leaves db3 in work: the release holds" "is_in 3"
ctl 3 unhold >/dev/null
check_within 30 "unhold: db3 is taken out" "is_out 3"

check "with the daemon alive, skewctl release gives back" "ctl 3 release --for 10m"
check_within 10 "db3 is in work" "is_in 3"
check_for 6 "and stays so, since it is held, though it is critical" "is_in 3 && verdict_is 3 critical"
ctl 3 unhold >/dev/null
check_within 20 "unhold: db3 is taken out" "is_out 3"
clock_set 3 0
check_within 30 "set right, it is given back" "is_in 3"

sql 2 "SET GLOBAL wsrep_desync = ON"
check_within 5 "an operator desyncs db2" "is_out 2"
clock_set 2 1900
check_within 20 "db2 is critical" "verdict_is 2 critical"
check_for 8 "the operator's desync stands" "[[ \$(db_state 2) == Donor/Desynced* ]]"
clock_set 2 0
check_within 30 "set right, db2 is ok" "verdict_is 2 ok"
check_for 8 "and the operator's desync is still there" "is_out 2"
sql 2 "SET GLOBAL wsrep_desync = OFF"
check_within 10 "until the operator takes it back" "is_in 2"
the_end
