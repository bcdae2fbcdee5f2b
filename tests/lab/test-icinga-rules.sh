#!/usr/bin/env bash
# A real Icinga 2 with the configuration that `skewctl setup-icinga` prints and packaging/icinga2 has: it is valid, the
# plugin runs in it, the ApiUser may do what it is for and nothing else, and a partition raises one alert, which holds no
# proved one back.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story icingarules

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		open: true
		icinga: {endpoints: [{url: "https://10.77.0.3:5665", name: master1}], ca: /etc/ca.crt, user: sentinel, password_file: /etc/pw}
	YAML
}

icinga=$(command -v icinga2) || skip "no icinga2"
getent passwd nagios >/dev/null || skip "no user nagios"
# Debian's is a wrapper that reads the machine's own configuration.
real=$(find /usr/lib -path '*/icinga2/sbin/icinga2' -type f 2>/dev/null | head -n 1)
[[ -z $real ]] || icinga=$real

top=$LAB_DIR/icinga
# Icinga, on the witness, as a user of the sentinel's group: that is what lets the plugin ask the daemon.
icinga2() {
	host_exec 3 env ICINGA2_USER=nagios ICINGA2_GROUP="$LAB_USER" "$icinga" "$@" -DConfigDir="$top/etc" \
		-DDataDir="$top/lib" -DLogDir="$top/log" -DCacheDir="$top/cache" -DSpoolDir="$top/spool" \
		-DInitRunDir="$top/run" -DZonesDir="$top/etc/zones.d" -DNodeName=master1
}

icinga_keys() {
	mkdir -p "$top"/{etc/zones.d/{master,global-templates},lib/certs,log/crash,cache,spool/perfdata,run}
	chown -R "nagios:$LAB_USER" "$top"
	icinga2 pki new-ca
	icinga2 pki new-cert --cn master1 --key "$top/lib/certs/master1.key" --csr "$top/lib/certs/master1.csr"
	icinga2 pki sign-csr --csr "$top/lib/certs/master1.csr" --cert "$top/lib/certs/master1.crt"
	cp "$top/lib/ca/ca.crt" "$top/lib/certs/ca.crt"
}

# What is as printed and shipped, but for the times, the password, and who checks what: db1's results are submitted, the
# witness's plugin asks its daemon, and db2 is probed over the network.
icinga_conf() {
	cat >"$top/etc/icinga2.conf" <<-CONF
		const PluginDir = "$CLUSTER_USR/lib/nagios/plugins"
		const ZoneName = "master"
		include <itl>
		include <plugins>
		object FileLogger "log" { path = LogDir + "/icinga2.log", severity = "information" }
		object CheckerComponent "checker" { }
		object NotificationComponent "notification" { }
		object ApiListener "api" { bind_host = "$(host_address 3)", accept_commands = true }
		object Endpoint NodeName { }
		object Zone ZoneName { endpoints = [ NodeName ] }
		object Zone "global-templates" { global = true }
		object ApiUser "root" { password = "root", permissions = [ "*" ] }
		object UserGroup "icingaadmins" { }
		object User "dba" { groups = [ "icingaadmins" ] }
		object NotificationCommand "mail-service-notification" {
			command = [ "/bin/sh", "-c", "echo \"\$\$1\" >>$top/mails", "mail",
				"\$host.name\$!\$service.name\$ \$notification.type\$ \$service.state\$: \$service.output\$" ]
		}
		include "$CLUSTER_USR/share/skew-sentinel/icinga2/clock-skew-notify.conf.example"
	CONF
	cp "$CLUSTER_USR/share/skew-sentinel/icinga2/check_skew.conf" "$top/etc/zones.d/global-templates/"
	ctl 3 setup-icinga >"$top/etc/zones.d/master/printed.conf"
	# Another cluster of the same Icinga.
	printf '%s\n' "cluster: second" "peers: [x1, x2, x3]" >"$(host_dir 3)/run/second.yaml"
	ctl 3 -c /run/second.yaml setup-icinga | sed 's/"hostalive"/"dummy"/' >"$top/etc/zones.d/master/second.conf"
	sed -i -e 's/password = ""/password = "s3cret"/' -e 's/check_command = "hostalive"/check_command = "dummy"/' \
		-e 's/check_interval = [0-9]*[sm]/check_interval = 3s/; s/retry_interval = [0-9]*[sm]/retry_interval = 3s/' \
		-e 's/skew_timeout = 10/skew_timeout = 3/; s/begin = 1m/begin = 10m/' \
		-e '/vars.skew_node = "db2"/a vars.skew_check = "network"' \
		-e '/vars.skew_node = "mon1"/a vars.skew_check = "agent"\nvars.skew_endpoint = NodeName' "$top/etc/zones.d/master/printed.conf"
	chown -R "nagios:$LAB_USER" "$top"
}

