// SPDX-License-Identifier: GPL-2.0-only
#include "cell.h"

#include <linux/physvm.h>

bool block_continues(const struct blocks *blocks, size_t i)
{
	const struct physvm_nl_block_info *before, *info;

	if (!i)
		return false;
	before = &blocks->block[i - 1].info;
	info = &blocks->block[i].info;
	return info->pool == before->pool && info->phys == before->phys + BLOCK_SIZE;
}

static void add(struct cell *cell, const struct block *block)
{
	cell->blocks++;
	cell->pages += block_pages();
	cell->free += block->info.free;
	cell->dirty += block->info.dirty;
	cell->quarantined += block->info.quarantined;
	cell->used += block_used(block);
	cell->reserved += block->reserved;
	if (cell->cache == PHYSVM_CACHE_WB)
		cell->cache = block->info.cache;
	if (!cell->has_uid && physvm_nl_has(block->info.has, PHYSVM_NL_A_BLOCK_UID)) {
		cell->uid = block->info.uid;
		cell->has_uid = true;
	}
}

size_t cell_sum(const struct blocks *blocks, size_t first, size_t most, struct cell *cell)
{
	size_t i = first;

	*cell = (struct cell){ .phys = blocks->block[first].info.phys };
	do
		add(cell, &blocks->block[i++]);
	while (i < blocks->count && i - first < most && block_continues(blocks, i));
	return i - first;
}

enum cell_state cell_state(const struct cell *cell)
{
	if (2 * cell->quarantined > cell->pages)
		return CELL_QUARANTINED;
	if (cell->used && cell->reserved >= cell->used)
		return CELL_RESERVED;
	if (10 * (uint64_t)cell->used >= 9 * (uint64_t)cell->pages)
		return CELL_FULL;
	if (3 * (uint64_t)cell->used >= cell->pages)
		return CELL_HALF;
	if (cell->used)
		return CELL_SOME;
	return cell->dirty ? CELL_DIRTY : CELL_CLEAN;
}
