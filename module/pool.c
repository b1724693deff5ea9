// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool: takes pages for areas, gets them back, keeps what is still held in
 * quarantine. Knows no file, no mapping and no user pointer.
 *
 * A free page is zero and reachable by nobody. On the way there it is, in this
 * order, unmapped (by the area's end), not held by anybody, zeroed.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "place.h"
#include "pool.h"

#define RECHECK_PERIOD msecs_to_jiffies(50)

unsigned long pool_pages(const struct physvm_pool *pool)
{
	return (unsigned long)pool->nr_blocks * PHYSVM_BLOCK_PAGES;
}

/* Taking. */

static void take_run(struct physvm_pool *pool, const struct physvm_want *want,
		     const struct physvm_run *run)
{
	struct physvm_block *block = run->block;

	if (block_whole(block)) {
		block->owner = want->owner;
		block->busy = block->cache != want->cache;
	}
	bitmap_clear(block->free, run->start, run->count);
	block->nr_free -= run->count;
	pool->nr_free -= run->count;
}

/*
 * A block whose mode has to change was whole, so this caller alone has pages
 * of it, and @busy keeps everybody else out until it is done.
 */
static int convert_taken(struct physvm_pool *pool, const struct physvm_want *want,
			 const struct physvm_run *runs, unsigned int nr_runs)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr_runs; i++) {
		struct physvm_block *block = runs[i].block;

		if (!block->busy)
			continue;
		err = err ?: block_set_cache(block, want->cache);
		spin_lock(&pool->lock);
		block->busy = false;
		spin_unlock(&pool->lock);
	}
	return err;
}

/**
 * pool_take() - Make pages somebody's
 * @pool: the pool
 * @want: what is asked
 * @runs: filled, in order
 * @max_runs: length of @runs
 *
 * Return: the number of runs; -ENOMEM, -ENXIO, -EBUSY as place(); -ENOSPC when
 * @runs is too short.
 */
int pool_take(struct physvm_pool *pool, const struct physvm_want *want,
	      struct physvm_run *runs, unsigned int max_runs)
{
	int i, nr_runs, err;

	spin_lock(&pool->lock);
	nr_runs = place(pool, want, runs, max_runs);
	for (i = 0; i < nr_runs; i++)
		take_run(pool, want, &runs[i]);
	spin_unlock(&pool->lock);
	if (nr_runs < 0)
		return nr_runs;

	err = convert_taken(pool, want, runs, nr_runs);
	if (err) {
		pool_give(pool, runs, nr_runs);
		return err;
	}
	return nr_runs;
}

/* Giving back. */

static bool block_unused(const struct physvm_block *block)
{
	return block->nr_free + block->nr_quarantined == PHYSVM_BLOCK_PAGES;
}

static void quarantine(struct physvm_pool *pool, struct physvm_block *block,
		       const unsigned long *pages)
{
	const unsigned int count = bitmap_weight(pages, PHYSVM_BLOCK_PAGES);

	bitmap_or(block->quarantined, block->quarantined, pages,
		  PHYSVM_BLOCK_PAGES);
	block->nr_quarantined += count;
	pool->nr_quarantined += count;
	if (count)
		schedule_delayed_work(&pool->recheck, RECHECK_PERIOD);
}

/*
 * With its last page back a block may go to another user, so nobody at all may
 * hold it any more. If somebody does, all of it waits, and none of it counts as
 * zero: it cannot be told which page is held and may still be written to.
 */
static void quarantine_held(struct physvm_pool *pool, struct physvm_block *block)
{
	if (!block_unused(block) || !block_held(block))
		return;
	quarantine(pool, block, block->free);
	pool->nr_free -= block->nr_free;
	block->nr_free = 0;
	bitmap_zero(block->free, PHYSVM_BLOCK_PAGES);
	bitmap_fill(block->dirty, PHYSVM_BLOCK_PAGES);
}

static void add_free(struct physvm_pool *pool, struct physvm_block *block,
		     const unsigned long *pages)
{
	const unsigned int count = bitmap_weight(pages, PHYSVM_BLOCK_PAGES);

	bitmap_or(block->free, block->free, pages, PHYSVM_BLOCK_PAGES);
	block->nr_free += count;
	pool->nr_free += count;
	quarantine_held(pool, block);
}

/* Takes a whole block out of circulation if it needs work before it goes on. */
static bool begin_settling(struct physvm_pool *pool, struct physvm_block *block)
{
	bool begin;

	spin_lock(&pool->lock);
	begin = block_whole(block) &&
		(block->suspect || block->cache != PHYSVM_CACHE_WB);
	if (begin) {
		block->busy = true;
		pool->nr_free -= PHYSVM_BLOCK_PAGES;
	}
	spin_unlock(&pool->lock);
	return begin;
}

