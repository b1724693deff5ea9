#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What machines can say about style.  TAP.  Options of checkpatch are in
# .checkpatch.conf; .clang-format is for editors, as no version of clang-format
# reproduces the kernel's style exactly.
set -eu

cd "$(dirname "$0")/.."
number=0 failed=0

# expect NAME COMMAND…
expect() {
	local name=$1 said result=ok
	shift
	number=$((number + 1))
	if ! said=$("$@" 2>&1); then
		result="not ok"
		failed=$((failed + 1))
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
	printf '%s %s style: %s\n' "$result" "$number" "$name"
}

# checkpatch IGNORED-TYPES FILE…
checkpatch() {
	local ignored=$1
	shift
	perl "$scripts/checkpatch.pl" --terse --no-summary ${ignored:+--ignore "$ignored"} -f "$@"
}

same_version() {
	grep -F "MODULE_VERSION(\"$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)\");" \
		module/main.c
}

# Tests that settle an open question of the KasperskyOS calls, by its number.
every_question_documented() {
	grep -hoE '\brow[0-9]+_\w+' selftests/*_test.c | sort -u | while read -r test; do
		grep -qF "\`${test#row*_}\`" docs/kasperskyos.md || echo "$test is not in docs/kasperskyos.md"
	done | grep . && return 1
	return 0
}

# Tests of the Möbius calls, in either direction.
mobius_documented() {
	local word tests
	tests=$(sed -nE 's/^TEST(_F)?(_TIMEOUT)?\((.*, )?([a-z][a-z0-9_]*)(, PATIENCE)?\)$/\4/p' \
		selftests/mobius_*_test.c | sort -u)
	for word in $tests; do
		grep -qF "\`$word\`" docs/mobius.md || echo "$word is not in docs/mobius.md"
	done | grep . && return 1
	# shellcheck disable=SC2016
	grep -oE '`[a-z0-9]+_[a-z0-9_]+`' docs/mobius.md | tr -d '\`' | sort -u | while read -r word; do
		grep -qx "$word" <<<"$tests" || grep -qw "$word" userlib/include/mobius/vmm.h ||
			[ -e "userlib/examples/$word.c" ] || echo "there is no $word"
	done | grep . && return 1
	return 0
}

zircon_names() {
	sed -nE 's/^TEST\((\w+)\).*/\1/p; s/^TEST_F\w*\(\w+, (\w+).*/\1/p' \
		selftests/virtual_alloc*_test.c
	sed -n 's/^\t\t\(virtual_alloc_\w*\);$/\1/p' userlib/libphysvm.map
}

# Every test of VirtualAlloc and every function of it, and none that is not there.
all_of_zircon_documented() {
	{
		zircon_names | while read -r name; do
			grep -qF "\`$name\`" docs/zircon.md || echo "$name is not in docs/zircon.md"
		done
		grep -oP '\x60[a-z]+_\w+\x60' docs/zircon.md | tr -d '\140' | while read -r name; do
			grep -qw "$name" selftests/virtual_alloc*.c userlib/include/lib/virtual_alloc.h ||
				echo "docs/zircon.md names $name"
		done
	} | grep . && return 1
	return 0
}

# What is generated is committed, so that the module builds without the generator.
netlink_is_generated() {
	local made
	made=$(mktemp -d)
	tools/netlink-gen.sh "$made"
	diff -ru "$made/uapi/physvm_netlink.h" uapi/physvm_netlink.h &&
		diff -u "$made/module/netlink_gen.h" module/netlink_gen.h &&
		diff -u "$made/module/netlink_gen.c" module/netlink_gen.c
	local result=$?
	rm -rf "$made"
	return "$result"
}

tools/need-packages.sh perl shellcheck busybox-static make gcc g++ libc6-dev man-db \
	systemd kmod libnl-genl-3-dev libjansson-dev pkg-config libxml2-utils jq
scripts=$(selftests/vm/kselftest.sh scripts)
mapfile -t sources < <(find module selftests/kmod -name '*.[ch]' ! -name '*.mod.c' \
	! -name 'compat*.h' ! -name trace.h ! -name 'netlink_gen.*')
mapfile -t programs < <(find tools/physvmctl userlib/netlink -name '*.[ch]' ! -path '*/build/*')
mapfile -t shells < <(find .ci/run selftests tools userlib -name '*.sh' -o -path .ci/run)

echo "TAP version 13"
expect "checkpatch of the module" checkpatch "" "${sources[@]}"
# Version tests are what compat.h is for; some names there are the kernel's.
expect "checkpatch of compat.h" checkpatch LINUX_VERSION_CODE,CONSTANT_COMPARISON,CAMELCASE \
	module/compat.h module/compat_netlink.h
# What looks like calls there is declarations, indented as such.
expect "checkpatch of trace.h" checkpatch PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE module/trace.h
# User space has no BIT(); the number of an ioctl belongs right below its struct.
expect "checkpatch of the interface" checkpatch BIT_MACRO,LINE_SPACING uapi/physvm.h
# Variables of files that include each other are seen from the including one.
expect "netlink policies and enums follow from their description" netlink_is_generated
expect "shellcheck" shellcheck -x -P SCRIPTDIR -e SC2317,SC2154,SC2034 "${shells[@]}"
expect "failures are counted and placed" selftests/tap_test.sh
expect "the userlib's headers, symbols and man pages" make -s -C userlib check
expect "udev, sysusers and modprobe read what is for them" tools/check-admin.sh
expect "checkpatch of physvmctl and its library" checkpatch "$(tr -d ' \n' <<-END
	PREFER_KERNEL_TYPES,CAMELCASE,PREFER_PRINTF,ARRAY_SIZE,EMBEDDED_FUNCTION_NAME,
	MACRO_ARG_REUSE,BIT_MACRO,SPLIT_STRING,VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO
END
)" "${programs[@]}"
expect "physvmctl: what it prints, man page, completion" make -s -C tools/physvmctl check
expect "module and dkms.conf have the same version" same_version
expect "docs/kasperskyos.md has all tests" every_question_documented
expect "docs/mobius.md has all tests, and no others" mobius_documented
expect "docs/zircon.md has all names and tests" all_of_zircon_documented
echo "1..$number"
exit "$failed"
