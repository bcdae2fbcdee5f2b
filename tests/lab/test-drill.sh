#!/usr/bin/env bash
# A drill of +1900 s on the third node: it is taken out, it alone, and put back.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story drill

cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled

drilled=$(lab_ms)
ctl 3 drill --offset 1900s --for 10m >/dev/null
check "the drill is shown at once" "status_is 3 '.drill.offset_s == 1900'"
check_within 15 "from drill to verdict: db3 is critical" "verdict_is 3 critical"
check "3 of 4 prove it" "status_is 3 '.verdict.agree == 3 and .verdict.electorate == 4'"
check "by 1900 s, with a bound" "status_is 3 '.verdict | (.offset_s - 1900 | fabs) < 0.5 and .low_s <= .offset_s and .offset_s <= .high_s'"
check "the sentence names the host, and that it is a drill" "status_is 3 '.verdict.summary | test(\"^DRILL: db3 is 1900 s ahead\")'"
wait_for 20 "is_out 3" || :
check "db3 is taken out: Donor/Desynced, wsrep_desync_count 1 ($(($(lab_ms) - drilled)) ms after the drill)" "is_out 3"
check_for 3 "db1 and db2 stay Synced" "is_in 1 && is_in 2"
check "the peers see that db3 is off" "status_is 1 '.peers[] | select(.name == \"db3\") | .state == \"critical\" and (.offset_s - 1900 | fabs) < 0.5'"
check "and are content with themselves" "verdict_is 1 ok && verdict_is 4 ok"
check "the peers say that it is a drill" "ctl 1 why db3 | grep -i drill >/dev/null"

ctl 3 drill --stop >/dev/null
check_within 20 "the drill stopped, db3 is ok" "verdict_is 3 ok"
check_within 20 "and given back: Synced, wsrep_desync_count 0" "is_in 3"

check "a drill may be a drift alone" \
	"ctl 1 drill --drift 200 --for 5s | tr '\n' ' ' | grep -F 'to be shifted by 0 s and to drift by +200 ppm, for 5 s;' >/dev/null"
ctl 1 drill --stop >/dev/null
ctl 2 drill --offset -1900s --for 8s >/dev/null
check_within 15 "a drill of -1900 s on db2 takes db2 out" "is_out 2"
check_within 30 "it ends by itself, and db2 is given back" "is_in 2"
check_within 20 "everybody agrees again" cluster_settled
the_end
