# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots the guest.  The kernel's console goes to $work/console, through virtio ports the
# program's output to stdout, the verdict, the kernel log since the module was loaded and
# the counters of gcov to $work/verdict, $work/log and $work/gcov.  (Through a serial line
# each byte is an exit of the guest and a write of QEMU's.  With ioeventfd another thread
# has to wake up for each line: ten times slower.)

BOOT_TRIES=3
BOOT_SECONDS=300
IDLE_SECONDS=30
STALLS=4

# A guest that did not get as far as loading physvm says nothing about physvm, so it
# is booted again.  (With an older QEMU it may die of an int3, see emulator.sh.)
boot_until_up() {
	local try status
	for ((try = 1; ; try++)); do
		status=0
		rm -f "$work"/{console,verdict,log,gcov}
		boot_guest || status=$?
		if [ "$try" = $BOOT_TRIES ] || is_up; then
			return "$status"
		fi
		say "the guest died while booting, attempt $try of $BOOT_TRIES:"
		tail -n 5 "$work/console" >&2
	done
}

is_up() {
	grep -qx booted "$work/verdict" 2>/dev/null
}

# A guest that hangs while booting is not waited for as long as a program: no
# guest that boots is idle for long.
watch_boot() {
	local second idle=0 before='' now
	for ((second = 0; second < BOOT_SECONDS && idle < IDLE_SECONDS; second++)); do
		sleep 1
		! is_up || return 0
		now=$(guest_cpu_seconds)
		if [ "$now" = "$before" ]; then idle=$((idle + 1)); else idle=0; fi
		before=$now
	done
	pkill -f "file:$work/console"
}

guest_cpu_seconds() {
	ps -o cputimes= -p "$(pgrep -o -f "^[^ ]*qemu-system.*file:$work/console")"
}

# One that says again and again that a processor is stuck will say it until the
# timeout of all programs together.
watch_stalls() {
	until [ "$(grep -cE 'detected stall|soft lockup|hard LOCKUP' "$work/console")" -ge $STALLS ]; do
		sleep 5
	done
	pkill -f "file:$work/console"
}

watch_guest() {
	watch_boot
	watch_stalls
}

boot_guest() {
	local qemu=("$emulator" -machine q35 -nodefaults -display none -no-reboot)
	add_accelerator
	add_images
	add_ports
	add_storage
	# shellcheck disable=SC2206 # words are wanted
	qemu+=(${extra_qemu//%w/$work})
	watch_guest >/dev/null 2>&1 &
	local watch=$! status
	timeout --foreground -k 5 "$timeout" "${qemu[@]}" </dev/null 2>"$work/qemu.log" | cat
	status=${PIPESTATUS[0]}
	kill "$watch" 2>/dev/null || true
	return "$status"
}

# A processor without virtualization can have /dev/kvm all the same, and guests
# then hang.
have_kvm() {
	[ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo
}

# An emulated rep stosb or movsb writes byte by byte, and with these flags Linux and its
# C library use them to clear and copy: tests that fill the pool took twice as long.
add_accelerator() {
	qemu+=(-cpu "max,-erms,-fsrm")
	if [ -n "$icount" ]; then
		qemu+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
		qemu+=(-smp 1)
	elif have_kvm; then
		qemu+=(-accel kvm -accel "tcg,thread=multi" -smp "$smp")
	else
		qemu+=(-accel "tcg,thread=multi" -smp "$smp")
	fi
}

# A guest that waits for a busy host must not take its clock for broken.
add_images() {
	local line="console=ttyS0 quiet panic=-1 log_buf_len=4M loglevel=4"
	line+=" no_timer_check tsc=reliable"
	qemu+=(-m "$mem" -kernel "$kernel_image" -initrd "$work/initramfs")
	qemu+=(-append "$line $cmdline")
}

add_ports() {
	qemu+=(-chardev "stdio,id=output,signal=off")
	qemu+=(-serial "file:$work/console")
	qemu+=(-device "virtio-serial-pci,max_ports=4,ioeventfd=off" -device "virtconsole,chardev=output")
	for port in verdict log ${gcov:+gcov}; do
		qemu+=(-chardev "file,id=$port,path=$work/$port")
		qemu+=(-device "virtserialport,chardev=$port,name=$port")
	done
}

add_storage() {
	if [ -n "$disk" ]; then
		truncate -s "$disk" "$work/disk"
		quietly "$work/mkfs.log" /sbin/mkfs.ext4 -q -F "$work/disk"
		qemu+=(-drive "file=$work/disk,if=virtio,format=raw,cache=unsafe")
	fi
	if [ -n "$shared" ]; then
		qemu+=(-virtfs "local,path=$shared,mount_tag=shared,security_model=none,readonly=on")
	fi
}
