#!/usr/bin/env bash
# What skewctl says and how it exits where no daemon is needed. usage: skewctl.sh PROGRAM
set -u
program=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS SENTENCE ARGUMENT...: it exits so, and says so on either stream.
expect() {
	local status=$1 sentence=$2 output
	shift 2
	output=$("$program" "$@" 2>&1)
	local got=$?
	if [ "$got" != "$status" ] || [[ "$output" != *"$sentence"* ]]; then
		printf 'skewctl %s\n  exits %s (wanted: %s) and says:\n%s\n  wanted: %s\n' "$*" "$got" "$status" "$output" "$sentence"
		failed=1
	fi
}

socket=$scratch/status.sock
expect 3 "no skew-sentinel answers at $socket (No such file or directory): start it with \`systemctl start skew-sentinel\`" \
	status -s "$socket"
expect 3 "start it with" why -s "$socket"
expect 3 "start it with" hold -s "$socket"
expect 0 "skewctl " version -s "$socket"
expect 0 "skewctl " -V
expect 0 "usage: skewctl drill [--offset SPAN]" drill -h
expect 0 "commands:" -h
expect 2 "usage: skewctl" -s "$socket"
expect 2 "there is no command 'foo'" foo
expect 2 "'x' is too much" status x
expect 2 "--offset does not go with it" status --offset 5s
expect 2 "--offset or --drift is missing" drill
expect 2 "--offset 5: give a number and a unit" drill --offset 5
expect 2 "--drift x: give a number of ppm" drill --offset 5s --drift x
expect 2 "--stop goes alone" drill --stop --for 5s
expect 2 "--for -5s: give a number and a unit" release --for -5s
expect 2 "--follow and --json do not go together" events --follow --json
expect 2 "--follow and --replay do not go together" events --follow --replay
expect 2 "'x' is too much" events x
expect 1 "$scratch/none: No such file or directory" events --replay "$scratch/none"
echo '{"id": 1} {"id": ' >"$scratch/cut"
expect 1 "$scratch/cut: no JSON after 1 events: " events --replay "$scratch/cut"
echo '{"events": [{"id": 1}]}' >"$scratch/saved"
expect 0 "None of these events holds a decision." events --replay "$scratch/saved"
expect 2 "$scratch/none: cannot be read" release -c "$scratch/none"
socket_none=$scratch/none.sock
printf 'node: db3\npeers: [db1, db2]\n' >"$scratch/allow.yaml"
expect 0 "the database of db3 may start: no skew-sentinel answers at $socket_none (No such file or directory)" \
	gate --wait 0s -s "$socket_none" -c "$scratch/allow.yaml"
expect 0 'object Host "db1"' setup-icinga -c "$scratch/allow.yaml"
expect 0 'service.name == "clock-skew" && host.vars.skew_cluster == "default"' setup-icinga -c "$scratch/allow.yaml"
expect 2 "$scratch/none: cannot be read" setup-icinga -c "$scratch/none"
echo 'peers: [db1, db2' >"$scratch/bad.yaml"
expect 0 "may start: the configuration is bad: $scratch/bad.yaml:" gate --wait 0s -s "$socket_none" -c "$scratch/bad.yaml"
printf 'node: db3\npeers: [db1, db2]\ngate: {when_unknown: block}\n' >"$scratch/block.yaml"
expect 10 "the database of db3 must not start: no skew-sentinel answers at $socket_none" \
	gate --wait 0s -s "$socket_none" -c "$scratch/block.yaml"
expect 10 "gate.when_unknown is block: to start it all the same: touch /run/skew-gate-open" gate --wait 0s -s "$socket_none" -c "$scratch/block.yaml"
export _WSREP_NEW_CLUSTER=--wsrep-new-cluster
expect 0 "may start: it forms a new cluster, whatever its clock; no skew-sentinel answers" \
	gate -s "$socket_none" -c "$scratch/block.yaml"
unset _WSREP_NEW_CLUSTER
expect 2 "--wait soon: give a number and a unit" gate --wait soon
expect 2 "give --mesh with the hosts' names, --add with those of more, or --shared" keygen

