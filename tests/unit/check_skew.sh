#!/usr/bin/env bash
# What check_skew says and how it exits as a program. usage: check_skew.sh PROGRAM
set -u
program=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS SENTENCE ARGUMENT...: it exits so, says so on standard output in one line, and nothing elsewhere.
expect() {
	local status=$1 sentence=$2 output lines
	shift 2
	output=$("$program" "$@" 2>"$scratch/stderr")
	local got=$?
	lines=$(wc -l <<<"$output")
	if [ "$got" != "$status" ] || [[ "$output" != *"$sentence"* ]] || [ "$lines" != 1 ] || [ -s "$scratch/stderr" ]; then
		printf 'check_skew %s\n  exits %s (wanted: %s) and says:\n%s\n  wanted: %s\n' "$*" "$got" "$status" "$output" "$sentence"
		cat "$scratch/stderr"
		failed=1
	fi
}

expect 3 "SKEW UNKNOWN - no skew-sentinel answers at $scratch/sock (No such file or directory): start it with \`systemctl start skew-sentinel\`" \
	-s "$scratch/sock"
expect 3 "check_skew " -V
expect 3 "SKEW UNKNOWN - -x: there is no such option" -x
expect 3 "no answer to be believed from 127.0.0.1 port 9, asked " -H 127.0.0.1 -p 9 -t 2
expect 3 "$scratch/keys: cannot be read" -H 127.0.0.1 -k "$scratch/keys" -i 1
# Nothing to wait for.
mkfifo "$scratch/fifo"
expect 3 "it is no regular file" -H 127.0.0.1 -k "$scratch/fifo" -i 1
"$program" -h >"$scratch/help"
if [ $? != 3 ] || ! grep -q 'usage: check_skew' "$scratch/help"; then
	echo "check_skew -h does not help, or not with exit status 3"
	failed=1
fi
exit $failed
