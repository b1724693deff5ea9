#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: run.sh [-s SECONDS] [PROGRAM…]
#
# Runs the test programs of this directory, or those named, with the kernel's
# own runner.  A program during which the kernel complained, or after which
# pages of the pool are missing, has failed, whatever it says itself.  Lies next
# to the programs; kselftest/ is in the directory above, as in a kernel tree.
# Programs that have not begun SECONDS after the boot are skipped.

here=$(cd "$(dirname "$0")" && pwd)
export BASE_DIR="${here%/*}"
# shellcheck source=/dev/null
. "$BASE_DIR/kselftest/runner.sh"

mark() {
	echo "physvm selftest: $1 begins" >/dev/kmsg
}

# The runner's own keeps lines back where there is no perl.  A slow test says so, and
# the kernel's log shows which test was running.  (No shell reads these lines: it would
# do so byte by byte.)
tap_prefix() {
	awk '/^#  RUN / {
		start = systime()
		print "physvm selftest: " $3 " begins" >"/dev/kmsg"
		fflush("/dev/kmsg")
	}
	{ print "# " $0 }
	/^# +(OK|FAIL) / && systime() - start >= 10 {
		print "# # " $3 " took " systime() - start " s"
	}
	{ fflush() }'
}

# What the kernel said since the program began, from its first complaint on, to
# the file; that complaint, and the test before it, to stdout.
complaint() {
	dmesg | sed "1,/physvm selftest: $1 begins/d" >/tmp/log
	grep -E -A 40 -f splats /tmp/log >"$2" || return
	first=$(grep -nE -m 1 -f splats /tmp/log)
	printf '%s' "${first#*:}"
	head -n "${first%%:*}" /tmp/log |
		sed -n 's/.*physvm selftest: \(.*\) begins/ (after \1 began)/p' | tail -n 1
}

check_kernel() {
	if said=$(complaint "$1" /tmp/complaints); then
		sed 's/^/# kernel: /' /tmp/complaints
		echo "not ok - $1: the kernel complained: $said"
	fi
}

# init knows how; it says nothing if they are all there.
check_pool() {
	missing=$(/init check-pool 2>&1)
	[ -z "$missing" ] || echo "not ok - $1: the pool did not come back: $missing"
}

uptime() {
	cut -d. -f1 /proc/uptime
}

run() {
	start=$(uptime)
	run_one physvm "$here/$1" "$test_num"
	echo "# $1 took $(($(uptime) - start)) s"
	check_kernel "$1"
	check_pool "$1"
}

seconds=
[ "$1" != -s ] || { seconds=$2 && shift 2; }
cd "$here" || exit 1
[ $# -gt 0 ] || set -- *_test
echo "TAP version 13"
echo "1..$#"
echo "# release: $(uname -r) $(uname -v | grep -oE 'PREEMPT_RT|Debian [^ ]*' | tr '\n' ' ')"
test_num=0
for program; do
	test_num=$((test_num + 1))
	if [ -n "$seconds" ] && [ "$(uptime)" -ge "$seconds" ]; then
		echo "ok $test_num selftests: physvm: $program # SKIP no time is left"
		continue
	fi
	mark "$program"
	run "$program"
done
