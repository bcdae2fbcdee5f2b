#!/usr/bin/env bash
# What is kept in the state directory outlives the daemon; what cannot be kept is told to the one who asked.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=1
story state

cluster_options() { echo "probe: {interval: 250ms}"; }
file=$LAB_DIR/host1/etc/sentinel.yaml
state=$LAB_DIR/host1/lib
held() { status 1 '.hold.reason // "no hold"'; }

cluster_network
cluster_sentinels
check "db1 is not held" "[[ \$(held) == 'no hold' ]]"
check "skewctl hold" "ctl 1 hold --reason 'disk of db1 is replaced'"
sentinel_kill 1
sentinel_start 1
check "a hold outlives kill -9" "[[ \$(held) == 'disk of db1 is replaced' ]]"
check "skewctl unhold" "ctl 1 unhold"
sentinel_kill 1
sentinel_start 1
check "and so does its end" "[[ \$(held) == 'no hold' ]]"

sed -i "1i state: /var/lib/other" "$file"
text=$(ctl 1 reload 2>&1) && code=0 || code=$?
tell "$text"
check "a reload does not leave the state directory, and what is in it, behind" "((code == 1))"
check "and says what to do" "grep -q 'state cannot be changed .* stop the daemon' <<<\"\$text\""
sentinel_kill 1 HUP
check_within 5 "nor does SIGHUP" "get 1 /v1/events | grep 'the old one stays in force: .*state cannot be changed' >/dev/null"
cluster_write 1

mount -t tmpfs -o size=4k,mode=0777 lab-full "$state"
into_here() { nsenter --mount="/proc/$(sentinel_pid 1)/ns/mnt" -- "$@"; }
sentinel_stop 1
sentinel_start 1
into_here bash -c 'head -c 8192 /dev/zero >/var/lib/skew-sentinel/full' 2>/dev/null || :
text=$(ctl 1 hold --for 10m 2>&1) && code=0 || code=$?
tell "$text"
check "with the disk full a hold holds" "((code == 0)) && [[ \$(status 1 .hold.left_s) != null ]]"
check "and says that a restart ends it" "grep -q 'not outlive a restart: .*No space left' <<<\"\${text//[[:space:]]/ }\""
check "leaving nothing behind" "! into_here test -e /var/lib/skew-sentinel/hold.new"
text=$(ctl 1 release 2>&1) && code=0 || code=$?
tell "$text"
check "a release says the same" "((code == 0)) && grep -q 'not outlive a restart: .*No space left' <<<\"\${text//[[:space:]]/ }\""
sentinel_stop 1
umount "$state"
the_end
