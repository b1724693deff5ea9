# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the guest boots into: init, busybox, drivers, physvm.ko, the program and
# whatever it needs.  Everything is put together under $root.

# Modules of Debian's kernels, with what they depend on; elsewhere built in.
drivers="virtio_pci virtio_console"

make_initramfs() {
	mkdir -p "$root"/{bin,etc/vm,lib/drivers,test,tmp,root}
	add_init
	add_busybox
	add_drivers
	add_modules
	add_orders
	add_program
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/initramfs"
}

# Debug information is 12 of the 13 MB that loading the module would copy.
add_modules() {
	for file in "$module" "${module%/*}"/kmod/*.ko; do
		strip -g -o "$root/lib/${file##*/}" "$file"
	done
}

add_init() {
	local include=$work/include
	mkdir -p "$include/linux"
	ln -s "$top/uapi/physvm.h" "$include/linux/physvm.h"
	gcc -static -O2 -Wall -I"$include" -o "$root/init" "$vm_dir/init.c"
}

add_busybox() {
	cp /bin/busybox "$root/bin"
	"$root/bin/busybox" --install "$root/bin"
	printf 'root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
}

# Numbered in the order to load them in, and decompressed.
add_drivers() {
	local n=100
	for driver in $drivers; do
		for file in $(driver_files "$driver"); do
			add_driver "$file" "$n"
			n=$((n + 1))
		done
	done
}

driver_files() {
	/sbin/modprobe -d "$kernel_root" -S "$kernel_release" --show-depends "$1" 2>/dev/null |
		sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

add_driver() {
	local name
	name=$(basename "$1")
	case $name in
	*.xz) xz -dc "$1" >"$root/lib/drivers/$2-${name%.xz}" ;;
	*.zst) zstd -qdc "$1" >"$root/lib/drivers/$2-${name%.zst}" ;;
	*) cp "$1" "$root/lib/drivers/$2-$name" ;;
	esac
}

# One file each; init.c looks for them.
add_orders() {
	local orders=$root/etc/vm
	printf '%s' "$params" >"$orders/params"
	printf '%s\0' "${command[@]}" >"$orders/argv"
	[ -z "$settle" ] || printf '%s' "$settle" >"$orders/settle"
	[ -z "$disk" ] || touch "$orders/disk"
	[ -z "$shared" ] || touch "$orders/shared"
	[ -n "$load" ] || touch "$orders/no-module"
	[ -z "$gcov" ] || touch "$orders/gcov"
}

# A program that is no file here is one of the guest's own.
add_program() {
	if [ -f "${command[0]}" ]; then
		add_file "${command[0]}:/test/$(basename "${command[0]}")"
		basename "${command[0]}" | tr '\n' '\0' >"$root/etc/vm/argv"
		[ ${#command[@]} = 1 ] || printf '%s\0' "${command[@]:1}" >>"$root/etc/vm/argv"
	fi
	for file in ${files[@]+"${files[@]}"}; do
		add_file "$file"
	done
}

# add_file SOURCE[:TARGET]
add_file() {
	local source=${1%%:*} target=${1#*:}
	[ "$target" != "$1" ] || target=/test/$(basename "$source")
	[ -e "$source" ] || die "no such file: $source"
	mkdir -p "$root$(dirname "$target")"
	cp -aLT "$source" "$root$target"
	find -L "$source" -type f -perm /111 | while read -r file; do
		add_libraries "$file"
	done
}

# ldd says "name => path (address)" or "path (address)"
add_libraries() {
	for library in $(ldd "$1" 2>/dev/null | sed -n 's/.*[\t ]\(\/[^ ]*\) (0x.*/\1/p'); do
		[ -e "$root$library" ] || install -D "$library" "$root$library"
	done
}
