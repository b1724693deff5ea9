// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which memory is the allocator's.  A pointer is looked up here before anything
 * it leads to is touched, so one that is not ours does no harm.
 *
 * A sorted array: it changes only when memory comes from the pool or goes there,
 * and that costs more than moving a part of it.
 */
#include "mem_table.h"

#include <string.h>
#include <sys/mman.h>

#include "sys.h"

/* The number of regions that begin at or below @addr. */
static size_t regions_up_to(const struct mem_table *table, uintptr_t addr)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->regions[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct mem_region *physvm_mem_table_find(const struct mem_table *table, const void *addr)
{
	size_t count = regions_up_to(table, (uintptr_t)addr);
	struct mem_region *region;

	if (!count)
		return NULL;
	region = table->regions + count - 1;
	return (uintptr_t)addr - region->start < region->size ? region : NULL;
}

static size_t bytes(size_t regions)
{
	return regions * sizeof(struct mem_region);
}

/* Not with memory of the pool, all of which is to be had by asking for it. */
static int grow(struct mem_table *table)
{
	size_t size = table->capacity ? 2 * bytes(table->capacity) : physvm_sys_page_size();
	void *regions;
	int err = physvm_sys_map_anonymous(size, PROT_READ | PROT_WRITE, &regions);

	if (err)
		return err;
	if (table->capacity) {
		memcpy(regions, table->regions, bytes(table->count));
		physvm_sys_munmap(table->regions, bytes(table->capacity));
	}
	table->regions = regions;
	table->capacity = size / sizeof(struct mem_region);
	return 0;
}

int physvm_mem_table_add(struct mem_table *table, struct mem_region region)
{
	size_t at = regions_up_to(table, region.start);
	int err = table->count == table->capacity ? grow(table) : 0;

	if (err)
		return err;
	memmove(table->regions + at + 1, table->regions + at, bytes(table->count - at));
	table->regions[at] = region;
	table->count++;
	return 0;
}

void physvm_mem_table_remove(struct mem_table *table, struct mem_region *region)
{
	size_t behind = (size_t)(table->regions + table->count - (region + 1));

	memmove(region, region + 1, bytes(behind));
	table->count--;
}
