#!/usr/bin/env bash
# A database that hangs holds nothing up: the sentinel goes on, and knows the state when it is back.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story hung clocks

# loop_most FIELD: 0 nanoseconds of CPU in a turn, 1 nanoseconds of a turn that blocked, 2 turns (see loopwatch.c).
loop_most() { od -A n -t d8 -j $((8 * $1)) -N 8 "$(host_dir 3)/loopwatch" | tr -d ' '; }
loop_reset() { dd if=/dev/zero of="$(host_dir 3)/loopwatch" bs=24 count=1 conv=notrunc status=none; }
sent() { status 3 '[.peers[].sent] | add'; }

# loop_is_quick WHEN
loop_is_quick() {
	tell "$1: $(($(loop_most 0) / 1000)) us of CPU at most in a turn, $(($(loop_most 1) / 1000)) us in one that blocked, $(loop_most 2) turns"
	check "$1: no callback used more than 5 ms of CPU" "(($(loop_most 0) <= 5000000))"
	check "$1: none waited for anything for more than 5 ms" "(($(loop_most 1) <= 5000000))"
	check "$1: the loop turned" "(($(loop_most 2) > 5))"
}

cluster_network
dd if=/dev/zero of="$(host_dir 3)/loopwatch" bs=4096 count=1 status=none
chown "$LAB_USER" "$(host_dir 3)/loopwatch"
cluster_databases
cluster_sentinels
check_within 30 "four sentinels agree that every clock is right" cluster_settled
loop_reset
sleep 3
loop_is_quick "in peace"

galera kill 3 STOP
loop_reset
before=$(sent)
check_for 4 "with mariadbd stopped, status is answered and the verdict stands" "verdict_is 3 ok"
check "probing goes on" "(($(sent) >= before + 6))"
clock_set 3 1900
check_within 15 "the verdict follows the clock: critical" "verdict_is 3 critical"
sleep 4
check "what is wanted of the database is pending or failed, not done" "status_is 3 '[.actions[] | .state] | inside([\"pending\", \"failed\"])'"
loop_is_quick "with mariadbd stopped"
galera kill 3 CONT
check_within 60 "mariadbd goes on, and is taken out" "is_out 3"
check "once" "status_is 3 '.actions[] | .state == \"active\"'"

galera kill 3 STOP
clock_set 3 0
check_within 20 "stopped again and the clock set right: the verdict is ok" "verdict_is 3 ok"
sleep 4
galera kill 3 CONT
check_within 60 "mariadbd goes on, and is given back" "is_in 3"
check_within 20 "the sentinel knows" "status_is 3 '.actions[] | .state == \"idle\"'"

galera kill 3 KILL
check_within 15 "mariadbd dead, the sentinel says so" "status_is 3 '.galera | tostring | test(\"connect|socket|down|away|refused\"; \"i\")'"
check "and its verdict stands" "verdict_is 3 ok"
galera start 3
check_within 30 "started again, its state is known" "status_is 3 '.galera | tostring | test(\"Synced\")'"
loop_is_quick "through it all"
the_end
