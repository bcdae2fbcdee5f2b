#!/usr/bin/env bash
# IPv4 and IPv6, several addresses, names that move.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3 LAB_WITNESSES=0
story dualstack

cluster_options() { echo "probe: {interval: 250ms}"; }
cluster_peers() {
	cat <<-YAML
		  - {name: db1, address: "$(host_address 101)", key: $(host_key 1)}
		  - {name: db2, address: "[$(host_address6 2)]:9123", key: $(host_key 2)}
		  - {name: db3, address: db3.lab, key: $(host_key 3)}
	YAML
}
# hears HOST PEER: a probe of the latest two was answered.
hears() { status_is "$1" ".peers[] | select(.name == \"$2\") | .reach % 4 > 0 and .state == \"ok\""; }
answers() { # answers ADDRESS: does a plain client get an answer from just that address?
	host_net 3 timeout 5 socat -T1 - "UDP:$1" <"$LAB_DIR/request" 2>/dev/null | head -c 48 | wc -c | grep -qx 48
}

cluster_network
ip -n "$(host_ns 1)" addr add "$(host_address 101)/24" dev eth0
# db1 listens at all addresses, db2 at two IPv6 and IPv4 ones by name, db3 at IPv4 alone.
cluster_write 2 "\$a listen: [\"[$(host_address6 2)]:9123\", \"$(host_address 2):9123\", \"127.0.0.1:9123\"]"
cluster_write 3 "\$a listen: 0.0.0.0:9123"
cluster_sentinels
check_within 20 "three sentinels are content" cluster_settled
check "db2 hears db1 at its second address: answers leave from the address asked" "hears 2 db1"
check "db1 hears db2 over IPv6" "hears 1 db2"
check "db1 hears db3 by its name" "hears 1 db3"
check "nothing was rejected" "status_is 1 '[.peers[].rejected] | add == 0'"

sed -i '$a open: true' "$LAB_DIR/host1/etc/sentinel.yaml" "$LAB_DIR/host2/etc/sentinel.yaml"
ctl 1 reload >/dev/null
ctl 2 reload >/dev/null
# Mode 3, version 4, and a transmit time, of which socat's connected socket takes answers from that address alone.
{
	printf '\x23'
	head -c 39 /dev/zero
	printf 'nonce678'
} >"$LAB_DIR/request"
for address in "$(host_address 1)" "$(host_address 101)" "[$(host_address6 1)]" "$(host_address 2)" "[$(host_address6 2)]"; do
	check "asked at $address, that address answers" "answers $address:9123"
done

ip -n "$(host_ns 3)" addr add "$(host_address 103)/24" dev eth0
ip -n "$(host_ns 3)" addr del "$(host_address 3)/24" dev eth0
ip -n "$(host_ns 3)" addr show dev eth0 | grep -q "$(host_address 103)" ||
	ip -n "$(host_ns 3)" addr add "$(host_address 103)/24" dev eth0
check_within 20 "db3 moved, and is not heard" "! hears 1 db3"
# In place: the file is mounted into the hosts.
for host in 1 2; do
	sed "s/^$(host_address 3) /$(host_address 103) /" "$LAB_DIR/host$host/hosts" >"$LAB_DIR/hosts"
	cat "$LAB_DIR/hosts" >"$LAB_DIR/host$host/hosts"
done
check_within 90 "its name says where to, and it is heard again" "hears 1 db3 && hears 2 db3"
the_end
