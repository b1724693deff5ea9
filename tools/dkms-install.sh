#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: dkms-install.sh [KERNEL]
#
# Hands the module's sources to DKMS and has it built and installed for KERNEL,
# or for the kernel that `make` builds for.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
"$top/tools/need-packages.sh" dkms make gcc libc6-dev
build=$("$top/tools/kernel-headers.sh")
kernel=${1:-$(basename "$(dirname "$build")")}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")
sources=/usr/src/physvm-$version

if [ -n "$(dkms status -m physvm -v "$version")" ]; then
	dkms remove -m physvm -v "$version" --all
fi
rm -rf "$sources"
mkdir -p "$sources"
for part in Kbuild dkms.conf module uapi; do
	(cd "$top" && find "$part" -name '*.[ch]' -o -name Kbuild -o -name dkms.conf) |
		(cd "$top" && cpio --quiet -pdm "$sources")
done
dkms add -m physvm -v "$version"
dkms build -m physvm -v "$version" -k "$kernel"
dkms install -m physvm -v "$version" -k "$kernel"
