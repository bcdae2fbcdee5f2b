#!/usr/bin/env bash
# Three virtual machines, each with a kernel and a clock of its own: what befalls real clocks, the right verdict each
# time, and the truth, which is measured from outside, in every interval that a sentinel states.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2 LAB_WITNESSES=1
story vm
# shellcheck source=tests/lab/vm
. "$(dirname "$0")/vm"

missing=$(vm_missing)
[[ -z $missing ]] || skip "$missing"

# Seconds by which a number may be off: what is shown is looked at while crystals drift and a machine is busy.
TOLERANCE=0.02

# ---- sentinels in guests ----

cluster_clean() { vm_clean; }
cluster_options() { echo "thresholds: {raise_after: 1s, clear_after: 2s}"; }
get() { vm_run "$1" "skewctl --json ${2#/v1/}"; }
sentinel_pid() { vm_run "$1" "pidof skew-sentinel" 2>/dev/null; }

story_show_logs() {
	local host
	for host in $(host_all); do
		tell "the end of the log of $(host_name "$host"):"
		vm_run "$host" "tail -n 25 /var/log/skew-sentinel" 2>&1 | sed 's/^/#   /' || :
	done
}

sentinel_start() {
	vm_run "$1" "{ start-stop-daemon -S -c $LAB_USER -x /usr/sbin/skew-sentinel; echo \$? >/run/ended; } >>/var/log/skew-sentinel 2>&1 &"
	wait_for 30 "status $1 .node >/dev/null 2>&1"
}

sentinel_stop() {
	vm_run "$1" "killall skew-sentinel"
	wait_for 15 "! sentinel_pid $1 >/dev/null" && [[ $(vm_run "$1" "cat /run/ended") == 0 ]]
}

guest_prepare() {
	local program
	for program in sbin/skew-sentinel bin/skewctl; do vm_put "$1" "$CLUSTER_USR/$program" "/usr/$program"; done
	cluster_yaml >"$LAB_DIR/sentinel.yaml"
	vm_put "$1" "$LAB_DIR/sentinel.yaml" /etc/skew-sentinel/sentinel.yaml
	vm_put "$1" "$LAB_DIR/mesh/$(host_name "$1").keys" /etc/skew-sentinel/keys
	vm_run "$1" "
		chmod 0755 / /etc /etc/skew-sentinel && chmod 0644 /etc/skew-sentinel/sentinel.yaml
		chown root:$LAB_USER /etc/skew-sentinel/keys && chmod 0640 /etc/skew-sentinel/keys
		mkdir /run/skew-sentinel /var/lib/skew-sentinel
		chown $LAB_USER:$LAB_USER /run/skew-sentinel /var/lib/skew-sentinel"
}

# ---- what is true ----

# Of every guest's clock, as intervals.jq wants it.
clocks() {
	local host
	for host in $(host_all); do echo "$(host_name "$host") $(vm_clock "$host")"; done |
		jq -nR '[inputs | split(" ") | {(.[0]): {at: .[1] | tonumber, offset: .[2] | tonumber, bound: .[3] | tonumber}}] | add'
}

# What is stated between two looks at the truth: look_first, look as often as is wanted, look_last.
look_first() {
	LOOKED=$(clocks)
	: >"$LAB_DIR/stated"
}
look() {
	local host
	for host in $(host_all); do
		{
			get "$host" /v1/status
			date +%s.%N
			get "$host" /v1/matrix
		} | jq -s '{status: .[0], at: .[1], matrix: .[2]}' >>"$LAB_DIR/stated"
	done
}
look_last() {
	jq -s --argjson before "$LOOKED" --argjson after "$(clocks)" '{before: $before, after: $after, stated: .}' \
		"$LAB_DIR/stated" | jq -f "$LAB_HERE/intervals.jq" >"$LAB_DIR/intervals"
}
looked() { [[ $(jq "$1" "$LAB_DIR/intervals") == true ]]; }
all_heard() { look_first && sleep 3 && look && look_last && looked 'map(select(.kind == "peer").fresh) | length == 6 and all'; }

