# shellcheck shell=bash
# What the lab's programs and stories share: hosts in network namespaces. To be sourced.
#
# A lab is a set of hosts, numbered from 1: LAB_NODES of them for databases (db1, db2, ...), then LAB_WITNESSES
# others (mon1, ...). Host N is the network namespace ${LAB_PREFIX}N with 10.77.0.N and fd00:77::N on a bridge
# in ${LAB_PREFIX}sw. Nothing is put into the machine's own network namespace, there is no way out of the lab,
# and labs with different prefixes know nothing of each other, so several can run at once.
#
# Environment: LAB_PREFIX, LAB_DIR (all that the lab writes), LAB_NODES, LAB_WITNESSES, LAB_MARIADB (the version of a
# MariaDB that packaging/unpack-mariadb has unpacked; default: what is installed).

# The database and the sentinels are not root, and have to get at what is made here, whatever the caller's umask is.
umask 022

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
LAB_TOP=$(cd "$LAB_HERE/../.." && pwd)
LAB_PREFIX=${LAB_PREFIX:-skl}
# Not below the source tree, which may lie in a home directory: mysqld and the sentinels must get there.
LAB_ROOT=/var/tmp/skew-lab
LAB_DIR=${LAB_DIR:-$LAB_ROOT/$LAB_PREFIX}
LAB_NODES=${LAB_NODES:-3}
LAB_WITNESSES=${LAB_WITNESSES:-0}
LAB_MARIADB=${LAB_MARIADB:-}
LAB_NET=10.77.0
LAB_NET6=fd00:77:
LAB_PORT=9123
LAB_USER=skew-sentinel
LAB_CLAIMS=/run/skew-lab

lab_say() { printf '%s\n' "$*"; }
lab_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}
lab_make_dir() { mkdir -p "$LAB_DIR"; }
# With whatever is mounted in it.
lab_delete() {
	awk -v dir="$LAB_DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r -n 1 umount
	rm -rf "$LAB_DIR"
}
lab_ms() { echo $(($(date +%s%N) / 1000000)); }

lab_check() {
	[[ $EUID == 0 ]] || lab_die "needs root, for network namespaces (sudo $0)"
	# Interface and namespace names are made of it.
	[[ $LAB_PREFIX =~ ^[a-z][a-z0-9]{0,8}$ ]] || lab_die "LAB_PREFIX '$LAB_PREFIX': up to 9 of a-z and 0-9"
	server_there || lab_die "no $(server_usr): packaging/unpack-mariadb $LAB_MARIADB"
	[[ $LAB_NODES =~ ^[1-9]$ && $LAB_WITNESSES =~ ^[0-9]$ ]] || lab_die "LAB_NODES 1 to 9, LAB_WITNESSES 0 to 9"
}

# wait_for SECONDS CONDITION: until the condition, a piece of shell, holds; WAITED is then the time it took.
# shellcheck disable=SC2034 # WAITED is for the caller
wait_for() {
	local limit=$1 condition=$2 begun took
	begun=$(lab_ms)
	while :; do
		if eval "$condition"; then
			took=$(($(lab_ms) - begun))
			printf -v WAITED '%d.%03d' $((took / 1000)) $((took % 1000))
			return 0
		fi
		took=$(($(lab_ms) - begun))
		((took < limit * 1000)) || return 1
		sleep 0.1
	done
}

# ---- hosts ----

host_all() { seq 1 $((LAB_NODES + LAB_WITNESSES)); }
host_databases() { seq 1 "$LAB_NODES"; }
host_ns() { echo "$LAB_PREFIX$1"; }
host_dir() { echo "$LAB_DIR/host$1"; }
host_address() { echo "$LAB_NET.$1"; }
host_address6() { echo "$LAB_NET6:$1"; }
host_name() {
	if (($1 <= LAB_NODES)); then echo "db$1"; else echo "mon$(($1 - LAB_NODES))"; fi
}
# What nodes start from, of each MariaDB its own.
lab_seed() { echo "${LAB_SEED:-$LAB_DIR/seed}${LAB_MARIADB:+.$LAB_MARIADB}"; }
host_socket() { echo "$(host_dir "$1")/run/mysqld/mysqld.sock"; }

