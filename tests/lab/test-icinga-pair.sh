#!/usr/bin/env bash
# A pair of Icinga masters, one of which is stopped, hangs, is killed or started anew while verdicts change: both come to
# have the newest, and people are told once of each excursion.
#
# Environment: LAB_ROUNDS (5), LAB_RANDOM (a number that decides the rounds; it is printed), LAB_HOWS (which faults).
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
LAB_WITNESSES=2
story icinga-pair
# shellcheck source=tests/lab/icinga
. "$(dirname "$0")/icinga"

rounds=${LAB_ROUNDS:-5}
read -ra hows <<<"${LAB_HOWS:-stopped hung killed restarted}"
RANDOM=${LAB_RANDOM:=$(($(date +%s) % 32768))}
tell "LAB_RANDOM=$LAB_RANDOM"
interval=4

cluster_options() {
	echo "thresholds: {raise_after: 500ms, clear_after: 1s}"
	icinga_yaml
	echo "  interval: ${interval}s"
	echo "  timeout: 1s"
	# Longer than any outage here: a master that comes back later calls it stale before it can hear of it.
	echo "  ttl: 10m"
}
is_state() { icinga_is "$1" "$2" ".state == $3"; }
drilled=0
excursions=0
late=0
killed=(0 0 0)

# newest_is_in K S SENTENCE: master K has what the sentinel of db3 says of itself.
newest_is_in() {
	check_within "$2" "$3" "is_state $1 db3 $((drilled * 2))"
	((${WAITED%.*} < interval)) || late=$((late + 1))
}

# The verdict about db3 becomes another one.
turn() {
	if ((drilled)); then
		ctl 3 drill --stop >/dev/null
		drilled=0
	else
		ctl 3 drill --offset 1900s --for 1h >/dev/null
		drilled=1
		excursions=$((excursions + 1))
	fi
	wait_for 60 "status_is 3 '.verdict.state == \"$( ((drilled)) && echo critical || echo ok)\"'"
}

break_master() { # K HOW
	case $2 in
	stopped | restarted) icinga_stop "$1" ;;
	hung) icinga_signal "$1" STOP ;;
	killed)
		icinga_signal "$1" KILL
		killed[$1]=$((killed[$1] + 1))
		;;
	esac
	[[ $2 != restarted ]] || icinga_begin "$1"
}

mend_master() { # K HOW
	case $2 in
	stopped | killed) icinga_begin "$1" ;;
	hung) icinga_signal "$1" CONT ;;
	esac
	icinga_await "$1"
}

round() { # N
	local broken other how
	how=${hows[RANDOM % ${#hows[@]}]}
	broken=$((RANDOM % 2 + 1))
	other=$((3 - broken))
	if ((RANDOM % 2)); then
		turn
		break_master $broken "$how"
	else
		break_master $broken "$how"
		turn
	fi
	newest_is_in $other 60 "round $1: master$broken $how, master$other has the verdict of db3 ($((drilled * 2)))"
	if ((RANDOM % 2)); then
		sleep 0.$((RANDOM % 10))
		turn
		newest_is_in $other 60 "round $1: another turn while it is ($((drilled * 2)))"
	fi
	# Long enough, now and then, for the other one to notice and to take over what this one did.
	sleep $((RANDOM % (interval + 3)))
	mend_master $broken "$how"
	newest_is_in $broken 60 "round $1: master$broken back, it has the newest ($((drilled * 2)))"
	newest_is_in $other 60 "round $1: so has master$other"
}

lab_check
lab_claim
lab_make_dir
net_up
icinga_make 4 5
icinga_begin 1
icinga_begin 2
icinga_await 1
icinga_await 2
cluster_network
icinga_give
cluster_sentinels
check_within 30 "five sentinels are content" cluster_settled
for k in 1 2; do check_within 60 "master$k has db3 as OK" "is_state $k db3 0"; done
tell "each result goes to one of them: $(status 3 '[.icinga.endpoints[] | "\(.name) \(.state)"] | join(", ")')"
check "the other one was asked nothing" "status_is 3 '[.icinga.endpoints[].state] | sort == [\"ok\", \"untried\"]'"
for n in $(seq "$rounds"); do round "$n"; done
tell "$late of those took longer than an interval, $interval s"
((!drilled)) || turn
check_within 60 "in the end it is OK" "is_state 1 db3 0 && is_state 2 db3 0"
for host in 1 2 4 5; do
	check "$(host_name $host) was OK all the time" "[[ \$(icinga_alerts $(host_name $host) CRITICAL) == 0 ]]"
done
# One that is killed may have forgotten a state when it comes back, and then it is a change to it once more. How often
# people are told besides is between the two of them: after an outage both may do it.
tell "excursions: $excursions; alerts of db3: $(icinga_alerts db3 CRITICAL) CRITICAL, $(icinga_alerts db3 UNKNOWN) UNKNOWN"
for k in 1 2; do
	tell "master$k was killed ${killed[k]} times, and logged $(icinga_changes $k db3 CRITICAL) changes to CRITICAL"
	check "master$k had no excursion twice" "(($(icinga_changes $k db3 CRITICAL) <= excursions + killed[k]))"
	check "and none as UNKNOWN" "(($(icinga_changes $k db3 UNKNOWN) <= killed[k]))"
done
icinga_stop 1
icinga_stop 2
the_end
