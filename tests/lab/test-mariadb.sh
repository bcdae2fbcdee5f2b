#!/usr/bin/env bash
# test-mariadb.sh VERSION: the essential way with the MariaDB and Galera of another release: the database user's rights,
# fence and desync and back, and block_joins, which a server before 10.10 has not.
LAB_MARIADB=${1:?which version?}
LAB_PREFIX=${LAB_PREFIX:-skm${LAB_MARIADB//./}}
export LAB_MARIADB LAB_PREFIX
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story "mariadb-$LAB_MARIADB" clocks

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 1s, clear_after: 2s}
		galera: {above: 2s, after: 1s, max_per_day: 100, measures: [fence, block_joins]}
	YAML
}
# The list came with 10.10.
has_list() { [[ $(printf '%s\n' 10.10 "$LAB_MARIADB" | sort -V | head -n 1) == 10.10 ]]; }
is_fenced() { node_is "$1" 'ALL_KILL Donor/Desynced 1'; }
at_work() { node_is "$1" 'NONE Synced 0'; }
action() { status "$1" ".actions[] | select(.measure == \"$2\") | \"\(.state) \(.detail)\""; }
action_like() { # action_like N MEASURE PATTERN
	# shellcheck disable=SC2053 # it is one
	[[ $(action "$1" "$2") == $3 ]]
}
list() { sql 1 "SET SESSION wsrep_sync_wait=0; SELECT GROUP_CONCAT(ip ORDER BY ip) FROM mysql.wsrep_allowlist WHERE ip NOT LIKE 'skew-sentinel %'" 2>/dev/null; }
refusals() { cat "$(host_dir 1)/error.log" "$(host_dir 2)/error.log" | grep -c 'Connection not allowed, IP 10.77.0.3 not found in allowlist' || :; }
TOO_OLD="block_joins needs MariaDB 10.10 or later: this server ($LAB_MARIADB.*) has no mysql.wsrep_allowlist; take it out of galera.measures"

tell "== the database user"
cluster_network
galera up >/dev/null
ctl 1 setup-db --apply >"$LAB_DIR/applied" && code=0 || code=$?
ctl 1 setup-db | mariadb --no-defaults --batch -uroot -S "$(host_socket 1)" >"$LAB_DIR/printed" 2>&1 && printed=0 || printed=$?
if has_list; then
	check "skewctl setup-db --apply is done, and what it prints is taken too" "((code == 0 && printed == 0)) && grep -q '^Done' \"$LAB_DIR/applied\""
else
	check "skewctl setup-db --apply says what this server has not" "((code != 0)) && grep -q '^block_joins needs MariaDB 10.10 or later' \"$LAB_DIR/applied\""
	check "so does the server of what it prints" "((printed != 0)) && grep -q 'block_joins needs MariaDB 10.10 or later' \"$LAB_DIR/printed\""
fi
sql 1 "REVOKE EXECUTE ON PROCEDURE skew_sentinel.desync FROM '$LAB_USER'@'localhost'"
cluster_sentinels
check_within 30 "four sentinels agree that every clock is right" cluster_settled
tell "MariaDB $(status 1 .galera.version)"
check "the server is the one that is meant" "[[ \$(status 1 .galera.version) == $LAB_MARIADB.* ]]"
missing="GRANT EXECUTE ON PROCEDURE skew_sentinel.desync TO '$LAB_USER'@'localhost'"
check_within 15 "a right that is missing is said, with the statement to run" "ctl 3 events --json | grep -F \"$missing\" >/dev/null"
sql 1 "$missing"
sentinel_stop 3
sentinel_start 3
check_within 30 "it is run, and nothing is missing" "cluster_settled && status_is 3 '.galera.missing == \"\"'"
check "skewctl doctor finds the database well" "{ ctl 3 --json doctor || :; } | jq -e 'any(.[]; .check == \"database\" and .state == \"ok\")' >/dev/null"
if ! has_list; then
	check_within 10 "block_joins is refused, with the version that it needs" "action_like 1 block_joins \"failed $TOO_OLD\" && action_like 3 block_joins \"failed $TOO_OLD\""
fi

tell "== skewed"
clock_set 3 1900
check_within 30 "db3 is fenced and desynced" "is_fenced 3"
check_within 10 "and told of as that" "action_like 3 desync 'active *' && action_like 3 fence 'active *'"
check "the others are at work" "at_work 1 && at_work 2"
clock_set 3 0
check_within 30 "right again, db3 is given back" "at_work 3"
check_within 10 "nothing of ours is left" "action_like 3 desync 'idle *' && action_like 3 fence 'idle *' && status_is 3 '.galera.ours == false'"

if has_list; then
	tell "== it leaves, and wants to come back"
	galera stop 3
	clock_set 3 1900
	check_within 20 "while its clock is wrong the list has all but it" "[[ \$(list) == 10.77.0.1,10.77.0.2,skew-sentinel ]]"
	(LAB_WAIT_S=60 galera start 3) >/dev/null 2>&1 &
	joining=$!
	check_within 20 "db3 is refused" "((\$(refusals) > 0))"
	clock_set 3 0
	check_within 15 "its clock is mended: the table is empty, as it was" "[[ \$(list) == NULL ]]"
	check "db3 joins unaided" "wait $joining"
	check_within 15 "and is at work" "at_work 3"
fi
the_end