static void end_settling(struct physvm_pool *pool, struct physvm_block *block)
{
	spin_lock(&pool->lock);
	block->busy = false;
	block->suspect = false;
	pool->nr_free += PHYSVM_BLOCK_PAGES;
	spin_unlock(&pool->lock);
}

/*
 * A block no longer used is write-back, and zero beyond doubt. Its pages were
 * zeroed when they were freed; but if one was held then and it went unnoticed,
 * it may have been written to since. Nobody holds any of them now.
 */
static void settle(struct physvm_pool *pool, struct physvm_block *block)
{
	int err;

	if (!begin_settling(pool, block))
		return;
	if (block->suspect) {
		bitmap_fill(block->dirty, PHYSVM_BLOCK_PAGES);
		block_clean(block, 0, PHYSVM_BLOCK_PAGES);
	}
	err = block_set_cache(block, PHYSVM_CACHE_WB);
	if (err)
		pr_warn_ratelimited("block %#lx keeps its cache mode: error %d\n",
				    block->pfn, err);
	end_settling(pool, block);
}

static void give_run(struct physvm_pool *pool, const struct physvm_run *run)
{
	struct physvm_block *block = run->block;
	DECLARE_BITMAP(pages, PHYSVM_BLOCK_PAGES) = {};
	const bool others = block_held(block);
	const bool held = others && (run_is_block(run) || block_page_held(block));

	bitmap_set(pages, run->start, run->count);
	if (!held)
		block_clean(block, run->start, run->count);

	spin_lock(&pool->lock);
	block->suspect |= others;
	if (held)
		quarantine(pool, block, pages);
	else
		add_free(pool, block, pages);
	spin_unlock(&pool->lock);
	settle(pool, block);
}

/**
 * pool_give() - Get pages back
 * @pool: the pool
 * @runs: as pool_take() filled them; mapped nowhere any more
 * @nr_runs: how many
 *
 * Pages somebody still holds go into quarantine, the others are free when this
 * returns.
 */
void pool_give(struct physvm_pool *pool, const struct physvm_run *runs,
	       unsigned int nr_runs)
{
	unsigned int i;

	for (i = 0; i < nr_runs; i++)
		give_run(pool, &runs[i]);
}

/* Quarantine. */

/* No new reference to a page in quarantine can come up: it is not mapped. */
static bool releasable(struct physvm_pool *pool, struct physvm_block *block,
		       unsigned long *pages)
{
	bool unused;

	spin_lock(&pool->lock);
	bitmap_copy(pages, block->quarantined, PHYSVM_BLOCK_PAGES);
	unused = block_unused(block);
	spin_unlock(&pool->lock);
	return unused ? !block_held(block) : !block_page_held(block);
}

static void release_quarantined(struct physvm_pool *pool,
				struct physvm_block *block)
{
	DECLARE_BITMAP(pages, PHYSVM_BLOCK_PAGES);
	unsigned int start, end;

	if (!releasable(pool, block, pages))
		return;
	for_each_set_bitrange(start, end, pages, PHYSVM_BLOCK_PAGES)
		block_clean(block, start, end - start);

	spin_lock(&pool->lock);
	bitmap_andnot(block->quarantined, block->quarantined, pages,
		      PHYSVM_BLOCK_PAGES);
	block->nr_quarantined -= bitmap_weight(pages, PHYSVM_BLOCK_PAGES);
	pool->nr_quarantined -= bitmap_weight(pages, PHYSVM_BLOCK_PAGES);
	add_free(pool, block, pages);
	spin_unlock(&pool->lock);
	settle(pool, block);
}

static void recheck(struct work_struct *work)
{
	struct physvm_pool *pool = container_of(to_delayed_work(work),
						struct physvm_pool, recheck);
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++) {
		if (READ_ONCE(pool->blocks[i].nr_quarantined))
			release_quarantined(pool, &pool->blocks[i]);
		cond_resched();
	}
	if (READ_ONCE(pool->nr_quarantined))
		schedule_delayed_work(&pool->recheck, RECHECK_PERIOD);
}

/* Looking. */