icinga_start() {
	into_host 3 setsid env ICINGA2_USER=nagios ICINGA2_GROUP="$LAB_USER" "$icinga" daemon -c "$top/etc/icinga2.conf" \
		-DConfigDir="$top/etc" -DDataDir="$top/lib" -DLogDir="$top/log" -DCacheDir="$top/cache" \
		-DSpoolDir="$top/spool" -DInitRunDir="$top/run" -DZonesDir="$top/etc/zones.d" -DNodeName=master1 \
		>"$LAB_DIR/icinga.console" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/icinga.pid"
}

# api USER PATH [BODY]: the answer, and its status as the last line.
api() {
	local -a body=()
	[[ -z ${3:-} ]] || body=(-X POST -d "$3")
	host_net 3 curl -sS --max-time 10 --cacert "$top/lib/certs/ca.crt" -u "$1" -H 'Accept: application/json' \
		--connect-to "master1:5665:$(host_address 3):5665" -w '\n%{http_code}\n' "${body[@]}" \
		"https://master1:5665/v1/$2" 2>/dev/null || :
}
# service HOST!NAME JQ: does the filter hold for the service's attributes?
service() { [[ $(api root:root "objects/services/$1" | head -n 1 | jq ".results[0].attrs | $2" 2>/dev/null) == true ]]; }
submit() { # submit HOST!NAME STATE [USER]: gives the HTTP status
	api "${3:-sentinel:s3cret}" "actions/process-check-result?service=$1" \
		"{\"exit_status\": $2, \"plugin_output\": \"SKEW - by the story\", \"ttl\": 120}" | tail -n 1
}
mails() { grep -c "$1" "$top/mails" 2>/dev/null || :; }
# What no mail was sent of.
no_mail() { [[ $(mails "$1") == 0 ]]; }

