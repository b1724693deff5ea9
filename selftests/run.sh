#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: run.sh [PROGRAM…]
#
# Runs the test programs of this directory, or those named, with the kernel's
# own runner.  A program during which the kernel complained has failed, whatever
# it says itself.  Lies next to the programs; kselftest/ is in the directory
# above, as in a kernel tree.

here=$(cd "$(dirname "$0")" && pwd)
export BASE_DIR="${here%/*}"
# shellcheck source=/dev/null
. "$BASE_DIR/kselftest/runner.sh"

mark() {
	echo "physvm selftest: $1 begins" >/dev/kmsg
}

complaints() {
	dmesg | sed "1,/physvm selftest: $1 begins/d" | grep -E -A 40 -f splats
}

cd "$here" || exit 1
[ $# -gt 0 ] || set -- *_test
echo "TAP version 13"
test_num=0
for program; do
	test_num=$((test_num + 1))
	mark "$program"
	run_one physvm "$here/$program" "$test_num"
	if complaints "$program" >/tmp/complaints; then
		sed 's/^/# kernel: /' /tmp/complaints
		echo "not ok - $program: the kernel complained"
	fi
done
