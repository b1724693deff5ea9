// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas at a physical address: VM_AREA_MAP.  What is of neither pool has to be a
 * device's, which is claimed for the area alone.
 */
#include <errno.h>

#include "default_handle.h"
#include "mobius_area.h"
#include "sys.h"

/* Is @phys in that pool? */
static bool pool_has(struct physvm *handle, enum physvm_pool_kind pool, uint64_t phys)
{
	struct physvm_pool_range range;

	return !physvm_pool_range(handle, pool, phys, &range) && range.out_phys <= phys;
}

struct place {
	uint64_t phys;
	bool in_pool;
};

static int look(struct physvm *handle, void *arg)
{
	struct place *place = arg;

	place->in_pool = pool_has(handle, PHYSVM_POOL_RAM, place->phys) ||
			 pool_has(handle, PHYSVM_POOL_HIDDEN, place->phys);
	return 0;
}

static int make_of_pool(struct physvm_vmm_area *area)
{
	area->alloc.flags |= PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_COMMIT;
	return physvm_vmm_area_make_of_pools(area);
}

static int claim(struct physvm *handle, void *arg)
{
	struct physvm_alloc *alloc = arg;

	alloc->claim_fd = physvm_claim(handle, alloc->phys_addr, alloc->length);
	if (alloc->claim_fd >= 0)
		return 0;
	/* What is mapped already is not what is in the way. */
	return alloc->claim_fd == -EEXIST ? -EBUSY : alloc->claim_fd;
}

/* No cache mode is the one that every device can give. */
static int make_of_device(struct physvm_vmm_area *area)
{
	int err = physvm_with_default_handle(claim, &area->alloc);

	if (err)
		return err;
	area->alloc.flags |= PHYSVM_ALLOC_DEVICE | PHYSVM_ALLOC_COMMIT;
	if (area->alloc.cache == PHYSVM_CACHE_WB)
		area->alloc.cache = PHYSVM_CACHE_UC;
	err = physvm_vmm_area_make(area);
	physvm_sys_close(area->alloc.claim_fd);
	return err;
}

int physvm_vmm_make_physical(struct physvm_vmm_area *area)
{
	struct place place = { .phys = (uintptr_t)area->dest1 };
	int err;

	if (place.phys & (PAGE_SIZE - 1))
		return -EINVAL;
	area->alloc.phys_addr = place.phys;
	err = physvm_with_default_handle(look, &place);
	if (err)
		return err;
	return place.in_pool ? make_of_pool(area) : make_of_device(area);
}
