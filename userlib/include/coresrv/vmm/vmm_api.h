/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The virtual memory calls of KasperskyOS, with memory of physvm's pool.
 */
#ifndef CORESRV_VMM_VMM_API_H
#define CORESRV_VMM_VMM_API_H

#include <coresrv/handle/handle_api.h>
#include <coresrv/vmm/vmm_types.h>
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
 * Its memory may come from KnVmAllocate(), from KnPmmMdlMap() or from the native
 * calls of <physvm.h>.
 *
 * A forked child does not have the memory: KasperskyOS has no fork, and neither
 * sharing nor copying was asked for.  It does have the handles.
 *
 * The signatures of KnVmFree(), KnVmQuery() and the calls of MDL buffers are
 * provisional: no manual of them is public.  Those of KnPmmMdlCreate() and
 * KnPmmMdlMap() fit the programs that use them.
 */

/**
 * KnVmAllocate() - Reserve, and maybe commit, a range of physical pages
 * @addr: physical address of the first page, or 0 to let the system choose; but
 *	see physvm_kn_set_addr_meaning()
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
 * The cache mode is given as asked or the call fails.  VMM_FLAG_WRITE_THROUGH
 * takes the pages from the hidden pool, if there is one; so does an @addr that
 * lies there.
 *
 * Return: the virtual address of the first page.  RTL_NULL on failure, with
 * errno: EINVAL for a contradiction, an unknown flag or an unaligned value,
 * ENOMEM when the pool has not that much left, EDQUOT when a limit of the user or of
 * a cgroup is in the way, ENXIO when @addr is not all pool memory, EBUSY when some of it is taken, EEXIST when something is mapped where
 * a virtual @addr leads, EOPNOTSUPP when the machine cannot
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
 * physvm memory or has a guard page in it; rcOutOfMemory when the pool has not
 * that much left, which is of regions reserved under PHYSVM_ADDR_VIRTUAL alone.
 */
Retcode KnVmCommit(void *addr, rtl_size_t size, int flags);

/**
 * KnVmDecommit() - Take pages back to the reserved state
 * @addr: virtual address of the first page
 * @size: bytes; not 0
 *
 * Contents are lost, and a touch is SIGSEGV until KnVmCommit(), in every mapping
 * of the memory.  Pages that are reserved only are left alone.
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

/**
 * KnVmQuery() - Ask about one page
 * @addr: any address in the page
 * @info: filled in on success
 *
 * The signature is provisional.
 *
 * Return: rcOk, or rcInvalidArgument when @addr is not physvm memory.
 */
Retcode KnVmQuery(void *addr, VmmPageInfo *info);

/**
 * DOC: MDL buffers
 *
 * An MDL buffer is memory to be mapped any number of times, by processes that
 * are handed it.  All its mappings show the same pages.  It lives until its last
 * handle is closed and its last mapping freed, with KnVmUnmap(), in whichever
 * process they are; a mapping needs no handle.
 *
 * Its rights are the most any mapping of it may ever have.  They are bits of
 * VMM_FLAG_RWX_MASK in any combination, but not none; VMM_FLAG_WRITE alone is
 * allowed, though processors let such memory be read as well.
 *
 * All pages are committed and zero at first.  KnVmDecommit() of a mapping takes
 * them from every mapping.
 */

/**
 * KnPmmMdlCreate() - Make an MDL buffer
 * @size: bytes; not 0
 * @flags: its rights
 * @handle: set on success
 *
 * The signature is provisional.
 *
 * Return: rcOk, rcInvalidArgument, rcOutOfMemory when the pool has not that much
 * left, rcQuotaExceeded when there are too many handles.
 */
Retcode KnPmmMdlCreate(rtl_size_t size, int flags, Handle *handle);

/**
 * KnPmmMdlCreateFromBuf() - Make an MDL buffer with a copy of some memory
 * @buf: what to copy; any memory that can be read
 * @size: bytes of it, any number but 0; the buffer has whole pages
 * @flags: the buffer's rights
 * @handle: set on success
 *
 * What is left of the last page is zero.  The signature is provisional.
 *
 * Return: as KnPmmMdlCreate().
 */
Retcode KnPmmMdlCreateFromBuf(const void *buf, rtl_size_t size, int flags, Handle *handle);

/**
 * KnPmmMdlCreateFromVm() - Make an MDL buffer of memory that is mapped
 * @addr: virtual address of the first page
 * @size: bytes; not 0
 * @flags: the buffer's rights, within what the mapping may have
 * @handle: set on success
 *
 * Nothing is copied: the caller's memory is a mapping of the buffer from now on.
 * It has to be of one region, and there is no guard in it.  Pages that are
 * reserved only are so in all mappings.  The signature is provisional.
 *
 * Return: as KnPmmMdlCreate(); rcInvalidArgument also when the range is not all
 * physvm memory.
 */
Retcode KnPmmMdlCreateFromVm(void *addr, rtl_size_t size, int flags, Handle *handle);

/**
 * KnPmmMdlClone() - Make another MDL buffer of the same pages
 * @mdl: handle of an MDL buffer
 * @clone: set on success; of the same size and rights
 *
 * The signature is provisional.
 *
 * Return: rcOk, rcInvalidArgument, rcQuotaExceeded when there are too many
 * handles.
 */
Retcode KnPmmMdlClone(Handle mdl, Handle *clone);

/**
 * KnPmmMdlGetSize() - Ask how large an MDL buffer is
 * @mdl: handle of an MDL buffer
 * @size: set on success; bytes
 *
 * The signature is provisional.
 *
 * Return: rcOk or rcInvalidArgument.
 */
Retcode KnPmmMdlGetSize(Handle mdl, rtl_size_t *size);

/**
 * KnPmmMdlMap() - Map an MDL buffer, or a part of it
 * @mdl: handle of an MDL buffer
 * @offset: first byte of the part
 * @length: its bytes; not 0
 * @hint: virtual address that would be welcome, or 0
 * @vmflags: protection, within the rights of @mdl; no bit is no access
 * @addr: set on success
 *
 * When something is mapped at @hint, or nothing can be, another address is
 * chosen.  The signature is provisional.
 *
 * Return: rcOk, or rcInvalidArgument when @mdl is not an MDL buffer's handle,
 * when a value is unaligned, the part leads beyond the end or the protection
 * exceeds the rights, or for any other flag; rcSecurityDisallow when a policy
 * forbids WRITE with EXECUTE; rcOutOfMemory when the process has not that many
 * addresses left.
 */
Retcode KnPmmMdlMap(Handle mdl, rtl_size_t offset, rtl_size_t length, void *hint, int vmflags,
		    void **addr);

#ifdef __cplusplus
}
#endif

#endif /* CORESRV_VMM_VMM_API_H */
