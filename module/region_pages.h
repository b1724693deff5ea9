/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_PAGES_H
#define PHYSVM_REGION_PAGES_H

#include <linux/list.h>

#include "pool.h"

/* Pages an idle region keeps at most. */
#define REGION_KEEP PHYSVM_BLOCK_PAGES

/**
 * struct region_chunk - Pages of one block that a region got from the pool
 * @run: as the pool lists it
 * @node: in a list of chunks that are no region's yet
 * @free_node: in region_pages->free while @nr_free is not 0
 * @freed_node: in region_pages->freed while @nr_freed is not 0
 * @slot: where region_pages->chunks has it
 * @left: pages that are not given back to the pool
 * @nr_used: bits set in @used
 * @nr_free: bits set in @free
 * @nr_freed: bits set in @freed
 * @sole: nobody else has pages of the block, nor will
 * @linear: page i of the block is in the region at @home + i
 * @home: see @linear
 * @used: pages that are in the region
 * @free: pages to be used next; zero unless the block says dirty
 * @freed: pages that were in the region, and that somebody may hold
 * @homes: by page of the run, where in the region it is, or was
 *
 * Bits are by page of the block.
 */
struct region_chunk {
	struct physvm_run run;
	struct list_head node;
	struct list_head free_node;
	struct list_head freed_node;
	u32 slot;
	u16 left;
	u16 nr_used;
	u16 nr_free;
	u16 nr_freed;
	bool sole;
	bool linear;
	u32 home;
	DECLARE_BITMAP(used, PHYSVM_BLOCK_PAGES);
	DECLARE_BITMAP(free, PHYSVM_BLOCK_PAGES);
	DECLARE_BITMAP(freed, PHYSVM_BLOCK_PAGES);
	u32 homes[];
};

/**
 * struct region_pages - The pages a region has, in use or kept for later
 * @pool: where they come from
 * @area: whose they are, for the pool
 * @owner: user to whom they go
 * @unholdable: nobody can hold a page longer than it is mapped
 * @inherited: another process may have them mapped, out of the region's control
 * @chunks: by number; some NULL
 * @nr_chunks: length of @chunks
 * @free: chunks with pages to be used next
 * @freed: chunks with pages that were freed
 * @nr_free: pages to be used next
 * @nr_freed: pages freed
 *
 * Changes under the region's lock. A frame is a page's number: that of its chunk
 * times the pages of a block, and that in the block.
 */
struct region_pages {
	struct physvm_pool *pool;
	struct physvm_area *area;
	kuid_t owner;
	bool unholdable;
	bool inherited;
	struct region_chunk **chunks;
	u32 nr_chunks;
	struct list_head free;
	struct list_head freed;
	unsigned long nr_free;
	unsigned long nr_freed;
};

void region_pages_init(struct region_pages *pages, struct physvm_pool *pool,
		       struct physvm_area *area);
void region_pages_destroy(struct region_pages *pages);
void region_pages_unmap(const struct physvm_run *run);

int region_pages_fetch(const struct region_pages *pages, unsigned long count,
		       struct list_head *chunks);
unsigned long region_pages_fetch_blocks(const struct region_pages *pages, unsigned long count,
					struct list_head *chunks);
int region_pages_add(struct region_pages *pages, struct list_head *chunks);
void region_pages_return(struct region_pages *pages, struct list_head *chunks);

unsigned int region_pages_take(struct region_pages *pages, u32 home, unsigned int count,
			       u32 *frame);
struct region_chunk *region_pages_whole(struct region_pages *pages);
void region_pages_take_whole(struct region_pages *pages, struct region_chunk *chunk,
			     u32 home);
void region_pages_put(struct region_pages *pages, u32 frame, unsigned int count);
void region_pages_put_all(struct region_pages *pages, struct region_chunk *chunk);

void region_pages_sift(struct region_pages *pages);
void region_pages_trim(struct region_pages *pages, unsigned long keep);

static inline struct region_chunk *frame_chunk(const struct region_pages *pages, u32 frame)
{
	return pages->chunks[frame / PHYSVM_BLOCK_PAGES];
}

static inline struct page *frame_page(const struct region_pages *pages, u32 frame)
{
	return block_page(frame_chunk(pages, frame)->run.block, frame % PHYSVM_BLOCK_PAGES);
}

static inline u32 chunk_home(const struct region_chunk *chunk, unsigned int index)
{
	return chunk->linear ? chunk->home + index : chunk->homes[index - chunk->run.start];
}

#endif
