#!/usr/bin/env bash
# Endpoints that answer, and do not take what they are told: the sentinel goes on to the next one at once, says what to mend,
# leaves the bad one alone for a while and comes back to it when it is mended. The next one is a real Icinga 2; the bad one
# is a double (icinga-double.c), since no real one answers so when it is wanted. What a real one can be brought to refuse
# by itself, it does here.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
LAB_WITNESSES=2
story icinga-replies
# shellcheck source=tests/lab/icinga
. "$(dirname "$0")/icinga"

interval=10
cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 500ms, clear_after: 1s}
		icinga:
		  endpoints:
		    - {url: "https://$(host_address 5):$ICINGA_PORT", name: double}
		    - {url: "https://$(host_address 4):$ICINGA_PORT", name: master1}
		  interval: ${interval}s
		  timeout: 2s
		  ttl: 10m
	YAML
}
pushes() { status_is "$1" ".icinga | $2"; }
double_dir() { echo "$LAB_DIR/double"; }

double_start() {
	local pki
	pki=$(icinga_dir)/pki
	mkdir -p "$(double_dir)/say"
	icinga_certificate double >"$(double_dir)/pki.log" 2>&1
	into_net 5 "$SKEW_BUILD/tests/lab/icinga-double" "$(host_address 5)" $ICINGA_PORT "$pki/double.crt" "$pki/double.key" \
		"$(double_dir)/say" >"$(double_dir)/log" 2>"$(double_dir)/errors" &
	double=$!
}

# double_says N HOW STATUS-LINE BODY [HEADER]: what it answers to results for host N. Put there whole or not at all.
double_says() {
	local body=$4 file
	file=$(double_dir)/say/$(host_name "$1")
	printf '%s\nHTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s' "$2" "$3" \
		"${length:-${#body}}" "${5:+$5$'\r\n'}" "$body" >"$file.new"
	mv "$file.new" "$file"
}
result() { printf '{"results":[{"code":%s,"status":"%s"}]}' "$1" "$2"; }
all_is_taken() {
	local host
	for host in $(host_all); do
		double_says "$host" "whole taken" "200 OK" "$(result 200 "Successfully processed.")"
	done
}
requests() { grep -c " $(host_name "$1") $2" "$(double_dir)/log" || :; }
# The pauses between the requests of that kind for host N, in ms, after the first.
pauses() { awk -v host="$(host_name "$1")" -v how="$2" '$2 == host && index($0, " " how " ") { if (n++) print $1 - last; last = $1 }' "$(double_dir)/log"; }
