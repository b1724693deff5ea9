/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PLACE_H
#define PHYSVM_PLACE_H

#include "pool.h"

int place(struct physvm_pool *pool, const struct physvm_want *want,
	  struct physvm_run *runs, unsigned int max_runs);
unsigned long place_largest(struct physvm_pool *pool);
unsigned int place_index(const struct physvm_pool *pool, unsigned long pfn);

/* Is block @i the physical neighbour of block @i - 1? */
static inline bool block_adjoins(const struct physvm_pool *pool, unsigned int i)
{
	return i && pool->blocks[i]->pfn ==
			    pool->blocks[i - 1]->pfn + PHYSVM_BLOCK_PAGES;
}

#endif