# "${SERVER[@]}" COMMAND...: with what belongs to the database server. Of another release all of /usr takes the place of this
# machine's: the server, the scripts and programs that it calls and their libraries are as they are there.
server_usr() { echo "$LAB_ROOT/mariadb-$LAB_MARIADB/usr"; }
server_there() { [[ -z $LAB_MARIADB || -x $(server_usr)/sbin/mariadbd ]]; }
SERVER=()
# shellcheck disable=SC2016 # for the inner shell to expand
[[ -z $LAB_MARIADB ]] ||
	SERVER=(unshare --mount --propagation private bash -c 'mount --bind "$1" /usr && shift && exec "$@"' enter "$(server_usr)")

# The three ways onto host N replace the shell they are called in; with & that shell's process id is COMMAND's.

# into_net N COMMAND...: on its network, else as it is here.
into_net() { exec nsenter --net="/run/netns/$(host_ns "$1")" -- "${@:2}"; }

# into_host N COMMAND...: as there: its network, name, /etc/hosts, /run, configuration and state. So one and the
# same configuration serves all hosts, with the usual paths.
into_host() {
	# shellcheck disable=SC2016 # for the inner shell to expand
	into_net "$1" unshare --mount --uts --propagation private bash -c '
		set -e
		echo "$2" >/proc/sys/kernel/hostname
		mount --bind "$1/etc" /etc/skew-sentinel
		mount --bind "$1/lib" /var/lib/skew-sentinel
		mount --bind "$1/hosts" /etc/hosts
		[[ ! -f /etc/resolv.conf ]] || mount --bind "$1/resolv.conf" /etc/resolv.conf
		mount --bind "$1/run" /run
		shift 2
		exec "$@"' enter "$(host_dir "$1")" "$(host_name "$1")" "${@:2}"
}

# into_user N COMMAND...: the same, as the daemon's user and with nothing that this user has not.
into_user() {
	into_host "$1" setpriv --reuid="$LAB_USER" --regid="$LAB_USER" --init-groups --inh-caps=-all \
		--bounding-set=-all --no-new-privs "${@:2}"
}

# And for a command to wait for.
host_net() { (into_net "$@"); }
host_exec() { (into_host "$@"); }
host_user() { (into_user "$@"); }

host_prepare() {
	local dir other
	dir=$(host_dir "$1")
	mkdir -p "$dir"/{etc,lib,run}
	{
		echo "127.0.0.1 localhost"
		echo "::1 localhost"
		for other in $(host_all); do echo "$(host_address "$other") $(host_name "$other").lab $(host_name "$other")"; done
	} >"$dir/hosts"
	echo "nameserver 127.0.0.1" >"$dir/resolv.conf"
	if getent passwd "$LAB_USER" >/dev/null; then
		install -d -o "$LAB_USER" -g "$LAB_USER" -m 0755 "$dir/run/skew-sentinel"
		install -d -o "$LAB_USER" -g "$LAB_USER" -m 0750 "$dir/lib"
	fi
}

# ---- a disk of a host's own ----

# disk_small N: what host N's sentinel keeps lies on a disk of 2 MB with few inodes. To be had before the sentinel starts.
disk_small() {
	local dir image uid gid
	dir=$(host_dir "$1")
	image=$dir/disk
	uid=$(id -u "$LAB_USER")
	gid=$(id -g "$LAB_USER")
	truncate -s 2M "$image"
	mke2fs -q -t ext4 -b 1024 -m 0 -N 48 -E "root_owner=$uid:$gid" "$image"
	if mount -o loop "$image" "$dir/lib" 2>/dev/null; then
		echo "ext4"
	else # a container, perhaps, without loop devices
		mount -t tmpfs -o "size=512k,nr_inodes=48,uid=$uid,gid=$gid" lab "$dir/lib"
		echo "tmpfs"
	fi
	chmod 0750 "$dir/lib"
}
disk_fill() { head -c 8M /dev/zero >"$(host_dir "$1")/lib/fill" 2>/dev/null || :; } # to the last block
disk_free() { rm -rf "$(host_dir "$1")"/lib/{fill,fill.d}; }
disk_fill_inodes() { # to the last one
	local n
	mkdir "$(host_dir "$1")/lib/fill.d"
	for ((n = 0; n < 100; n++)); do : >"$(host_dir "$1")/lib/fill.d/$n" || break; done 2>/dev/null
}

# ---- the network ----

net_has() { [[ -e /run/netns/$1 ]]; }
net_switch() { echo "${LAB_PREFIX}sw"; }

