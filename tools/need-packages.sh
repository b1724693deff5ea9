#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: need-packages.sh PACKAGE…
#
# Makes sure the Debian packages are installed: root gets them installed,
# anybody else is told the one line to run.
set -eu

missing=()
for package; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	printf 'Packages are missing. Please run:\n  sudo apt-get install --no-install-recommends %s\n' \
		"${missing[*]}" >&2
	exit 1
fi

# Several of us may want some at a time, and apt's lock for lists is not waited for.
exec 9>/run/lock/physvm-packages
flock 9

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" </dev/null
}

printf 'installing %s\n' "${missing[*]}" >&2
apt update >/dev/null
apt install -y --no-install-recommends "${missing[@]}" >/dev/null
