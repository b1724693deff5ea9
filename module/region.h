/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_H
#define PHYSVM_REGION_H

#include <linux/mm_types.h>
#include <linux/mutex.h>

#include "area.h"
#include "region_pages.h"
#include "region_place.h"

/**
 * struct region_state - Addresses with pages that come and go
 * @node: in the list of all regions
 * @area: has its inode; the invalidate_lock there, held exclusively, is the
 *	region's lock
 * @mm: where it is mapped; only to be compared with
 * @base: its address
 * @align_log2: as asked for
 * @page_state: likewise
 * @huge: whole blocks are mapped by PMDs, so the mapping is no VM_MIXEDMAP
 * @frames: pages are mapped by their numbers, so the mapping is VM_PFNMAP
 * @place: which of its pages are allocated. The data of a leaf are the frames of
 *	its pages; its tag, if not 0, says of which chunk they all are instead
 * @pages: where their memory is from
 * @mixed: held while a mapping is VM_MIXEDMAP that is not for good
 * @mapper: the task that is mapping @mapped, with the lock held
 * @mapped: the block
 * @batch: pages that are being mapped
 */
struct region_state {
	struct list_head node;
	struct physvm_area *area;
	struct mm_struct *mm;
	unsigned long base;
	u32 align_log2;
	u32 page_state;
	bool huge;
	bool frames;
	struct region_place place;
	struct region_pages pages;
	struct mutex mixed; /* nothing is unmapped meanwhile */
	struct task_struct *mapper;
	struct physvm_block *mapped;
	struct page *batch[BITTREE_LEAF_BITS];
};

/* Pages: of the region's, and of the pool's that are not in use. */
struct region_count {
	u64 allocated;
	u64 kept;
};

int region_alloc(struct region_state *region, u64 pages, const u64 *at, u64 *addr);
int region_free(struct region_state *region, u64 addr, u64 pages);
u64 region_free_all(struct region_state *region);
void region_stat(struct region_state *region, u64 page, struct physvm_region_stat *stat);
struct region_count region_count(struct region_state *region);

/* The frame of a page that is allocated. */
static inline u32 leaf_frame(const struct bittree_leaf *leaf, u64 page)
{
	const u32 *frames = leaf->data;
	const u32 index = page % BITTREE_LEAF_BITS;

	return leaf->tag ? (leaf->tag - 1) * BITTREE_LEAF_BITS + index : frames[index];
}

static inline u32 chunk_tag(const struct region_chunk *chunk)
{
	return chunk->slot + 1;
}

static inline pgoff_t region_pgoff(const struct region_state *region, u64 page)
{
	return region->area->base + page;
}

static inline unsigned long region_addr(const struct region_state *region, u64 page)
{
	return region->base + (page << PAGE_SHIFT);
}

#endif
