#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: fetch.sh KERNEL…
#
# Gets what tests on these kernels need, so that they find it in the cache, and
# prints the kernels' releases.  Exit status 119: there is no such kernel.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=apt.sh
. "$here/apt.sh"
# shellcheck source=kernel.sh
. "$here/kernel.sh"

for name; do
	kernel "$name"
	printf '%s\n' "$kernel_release"
done
