// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the address means that KnVmAllocate() is given.
 */
#include "kasperskyos_place.h"

#include <errno.h>

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
