# shellcheck shell=bash
# shellcheck disable=SC2034 # kernel_* are read by the files that include this
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels to test on.  kernel NAME sets
#
#   kernel_release	what uname -r says in it
#   kernel_key		a name that no other kernel has
#   kernel_image	to be booted
#   kernel_root		has lib/modules/$kernel_release
#   kernel_build	where modules for it are built...
#   kernel_chroot	...inside this directory, if not empty
#
# NAME is a line of Debian kernels, "newest", "debug", or a kernel's build tree.
# Every result is kept in the cache under the exact version it was made from.

kernel() {
	case $1 in
	6.1) debian_kernel bookworm bookworm amd64 ;;
	6.1-rt) debian_kernel bookworm bookworm rt-amd64 ;;
	6.12) debian_kernel trixie trixie amd64 ;;
	7.2) debian_kernel trixie trixie-backports amd64 ;;
	newest) newest_debian_kernel ;;
	debug) debug_kernel ;;
	*) tree_kernel "$1" ;;
	esac
}

# debian_kernel RELEASE SUITE FLAVOUR
debian_kernel() {
	apt_lists "$1"
	kernel_release=$(newest_kernel "$@")
	[ -n "$kernel_release" ] || die "found no kernel in $2"
	kernel_key=$kernel_release
	debian_packages "$1"
}

# newest_kernel RELEASE SUITE FLAVOUR: such as 6.1.0-56-amd64
newest_kernel() {
	apt_known "$1" "kernel-$2-$3" look_up_kernel "$@"
}

look_up_kernel() {
	local prefer=
	[ "$1" = "$2" ] || prefer=$2
	apt_of "$1" apt-cache -o APT::Default-Release="$prefer" depends "linux-image-$3" |
		sed -n 's/.*Depends: linux-image-\([0-9].*\)/\1/p' | head -n 1
}

# Whatever Debian has that is newer than all kernels with a name of their own.
# Its release stays the same from one -rc to the next, its package's version not.
newest_debian_kernel() {
	local suite version
	suite=$(newest_suite)
	[ -n "$suite" ] || no_such_kernel "this machine's mirror gives no package lists of sid or experimental"
	version=$(newest_version "$suite")
	dpkg --compare-versions "$version" gt "$(newest_named_version)" ||
		no_such_kernel "$suite has nothing newer than trixie-backports: $version"
	kernel_release=$(apt_of "$suite" apt-cache show "linux-image-amd64=$version" |
		sed -n 's/^Depends:.*linux-image-\([0-9][^ ,]*\).*/\1/p')
	kernel_key=$kernel_release-$version
	(debian_packages "$suite") || no_such_kernel "cannot get the packages of $kernel_release"
	debian_packages "$suite"
}

newest_suite() {
	local suite
	for suite in experimental sid; do
		(apt_lists "$suite") 2>/dev/null && printf '%s\n' "$suite" && return
	done
}

newest_named_version() {
	apt_lists trixie
	newest_version trixie
}

# newest_version RELEASE: of all its suites
newest_version() {
	apt_of "$1" apt-cache madison linux-image-amd64 | cut -d '|' -f 2 | tr -d ' ' |
		sort -V | tail -n 1
}

# debian_packages RELEASE
debian_packages() {
	local dir=$cache/debian/$kernel_key
	need_packages kmod xz-utils zstd binutils
	once "$dir" unpack_kernel "$1" "$kernel_release"
	kernel_image=$dir/vmlinux
	kernel_root=$dir
	debian_headers "$1"
}

# unpack_kernel RELEASE KERNEL DIRECTORY: the kernel and its modules, which newer
# Debians spread over several packages and under usr/
unpack_kernel() {
	local packages=()
	say "fetching kernel $2"
	for part in image binary modules base; do
		[ -z "$(apt_version "$1" "linux-$part-$2")" ] || packages+=("linux-$part-$2")
	done
	apt_unpack "$1" "$3" "${packages[@]}"
	[ ! -d "$3/usr/lib/modules" ] || mv "$3/usr/lib" "$3/lib"
	for image in "$3"/boot/vmlinuz* "$3/lib/modules/$2"/vmlinuz*; do
		[ ! -e "$image" ] || decompress "$image" >"$3/vmlinux"
	done
	depmod -b "$3" "$2"
}

# decompress IMAGE: an emulated processor would take seconds for that at each boot
decompress() {
	"$("$vm_dir/kselftest.sh" scripts)/extract-vmlinux" "$1" || die "$1 has no vmlinux"
}

# debian_headers RELEASE: on this machine if it runs that release, else in a
# chroot of it, whose C library the kernel's build tools want
debian_headers() {
	kernel_build=/usr/src/linux-headers-$kernel_release
	kernel_chroot=
	if [ "$(host_codename)" = "$1" ]; then
		host_headers "$1"
		return
	fi
	kernel_chroot=$cache/chroots/$kernel_key
	[ -e "$kernel_chroot" ] || need_root "building modules for Debian $1"
	once "$kernel_chroot" make_chroot "$1" "$kernel_release"
}

