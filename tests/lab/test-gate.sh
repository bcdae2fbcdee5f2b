#!/usr/bin/env bash
# The join gate, by the very line that systemd runs before the database: it keeps a node with a wrong clock from starting,
# and nothing else ever does; a cluster that boots as a whole comes up unaided, though one clock is wrong at first.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
# Nodes recover their primary component by themselves, and wait for each other for longer than the gate may.
export LAB_CNF='wsrep_provider_options = "gcache.size=8M;gcache.page_size=8M;pc.recovery=yes;pc.wait_prim_timeout=PT150S"
innodb_flush_log_at_trx_commit = 1'
export LAB_WAIT_S=120
story gate clocks

GATE_OPTIONS="wait: 4s"
cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1h}
		gate: {$GATE_OPTIONS}
	YAML
}

# gate_configured N OPTIONS: host N's sentinel takes these options of the gate.
gate_configured() {
	local GATE_OPTIONS=$2
	cluster_write "$1"
	ctl "$1" reload >/dev/null
	wait_for 10 "get $1 /v1/gate | jq -e '.when_unknown == \"${3:-allow}\"' >/dev/null"
}

override() { echo "$(host_dir "$1")/run/skew-gate-open"; }
gate_said() { cat "$(host_dir "$1")/gate.out"; }

# The command of the drop-in, with the path of the programs that are tested and systemd's "$$" read as it reads it.
gate_command() {
	sed -n 's/^ExecStartPre=+//p' "$CLUSTER_USR/share/skew-sentinel/skew-gate.conf" |
		sed "s|/[^ ]*/skewctl|$CLUSTER_USR/bin/skewctl|; s/\\$\\$/\$/g"
}

# gate_runs N: gives its exit status in GATE and how long it took in GATE_MS.
gate_runs() {
	local begun
	begun=$(lab_ms)
	GATE=0
	at "$1" bash -c "$(gate_command)" >"$(host_dir "$1")/gate.out" 2>"$(host_dir "$1")/gate.err" || GATE=$?
	GATE_MS=$(($(lab_ms) - begun))
	tell "$(host_name "$1") after $GATE_MS ms: exit status $GATE: $(gate_said "$1")"
}

# ---- a real systemd, where one can be had: process 1 of namespaces of its own on host 3 ----

cgroup_of_lab() {
	local root=/sys/fs/cgroup
	[[ ! -d $root/systemd ]] || root=$root/systemd
	echo "$root/$LAB_PREFIX"
}

# What became of the unit is in SYSTEMD: its words in one line; "" where there is no systemd.
systemd_boots() {
	local cgroup pid
	SYSTEMD=
	cgroup=$(cgroup_of_lab)
	[[ -x /lib/systemd/systemd ]] && mkdir -p "$cgroup" 2>/dev/null || return 0
	: >"$(host_dir 3)/systemd.out"
	(
		echo "$BASHPID" >"$cgroup/cgroup.procs" 2>/dev/null || exit 0
		into_host 3 unshare --fork --pid --mount --cgroup --mount-proc --propagation private --kill-child \
			"$LAB_HERE/gate-systemd" "$CLUSTER_USR/share/skew-sentinel/skew-gate.conf" \
			"$CLUSTER_USR/bin/skewctl" "$(host_dir 3)/systemd.out"
	) </dev/null >"$(host_dir 3)/systemd.log" 2>&1 &
	pid=$!
	wait_for 30 "grep -q begins \"\$(host_dir 3)/systemd.out\" || ! kill -0 $pid 2>/dev/null" || :
	[[ ! -s $(host_dir 3)/systemd.out ]] || wait_for 60 "grep -q ended \"\$(host_dir 3)/systemd.out\"" || :
	kill -KILL "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	SYSTEMD=$(paste -sd' ' "$(host_dir 3)/systemd.out")
	wait_for 10 "find \"$cgroup\" -depth -type d -exec rmdir {} + 2>/dev/null || [[ ! -d $cgroup ]]" || :
}

# Not only killed, but gone, with its ports.
is_dead() { ! grep -qE '^State:[[:space:]]+[^ZX]' "/proc/$(cat "$(host_dir "$1")/mariadbd.launched")/status" 2>/dev/null; }

cluster_network
mkdir -p "$LAB_DIR/spare"
galera up >/dev/null
clock_set 3 1900
cluster_sentinels

tell "== one whose clock is wrong"
sentinel_stop 3
sentinel_start 3
gate_runs 3
check "db3 is 1900 s ahead, and its sentinel was started just now: it must not start" \
	"((GATE == 10)) && gate_said 3 | grep -q '^the database of db3 must not start: db3 is 19.* s ahead .* of the cluster; 3 of 4 agree'"
check "it is said how to mend that, and how to start it all the same, in one line" \
	"gate_said 3 | grep -q 'set the clock right and start it again, or, to start it all the same: touch /run/skew-gate-open' &&
		((\$(gate_said 3 | wc -l) == 1))"
