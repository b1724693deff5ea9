// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VM_MEM_* in terms of the device.
 */
#include "mobius_flags.h"

#include <errno.h>

#include "mobius/vmm.h"
#include "physvm.h"

#define CACHE_FLAGS	(VM_MEM_CACHE_WT | VM_MEM_CACHE_NONE)
#define KNOWN_FLAGS	(VM_MEM_NODE_MASK | VM_MEM_ZERO | VM_MEM_LITERAL)

/*
 * 0 is VM_MEM_KERNEL and nothing else.  The levels between the kernel's and the
 * user's are memory that only the kernel gets at.
 */
static int check_privilege(uint32_t flags)
{
	const uint32_t level = flags & VM_MEM_PL_MASK;

	if (!flags || (level != VM_MEM_KERNEL && level != VM_MEM_USER))
		return -EPERM;
	return 0;
}

static int check(uint32_t flags)
{
	if (flags & ~KNOWN_FLAGS || (flags & CACHE_FLAGS) == CACHE_FLAGS)
		return -EINVAL;
	if (flags & VM_MEM_RESERVED && flags & CACHE_FLAGS)
		return -EINVAL;
	if (check_privilege(flags))
		return -EPERM;
	/* That would be a node that looks empty. */
	return flags & VM_MEM_NODE_MASK ? 0 : -EINVAL;
}

int physvm_vmm_flags(uint32_t flags, struct physvm_alloc *alloc)
{
	alloc->prot = PHYSVM_PROT_READ | (flags & VM_MEM_WRITE ? PHYSVM_PROT_WRITE : 0);
	alloc->cache = PHYSVM_CACHE_WB;
	if (flags & VM_MEM_CACHE_WT)
		alloc->cache = PHYSVM_CACHE_WT;
	if (flags & VM_MEM_CACHE_NONE)
		alloc->cache = PHYSVM_CACHE_UC;
	return check(flags);
}

/* Write-combining memory, of the native calls, has no flag. */
static uint32_t cache_flag(uint32_t cache)
{
	if (cache == PHYSVM_CACHE_WT)
		return VM_MEM_CACHE_WT;
	return cache == PHYSVM_CACHE_UC ? VM_MEM_CACHE_NONE : 0;
}

uint32_t physvm_vmm_node_flags(const struct physvm_query *page)
{
	if (page->out_type == PHYSVM_AREA_RESERVATION)
		return VM_MEM_RESERVED;
	return VM_MEM_USER | cache_flag(page->out_cache) |
	       (page->out_prot & PHYSVM_PROT_READ ? VM_MEM_READ : 0) |
	       (page->out_prot & PHYSVM_PROT_WRITE ? VM_MEM_WRITE : 0);
}
