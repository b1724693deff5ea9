// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The virtual memory calls of KasperskyOS.
 */
#include "coresrv/vmm/vmm_api.h"

#include <errno.h>

#include "default_handle.h"
#include "export.h"
#include "kasperskyos_flags.h"
#include "kasperskyos_retcode.h"
#include "physvm.h"
#include "sys.h"

/* Values the device refuses by itself are left to it. */
static int allocate(void *addr, rtl_size_t size, int flags, struct physvm_alloc *alloc)
{
	struct physvm *handle;
	int err;

	*alloc = (struct physvm_alloc){
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_DONTFORK | (addr ? PHYSVM_ALLOC_PHYS : 0),
		.length = size,
		.phys_addr = (uintptr_t)addr,
		.max_prot = PHYSVM_PROT_VALID,
	};
	err = physvm_kn_alloc_flags(flags, alloc);
	if (!err)
		err = physvm_default_handle(&handle);
	if (!err)
		err = physvm_alloc(handle, alloc);
	return err;
}

EXPORT void *KnVmAllocate(void *addr, rtl_size_t size, int flags)
{
	struct physvm_alloc alloc;
	int err = allocate(addr, size, flags, &alloc);

	if (err) {
		errno = -err;
		return RTL_NULL;
	}
	return (void *)(uintptr_t)alloc.out_addr;
}

EXPORT Retcode KnVmCommit(void *addr, rtl_size_t size, int flags)
{
	struct physvm *handle;
	int err = physvm_default_handle(&handle);

	(void)flags;
	if (!err)
		err = physvm_commit(handle, addr, size, PHYSVM_COMMIT_POPULATE);
	return physvm_kn_retcode(err);
}

EXPORT Retcode KnVmDecommit(void *addr, rtl_size_t size)
{
	struct physvm *handle;
	int err = physvm_default_handle(&handle);

	if (!err)
		err = physvm_decommit(handle, addr, size);
	return physvm_kn_retcode(err);
}

/*
 * Region by region.  A guard has no region that would lead on from it, and
 * could not be protected anyway.
 */
static int check_described(struct physvm *handle, void *addr, rtl_size_t size, int flags)
{
	uint64_t at = (uintptr_t)addr, end;

	if (__builtin_add_overflow(at, size, &end))
		return -EINVAL;
	while (at < end) {
		struct physvm_query page;
		int err = physvm_query(handle, (void *)(uintptr_t)at, &page);

		if (err)
			return err;
		if (page.out_state == PHYSVM_PAGE_GUARD)
			return -EACCES;
		if (!physvm_kn_describes(flags, &page))
			return -EINVAL;
		at = page.out_region_addr + page.out_region_length;
	}
	return 0;
}

static int protect(void *addr, rtl_size_t size, int flags)
{
	struct physvm *handle;
	uint32_t prot;
	int err = physvm_kn_protection(flags, &prot);

	if (!err)
		err = physvm_default_handle(&handle);
	if (!err && flags & ~VMM_FLAG_RWX_MASK)
		err = check_described(handle, addr, size, flags);
	if (!err)
		err = physvm_protect(handle, addr, size, prot);
	return err;
}

EXPORT Retcode KnVmProtect(void *addr, rtl_size_t size, int newFlags)
{
	return physvm_kn_retcode(protect(addr, size, newFlags));
}

/* Rounding up a size beyond the last page gives 0, which the device refuses. */
static rtl_size_t whole_pages(rtl_size_t size)
{
	rtl_size_t mask = physvm_sys_page_size() - 1;

	return (size + mask) & ~mask;
}

EXPORT Retcode KnVmUnmap(void *addr, rtl_size_t size)
{
	struct physvm *handle;
	int err = physvm_default_handle(&handle);

	if (!err)
		err = physvm_unmap(handle, addr, whole_pages(size));
	return physvm_kn_retcode(err);
}

static int free_region(struct physvm *handle, void *ptr)
{
	struct physvm_query page;
	int err = physvm_query(handle, ptr, &page);

	if (err)
		return err;
	if (page.out_region_addr != (uintptr_t)ptr)
		return -EINVAL;
	return physvm_unmap(handle, ptr, page.out_region_length);
}

EXPORT Retcode KnVmFree(void *ptr)
{
	struct physvm *handle;
	int err = physvm_default_handle(&handle);

	if (!err)
		err = free_region(handle, ptr);
	return physvm_kn_retcode(err);
}
