#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs the files of tools/admin into a folder of its own, and has the programs
# they are for read them there.
set -eu

cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
lib=$root/usr/lib
fail() {
	echo "$*"
	exit 1
}

make -s install-admin DESTDIR="$root" PREFIX=/usr

# The group comes to be.
mkdir "$root/etc"
systemd-sysusers --root="$root" >/dev/null 2>&1
grep -q '^physvm:' "$root/etc/group" || fail "systemd-sysusers makes no group"

# Every example is what modprobe understands, of parameters there are.
sed -i 's/^#options/options/' "$lib/modprobe.d/physvm.conf"
options=$(modprobe -C "$lib/modprobe.d" --showconfig | sed -n 's/^options physvm //p')
parameters=$(grep -hoE 'module_param(_cb|_named)?\(\w+' module/*.c | sed 's/.*(//' | sort)
named=$(tr ' ' '\n' <<<"$options" | sed 's/=.*//' | sort)
unknown=$(comm -23 <(printf '%s\n' "$named") <(printf '%s\n' "$parameters"))
[ -n "$named" ] || fail "modprobe reads nothing"
[ -z "$unknown" ] || fail "there are no parameters $unknown"

# As udev 254 has it; before, the words it knows.
rules=$lib/udev/rules.d/70-physvm.rules
if udevadm verify --help >/dev/null 2>&1; then
	udevadm verify --root="$root" "/usr/lib/udev/rules.d/70-physvm.rules"
else
	! grep -vE '^#|^((KERNEL|SUBSYSTEM)=="\w+", )+GROUP="\w+", MODE="0660"$' "$rules" ||
		fail "$rules is wrong"
fi
grep -q "^g $(sed -n 's/.*GROUP="\(\w*\)".*/\1/p' "$rules") " "$lib/sysusers.d/physvm.conf" ||
	fail "the rule's group is not the one made"
