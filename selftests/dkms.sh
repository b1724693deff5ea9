#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does DKMS build, install, load and remove physvm?  Really installs it for the
# 6.1 kernel of the test guest, and takes it away again.  TAP.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=vm/lib.sh
. "$here/vm/lib.sh"
# shellcheck source=vm/apt.sh
. "$here/vm/apt.sh"
# shellcheck source=vm/kernel.sh
. "$here/vm/kernel.sh"
need_root "DKMS"
need_packages dkms kmod

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")
number=0 failed=0

# expect NAME COMMAND…
expect() {
	local name=$1 status=0
	shift
	number=$((number + 1))
	"$@" </dev/null >"$log" 2>&1 || status=$?
	sed 's/^/# /' "$log"
	if [ "$status" = 0 ]; then
		printf 'ok %s dkms: %s\n' "$number" "$name"
	else
		printf 'not ok %s dkms: %s # exit=%s\n' "$number" "$name" "$status"
		failed=$((failed + 1))
	fi
}

is_whitelisted() {
	local extra
	extra=$(cd "/usr/src/physvm-$version" &&
		find . -type f | grep -vE '^\./(Kbuild|dkms\.conf|(module|uapi)/[^/]*\.[ch])$') || return 0
	printf 'installed although not needed: %s\n' "$extra"
	return 1
}

is_installed() {
	dkms status -m physvm -v "$version" -k "$kernel_release" | grep -E ': installed *$'
}

# The guest's modprobe is the real one, with the module database of this machine.
loads() {
	local modules=/lib/modules/$kernel_release files=()
	for file in "$modules"/modules.* "$modules/updates"; do
		files+=(--file "$file:$file")
	done
	# shellcheck disable=SC2016 # for the guest's shell
	"$here/vm/run.sh" --no-module "${files[@]}" --file /sbin/modprobe:/sbin/modprobe -- sh -euc '
		/sbin/modprobe physvm pool_size=32M
		test -c /dev/physvm
		test "$(cat /sys/module/physvm/parameters/pool_size)" = $((32 << 20))
		test "$(cat /sys/module/physvm/version)" = "$0"' "$version"
}

remove() {
	dkms remove -m physvm -v "$version" --all &&
		rm -r "/usr/src/physvm-$version" &&
		[ ! -e "/lib/modules/$kernel_release/updates/dkms/physvm.ko" ]
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
kernel 6.1
echo "TAP version 13"
expect "make dkms-install" make -C "$top" dkms-install KERNEL="$kernel_release"
expect "only what the module needs is copied" is_whitelisted
expect "it is installed" is_installed
expect "modprobe loads it in a guest" loads
expect "it can be removed" remove
echo "1..$number"
exit "$failed"
