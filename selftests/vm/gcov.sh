# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the guest executed of the module: its counters, and beside them the notes
# of the compiler they belong to, for the next build makes other ones.

keep_counters() {
	mkdir -p "$gcov"
	if tar -xf "$work/gcov" -C "$gcov" 2>/dev/null && ! grep -qx gcov-lost "$work/verdict"; then
		cp -p "$top/build/$kernel_key"/src/module/*.gcno "$gcov"
	else
		say "kernel $kernel_release: no counters of gcov"
	fi
}
