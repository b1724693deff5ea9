// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages on their way from the pool into an area, and back.
 */
#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "supply.h"

/* Of one page each: what fits in 1 KiB. */
#define SHEET_SUPPLIES 12
#define ONE_PAGE_SIZE (sizeof(struct physvm_supply) + sizeof(struct physvm_run))

/**
 * struct supply_sheet - Room for supplies of one page, allocated at once
 * @refs: of those in use, and one of whoever makes more of it
 * @used: how many have been made; changed by who has that last reference
 * @room: the supplies
 */
struct supply_sheet {
	refcount_t refs;
	unsigned int used;
	u8 room[SHEET_SUPPLIES][ONE_PAGE_SIZE] __aligned(__alignof__(struct physvm_supply));
};

static struct supply_sheet *make_sheet(void)
{
	struct supply_sheet *sheet = kmalloc(sizeof(*sheet), GFP_KERNEL_ACCOUNT);

	if (!sheet)
		return NULL;
	refcount_set(&sheet->refs, 1);
	sheet->used = 0;
	return sheet;
}

static void put_sheet(struct supply_sheet *sheet)
{
	if (refcount_dec_and_test(&sheet->refs))
		kfree(sheet);
}

/* For the next who comes, while there is room. Two may have been at it. */
static void keep_sheet(struct supply_sheet **where, struct supply_sheet *sheet)
{
	if (sheet->used < SHEET_SUPPLIES)
		sheet = xchg(where, sheet);
	if (sheet)
		put_sheet(sheet);
}

/* Nobody takes any more. */
void supply_drop_sheet(struct supply_sheet **sheet)
{
	if (*sheet)
		put_sheet(*sheet);
}

static void free_supply(struct physvm_supply *supply)
{
	if (supply->sheet)
		put_sheet(supply->sheet);
	else
		kvfree(supply);
}

static struct physvm_supply *take_one(struct physvm_pool *pool, const struct physvm_want *want,
				      struct supply_sheet **where)
{
	struct supply_sheet *sheet = xchg(where, NULL) ?: make_sheet();
	struct physvm_supply *supply;
	int ret;

	if (!sheet)
		return ERR_PTR(-ENOMEM);
	supply = (struct physvm_supply *)sheet->room[sheet->used];
	ret = pool_take(pool, want, supply->runs, 1);
	if (ret == 1) {
		supply->payer = want->payer;
		supply->left = 1;
		supply->sheet = sheet;
		supply->nr_runs = 1;
		supply->runs[0].supply = supply;
		refcount_inc(&sheet->refs);
		sheet->used++;
	}
	keep_sheet(where, sheet);
	return ret == 1 ? supply : ERR_PTR(ret);
}

static struct physvm_supply *take(struct physvm_pool *pool, const struct physvm_want *want,
				  unsigned long max_runs)
{
	struct physvm_supply *supply = kvmalloc(struct_size(supply, runs, max_runs),
						GFP_KERNEL_ACCOUNT);
	int ret;

	if (!supply)
		return ERR_PTR(-ENOMEM);
	ret = pool_take(pool, want, supply->runs, max_runs);
	if (ret < 0) {
		kvfree(supply);
		return ERR_PTR(ret);
	}
	supply->nr_runs = ret;
	supply->sheet = NULL;
	supply->left = want->pages;
	supply->payer = want->payer;
	return supply;
}

/* Page 0 of the supply is page 0 of its runs until an area has another idea. */
static void index_runs(struct physvm_supply *supply)
{
	unsigned long first = 0;
	unsigned int i;

	for (i = 0; i < supply->nr_runs; i++) {
		supply->runs[i].supply = supply;
		supply->runs[i].first = first;
		first += supply->runs[i].count;
	}
}

/**
 * supply_take() - Take pages that can be given back one by one
 * @pool: where from
 * @want: what for, divisible
 * @sheet: NULL to begin with; whoever takes often has his own, and ends with
 *	supply_drop_sheet()
 *
 * They are zero, and nobody's who could touch them.
 *
 * Return: the supply, or an error pointer: ENOMEM, EDQUOT.
 */
struct physvm_supply *supply_take(struct physvm_pool *pool, const struct physvm_want *want,
				  struct supply_sheet **sheet)
{
	struct physvm_supply *supply;

	if (want->pages == 1)
		return take_one(pool, want, sheet);
	if (pool_exceeded(pool, want->pages, POOL_FAILURE_PAGES))
		return ERR_PTR(-ENOMEM);
	/* A run for each block and two for the ends nearly always do. */
	supply = take(pool, want, want->pages / PHYSVM_BLOCK_PAGES + 2);
	if (supply == ERR_PTR(-ENOSPC))
		supply = take(pool, want, want->pages);
	if (!IS_ERR(supply))
		index_runs(supply);
	return supply;
}

/* All of a supply, of which nothing has been given back. */
void supply_give(struct physvm_pool *pool, struct physvm_supply *supply)
{
	pool_give(pool, supply->runs, supply->nr_runs, supply->payer);
	free_supply(supply);
}

/**
 * supply_forget_part() - Count pages as gone
 * @pool: where they came from
 * @run: the run they were in; with the last page of its supply it goes
 * @count: how many
 */
void supply_forget_part(struct physvm_pool *pool, const struct physvm_run *run,
			unsigned long count)
{
	struct physvm_supply *supply = run->supply;

	supply->left -= count;
	if (supply->left)
		return;
	pool_stop_sharing(pool, supply->runs, supply->nr_runs);
	free_supply(supply);
}

/**
 * supply_give_part() - Give back some pages
 * @pool: where they came from
 * @run: the run they are in; with the last page of its supply it goes
 * @page: the first, counted as @run->first is; mapped nowhere any more
 * @count: how many
 */
void supply_give_part(struct physvm_pool *pool, const struct physvm_run *run,
		      unsigned long page, unsigned long count)
{
	const struct physvm_run part = {
		.block = run->block,
		.start = run->start + page - run->first,
		.count = count,
	};

	pool_give_part(pool, &part, run->supply->payer);
	supply_forget_part(pool, run, count);
}

/**
 * supply_address() - Where the kernel may write pages of a supply
 * @supply: the supply, still all in one piece; not of hidden memory
 * @index: the page, counted from 0
 * @contiguous: set to the number of pages that follow each other from there
 */
void *supply_address(struct physvm_supply *supply, unsigned long index,
		     unsigned long *contiguous)
{
	const struct physvm_run *run = supply->runs;

	while (index >= run->count)
		index -= run++->count;
	*contiguous = run->count - index;
	block_mark_dirty(run->block, run->start + index, *contiguous);
	return page_address(block_page(run->block, run->start + index));
}
