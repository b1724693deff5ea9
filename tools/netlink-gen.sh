#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: netlink-gen.sh [DIRECTORY]
#
# Writes what follows from uapi/netlink/physvm.yaml: uapi/physvm_netlink.h,
# module/netlink_gen.c and module/netlink_gen.h, with the kernel's own generator
# out of its source package. Into DIRECTORY, or to where they belong.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=../selftests/vm/lib.sh
. "$top/selftests/vm/lib.sh"
# shellcheck source=../selftests/vm/apt.sh
. "$top/selftests/vm/apt.sh"

out=${1-$top}
spec=uapi/netlink/physvm.yaml

# The generator wants to find the top of a kernel tree, by this file.
unpack() {
	say "fetching the kernel's netlink generator"
	apt_unpack trixie "$1/package" linux-source-6.12
	tar -C "$1" --strip-components=1 -xJf "$1/package/usr/src/linux-source-6.12.tar.xz" \
		linux-source-6.12/tools/net/ynl linux-source-6.12/Documentation/netlink
	rm -rf "$1/package"
	touch "$1/MAINTAINERS"
}

# Names are those of our tree, not of the kernel's.
adapt() {
	sed -e "s,Documentation/netlink/specs/physvm.yaml,$spec," \
		-e 's,#include "[^"]*",#include "netlink_gen.h",' \
		-e 's,#include <uapi/linux/physvm_netlink.h>,#include "../uapi/physvm_netlink.h",' \
		-e 's,#include <net/genetlink.h>,#include "compat_netlink.h",' \
		-e '/#include <net\/netlink.h>/d' \
		-e 's/{ "events", },/{ "events", .flags = GENL_MCAST_CAP_SYS_ADMIN },/' \
		-e 's/_LINUX_PHYSVM_GEN_H/PHYSVM_NETLINK_GEN_H/'
}

# generate MODE KIND FILE
generate() {
	(cd "$work/tools/net/ynl" &&
		/usr/bin/python3 ynl-gen-c.py --mode "$1" "--$2" -o "$work/out" \
			--spec ../../../Documentation/netlink/specs/physvm.yaml)
	adapt <"$work/out" >"$out/$3"
}

need_packages python3-yaml python3-jsonschema
apt_lists trixie
tree=$cache/ynl-$(apt_version trixie linux-source-6.12)
once "$tree" unpack
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$tree/." "$work"
cp "$top/$spec" "$work/Documentation/netlink/specs/"
mkdir -p "$out/uapi" "$out/module"
generate uapi header uapi/physvm_netlink.h
generate kernel header module/netlink_gen.h
generate kernel source module/netlink_gen.c
