#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does tap.awk count right, and say of every failure where it happened?  Each
# file of tap/ has a stream, a line "----" and what is to come of it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/selftests"
printf 'TEST_F(a, nothing)\nTEST_F_TIMEOUT(a, works, 60)\n{\nTEST(crashes)\n' >"$dir/selftests/a_test.c"
printf '\n\nTEST_F(a, works)\n' >"$dir/selftests/b_test.c"

tap() {
	busybox awk -v sources="$dir/selftests" -f "$here/tap.awk"
}

# The part behind the plan, without the table
summary() {
	sed '1,/^1\.\./d' | grep -E '^# (skipped|failed): |^[0-9]+ passed, '
}

# Its own output, read again, says the same; the plan of the first time is gone.
check() {
	local status=0
	sed '/^----$/,$d' "$1" >"$dir/in"
	sed '0,/^----$/d' "$1" >"$dir/expected"
	tap <"$dir/in" >"$dir/out" || status=$?
	tap <"$dir/out" >"$dir/again" || true
	summary <"$dir/out" | diff -u "$dir/expected" - &&
		summary <"$dir/again" | diff -u "$dir/expected" - &&
		check_status "$status" "$(tail -n 1 "$dir/expected")"
}

check_status() {
	case $2 in
	0\ passed* | *[!0]\ failed | *[1-9]0\ failed) [ "$1" != 0 ] ;;
	*) [ "$1" = 0 ] ;;
	esac
}

failed=0
for file in "$here"/tap/*; do
	check "$file" || { printf 'tap.awk: %s\n' "${file##*/}" && failed=1; }
done
exit "$failed"
