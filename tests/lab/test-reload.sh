#!/usr/bin/env bash
# A new configuration is taken whole or not at all.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story reload

cluster_options() { echo "probe: {interval: 250ms}"; }
peers() { status 1 '[.peers[].name] | sort | join(" ")'; }
file=$LAB_DIR/host1/etc/sentinel.yaml

cluster_network
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled
check "db1 knows db2 and mon1" "[[ \$(peers) == 'db2 mon1' ]]"
instance=$(sentinel_pid 1)

check "skew-sentinel -t finds no fault with the file" "at 1 skew-sentinel -t"
echo "probes: 3" >>"$file"
text=$(at 1 skew-sentinel -t 2>&1) && code=0 || code=$?
tell "$text"
check "a key that is none: refused with exit status 2" "(($code == 2))"
check "with file, line and column" "grep -qE '^(skew-sentinel: )?/etc/skew-sentinel/sentinel.yaml:[0-9]+:[0-9]+: .*probes' <<<\"\$text\""
sentinel_kill 1 HUP
check_within 5 "SIGHUP with it is reported" "get 1 /v1/events | grep -q 'sentinel.yaml:[0-9]*:[0-9]*: '"
check_for 2 "and changes nothing" "[[ \$(peers) == 'db2 mon1' ]] && cluster_settled"
check "skewctl reload says the same, and fails" "! ctl 1 reload >/dev/null 2>&1"

cluster_write 1 '/name: mon1/d'
echo "electorate: 2" >>"$file"
sentinel_kill 1 HUP
check_within 5 "SIGHUP with a good file: mon1 is gone" "[[ \$(peers) == db2 ]]"
check_within 10 "two are the electorate now" "status_is 1 '.verdict.electorate == 2 and .verdict.state == \"ok\"'"
cluster_write 1
check "skewctl reload: mon1 is back" "ctl 1 reload && [[ \$(peers) == 'db2 mon1' ]]"
check_within 10 "and is heard" cluster_settled
check "by the same process" "[[ \$(sentinel_pid 1) == $instance ]]"

sentinel_stop 1
echo "probes: 3" >>"$file"
code=0
at 1 timeout 5 setpriv --reuid=$LAB_USER --regid=$LAB_USER --init-groups skew-sentinel >/dev/null 2>&1 || code=$?
check "with a broken file the daemon does not start, exit status 2" "(($code == 2))"
the_end
