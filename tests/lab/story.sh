# shellcheck shell=bash
# How a test of the lab is told: sentences, each "ok" or "not ok". To be sourced, after which the cluster's
# functions are there too. Whatever happens, nothing of the lab is left.
#
#   story NAME [WHAT-IT-NEEDS...]   first: `clocks` for clocks of the sentinels' own
#   check SENTENCE CONDITION        CONDITION, a piece of shell, holds now
#   check_within S SENTENCE COND    holds within S seconds; the time it took is printed
#   check_for S SENTENCE COND       holds now, and all the time for S seconds
#   tell SENTENCE                   something to know that is no check
#   skip REASON                     ends the story: it cannot be told here
#   the_end                         last
#
# Environment: LAB_LIMIT_S (a story that takes longer has failed; 400), LAB_KEEP=1 (leave the lab as it is), CI
# (a skip is a failure), and of tests/run: SKEW_SKIPS and SKEW_LABS, files to which the reasons for skips and the
# names of labs are added.

set -euo pipefail

STORY_CHECKS=0
STORY_FAILURES=0

tell() { printf '# %s\n' "$*"; }

ok() {
	STORY_CHECKS=$((STORY_CHECKS + 1))
	printf 'ok %d - %s\n' "$STORY_CHECKS" "$*"
}

not_ok() {
	STORY_CHECKS=$((STORY_CHECKS + 1))
	STORY_FAILURES=$((STORY_FAILURES + 1))
	printf 'not ok %d - %s\n' "$STORY_CHECKS" "$*"
	story_show
}

check() { if eval "$2"; then ok "$1"; else not_ok "$1"; fi; }

check_within() {
	if wait_for "$1" "$3"; then ok "$2 ($WAITED s)"; else not_ok "$2 (not within $1 s)"; fi
}

check_for() {
	if wait_for "$1" "! { $3; }"; then not_ok "$2 (until after $WAITED s)"; else ok "$2 (for $1 s)"; fi
}

# What the one who reads of a failure would look at first.
story_show() {
	local host
	for host in $(host_all); do
		tell "$(host_name "$host"): $(status "$host" '"\(.verdict.state) agree \(.verdict.agree)/\(.verdict.electorate): \(.verdict.summary); actions \([.actions[] | "\(.name // .measure) \(.state) \(.detail)"])"' 2>&1)"
		[[ ! -S $(host_socket "$host") ]] || tell "  database: $(db_state "$host" 2>&1)"
	done
}

story_show_logs() {
	local host
	for host in $(host_all); do
		[[ -s $(sentinel_log "$host") ]] || continue
		tell "the end of the log of $(host_name "$host"):"
		tail -n 25 "$(sentinel_log "$host")" | sed 's/^/#   /'
	done
}

skip() {
	printf '1..0 # SKIP %s\n' "$*"
	[[ -z ${SKEW_SKIPS:-} ]] || printf '%s: %s\n' "$STORY" "$*" >>"$SKEW_SKIPS"
	if [[ ${CI:-} == true ]]; then
		not_ok "everything is there that this needs: $*"
		exit 1
	fi
	exit 77
}

# Whatever the story began and left running ends with it: it would keep our output open, and whoever reads it waiting.
story_leave_nothing() {
	local -a jobs
	mapfile -t jobs < <(jobs -p)
	((${#jobs[@]} == 0)) || kill "${jobs[@]}" 2>/dev/null
	cluster_clean
}

story_cleanup() {
	local code=$?
	set +e
	trap - EXIT
	# Whoever read our output may be gone already.
	trap '' INT TERM HUP PIPE
	[[ -z ${STORY_WATCHDOG:-} ]] || kill "$STORY_WATCHDOG" 2>/dev/null
	((code == 0 || code == 77)) || story_show_logs
	[[ ${LAB_KEEP:-0} == 1 ]] || story_leave_nothing
	exit "$code"
}

story() {
	STORY=$1
	LAB_PREFIX=${LAB_PREFIX:-sk${STORY//[^a-z0-9]/}}
	LAB_PREFIX=${LAB_PREFIX:0:9}
	[[ " ${*:2} " != *" clocks "* ]] || CLUSTER_CLOCKS=1
	# shellcheck source=tests/lab/cluster
	. "$(dirname "${BASH_SOURCE[0]}")/cluster"
	server_there || skip "no MariaDB $LAB_MARIADB here: packaging/unpack-mariadb $LAB_MARIADB"
	lab_check
	if ((CLUSTER_CLOCKS)) && [[ ! -e $SKEW_BUILD/tests/lab/fakeclock.so ]]; then
		skip "no fakeclock.so in $SKEW_BUILD: use a build without sanitizers"
	fi
	trap story_cleanup EXIT
	trap 'exit 130' INT TERM HUP
	[[ -z ${SKEW_LABS:-} ]] || echo "$LAB_PREFIX" >>"$SKEW_LABS"
	# In case an earlier one was killed.
	cluster_clean
	(
		# A builtin, so that nothing is left behind when this is killed.
		read -r -t "${LAB_LIMIT_S:-400}" <> <(:) || :
		echo "not ok - the story took longer than ${LAB_LIMIT_S:-400} s"
		kill -TERM $$
	) &
	STORY_WATCHDOG=$!
}

the_end() {
	local host pid
	for host in $(host_all); do
		pid=$(sentinel_pid "$host") || continue
		check "the sentinel of $(host_name "$host") stops when it is told to, exit status 0" "sentinel_stop $host"
	done
	check "no sanitizer complained" "! cat \"$LAB_DIR\"/host*/sentinel.log 2>/dev/null | grep -E 'Sanitizer|runtime error'"
	printf '1..%d\n' "$STORY_CHECKS"
	exit $((STORY_FAILURES > 0))
}
