/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The virtual memory calls of KasperskyOS, with memory of physvm's pool.
 */
#ifndef CORESRV_VMM_VMM_API_H
#define CORESRV_VMM_VMM_API_H

#include <rtl/retcode.h>
#include <rtl/types.h>
#include <vmm/flags.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * Sizes and addresses are in bytes and multiples of the page size unless stated
 * otherwise.  A call that fails has changed nothing.  Every call that returns a
 * Retcode may return rcDeviceNotFound when the physvm module is not loaded,
 * rcSecurityDisallow when /dev/physvm may not be opened, rcQuotaExceeded when
 * no file descriptor is left and rcOutOfMemory when the kernel has no memory
 * left; what else a call returns is said there.
 *
 * A range may be part of a region and may span several that touch each other.
 * Its memory may come from KnVmAllocate() or from the native calls of
 * <physvm.h>.
 *
 * A forked child does not have the memory: KasperskyOS has no fork, and neither
 * sharing nor copying was asked for.
 */

/**
 * KnVmAllocate() - Reserve, and maybe commit, a range of physical pages
 * @addr: physical address of the first page, or 0 to let the system choose
 * @size: bytes, not counting guards; not 0
 * @flags: VMM_FLAG_*, with VMM_FLAG_RESERVE
 *
 * The pages leave the pool at once and are zero.  Without VMM_FLAG_COMMIT a
 * touch is SIGSEGV until KnVmCommit(); with it pages appear when touched; with
 * VMM_FLAG_LOCKED too they are there on return.  VMM_FLAG_LOCKED alone, and
 * VMM_FLAG_GROW_DOWN, are recorded and change nothing.
 *
 * VMM_FLAG_LOW_GUARD and VMM_FLAG_HIGH_GUARD add a page below and above which
 * is SIGSEGV for ever.  They cost addresses and no memory.
 *
 * The cache mode is given as asked or the call fails.
 *
 * Return: the virtual address of the first page.  RTL_NULL on failure, with
 * errno: EINVAL for a contradiction, an unknown flag or an unaligned value,
 * ENOMEM when the pool has not that much left, ENXIO when @addr is not all pool
 * memory, EBUSY when some of it is taken, EOPNOTSUPP when the machine cannot
 * give the cache mode, EPERM when a policy forbids WRITE with EXECUTE or
 * /dev/physvm may not be opened, ENODEV when the module is not loaded, EMFILE,
 * ENFILE.
 */
void *KnVmAllocate(void *addr, rtl_size_t size, int flags);

/**
 * KnVmCommit() - Make reserved pages accessible
 * @addr: virtual address of the first page
 * @size: bytes; not 0
 * @flags: ignored; VMM_FLAG_LOCKED by convention
 *
 * The pages are there on return, with the protection they were reserved with.
 * Pages committed before keep their contents; others are zero.
 *
 * Return: rcOk, or rcInvalidArgument when the range is unaligned, not all
 * physvm memory or has a guard page in it.
 */
Retcode KnVmCommit(void *addr, rtl_size_t size, int flags);

/**
 * KnVmDecommit() - Take pages back to the reserved state
 * @addr: virtual address of the first page
 * @size: bytes; not 0
 *
 * Contents are lost, and a touch is SIGSEGV until KnVmCommit().  Pages that are
 * reserved only are left alone.
 *
 * Return: rcOk, or rcInvalidArgument when the range is unaligned, not all
 * physvm memory or has a guard page in it.
 */
Retcode KnVmDecommit(void *addr, rtl_size_t size);

/**
 * KnVmProtect() - Change the protection of reserved or committed pages
 * @addr: virtual address of the first page
 * @size: bytes; not 0
 * @newFlags: protection bits as for KnVmAllocate(); no bit is no access
 *
 * A cache mode or guard flag in @newFlags is accepted when every region in the
 * range has it, since that changes nothing.
 *
 * Return: rcOk, or rcInvalidArgument when the range is unaligned, not all
 * physvm memory or has a guard page in it, when the protection exceeds what the
 * memory was made for, or for any other flag; rcSecurityDisallow when a policy
 * forbids WRITE with EXECUTE; rcOutOfMemory when the kernel ran out of
 * mappings: only then may the beginning of the range have changed.
 */
Retcode KnVmProtect(void *addr, rtl_size_t size, int newFlags);

/**
 * KnVmUnmap() - Free pages
 * @addr: virtual address of the first page
 * @size: bytes; not 0; rounded up to whole pages
 *
 * A guard page goes together with the page it guards.
 *
 * Return: rcOk, or rcInvalidArgument when the range is unaligned, not all
 * physvm memory or begins or ends inside a guard.
 */
Retcode KnVmUnmap(void *addr, rtl_size_t size);

/**
 * KnVmFree() - Free a whole region
 * @ptr: address KnVmAllocate() returned
 *
 * Of the time before KnVmUnmap().  The signature is provisional: it is known
 * from its use alone.
 *
 * Return: rcOk, or rcInvalidArgument when @ptr is not where a region begins.
 */
Retcode KnVmFree(void *ptr);

#ifdef __cplusplus
}
#endif

#endif /* CORESRV_VMM_VMM_API_H */
