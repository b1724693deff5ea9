// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which of the pools memory comes from, for interfaces that know of none.
 */
#include "pools.h"

#include <errno.h>
#include <stdbool.h>

#include "physvm.h"

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
int physvm_pools_alloc(struct physvm *handle, struct physvm_alloc *alloc)
{
	int err;

	if (alloc->cache == PHYSVM_CACHE_WT && has_hidden_pool(handle))
		return allocate_hidden(handle, alloc);
	err = physvm_alloc(handle, alloc);
	if (err == -ENXIO && alloc->flags & PHYSVM_ALLOC_PHYS && has_hidden_pool(handle))
		err = allocate_hidden(handle, alloc);
	return err;
}
