#!/usr/bin/env bash
# skewctl doctor finds what is wrong with a sentinel, and says what to do.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
story doctor

cluster_options() { echo "probe: {interval: 250ms}"; }
# doctor_says N STATE CHECK SENTENCE: one finding of that kind, whose text matches.
doctor_says() {
	{ ctl "$1" --json doctor || :; } | jq -e --arg state "$2" --arg check "$3" --arg text "$4" \
		'any(.[]; .state == $state and .check == $check and (.text | test($text)))' >/dev/null
}

cluster_network
cluster_sentinels
check_within 20 "four sentinels are content" cluster_settled
check_within 20 "each hears the others" "doctor_says 2 ok peers 'db1 .*: each hears the other' && doctor_says 2 ok peers 'mon1 .*: each hears the other'"
check "the configuration is good, and 4 vote" "doctor_says 2 ok configuration 'db2 in cluster lab, with 3 peers' && doctor_says 2 ok electorate '4 vote, 3 make a majority'"
check "so are keys and state" "doctor_says 2 ok keys 'has all that are used' && doctor_says 2 ok state 'can be written'"
while IFS= read -r line; do tell "$line"; done < <(ctl 2 doctor 2>&1 || :)

# As check_skew(8) says: the key of two hosts bears another number on either side.
sed -n 's/^11 /14 /p' "$(host_dir 4)/etc/keys" >"$(host_dir 4)/etc/plugin.keys"
chmod 0600 "$(host_dir 4)/etc/plugin.keys"
check "check_skew asks db1 from mon1 with the key that the two share" \
	"at 4 \"$CLUSTER_USR/lib/nagios/plugins/check_skew\" -H $(host_address 1) -k /etc/skew-sentinel/plugin.keys -i 14 -C lab | grep 'of itself it says: ok'"

ip netns exec "$(host_ns 2)" nft -f - <<-NFT
	add table inet closed
	add chain inet closed in { type filter hook input priority 0; policy accept; }
	add rule inet closed in ip saddr $(host_address 1) udp dport $LAB_PORT drop
NFT
sentinel_stop 3
check_within 60 "db2 lets nothing of db1's in: db1 sees that others reach it" \
	"doctor_says 1 wrong peers 'db2 .* does not answer this host, but mon1 reaches it: .* a firewall'"
check_within 90 "and db2, that db1 does not hear it" "doctor_says 2 wrong peers 'db1 is heard, but does not hear db2: does UDP from'"
check_within 90 "a sentinel that is down answers nobody" "doctor_says 1 wrong peers 'db3 .* answers nobody: is its sentinel running'"
check "there, it is found not to run" "doctor_says 3 wrong daemon 'none answers at .*: systemctl start skew-sentinel'"
ip netns exec "$(host_ns 2)" nft delete table inet closed
sentinel_start 3
check_within 60 "all ways are open again" "doctor_says 2 ok peers 'db1 .*: each hears the other' && doctor_says 1 ok peers 'db2 .*: each hears the other' && doctor_says 1 ok peers 'db3 .*: each hears the other'"

cp -p "$(host_dir 3)/etc/keys" "$(host_dir 3)/etc/keys.right"
sed -i 's/HEX:..../HEX:0123/' "$(host_dir 3)/etc/keys"
ctl 3 reload >/dev/null
check_within 60 "a key that is another one on db3: db1 says what to compare" \
	"doctor_says 1 wrong peers 'db3 .* is heard, and not believed: its key is another one than ours: compare the key files'"
check_within 60 "and db3 as well" "doctor_says 3 wrong peers 'db1 .* is heard, and not believed: its key is another one than ours'"
mv "$(host_dir 3)/etc/keys.right" "$(host_dir 3)/etc/keys"
ctl 3 reload >/dev/null
check_within 60 "the right one: they hear each other" "doctor_says 1 ok peers 'db3 .*: each hears the other'"

chmod 0644 "$(host_dir 1)/etc/keys"
check "keys that everybody can read" "doctor_says 1 wrong keys 'everybody can read it; do: chmod 0640'"
chmod 0640 "$(host_dir 1)/etc/keys"
chgrp root "$(host_dir 1)/etc/keys"
check "keys that the daemon cannot read" "doctor_says 1 wrong keys 'cannot be read by user $LAB_USER: chown root:$LAB_USER'"
chgrp "$LAB_USER" "$(host_dir 1)/etc/keys"
chmod 0600 "$(host_dir 1)/etc/sentinel.yaml"
check "a file that the daemon cannot read" "doctor_says 1 wrong configuration 'sentinel.yaml cannot be read by user $LAB_USER: chown root:$LAB_USER'"
cluster_write 1
echo "listen: 10.9.9.9" >>"$(host_dir 1)/etc/sentinel.yaml"
check "an address that this host has not" "doctor_says 1 wrong listen '10.9.9.9 is no address of this host'"
cluster_write 1 '/name: mon1/d'
check "a file that was not taken" "doctor_says 1 wrong daemon 'do not agree about mon1: skewctl reload'"
ctl 1 reload >/dev/null
check_within 60 "a host that one of them forgot: db1 says that the others count more" \
	"doctor_says 1 wrong peers 'db2 counts 4 that vote, this host 3: compare .peers.'"
check_within 60 "and db2, that db1 counts fewer" "doctor_says 2 wrong peers 'db1 counts 3 that vote, this host 4'"
echo "probes: 3" >>"$(host_dir 1)/etc/sentinel.yaml"
check "a file that cannot be" "doctor_says 1 wrong configuration 'sentinel.yaml:[0-9]+:[0-9]+: .*probes'"
ctl 1 doctor >/dev/null 2>&1 && code=0 || code=$?
check "exit status 1 where something is wrong" "((code == 1))"
cluster_write 1
the_end
