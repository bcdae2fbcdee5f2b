#!/usr/bin/env bash
# TLS fails on exactly the host whose clock is wrong: an honest peer raises its alert, and people are told once.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
LAB_WITNESSES=2
story icinga-behalf clocks
# shellcheck source=tests/lab/icinga
. "$(dirname "$0")/icinga"

cluster_options() {
	echo "thresholds: {raise_after: 1s, clear_after: 2s}"
	icinga_yaml
	echo "  interval: 4s"
}
is_state() { icinga_is 1 "$1" ".state == $2"; }
is_from() { icinga_is 1 "$1" ".last_check_result.check_source == \"$2\""; }
says() { grep -qE "$2" <<<"$(icinga_output 1 "$1")"; }
all_report() { is_from db1 db1 && is_from db2 db2 && is_from db3 db3 && is_from mon1 mon1 && is_from mon2 mon2; }
all_right() { is_state db1 0 && is_state db2 0 && is_state db3 0 && is_state mon1 0 && is_state mon2 0; }

lab_check
lab_claim
lab_make_dir
net_up
icinga_make 4
icinga_start 1
cluster_network
icinga_give
cluster_sentinels
check_within 30 "five sentinels are content" cluster_settled
check_within 30 "each reports itself, OK" "all_report && all_right"

behind=$(lab_ms)
clock_set 3 -1900
check_within 60 "db3 1900 s behind, before its certificates are valid: db3!clock-skew is CRITICAL" "is_state db3 2"
tell "from the step to CRITICAL in Icinga: $(($(lab_ms) - behind)) ms"
check "reported by db1" "is_from db3 db1"
tell "$(icinga_output 1 db3)"
check "with the sentence" "says db3 '^SKEW CRITICAL - lab: db3 is 1900 s behind'"
check "and why db3 does not report itself" "says db3 'its own results do not arrive here'"
check "db3 itself says that TLS failed, and why" \
	"status_is 3 '.icinga.endpoints[0].error | test(\"certificate is not yet valid; this host.s clock may be wrong\")'"
check_for 6 "one host reports it, and the state stands" "is_state db3 2 && is_from db3 db1"

tell "the sentinel of db1 is killed."
sentinel_kill 1
killed=$(lab_ms)
check_within 60 "db2 takes over for db3" "is_from db3 db2"
tell "from the kill to the other's report: $(($(lab_ms) - killed)) ms (two intervals: 8 s)"
check "and the state stands" "is_state db3 2"
check_within 60 "db1, silent, is UNKNOWN" "is_state db1 3 && is_from db1 db2"
tell "$(icinga_output 1 db1)"
check "nobody hears it" "says db1 '^SKEW UNKNOWN - lab: db1 is silent: none of db2, db3, mon1, mon2 hears it, the last time .* ago'"
sentinel_start 1
check_within 60 "started again, db1 reports itself, and db3" "is_from db1 db1 && is_state db1 0 && is_from db3 db1"

tell "db3's sentinel is started anew, still 1900 s behind."
sentinel_stop 3
sentinel_start 3
check_for 8 "no alert comes of that" "is_state db3 2"
clock_set 3 0
check_within 60 "set right, db3 reports itself: OK" "is_state db3 0 && is_from db3 db3"
tell "alerts: $(paste -sd, "$(icinga_dir)/alerts")"
check "people were told of db3 once" "[[ \$(icinga_alerts db3 CRITICAL) == 1 && \$(icinga_alerts db3 UNKNOWN) == 0 ]]"

tell "db1 stands still while db3, for which it reports, is set right."
clock_set 3 -1900
check_within 60 "db3 is CRITICAL again, by db1" "is_state db3 2 && is_from db3 db1"
sleep 2.5 # so that the next report falls into the time it stands still
sentinel_kill 1 STOP
clock_set 3 0
check_within 60 "db3 is OK" "is_state db3 0"
sleep 1
sentinel_kill 1 CONT
check_for 6 "going on, db1 does not say what was before" "is_state db3 0"
check "people were told of it once" "[[ \$(icinga_alerts db3 CRITICAL) == 2 ]]"

tell "the datagrams of db3 are lost; its way to Icinga is not."
net_mute 3
check_within 60 "db3 is UNKNOWN, by its own word as by the others'" "is_state db3 3"
check_for 10 "whoever reports it" "is_state db3 3"
net_unmute 3
check_within 60 "heard again, it is OK" "is_state db3 0"
icinga_stop 1
the_end