PATH=$PATH:$CLUSTER_USR/lib/nagios/plugins
cluster_network
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled
icinga_keys >"$LAB_DIR/pki.log" 2>&1
icinga_conf
check "icinga2 finds no fault with it" "icinga2 daemon -C -c $top/etc/icinga2.conf >$LAB_DIR/validate 2>&1 || { cat $LAB_DIR/validate; false; }"
{
	cat "$CLUSTER_USR"/share/skew-sentinel/icinga2/*.conf "$CLUSTER_USR"/share/skew-sentinel/icinga2/clock-skew-api.conf.example
	printf 'const PluginDir = "/usr/lib/nagios/plugins"\ninclude <itl>\ninclude <plugins>\nobject Host "clocks-prod" { import "clock-skew-cluster", vars.skew_cluster = "prod" }\n'
	printf 'object Host "db%s" { check_command = "dummy", vars.skew_cluster = "prod" }\n' 1 2
} >"$top/etc/shipped.conf"
check "nor with the files that are shipped" "icinga2 daemon -C -c $top/etc/shipped.conf >$LAB_DIR/validate 2>&1 || { cat $LAB_DIR/validate; false; }"
options_of_basket() { jq -r '.Command.check_skew.arguments | keys[]' "$CLUSTER_USR/share/skew-sentinel/icinga2/director-basket.json"; }
options_of_command() { sed -n 's/^\t\t"\(-.\)" = {$/\1/p' "$CLUSTER_USR/share/skew-sentinel/icinga2/check_skew.conf"; }
options_of_plugin() { check_skew -h | sed -n 's/^ \(-[^Vh]\), .*/\1/p'; }
check "CheckCommand and Director's basket know all options of the plugin" \
	"[[ -n \$(options_of_plugin) && \$(options_of_plugin | sort) == \$(options_of_command | sort) && \$(options_of_command | sort) == \$(options_of_basket | sort) ]]"
icinga_start
check_within 60 "Icinga answers" "api root:root status | tail -n 1 | grep -qx 200"
((STORY_FAILURES == 0)) || the_end

tell "what each of the three ways shows"
check_within 40 "of the witness, what its daemon says, by the plugin that Icinga runs" \
	"service 'mon1!clock-skew' '.state == 0 and (.last_check_result.output | startswith(\"SKEW OK - mon1 agrees with the cluster\"))'"
check "with performance data that Icinga understood" \
	"service 'mon1!clock-skew' '.last_check_result.performance_data | map(tostring) | any(contains(\"peers=2\")) and any(contains(\"offset=\"))'"
check_within 40 "of db2, what the plugin measures over the network" \
	"service 'db2!clock-skew' '.state == 0 and (.last_check_result.output | contains(\" answers, not authenticated\"))'"
check_within 40 "of db1, that nothing ever came" \
	"service 'db1!clock-skew' '.state == 3 and (.last_check_result.output | contains(\"no result for db1 has ever come\"))'"

check_for 8 "and it stays so" "service 'db1!clock-skew' '.last_check_result.output | contains(\"no result for db1 has ever come\")'"

tell "the ApiUser"
check "may submit a result for a clock of its cluster" "[[ \$(submit 'db1!clock-skew' 0) == 200 ]]"
check_within 10 "which counts" "service 'db1!clock-skew' '.state == 0 and .last_check_result.output == \"SKEW - by the story\"'"
check "not for another service" "[[ \$(submit 'clocks-lab!clock-skew-quorum' 0) == 40[34] ]]"
check "not for another cluster" "[[ \$(submit 'x1!clock-skew' 0) == 40[34] ]]"
check "may not read" "api sentinel:s3cret objects/services | tail -n 1 | grep -qxE '40[34]'"
check "and nobody gets in without the password" "[[ \$(submit 'db1!clock-skew' 0 sentinel:) == 401 ]]"
check_within 40 "the cluster as a whole can tell" \
	"service 'clocks-lab!clock-skew-quorum' '.state == 0 and (.last_check_result.output == \"3 of 3 sentinels of lab can tell\")'"

tell "a drill on the witness"
: >"$top/mails"
ctl 3 drill --offset 1900s --for 100s >/dev/null
check_within 60 "is CRITICAL there, with the sentence" \
	"service 'mon1!clock-skew' '.state == 2 and (.last_check_result.output | contains(\"DRILL: mon1 is 1900\"))'"
check_within 30 "and somebody is told" "((\$(mails 'mon1!clock-skew PROBLEM CRITICAL: SKEW CRITICAL - DRILL: mon1 is 1900') == 1))"
ctl 3 drill --stop >/dev/null
check_within 60 "until it is over" "((\$(mails 'mon1!clock-skew RECOVERY OK') >= 1))"

tell "a partition: nobody hears anybody"
for host in $(host_all); do net_mute "$host"; done
check_within 90 "is one finding" \
	"service 'mon1!clock-skew' '.state == 3' && service 'db2!clock-skew' '.state == 3' &&
	service 'clocks-lab!clock-skew-quorum' '.state == 2 and (.last_check_result.output | contains(\"cannot tell: is the cluster parted\"))'"
check_within 30 "of which there is one alert" "((\$(mails 'clocks-lab!clock-skew-quorum PROBLEM CRITICAL') == 1))"
check_within 20 "while the hosts' own are held back" "service 'db2!clock-skew' '.state == 3 and .last_reachable == false'"
check_for 8 "and none of theirs is sent" "no_mail 'db.!clock-skew PROBLEM' && no_mail 'mon1!clock-skew PROBLEM UNKNOWN'"

tell "and yet somebody proves that db1 is wrong; the two others cannot tell"
submit 'db1!clock-skew' 2 >/dev/null
check_within 20 "the cluster's is WARNING and names it" \
	"service 'clocks-lab!clock-skew-quorum' '.state == 1 and (.last_check_result.output | endswith(\"; db1 CRITICAL\"))'"
check_within 90 "and db1's own alert goes out" "((\$(mails 'db1!clock-skew PROBLEM CRITICAL') == 1))"
check "while the two others cannot tell" "service 'mon1!clock-skew' '.state == 3' && service 'db2!clock-skew' '.state == 3'"
for host in $(host_all); do net_unmute "$host"; done
check_within 90 "when it heals, the cluster says so" "((\$(mails 'clocks-lab!clock-skew-quorum RECOVERY OK') == 1))"

kill "$(cat "$LAB_DIR/icinga.pid")"
the_end
