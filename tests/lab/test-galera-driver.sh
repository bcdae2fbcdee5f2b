#!/usr/bin/env bash
# The Galera driver on its own (galera-drive), against real servers: it sets wsrep_desync once, gives back only what is
# ours, and knows what that is whatever dies, hangs or is restarted in between.
export LAB_WITNESSES=0
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story galera-driver
# shellcheck source=tests/lab/driver
. "$(dirname "$0")/driver"

record() { echo "$STATE/galera-desync"; }
recorded() { grep -qx "phase $1" "$(record)" 2>/dev/null; }
nothing_recorded() { [[ ! -e $(record) ]]; }

into_release() { into_net 3 "$CLUSTER_USR/lab/galera-drive" "$SOCKET" "$LAB_USER" "$STATE" release; }
as_daemon() { (into_daemon "$@"); }

# Out of flow control once, and nobody else is.
is_out_alone() { is_out 3 && is_in 1 && is_in 2; }
variable() { sql 3 "SELECT @@wsrep_desync"; }

on_and_active() {
	driver_say "on db3 is 1900.002 s ahead (+-0.4 ms) of the cluster"
	check_within 40 "wanted: db3 is Donor/Desynced, alone" is_out_alone
	check_within 10 "reported: active" "reported 'active *'"
}
off_and_idle() {
	driver_say off
	check_within 40 "not wanted any more: db3 is Synced" "is_in 3"
	check_within 10 "reported: idle, and there is no record" "reported 'idle *' && nothing_recorded"
}

driver_prepare

tell "== who may do it"
driver_start
driver_say "on it is wrong"
check_within 10 "a user that the database does not know is told what to run" \
	"reported 'pending *mariadbd is away: Access denied*run: skewctl setup-db | sudo mariadb)'"
sql 1 "CREATE USER '$LAB_USER'@localhost IDENTIFIED VIA unix_socket"
check_within 20 "so is one that may not set anything" \
	"reported 'failed *SUPER*run: skewctl setup-db | sudo mariadb)'"
check_for 3 "nothing was set" "is_in 3"
drive setup | mariadb --no-defaults -uroot -S "$(host_socket 1)"
check_within 70 "what it says was run, on another node: db3 is Donor/Desynced, alone" is_out_alone
check_within 5 "reported: active" "reported 'active wsrep_desync=ON, set by us: this node is Donor/Desynced'"
check "the record says so" "recorded set && grep -qx 'why it is wrong' \"\$(record)\""
check_for 3 "it is set once" is_out_alone
driver_say keep
check_for 3 "keep: nothing changes" "is_out_alone && reported 'active *'"
off_and_idle
check "the variable is as it was" "[[ \$(variable) == 0 ]]"
check "the daemon's user has no SUPER" \
	"! as_daemon mariadb --no-defaults -S \"$SOCKET\" -u \"$LAB_USER\" -e 'SET GLOBAL wsrep_desync=ON' 2>/dev/null"
check "and its definer's account is locked" \
	"[[ \$(sql 2 \"SHOW CREATE USER skew_sentinel_definer@localhost\") == *'ACCOUNT LOCK' ]]"

tell "== what others did"
sql 3 "SET GLOBAL wsrep_desync=ON"
driver_say "on it is wrong"
check_within 5 "an operator's desync from before: reported, nothing is set" \
	"reported \"pending this node is desynced already by somebody's SET GLOBAL wsrep_desync=ON: *\" && nothing_recorded"
driver_say off
check_within 5 "not wanted any more: idle" "reported 'idle desynced by somebody*'"
check_for 3 "the operator's stands" is_out_alone
driver_say "on it is wrong"
sleep 1
sql 3 "SET GLOBAL wsrep_desync=OFF"
check_within 10 "wanted, and the operator's goes: ours is set" "is_out_alone && recorded set"
sql 3 "SET GLOBAL wsrep_desync=OFF"
check_within 10 "ours is taken back by somebody: reported" "reported 'held somebody set wsrep_desync=OFF*'"
check_for 4 "it is not set again" "is_in 3"
driver_kill
driver_start
driver_say "on it is wrong"
check_within 5 "not by a new driver either" "reported 'held *'"
check_for 3 "db3 stays Synced" "is_in 3"
off_and_idle
mariadb --no-defaults -uroot -S "$SOCKET" -e "FLUSH TABLES WITH READ LOCK; DO SLEEP(6); UNLOCK TABLES" &
sleep 1
driver_say "on it is wrong"
check_within 4 "a backup's read lock: nothing is set" "reported 'pending this node is desynced already by a backup*'"
check_within 20 "it is over: ours is set" "is_out_alone && recorded set"
mariadb --no-defaults -uroot -S "$SOCKET" -e "FLUSH TABLES WITH READ LOCK; DO SLEEP(6); UNLOCK TABLES" &
sleep 1
check "another one counts too" "db_is 3 'Donor/Desynced 2'"
driver_say off
check_within 4 "ours waits for it" "db_is 3 'Donor/Desynced 2' && reported 'pending wsrep_desync is given back once a backup*'"
check_within 20 "that is over: ours is given back, and db3 is Synced" "is_in 3"
check_within 5 "and nothing is recorded" nothing_recorded
driver_kill TERM