# truth_was_stated WHEN [KINDS]: in the intervals about peers, in verdicts and in the matrix, or in some kinds of them,
# that were looked at.
truth_was_stated() {
	local kinds=${2:-peer|verdict|cell|implied}
	# A row that travels is of a while ago, and then something else may have been true.
	jq "map(select(.fresh and (.kind | test(\"$kinds\"))))" "$LAB_DIR/intervals" >"$LAB_DIR/fresh"
	mv "$LAB_DIR/fresh" "$LAB_DIR/intervals"
	tell "$(jq -r '"\(length) intervals, the widest of \(map(.high - .low) | max * 1e6 | round) us; the truth is known to \(map(.bound) | max * 1e6 | round) us"' "$LAB_DIR/intervals")"
	check "$1: the truth is in every interval stated" "looked 'length >= 6 and all(.right)'"
	jq -c '.[] | select(.right | not)' "$LAB_DIR/intervals" | sed 's/^/#   wrong: /'
}
truth_is_stated() {
	check_within 60 "$1: everybody is heard of" all_heard
	truth_was_stated "$@"
}

# How far db2 is off by what its sentence says, and how long it stood still by what one says that names it.
says_off() {
	status 2 '.verdict.summary | capture("^db2 is (?<n>[0-9.]+) (?<unit>m?s) (?<side>ahead|behind)")
		| (.n | tonumber) * {ms: 0.001, s: 1}[.unit] * {ahead: 1, behind: -1}[.side]'
}
stood_still() { jq -rR 'capture("stood still for (?<s>[0-9.]+) s").s' <<<"$1"; }

# near A B [BY]: within the tolerance, or BY?
near() { awk -v a="$1" -v b="$2" -v by="${3:-$TOLERANCE}" 'BEGIN { exit !(a != "" && b != "" && a - b < by && b - a < by) }'; }

# proved STATE WHAT: about db2 alone, by both others, and with the right number.
proved() {
	check_within 40 "$2: db2 is $1, 2 of 3 prove it" \
		"status_is 2 '.verdict | .state == \"$1\" and .agree == 2 and .electorate == 3'"
	check "$2: db1 and mon1 are ok" "verdict_is 1 ok && verdict_is 3 ok"
	check_within 10 "$2: they see it on db2" "sees 1 $1 && sees 3 $1"
	truth_is_stated "$2"
	tell "$(status 2 .verdict.summary)"
	TRUTH=$(jq '.[] | select(.kind == "verdict" and .to == "db2").truth' "$LAB_DIR/intervals")
	check "$2: by the right number, $TRUTH s" "near '$(status 2 .verdict.offset_s)' '$TRUTH' && near '$(says_off)' '$TRUTH'"
}
sees() { status_is "$1" ".peers[] | select(.name == \"db2\") | .state == \"$2\""; }

mended() {
	vm_set 2 0
	check_within 40 "$1, everybody is content" cluster_settled
}

# rate_is BEFORE AFTER PPM: between two measurements of a clock it ran so fast, as far as they can tell.
rate_is() {
	awk -v wanted="$3" '{ at[NR] = $1; offset[NR] = $2; bound += $3 }
		END { ppm = (offset[2] - offset[1]) / (at[2] - at[1]) * 1e6; unsure = bound / (at[2] - at[1]) * 1e6 + 5
			exit !(ppm - wanted < unsure && wanted - ppm < unsure) }' <<<"$1"$'\n'"$2"
}

newest_event() { get "$1" /v1/events | jq .newest; }
# events_since HOST ID JQ: how many such events there were.
events_since() { get "$1" /v1/events | jq "[.events[] | select(.id > $2 and ($3))] | length"; }
ACCUSES='.kind == "verdict" and .severity != "notice" and (.text | contains("cannot tell") | not)'
# Of all that was looked at: not of itself, not of another.
nobody_accused() { [[ $(jq -s 'map(.status | .verdict.state, .peers[].state) | all(IN("ok", "unknown", "unreachable"))' "$LAB_DIR/stated") == true ]]; }

# ---- the story ----

