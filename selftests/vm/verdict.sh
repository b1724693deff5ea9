# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What became of the guest, as run.sh's exit status.  The worst comes first: a
# kernel that complained says more than a program that failed.

EXIT_SPLAT=120
EXIT_MODULE=121
EXIT_POOL=122
EXIT_DIED=123
EXIT_TIMEOUT=124

judge() {
	local qemu_status=$1
	[ "$qemu_status" != "$EXIT_TIMEOUT" ] || fail_boot "$EXIT_TIMEOUT" "timeout after $timeout s"
	grep -qx 'done' "$work/verdict" 2>/dev/null ||
		fail_boot "$EXIT_DIED" "the guest died (QEMU's exit status is $qemu_status)"
	judge_leaks
	judge_log
	judge_module
	judge_pool
	exit "$(told exit)"
}

# told WORD: the rest of the verdict's line that begins with it
told() {
	sed -n "s/^$1 //p" "$work/verdict"
}

fail() {
	say "kernel $kernel_release: $2"
	exit "$1"
}

# first_splat LOG: its first line, behind a colon
first_splat() {
	grep -m 1 -Ef "$vm_dir/../splats" "$1" | sed 's/^/: /'
}

fail_boot() {
	local log=$work/console
	if grep -qEf "$vm_dir/../splats" "$log"; then
		say "the kernel said:"
		grep -m 1 -EA 60 -f "$vm_dir/../splats" "$log" >&2
	else
		say "the end of the kernel's log:"
		tail -n 30 "$log" >&2
	fi
	head -n 5 "$work/qemu.log" >&2
	fail "$1" "$2$(first_splat "$log")"
}

judge_log() {
	local taint
	taint=$(told taint)
	if [ -e "$work/log" ] && grep -qEf "$vm_dir/../splats" "$work/log"; then
		say "the kernel said:"
		grep -m 1 -B 3 -EA 60 -f "$vm_dir/../splats" "$work/log" >&2
		fail "$EXIT_SPLAT" "the kernel complained$(first_splat "$work/log")"
	fi
	[ -z "$taint" ] || fail "$EXIT_SPLAT" "the kernel tainted itself ($taint)"
	! grep -qx log-lost "$work/verdict" || fail "$EXIT_DIED" "the kernel's log was lost"
}

judge_leaks() {
	! grep -qx leaks-unknown "$work/verdict" ||
		fail "$EXIT_SPLAT" "kmemleak has switched itself off"
	[ -n "$(told kmemleak)" ] || return 0
	say "the module was at: $(told address)"
	told kmemleak >&2
	fail "$EXIT_SPLAT" "kmemleak found leaks of $(leaking_programs)"
}

leaking_programs() {
	told kmemleak | sed -n 's/.*comm "\([^"]*\)".*/\1/p' | sort -u | paste -sd ' '
}

judge_module() {
	local why
	why=$(told insmod)
	if [ -n "$why" ]; then
		tail -n 20 "$work/log" >&2
		fail "$EXIT_MODULE" "physvm.ko does not load: error $why"
	fi
	why=$(told rmmod)
	[ -z "$why" ] || fail "$EXIT_MODULE" "physvm.ko cannot be unloaded any more: error $why"
}

judge_pool() {
	local why
	why=$(told pool)
	[ -z "$why" ] || fail "$EXIT_POOL" "the pool did not come back to its baseline: $why"
}
