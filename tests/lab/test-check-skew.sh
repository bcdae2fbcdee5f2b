#!/usr/bin/env bash
# check_skew beside check_ntp_time and check_ntp_peer, on the same faults of the same real server: what each says.
# The server is a chronyd on db1; who asks is db2, which has a sentinel as the others have. check_ntp_peer asks the ntpd of
# db2, which follows that server, since it never measures a clock itself.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story checkskew clocks

PATH=$PATH:/var/tmp/skew-lab/chrony/usr/sbin:/var/tmp/skew-lab/ntpsec/usr/sbin:$CLUSTER_USR/lib/nagios/plugins:/usr/lib/nagios/plugins
for program in chronyd ntpd check_ntp_time check_ntp_peer; do command -v $program >/dev/null || skip "no $program"; done

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		key: 1
	YAML
}
# One key for all, which chronyd takes too.
cluster_peers() {
	local host
	for host in $(host_all); do echo "  - {name: $(host_name "$host"), address: $(host_address "$host")}"; done
}
cluster_keys() {
	local host name
	for name in shared wrong; do
		mkdir -m 0700 "$LAB_DIR/$name"
		skewctl keygen --shared --out "$LAB_DIR/$name" >/dev/null
	done
	for host in $(host_all); do
		for name in shared wrong; do
			install -o root -g "$LAB_USER" -m 0640 "$LAB_DIR/$name/keys" "$(host_dir "$host")/etc/$name"
		done
		mv "$(host_dir "$host")/etc/shared" "$(host_dir "$host")/etc/keys"
	done
}

# serve PORT: a chronyd with db1's clock, whatever that is.
serve() {
	[[ -z ${chronyd:-} ]] || {
		kill -KILL "$chronyd" 2>/dev/null
		wait "$chronyd" 2>/dev/null || :
	}
	printf '%s\n' "local stratum 4" "allow all" "port $1" "keyfile /etc/skew-sentinel/keys" "cmdport 0" \
		"bindcmdaddress /" "pidfile /run/chronyd.pid" >"$(host_dir 1)/run/serve.conf"
	rm -f "$(host_dir 1)/run/chronyd.pid"
	into_host 1 env FAKECLOCK="$(host_dir 1)/clock" LD_PRELOAD="$CLUSTER_USR/lab/fakeclock.so" \
		chronyd -d -x -u root -f /run/serve.conf >"$LAB_DIR/chronyd.log" 2>&1 &
	chronyd=$!
	check_within 20 "chronyd serves the time of db1" "asks check_skew -H $(host_address 1) -p $1 -t 1 -c 2000"
}

# follow [KEYS]: an ntpd with db2's clock, which it may not set: it has no capability for that, nor for anything else. It is
# started anew for each fault and looks at once, or it would take a quarter of an hour to believe some of them.
follow() {
	[[ -z ${ntpd:-} ]] || {
		kill -KILL "$ntpd" 2>/dev/null
		wait "$ntpd" 2>/dev/null || :
	}
	sed -n 's/^\([0-9]*\) AES\([0-9]*\) HEX:/\1 AES-\2 /p' "$(host_dir 2)/etc/${1:-keys}" >"$(host_dir 2)/run/ntp.keys"
	printf '%s\n' "tinker panic 0 step 0" "tos maxdist 16" "keys /run/ntp.keys" "trustedkey 1" "restrict default noquery" \
		"restrict 127.0.0.1" "server $server minpoll 0 maxpoll 0 iburst key 1" >"$(host_dir 2)/run/ntp.conf"
	into_host 2 setpriv --inh-caps=-all --bounding-set=-all --no-new-privs env FAKECLOCK="$(host_dir 2)/clock" \
		LD_PRELOAD="$CLUSTER_USR/lab/fakeclock.so" ntpd -n -c /run/ntp.conf >"$LAB_DIR/ntpd.log" 2>&1 &
	ntpd=$!
}