check "nothing is raised meanwhile: the proof is enough" "status_is 3 '.levels | all(.raised | not)'"
gate_runs 1
check "db1 may" "((GATE == 0)) && gate_said 1 | grep -q '^the database of db1 may start: db1 agrees with the cluster'"
systemd_boots
if [[ -n $SYSTEMD ]]; then
	check "a real systemd does not start it, for the gate's exit status ($SYSTEMD)" "[[ \$SYSTEMD == 'begins ended exit-code' ]]"
	touch "$(override 3)"
	systemd_boots
	rm "$(override 3)"
	check "and does, where the override is there ($SYSTEMD)" "[[ \$SYSTEMD == 'begins started ended success' ]]"
else
	tell "no systemd can be started here: the command of the drop-in alone is tested"
fi
gate_configured 3 "wait: 60s"
(gate_runs 3 && exit "$GATE") &
mending=$!
check_within 15 "db3 has a minute, and waits" "grep -q 'the database of db3 waits for up to 60 s: db3 is 19' \"\$(host_dir 3)/gate.err\""
clock_set 3 0
check "its clock is set right: it may start" "wait $mending"
clock_set 3 1900

tell "== an operator wants it to start"
touch "$(override 3)"
gate_runs 3
check "the override is there: it may start, and says why" "((GATE == 0)) && gate_said 3 | grep -q 'may start: /run/skew-gate-open is there'"
rm "$(override 3)"
(gate_runs 3 && exit "$GATE") &
overriding=$!
sleep 2
touch "$(override 3)"
check "it is made while the gate waits: it may start" "wait $overriding"
rm "$(override 3)"
at 3 env _WSREP_NEW_CLUSTER=--wsrep-new-cluster bash -c "$(gate_command)" >"$(host_dir 3)/gate.out"
check "a new cluster is formed from it: it may" "gate_said 3 | grep -q 'may start: it forms a new cluster, whatever its clock; db3 is 19'"

tell "== what is no proof"
gate_configured 3 "wait: 4s"
galera mute 3
check_within 20 "db3 hears nobody" "get 3 /v1/gate | jq -e '.answer == \"unknown\"' >/dev/null"
gate_runs 3
check "nothing can be told: db3 may start" "((GATE == 0)) && gate_said 3 | grep -q 'may start: db3 cannot tell: '"
gate_configured 3 "wait: 4s, when_unknown: block" block
gate_runs 3
check "when_unknown: block, and it must not" "((GATE == 10)) && gate_said 3 | grep -q 'must not start: db3 cannot tell: .*; gate.when_unknown is block'"
gate_configured 3 "wait: 60s"
galera unmute 3
check_within 20 "db3 hears the others again" "get 3 /v1/gate | jq -e '.answer == \"wrong\"' >/dev/null"
sentinel_kill 3 STOP
gate_runs 3
check "the sentinel hangs: db3 may start" "((GATE == 0)) && gate_said 3 | grep -q 'may start: no skew-sentinel answers'"
sentinel_kill 3 CONT
sentinel_stop 3
gate_runs 3
check "it is dead: db3 may start" "((GATE == 0)) && gate_said 3 | grep -q 'may start: no skew-sentinel answers'"
echo 'peers: [' >"$(host_dir 3)/etc/sentinel.yaml"
gate_runs 3
check "the configuration is bad: db3 may start" "((GATE == 0)) && gate_said 3 | grep -q 'may start: the configuration is bad: '"
mv "$CLUSTER_USR/bin/skewctl" "$LAB_DIR/spare/"
gate_runs 3
check "the program is gone: db3 may start" "((GATE == 0))"
mv "$LAB_DIR/spare/skewctl" "$CLUSTER_USR/bin/"

tell "== the power fails, and all hosts boot at once, db3 with a clock 1900 s off"
for host in 1 2 4; do sentinel_stop "$host"; done
for host in 1 2 3; do galera kill "$host"; done
check_within 20 "all databases are dead" "is_dead 1 && is_dead 2 && is_dead 3"
GATE_OPTIONS="wait: 120s"
for host in $(host_all); do cluster_write "$host"; done

# boot N: what systemd does with the database's unit.
boot() {
	gate_runs "$1" && ((GATE == 0)) && galera start "$1"
}
booted=$(lab_ms)
declare -A boots
for host in 1 2 3; do
	boot $host &
	boots[$host]=$!
done
for host in $(host_all); do sentinel_start "$host"; done
check_within 20 "the gate keeps db3 waiting" "grep -q 'the database of db3 waits' \"\$(host_dir 3)/gate.err\""
check_within 30 "and nobody else" "[[ -s \$(host_dir 1)/gate.out && -s \$(host_dir 2)/gate.out ]]"
wait_for 20 "((\$(lab_ms) - booted > 20000))" || :
check "after 20 s db3 is still kept" "[[ ! -s \$(host_dir 3)/gate.out ]]"
clock_set 3 0
check_within 20 "its clock is mended, and the gate lets it start" "[[ -s \$(host_dir 3)/gate.out ]]"
for host in 1 2 3; do check "$(host_name "$host") started" "wait ${boots[$host]}"; done
check_within 60 "the cluster is whole again, unaided" "is_in 1 && is_in 2 && is_in 3"
tell "$(($(lab_ms) - booted)) ms after the boot"
check "of three" "[[ \$(sql 1 \"SHOW STATUS LIKE 'wsrep_cluster_size'\") == *3 ]]"
the_end
