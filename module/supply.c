// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages on their way from the pool into an area, and back.
 */
#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "supply.h"

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
	supply->left = want->pages;
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
 * @want: what for
 *
 * They are zero, and nobody's who could touch them.
 *
 * Return: the supply, or an error pointer: ENOMEM.
 */
struct physvm_supply *supply_take(struct physvm_pool *pool, struct physvm_want want)
{
	struct physvm_supply *supply;

	want.divisible = true;
	if (want.pages > pool_pages(pool))
		return ERR_PTR(-ENOMEM);
	/* A run for each block and two for the ends nearly always do. */
	supply = take(pool, &want, want.pages / PHYSVM_BLOCK_PAGES + 2);
	if (supply == ERR_PTR(-ENOSPC))
		supply = take(pool, &want, want.pages);
	if (!IS_ERR(supply))
		index_runs(supply);
	return supply;
}

/* All of a supply, of which nothing has been given back. */
void supply_give(struct physvm_pool *pool, struct physvm_supply *supply)
{
	pool_give(pool, supply->runs, supply->nr_runs);
	kvfree(supply);
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
	kvfree(supply);
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

	pool_give_part(pool, &part);
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