expect 1 "configuration WRONG  $scratch/none: cannot be read" doctor -c "$scratch/none" -s "$socket"

expect 0 "{name: db2, address: db2, key: 12}" keygen --mesh db1 db2 --out "$scratch"
[ "$(stat -c %a "$scratch/db1.keys" "$scratch/db2.keys" | uniq)" = 600 ] || failed=1
before=$(cat "$scratch/db1.keys")
expect 1 "$scratch/db1.keys: File exists: it is left as it is" keygen --mesh db1 db2 --out "$scratch"
[ "$(cat "$scratch/db1.keys")" = "$before" ] || failed=1
# secret FILE:NUMBER: of a key of those that were made for more hosts; what is not there is like nothing else.
secret() { sed -n "s/^${1#*:} AES128 HEX:\([0-9A-F]\{32\}\)\$/\1/p" "$scratch/more/${1%:*}" | grep . || echo "none of $1"; }
cat >"$scratch/two.yaml" <<-'YAML'
	node: db1
	peers: [{name: db1, address: db1, key: 11}, {name: db2, address: db2, key: 40}]
YAML
expect 0 "{name: db4, address: db4, key: 42}" keygen --add db3 db4 -c "$scratch/two.yaml" --out "$scratch/more"
for pair in db1.add:42=db4.keys:11 db2.add:41=db3.keys:40 db3.keys:42=db4.keys:41; do
	[ "$(secret "${pair%=*}")" = "$(secret "${pair#*=}")" ] || failed=1
done
expect 2 "db2 is named twice" keygen --add db2 -c "$scratch/two.yaml" --out "$scratch/twice"
expect 2 "give the names of the new hosts" keygen --add -c "$scratch/two.yaml"
sed 's/node: db1/node: db9/' "$scratch/two.yaml" >"$scratch/stranger.yaml"
expect 1 "db9 is none of \`peers\` in" keygen --add db3 -c "$scratch/stranger.yaml" --out "$scratch/strange"
sed 's/, key: [0-9]*//g' "$scratch/two.yaml" >"$scratch/one-key.yaml"
expect 1 "db1 has no key of its own" keygen --add db3 -c "$scratch/one-key.yaml" --out "$scratch/strange"
expect 0 "key: 1" keygen --shared --aes256 --out "$scratch"
expect 0 "$scratch/fresh/db1.keys" keygen --mesh db1 db2 --out "$scratch/fresh"
grep -q '^1 AES256 HEX:[0-9A-F]\{64\}$' "$scratch/keys" || failed=1

# Another host: what ssh is given, and the words that the shell there makes of it.
mkdir "$scratch/bin"
cat >"$scratch/bin/ssh" <<-'SSH'
	#!/usr/bin/env bash
	skewctl() { printf '<%s>' "$@"; }
	printf '%s:' "${@:1:3}"
	eval "$4"
	exit 7
SSH
chmod 0755 "$scratch/bin/ssh"
here=$PATH
PATH=$scratch/bin:$PATH
expect 7 "-T:--:root@db2:<--json><--socket=/a b><--><status>" -H root@db2 --json -s "/a b" status
expect 7 "-T:--:db2.example:<--for=5m><--reason=it's \$(date) \"here\"; \`ls\`><--><hold>" \
	hold -H db2.example --for 5m --reason "it's \$(date) \"here\"; \`ls\`"
expect 7 "<--><why><db1'; date; '>" --host db2 why "db1'; date; '"
expect 7 "<--><why><-x>" --host db2 why -- -x
# shellcheck disable=SC2016 # just so
for host in -oProxyCommand=date user@-x @db2 '' 'db2;date' 'db2 -x' '$(date)' 'a`date`' user@; do
	expect 2 "--host $host: give [USER@]HOST, as for ssh" --host="$host" status
done
expect 2 "--host does not go with it" -H db2 keygen --shared
expect 2 "--offset does not go with it" -H db2 status --offset 5s
PATH=$scratch/none expect 3 "ssh: No such file or directory: install the OpenSSH client" -H db2 status
PATH=$here

exit "$failed"
