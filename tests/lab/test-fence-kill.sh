#!/usr/bin/env bash
# A sentinel that is killed at 50 random moments of the cycle, while its clock goes wrong and right again, leaves nothing
# stuck: neither fence nor desync, nor a count, a record or a claim.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story fence-kill clocks

KILLS=50

cluster_options() {
	cat <<-YAML
		probe: {interval: 200ms}
		thresholds: {raise_after: 0s, clear_after: 300ms}
		galera: {above: 2s, after: 0s, measures: [fence], max_per_day: 100}
	YAML
}

nothing_recorded() { [[ ! -e $(host_dir 3)/lib/galera-fence && ! -e $(host_dir 3)/lib/galera-desync ]]; }
# What a sentinel may leave behind, at any moment: ours once or not at all.
is_sane() { [[ $(node_state 3) =~ ^(NONE|ALL_KILL)\ (Donor/Desynced\ 1|Joined\ 0|Synced\ 0)$ ]]; }

# Without waiting until it answers.
start_quickly() {
	local -a environment
	mapfile -t environment < <(sentinel_preload 3)
	into_user 3 setsid env "${environment[@]}" skew-sentinel </dev/null >>"$(sentinel_log 3)" 2>&1 &
	echo $! >"$(host_dir 3)/sentinel.pid"
	disown # bash is not to remark on each
}
kill_it() {
	local pid
	pid=$(cat "$(host_dir 3)/sentinel.pid")
	kill -KILL "$pid"
	wait_for 10 "! kill -0 $pid 2>/dev/null"
}
as_it_should_be() { [[ $(node_state 3) == $( ((wrong)) && echo 'ALL_KILL Donor/Desynced 1' || echo 'NONE Synced 0') ]]; }

cluster_up
check_within 60 "four sentinels agree that every clock is right" cluster_settled

SEED=${SEED:-$$}
RANDOM=$SEED
tell "seed $SEED"
wrong=0
seen_fenced=0
seen_in=0
insane=0
disown -a
for ((n = 1; n <= KILLS; n++)); do
	clock_set 3 $((wrong = wrong ? 0 : 1900))
	# From the start of a daemon a cycle takes half a second; now and then it is to be whole, however slow this machine is.
	sleep "0.$(printf %03d $((RANDOM % 1000)))"
	((n % 5)) || wait_for 60 as_it_should_be || not_ok "after $n kills db3 is not as it should be"
	kill_it
	case $(node_state 3) in
	'ALL_KILL Donor/Desynced 1') seen_fenced=$((seen_fenced + 1)) ;;
	'NONE Synced 0') seen_in=$((seen_in + 1)) ;;
	esac
	is_sane || insane=$((insane + 1))
	start_quickly
done
tell "of $KILLS kills, $seen_fenced left db3 fenced and desynced, $seen_in left it at work, $((KILLS - seen_fenced - seen_in)) in between"
check "nothing was ever done twice, nor half of it left to others" "((insane == 0))"
check "the kills came at different moments" "((seen_fenced > 0 && seen_in > 0))"

clock_set 3 1900
check_within 60 "wrong at the end: fenced and desynced, once" "node_is 3 'ALL_KILL Donor/Desynced 1'"
clock_set 3 0
check_within 60 "right at the end: at work" "node_is 3 'NONE Synced 0'"
check_within 10 "the variable is as it was, and nothing is recorded" "[[ \$(sql 3 'SELECT @@wsrep_desync') == 0 ]] && nothing_recorded"
check_within 20 "no claim is left" "[[ \$(sql 3 'SELECT COUNT(*) FROM skew_sentinel.claim') == 0 ]]"
check "the others were at work all the while" "node_is 1 'NONE Synced 0' && node_is 2 'NONE Synced 0'"
the_end
