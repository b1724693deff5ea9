#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernels-doc.sh KERNEL…
#
# Prints docs/kernels.md: what check.sh recorded in build/results when it last
# ran all of its tests on each of the kernels, and which kernels it did not run on.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
results=${here%/*}/build/results

files=() missing=
for kernel; do
	if grep -q '^commit' "$results/$kernel" 2>/dev/null; then
		files+=("$results/$kernel")
	else
		missing+=" $kernel"
	fi
done
if [ ${#files[@]} = 0 ]; then
	echo "There are no results; make check-kernels check-debug" >&2
	exit 1
fi
busybox awk -v missing="$missing" -f "$here/kernels.awk" "${files[@]}"
