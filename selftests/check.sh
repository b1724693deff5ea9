#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: check.sh [-t PROGRAM]… [KERNEL…]
#
# Runs the test programs of build/selftests on each kernel (6.1), all in one
# guest, or those named by -t, then the guests of boots.list.  TAP; the last
# line is "N passed, N failed".  What was skipped is listed, and is neither.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
built=$top/build/selftests
only=()

# boot NAME OPTION… -- PROGRAM…: one guest and its place in the stream
boot() {
	local name=$1 status=0
	shift
	printf 'boot: %s\n' "$name"
	"$here/vm/run.sh" "$@" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		printf 'ok - the guest\n'
	else
		printf 'not ok - the guest: exit status %s\n' "$status"
	fi
}

boot_tests() {
	local kernel=$1 files=()
	for test in "$built"/*_test; do
		files+=(--file "$test:/test/physvm/${test##*/}")
	done
	for file in run.sh splats settings; do
		files+=(--file "$here/$file:/test/physvm/$file")
	done
	boot "$kernel" --kernel "$kernel" --timeout 3000 --disk 256M \
		--file "$("$here/vm/kselftest.sh")/kselftest:/test/kselftest" \
		--file /usr/bin/timeout:/usr/bin/timeout \
		"${files[@]}" -- /test/physvm/run.sh ${only[@]+"${only[@]}"}
}

# Options and arguments are words without quoting.
# shellcheck disable=SC2086
boot_extras() {
	local kernel=$1 name options program
	while IFS='|' read -r name options program; do
		case $name in '' | '#'*) continue ;; esac
		boot "$kernel, ${name% }" --kernel "$kernel" $options -- "$built"/${program# } </dev/null
	done <"$here/boots.list"
}

main() {
	while [ "${1-}" = -t ]; do
		only+=("$2")
		shift 2
	done
	[ $# -gt 0 ] || set -- 6.1
	for kernel; do
		boot_tests "$kernel"
		[ ${#only[@]} -gt 0 ] || boot_extras "$kernel"
	done
}

main "$@" | busybox awk -f "$here/tap.awk"
exit "${PIPESTATUS[1]}"
