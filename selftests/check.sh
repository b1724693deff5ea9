#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: check.sh [-s SECONDS] [-t PROGRAM]… [KERNEL…]
#        check.sh [-s SECONDS] -a [-t PROGRAM]… [KERNEL…]
#        check.sh [-s SECONDS] -g [KERNEL…]
#
# Runs the test programs of build/selftests on each kernel (6.1), all in one
# guest, or those named by -t, then the guests of boots.list.  With -a only the
# first, -t saying in which order, with -g only the others.  With -s what has not
# begun after so many seconds is skipped.  TAP; the last line is "N passed, N
# failed".  What was skipped is listed, and is neither.  The results of all programs
# and of the guests are kept in build/results for kernels-doc.sh.
# The programs of build/selftests/host need no kernel: they run here, with 6.1.
# Guests with the debug kernel leave what they executed of the module in
# build/coverage, for coverage.sh.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
built=$top/build/selftests
coverage=$top/build/coverage
only=() kernels=() gcov=() guests=0 part='' seconds=''

# boot KERNEL NAME COMMAND…: one guest and its place in the stream
boot() {
	local name=$2 status=0 began=$SECONDS
	printf 'boot: %s\n' "$1"
	shift 2
	if [ -n "$seconds" ] && [ "$SECONDS" -ge "$seconds" ]; then
		printf 'ok - %s # SKIP %s seconds have passed\n' "$name" "$seconds"
		return
	fi
	"$@" 2>&1 || status=$?
	printf '# %s took %s s\n' "$name" $((SECONDS - began))
	if [ "$status" = 0 ]; then
		printf 'ok - %s\n' "$name"
	else
		printf 'not ok - %s: exit status %s of the guest\n' "$name" "$status"
	fi
}

# Some programs and not all: no records are kept of that.
is_few() {
	[ ${#only[@]} -gt 0 ] && [ "$part" != -a ]
}

# Each guest has a folder of its own for what it executed.
keep_counters() {
	guests=$((guests + 1))
	gcov=()
	[ "$1" != debug ] || is_few || gcov=(--gcov "$coverage/${part#-}$guests")
}

# The programs come with a runner in the guest, and the examples with them.
boot_tests() {
	local kernel=$1 files=()
	keep_counters "$kernel"
	for test in "$built"/*_test; do
		files+=(--file "$test:/test/physvm/${test##*/}")
	done
	for example in "$top"/userlib/build/examples/*; do
		[[ $example = *.d ]] || files+=(--file "$example:/test/physvm/examples/${example##*/}")
	done
	for file in physvmctl test/openmetrics.awk; do
		files+=(--file "$top/tools/physvmctl/$file:/test/physvm/${file##*/}")
	done
	for file in run.sh splats settings; do
		files+=(--file "$here/$file:/test/physvm/$file")
	done
	boot "$kernel" "the guest of all" "$here/vm/run.sh" --kernel "$kernel" --timeout 4200 --disk 256M \
		${gcov[@]+"${gcov[@]}"} \
		--file "$("$here/vm/kselftest.sh")/kselftest:/test/kselftest" \
		--file /usr/bin/timeout:/usr/bin/timeout \
		--file /usr/bin/perl:/usr/bin/perl --file /usr/bin/sort:/usr/bin/sort \
		--file /usr/bin/jq:/usr/bin/jq \
		--file /usr/lib/locale/C.utf8:/usr/lib/locale/C.utf8 \
		"${files[@]}" -- /test/physvm/run.sh ${seconds:+-s $((seconds - SECONDS))} \
		${only[@]+"${only[@]}"}
}

run_here() {
	for test in "$built"/host/*_test; do
		local name=${test##*/} result=ok
		printf '# selftests: physvm: %s\n' "$name"
		"$test" 2>&1 </dev/null | sed -u 's/^/# /'
		[ "${PIPESTATUS[0]}" = 0 ] || result="not ok"
		printf '%s - selftests: physvm: %s\n' "$result" "$name"
	done
}

# These do not; to the stream the guest is the program.
run_alone() {
	printf '# selftests: physvm: %s\n' "$1"
	shift
	"$here/vm/run.sh" "$@" 2>&1 </dev/null | sed -u 's/^/# /'
	return "${PIPESTATUS[0]}"
}

# Options and arguments are words without quoting.
# shellcheck disable=SC2086
boot_extras() {
	local kernel=$1 name kernels options program
	while IFS='|' read -r name kernels options program; do
		case $name in '' | '#'*) continue ;; esac
		[[ " $kernels " = *" $kernel "* ]] || continue
		name=${name% }
		keep_counters "$kernel"
		boot "$kernel" "the guest of $name" run_alone "$name" --kernel "$kernel" \
			${gcov[@]+"${gcov[@]}"} $options -- "$top"/${program# }
	done <"$here/boots.list"
}

# A kernel that is not to be had is skipped.
check_kernel() {
	local kernel=$1 status=0 said
	said=$("$here/vm/fetch.sh" "$kernel" 2>&1) || status=$?
	printf '%s\n' "$said" | sed 's/^/# /'
	if [ "$status" = 119 ]; then
		boot "$kernel" "the guest of all # SKIP ${said##*vm: }" true
		return
	fi
	[ "$part" = -g ] || boot_tests "$kernel"
	[ "$part" = -a ] || [ ${#only[@]} -gt 0 ] || boot_extras "$kernel"
}

parse() {
	if [ "${1-}" = -s ]; then
		seconds=$2
		shift 2
	fi
	case ${1-} in -a | -g)
		part=$1
		shift
		;;
	esac
	while [ "${1-}" = -t ]; do
		only+=("$2")
		shift 2
	done
	kernels=("${@:-6.1}")
}

check_kernels() {
	for kernel in "${kernels[@]}"; do
		[ "$kernel" != 6.1 ] || [ ${#only[@]} -gt 0 ] || [ "$part" = -g ] || run_here
		[ "$kernel" != debug ] || [ "$part" = -g ] || is_few || rm -rf "$coverage"
		check_kernel "$kernel"
	done
}

# What was tested: the commit, if nothing else has been changed since.
commit() {
	git -C "$top" describe --always --dirty=" and changes" 2>/dev/null || echo unknown
}

parse "$@"
records=$top/build/results
! is_few || records=
[ -z "$records" ] || mkdir -p "$records"
check_kernels | busybox awk -v sources="$here" -v records="$records" -v commit="$(commit)" \
	-v hurried="${seconds:+1}" -v append="$([ "$part" != -g ] || echo 1)" \
	-f "$here/tap.awk"
exit "${PIPESTATUS[1]}"
