#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints where modules are built for the running kernel, or else for the newest
# kernel whose headers are installed; installs some if there are none.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
running=/lib/modules/$(uname -r)/build

newest() {
	find /lib/modules -mindepth 2 -maxdepth 2 -name build 2>/dev/null | sort -V | tail -n 1
}

if [ -d "$running" ]; then
	printf '%s\n' "$running"
	exit
fi
[ -n "$(newest)" ] || "$here/need-packages.sh" linux-headers-amd64
newest
