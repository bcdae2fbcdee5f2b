#!/usr/bin/env bash
# skewctl top on terminals of two sizes, and the same of another host over ssh.
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
LAB_NODES=3
story top

cluster_options() {
	cat <<-YAML
		probe: {interval: 250ms}
		thresholds: {raise_after: 500ms, clear_after: 1s}
	YAML
}
SSH_DIR=$LAB_DIR/ssh
export LC_ALL=C.UTF-8
# In db3's network, so that it ends with the lab whatever happens; each on a socket of its own, since a server that is told
# to end takes its time.
terminals=0
terminal() { host_net 3 tmux -S "$LAB_DIR/tmux$terminals" "$@"; }
# open_top COLUMNS ROWS HOST ARGUMENT...: skewctl ARGUMENT... on a terminal of that size; it stays when that has ended.
open_top() {
	close_top
	terminals=$((terminals + 1))
	terminal -f /dev/null new-session -d -x "$1" -y "$2" -s top \
		"env TERM=screen-256color LAB_PREFIX=$LAB_PREFIX PATH=$LAB_DIR/bin:$PATH $LAB_HERE/cluster at $3 skewctl ${*:4}; echo; echo ended with \$?; read -r _"
}
close_top() { terminal kill-server 2>/dev/null || :; }
screen() { terminal capture-pane -p -t top; }
shows() { screen 2>/dev/null | grep -qE -- "$1"; }
press() { terminal send-keys -t top "$@"; }
bars() { screen | sed -n '1p;$p'; }
widest() { screen | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'; }
told() { screen | sed 's/^/#   |/'; }

command -v tmux >/dev/null || skip "no tmux"
[[ -x /usr/sbin/sshd ]] || skip "no sshd"
cluster_network
cluster_sentinels
check_within 20 "four sentinels are content" cluster_settled

text=$(ctl 3 top 2>&1 </dev/null) || :
check "without a terminal it says what to use instead" "grep -q 'this is no terminal: use skewctl status' <<<\"\$text\""
open_top 80 24 3 top
check_within 20 "at 80x24: the verdict is first" "shows '^db3 agrees with the cluster: '"
check "under a bar that names host, cluster and state, and is live" "bars | head -n 1 | grep -qE '^ db3 in cluster lab: OK +live  2[0-9-]+ [0-9:]+ UTC'"
check "the keys are on the last line" "bars | tail -n 1 | grep -qE '^ q quit \\[1 all\\] 2 matrix  3 events  4 why  \\? help  space pause'"
check "every peer is there" "shows '^db1 +database +ok' && shows '^db2 +database +ok' && shows '^mon1 +witness +ok'"
check_within 10 "and what happened" "shows '^Events' && shows 'info +mon1 answers'"
told
before=$(bars)
check_within 10 "it is live" "[[ \$(bars) != \"\$before\" ]]"
ctl 3 drill --offset 1900s --for 10m >/dev/null
check_within 15 "a drill turns the bar and the sentence" \
	"shows '^ db3 in cluster lab: CRITICAL \\(DRILL\\)' && shows '^DRILL: db3 is 1900 s ahead .* of the cluster; 3 of 4 agree'"
check_within 10 "and is in the events" "shows 'error +DRILL: db3 is 1900 s ahead'"
told
press 2
check_within 10 "2: the matrix" "shows '\\[2 matrix\\]' && shows '^db1 +\\+1900 s +\\. +[+-]' && shows '^db3 +critical +critical +drill'"
press 3
check_within 10 "3: the events" "shows '\\[3 events\\]' && shows 'a drill was asked for by user id 0'"
press 4
check_within 10 "4: why" "shows '\\[4 why\\]' && shows '^critical +raised +500 ms +3, needs 3'"
press '?'
check_within 10 "?: help" "shows '\\[\\? help\\]' && shows '^Space +what is shown stays'"
press '?' 1 Space
check_within 10 "Space: it stays as it is" "shows 'PAUSED'"
sleep 1.5
before=$(screen)
check_for 3 "as long as one likes" "[[ \$(screen) == \"\$before\" ]]"
press Space
check_within 10 "until Space is pressed again" "shows ' live '"

terminal resize-window -t top -x 200 -y 60
check_within 10 "at 200x60 the matrix has room beside the rest" \
	"[[ \$(screen | wc -l) == 60 ]] && shows '^Matrix' && shows '^db1 +\\+1900 s' && shows '^Events' && shows '^Peer'"
check "the keys are on the last line again" "bars | tail -n 1 | grep -qE '^ q quit \\[1 all\\]'"
told
terminal resize-window -t top -x 60 -y 14
check_within 10 "a smaller one is filled as well as can be" "[[ \$(screen | wc -l) == 14 ]] && bars | tail -n 1 | grep -qE '^ q quit .*1-[0-9]+/'"
press Down Down
check_within 10 "and scrolls" "bars | tail -n 1 | grep -qE ' 3-[0-9]+/'"
check "nothing is wider" "((\$(widest) <= 60))"
terminal resize-window -t top -x 30 -y 8
check_within 10 "one that is too small says so" "shows '^Too small: make it 80x24'"
terminal resize-window -t top -x 80 -y 24
check_within 10 "and is none any more" "shows '^DRILL: db3'"

sentinel_kill 3 STOP
check_within 20 "a daemon that hangs: what is seen is called old" "shows 'NO ANSWER for [0-9]' && shows '^What is below is old: no answer from '"
sentinel_kill 3 CONT
check_within 20 "until it answers" "shows ' live ' && ! shows 'NO ANSWER'"
sentinel_kill 3
check_within 20 "one that is dead, too" "shows 'NO ANSWER for [0-9]' && shows 'refused\\)'"
sentinel_start 3
check_within 20 "until there is a new one" "shows '^ db3 in cluster lab: OK +live '"
press q
check_within 10 "q: it ends, and leaves the terminal as it was" "shows '^ended with 0'"

# Over ssh. db2's server runs on db2 alone, and nothing else of db2 can be reached that says anything of its clock.
mkdir -p "$SSH_DIR" "$LAB_DIR/bin" "$(host_dir 2)/run/sshd"
ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/host"
ssh-keygen -q -t ed25519 -N '' -f "$SSH_DIR/user"
cat >"$SSH_DIR/sshd_config" <<-CONFIG
	Port 2222
	HostKey $SSH_DIR/host
	AuthorizedKeysFile $SSH_DIR/user.pub
	PermitRootLogin prohibit-password
	StrictModes no
	PidFile none
	SetEnv PATH=$CLUSTER_USR/bin:/usr/bin:/bin
CONFIG
cat >"$SSH_DIR/ssh_config" <<-CONFIG
	Port 2222
	IdentityFile $SSH_DIR/user
	UserKnownHostsFile $SSH_DIR/known
	StrictHostKeyChecking accept-new
	LogLevel ERROR
	BatchMode yes
	ConnectTimeout 20
CONFIG
# The configuration that a user has in ~/.ssh.
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$SSH_DIR/ssh_config" >"$LAB_DIR/bin/ssh"
chmod 0755 "$LAB_DIR/bin/ssh"
chmod 0755 "$(host_dir 2)/run/sshd"
into_host 2 /usr/sbin/sshd -D -e -f "$SSH_DIR/sshd_config" >"$SSH_DIR/log" 2>&1 </dev/null &
server=$!
far() { at 1 env PATH="$LAB_DIR/bin:$CLUSTER_USR/bin:$PATH" timeout 60 skewctl -H root@db2 "$@"; }
check_within 20 "db2 lets db1 in over ssh" "far version 2>/dev/null | grep -q '^skew-sentinel '"
check "skewctl -H db2 status is db2's" "far status </dev/null | grep '^Cluster   lab; this is db2' >/dev/null"
check "so is its JSON" "far --json status </dev/null | jq -e '.node == \"db2\"' >/dev/null"
check "and what it judged, judged again" "far events --replay </dev/null | grep 'comes to the same finding' >/dev/null"
reason="it's \$(hostname) \"quoted\"; exit 9"
check "what one writes arrives as it was written" \
	"far hold --for 1m --reason \"\$reason\" </dev/null >/dev/null && [[ \$(status 2 .hold.reason) == \"\$reason\" ]]"
far unhold </dev/null >/dev/null
far why nobody </dev/null >/dev/null 2>&1 && code=0 || code=$?
check "the exit status is that of there" "((code == 1))"
text=$(at 1 skewctl -H -oProxyCommand=date status 2>&1) || :
check "a host is no option" "grep -qF 'give [USER@]HOST' <<<\"\$text\""
open_top 80 24 1 -H root@db2 top
check_within 30 "skewctl -H db2 top fills the screen with db2's" "shows '^ db2 in cluster lab: OK +live '"
told
press q
check_within 20 "and ends" "shows '^ended with 0'"
close_top
kill "$server"
wait "$server" 2>/dev/null || :
the_end
