// SPDX-License-Identifier: GPL-2.0-only
#include "blocks.h"

#include "memory.h"
#include "size.h"

#include <linux/physvm.h>
#include <stdlib.h>

uint32_t block_pages(void)
{
	return BLOCK_SIZE / page_size();
}

uint32_t block_used(const struct block *block)
{
	return block_pages() - block->info.free - block->info.quarantined;
}

static int add_block(const struct physvm_nl_block_info *info, void *data)
{
	struct blocks *blocks = data;

	if (blocks->count == blocks->room || !blocks->block)
		blocks->block = grow_array(blocks->block, &blocks->room, sizeof(*blocks->block));
	blocks->block[blocks->count++] = (struct block){ .info = *info };
	return 0;
}

static int by_place(const void *one, const void *two)
{
	const struct physvm_nl_block_info *a = &((const struct block *)one)->info;
	const struct physvm_nl_block_info *b = &((const struct block *)two)->info;

	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	return a->phys < b->phys ? -1 : a->phys > b->phys;
}

/* Where all of an area's pages are is known only if they are one run. */
static bool extent_known(const struct physvm_nl_area_info *area)
{
	return physvm_nl_has(area->has, PHYSVM_NL_A_AREA_PHYS) && area->phys &&
	       (area->pages == 1 || area->type == PHYSVM_AREA_HIDDEN ||
		area->alloc_flags & (PHYSVM_ALLOC_CONTIG | PHYSVM_ALLOC_PHYS));
}

static uint64_t overlap(const struct block *block, uint64_t first, uint64_t end)
{
	const uint64_t begin = block->info.phys > first ? block->info.phys : first;
	const uint64_t stop = block->info.phys + BLOCK_SIZE < end ?
		block->info.phys + BLOCK_SIZE : end;

	return stop > begin ? stop - begin : 0;
}

static int mark_reserved(const struct physvm_nl_area_info *area, void *data)
{
	struct blocks *blocks = data;
	const uint64_t end = area->phys + pages_to_bytes(area->pages);
	size_t i;

	if (area->committed || !extent_known(area))
		return 0;
	for (i = 0; i < blocks->count; i++)
		blocks->block[i].reserved += overlap(&blocks->block[i], area->phys, end) /
					     page_size();
	return 0;
}

int blocks_read(struct ctl *ctl, struct blocks *blocks)
{
	int result;

	*blocks = (struct blocks){ 0 };
	result = physvm_nl_blocks(ctl->nl, PHYSVM_NL_ALL_POOLS, add_block, blocks);
	if (result >= 0) {
		qsort(blocks->block, blocks->count, sizeof(*blocks->block), by_place);
		result = physvm_nl_areas(ctl->nl, mark_reserved, blocks);
	}
	if (result < 0)
		blocks_free(blocks);
	return result < 0 ? result : 0;
}

void blocks_free(struct blocks *blocks)
{
	free(blocks->block);
	*blocks = (struct blocks){ 0 };
}
