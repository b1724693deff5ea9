# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds physvm.ko for the kernel that kernel.sh chose, in a copy of the
# sources under build/, and prints its path.  The modules of selftests/kmod are
# built along with it, in kmod/ next to it.

build_module() {
	local out=$top/build/$kernel_key
	mkdir -p "$out/src"
	(
		flock 9
		copy_sources "$out/src" && build_what_changed "$out"
	) 9>"$out/lock" || fail_build "$out/build.log"
	printf '%s\n' "$out/src/physvm.ko"
}

# Kbuild would find out itself, but takes seconds for that.
build_what_changed() {
	local sum
	sum=$(checksum "$1/src")
	[ "$sum" != "$(cat "$1/built" 2>/dev/null)" ] || return 0
	rm -f "$1/built"
	run_kbuild "$1/src" >"$1/build.log" 2>&1 </dev/null && printf '%s\n' "$sum" >"$1/built"
}

# checksum FOLDER: of what decides what is built in it
checksum() (
	cd "$1" || exit
	find . -type f \( -name '*.[chS]' -o -name Kbuild \) ! -name '*.mod.c' -print0 |
		sort -z | xargs -0 sha256sum "$vm_dir/module.sh" | sha256sum
)

fail_build() {
	cat "$1" >&2
	die "physvm.ko does not build for $kernel_release"
}

# Times are kept, so that only what changed is compiled again.  What has been built
# among the sources stays there: of another path, it would be compiled again, too.
copy_sources() {
	find "$1" -name '*.[chS]' ! -name '*.mod.c' -delete
	copy_to "$1" "$top" Kbuild module uapi
	copy_to "$1" "$vm_dir/.." kmod
	printf 'obj-m += kmod/\n' >>"$1/Kbuild"
}

# copy_to TARGET FOLDER NAME…
copy_to() (
	target=$1
	cd "$2" || exit
	shift 2
	find -L "$@" -type f \( -name '*.[chS]' -o -name Kbuild \) ! -name '*.mod.c' |
		cpio --quiet -pdmuL "$target"
)

run_kbuild() {
	if [ -z "$kernel_chroot" ]; then
		make -j"$(nproc)" -C "$kernel_build" M="$1" W=1 KCFLAGS=-Werror modules
	else
		unshare --mount --propagation "$(propagation)" \
			"$vm_dir/chroot-build.sh" "$kernel_chroot" "$1" "$kernel_build"
	fi
}

# Where / is no mount point, as in a chroot, nothing can be made private.
propagation() {
	if unshare --mount true 2>/dev/null; then
		echo private
	else
		echo unchanged
	fi
}
