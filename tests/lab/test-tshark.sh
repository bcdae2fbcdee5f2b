#!/usr/bin/env bash
# What sentinels say to each other is NTP to those who know NTP.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=2
story tshark

cluster_options() { echo "probe: {interval: 250ms}"; }
capture=$LAB_DIR/probes.pcapng
decode() { tshark -n -r "$capture" -d udp.port==9123,ntp "$@" 2>/dev/null; }
count() { decode -Y "$1" | wc -l; }

command -v tshark >/dev/null || skip "no tshark"
cluster_network
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled
host_net 1 tshark -q -n -i eth0 -f 'udp port 9123' -a duration:4 -w "$capture" 2>/dev/null
tell "$(decode | wc -l) datagrams"
tell "$(decode -c 1 | head -n 1)"

requests=$(count 'ntp.flags.mode == 3')
answers=$(count 'ntp.flags.mode == 4')
check "requests and answers were caught ($requests and $answers)" "((requests > 20 && answers > 20))"
check "every datagram decodes as NTP version 4" "(($(count 'ntp.flags.vn == 4') == $(decode | wc -l)))"
check "not one is malformed" "(($(count '_ws.malformed') == 0))"
check "tshark has nothing to object to" "(($(count '_ws.expert.severity >= \"Warn\"') == 0))"
check "every one has a key id" "(($(count 'ntp.keyid') == $(decode | wc -l)))"
check "and extension fields" "(($(count 'ntp.ext') == $(decode | wc -l)))"
check "no answer is longer than its request" \
	"(($(decode -T fields -e udp.length -Y 'ntp.flags.mode == 4' | sort -n | tail -n 1) <= $(decode -T fields -e udp.length -Y 'ntp.flags.mode == 3' | sort -n | head -n 1)))"
check "no datagram is longer than 1232 octets" "(($(decode -T fields -e udp.length | sort -n | tail -n 1) <= 1240))"
check "no request shows its sender's clock: no transmit time comes twice" \
	"[[ -z \$(decode -T fields -e ntp.xmt -Y 'ntp.flags.mode == 3' | sort | uniq -d) ]]"
the_end
