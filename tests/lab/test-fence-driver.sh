#!/usr/bin/env bash
# The Galera driver with the fence (galera-drive), against real servers: locks, state transfers, partitions, servers that
# hang, and people who do the same by hand.
export LAB_WITNESSES=0
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story fence-driver
# shellcheck source=tests/lab/driver
. "$(dirname "$0")/driver"

both_reported() { fence_reported "$1" && reported "$1"; }

is_fenced() { node_is 3 'ALL_KILL Donor/Desynced 1'; }
at_work() { node_is 3 'NONE Synced 0'; }
nothing_recorded() { [[ ! -e $STATE/galera-fence && ! -e $STATE/galera-desync ]]; }
on_and_active() {
	driver_say "on it is wrong"
	check_within 20 "wanted: db3 is fenced and desynced" is_fenced
	check_within 10 "both reported: active" "both_reported 'active *'"
}
off_and_idle() {
	driver_say off
	check_within 20 "not wanted any more: db3 is at work, and nothing is recorded" "at_work && nothing_recorded"
	check_within 10 "both reported: idle" "both_reported 'idle *'"
}
lock_tables() { # lock_tables SECONDS: as a backup does
	mariadb --no-defaults -uroot -S "$SOCKET" -e "FLUSH TABLES WITH READ LOCK; DO SLEEP($1); UNLOCK TABLES" &
	LOCKER=$!
	check_within 10 "FLUSH TABLES WITH READ LOCK is held on db3" "[[ \$(db_state 3) == 'Donor/Desynced '[12] ]]"
}

driver_prepare
sql 1 "CREATE USER '$LAB_USER'@localhost IDENTIFIED VIA unix_socket"
drive setup | mariadb --no-defaults -uroot -S "$(host_socket 1)"

tell "== there and back"
driver_start fence
on_and_active
check "db1 and db2 are at work" "node_is 1 'NONE Synced 0' && node_is 2 'NONE Synced 0'"
check "it never failed on the way, though the fence drops our own connections" "! grep -q '^report.* failed' \"$OUT\""
driver_kill
driver_start fence
check_within 10 "killed and started again, both are known to be ours" "both_reported 'active *'"
off_and_idle

tell "== by hand"
driver_say "on it is wrong"
check_within 20 "fenced" "is_fenced && both_reported 'active *'"
sql 3 "SET GLOBAL wsrep_reject_queries=NONE"
check_within 10 "somebody lifts the fence: held" "fence_reported 'held somebody set wsrep_reject_queries after us*'"
check_for 3 "it is not set again" "node_is 3 'NONE Donor/Desynced 1'"
driver_say unhold
check_within 10 "until unhold" is_fenced
sql 3 "SET GLOBAL wsrep_reject_queries=ALL"
check_within 10 "somebody changes it: theirs is left alone" "fence_reported 'held *'"
driver_say off
check_within 10 "also at the end" "node_is 3 'ALL Synced 0' && nothing_recorded && fence_reported 'idle fenced by somebody*=ALL'"
sql 3 "SET GLOBAL wsrep_reject_queries=NONE"

tell "== a backup"
lock_tables 5
driver_say "on it is wrong"
check_within 4 "a read lock from before: nothing is set" "both_reported 'pending *a backup, a state transfer or FLUSH TABLES WITH READ LOCK*' && [[ \$(db_rejects 3) == NONE ]]"
wait "$LOCKER"
check_within 20 "it is over: fenced, and desynced once" is_fenced
driver_say off
check_within 20 "given back" "at_work && nothing_recorded"
on_and_active
check "behind the fence no backup can begin" "! sql 3 'FLUSH TABLES WITH READ LOCK' 2>/dev/null && is_fenced"
off_and_idle

tell "== mariadbd stopped at each step"
galera kill 3 STOP
driver_say "on it is wrong"
check_within 10 "before it is set: it waits" "both_reported 'pending *mariadbd hangs: *'"
galera kill 3 CONT
check_within 20 "it goes on: fenced" is_fenced
for ms in 5 15 30 60; do
	driver_say off
	sleep "0.$(printf %03d "$ms")"
	galera kill 3 STOP
	sleep 0.5
	galera kill 3 CONT
	check_within 20 "stopped $ms ms after it is to be given back: at work" "at_work && nothing_recorded"
	driver_say "on it is wrong"
	sleep "0.$(printf %03d "$ms")"
	galera kill 3 STOP
	sleep 0.5
	galera kill 3 CONT
	check_within 20 "stopped $ms ms after it is to be set: fenced, once" is_fenced
done
galera kill 3 STOP
driver_say off
check_within 10 "while it is in force: to be given back" "both_reported 'pending *'"
galera kill 3 CONT
check_within 20 "it goes on: at work" "at_work && nothing_recorded"

tell "== a partition while it is out, then a merge"
on_and_active
galera cut 3
check_within 30 "cut off: left alone" "both_reported 'active *this node is non-Primary and left alone until it is Primary'"
check "and fenced still" "[[ \$(db_rejects 3) == ALL_KILL ]]"
galera heal 3
check_within 60 "healed: the group forgot the desync, it is set again; the fence stood" is_fenced
off_and_idle
check "the variable is as it was" "[[ \$(sql 3 'SELECT @@wsrep_desync') == 0 ]]"
on_and_active
galera cut 3
check_within 30 "cut off again" "fence_reported '*non-Primary*'"
driver_say off
check_for 2 "not wanted any more: still left alone" "[[ \$(db_rejects 3) == ALL_KILL ]]"
galera heal 3
check_within 60 "healed: given back" "at_work && nothing_recorded"
check "no leftover either" "[[ \$(sql 3 'SELECT @@wsrep_desync') == 0 ]]"