# asks COMMAND...: on db2, with its clock; its status is kept in `code`, its line in `text`.
asks() {
	text=$(at 2 env FAKECLOCK="$(host_dir 2)/clock" LD_PRELOAD="$CLUSTER_USR/lab/fakeclock.so" "$@" 2>&1) && code=0 || code=$?
	text=$(head -n 1 <<<"$text")
	return "$code"
}
# says SENTENCE STATUS PATTERN COMMAND...: exits so and says something like it. The line is shown: it is the table.
says() {
	asks "${@:4}" || :
	tell "  ${4##*/} ($code): ${text%%|*}"
	pattern=$3
	# shellcheck disable=SC2016,SC2053 # for check to expand, as a pattern
	check "$1" "[[ \$code =~ ^($2)\$ && \$text == \$pattern ]]"
}

server=
ntp_time() { says "$1" "$2" "$3" check_ntp_time -H "$server" -w 0.2 -c 0.5 -t "${4:-5}"; }
peer_says() {
	asks check_ntp_peer -H 127.0.0.1 -w 0.1 -c 0.5 -t 2 || :
	# shellcheck disable=SC2053 # a pattern
	[[ $code == "$1" && $text == $2 ]]
}
# Within the time that its ntpd takes to find out.
ntp_peer() {
	check_within 40 "$1" "peer_says $2 '$3'"
	tell "  check_ntp_peer ($code): ${text%%|*}"
}
skew() { says "$1" "$2" "$3" check_skew -H "$server" -p 123 -k /etc/skew-sentinel/keys -i 1 -t 5 "${@:4}"; }
as_sentinel() { says "$1" "$2" "$3" check_skew -H "$server" -k /etc/skew-sentinel/keys -i 1 -C lab -t 5; }
by_daemon() { says "$1" "$2" "$3" check_skew -n "${4:-db1}"; }

daemon_says() {
	asks check_skew -n "$1" || :
	[[ $text == "$2"* ]]
}

cluster_network
server=$(host_address 1)
for host in 1 2; do host_net $host sysctl -q net.ipv4.ip_unprivileged_port_start=0; done
cluster_sentinels
clock_set 2 0
check_within 20 "three sentinels are content" cluster_settled
serve 123
follow

tell "all is well"
ntp_time "check_ntp_time: OK" 0 "NTP OK: Offset *"
says "check_ntp_peer, of that server: nothing, since a chronyd does not speak what it asks in" "2|3" "*" \
	check_ntp_peer -H "$server" -w 0.1 -c 0.5 -t 2
ntp_peer "check_ntp_peer, of the ntpd that follows it: OK" 0 "NTP OK: Offset *"
skew "check_skew: OK, with the bound" 0 "SKEW OK - $server is * (+-*) of db2; * answers with the key*"
by_daemon "its daemon: OK, with who agrees" 0 "SKEW OK - db1 agrees with the cluster: *3 of 3 agree*"

tell "the server is 1900 s ahead"
clock_set 1 1900
serve 123
follow
check_within 20 "which the sentinels prove" "daemon_says db1 'SKEW CRITICAL'"
ntp_time "check_ntp_time: CRITICAL, of some clock" 2 "NTP CRITICAL: Offset 1[89][09][09].* secs*"
ntp_peer "check_ntp_peer: the same" 2 "NTP CRITICAL: Offset 1[89][09][09].* secs*"
skew "check_skew: CRITICAL, and that a third is needed to tell whose" 2 \
	"SKEW CRITICAL - $server is 1900* s ahead (+-*) of db2; * takes a third to tell*"
as_sentinel "asked as a sentinel of the cluster, the one there tells of itself" 2 \
	"SKEW CRITICAL - $server is 1900* s ahead (+-*) of db2; *; of itself it says: critical, 1900* s ahead (+-*) of its cluster; 2 of 3 agree*"
by_daemon "its daemon: CRITICAL, of db1" 2 "SKEW CRITICAL - db1 is 1900* s ahead (+-*) of the cluster; 2 of 3 agree*"
clock_set 1 0
serve 123
check_within 30 "all is well again" cluster_settled