net_up() {
	local switch host ns
	switch=$(net_switch)
	if ! net_has "$switch"; then
		ip netns add "$switch"
		ip -n "$switch" link add br0 type bridge
		ip -n "$switch" link set br0 up
	fi
	for host in $(host_all); do
		ns=$(host_ns "$host")
		net_has "$ns" && continue
		ip netns add "$ns"
		ip -n "$ns" link set lo up
		ip -n "$ns" link add eth0 type veth peer name "p$host" netns "$switch"
		ip -n "$ns" addr add "$(host_address "$host")/24" dev eth0
		# Usable at once: duplicate address detection would take its second or two.
		ip -n "$ns" addr add "$(host_address6 "$host")/64" dev eth0 nodad
		ip -n "$ns" link set eth0 up
		ip -n "$switch" link set "p$host" master br0 up
	done
}

# Whatever still runs in a namespace of the lab is the lab's.
net_kill() {
	local pid
	for pid in $(ip netns pids "$1"); do kill -KILL "$pid" 2>/dev/null || :; done
	[[ -z $(ip netns pids "$1") ]]
}

# They go by name, not by LAB_NODES, which may have been another one.
net_down() {
	local ns
	for ns in $(ip netns list | awk -v prefix="$LAB_PREFIX" '$1 ~ "^" prefix "(sw|[0-9]+)$" { print $1 }'); do
		wait_for 10 "net_kill $ns" || lab_say "something in $ns cannot be killed" >&2
		ip netns del "$ns"
	done
}

# The whole host: its cable is pulled.
net_cut() { ip -n "$(net_switch)" link set "p$1" down; }
net_heal() { ip -n "$(net_switch)" link set "p$1" up; }

# The sentinels' datagrams to and from host N alone get lost in the switch; the database's traffic goes on.
net_mute() {
	ip netns exec "$(net_switch)" nft -f - <<-NFT
		add table bridge mute$1
		add chain bridge mute$1 forward { type filter hook forward priority 0; policy accept; }
		add rule bridge mute$1 forward iifname "p$1" udp dport $LAB_PORT drop
		add rule bridge mute$1 forward iifname "p$1" udp sport $LAB_PORT drop
		add rule bridge mute$1 forward oifname "p$1" udp dport $LAB_PORT drop
		add rule bridge mute$1 forward oifname "p$1" udp sport $LAB_PORT drop
	NFT
}
net_unmute() { ip netns exec "$(net_switch)" nft delete table bridge "mute$1"; }

# ---- what labs need of the machine beside namespaces, taken away again with the last of them ----

lab_claims() { # lab_claims COMMAND...: with the claims locked against other labs
	(
		flock 9
		"$@"
	) 9>"$LAB_CLAIMS.lock"
}

lab_claim_locked() {
	local dir
	mkdir -p "$LAB_CLAIMS/labs"
	touch "$LAB_CLAIMS/labs/$LAB_PREFIX"
	if ! getent passwd "$LAB_USER" >/dev/null; then
		# The group may be left of an installation: one that has members outlives its user.
		getent group "$LAB_USER" >/dev/null || {
			groupadd --system "$LAB_USER"
			touch "$LAB_CLAIMS/made-group"
		}
		useradd --system --gid "$LAB_USER" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$LAB_USER"
		touch "$LAB_CLAIMS/made-user"
	fi
	for dir in /etc/skew-sentinel /var/lib/skew-sentinel; do
		[[ ! -d $dir ]] || continue
		mkdir "$dir"
		echo "$dir" >>"$LAB_CLAIMS/made-dirs"
	done
}

lab_release_locked() {
	rm -f "$LAB_CLAIMS/labs/$LAB_PREFIX"
	rmdir "$LAB_CLAIMS/labs" 2>/dev/null || return 0
	if [[ -e $LAB_CLAIMS/made-user ]]; then userdel "$LAB_USER"; fi
	if [[ -e $LAB_CLAIMS/made-group ]] && getent group "$LAB_USER" >/dev/null; then groupdel "$LAB_USER"; fi
	if [[ -e $LAB_CLAIMS/made-dirs ]]; then xargs -r rmdir --ignore-fail-on-non-empty <"$LAB_CLAIMS/made-dirs"; fi
	rm -rf "$LAB_CLAIMS"
}

# The daemon's system user, which must exist for the database to know it, and two directories to mount on.
lab_claim() { lab_claims lab_claim_locked; }
lab_release() { lab_claims lab_release_locked; }
