// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in a region an allocation goes. The rules are those of Zircon's
 * VirtualAlloc to the page: programs may count on addresses. Only the search is
 * another.
 */
#include <linux/errno.h>
#include <linux/minmax.h>

#include "region_place.h"

#define PAGE_BITS 12		/* of addresses, as the original has them */
#define BITMAP_PAGE_PAGES 32768ull	/* pages of the region a page of its bitmap covers */

static u64 bitmap_pages_for(u64 pages)
{
	return (pages + BITMAP_PAGE_PAGES - 1) / BITMAP_PAGE_PAGES;
}

/**
 * region_place_check() - Can there be such a region?
 * @base: its address; 0 if it is to be chosen
 * @length: bytes
 * @guard: pages before and after each allocation
 * @align_log2: of large allocations and of the region itself
 *
 * Return: 0 or EINVAL.
 */
int region_place_check(u64 base, u64 length, u64 guard, u32 align_log2)
{
	const u64 pages = length >> PAGE_BITS;
	u64 unaligned;

	if (align_log2 < PAGE_BITS || align_log2 > 63)
		return -EINVAL;
	unaligned = (1ull << align_log2) - 1;
	if (!length || length & unaligned || base & unaligned || base + length < base)
		return -EINVAL;
	if (guard >= pages || bitmap_pages_for(pages) + 2 * guard >= pages)
		return -EINVAL;
	return 0;
}

/**
 * region_place_init() - Begin with nothing allocated
 * @place: to be filled
 * @pages: as region_place_check() allows, at most BITTREE_MAX_BITS
 * @guard: likewise
 * @align: in pages
 *
 * Return: 0 or ENOMEM.
 */
int region_place_init(struct region_place *place, u64 pages, u64 guard, u64 align)
{
	const u64 bitmap_pages = bitmap_pages_for(pages);
	int err;

	*place = (struct region_place){
		.pages = pages,
		.bitmap_pages = bitmap_pages,
		.guard = guard,
		.align = align,
		.search_start = bitmap_pages,
	};
	bittree_init(&place->tree, pages, align, guard);
	err = bittree_prepare(&place->tree, 0, bitmap_pages);
	if (!err)
		bittree_set_bits(&place->tree, 0, bitmap_pages);
	return err;
}

void region_place_destroy(struct region_place *place)
{
	bittree_destroy(&place->tree);
}

/* Finding. */

/* A request that large is given an aligned place if there is one. */
static bool wants_aligned(const struct region_place *place, u64 pages)
{
	return place->align > 1 && pages >= place->align;
}

/*
 * Where the original looks first when its search comes to @from. The multiple of
 * the alignment it goes on by when the next one is too near for the guard is that
 * of the guard, not one: it passes over places when the guard is the larger.
 */
static u64 candidate(const struct region_place *place, u64 from)
{
	u64 next = (from + place->align - 1) & ~(place->align - 1);

	if (next - from < place->guard)
		next += (place->guard + place->align - 1) & ~(place->align - 1);
	return next - place->guard;
}

/*
 * The search as the original does it, from one page in the way to the next: which
 * places it passes over depends on where it has come from.
 */
static u64 find_stepwise(struct region_place *place, u64 from, u64 pages)
{
	const u64 run = pages + 2 * place->guard;
	u64 first, taken;

	while (bittree_find_aligned(&place->tree, from, pages) < place->pages) {
		first = candidate(place, from);
		if (first + run > place->pages)
			break;
		taken = bittree_next_set(&place->tree, first);
		if (taken >= first + run)
			return first;
		from = bittree_next_clear(&place->tree, taken);
	}
	return place->pages;
}

static u64 find_aligned(struct region_place *place, u64 from, u64 pages)
{
	return place->guard > place->align ? find_stepwise(place, from, pages) :
					     bittree_find_aligned(&place->tree, from, pages);
}

/* The place the search finds when nothing is in its way. */
static bool find_at_once(struct region_place *place, u64 from, u64 pages, u64 *run)
{
	const u64 bits = pages + 2 * place->guard;

	*run = wants_aligned(place, pages) ? candidate(place, from) : from;
	return *run + bits <= place->pages && bittree_all_clear(&place->tree, *run, bits);
}

