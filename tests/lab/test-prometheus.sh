#!/usr/bin/env bash
# What Prometheus and Grafana are given: /metrics is in order, and every metric that a rule or a panel names is there.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story prometheus

cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		status: {http: ADDRESS:9124}
		galera: {above: 2s}
	YAML
}
rules=$CLUSTER_USR/share/skew-sentinel/prometheus/skew-sentinel.rules.yml
dashboard=$CLUSTER_USR/share/skew-sentinel/grafana/skew-sentinel.json
dir=$LAB_DIR/prometheus
named() { grep -ohE '\bskew_sentinel_[a-z0-9_]+' "$1" | grep -vx skew_sentinel_ | sort -u; }
ask() { host_net 3 curl -sS --max-time 5 --get --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query; }
value_is() { ask "$1" 2>/dev/null | jq -e --arg value "$2" '.data.result[0].value[1] == $value' >/dev/null; }
expressions() { jq -r '[.. | .expr? // empty | gsub("\\$__rate_interval"; "1m") | gsub("\\$(cluster|node)"; ".*")] | unique[]' "$dashboard"; }
# unanswered [EMPTY]: the expressions that Prometheus cannot evaluate; with EMPTY also those without a result.
unanswered() {
	local expression
	while IFS= read -r expression; do
		ask "$expression" | jq -e ".status == \"success\" and (\"${1:-}\" == \"\" or (.data.result | length) > 0)" >/dev/null ||
			echo "$expression"
	done < <(expressions)
}

command -v prometheus >/dev/null || skip "no prometheus"
cluster_network
for host in $(host_all); do cluster_write "$host" "s/ADDRESS/$(host_address "$host")/"; done
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled

get 1 /metrics >"$LAB_DIR/metrics"
output=$(promtool check metrics <"$LAB_DIR/metrics" 2>&1) && code=0 || code=$?
check "promtool check metrics has nothing to object to: ${output:-nothing}" "((code == 0)) && [[ -z \$output ]]"
sed -n 's/^# TYPE \(skew_sentinel_[a-z0-9_]*\) .*/\1/p' "$LAB_DIR/metrics" | sort -u >"$LAB_DIR/names"
tell "$(wc -l <"$LAB_DIR/names") metrics, $(named "$rules" | wc -l) of them named by the rules, $(named "$dashboard" | wc -l) by the dashboard"
check "each metric that a rule names is there" "[[ -z \$(comm -13 $LAB_DIR/names <(named $rules)) && -n \$(named $rules) ]]"
check "each metric that the dashboard names is there" "[[ -z \$(comm -13 $LAB_DIR/names <(named $dashboard)) && -n \$(named $dashboard) ]]"
check "the dashboard's panels have numbers of their own and are not upon one another" "jq -e '
	[.panels[].id] as \$ids | (\$ids | unique | length) == (\$ids | length)
	and ([.panels[].gridPos | \"\(.x),\(.y)\"] | unique | length) == (\$ids | length)
	and all(.panels[]; .gridPos.x + .gridPos.w <= 24 and .title != \"\" and .description != \"\")' $dashboard >/dev/null"

mkdir -p "$dir"
sed 's/interval: 15s/interval: 1s/; s/for: 30s/for: 2s/' "$rules" >"$dir/rules.yml"
cat >"$dir/prometheus.yml" <<-YAML
	global: {scrape_interval: 1s, evaluation_interval: 1s}
	rule_files: [rules.yml]
	scrape_configs:
	  - job_name: clocks
	    static_configs:
	      - targets: [$(for host in $(host_all); do printf '"%s:9124", ' "$(host_address "$host")"; done)]
YAML
check "Prometheus takes the rules" "promtool check config $dir/prometheus.yml >/dev/null"
into_net 3 prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" \
	--web.listen-address=127.0.0.1:9090 >"$dir/log" 2>&1 </dev/null &
server=$!
check_within 60 "and reads three sentinels over TCP" "value_is 'sum(up)' 3"
check_within 30 "which tell of three nodes that are ok" "value_is 'sum(skew_sentinel:verdict:max{state=\"ok\"})' 3"
check "Prometheus understands each panel of the dashboard" "[[ -z \$(unanswered) ]]"
ctl 2 drill --offset 1900s --for 10m >/dev/null
check_within 60 "a drill on db2 raises the alert for a drill" "value_is 'ALERTS{alertname=\"SkewSentinelDrill\", alertstate=\"firing\", node=\"db2\"}' 1"
check_within 30 "db1 proves that db2 is critical" "value_is 'skew_sentinel:verdict:max{state=\"critical\", node=\"db2\"}' 1"
check_for 4 "and no alert for a clock that is wrong" "value_is 'count(ALERTS{alertname=\"SkewSentinelCritical\"}) or vector(0)' 0"
ctl 2 drill --stop >/dev/null
check_within 60 "until it is stopped" "value_is 'count(ALERTS{alertname=\"SkewSentinelDrill\"}) or vector(0)' 0"
tell "panels that show nothing here: $(unanswered empty | wc -l) of $(expressions | wc -l)"
kill "$server"
wait "$server" 2>/dev/null || :
the_end
