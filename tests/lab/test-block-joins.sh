#!/usr/bin/env bash
# block_joins: the healthy members keep a host with a wrong clock from joining, by mysql.wsrep_allowlist, and let it in once
# it is mended, in time for its own retries; and they never fall out with each other over the list.
export LAB_CNF="innodb_flush_log_at_trx_commit = 1"
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story block-joins clocks

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		galera: {above: 2s, after: 2s, measures: [block_joins]}
	YAML
}

ALL_BUT_3="10.77.0.1,10.77.0.2,skew-sentinel"
# The rows of node N, without waiting for anybody; and whether each address has the row by which it is known to be ours.
list() { sql "$1" "SET SESSION wsrep_sync_wait=0; SELECT GROUP_CONCAT(ip ORDER BY ip) FROM mysql.wsrep_allowlist WHERE ip NOT LIKE 'skew-sentinel %'" 2>/dev/null; }
seals() { sql "$1" "SET SESSION wsrep_sync_wait=0; SELECT GROUP_CONCAT(SUBSTR(ip, 15) ORDER BY ip) FROM mysql.wsrep_allowlist WHERE ip LIKE 'skew-sentinel %'" 2>/dev/null; }
lists_are() { [[ $(list 1) == "$1" && $(list 2) == "$1" ]]; }
reports() { status "$1" '.actions[] | select(.measure == "block_joins") | "\(.state) \(.detail)"'; }
reports_like() { # reports_like N PATTERN
	# shellcheck disable=SC2053 # it is one
	[[ $(reports "$1") == $2 ]]
}
trace() { echo "$(host_dir "$1")/lib/joins-list"; }
members() { sql "$1" "SHOW STATUS LIKE 'wsrep_cluster_size'" | cut -f2; }
refusals() { cat "$(host_dir 1)/error.log" "$(host_dir 2)/error.log" | grep -c 'Connection not allowed, IP 10.77.0.3 not found in allowlist' || :; }
story_show() {
	local host
	for host in 1 2 3; do tell "db$host: $(reports "$host" 2>&1); list $(list "$host"); $(db_state "$host" 2>&1)"; done
}
is_down() { ! grep -qE '^State:[[:space:]]+[^ZX]' "/proc/$(cat "$(host_dir "$1")/mariadbd.launched")/status" 2>/dev/null; }

cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled
check_within 10 "nobody is kept out, and there is no list" "reports_like 1 'idle *' && reports_like 2 'idle *' && lists_are NULL"
clock_set 3 1900
check_within 15 "db3 is critical" "verdict_is 3 critical"
check_for 4 "and a member, which is never kept out" "lists_are NULL && ((\$(members 1) == 3))"

tell "== it leaves, and wants to come back"
galera stop 3
check_within 20 "once db3 is no member, the list has all but it, on each node" "lists_are $ALL_BUT_3"
check_within 5 "both say so" "reports_like 1 'active db3 is kept from joining' && reports_like 2 'active db3 is kept from joining'"
(LAB_WAIT_S=60 galera start 3) >/dev/null 2>&1 &
joining=$!
begun=$(lab_ms)
check_within 20 "db3 starts without a gate, and is refused" "((\$(refusals) > 0))"
wait_for 12 "((\$(lab_ms) - begun > 10000))" || :
check "after 10 s it is still out" "((\$(members 1) == 2)) && kill -0 $joining"
clock_set 3 0
mended=$(lab_ms)
check_within 15 "its clock is mended: the table is as it was, empty" "lists_are NULL"
let_in=$(($(lab_ms) - mended))
check "db3 joins unaided" "wait $joining"
check_within 15 "and is Synced" "is_in 3 && ((\$(members 1) == 3))"
tell "let in $let_in ms after its clock was mended, Synced $(($(lab_ms) - mended)) ms after, refused $(refusals) times before"
check_within 10 "all is quiet" "reports_like 1 'idle *' && reports_like 2 'idle *' && reports_like 3 'idle *'"

tell "== what is others'"
galera stop 3
sql 2 "INSERT INTO mysql.wsrep_allowlist VALUES ('10.77.0.9')"
clock_set 3 -1900
check_within 20 "a row of somebody else's: refused, with a message" \
	"reports_like 1 \"failed mysql.wsrep_allowlist has a row of somebody else's, '10.77.0.9'*\""
check_for 4 "and left alone" "lists_are 10.77.0.9"
sql 1 "SET GLOBAL read_only=1"
sql 2 "DELETE FROM mysql.wsrep_allowlist"
check_within 20 "it is gone; who is to write the list cannot, and says so" \
	"reports_like 1 'failed the list cannot be written: *read-only*'"