# host_headers RELEASE.  Those of other flavours are not installed: they would
# be what `make` takes for the newest.
host_headers() {
	local dir=$cache/headers/$kernel_key
	if [ "${kernel_release%-rt-amd64}" = "$kernel_release" ]; then
		need_packages make gcc "linux-headers-$kernel_release"
		return
	fi
	need_packages make gcc
	once "$dir" unpack_headers "$1" "$kernel_release"
	kernel_build=$dir/usr/src/linux-headers-$kernel_release
}

# unpack_headers RELEASE KERNEL DIRECTORY: they name no absolute path but one
unpack_headers() {
	local packages
	mapfile -t packages < <(headers_need "$1" "$2" | grep '^linux-[hk]')
	say "fetching the headers of $2"
	apt_unpack "$1" "$3" "linux-headers-$2" "${packages[@]}"
	sed -i "s,/usr/src,${3%.new}/usr/src," "$3/usr/src/linux-headers-$2/Makefile"
}

# headers_need RELEASE KERNEL: the packages without the kernel itself, with
# which 6.12 would bring a boot loader's worth of others
headers_need() {
	apt_of "$1" apt-cache depends "linux-headers-$2" |
		sed -n 's/^ *Depends: //p' | grep -vE '^linux-(image|base)'
}

# make_chroot RELEASE KERNEL DIRECTORY.  The headers are unpacked only;
# everything they need to work is installed.
make_chroot() {
	need_packages mmdebstrap debian-archive-keyring
	say "making a chroot of Debian $1 with the headers of $2"
	quietly "$3.log" mmdebstrap --variant=essential --aptopt="$(valid_until)" \
		--include="make,gcc,perl,$(headers_need "$1" "$2" | paste -sd ,)" \
		"$(base_of "$1")" "$3" "$cache/apt/$1/sources/debian.sources"
	apt_unpack "$1" "$3" "linux-headers-$2"
	mkdir -p "$3/physvm"
}

# tree_kernel DIRECTORY: a kernel built by hand
tree_kernel() {
	[ -e "$1/include/config/kernel.release" ] || die "--kernel $1: no name of one, no build tree"
	kernel_build=$(cd "$1" && pwd)
	kernel_release=$(cat "$1/include/config/kernel.release")
	kernel_key=$kernel_release-$(printf %s "$kernel_build" | sha256sum | cut -c 1-12)
	kernel_image=$kernel_build/arch/x86/boot/bzImage
	kernel_chroot=
	kernel_root=$kernel_build/installed
	[ -e "$kernel_image" ] || die "--kernel $1: no arch/x86/boot/bzImage"
	need_packages make gcc kmod
	once "$kernel_root" install_modules "$kernel_build"
}

# install_modules TREE DIRECTORY
install_modules() {
	quietly "$2.log" make -C "$1" modules_install INSTALL_MOD_PATH="$2"
}

debug_kernel() {
	local version config tree
	apt_lists bookworm
	version=$(apt_version bookworm linux-source-6.1)
	config=$(sha256sum <"$vm_dir/debug.config" | cut -c 1-12)
	tree=$cache/kernels/debug-$version-$config
	once "$tree" build_debug_kernel
	tree_kernel "$tree"
}

# lockdep and kmemleak run all the time, mostly in tables of their own: with KASAN in them
# region_test took half as long again.  Locks are checked where they are taken, too.
unwatched=(KASAN_SANITIZE_{lockdep,kmemleak,unwind_frame,stacktrace}.o=n)

# build_debug_kernel DIRECTORY
build_debug_kernel() {
	need_packages make gcc bc bison flex libelf-dev libssl-dev kmod lz4 xz-utils
	say "building the debug kernel, once; it takes minutes"
	kernel_source "$1"
	configure_debug_kernel "$1"
	quietly "$1.log" make -C "$1" -j"$(nproc)" "${unwatched[@]}" bzImage modules
}

configure_debug_kernel() {
	quietly "$1.log" make -C "$1" tinyconfig
	cat "$vm_dir/debug.config" >>"$1/.config"
	quietly "$1.log" make -C "$1" olddefconfig
	if grep CONFIG_ "$vm_dir/debug.config" | grep -vxFf "$1/.config" >&2; then
		die "debug.config: the kernel's configuration did not take these"
	fi
}

# kernel_source DIRECTORY [MEMBER…]: the tree, or some of it
kernel_source() {
	local dir=$1 deb
	shift
	need_packages xz-utils
	deb=$(mktemp -d)
	apt_lists bookworm
	apt_unpack bookworm "$deb" linux-source-6.1
	tar -C "$dir" --strip-components=1 -xJf "$deb"/usr/src/linux-source-6.1.tar.xz \
		"${@/#/linux-source-6.1/}"
	rm -rf "$deb"
}