/* An unaligned place from here on goes before an aligned one elsewhere. */
static bool find_from(struct region_place *place, u64 from, u64 pages, u64 *run)
{
	if (find_at_once(place, from, pages, run))
		return true;
	if (wants_aligned(place, pages)) {
		*run = find_aligned(place, from, pages);
		if (*run < place->pages)
			return true;
	}
	*run = bittree_find_run(&place->tree, from, pages + 2 * place->guard);
	return *run < place->pages;
}

/**
 * region_place_find() - Find a place
 * @place: the region
 * @pages: how many
 * @first: filled: the first page; the guard is before it
 *
 * Return: 0; EINVAL for no pages; ENOSPC. Nothing changes.
 */
int region_place_find(struct region_place *place, u64 pages, u64 *first)
{
	u64 run;

	if (!pages)
		return -EINVAL;
	if (pages > place->pages)
		return -ENOSPC;
	if (!find_from(place, place->search_start, pages, &run) &&
	    !find_from(place, place->bitmap_pages, pages, &run))
		return -ENOSPC;
	*first = run + place->guard;
	return 0;
}

/* Are there such pages, outside the bitmap? */
static int check_pages(const struct region_place *place, u64 first, u64 pages)
{
	if (!pages || first < place->bitmap_pages || first >= place->pages ||
	    pages > place->pages - first)
		return -EINVAL;
	return 0;
}

/**
 * region_place_at() - May these pages be allocated, whatever guards say?
 * @place: the region
 * @first: the first page
 * @pages: how many
 *
 * Return: 0; EINVAL where they cannot be; EEXIST where one is allocated.
 */
int region_place_at(struct region_place *place, u64 first, u64 pages)
{
	if (check_pages(place, first, pages))
		return -EINVAL;
	return bittree_all_clear(&place->tree, first, pages) ? 0 : -EEXIST;
}

/* Taking and giving. */

/**
 * region_place_prepare() - Have the memory for region_place_take()
 * @place: the region
 * @first: the first page
 * @pages: how many
 *
 * Return: 0 or ENOMEM.
 */
int region_place_prepare(struct region_place *place, u64 first, u64 pages)
{
	return bittree_prepare(&place->tree, first, pages);
}

/**
 * region_place_take() - Mark pages allocated
 * @place: the region
 * @first: the first page
 * @pages: how many, all free, and prepared
 */
void region_place_take(struct region_place *place, u64 first, u64 pages)
{
	bittree_set_bits(&place->tree, first, pages);
	place->allocated += pages;
}

/* The same, of what region_place_find() has found: the next search begins behind. */
void region_place_found(struct region_place *place, u64 first, u64 pages)
{
	region_place_take(place, first, pages);
	place->search_start = first + pages;
}

/**
 * region_place_failed() - There is no memory for what was found
 * @place: the region
 * @first: as region_place_find() found it
 *
 * The original allocates addresses and frees them again.
 */
void region_place_failed(struct region_place *place, u64 first)
{
	place->search_start = first - place->guard;
}

/**
 * region_place_allocated() - May these pages be freed?
 * @place: the region
 * @first: the first page
 * @pages: how many
 *
 * Return: 0; EINVAL where there are no such pages; ENOENT where one is not
 * allocated.
 */
int region_place_allocated(struct region_place *place, u64 first, u64 pages)
{
	if (check_pages(place, first, pages))
		return -EINVAL;
	return bittree_all_set(&place->tree, first, pages) ? 0 : -ENOENT;
}

/* Back over free pages, but no more than a guard: so that the place is found again. */
static void step_back(struct region_place *place, u64 first)
{
	u64 taken;

	place->search_start = first;
	if (!place->guard || first < place->guard)
		return;
	taken = bittree_prev_set(&place->tree, first - place->guard, first);
	place->search_start = taken < first ? taken + 1 : first - place->guard;
}

/**
 * region_place_give() - Mark pages free
 * @place: the region
 * @first: the first page
 * @pages: how many, all of them allocated
 */
void region_place_give(struct region_place *place, u64 first, u64 pages)
{
	bittree_clear_bits(&place->tree, first, pages);
	place->allocated -= pages;
	if (first < place->search_start)
		step_back(place, first);
}
