/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_RESIZE_H
#define PHYSVM_RESIZE_H

#include "pool.h"

/**
 * struct pool_resize - What a pool is to get or to give up
 * @bytes: how much; a multiple of the block size
 * @phys: where it begins, with @at_phys; else 0
 * @at_phys: exactly this memory. If the pool gets it, what is in it is moved away
 * @partial: less will do, if there is not as much
 * @node: NUMA node it is to be of; NUMA_NO_NODE for any
 */
struct pool_resize {
	u64 bytes;
	u64 phys;
	bool at_phys;
	bool partial;
	int node;
};

int pool_init(struct physvm_pool *pool, unsigned long bytes,
	      void (*unmap)(const struct physvm_run *run));
int pool_init_hidden(struct physvm_pool *pool, unsigned long phys, unsigned long bytes,
		     void (*unmap)(const struct physvm_run *run));
void pool_destroy(struct physvm_pool *pool);

int pool_grow(struct physvm_pool *pool, const struct pool_resize *growth,
	      unsigned long *grown_pages);
int pool_shrink(struct physvm_pool *pool, const struct pool_resize *shrinkage,
		unsigned long *shrunk_pages);

#endif