void pool_stat(struct physvm_pool *pool, struct physvm_pool_stat *stat)
{
	unsigned int i;

	stat->out_total_pages = pool_pages(pool);
	stat->out_free_blocks = 0;
	spin_lock(&pool->lock);
	for (i = 0; i < pool->nr_blocks; i++)
		stat->out_free_blocks += block_whole(&pool->blocks[i]);
	stat->out_free_pages = pool->nr_free;
	stat->out_quarantined_pages = pool->nr_quarantined;
	stat->out_largest_free_pages = place_largest(pool);
	spin_unlock(&pool->lock);
	stat->out_used_pages = stat->out_total_pages - stat->out_free_pages -
			       stat->out_quarantined_pages;
}

static bool range_ends_after(const struct physvm_pool *pool, unsigned int last,
			     u64 from)
{
	return PFN_PHYS((u64)pool->blocks[last].pfn + PHYSVM_BLOCK_PAGES) > from;
}

/**
 * pool_range() - Find a physically contiguous range of the pool
 * @pool: the pool
 * @from: the first range that ends above this physical address
 * @phys: its start
 * @length: its length in bytes
 * @free_pages: pages free in it
 *
 * Return: 0, or -ENOENT when there is none.
 */
int pool_range(struct physvm_pool *pool, u64 from, u64 *phys, u64 *length,
	       u64 *free_pages)
{
	unsigned int i, first = 0;

	*free_pages = 0;
	for (i = 0; i < pool->nr_blocks; i++) {
		if (!block_adjoins(pool, i)) {
			first = i;
			*free_pages = 0;
		}
		*free_pages += READ_ONCE(pool->blocks[i].nr_free);
		if (i + 1 < pool->nr_blocks && block_adjoins(pool, i + 1))
			continue;
		if (!range_ends_after(pool, i, from))
			continue;
		*phys = PFN_PHYS((u64)pool->blocks[first].pfn);
		*length = (u64)(i + 1 - first) * PHYSVM_BLOCK_SIZE;
		return 0;
	}
	return -ENOENT;
}

/* Filling and emptying. */

static int compare_pfn(const void *a, const void *b)
{
	const struct physvm_block *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* A signal stops it: filling a large pool takes a while. */
static int fill(struct physvm_pool *pool, unsigned int nr_blocks)
{
	int err = 0;

	while (pool->nr_blocks < nr_blocks && !err) {
		if (fatal_signal_pending(current))
			err = -EINTR;
		else
			err = block_init(&pool->blocks[pool->nr_blocks]);
		if (!err)
			pool->nr_blocks++;
		cond_resched();
	}
	return err;
}

/**
 * pool_init() - Reserve the memory
 * @pool: to be filled
 * @bytes: how much; a multiple of the block size and not 0
 *
 * Return: 0; -EINVAL for @bytes; -ENOMEM when it cannot be had, -EINTR when
 * killed: then nothing is kept.
 */
int pool_init(struct physvm_pool *pool, unsigned long bytes)
{
	const unsigned long nr_blocks = bytes / PHYSVM_BLOCK_SIZE;
	int err = -ENOMEM;

	if (!bytes || bytes % PHYSVM_BLOCK_SIZE) {
		pr_err("pool_size=%lu is not a multiple of %lu\n", bytes,
		       PHYSVM_BLOCK_SIZE);
		return -EINVAL;
	}
	spin_lock_init(&pool->lock);
	INIT_DELAYED_WORK(&pool->recheck, recheck);
	pool->nr_blocks = 0;
	/* Not even begun when it is hopeless: others need memory as well. */
	if (nr_blocks >= si_mem_available() / PHYSVM_BLOCK_PAGES) {
		pr_err("pool_size=%lu is more than the memory available\n", bytes);
		return -ENOMEM;
	}
	pool->blocks = kvcalloc(nr_blocks, sizeof(*pool->blocks), GFP_KERNEL);
	if (pool->blocks)
		err = fill(pool, nr_blocks);
	if (err) {
		pr_err("pool_size=%lu: no more than %lu bytes in pieces of %lu, error %d\n",
		       bytes, pool->nr_blocks * PHYSVM_BLOCK_SIZE,
		       PHYSVM_BLOCK_SIZE, err);
		pool_destroy(pool);
		return err;
	}
	sort(pool->blocks, nr_blocks, sizeof(*pool->blocks), compare_pfn, NULL);
	pool->nr_free = pool_pages(pool);
	return 0;
}

/* No area is left. Pages in quarantine are their holders' from now on. */
void pool_destroy(struct physvm_pool *pool)
{
	unsigned int i;

	cancel_delayed_work_sync(&pool->recheck);
	for (i = 0; i < pool->nr_blocks; i++)
		block_destroy(&pool->blocks[i]);
	kvfree(pool->blocks);
	pool->blocks = NULL;
	pool->nr_blocks = 0;
}
