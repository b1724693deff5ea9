#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: coverage.sh OUTPUT PHYSVM.KO
#
# Says how much of the module the fuzzer came by: OUTPUT has its "# place"
# lines, offsets into .text; the module calls KCOV at each place there is, and
# what KCOV sees is the address of the instruction behind the call.
set -eu

# FUNCTION OFFSET, for each place
places() {
	objdump -dr --no-show-raw-insn -j .text "$1" | awk '
		/^[0-9a-f]+ <.*>:$/ { name = substr($2, 2, length($2) - 3) }
		called && /^ *[0-9a-f]+:/ { print name, substr($1, 1, length($1) - 1) }
		{ called = /__sanitizer_cov_trace_pc/ }'
}

# shellcheck disable=SC2016 # awk's
summary='
NR == FNR { seen[$3] = 1; next }
{
	total[$1]++
	all++
	if ($2 in seen) {
		count[$1]++
		covered++
	}
}
END {
	if (!all) {
		print "# the module has no places: built without KCOV since"
		exit
	}
	printf "# coverage: %d of %d places, %.1f %%\n", covered, all, 100 * covered / all
	for (name in total)
		if (count[name] < total[name])
			printf "#   %-24s %d of %d\n", name, count[name], total[name] | "sort"
}'

places "$2" | awk "$summary" <(grep '^# place ' "$1") -