tell "== the node joins its cluster anew, without a restart of mariadbd"
incarnation() { sql 3 "SHOW STATUS LIKE 'wsrep_gcomm_uuid'" | cut -f2; }
recorded_anew() { grep -qx "server $(incarnation)" "$STATE/galera-fence" && grep -qx "server $(incarnation)" "$STATE/galera-desync"; }
join_anew() { # what somebody does who changes the cluster's address
	local before
	before=$(incarnation)
	sql 3 "SET GLOBAL wsrep_cluster_address='$(sql 3 'SELECT @@wsrep_cluster_address')'"
	check_within 30 "db3 has another name in the cluster, and the fence stands" "[[ \$(incarnation) == *-*-*-* && \$(incarnation) != $before && \$(db_rejects 3) == ALL_KILL ]]"
}
on_and_active
join_anew
check_within 40 "both are ours still: the fence stood, the desync is set again" "is_fenced && recorded_anew && both_reported 'active *'"
off_and_idle
on_and_active
driver_kill
join_anew
driver_start fence
driver_say off
check_within 30 "with no driver there meanwhile, and not wanted any more: both are given back" "is_in 3 && nothing_recorded"
check "no leftover either" "[[ \$(sql 3 'SELECT @@wsrep_desync') == 0 ]]"

tell "== another socket"
on_and_active
driver_kill
OTHER=$(host_socket 2)
(into_daemon "$CLUSTER_USR/lab/galera-drive" "$OTHER" "$LAB_USER" "$STATE" fence <&8 >>"$OUT" 2>&1) &
DRIVER=$!
check_within 10 "the record of a server elsewhere is kept, and the command is named" \
	"both_reported \"failed *set by us at another galera.socket: stop skew-sentinel and run: skewctl release (it is at $SOCKET)\""
check "nothing is done to the other server" "node_is 2 'NONE Synced 0'"
driver_kill
check "skewctl release finds the one that it was" "(into_net 3 \"$CLUSTER_USR/lab/galera-drive\" \"$OTHER\" \"$LAB_USER\" \"$STATE\" release) >>\"$OUT\" && at_work && nothing_recorded"

tell "== no record, no deed"
driver_start fence
chmod 0550 "$STATE"
driver_say "on it is wrong"
check_within 10 "what cannot be remembered is not done, and that is said" "both_reported 'failed the record *cannot be written: Permission denied; let *'"
check_for 2 "nothing is set" at_work
chmod 0750 "$STATE"
check_within 70 "it can: fenced" is_fenced
off_and_idle
driver_kill TERM

tell "== state transfers, slow ones, while the skew begins on the donor and on the joiner"
throttle() { # what db3 sends of a state transfer is limited in the switch
	ip netns exec "$(net_switch)" nft -f - <<-NFT
		add table bridge slow
		add chain bridge slow forward { type filter hook forward priority 0; policy accept; }
		add rule bridge slow forward iifname "p3" tcp dport 4444 limit rate over 6 mbytes/second burst 500 kbytes drop
	NFT
}
transfer() { # db2 has to be given everything by db3
	galera stop 2
	galera wipe 2
	galera start 2 --wsrep-sst-donor=db3 && echo joined
}
joiner_reported() { OUT=$OUT2 fence_reported "$1"; }
STATE2=$(host_dir 2)/lib
OUT2=$(host_dir 2)/drive.out
mkfifo "$(host_dir 2)/drive.in"
exec 7<>"$(host_dir 2)/drive.in"
throttle
sql 1 "CREATE DATABASE big; CREATE TABLE big.t (id INT AUTO_INCREMENT PRIMARY KEY, x LONGBLOB);
	INSERT INTO big.t (x) VALUES (REPEAT('x', 8000000)), (REPEAT('y', 8000000)), (REPEAT('z', 8000000))"
for method in rsync mariabackup; do
	for host in 2 3; do
		sed -i "s/^wsrep_sst_method = .*/wsrep_sst_method = $method/" "$(host_dir $host)/my.cnf"
	done
	driver_start fence
	(into_net 2 setpriv --reuid="$LAB_USER" --regid="$LAB_USER" --clear-groups "$CLUSTER_USR/lab/galera-drive" "$(host_socket 2)" "$LAB_USER" "$STATE2" fence <&7 >"$OUT2" 2>&1) &
	DRIVER2=$!
	check_within 10 "$method: db3 is at work before" "at_work && both_reported 'idle *'"
	transfer >"$OUT.sst" 2>&1 &
	check_within 60 "db3 donates" "[[ \$(db_state 3) == 'Donor/Desynced 1' ]]"
	driver_say "on it is wrong"
	echo "on it is wrong" >&7
	check_within 10 "the donor waits until it is over" "both_reported 'pending *a state transfer*' && node_is 3 'NONE Donor/Desynced 1'"
	check_within 10 "so does the joiner" "joiner_reported 'pending *mariadbd *'"
	check_within 90 "nothing breaks: db2 is a member again" "grep -q '^joined' \"$OUT.sst\""
	check_within 30 "it is over: db3 is fenced and desynced" is_fenced
	check_within 30 "and db2" "node_is 2 'ALL_KILL Donor/Desynced 1'"
	echo off >&7
	check_within 20 "db2 is given back" "node_is 2 'NONE Synced 0'"
	off_and_idle
	kill -TERM "$DRIVER2"
	wait "$DRIVER2" || :
	driver_kill TERM
done
check "no failed assertion, no leak" "! grep -E 'Sanitizer|runtime error' \"$OUT\" \"$OUT.before\" \"$OUT2\""
the_end