tell "who asks is 1900 s behind"
clock_set 2 -1900
follow
check_within 20 "which the sentinels prove" "daemon_says db2 'SKEW CRITICAL'"
ntp_time "check_ntp_time: the same as before, of the server" 2 "NTP CRITICAL: Offset 1[89][09][09].* secs*"
ntp_peer "check_ntp_peer: so does this" 2 "NTP CRITICAL: Offset 1[89][09][09].* secs*"
skew "check_skew: the same bounds, and that a third is needed" 2 "*is 1900* s ahead (+-*) of db2; * takes a third to tell*"
as_sentinel "the sentinel there says that it is right itself" 2 "*is 1900* s ahead (+-*) of db2; *; of itself it says: ok, *"
by_daemon "its daemon: CRITICAL, of db2" 2 "SKEW CRITICAL - db2 is 1900* s behind (+-*) of the cluster; 2 of 3 agree*" db2
clock_set 2 0
check_within 30 "all is well again" cluster_settled

tell "the server has another key"
follow wrong
ntp_time "check_ntp_time: OK, since it asks for no key" 0 "NTP OK: Offset *"
says "check_skew: UNKNOWN, and where to look" 3 "SKEW UNKNOWN - no answer to be believed*does it have key 1 of *" \
	check_skew -H "$server" -p 123 -k /etc/skew-sentinel/wrong -i 1 -t 5
check_for 4 "check_ntp_peer: that its ntpd has no server; it does not say why" "peer_says 2 'NTP CRITICAL: Server not synchronized*'"
tell "  check_ntp_peer ($code): ${text%%|*}"

tell "a forged answer comes before each true one"
serve 1123
into_host 1 "$SKEW_BUILD/tests/lab/ntp-forger" 123 1123 1900s &
forger=$!
check_within 10 "the forger is there" "asks check_skew -H $server -p 123 -t 2 -c 1"
follow
ntp_time "check_ntp_time: believes it" 2 "NTP CRITICAL: Offset *"
skew "check_skew: OK, and that there were some" 0 "SKEW OK -* answers with the key*not believed*" -v
ntp_peer "check_ntp_peer: OK, since its ntpd does not" 0 "NTP OK: Offset *"
kill $forger
serve 123

tell "the server is silent"
kill -STOP $chronyd
ntp_peer "check_ntp_peer: OK for now, of what its ntpd measured before" 0 "NTP OK: Offset *"
net_mute 1
check_within 20 "which the sentinels notice" "daemon_says db1 'SKEW UNKNOWN'"
ntp_time "check_ntp_time: that it got nothing" "2|3" "*"
skew "check_skew: UNKNOWN, and where to look" 3 "SKEW UNKNOWN - no answer to be believed from $server port 123, asked *"
by_daemon "its daemon: UNKNOWN" 3 "SKEW UNKNOWN - *; db1 was last heard * ago*"
kill -CONT $chronyd
net_unmute 1

tell "one way takes 1.2 s, the other none"
ip -n "$(net_switch)" link add wan0 type veth peer name wan1
ip -n "$(net_switch)" link set p1 nomaster
for link in wan0 wan1; do ip -n "$(net_switch)" link set "$link" up; done
ip -n "$(net_switch)" link set wan1 master br0
ip netns exec "$(net_switch)" "$SKEW_BUILD/tests/lab/wanlink" -a p1 -b wan0 -A delay=1200ms -B delay=0ms >/dev/null &
check_within 20 "the line is there" "asks check_skew -H $server -p 123 -t 5 -c 10"
follow
ntp_time "check_ntp_time: CRITICAL, and wrong" 2 "NTP CRITICAL: Offset -0.* secs*" 20
ntp_peer "check_ntp_peer: the same" 2 "NTP CRITICAL: Offset -0.* secs*"
skew "check_skew: UNKNOWN, since neither is proved" 3 "SKEW UNKNOWN -*straddles the *"
check "the truth, no offset, is within its bounds" \
	"awk -F'[= ;s]+' '{ exit !(\$0 ~ /low=-/ && \$0 ~ /high=[0-9]/) }' <<<\"\$text\""
for pid in $chronyd $ntpd; do
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
done
the_end
