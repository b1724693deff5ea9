# shellcheck shell=bash
# shellcheck disable=SC2034 # emulator is read by the files that include this
# SPDX-License-Identifier: GPL-2.0-only
#
# The emulator.  emulator sets $emulator, a command.
#
# Before 8.1 a thread of QEMU may keep what it has translated of a page that another
# one changed meanwhile.  Linux changes its own code when an event or a static key
# is switched, and the guest's processor then runs into the same int3 for ever.
# (7.2 was seen to, 10.0 not; that 8.1 is where it ended is from QEMU's history.)
# Where this machine has an older one a newer comes from its release's backports;
# the libraries and the firmware are those of the older.
#
# With --icount there is one thread only, and this machine's own will do: QEMU 10
# counts a copied page as some 780 instructions more than 7.2 does.

EMULATOR_LEAST=8.1

emulator() {
	local release version
	need_packages qemu-system-x86
	emulator=qemu-system-x86_64
	[ -z "$icount" ] || return 0
	! is_new_enough || return 0
	release=$(host_codename)
	(apt_lists "$release") || return 0
	version=$(apt_version "$release" "qemu-system-x86/$release-backports")
	if [ -z "$version" ] || dpkg --compare-versions "$version" lt "1:$EMULATOR_LEAST"; then
		say "QEMU is older than $EMULATOR_LEAST and $release-backports have none: guests may hang"
		return
	fi
	once "$cache/qemu/$version" unpack_emulator "$release"
	emulator=$cache/qemu/$version/usr/bin/qemu-system-x86_64
}

is_new_enough() {
	dpkg --compare-versions "$(emulator_version)" ge "$EMULATOR_LEAST"
}

emulator_version() {
	"$emulator" --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p'
}

# unpack_emulator RELEASE DIRECTORY
unpack_emulator() {
	local package packages=()
	say "fetching a newer QEMU"
	for package in x86 common data; do
		packages+=("qemu-system-$package/$1-backports")
	done
	apt_unpack "$1" "$2" "${packages[@]}"
	quietly "$2.log" "$2/usr/bin/qemu-system-x86_64" --version
}
