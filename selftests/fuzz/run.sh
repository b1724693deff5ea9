#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
set -eu

usage() {
	cat <<'END'
usage: run.sh [SECONDS] [OPTION-OF-FUZZ…]

Fuzzes /dev/physvm in a virtual machine for SECONDS (60), beginning with the
programs in corpus/.  Programs that show something new, and those that failed,
are left in build/fuzz/ at the top, with the output.  TAP; the programs that
failed are in it.  Exit status 1: something failed.

KERNEL=debug is the default; without KCOV the fuzzer is blind.  POOL=16M is the
size of the pool: a small one is full more often.  There is a hidden pool of 8M.
END
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/fuzz
kernel=${KERNEL:-debug}

# A line "# program NAME CALL…" is one of the program NAME.
split_programs() {
	sed -n 's/^# program //p' "$out/output" | while read -r name call; do
		printf '%s\n' "$call" >>"$out/$name"
	done
}

# A boot and the checks after the run take their time as well.
run_guest() {
	KCOV_INSTRUMENT=y "$here/../vm/run.sh" --kernel "$kernel" --params "pool_size=${POOL:-16M}" \
		--cmdline "memmap=8M\$0x60000000" --params hidden=8M@0x60000000 \
		--disk 64M --timeout $((seconds + 240)) --file "$here/corpus" \
		--file "$here/../splats" -- "$here/build/fuzz" --seconds "$seconds" \
		--corpus corpus --files /disk --print "$@"
}

report() {
	grep -vE '^# (place|program) |^(not )?ok |^1\.\.' "$out/output" || true
	if grep -q '^# place ' "$out/output"; then
		"$here/coverage.sh" "$out/output" "$top"/build/*-debug-*/src/physvm.ko
	fi
	for program in "$out"/found-*; do
		[ ! -e "$program" ] || printf '# %s\n' "${program#"$top/"}"
	done
	for program in "$out"/{failed,suspect}-*; do
		[ ! -e "$program" ] || (cd "$top" && grep -nH '' "${program#"$top/"}" | sed 's/:/: /2;s/^/# /')
	done
}

# What the fuzzer says, and what became of the guest if it cannot say it.
result() {
	local status=$1
	grep -E '^(not )?ok ' "$out/output" || [ "$status" != 0 ] || status=none
	[ "$status" = 0 ] || grep -q '^not ok ' "$out/output" ||
		printf 'not ok - fuzz: exit status %s of the guest\n' "$status"
	[ "$status" = 0 ]
}

main() {
	local seconds=60 status=0
	case ${1-} in
	--help) usage && exit ;;
	[0-9]*) seconds=$1 && shift ;;
	esac
	make -s -C "$here"
	rm -rf "$out"
	mkdir -p "$out"
	run_guest "$@" >"$out/output" || status=$?
	split_programs
	report
	result "$status" || exit 1
}

main "$@"
