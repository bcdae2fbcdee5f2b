#!/usr/bin/env bash
# Real NTP clients get the right time from a sentinel where they may, and a sentinel measures real NTP servers.
# Whatever client runs here runs in a namespace and sets nothing: chronyd with -Q or -x, the others can only ask.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story ntpclients

PATH=$PATH:/var/tmp/skew-lab/chrony/usr/sbin:/usr/lib/nagios/plugins
open=true
references=
cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		open: $open
		key: 1
		listen: ["[::]:9123", "0.0.0.0:123"]
		$references
	YAML
}
# One key shared by all, as a key file that chronyd can use too.
cluster_peers() {
	local host role
	for host in $(host_all); do
		role=$( ((host > LAB_NODES)) && echo ", role: witness") || :
		echo "  - {name: $(host_name "$host"), address: $(host_address "$host")$role}"
	done
}
cluster_keys() {
	local host
	mkdir -m 0700 "$LAB_DIR/shared"
	skewctl keygen --shared --out "$LAB_DIR/shared" >/dev/null
	for host in $(host_all); do
		install -o root -g "$LAB_USER" -m 0640 "$LAB_DIR/shared/keys" "$(host_dir "$host")/etc/keys"
	done
}

for program in chronyd check_ntp_time; do command -v $program >/dev/null || skip "no $program"; done

# chrony_asks LINE: the offset that chronyd finds with this source, or nothing. It prints and sets nothing (-Q).
chrony_asks() {
	printf '%s\n' "$1" "keyfile /etc/skew-sentinel/keys" "cmdport 0" "bindcmdaddress /" >"$(host_dir 3)/run/ask.conf"
	at 3 chronyd -Q -u root -t 12 -f /run/ask.conf 2>&1 | sed -n 's/.*System clock wrong by \([-0-9.]*\) seconds.*/\1/p'
}
# near OFFSET: is it there, and right? On a busy machine a client that stamps in user space is off by tens of ms.
near() { [[ -n $1 ]] && awk -v offset="$1" 'BEGIN { exit !(offset < 0.1 && offset > -0.1) }'; }

cluster_network
for host in $(host_all); do
	host_net "$host" sysctl -q net.ipv4.ip_unprivileged_port_start=0
done
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled

tell "open: true"
text=$(at 3 check_ntp_time -H "$(host_address 1)" -p 9123 -w 0.01 -c 0.1) && code=0 || code=$?
tell "$text"
check "check_ntp_time finds the time right" "(($code == 0))"
text=$(chrony_asks "server $(host_address 1) port 9123 iburst maxsamples 4")
check "chronyd -Q finds the time right (${text:-no answer} s)" "near '$text'"
if command -v ntpdig >/dev/null; then
	text=$(at 3 ntpdig -t 3 "$(host_address 1)" 2>&1) || :
else
	text=$(at 3 sntp -t 3 "$(host_address 1)" 2>&1) || :
fi
tell "$text"
check "ntpdig, on port 123, finds the time right" "near \"\$(grep -oE '[-+][0-9]+\.[0-9]+ \+/-' <<<\"\$text\" | cut -d' ' -f1)\""
text=$(chrony_asks "server $(host_address 1) port 9123 key 1 iburst maxsamples 4")
check "chronyd with the key does (${text:-no answer} s)" "near '$text'"

tell "open: false"
open=false
for host in 1 2; do
	cluster_write $host
	ctl $host reload >/dev/null
done
check "chronyd without a key gets no answer" "[[ -z \$(chrony_asks 'server $(host_address 1) port 9123 iburst maxsamples 4') ]]"
check "nor does check_ntp_time" "! at 3 check_ntp_time -H $(host_address 1) -p 9123 -t 5 >/dev/null"
text=$(chrony_asks "server $(host_address 1) port 9123 key 1 iburst maxsamples 4")
check "chronyd with the same key file finds the time right (${text:-no answer} s)" "near '$text'"
check "who was turned away is counted" "get 1 /metrics | grep -E '^skew_sentinel_.*rejected.*closed.* [1-9]'"

tell "a chronyd as a reference"
cat >"$(host_dir 3)/run/serve.conf" <<-CONF
	local stratum 4
	allow all
	port 123
	keyfile /etc/skew-sentinel/keys
	cmdport 0
	bindcmdaddress /
	pidfile /run/chronyd.pid
CONF
sentinel_stop 3 # it had the port
into_host 3 chronyd -d -x -u root -f /run/serve.conf >"$LAB_DIR/chronyd.log" 2>&1 &
chronyd=$!
references="references: [{address: $(host_address 3), key: 1}]"
cluster_write 1
references="references: [{address: $(host_address 3)}]"
cluster_write 2
for host in 1 2; do ctl $host reload >/dev/null; done
measured() { status_is "$1" "[.peers[] | select(.role == \"reference\")] | .[0] | .state == \"ok\" and (.offset_s | fabs) < 0.01"; }
check_within 30 "with a key it is measured" "measured 1"
check_within 30 "without one too" "measured 2"
check "chronyd is still there, and has set nothing" "kill -0 $chronyd && ! grep -qiE 'stepped|slew' $LAB_DIR/chronyd.log"
kill $chronyd
wait $chronyd || :
the_end
