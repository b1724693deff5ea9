// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Where KnVmAllocate() takes memory from and puts it.
 */
#include "kasperskyos_place.h"

#include <errno.h>
#include <stdbool.h>

#include "export.h"
#include "physvm.h"
#include "physvm_kn.h"

static int addr_meaning = PHYSVM_ADDR_PHYSICAL;

EXPORT int physvm_kn_set_addr_meaning(enum physvm_addr_meaning meaning)
{
	if (meaning != PHYSVM_ADDR_PHYSICAL && meaning != PHYSVM_ADDR_VIRTUAL)
		return -EINVAL;
	return __atomic_exchange_n(&addr_meaning, (int)meaning, __ATOMIC_RELAXED);
}

static void place_physical(void *addr, struct physvm_alloc *alloc)
{
	alloc->flags |= addr ? PHYSVM_ALLOC_PHYS : 0;
	alloc->phys_addr = (uintptr_t)addr;
}

/* Who thinks in virtual addresses expects pages to be spent when committed. */
static void place_virtual(void *addr, struct physvm_alloc *alloc)
{
	alloc->flags |= addr ? PHYSVM_ALLOC_VIRT : 0;
	alloc->flags |= alloc->flags & PHYSVM_ALLOC_COMMIT ? 0 : PHYSVM_ALLOC_NORESERVE;
	alloc->virt_addr = (uintptr_t)addr;
}

void physvm_kn_place(void *addr, struct physvm_alloc *alloc)
{
	if (__atomic_load_n(&addr_meaning, __ATOMIC_RELAXED) == PHYSVM_ADDR_VIRTUAL)
		place_virtual(addr, alloc);
	else
		place_physical(addr, alloc);
}

static bool has_hidden_pool(struct physvm *handle)
{
	struct physvm_info info;

	return !physvm_info(handle, &info) && info.out_features & PHYSVM_FEATURE_HIDDEN;
}

/* Hidden memory is taken at once. */
static int allocate_hidden(struct physvm *handle, struct physvm_alloc *alloc)
{
	alloc->flags |= PHYSVM_ALLOC_HIDDEN;
	alloc->flags &= ~PHYSVM_ALLOC_NORESERVE;
	return physvm_alloc(handle, alloc);
}

/*
 * Only hidden memory can be write-through.  A physical address says itself which
 * pool it is of, and ENXIO that it was the wrong one.
 */
int physvm_kn_allocate(struct physvm *handle, struct physvm_alloc *alloc)
{
	int err;

	if (alloc->cache == PHYSVM_CACHE_WT && has_hidden_pool(handle))
		return allocate_hidden(handle, alloc);
	err = physvm_alloc(handle, alloc);
	if (err == -ENXIO && alloc->flags & PHYSVM_ALLOC_PHYS && has_hidden_pool(handle))
		err = allocate_hidden(handle, alloc);
	return err;
}
