#!/usr/bin/env bash
# Clocks that are really wrong, for one sentinel each and with the kernel's packet stamps: not a drill.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story clock clocks

# db3_is_off WHAT SECONDS: it is proved, and db3 alone is out of work.
db3_is_off() {
	check_within 15 "$1: db3 is critical, 3 of 4 prove it" \
		"status_is 3 '.verdict | .state == \"critical\" and .agree == 3 and .electorate == 4'"
	check "$1: by $2 s" "status_is 3 '.verdict.offset_s - ($2) | fabs < 1'"
	check_within 15 "$1: db3 is taken out" "is_out 3"
	check "$1: db1 and db2 are not" "is_in 1 && is_in 2"
}

db3_is_right() {
	clock_set 3 "$1"
	check_within 20 "set right, everybody is content" cluster_settled
	check_within 20 "and db3 is given back" "is_in 3"
}

# restart_all SECONDS: all clocks are so far off, and all sentinels are new.
restart_all() {
	local host
	for host in $(host_all); do sentinel_stop "$host"; done
	for host in $(host_all); do clock_set "$host" "$1"; done
	cluster_sentinels
}

until_instant() { echo $(($(date -u -d "$1" +%s) - $(date +%s))); }

cluster_up
check_within 30 "four sentinels agree that every clock is right" cluster_settled

steps=$(status 3 '.steps // 0')
clock_set 3 1900
check_within 3 "the step is noticed at once" "status_is 3 '(.steps // 0) > $steps'"
db3_is_off "+1900 s" 1900
db3_is_right 0

clock_set 3 -1900
db3_is_off "-1900 s" -1900
db3_is_right 0

clock_set 3 28800
db3_is_off "+8 h, a time zone taken for UTC" 28800
db3_is_right 0

five_years=$((5 * 365 * 86400))
clock_set 3 $five_years
db3_is_off "+5 years" $five_years
db3_is_right 0

# A board whose battery is empty comes up in 1970, and the daemon with it.
long_ago=$((60 - $(date +%s)))
sentinel_stop 3
clock_set 3 $long_ago
sentinel_start 3
db3_is_off "a 1970 clock" $long_ago
db3_is_right 0

before=$(until_instant '2035-12-31 23:58:00')
after=$(until_instant '2037-01-01 00:00:00')
restart_all "$before"
check_within 30 "in 2035 everybody is content" cluster_settled
clock_set 3 "$after"
db3_is_off "from 2035 to 2037, into the next NTP era" $((after - before))
for host in 1 2 4; do
	sentinel_stop $host
	clock_set $host "$after"
done
cluster_sentinels
check_within 30 "the others follow into 2037, and everybody is content" cluster_settled
check_within 20 "and db3 is given back" "is_in 3"

restart_all "$(until_instant '2036-02-07 06:28:00')"
check_within 15 "16 s before the era ends everybody is content" cluster_settled
check_for 20 "and stays so across its end" \
	"verdict_is 1 ok && verdict_is 3 ok && verdict_is 4 ok"
check "now it is the next era" "[[ \$(status 3 .time) > 2036-02-07T06:28:16 ]]"
check "nobody was taken out" "is_in 1 && is_in 2 && is_in 3"
the_end
