#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernels-doc.sh KERNEL…
#
# Prints docs/kernels.md: what check.sh recorded in build/results when it last
# ran on each of the kernels.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
results=${here%/*}/build/results

files=()
for kernel; do
	if ! grep -q '^commit' "$results/$kernel" 2>/dev/null; then
		printf 'There are no results of %s; selftests/check.sh %s makes them.\n' \
			"$kernel" "$kernel" >&2
		exit 1
	fi
	files+=("$results/$kernel")
done
busybox awk -f "$here/kernels.awk" "${files[@]}"
