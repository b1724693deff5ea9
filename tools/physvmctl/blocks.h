/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blocks of the pools, and what is known of the areas in them.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "ctl.h"

#include <stddef.h>

#define BLOCK_SIZE (2u << 20)

/**
 * struct block - a block
 * @info: what the kernel says
 * @reserved: pages of areas none of whose pages are committed
 */
struct block {
	struct physvm_nl_block_info info;
	uint32_t reserved;
};

/**
 * struct blocks - all of them, by pool and address
 */
struct blocks {
	struct block *block;
	size_t count;
	size_t room;
};

uint32_t block_pages(void);

/* Pages of somebody. */
uint32_t block_used(const struct block *block);

/* As physvm_nl_blocks(); blocks_free() is needed only after success. */
int blocks_read(struct ctl *ctl, struct blocks *blocks);
void blocks_free(struct blocks *blocks);

#endif
