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
check_within 5 "SIGHUP with it is reported" "get 1 /v1/events | grep 'sentinel.yaml:[0-9]*:[0-9]*: ' >/dev/null"
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

# An address that goes away with its interface: sockets that stay the same are kept, and need not be had again.
ip -n "$(host_ns 1)" link add gone0 type veth peer name gone1
for link in gone0 gone1; do ip -n "$(host_ns 1)" link set "$link" up; done
gone() { ip -n "$(host_ns 1)" -6 -o addr show dev gone0 -tentative scope link | awk '{ sub("/.*", "", $4); print $4 }'; }
check_within 10 "there is an interface of db1's alone" "[[ -n \$(gone) ]]"
listen="\"[::]:$LAB_PORT\", \"[$(gone)%gone0]:9200\""
# The extra line comes first: the file's own must not stand there twice.
sed -i "/^listen:/d; 1i listen: [$listen]" "$file"
check "db1 listens there too" "ctl 1 reload && wait_for 5 'host_net 1 ss -Hlun sport = 9200 | grep -q gone0'"
ip -n "$(host_ns 1)" link del gone0
# The latest probe may still be on its way.
answered() { status_is 1 '[.peers[].reach / 2 | floor] | min == 127'; }
check_within 15 "all probes are answered" answered
sentinel_kill 1 HUP
check_for 3 "SIGHUP when the interface is gone: no probe is lost" answered
check "and the process is the same" "[[ \$(sentinel_pid 1) == $instance ]]"
sed -i '1s/gone0/gone1/' "$file"
sentinel_kill 1 HUP
check_within 5 "neither the new address nor the old one can be had: it ends, and says why" \
	"grep -q 'the old configuration cannot be used any more either: cannot listen on' \$(sentinel_log 1)"
check_within 5 "so that it can be started anew" "! kill -0 $instance 2>/dev/null"
cluster_write 1
sentinel_start 1

# As if mon1 had never been there; then it is added, as a new host is.
sentinel_stop 3
keys() { echo "$(host_dir "$1")/etc/keys"; }
for host in 1 2; do
	cluster_write "$host" '/name: mon1/d'
	sed -i "/mon1$/d; /^$(host_key 3) /d" "$(keys "$host")"
	ctl "$host" reload >/dev/null
done
check_within 10 "two hosts, which have no key for a third" "status_is 2 '.verdict.electorate == 2 and .verdict.state == \"ok\"'"
at 1 skewctl keygen --add mon1 --out "$LAB_DIR/added" | while IFS= read -r line; do tell "$line"; done
grow() {
	local host
	for host in 1 2; do
		cat "$LAB_DIR/added/$(host_name "$host").add" >>"$(keys "$host")"
		cluster_write "$host"
		ctl "$host" reload || return
	done
	install -o root -g "$LAB_USER" -m 0640 "$LAB_DIR/added/mon1.keys" "$(keys 3)"
	sentinel_start 3
}
check "with its key added each takes the configuration that names it" grow
check_within 20 "and all three hear each other" cluster_settled

sentinel_stop 1
echo "probes: 3" >>"$file"
code=0
at 1 timeout 5 setpriv --reuid=$LAB_USER --regid=$LAB_USER --init-groups skew-sentinel >/dev/null 2>&1 || code=$?
check "with a broken file the daemon does not start, exit status 2" "(($code == 2))"
the_end
