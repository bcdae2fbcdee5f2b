#!/usr/bin/env bash
# Verdicts reach a real Icinga 2, and whatever keeps them from it is told, with what to mend.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
LAB_WITNESSES=1
story icinga
ICINGA_WITHOUT=mon1
# shellcheck source=tests/lab/icinga
. "$(dirname "$0")/icinga"

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		galera: {dry_run: true}
	YAML
	icinga_yaml
	echo "  interval: 4s"
}
is_state() { icinga_is 1 "$1" ".state == $2"; }
says() { grep -qE "$2" <<<"$(icinga_output 1 "$1")"; }
# What the sentinel of a host shows of its reports.
pushes() { status_is "$1" ".icinga | $2"; }

lab_check
lab_claim
lab_make_dir
net_up
icinga_make 4
icinga_start 1
cluster_network
icinga_give
cluster_sentinels
check_within 30 "four sentinels are content" cluster_settled
for host in 1 2 3; do
	check_within 30 "$(host_name $host)!clock-skew is OK in Icinga" "is_state $(host_name $host) 0"
done
check "by itself" "icinga_is 1 db3 '.last_check_result.check_source == \"db3\"'"
check "the sentence names the cluster" "says db3 '^SKEW OK - lab: db3 agrees with the cluster'"
tell "$(icinga_of 1 db3 '.last_check_result.performance_data | join(" ")')"
check "with performance data, the bounds and the thresholds in it" \
	"icinga_is 1 db3 '.last_check_result.performance_data | map(split(\"=\")[0]) | contains([\"offset\", \"low\", \"high\", \"delay\", \"peers\"])' &&
	icinga_is 1 db3 '.last_check_result.performance_data[0] | test(\"^offset=-?[0-9.]+s;-0.1:0.1;-0.5:0.5;;$\")'"
check "without times of ours: Icinga's own clock dates it" \
	"icinga_is 1 db3 '.last_check_result | .execution_start == .execution_end and .ttl == 12'"

drilled=$(lab_ms)
ctl 3 drill --offset 1900s --for 10m >/dev/null
check_within 60 "a drill of +1900 s: db3!clock-skew is CRITICAL" "is_state db3 2"
tell "from drill to CRITICAL in Icinga: $(($(lab_ms) - drilled)) ms"
tell "$(icinga_output 1 db3)"
check "with the sentence" "says db3 '^SKEW CRITICAL - lab: DRILL: db3 is 1900 s ahead \(\+-.*3 of 4 agree'"
check "a downtime does not stop the protection: that is said" "says db3 'downtime or acknowledgement .* skewctl hold does'"
check "offset with its sign" "icinga_is 1 db3 '.last_check_result.performance_data[0] | test(\"^offset=(1899.9|1900)\")'"
ctl 3 hold --for 5m --reason 'clock is being replaced' >/dev/null
check_within 60 "a hold shows in the next result" "says db3 'actions on db3 are held for .* \(clock is being replaced\)'"
ctl 3 unhold >/dev/null
ctl 3 drill --stop >/dev/null
check_within 60 "the drill stopped, it is OK again" "is_state db3 0"
check "people were told once" "[[ \$(icinga_alerts db3 CRITICAL) == 1 ]]"

tell "mon1 has no service object."
check_within 60 "404: the status says which to create" \
	"pushes 4 '.results[0].error | test(\"404: .*no service object mon1!clock-skew.*skewctl setup-icinga\")'"
check "and so does the list of events" "get 4 /v1/events | grep 'no service object mon1!clock-skew' >/dev/null"
check "it is not counted among those that report" "pushes 4 '.reporting == false'"

tell "db2's password is wrong."
echo nonsense >"$(host_dir 2)/etc/icinga.password"
sentinel_kill 2 HUP
check_within 60 "401: what to compare" "pushes 2 '.endpoints[0].error | tostring | test(\"401: it does not know user skew-sentinel .*icinga.password\")'"
check_within 60 "db1 reports for db2, which cannot" "icinga_is 1 db2 '.last_check_result.check_source == \"db1\" and .state == 0'"
tell "$(icinga_output 1 db2)"
icinga_give
check_within 60 "the file is mended: it is read again without being told" "pushes 2 '.reporting'"
check_within 60 "and db2 reports itself" "icinga_is 1 db2 '.last_check_result.check_source == \"db2\"'"
check "the password is in no log, no status, no event" \
	"! { cat \"\$(sentinel_log 2)\" && get 2 /v1/status && get 2 /v1/events; } | grep -E \"$ICINGA_PASSWORD|nonsense\" >/dev/null"

tell "db2 expects another name in the certificate."
sed -i 's/name: master1}/name: master9}/' "$(host_dir 2)/etc/sentinel.yaml"
sentinel_kill 2 HUP
check_within 60 "wrong certificate: what to compare" \
	"pushes 2 '.endpoints[0].error | tostring | test(\"certificate is not accepted: .*mismatch; compare icinga.endpoints.*NodeName\")'"
cluster_write 2
install -m 0644 /dev/null "$(host_dir 2)/etc/icinga-ca.crt"
cp "$(icinga_dir)/pki/master1.crt" "$(host_dir 2)/etc/icinga-ca.crt"
sentinel_kill 2 HUP
check_within 60 "wrong CA: what to compare" \
	"pushes 2 '.endpoints[0].error | tostring | test(\"certificate is not accepted: .*compare icinga.ca\")'"
icinga_give
check_within 60 "mended: taken" "pushes 2 '.reporting'"

tell "db1 shows a certificate instead of a password."
icinga_give_certificate
rm "$(host_dir 1)/etc/icinga.password"
sentinel_kill 1 HUP
check_within 60 "without the password's file nothing is reported: which file is told" \
	"pushes 1 '.error | tostring | test(\"password_file /etc/skew-sentinel/icinga.password cannot be read: No such file\")'"
cluster_write 1 '/^  interval/a \  certificate: /etc/skew-sentinel/icinga.crt\n  key: /etc/skew-sentinel/icinga.key'
sentinel_kill 1 HUP
check_within 60 "with the certificate it is taken" "pushes 1 '.reporting and .error == null'"

tell "all sentinels are killed."
for host in $(host_all); do sentinel_kill "$host"; done
killed=$(lab_ms)
check_within 90 "db3 is UNKNOWN: nobody reported in time" "is_state db3 3"
tell "from the kill to UNKNOWN by freshness: $(($(lab_ms) - killed)) ms (ttl 12 s)"
check "by Icinga itself" "says db3 'no sentinel reported in time'"
icinga_stop 1
the_end
