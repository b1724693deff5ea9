/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages of a region are allocated. Also built in userland, by the test.
 */
#ifndef PHYSVM_REGION_PLACE_H
#define PHYSVM_REGION_PLACE_H

#include "bitmap_tree.h"

/**
 * struct region_place - Which pages of a region are allocated
 * @tree: a bit for each, set too for those the original keeps its bitmap in
 * @pages: of the region
 * @bitmap_pages: how many of them the original's bitmap takes, at the start
 * @guard: clear pages before and after each allocation
 * @align: of allocations of at least as many pages; a power of two, 1 for none
 * @search_start: where the next search begins
 * @allocated: pages allocated
 */
struct region_place {
	struct bittree tree;
	u64 pages;
	u64 bitmap_pages;
	u64 guard;
	u64 align;
	u64 search_start;
	u64 allocated;
};

int region_place_check(u64 base, u64 length, u64 guard, u32 align_log2);
int region_place_init(struct region_place *place, u64 pages, u64 guard, u64 align);
void region_place_destroy(struct region_place *place);

int region_place_find(struct region_place *place, u64 pages, u64 *first);
int region_place_at(struct region_place *place, u64 first, u64 pages);
int region_place_prepare(struct region_place *place, u64 first, u64 pages);
void region_place_take(struct region_place *place, u64 first, u64 pages);
void region_place_found(struct region_place *place, u64 first, u64 pages);
void region_place_failed(struct region_place *place, u64 first);

int region_place_allocated(struct region_place *place, u64 first, u64 pages);
void region_place_give(struct region_place *place, u64 first, u64 pages);

#endif
