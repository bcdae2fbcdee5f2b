#!/usr/bin/env bash
# Desyncs that overlap, end while nobody listens, or leak: what is ours never takes a backup's with it, a leaked one is
# told of with the statement that ends it, and is ended by nobody but who runs that. The Galera driver on its own
# (galera-drive), against real servers.
export LAB_WITNESSES=0
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story leak
# shellcheck source=tests/lab/driver
. "$(dirname "$0")/driver"

# "NONE Synced 0 0": the fence, the state, wsrep_desync_count, and the variable.
server_is() { [[ "$(node_state 3) $(sql 3 'SELECT @@wsrep_desync' 2>/dev/null)" == "$1" ]]; }
desynced() { server_is 'NONE Donor/Desynced 1 1'; }
at_work() { server_is 'NONE Synced 0 0'; }
nothing_recorded() { [[ ! -e $STATE/galera-desync && ! -e $STATE/galera-fence ]]; }
times_active() { grep -c "^report active .*Donor/Desynced" "$OUT"; }
# As the others see it: under a read lock db3 does not.
size_is() { [[ $(sql 1 "SHOW STATUS LIKE 'wsrep_cluster_size'") == *"	$1" ]]; }

# A backup's read lock, for as long as wanted.
lock_tables() {
	mariadb --no-defaults -uroot -S "$SOCKET" <"$LOCK_IN" &
	LOCKER=$!
	exec 7>"$LOCK_IN"
	echo "FLUSH TABLES WITH READ LOCK;" >&7
}
unlock_tables() {
	printf 'UNLOCK TABLES;\nexit\n' >&7
	wait "$LOCKER"
	exec 7>&-
}

# More than flow control lets pass where a node neither applies nor is out of it.
others_write() {
	local i
	for ((i = 0; i < 60; i++)); do echo "INSERT INTO t.w () VALUES ();"; done >"$LAB_DIR/writes.sql"
	timeout 20 mariadb --no-defaults -uroot -S "$(host_socket 1)" <"$LAB_DIR/writes.sql"
}
write_now_and_then() {
	while sql 1 "INSERT INTO t.w () VALUES ()" 2>/dev/null; do sleep 0.3; done &
	WRITER=$!
}
no_more_writing() {
	kill "$WRITER"
	wait "$WRITER" 2>/dev/null || :
}
on_and_active() {
	driver_say "on it is wrong"
	check_within 15 "wanted: db3 is desynced" "desynced && reported 'active *'"
}
lock_and_unlock() {
	lock_tables
	check_within 10 "a backup begins" "server_is 'NONE Donor/Desynced 2 1'"
	unlock_tables
	check_within 10 "and is over" desynced
}
one_leaves() {
	galera stop 2
	check_within 15 "another node leaves" "size_is 2"
}
one_joins() {
	galera start 2
	check_within 15 "it joins again" "size_is 3"
}

driver_prepare
LOCK_IN=$(host_dir 3)/lock.in
mkfifo "$LOCK_IN"
drive setup | mariadb --no-defaults -uroot -S "$(host_socket 1)"
sql 1 "CREATE DATABASE t; CREATE TABLE t.w (id INT AUTO_INCREMENT PRIMARY KEY)"
check "before: db3 is at work" at_work

tell "== a SET that somebody sent again while the first hung"
for node in 1 3; do sql $node "SET GLOBAL wsrep_provider_options='evs.inactive_timeout=PT30S; evs.suspect_timeout=PT25S'"; done
galera kill 2 STOP
hanging() { sql 3 "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SET GLOBAL wsrep_desync=ON'"; }
IMPATIENT=()
for sent in 1 2; do
	mariadb --no-defaults -uroot -S "$SOCKET" -e "SET GLOBAL wsrep_desync=ON" &
	IMPATIENT+=($!)
	check_within 15 "another node hangs, and with it the SET that is sent ($sent)" "[[ \$(hanging) == $sent ]]"
done
sleep 0.5
kill "${IMPATIENT[@]}"
galera kill 2 CONT
check_within 20 "each of them counts" "server_is 'NONE Donor/Desynced 2 1'"
for node in 1 3; do sql $node "SET GLOBAL wsrep_provider_options='evs.suspect_timeout=PT5S; evs.inactive_timeout=PT15S'"; done
sql 3 "SET GLOBAL wsrep_desync=OFF"
check_within 10 "OFF gives back one of them" "server_is 'NONE Donor/Desynced 1 0'"
driver_start fence
driver_say off
check_within 10 "which looks like a backup's" "reported 'idle desynced by a backup, a state transfer or FLUSH TABLES WITH READ LOCK'"
driver_say "on it is wrong"
check_within 10 "so nothing is set" "fence_reported 'pending *a backup*' && reported 'pending *a backup*' && server_is 'NONE Donor/Desynced 1 0'"
write_now_and_then
LEAK="wsrep_desync_count is 1 without a read lock: unless a state transfer runs it has leaked; run: SET GLOBAL *"
check_within 30 "but db3 goes on applying: it is told, with what ends it" "fence_reported \"pending \$LEAK\" && reported \"pending \$LEAK\""
check "and nobody has ended it" "server_is 'NONE Donor/Desynced 1 0' && nothing_recorded"
told=$(driver_last report)
sql 3 "${told##*run: }"
check_within 20 "what was told is run: db3 is fenced and desynced, once" "server_is 'ALL_KILL Donor/Desynced 1 1'"
driver_say off
check_within 20 "and given back" "at_work && nothing_recorded && reported 'idle *'"
no_more_writing
driver_kill TERM

tell "== a backup that is over before ours is"
driver_start
on_and_active
lock_and_unlock
one_leaves
check_within 15 "with it, when another node leaves, the group forgets ours: it is set again" "((\$(times_active) == 2)) && desynced && reported 'active *'"
one_joins
check_for 3 "and then stays, whoever joins" "((\$(times_active) == 2)) && desynced && reported 'active *'"
lock_and_unlock
driver_kill
one_leaves
check_within 10 "with the driver dead, what the variable says remains" "server_is 'NONE Synced 0 1'"
one_joins
driver_start
driver_say off
check_within 20 "a new one, with nothing wanted any more, cleans it up" "at_work && nothing_recorded && reported 'idle *'"
lock_tables
check_within 10 "a backup's read lock" "server_is 'NONE Donor/Desynced 1 0'"
one_leaves
check_for 2 "stays out of flow control, whoever leaves" "server_is 'NONE Donor/Desynced 1 0'"
check "so the others go on writing" others_write
unlock_tables
check_within 15 "it is over: db3 is at work" at_work
one_joins

tell "== beside a backup"
on_and_active
lock_tables
check_within 10 "a read lock counts beside ours" "server_is 'NONE Donor/Desynced 2 1'"
driver_say off
STAYS="pending wsrep_desync is given back once a backup, a state transfer or FLUSH TABLES WITH READ LOCK is over (wsrep_desync_count is 2)"
check_within 10 "ours, not wanted any more, waits for it" "reported \"\$STAYS\""
one_leaves
check "the others go on writing" others_write
check_for 7 "it waits, and is not told to have leaked" "server_is 'NONE Donor/Desynced 2 1' && reported \"\$STAYS\""
unlock_tables
check_within 15 "it is over: ours is given back, and db3 is at work" "at_work && nothing_recorded && reported 'idle*'"
driver_kill TERM
check "no failed assertion, no leak of memory" "! grep -E 'Sanitizer|runtime error' \"$OUT\" \"$OUT.before\""
the_end
