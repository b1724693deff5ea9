#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: coverage.sh
#
# Which lines of the module the guests of the last `check.sh debug` executed, all
# of them together, by file; then each line nobody did.  TAP.  Fails below 90 %,
# and when docs/coverage.md does not explain a line that was not reached, or
# explains one that is not there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}

# Notes without counters are lines nobody executed.
count_lines() {
	for guest in "$top"/build/coverage/*; do
		(cd "$guest" && gcov -t ./*.gcno 2>"$guest/gcov.log") || cat "$guest/gcov.log" >&2
		! grep -i 'mismatch' "$guest/gcov.log" >&2 || exit 1
	done
}

"$top/tools/need-packages.sh" gcc busybox-static
if ! ls "$top"/build/coverage/*/main.gcda >/dev/null 2>&1; then
	echo "coverage.sh: no counters in build/coverage; run make check-debug" >&2
	exit 1
fi
count_lines | busybox awk -v least=90 -v explanations="$top/docs/coverage.md" \
	-f "$here/coverage.awk"
exit "$((PIPESTATUS[0] | PIPESTATUS[1]))"
