#!/usr/bin/env bash
# The dashboard in a browser: a running cluster's, and made-up answers for what no lab has. With SHOTS=DIRECTORY the
# browser leaves pictures there.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story page

cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		thresholds: {raise_after: 250ms, clear_after: 250ms}
		galera: {above: 2s, after: 2s}
		status: {http: 127.0.0.1:9124}
	YAML
}

# What the browser is driven with, as the lock file has it.
page_tools() {
	mkdir -p "$LAB_DIR/page"
	cp "$LAB_TOP"/tests/page/package{,-lock}.json "$LAB_DIR/page"
	(cd "$LAB_DIR/page" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1)
}

# On db1's network: what it serves is on its loopback, and nothing else can be reached from there.
browse() {
	host_net 1 env NODE_PATH="$LAB_DIR/page/node_modules" HOME="$LAB_DIR/page" CLUSTER="$LAB_HERE/cluster" \
		timeout 150 node "$LAB_TOP/tests/page/$1" http://127.0.0.1:9124
}

for tool in chromium node npm; do command -v "$tool" >/dev/null || skip "no $tool"; done
cluster_up
if ! page_tools; then
	tail -n 5 "$LAB_DIR/page/npm.log"
	skip "npm cannot get playwright-core and axe-core"
fi
check_within 30 "four sentinels agree that every clock is right" cluster_settled
check "the page of a running cluster is right" "browse live.js"
check "and with answers made up" "browse shown.js"

# db2 has run all the while. What it has seen of db3 is asked for, not how fast it is plotted.
seen() { get 2 "/v1/history?node=db3" | jq '.points | length'; }
history_file() { echo "$(host_dir 2)/lib/history"; }
said() { get 2 /v1/events | jq -e --arg what "$1" 'any(.events[]; .kind == "history" and (.text | contains($what)))' >/dev/null; }

wait_for 120 "((\$(seen) >= 75))" || :
before=$(seen)
sentinel_kill 2
sentinel_start 2
check "after kill -9 the plots go on, with at most a minute missing ($before points before, $(seen) after)" \
	"((\$(seen) >= $before - 60 && \$(seen) >= 15))"
sentinel_stop 2
before=$(stat -c %s "$(history_file)")
truncate -s -100000 "$(history_file)"
sentinel_start 2
check "a history that was cut off is said to be" "said '100000 octets are missing; the rest goes on'"
check_within 60 "and goes on" "((\$(seen) >= 15))"
sentinel_stop 2
check "and is whole again afterwards, of the same size" "((\$(stat -c %s \"\$(history_file)\") == $before))"
sentinel_start 2
the_end
