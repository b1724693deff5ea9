/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MEM_TABLE_H
#define MEM_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct mem_chunk;

/* Memory of the allocator. */
struct mem_region {
	uintptr_t start;
	size_t size;
	struct mem_chunk *chunk;	/* NULL: it is one allocation */
};

/* All of it, ordered by @start.  Zeroed it is empty. */
struct mem_table {
	struct mem_region *regions;
	size_t count;
	size_t capacity;
};

/* The region @addr lies in, or NULL; valid until the table changes. */
struct mem_region *physvm_mem_table_find(const struct mem_table *table, const void *addr);

/* 0 or -ENOMEM; then the table is as it was. */
int physvm_mem_table_add(struct mem_table *table, struct mem_region region);
void physvm_mem_table_remove(struct mem_table *table, struct mem_region *region);

#endif
