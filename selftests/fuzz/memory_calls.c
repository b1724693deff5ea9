// SPDX-License-Identifier: GPL-2.0-only
/*
 * What anybody may do to a range of addresses.
 */
#include <errno.h>
#include <linux/mman.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "oracle.h"

#define MAX_TOUCHED 1024
#define FORETOLD 16	/* one in so many touches is compared with what query says */

static bool touch_page(struct machine *machine, uint64_t addr, uint64_t page, bool write)
{
	if (page % FORETOLD && page != 1)
		return !oracle_plain_touch(machine, addr, write);
	return oracle_touch(machine, addr, write);
}

long call_touch(struct machine *machine, const uint64_t *args)
{
	uint64_t i;

	for (i = 0; i < args[1] && i < MAX_TOUCHED; i++)
		if (!touch_page(machine, args[0] + i * PAGE, i, args[2]))
			return -EFAULT;
	return 0;
}

static long note_region(struct machine *machine, uint64_t slot, long addr, uint64_t length)
{
	if (addr < 0)
		return addr;
	machine->regions[slot].addr = addr;
	machine->regions[slot].length = length;
	return 0;
}

/* Raw system calls: addresses are to be as strange as they are. */
static long system_call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			uint64_t f)
{
	long result;

	fail_arm();
	result = result_of(syscall(nr, a, b, c, d, e, f));
	fail_disarm();
	return result;
}

/* @addr is a wish unless a flag says it is more. */
long call_mmap(struct machine *machine, const uint64_t *args)
{
	const uint64_t fixed = MAP_FIXED | MAP_FIXED_NOREPLACE;
	const uint64_t addr = args[4] & fixed ? args[1] : 0;

	return note_region(machine, args[0],
			   system_call(SYS_mmap, addr, args[2], args[3], args[4], args[5], args[6]),
			   args[2]);
}

long call_munmap(struct machine *machine, const uint64_t *args)
{
	return system_call(SYS_munmap, args[0], args[1], 0, 0, 0, 0);
}

long call_mremap(struct machine *machine, const uint64_t *args)
{
	return note_region(machine, args[0],
			   system_call(SYS_mremap, args[1], args[2], args[3], args[4], args[5], 0),
			   args[3]);
}

/* What protect_check says now. */
static int check_protect(struct machine *machine, const uint64_t *args)
{
	struct physvm_protect_check check = {
		.size = sizeof(check),
		.prot = args[2],
		.addr = args[0],
		.length = args[1],
	};

	return ioctl(machine->device, PHYSVM_PROTECT_CHECK, &check) ? errno : 0;
}

/* protect_check has to have foreseen it; that splitting needs memory, it cannot. */
long call_mprotect(struct machine *machine, const uint64_t *args)
{
	const int check = check_protect(machine, args);
	const bool injected = fail_nth;
	const long result = system_call(SYS_mprotect, args[0], args[1], args[2], 0, 0, 0);

	if (machine->racing || injected || args[2] & ~7ull)
		return result;
	if (!check && result && result != -ENOMEM)
		complain(machine, "protect_check allows what mprotect refuses: %ld", result);
	if ((check == EACCES || check == EPERM) && !result)
		complain(machine, "protect_check refuses (%d) what mprotect does", check);
	return result;
}

long call_madvise(struct machine *machine, const uint64_t *args)
{
	if (args[2] == MADV_HWPOISON || args[2] == MADV_SOFT_OFFLINE)
		return -EPERM;
	return system_call(SYS_madvise, args[0], args[1], args[2], 0, 0, 0);
}

long call_mlock(struct machine *machine, const uint64_t *args)
{
	return system_call(SYS_mlock2, args[0], args[1], args[2], 0, 0, 0);
}

long call_munlock(struct machine *machine, const uint64_t *args)
{
	return system_call(SYS_munlock, args[0], args[1], 0, 0, 0, 0);
}

long call_msync(struct machine *machine, const uint64_t *args)
{
	return system_call(SYS_msync, args[0], args[1], args[2], 0, 0, 0);
}

long call_mincore(struct machine *machine, const uint64_t *args)
{
	static char vector[BLOCK / PAGE * 16];

	if (args[1] / PAGE > sizeof(vector))
		return -EINVAL;
	return system_call(SYS_mincore, args[0], args[1],
			   args[2] ?: (uintptr_t)vector, 0, 0, 0);
}

static long copy_across(long nr, uint64_t here, uint64_t there, uint64_t length)
{
	struct iovec local = { (void *)here, length }, remote = { (void *)there, length };

	return system_call(nr, getpid(), (uintptr_t)&local, 1, (uintptr_t)&remote, 1, 0);
}

long call_vm_read(struct machine *machine, const uint64_t *args)
{
	return copy_across(SYS_process_vm_readv, args[0], args[1], args[2]);
}

long call_vm_write(struct machine *machine, const uint64_t *args)
{
	return copy_across(SYS_process_vm_writev, args[0], args[1], args[2]);
}