told=$(ctl 1 events --json | grep -c 'read-only' || :)
check_for 5 "all the time" "reports_like 1 'failed the list cannot be written: *read-only*' && lists_are NULL"
check "but once in the events" "((told > 0 && \$(ctl 1 events --json | grep -c 'read-only' || :) == told))"
sql 1 "SET GLOBAL read_only=0"
check_within 20 "it can: the list is written" "lists_are $ALL_BUT_3"
check "beside each address stands that it is ours" "[[ \$(seals 1) == 10.77.0.1,10.77.0.2 && \$(seals 2) == 10.77.0.1,10.77.0.2 ]]"
sql 2 "INSERT INTO mysql.wsrep_allowlist VALUES ('10.77.0.9')"
check_within 20 "somebody adds a row to it: said" "reports_like 1 \"failed our list has a row of somebody else's*DELETE FROM mysql.wsrep_allowlist WHERE ip='10.77.0.9'\""
for host in 1 2; do
	cluster_write $host '/name: mon1/s/role: witness/role: arbitrator/'
	ctl $host reload >/dev/null
done
check_for 3 "nothing is changed meanwhile" "lists_are 10.77.0.1,10.77.0.2,10.77.0.9,skew-sentinel"
sql 2 "DELETE FROM mysql.wsrep_allowlist WHERE ip='10.77.0.9'"
check_within 20 "it is gone: an arbitrator, new among the peers, gets its row" "lists_are 10.77.0.1,10.77.0.2,10.77.0.4,skew-sentinel"

tell "== the sentinels die, and the whole cluster does"
for host in 1 2; do
	sentinel_kill $host
	cluster_write $host
	sentinel_start $host
done
check_within 20 "killed, and started again without an arbitrator among the peers: its row goes" "lists_are $ALL_BUT_3"
check "with what says that it is ours" "[[ \$(seals 1) == 10.77.0.1,10.77.0.2 ]]"
check_within 20 "nobody minds it" "reports_like 1 'active *' && reports_like 2 'active *'"
check_for 4 "they leave the rest as it is" "lists_are $ALL_BUT_3"
sentinel_kill 1
sentinel_kill 2
for host in 2 1; do galera stop $host; done
check_within 20 "then the databases stop" "is_down 1 && is_down 2"
galera bootstrap 1 >/dev/null
galera start 2 >/dev/null
check "a new cluster is formed from db1: MariaDB emptied its list there, and db2 has its own" \
	"[[ \$(list 1) == NULL && \$(list 2) == $ALL_BUT_3 ]]"
sentinel_start 1
sentinel_start 2
check_within 40 "the sentinels are back, and make the lists the same again" "lists_are $ALL_BUT_3"
check "and nobody fell out over it" "((\$(members 1) == 2)) && is_in 1 && is_in 2"

tell "== an operator takes it away"
ctl 1 release >/dev/null
check_within 15 "skewctl release on db1: the list goes" "lists_are NULL"
check_for 5 "and is not written by db2 alone" "lists_are NULL"
check "which says why" "reports_like 2 'pending db3 is to be kept from joining, but db1 does not say*'"
ctl 1 unhold >/dev/null
check_within 15 "unhold: it is back" "lists_are $ALL_BUT_3"

tell "== block_joins is configured no more"
check_within 10 "each knows of the list without the database, too" "[[ -e \$(trace 1) && -e \$(trace 2) ]]"
sed -i '/^galera:/d' "$(host_dir 1)/etc/sentinel.yaml"
ctl 1 reload >/dev/null
check_within 5 "without galera at all db1 says that it leaves a list behind" \
	"get 1 /v1/events | grep 'our list of those who may join stays in mysql.wsrep_allowlist' >/dev/null"
echo "galera: {above: 2s, after: 2s, measures: [desync]}" >>"$(host_dir 1)/etc/sentinel.yaml"
sed -i 's/measures: .*}/measures: [desync]}/' "$(host_dir 2)/etc/sentinel.yaml"
ctl 1 reload >/dev/null
ctl 2 reload >/dev/null
check_within 15 "the list goes, for nobody looks after it any more" "lists_are NULL"
check_within 5 "with a word on why" "get 1 /v1/events | grep 'galera.measures has no block_joins any more' >/dev/null"
check_for 4 "and nobody writes one again" "lists_are NULL"
check_within 10 "nothing is left behind" "[[ ! -e \$(trace 1) && ! -e \$(trace 2) ]]"
ctl 1 reload >/dev/null
check_within 5 "or to be done" "status_is 1 '[.actions[] | select(.measure == \"block_joins\")] == []'"
clock_set 3 0
galera start 3 >/dev/null
check_within 20 "db3 is Synced" "is_in 3 && ((\$(members 1) == 3))"
the_end
