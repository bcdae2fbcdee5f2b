#!/usr/bin/env bash
# A thousand clients at the status socket and a thousand over TCP, 200 of each stuck half-way: memory stays bounded, and
# the probes leave as they do without them.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story crowd

# The address sanitizer keeps freed memory for a while, which is not the daemon's.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4
cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		status: {http: 127.0.0.1:9124}
	YAML
}
capture=$LAB_DIR/probes.pcapng
private_mib() { awk '/^(RssAnon|RssShmem):/ { n += $2 } END { printf "%.1f\n", n / 1024 }' "/proc/$(sentinel_pid 1)/status"; }
files() { find "/proc/$(sentinel_pid 1)/fd" -mindepth 1 | wc -l; }
tcp() { host_net 1 curl -sS -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }
# gaps SECONDS: how many of db1's probes left in that time, and the median and the longest of the intervals between
# those to the same peer, in ms.
gaps() {
	host_net 1 tshark -q -n -i eth0 -f "udp dst port $LAB_PORT and src host $(host_address 1)" -a "duration:$1" \
		-w "$capture" 2>/dev/null
	tshark -n -r "$capture" -T fields -e frame.time_epoch -e ip.dst 2>/dev/null | awk '
		last[$2] { print ($1 - last[$2]) * 1000 }
		{ last[$2] = $1 }' | sort -n | awk '{ a[NR] = $1 } END { printf "%d %.0f %.0f\n", NR, a[int((NR + 1) / 2)], a[NR] }'
}

command -v tshark >/dev/null || skip "no tshark"
ulimit -n 4096
cluster_network
install -m 0755 "$SKEW_BUILD/tests/lab/crowd" "$CLUSTER_USR/crowd"
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled

check "TCP answers" "[[ \$(tcp http://127.0.0.1:9124/v1/status) == 200 ]]"
check "and takes no command" "[[ \$(tcp -X POST -d '{}' http://127.0.0.1:9124/v1/hold) == 403 ]]"
check "nor is it read by a page that calls itself by another name" \
	"[[ \$(tcp -H 'Host: evil.example' http://127.0.0.1:9124/v1/status) == 403 ]]"
check "a health check that names nobody is served" "[[ \$(tcp -0 -H 'Host:' http://127.0.0.1:9124/healthz) == 200 ]]"
socket=$(sentinel_socket 1)
check "the unix socket is the group's" "[[ \$(stat -c '%a %G' $socket) == '660 $LAB_USER' ]]"
code() { setpriv --reuid=65534 --regid="$1" --clear-groups curl -sS -o /dev/null -w '%{http_code}' --max-time 20 \
	--unix-socket "$socket" -X POST -d '{"stop": true}' http://sentinel/v1/hold 2>/dev/null; }
check "a member of it may send a command" "[[ \$(code $LAB_USER) == 200 ]]"
check "others may not even open it" "[[ \$(code 65534) == 000 ]]"
chmod 0666 "$socket"
check "and where they can, they are refused" "[[ \$(code 65534) == 403 ]]"
chmod 0660 "$socket"

# Probes that were never answered; the one under way does not count.
lost() { status 1 '[.peers[] | .sent - .received] | max'; }
lost_before=$(lost)
memory=$(private_mib)
read -r count median longest < <(gaps 6)
tell "alone: $count intervals between probes, median $median ms, longest $longest ms; $memory MiB"
into_net 1 "$CLUSTER_USR/crowd" "$socket" 1000 200 20 >"$LAB_DIR/crowd-unix" &
first=$!
into_net 1 "$CLUSTER_USR/crowd" 127.0.0.1:9124 1000 200 20 >"$LAB_DIR/crowd-tcp" &
second=$!
check_within 15 "the crowd is there: both servers are full" "((\$(files) > 2 * 512))"
read -r crowded_count crowded_median crowded_longest < <(gaps 6)
crowded_memory=$(private_mib)
tell "in the crowd: $crowded_count intervals, median $crowded_median ms, longest $crowded_longest ms; $crowded_memory MiB"
# The machine is busy with the crowd itself; what would fail here is a sentinel that serves first and probes afterwards.
check "the probes leave as before (more than half as many at least)" "((crowded_count * 2 > count))"
check "their median interval is what it was (less than twice that)" "((crowded_median < 2 * median))"
check "memory is bounded" "awk 'BEGIN { exit !($crowded_memory < $memory + 96) }'"
check_within 40 "one more asks, and is served" "ctl 1 status >/dev/null 2>&1"
check_within 40 "over TCP as well" "[[ \$(tcp http://127.0.0.1:9124/healthz) == 200 ]]"
wait "$first" "$second" || :
tell "unix socket: $(cat "$LAB_DIR/crowd-unix")"
tell "TCP: $(cat "$LAB_DIR/crowd-tcp")"
check "the polite ones were answered" "(($(awk '{ n += $4 } END { print n }' "$LAB_DIR"/crowd-{unix,tcp}) > 200))"
check_within 45 "when they are gone nothing of them stays" "((\$(files) < 64))"
check "every probe was answered meanwhile, but for one or two that are under way" "((\$(lost) <= lost_before + 2))"
check_within 20 "and the verdict stands" cluster_settled
tell "the longest callback of the daemon: $(status 1 .longest_callback_s) s"
tell "afterwards: $(private_mib) MiB"

# Room for few files: the clients get less of it, and the sentinel's own work all that it needs.
sentinel_stop 1
(
	ulimit -n 200
	sentinel_start 1
)
into_net 1 "$CLUSTER_USR/crowd" "$socket" 200 100 8 >"$LAB_DIR/crowd-few" &
first=$!
check_within 20 "with 200 files for all of the daemon, its clients fill what is theirs" "((\$(files) > 48))"
check_for 4 "and leave the rest alone" "((\$(files) < 140))"
check_within 40 "one more asks, and is served" "ctl 1 status >/dev/null 2>&1"
wait "$first" || :
check_within 20 "the verdict is as before" cluster_settled
the_end