tell "== dry run"
driver_start dry-run
driver_say "on it is wrong"
check_within 5 "it says what it would do" "reported 'dry-run would set wsrep_desync=ON: it is wrong'"
check_for 3 "and does not" "is_in 3 && nothing_recorded"
driver_kill TERM

tell "== killed at many points"
for ms in 0 5 10 15 20 25 30 35 40 45 50 60 70 80 100 150; do
	driver_start
	driver_say "on it is wrong"
	sleep "0.$(printf %03d "$ms")"
	driver_kill
	driver_start
	driver_say "on it is wrong"
	check_within 10 "killed $ms ms after the start with a desync wanted: it is set once" "is_out_alone && recorded set"
	driver_kill
	driver_start
	driver_say off
	sleep "0.$(printf %03d "$ms")"
	driver_kill
	driver_start
	check_within 5 "killed $ms ms after the start with none wanted: it knows where it is" "reported 'active *' || reported 'idle *'"
	driver_say off
	check_within 10 "and it is given back" "is_in 3 && nothing_recorded"
	driver_kill
done

tell "== a SET that hangs"
patience() { # patience SUSPECT INACTIVE: how long the group puts up with a member that does not answer
	local node
	for node in 1 3; do
		# Since 11.4 each option is a variable, and all in one are refused.
		if [[ -n $(sql $node "SHOW VARIABLES LIKE 'wsrep_provider_evs_suspect_timeout'") ]]; then
			sql $node "SET GLOBAL wsrep_provider_evs_inactive_timeout=$2; SET GLOBAL wsrep_provider_evs_suspect_timeout=$1"
		else
			sql $node "SET GLOBAL wsrep_provider_options='evs.inactive_timeout=PT${2}S; evs.suspect_timeout=PT${1}S'"
		fi
	done
}
patience 25 30
driver_start
galera kill 2 STOP
driver_say "on it is wrong"
check_within 15 "another member hangs, and with it the SET: reported" \
	"reported 'pending the server has not answered SET GLOBAL wsrep_desync=ON yet; it is not sent again'"
driver_kill
driver_start
driver_say "on it is wrong"
check_within 5 "killed and started again, it knows of it" "reported 'pending an earlier SET GLOBAL wsrep_desync of ours is still on its way*'"
driver_say off
sleep 1
driver_say "on it is wrong"
galera kill 2 CONT
check_within 10 "the member goes on: db3 is out, once" is_out_alone
check_within 10 "and it is known to be ours" "reported 'active *' && recorded set"
check_for 3 "once" is_out_alone
galera kill 2 STOP
driver_say off
check_within 15 "the same with giving back" \
	"reported 'pending the server has not answered SET GLOBAL wsrep_desync=OFF yet; it is not sent again' || reported 'pending wsrep_desync is given back: *'"
driver_kill
driver_start
galera kill 2 CONT
driver_say off
check_within 10 "the member goes on: db3 is Synced" "is_in 3 && nothing_recorded"

patience 5 15

tell "== a server that hangs"
galera kill 3 STOP
check_within 8 "mariadbd stopped: reported" "grep -q '^note mariadbd hangs' \"$OUT\""
driver_say "on it is wrong"
check_within 5 "what is wanted waits" "reported 'pending wsrep_desync=ON is to be set, but mariadbd hangs: *'"
driver_say status
check_within 2 "its status is answered" "tail -n 1 \"$OUT\" | grep -q '^status .*\"connection\":\"hung: '"
driver_kill
driver_start
driver_say "on it is wrong"
check_within 8 "stopped before the driver connects: the same" "reported 'pending wsrep_desync=ON is to be set, but mariadbd hangs: *'"
galera kill 3 CONT
check_within 10 "mariadbd goes on: db3 is out" is_out_alone
check_within 5 "reported: active" "reported 'active *'"
galera kill 3 STOP
sleep 1
driver_kill
driver_start
check_within 8 "a new driver, and mariadbd stopped: still active by the record" "reported 'active wsrep_desync=ON was set by us; mariadbd hangs: *'"
driver_say off
check_within 5 "to be given back, later" "reported 'pending wsrep_desync is to be given back, but mariadbd hangs: *'"
galera kill 3 CONT
check_within 10 "mariadbd goes on: db3 is Synced" "is_in 3 && nothing_recorded"

