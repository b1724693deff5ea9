/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MEM_CHUNK_H
#define MEM_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEM_CHUNK_SIZE	65536
#define MEM_SLOT_MIN	16
#define MEM_SLOT_MAX	8192
#define MEM_CHUNK_WORDS	(MEM_CHUNK_SIZE / MEM_SLOT_MIN / 64)

/*
 * Memory cut into slots of one size.  This struct lies behind the last slot, so
 * that the first one, and with it all, is as aligned as the memory is.
 */
struct mem_chunk {
	struct mem_chunk *next;		/* for the owner's list */
	struct mem_chunk **link;
	uint32_t slot_size;
	uint32_t slots;
	uint32_t used;
	uint32_t first;			/* no word of @taken before it has a 0 */
	uint64_t taken[MEM_CHUNK_WORDS];	/* one bit a slot, beyond the last 1 */
};

struct mem_chunk *physvm_mem_chunk_make(void *memory, uint32_t slot_size);
void *physvm_mem_chunk_memory(const struct mem_chunk *chunk);

/* A free slot; there has to be one. */
void *physvm_mem_chunk_take(struct mem_chunk *chunk);

/* Is @addr where a taken slot begins?  It lies in the chunk's memory. */
bool physvm_mem_chunk_has(const struct mem_chunk *chunk, const void *addr);
void physvm_mem_chunk_give(struct mem_chunk *chunk, const void *addr);

static inline bool physvm_mem_chunk_full(const struct mem_chunk *chunk)
{
	return chunk->used == chunk->slots;
}

#endif
