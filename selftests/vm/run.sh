#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
set -eu

usage() {
	cat <<'END'
usage: run.sh [OPTION…] -- PROGRAM [ARGUMENT…]

Boots a kernel in a virtual machine, loads physvm, runs PROGRAM in it as root
in /test, and says whether everything survived.  PROGRAM is a file here, copied
along with its libraries, or else a command of the guest's busybox.

  --kernel NAME     6.1 (default), 6.1-rt (PREEMPT_RT), 6.12, 7.2 (what Debian
                    13's backports have: that or later), newest (what sid or
                    experimental have beyond it), debug, or a kernel's
                    build tree
  --smp N           processors (2)
  --mem SIZE        memory (2G)
  --params "…"      module parameters, such as "pool_size=64M"
  --no-module       do not load physvm (it is built and at /lib/physvm.ko)
  --file SRC[:DST]  copy a file or directory too, to /test unless DST says where
  --disk SIZE       an ext4 file system of that size at /disk
  --shared DIR      this machine's DIR, read-only, at /shared (the debug kernel has
                    no 9P for that)
  --timeout S       seconds until the guest is killed (300)
  --icount          the clock counts instructions: one processor, one nanosecond
                    each; the guest idles 3 s before PROGRAM starts
  --cmdline "…"     more words for the kernel's command line
  --qemu "…"        more arguments for QEMU; %w is a directory of this guest's own
  --keep DIR        leave console, log and verdict there
  --gcov DIR        leave there what was executed of the module, for gcov(1)

--params, --cmdline and --qemu add to what was given before.

Exit status: PROGRAM's, 128+N if signal N killed it, 127 if it did not start; or
  119  there is no such kernel, which only "newest" can be
  120  the kernel complained: a warning, an oops, a lockdep, KASAN, UBSAN report,
       a memory leak
  121  physvm.ko could not be loaded, or not be unloaded afterwards
  122  pages of the pool were not given back
  123  the guest died before it could tell
  124  timeout
  125  this script failed
END
}

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=apt.sh
. "$here/apt.sh"
# shellcheck source=kernel.sh
. "$here/kernel.sh"
# shellcheck source=module.sh
. "$here/module.sh"
# shellcheck source=emulator.sh
. "$here/emulator.sh"
# shellcheck source=initramfs.sh
. "$here/initramfs.sh"
# shellcheck source=qemu.sh
. "$here/qemu.sh"
# shellcheck source=gcov.sh
. "$here/gcov.sh"
# shellcheck source=verdict.sh
. "$here/verdict.sh"

name=6.1 smp=2 mem=2G params='' load=1 files=() disk='' shared=''
timeout=300 icount='' settle='' cmdline='' extra_qemu='' keep='' gcov=''

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--) shift && break ;;
		--help) usage && exit ;;
		--icount) icount=1 settle=3 && shift && continue ;;
		--no-module) load='' && shift && continue ;;
		--*) [ $# -gt 1 ] || die "$1: a value is missing" ;;
		*) break ;;
		esac
		set_option "$1" "$2"
		shift 2
	done
	command=("$@")
	[ $# -gt 0 ] || die "no program given; see --help"
}

set_option() {
	case $1 in
	--kernel) name=$2 ;;
	--smp) smp=$2 ;;
	--mem) mem=$2 ;;
	--params) params+="${params:+ }$2" ;;
	--file) files+=("$2") ;;
	--disk) disk=$2 drivers+=" virtio_blk crc32c_generic ext4" ;;
	--shared) shared=$2 drivers+=" 9pnet_virtio 9p" ;;
	--timeout) timeout=$2 ;;
	--cmdline) cmdline+=" $2" ;;
	--qemu) extra_qemu+=" $2" ;;
	--keep) keep=$2 ;;
	--gcov) gcov=$2 ;;
	*) die "unknown option $1; see --help" ;;
	esac
}

clean_up() {
	if [ -n "$keep" ]; then
		mkdir -p "$keep"
		cp -f "$work"/{console,log,verdict,qemu.log} "$keep" 2>/dev/null || true
	fi
	rm -rf "$work"
}

main() {
	local status=0
	parse "$@"
	need_packages busybox-static cpio gcc libc6-dev kmod procps
	[ -z "$disk" ] || need_packages e2fsprogs
	emulator
	kernel "$name"
	work=$(mktemp -d)
	root=$work/root
	trap clean_up EXIT
	module=$(build_module)
	make_initramfs
	boot_until_up || status=$?
	[ -z "$gcov" ] || keep_counters
	judge "$status"
}

main "$@"
