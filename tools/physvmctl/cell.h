/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks next to each other, summed up to what a picture shows in one place.
 */
#ifndef CELL_H
#define CELL_H

#include "blocks.h"

/**
 * struct cell - one place of a picture
 * @phys: address of the first byte
 * @blocks: how many it stands for
 * @pages: the same in pages
 * @free: pages of nobody
 * @dirty: of these, pages to be zeroed
 * @quarantined: pages that somebody may still hold
 * @used: pages of somebody
 * @reserved: of these, pages that surely are not committed
 * @cache: the mode of the first block that is not write-back, if one is not
 * @uid: whose pages the first block in use has
 * @has_uid: one is in use
 */
struct cell {
	uint64_t phys;
	uint32_t blocks;
	uint32_t pages;
	uint32_t free;
	uint32_t dirty;
	uint32_t quarantined;
	uint32_t used;
	uint32_t reserved;
	uint32_t cache;
	uint32_t uid;
	bool has_uid;
};

/* What a cell is, in the order in which one hides another. */
enum cell_state {
	CELL_QUARANTINED,	/* more pages than not are in quarantine */
	CELL_RESERVED,		/* used, and none of it committed */
	CELL_FULL,		/* used to nine tenths at least */
	CELL_HALF,		/* used to a third at least */
	CELL_SOME,		/* used */
	CELL_DIRTY,		/* free, to be zeroed */
	CELL_CLEAN,		/* free */
};

#define CELL_STATES (CELL_CLEAN + 1)

/*
 * The cell of at most @most blocks from @blocks->block[@first] on, of one pool and
 * without a gap.  The number of blocks in it.
 */
size_t cell_sum(const struct blocks *blocks, size_t first, size_t most, struct cell *cell);

enum cell_state cell_state(const struct cell *cell);

/* Does a block continue the one before it? */
bool block_continues(const struct blocks *blocks, size_t i);

#endif
