#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kselftest.sh [scripts]
#
# Prints the directory with the kernel's own test framework, or with its
# scripts/checkpatch.pl and extract-vmlinux, out of the kernel's source package.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=apt.sh
. "$here/apt.sh"
# shellcheck source=kernel.sh
. "$here/kernel.sh"

# The harness includes nothing else of the tree, lib.mk nothing at all.
members=(
	tools/testing/selftests/{lib.mk,kselftest.h,kselftest_harness.h,kselftest}
	scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch,extract-vmlinux}
)

unpack() {
	say "fetching the kernel's test framework and scripts"
	kernel_source "$1" "${members[@]}"
}

apt_lists bookworm
tree=$cache/scripts-$(apt_version bookworm linux-source-6.1)
once "$tree" unpack
case ${1-} in
scripts) printf '%s\n' "$tree/scripts" ;;
*) printf '%s\n' "$tree/tools/testing/selftests" ;;
esac
