#!/usr/bin/env bash
# What happened outlives the daemon, and each verdict can be judged again from what it rested on.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story events

cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		thresholds: {raise_after: 500ms, clear_after: 1s}
	YAML
}
state=$LAB_DIR/host2/lib
events() { get 2 "/v1/events" | jq -e "$1"; }
convicted='select(.kind == "verdict" and (.text | test("DRILL: db2 is 1900 s ahead")))'

cluster_network
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled
ctl 2 drill --offset 1900s --for 10m >/dev/null
check_within 20 "a drill makes db2 critical" "verdict_is 2 critical"
ctl 2 drill --stop >/dev/null
check_within 20 "its end makes it ok" "verdict_is 2 ok"

check "the event tells of the whole decision" "events '.events[] | $convicted | .decision
	| .electorate == 3 and .majority == 2 and .votes and ([.ballots[].voter] == [\"db1\", \"mon1\"])
	and all(.ballots[]; .known and .high_ns < -1899000000000) and .levels[1].found.beyond_by == 2' >/dev/null"
report=$(ctl 2 --json events --replay) && code=0 || code=$?
check "each decision, judged again, comes to the same finding" \
	"((code == 0)) && jq -e '.replayed >= 3 and .same == .replayed' <<<\"\$report\" >/dev/null"
ctl 2 events --replay | sed 's/^/# /'
ctl 2 --json events >"$LAB_DIR/saved.json"
check "so it does from what was saved" "at 2 skewctl events --replay - <$LAB_DIR/saved.json >/dev/null"
jq '(.events[] | '"$convicted"' | .decision.ballots[0].known) = false' "$LAB_DIR/saved.json" >"$LAB_DIR/forged.json"
text=$(at 2 skewctl events --replay "$LAB_DIR/forged.json" 2>&1) && code=0 || code=$?
check "with one voter's word less it comes to another one, and says so" \
	"((code == 1)) && grep -q '^1 of .* decisions come to another finding than then' <<<\"\$text\""

known=$(events '[.events[] | {id, time, text, decision}]')
newest=$(events .newest)
check_within 5 "what happened is on disk" "(($(wc -l <"$state/events") >= newest))"
sentinel_kill 2
sentinel_start 2
check "after kill -9 all of it is still known, the decisions too" \
	"events '[.events[] | {id, time, text, decision}][:$newest]' | cmp -s - <(echo \"\$known\")"
check_within 20 "and the numbers go on" "((\$(events .newest) > newest))"
check "the daemon's own file can be replayed as well" "at 2 skewctl events --replay /var/lib/skew-sentinel/events >/dev/null"
sentinel_kill 2
truncate -s -7 "$state/events"
sentinel_start 2
check_within 20 "a line that was cut costs that line alone" \
	"events '[.events[] | $convicted] | length == 1' >/dev/null && cluster_settled"

# Full: nothing but the events suffers. /var/lib/skew-sentinel is this host's own.
sentinel_stop 2
mount -t tmpfs -o size=16k,mode=0777 lab-full "$state"
sentinel_start 2
into_here() { nsenter --mount="/proc/$(sentinel_pid 2)/ns/mnt" -- "$@"; }
into_here bash -c 'head -c 65536 /dev/zero >/var/lib/skew-sentinel/full' 2>/dev/null || :
ctl 2 drill --offset 1900s --for 10m >/dev/null
check_within 20 "with the disk full a drill makes db2 critical" "verdict_is 2 critical"
check_within 30 "once no octet is left, that what happens will not outlive a restart is said" \
	"ctl 2 hold --for 1s >/dev/null; events '.events[] | select(.kind == \"events\") | .text | test(\"events will not outlive a restart: .*No space left\")' >/dev/null"
ctl 2 drill --stop >/dev/null
check_within 20 "the sentinel goes on" cluster_settled
into_here rm /var/lib/skew-sentinel/full
ctl 2 hold --for 1s >/dev/null
check_within 10 "and with room again what waited is written" \
	"into_here grep -q 'DRILL: db2 is 1900 s ahead' /var/lib/skew-sentinel/events"
sentinel_stop 2
umount "$state"
the_end