tell "== a server that is started anew"
on_and_active
galera stop 3
check_within 15 "mariadbd is stopped: said" "reported 'pending wsrep_desync=ON was set by us; mariadbd is away: *'"
galera start 3
check_within 30 "started again while it is wanted: db3 is taken out again" "is_out_alone && recorded set"
galera kill 3
check_within 10 "killed: said" "reported 'pending wsrep_desync=ON was set by us; mariadbd is away: *'"
driver_say off
galera start 3
check_within 15 "killed, started, and not wanted any more: there is nothing to give back" "is_in 3 && nothing_recorded && reported 'idle *'"
on_and_active
driver_kill
galera stop 3
galera start 3
sql 3 "SET GLOBAL wsrep_desync=ON"
driver_start
driver_say off
check_within 10 "the record is of the server as it was before: void" "nothing_recorded && reported 'idle desynced by somebody*'"
check_for 2 "so an operator's desync stands" is_out_alone
sql 3 "SET GLOBAL wsrep_desync=OFF"
driver_kill TERM

tell "== a partition"
driver_start
on_and_active
galera cut 3
check_within 20 "cut off: db3 is non-Primary and left alone" "reported 'active *; this node is non-Primary and left alone until it is Primary'"
driver_say off
driver_say "on it is wrong"
galera heal 3
check_within 40 "healed: the group forgot the desync, it is set again" "is_out_alone && reported 'active *: this node is Donor/Desynced'"
off_and_idle
check "the variable is as it was" "[[ \$(variable) == 0 ]]"
galera cut 3
check_within 20 "cut off again, a desync waits" "[[ \$(sql 3 \"SHOW STATUS LIKE 'wsrep_cluster_status'\") == *non-Primary ]]"
driver_say "on it is wrong"
check_within 5 "since db3 is non-Primary" "reported 'pending this node is non-Primary and left alone until it is Primary'"
galera heal 3
check_within 40 "healed: it is set" "is_out_alone && reported 'active *'"
off_and_idle
driver_kill TERM

tell "== no record, no deed"
chmod 0550 "$STATE"
driver_start
driver_say "on it is wrong"
check_within 10 "the record cannot be written: said" "reported 'failed the record *cannot be written: Permission denied; let *'"
check_for 3 "and nothing is set" "is_in 3"
chmod 0750 "$STATE"
check_within 70 "it can: it is set" "is_out_alone && recorded set"
chmod 0550 "$STATE"
driver_say off
check_within 10 "given back all the same" "is_in 3"
check_within 10 "though the record stays: said" "reported 'failed the record *cannot be removed: Permission denied; let *'"
chmod 0750 "$STATE"
check_within 70 "until it can be removed" "nothing_recorded && reported 'idle *'"
on_and_active
driver_kill
truncate -s 50 "$(record)"
driver_start
driver_say off
check_within 10 "the record is damaged: nothing is touched" "reported 'failed the record *is damaged; nothing is touched*skewctl release'"
check_for 2 "db3 stays out" is_out_alone

tell "== skewctl release"
check "while the daemon runs it is refused" "! drive release >>\"$OUT\" && tail -n 1 \"$OUT\" | grep -q '^The daemon runs'"
driver_kill
check "the daemon dead, a damaged record is taken for ours" "drive release >>\"$OUT\" && is_in 3 && nothing_recorded"
check "and then there is nothing to release" "drive release | grep -q '^Nothing of ours is in force'"
driver_start
on_and_active
driver_kill
patience 25 30 # else the others would not wait for it
galera kill 3 STOP
check "mariadbd hangs: it says that it cannot, and keeps the record" "! drive release >>\"$OUT\" && recorded set"
galera kill 3 CONT
check_within 60 "mariadbd goes on, and soon the group: it can" "drive release >>\"$OUT\""
check_within 30 "db3 catches up and is Synced" "is_in 3 && nothing_recorded"
driver_start
on_and_active
driver_kill
check "root can, as the daemon's user" "(into_release) >>\"$OUT\""
check_within 5 "db3 is Synced" "is_in 3 && nothing_recorded"
driver_start
on_and_active
driver_kill
sql 1 "DROP USER '$LAB_USER'@localhost"
check "root can, where the database does not know that user any more" "(into_release) >>\"$OUT\""
check_within 5 "db3 is Synced" "is_in 3 && nothing_recorded"
check "no failed assertion, no leak" "! grep -E 'Sanitizer|runtime error' \"$OUT\" \"$OUT.before\""
the_end
