#!/usr/bin/env bash
# A node whose clock is wrong is fenced: its clients and events are refused, the others' are not, a load balancer sends
# them on, and no write that was acknowledged is lost. A server that is restarted, replicas, other configurations.
export LAB_CNF="log_bin=binlog
server_id=7
log_slave_updates=ON
event_scheduler=ON"
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story fence clocks

MEASURES="fence"
EXTRA=""
cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 0s, clear_after: 1s}
		galera: {above: 2s, after: 1s, measures: [$MEASURES], max_per_day: ${MAX:-100}$EXTRA}
		status: {http: "0.0.0.0:9124"}
	YAML
}

is_fenced() { node_is 3 'ALL_KILL Donor/Desynced 1'; }
at_work() { node_is 3 'NONE Synced 0'; }
others_at_work() { node_is 1 'NONE Synced 0' && node_is 2 'NONE Synced 0'; }
action_is() { status_is 3 ".actions[] | select(.measure == \"$1\") | .state == \"$2\""; } # action_is MEASURE STATE
detail() { status 3 ".actions[] | select(.measure == \"$1\") | .detail"; }
health() { host_net 4 curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://$(host_address "$1"):9124/healthz/db"; }
reconfigure() { # the sentinel of db3 alone
	cluster_write 3
	ctl 3 reload >/dev/null
}

# ---- clients ----

# writer NAME HOST PORT FIRST: one row after another, each on a connection of its own; what was acknowledged and what was
# refused is written down with its time.
writer() {
	local i
	for ((i = $4; ; i++)); do
		if host_net 4 timeout 10 mariadb --no-defaults --connect-timeout=3 -h "$2" -P "$3" -u w -pw -e "INSERT INTO t.w (id, who) VALUES ($i, '$1')" >"$LAB_DIR/$1.out" 2>&1; then
			echo "$(lab_ms) ok $i"
		else
			echo "$(lab_ms) no $i $(tr '\n' ' ' <"$LAB_DIR/$1.out")"
		fi
		sleep 0.05
	done >"$LAB_DIR/$1.log"
}
# refused NAME: for how long, in ms, from the first refusal to the next row that was taken.
refused() {
	awk '$2 == "no" && !began { began = $1 } $2 == "ok" && began { if ($1 - began > most) most = $1 - began; began = 0 }
		END { print most + 0 }' "$LAB_DIR/$1.log"
}
acknowledged() { awk '$2 == "ok" { print $3 }' "$LAB_DIR"/*.log | sort -n; }
taken_since() { awk -v since="$2" '$1 > since && $2 == "ok"' "$LAB_DIR/$1.log" | wc -l; } # taken_since NAME MS
events_run() { sql 1 "SELECT COUNT(*) FROM t.event_log"; }

balancer() {
	cat >"$LAB_DIR/haproxy.cfg" <<-CFG
		global
			stats socket $LAB_DIR/haproxy.sock level admin
		defaults
			mode tcp
			timeout connect 2s
			timeout client 60s
			timeout server 60s
		listen db
			bind $(host_address 4):3306
			option httpchk GET /healthz/db
			default-server check port 9124 inter 200ms fall 1 rise 2 on-marked-down shutdown-sessions
			server db3 $(host_address 3):3306
			server db1 $(host_address 1):3306 backup
			server db2 $(host_address 2):3306 backup
	CFG
	into_net 4 haproxy -f "$LAB_DIR/haproxy.cfg" >"$LAB_DIR/haproxy.log" 2>&1 &
	PIDS+=($!)
}
balanced() { # balanced SERVER STATE
	echo "show stat" | socat - "UNIX-CONNECT:$LAB_DIR/haproxy.sock" 2>/dev/null | awk -F, -v server="$1" '$1 == "db" && $2 == server { print $18 }' | grep -q "^$2"
}

# An asynchronous replica of db3, which is no member of the cluster.
REPLICA=$LAB_DIR/replica
replica_sql() { mariadb --no-defaults --batch --skip-column-names -uroot -S "$REPLICA/s.sock" -e "$1"; }
replica_up() {
	install -d -o mysql -g mysql "$REPLICA"
	cp -a "$(lab_seed).template" "$REPLICA/data"
	into_net 4 "${SERVER[@]}" mariadbd --no-defaults --user=mysql --datadir="$REPLICA/data" --socket="$REPLICA/s.sock" \
		--pid-file="$REPLICA/pid" --port=3399 --bind-address=127.0.0.1 --log-error="$REPLICA/error.log" --server-id=99 \
		--innodb-buffer-pool-size=24M --skip-log-bin >/dev/null 2>&1 &
	PIDS+=($!)
	wait_for 30 "replica_sql 'SELECT 1' >/dev/null 2>&1"
	replica_sql "CHANGE MASTER TO MASTER_HOST='$(host_address 3)', MASTER_USER='repl', MASTER_PASSWORD='r', MASTER_CONNECT_RETRY=1; START SLAVE"
}
replicas() { sql 3 "SHOW GLOBAL STATUS LIKE 'Slaves_connected'" | cut -f2; }

PIDS=()
cluster_up
check_within 60 "four sentinels agree that every clock is right" cluster_settled
sql 1 "CREATE DATABASE t; CREATE TABLE t.w (id INT PRIMARY KEY, who VARCHAR(8)); CREATE TABLE t.event_log (id INT AUTO_INCREMENT PRIMARY KEY);
	CREATE USER w@'%' IDENTIFIED BY 'w'; GRANT INSERT, SELECT ON t.* TO w@'%';
	CREATE USER repl@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'"
# It is enabled on the node that it is made on alone.
sql 3 "CREATE EVENT t.purge ON SCHEDULE EVERY 1 SECOND DO INSERT INTO t.event_log () VALUES ()"
balancer
check_within 20 "the load balancer finds db3 well" "balanced db3 UP"
check "/healthz/db says so: 200" "[[ \$(health 3) == 200 ]]"
writer direct "$(host_address 3)" 3306 1 &
PIDS+=($!)
writer balanced "$(host_address 4)" 3306 1000000 &
PIDS+=($!)
check_within 20 "clients write, and events run" "[[ -n \$(acknowledged | head -n 5 | tail -n 1) ]] && ((\$(events_run) > 0))"

tell "== skewed: fenced and desynced, and clients go elsewhere"
check "before: three nodes at work" "at_work && others_at_work"
shifted=$(lab_ms)
clock_set 3 1900
check_within 30 "db3 is fenced and desynced" is_fenced
tell "$(($(lab_ms) - shifted)) ms after its clock was shifted"
check "the others are not" others_at_work
check_within 5 "both are told of as active" "action_is fence active && action_is desync active"
check "/healthz/db of db3: 503, of db1: 200" "[[ \$(health 3) == 503 && \$(health 1) == 200 ]]"
check_within 10 "the load balancer takes it out" "balanced db3 DOWN"
mark=$(lab_ms)
events=$(events_run)
check_within 20 "whose clients go on writing" "((\$(taken_since balanced $mark) > 3))"
check_within 15 "a client that insists is told: WSREP has not yet prepared node (1047)" "tail -n 1 \"$LAB_DIR/direct.log\" | grep -q ' no .*1047'"
check_for 2 "an event that purges is refused too" "((\$(events_run) <= events + 1))"
check_within 10 "and what the others write goes on being applied to db3" \
	"[[ \$(sql 3 'SET SESSION wsrep_dirty_reads=ON; SELECT COUNT(*) > 0 FROM t.w WHERE id > 1000000') == 1 ]]"

tell "== mariadbd restarted while it is fenced"
galera stop 3
check_within 15 "it is away: said" "[[ \$(detail fence) == *'mariadbd is away'* ]]"
galera start 3
check_within 40 "started again, it is fenced again" is_fenced
check "which is the same leave" "status_is 3 '.galera.used_today == 1'"

tell "== the daemon dead"
sentinel_kill 3
check "skewctl release gives both back" "ctl 3 release >\"$LAB_DIR/release.out\""
check "db3 is at work" "at_work"
sentinel_start 3
check_for 3 "a new daemon leaves it there: the release holds" at_work
ctl 3 unhold >/dev/null
check_within 30 "unhold: fenced" is_fenced
sentinel_kill 3
sql 3 "SET GLOBAL wsrep_desync=OFF"
rm "$(host_dir 3)/lib/galera-desync"
sentinel_start 3
check_within 30 "killed between the fence and the desync: a new daemon desyncs it too" is_fenced

tell "== right again"
clock_set 3 0
check_within 40 "db3 is given back" at_work
check_within 5 "and told of as idle" "action_is fence idle && action_is desync idle"
check_within 10 "/healthz/db: 200, and the load balancer takes it in" "[[ \$(health 3) == 200 ]] && balanced db3 UP"
mark=$(lab_ms)
check_within 20 "its clients write again, balanced or not" "((\$(taken_since direct $mark) > 3 && \$(taken_since balanced $mark) > 3))"
tell "refused at the longest: $(refused direct) ms on db3 itself, $(refused balanced) ms behind the load balancer"

tell "== replicas"
replica_up
check_within 30 "an asynchronous replica reads from db3" "[[ \$(replicas) == 1 ]]"
clock_set 3 1900
check_within 30 "db3 is desynced, and not fenced for the replica's sake" "node_is 3 'NONE Donor/Desynced 1' && action_is fence held"
tell "fence: $(detail fence)"
check_for 2 "it stays so" "node_is 3 'NONE Donor/Desynced 1'"
check "/healthz/db says 503 all the same" "[[ \$(health 3) == 503 ]]"
EXTRA=", fence_with_replicas: true" reconfigure
check_within 20 "with fence_with_replicas it is fenced" is_fenced

tell "== a configuration without the fence"
MEASURES=desync reconfigure
check_within 20 "what is ours of it is given back, and the desync stays" "node_is 3 'NONE Donor/Desynced 1'"
check_within 5 "and nothing of the fence is recorded" "[[ ! -e \$(host_dir 3)/lib/galera-fence ]]"
clock_set 3 0
check_within 40 "set right, db3 is at work" at_work

tell "== max_per_day"
used=$(status 3 .galera.used_today)
EXTRA=", fence_with_replicas: true" MAX=$used reconfigure
check_within 10 "the new configuration is taken" "status_is 3 '.galera.max_per_day == $used'"
clock_set 3 1900
check_within 30 "once more would be too often: latched" "action_is fence latched && action_is desync latched"
check "and an event says what to do" "get 3 /v1/events | jq -e '.events[] | select(.text | contains(\"skewctl unhold\"))' >/dev/null"
sentinel_kill 3
sentinel_start 3
check_within 30 "a new daemon knows it" "action_is fence latched && action_is desync latched"
check "db3 has been at work all the while" at_work
check_within 20 "and holds no claim that another could use" "[[ \$(sql 1 'SELECT COUNT(*) FROM skew_sentinel.claim') == 0 ]]"
ctl 3 unhold >/dev/null
check_within 30 "unhold: fenced" is_fenced
clock_set 3 0
check_within 40 "set right, db3 is at work" at_work

kill "${PIDS[@]}" 2>/dev/null || :
wait "${PIDS[@]}" 2>/dev/null || :
acknowledged >"$LAB_DIR/acknowledged"
for node in 1 2 3; do sql "$node" "SET SESSION wsrep_sync_wait=1; SELECT id FROM t.w" | sort -n >"$LAB_DIR/rows$node"; done
check "no acknowledged write is lost on any node ($(wc -l <"$LAB_DIR/acknowledged") of them)" \
	"[[ -z \$(for node in 1 2 3; do comm -23 <(sort \"$LAB_DIR/acknowledged\") <(sort \"$LAB_DIR/rows\$node\"); done) ]]"
the_end