cluster_install
VM_CLOCK_2=1900 VM_CRYSTAL_3=60
vm_up
tell "$(vm_state | wc -l) guests are up"
check "outside of a guest no clock is set" "! '$VM_AGENT' step 0 2>/dev/null"
mkdir -m 0700 "$LAB_DIR/mesh"
skewctl keygen --mesh db1 db2 mon1 --out "$LAB_DIR/mesh" >/dev/null
for host in $(host_all); do guest_prepare "$host"; done
for host in $(host_all); do sentinel_start "$host"; done

witness=$(vm_clock 3) witness_raw=$(vm_clock 3 raw)
proved critical "1900 s ahead when it booted"
mended "set right"

vm_step 2 0.25
proved warning "stepped by 250 ms"
check "its step is named as the cause" "status_is 2 '.verdict.cause == \"step\"'"
mended "stepped back"

# By now there were exchanges for a minute. The real, the monotonic and the raw clock of mon1 drift together.
check "the crystal of mon1 is 60 ppm fast: its wall clock shows it" "rate_is '$witness' '$(vm_clock 3)' 60"
check "and its raw clock as well" "rate_is '$witness_raw' '$(vm_clock 3 raw)' 60"
drift_is() { status_is "$1" ".peers[] | select(.name == \"$2\") | .drift_ppm != null and (.drift_ppm - ($3) | fabs < 15)"; }
check_within 90 "db1 tells so" "drift_is 1 mon1 60"
check_within 90 "mon1 sees the opposite in the others" "drift_is 3 db1 -60 && drift_is 3 db2 -60"
check_within 90 "db1 and db2 do not drift" "drift_is 1 db2 0 && drift_is 2 db1 0"
truth_is_stated "with a crystal that is off"

vm_rate 2 20000
slewing=$(vm_clock 2) slewing_raw=$(vm_clock 2 raw)
# What else is stated is carried on to another instant than that of its latest exchange.
truth_is_stated "in a slew of 2 %" peer
check_within 30 "db2 is slewed far enough for a warning" "verdict_is 2 warning"
check "its wall clock moved" "rate_is '$slewing' '$(vm_clock 2)' 20000"
check "its raw clock did not" "rate_is '$slewing_raw' '$(vm_clock 2 raw)' 0"
vm_rate 2 0
proved warning "slewed away"
mended "stepped back"

vm_pause 2
sleep 20
check "while db2 stands still, db1 and mon1 are content" "verdict_is 1 ok && verdict_is 3 ok"
check "and do not reach it" "sees 1 unreachable && sees 3 unreachable"
vm_resume 2
proved critical "stopped for 20 s"
own=$(status 2 .verdict.summary) others=$(status 1 '.peers[] | select(.name == "db2").summary')
check "the cause is named" "status_is 2 '.verdict.cause == \"vm-stopped\"'"
check "with the time that it stood still" "near '$(stood_still "$own")' ${TRUTH#-} 1"
tell "db1 says: $others"
check "which db1 says as well" "near '$(stood_still "$others")' ${TRUTH#-} 1"
mended "set by its time service"

declare -A newest
for host in $(host_all); do newest[$host]=$(newest_event "$host"); done
look_first
vm_pause 2 freeze
sleep 10
vm_resume 2
check_for 15 "frozen for 10 s, with clocks that run on: nobody accuses anybody" "look && nobody_accused"
look_last
truth_was_stated "frozen for 10 s" "peer|cell|implied"
check_within 40 "and everybody is content" cluster_settled
for host in $(host_all); do
	check "nor did $(host_name "$host") meanwhile" "[[ \$(events_since $host ${newest[$host]} '$ACCUSES') == 0 ]]"
done
stalls=$(events_since 2 "${newest[2]}" '.kind == "stall"')
check "db2 noticed that it was kept from its work" "status_is 2 '.longest_stall_s > 5'"
check "and said so once, not for each datagram that had waited ($stalls times)" "((stalls >= 1 && stalls <= 2))"
truth_is_stated "after the freeze"
for host in $(host_all); do
	check "all being honest, $(host_name "$host") never doubted anybody's word" "[[ \$(events_since $host 0 '.kind == \"mesh\"') == 0 ]]"
done
the_end
