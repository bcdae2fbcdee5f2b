#!/usr/bin/env bash
# Endpoints that answer, and do not take what they are told: the sentinel goes on to the next one, says what to mend, leaves
# the bad one alone for a while, and comes back to it when it is mended. The next one is a real Icinga 2; the bad one is a
# double (icinga-double.c), since no real one answers so just when it is wanted. What a real one can be brought to refuse
# by itself, it does.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
LAB_WITNESSES=2
story icinga-replies
# shellcheck source=tests/lab/icinga
. "$(dirname "$0")/icinga"

cluster_options() {
	cat <<-YAML
		thresholds: {raise_after: 500ms, clear_after: 1s}
		icinga:
		  endpoints:
		    - {url: "https://$(host_address 5):$ICINGA_PORT", name: double}
		    - {url: "https://$(host_address 4):$ICINGA_PORT", name: master1}
		  interval: 10s
		  timeout: 6s
		  ttl: 10m
	YAML
}
pushes() { status_is "$1" ".icinga | $2"; }
# each CONDITION: holds for every host; N in it is the host's number, NAME its name.
each() {
	local host condition
	for host in $(host_all); do
		condition=${1//NAME/$(host_name "$host")}
		eval "${condition//N/$host}" || return 1
	done
}

# ---- the double ----

double_start() {
	local pki dir=$LAB_DIR/double
	pki=$(icinga_dir)/pki
	mkdir -p "$dir/say"
	icinga_certificate double >"$dir/pki" 2>&1
	into_net 5 "$SKEW_BUILD/tests/lab/icinga-double" "$(host_address 5)" $ICINGA_PORT "$pki/double.crt" "$pki/double.key" \
		"$dir/say" >"$dir/log" 2>"$dir/errors" &
	double=$!
	wait_for 20 "host_net 5 bash -c '</dev/tcp/$(host_address 5)/$ICINGA_PORT' 2>/dev/null"
}
# says N HOW TEXT: of host N, from the next request on.
says() {
	local file
	file=$LAB_DIR/double/say/$(host_name "$1")
	printf '%s\n%s' "$2" "$3" >"$file.new"
	mv "$file.new" "$file"
}
# http STATUS BODY [HEADER]
http() { printf 'HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s' "$1" "${3:+$3$'\r\n'}" ${#2} "$2"; }
of_result() { http "$1" "{\"results\":[{\"code\":$2,\"status\":\"$3\"}]}"; }
asked() { grep -c " $(host_name "$1") $2" "$LAB_DIR/double/log" || :; }
all_is_taken() {
	local host
	for host in $(host_all); do says "$host" "whole taken" "$(of_result "200 OK" 200 "Successfully processed.")"; done
}

# ---- what it answers, and what of that the sentinel says ----

declare -A said=()
bad() { # N HOW ANSWER SENTENCE
	says "$1" "$2 bad" "$3"
	said[$1]=$4
}
shows() { pushes "$1" ".endpoints[0] | .name == \"double\" and (.error | tostring | test(\"${said[$1]}\"))"; }

refusals() {
	bad 1 whole "$(http "403 Forbidden" '{"error":403,"status":"Missing permission."}')" \
		"^403: its ApiUser may not submit results for db1!clock-skew: give it the permission actions/process-check-result"
	bad 2 whole "$(http "404 Not Found" '{"error":404,"status":"No objects found."}')" \
		"^404: it has no service object db2!clock-skew, .*create it on host db2"
	bad 3 whole "$(of_result "409 Conflict" 409 "Newer check result already present. Check result for 'db3!clock-skew' was discarded.")" \
		"^409: it has a newer result for db3!clock-skew, .*compare the clocks of the Icinga masters"
	bad 4 whole "$(http "500 Internal Server Error" '{"error":500,"status":"Action execution failed."}')" \
		"^500: Action execution failed.; see its log"
	bad 5 whole "$(of_result "403 Forbidden" 403 "Passive checks are disabled for object 'mon2!clock-skew'.")" \
		"^403: mon2!clock-skew takes no passive results: set enable_passive_checks = true"
}
refusals_inside() {
	bad 1 whole "$(of_result "200 OK" 403 "Passive checks are disabled.")" "^403: db1!clock-skew takes no passive results"
	bad 2 whole "$(of_result "200 OK" 404 "no")" "^404: it has no service object db2!clock-skew"
	bad 3 whole "$(of_result "200 OK" 409 "Newer check result already present.")" "^409: it has a newer result for db3!clock-skew"
	bad 4 whole "$(of_result "200 OK" 500 "Something odd.")" "^500: Something odd.; see its log"
	bad 5 whole "$(http "503 Service Unavailable" '{"error":503,"status":"Icinga is reloading."}')" "^503: Icinga is reloading.; see its log"
}
no_answers() {
	bad 1 whole $'HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{"results":[{"code":200' \
		"^its answer broke off, or none came: the connection was closed"
	bad 2 endless $'HTTP/1.1 200 OK\r\n\r\n{"results":[{"code":200,\n{"code":200},' \
		"^its answer is longer than any of Icinga.s: compare icinga.endpoints"
	bad 3 whole "$(http "302 Found" "It is elsewhere." "Location: https://$(host_address 4):$ICINGA_PORT/")" \
		"^302: it sends elsewhere, .*compare icinga.endpoints"
	bad 4 whole "$(http "200 OK" "<html><body>It works!</body></html>")" \
		"^its answer is none of Icinga.s: compare icinga.endpoints"
	bad 5 drip "$(of_result "200 OK" 200 "Successfully processed.")" "^no (answer to the request|end of its answer) in time"
}

# What makes news of every host: a hold, and of db3 a drill, which is an alert.
make_news() { # NAME
	local host
	for host in 1 2 4 5; do ctl $host hold --for 1h --reason "$1" >/dev/null; done
	ctl 3 drill --offset 1900s --for 1h >/dev/null
}
end_news() {
	local host
	for host in 1 2 4 5; do ctl $host unhold >/dev/null; done
	ctl 3 drill --stop >/dev/null
}
news_is_in() {
	local name
	for name in db1 db2 mon1 mon2; do
		icinga_is 1 "$name" ".state == 0 and (.last_check_result.output | contains(\"($1)\"))" || return 1
	done
	icinga_is 1 db3 ".state == 2"
}
news_is_over() { each "icinga_is 1 NAME '.state == 0 and (.last_check_result.output | contains(\" held \") | not)'"; }
spared() { # MS: nobody asked the bad one more than once a second
	local host
	for host in $(host_all); do (($(asked "$host" "[a-z]* bad") - before[host] <= $1 / 1000)) || return 1; done
}

excursions=0
round() { # NAME ANSWERS
	local began host
	local -a before=()
	all_is_taken
	for host in $(host_all); do sentinel_kill "$host" HUP; done
	check_within 60 "$1: the double, which comes first, has all results" "each 'pushes N \".results[0].by == \\\"double\\\" and .reporting\"'"
	"$2"
	for host in $(host_all); do before[host]=$(asked "$host" "[a-z]* bad"); done
	began=$(lab_ms)
	make_news "$1"
	excursions=$((excursions + 1))
	check_within 60 "$1: the news of all is in the real one" "news_is_in '$1'"
	tell "from before the first to the last of them: $(($(lab_ms) - began)) ms"
	# On a machine with too much to do the double may have been slow once, and is not the first one any more.
	for host in $(host_all); do
		(($(asked "$host" "[a-z]* bad") > before[host])) || sentinel_kill "$host" HUP
		before[host]=$(asked "$host" "[a-z]* bad")
	done
	began=$(lab_ms)
	for host in $(host_all); do
		check_within 60 "$(host_name "$host") says what to mend: $(status "$host" '.icinga.endpoints[0].error')" "shows $host"
	done
	check_within 60 "each reports itself, and says that it does" \
		"each 'pushes N \".reporting and .error == null and (.results | length) == 1 and (.results[0] | .by == \\\"master1\\\" and .newest_taken)\"' &&
		each 'icinga_is 1 NAME \".last_check_result.check_source == \\\"NAME\\\"\"'"
	check_within 60 "$1: the bad one is asked again" "each '((\$(asked N \"[a-z]* bad\") >= before[N] + 2))'"
	check "but not with every look" "spared $(($(lab_ms) - began))"
	for host in $(host_all); do before[host]=$(asked "$host" "whole taken"); done
	all_is_taken
	check_within 60 "$1: mended, it takes a result of each, and is said to" \
		"each '((\$(asked N \"whole taken\") > before[N]))' && each 'pushes N \".endpoints[0] | .state == \\\"ok\\\" and .error == null\"'"
	end_news
	check_within 60 "$1: all is well in the real one" news_is_over
}

lab_check
lab_claim
lab_make_dir
net_up
icinga_make 4
icinga_start 1
cluster_network
icinga_give
cluster_sentinels
check_within 30 "five sentinels are content" cluster_settled
check_within 60 "the first endpoint is down: the real one, which is the next, has all results" \
	"each 'icinga_is 1 NAME \".state == 0 and .last_check_result.check_source == \\\"NAME\\\"\"'"
# Before the first result came, Icinga may have told that there was none.
: >"$(icinga_dir)/alerts"
double_start
round "refused" refusals
round "refused inside an answer" refusals_inside
round "no answer" no_answers
tell "alerts: $(paste -sd, "$(icinga_dir)/alerts")"
check "people were told of db3 once in each" "[[ \$(icinga_alerts db3 CRITICAL) == $excursions && \$(icinga_alerts db3 UNKNOWN) == 0 ]]"
check "and of nobody else" "each '[[ NAME == db3 || \$(icinga_alerts NAME \"[A-Z]*\") == 0 ]]'"

tell "the real one takes nothing passive for db2; the double is gone."
kill $double
icinga_set 1 db2 '{"enable_passive_checks": false}'
ctl 2 hold --for 1h >/dev/null
check_within 60 "of both is said what to mend" \
	"pushes 2 '.endpoints | (.[0].error | tostring | test(\"^no connection: .*does icinga2 run there\")) and
		(.[1].error | tostring | test(\"^403: db2!clock-skew takes no passive results\"))'"
check_within 60 "and that its own results do not arrive" "pushes 2 '.reporting == false and .results[0].newest_taken == false'"
icinga_set 1 db2 '{"enable_passive_checks": true}'
check_within 60 "mended, it is taken" "pushes 2 '.reporting and .endpoints[1].error == null' && icinga_is 1 db2 '.last_check_result.output | contains(\" held \")'"
icinga_stop 1
the_end
