# shellcheck shell=bash
# What the benchmarks share: pairs of hosts in network namespaces, chronyd beside the sentinel, and statistics. To be
# sourced. Nothing is put into the machine's own network namespace, and no clock is ever set: chronyd runs with -x.
#
# bench_begin makes $BENCH_DIR, below which everything is written, with the key file that all of them use, and sees to
# it that nothing is left in the end, whatever happens. A run that fails keeps it.
#
# Environment: SKEW_BUILD (a build directory; default build/release of this tree), BENCH_KEEP=1 (keep $BENCH_DIR).

BENCH_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SKEW_BUILD=${SKEW_BUILD:-$(cd "$BENCH_HERE/../.." && pwd)/build/release}
# Where packaging/install-packages unpacks chrony on machines that have another time service.
PATH=$PATH:/usr/sbin:/sbin:/var/tmp/skew-lab/chrony/usr/sbin
# Of this run alone: several may run at once.
BENCH_PREFIX=skb$$
BENCH_KEY=1

bench_say() { printf '%s\n' "$@"; }
bench_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# bench_usage: the comment at the top of the program.
bench_usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

bench_cleanup() {
	local code=$?
	trap - EXIT
	trap '' INT TERM HUP
	bench_hosts_down
	# Interrupted is not failed.
	if [[ ${BENCH_KEEP:-0} == 1 || ($code != 0 && $code != 130) ]]; then
		bench_say "" "what it wrote is in $BENCH_DIR" >&2
	else
		rm -rf "$BENCH_DIR"
	fi
	exit "$code"
}

# bench_begin PROGRAM...: what else it needs to run.
bench_begin() {
	local program
	[[ $EUID == 0 ]] || bench_die "needs root, for network namespaces (sudo $0)"
	for program in chronyd curl jq ip "$@"; do
		command -v "$program" >/dev/null || bench_die "no $program (packaging/install-packages build lab)"
	done
	[[ -x $SKEW_BUILD/sentinel/skew-sentinel ]] ||
		bench_die "no build in $SKEW_BUILD (cmake --preset release && cmake --build --preset release)"
	BENCH_DIR=$(mktemp -d -t skew-bench.XXXXXX)
	trap bench_cleanup EXIT
	trap 'exit 130' INT TERM HUP
	"$SKEW_BUILD/sentinel/skewctl/skewctl" keygen --shared --out "$BENCH_DIR" >/dev/null
}

# ---- hosts ----

bench_ns() { echo "$BENCH_PREFIX-$1"; }

# into HOST COMMAND...: replaces the shell it is called in; with & that shell's process id is COMMAND's.
into() { exec ip netns exec "$(bench_ns "$1")" "${@:2}"; }

bench_host() {
	ip netns add "$(bench_ns "$1")"
	ip -n "$(bench_ns "$1")" link set lo up
}

# bench_wire HOST INTERFACE HOST INTERFACE: a veth pair.
bench_wire() {
	ip -n "$(bench_ns "$1")" link add "$2" type veth peer name "$4" netns "$(bench_ns "$3")"
	ip -n "$(bench_ns "$1")" link set dev "$2" up
	ip -n "$(bench_ns "$3")" link set dev "$4" up
}

bench_address() { ip -n "$(bench_ns "$1")" addr add "$3" dev "$2"; }

# Whatever still runs in our namespaces is ours.
bench_hosts_down() {
	local ns pid
	for ns in $(ip netns list | awk -v prefix="$BENCH_PREFIX-" 'index($1, prefix) == 1 { print $1 }'); do
		for pid in $(ip netns pids "$ns"); do kill -TERM "$pid" 2>/dev/null || :; done
		for _ in {1..50}; do
			[[ -n $(ip netns pids "$ns") ]] || break
			sleep 0.1
		done
		for pid in $(ip netns pids "$ns"); do kill -KILL "$pid" 2>/dev/null || :; done
		ip netns del "$ns"
	done
}

# ---- the programs compared; each prints its process id ----

# What they are started with, such as taskset.
BENCH_START=()

# bench_chronyd HOST NAME <CONFIGURATION: its files are in $BENCH_DIR/NAME.
bench_chronyd() {
	local dir=$BENCH_DIR/$2
	mkdir -p "$dir"
	{
		cat
		cat <<-CONF
			keyfile $BENCH_DIR/keys
			cmdport 0
			bindcmdaddress /
			pidfile $dir/pid
			logdir $dir
		CONF
	} >"$dir/chrony.conf"
	into "$1" "${BENCH_START[@]}" chronyd -d -x -u root -f "$dir/chrony.conf" </dev/null >"$dir/out" 2>&1 &
	echo $!
}

bench_chronyd_server() {
	bench_chronyd "$1" "$2" <<-CONF
		local stratum 4
		allow all
	CONF
}

bench_socket() { echo "$BENCH_DIR/$1/sock"; }

# bench_sentinel HOST NAME <CONFIGURATION.
bench_sentinel() {
	local dir=$BENCH_DIR/$2
	mkdir -p "$dir"
	{
		cat
		cat <<-YAML
			keys: $BENCH_DIR/keys
			key: $BENCH_KEY
			state: $dir
			status: {socket: "$(bench_socket "$2")"}
		YAML
	} >"$dir/sentinel.yaml"
	into "$1" "${BENCH_START[@]}" "$SKEW_BUILD/sentinel/skew-sentinel" -c "$dir/sentinel.yaml" </dev/null >"$dir/out" 2>&1 &
	echo $!
}

# bench_alive PID NAME: is it still there? Else the end of what it said.
bench_alive() {
	kill -0 "$1" 2>/dev/null && return
	tail -n 10 "$BENCH_DIR/$2/out" >&2
	bench_die "$2 has ended"
}

# ---- numbers ----

# cpu_ns PID: the CPU time it has used.
cpu_ns() { cut -d' ' -f1 "/proc/$1/schedstat"; }

# quantiles P...: of the numbers on standard input, one a line; "-" where there are none. The nearest rank, except that the
# median of an even number of them is the middle of two.
quantiles() {
	sort -g | awk -v shares="$*" '
		function at(rank) { rank += rank < share * NR; return value[rank ? rank : 1] }
		{ value[NR] = $1 }
		END {
			n = split(shares, wanted, " ")
			for (i = 1; i <= n; i++) {
				share = wanted[i]
				found = share == 0.5 && NR % 2 == 0 ? (value[NR / 2] + value[NR / 2 + 1]) / 2 : at(int(share * NR))
				printf "%s%s", NR ? found : "-", i < n ? "\t" : "\n"
			}
		}'
}
