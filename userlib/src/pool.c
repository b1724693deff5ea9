// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The pools memory comes from.
 */
#include "export.h"
#include "handle.h"
#include "sys.h"

EXPORT int physvm_pool_stat(struct physvm *handle, enum physvm_pool_kind pool,
			    struct physvm_pool_stat *stat)
{
	*stat = (struct physvm_pool_stat){ .size = sizeof(*stat), .pool = pool };
	return physvm_sys_ioctl(handle->fd, PHYSVM_POOL_STAT, stat);
}

EXPORT int physvm_pool_range(struct physvm *handle, enum physvm_pool_kind pool, uint64_t from,
			     struct physvm_pool_range *range)
{
	*range = (struct physvm_pool_range){
		.size = sizeof(*range),
		.pool = pool,
		.from = from,
	};
	return physvm_sys_ioctl(handle->fd, PHYSVM_POOL_RANGE, range);
}
