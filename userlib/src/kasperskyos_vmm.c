// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The virtual memory calls of KasperskyOS.
 */
#include "coresrv/vmm/vmm_api.h"

#include <errno.h>

#include "default_handle.h"
#include "export.h"
#include "kasperskyos_flags.h"
#include "kasperskyos_place.h"
#include "kasperskyos_retcode.h"
#include "physvm.h"
#include "pools.h"
#include "sys.h"

struct range {
	void *addr;
	rtl_size_t size;
	int flags;
};

static Retcode act(physvm_action_t *action, struct range range)
{
	return physvm_kn_retcode(physvm_with_default_handle(action, &range));
}

static int allocate(struct physvm *handle, void *arg)
{
	return physvm_pools_alloc(handle, arg);
}

/* Values the device refuses by itself are left to it. */
EXPORT void *KnVmAllocate(void *addr, rtl_size_t size, int flags)
{
	struct physvm_alloc alloc = {
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_DONTFORK,
		.length = size,
		.max_prot = PHYSVM_PROT_VALID,
	};
	int err = physvm_kn_alloc_flags(flags, &alloc);

	physvm_kn_place(addr, &alloc);
	if (!err)
		err = physvm_with_default_handle(allocate, &alloc);
	if (err) {
		errno = -err;
		return RTL_NULL;
	}
	return (void *)(uintptr_t)alloc.out_addr;
}

static int commit(struct physvm *handle, void *arg)
{
	const struct range *range = arg;

	return physvm_commit(handle, range->addr, range->size, PHYSVM_COMMIT_POPULATE);
}

EXPORT Retcode KnVmCommit(void *addr, rtl_size_t size, int flags)
{
	return act(commit, (struct range){ addr, size, flags });
}

static int decommit(struct physvm *handle, void *arg)
{
	const struct range *range = arg;

	return physvm_decommit(handle, range->addr, range->size);
}

EXPORT Retcode KnVmDecommit(void *addr, rtl_size_t size)
{
	return act(decommit, (struct range){ addr, size, 0 });
}

/*
 * Region by region.  A guard has no region that would lead on from it, and
 * could not be protected anyway.
 */
static int check_described(struct physvm *handle, const struct range *range)
{
	uint64_t at = (uintptr_t)range->addr, end;

	if (__builtin_add_overflow(at, range->size, &end))
		return -EINVAL;
	while (at < end) {
		struct physvm_query page;
		int err = physvm_query(handle, (void *)(uintptr_t)at, &page);

		if (err)
			return err;
		if (page.out_state == PHYSVM_PAGE_GUARD)
			return -EACCES;
		if (!physvm_kn_describes(range->flags, &page))
			return -EINVAL;
		at = page.out_region_addr + page.out_region_length;
	}
	return 0;
}

static int protect(struct physvm *handle, void *arg)
{
	const struct range *range = arg;
	uint32_t prot;
	int err = physvm_kn_protection(range->flags, &prot);

	if (!err && range->flags & ~VMM_FLAG_RWX_MASK)
		err = check_described(handle, range);
	if (!err)
		err = physvm_protect(handle, range->addr, range->size, prot);
	return err;
}

EXPORT Retcode KnVmProtect(void *addr, rtl_size_t size, int newFlags)
{
	return act(protect, (struct range){ addr, size, newFlags });
}

static int unmap(struct physvm *handle, void *arg)
{
	const struct range *range = arg;

	return physvm_unmap(handle, range->addr, range->size);
}

EXPORT Retcode KnVmUnmap(void *addr, rtl_size_t size)
{
	return act(unmap, (struct range){ addr, physvm_sys_whole_pages(size), 0 });
}

static int free_region(struct physvm *handle, void *arg)
{
	const struct range *range = arg;
	struct physvm_query page;
	int err = physvm_query(handle, range->addr, &page);

	if (err)
		return err;
	if (page.out_region_addr != (uintptr_t)range->addr)
		return -EINVAL;
	return physvm_unmap(handle, range->addr, page.out_region_length);
}

EXPORT Retcode KnVmFree(void *ptr)
{
	return act(free_region, (struct range){ ptr, 0, 0 });
}
