#!/usr/bin/env bash
# The power fails, again and again, while a sentinel writes down what it does: in a virtual machine with a journalling file
# system, that is switched off in the midst of it. What was said to be on disk is there after the next start; what was being
# written is the old one or the new one, in whole.
# Environment: CUTS (how many, 3), SEED.
export LAB_NODES=1 LAB_WITNESSES=0
# shellcheck source=tests/lab/story.sh
. "$(dirname "$0")/story.sh"
story power
# shellcheck source=tests/lab/vm
. "$(dirname "$0")/vm"

missing=$(vm_missing)
[[ -z $missing ]] || skip "$missing"

cluster_clean() { vm_clean; }
cluster_options() { :; }
story_show() { tail -n 3 "$(host_dir 1)/console" | sed 's/^/#   console: /'; }
sentinel_pid() { return 1; } # there is none

SAID=$(host_dir 1)/said
said() { wc -l <"$SAID"; }
has_begun() { (($(said) > 20)); }
# A line that the cut came into has not been said.
said_wholly() { sed -nE '/^[0-9]+ [a-z-]+ (set|none)$/p' "$SAID"; }

power_on() {
	vm_on 1
	vm_put 1 "$SKEW_BUILD/tests/lab/records" /usr/bin/records
	# Without the file system's own remedy for those who forget to sync.
	vm_run 1 "mkdir -p /state && mount -t ext4 -o noauto_da_alloc /dev/vda /state"
}

# write_and_cut FIRST MS [UNSYNCED]: the power fails MS after the first deeds.
write_and_cut() {
	: >"$SAID"
	vm_run 1 "records write /state /dev/ttyS1 $1 ${3:-} >/run/records.log 2>&1 &"
	wait_for 60 has_begun || not_ok "records are written: $(vm_run 1 'cat /run/records.log')"
	sleep "$(printf '%d.%03d' $(($2 / 1000)) $(($2 % 1000)))"
	vm_cut 1
	DEEDS=$((DEEDS + $(said)))
}

show() { # LINES, as what is no check
	local line
	while read -r line; do [[ -z $line ]] || tell "  $line"; done <<<"$1"
}

# What is not as it should be after the next start; nothing where all is well.
wrong_after() {
	{
		said_wholly
		echo cut
		vm_run 1 "records read /state"
	} | awk -f "$LAB_HERE/power.awk"
}

# A whole sentinel, which keeps what it remembers on the disk.
sentinel_on() {
	local program
	for program in sbin/skew-sentinel bin/skewctl; do vm_put 1 "$CLUSTER_USR/$program" "/usr/$program"; done
	vm_put 1 "$LAB_DIR/sentinel.yaml" /etc/skew-sentinel/sentinel.yaml
	vm_put 1 "$LAB_DIR/mesh/db1.keys" /etc/skew-sentinel/keys
	vm_run 1 "
		chmod 0755 / /etc /etc/skew-sentinel /state && chmod 0644 /etc/skew-sentinel/sentinel.yaml
		chown root:$LAB_USER /etc/skew-sentinel/keys && chmod 0640 /etc/skew-sentinel/keys
		mkdir -p /run/skew-sentinel /state/sentinel
		chown $LAB_USER:$LAB_USER /run/skew-sentinel /state/sentinel
		start-stop-daemon -S -b -c $LAB_USER -x /usr/sbin/skew-sentinel"
	wait_for 60 "vm_run 1 'skewctl --json status' >\"\$LAB_DIR/status\" 2>/dev/null" || not_ok "the sentinel answers"
}
held() { jq -r '.hold.reason // "no hold"' "$LAB_DIR/status"; }

CUTS=${CUTS:-3}
SEED=${SEED:-$$}
RANDOM=$SEED
tell "seed $SEED"
DEEDS=0
wrong=""

lab_make_dir
mkdir -p "$(host_dir 1)"
VM_DISK_1=$LAB_DIR/disk
truncate -s 16M "$VM_DISK_1"
mke2fs -q -t ext4 -b 1024 "$VM_DISK_1"
vm_network
vm_initrd
power_on
for ((cut = 1; cut <= CUTS; cut++)); do
	write_and_cut $((cut * 100000)) $((RANDOM % 1500))
	power_on
	now=$(wrong_after)
	[[ -z $now ]] || wrong+="cut $cut: $now"$'\n'
done
tell "$CUTS cuts in the midst of $DEEDS deeds"
check "what was said to be on disk was there, and nothing was half of anything" "[[ -z \$wrong ]]"
show "$wrong"

tell "== a hold, and at once the power fails"
cluster_install
mkdir -m 0700 "$LAB_DIR/mesh"
skewctl keygen --mesh db1 mon1 --out "$LAB_DIR/mesh" >/dev/null
LAB_WITNESSES=1 cluster_yaml >"$LAB_DIR/sentinel.yaml"
echo "state: /state/sentinel" >>"$LAB_DIR/sentinel.yaml"
sentinel_on
check "there is none" "[[ \$(held) == 'no hold' ]]"
check "skewctl hold" "vm_run 1 \"skewctl hold --reason 'disk of db1 is replaced'\""
vm_cut 1
power_on
sentinel_on
check "it holds after the next start" "[[ \$(held) == 'disk of db1 is replaced' ]]"

tell "== whether this could fail"
write_and_cut $((cut * 100000)) 200 all
power_on
now=$(wrong_after)
check "without fsync it does" "[[ -n \$now ]]"
show "$now"
vm_cut 1
check "the disk is whole" "e2fsck -fp \"\$VM_DISK_1\" >\"\$LAB_DIR/fsck\" 2>&1 || ((\$? == 1))"
the_end
