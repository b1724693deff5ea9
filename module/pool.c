// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool: takes pages for areas, gets them back, keeps what is still held in
 * quarantine. Knows no file, no mapping and no user pointer.
 *
 * A free page is zero and reachable by nobody. On the way there it is, in this
 * order, unmapped (by the area's end), known not to be held by anybody, zeroed.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "place.h"
#include "pool.h"
#include "trace.h"

#define RECHECK_PERIOD msecs_to_jiffies(50)
#define RECHECK_LONGEST msecs_to_jiffies(1000)

unsigned long pool_pages(const struct physvm_pool *pool)
{
	return (unsigned long)pool->nr_blocks * PHYSVM_BLOCK_PAGES;
}

/* Taking. */

static void take_run(struct physvm_pool *pool, const struct physvm_want *want,
		     struct physvm_run *run)
{
	struct physvm_block *block = run->block;

	if (block_whole(block)) {
		block->owner = want->owner;
		block->busy = block->cache != want->cache;
	}
	if (!run_is_block(run) || want->divisible)
		hlist_add_head_rcu(&run->sharer, &block->sharers);
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

static int take(struct physvm_pool *pool, const struct physvm_want *want,
		struct physvm_run *runs, unsigned int max_runs)
{
	int i, nr_runs;

	spin_lock(&pool->lock);
	nr_runs = place(pool, want, runs, max_runs);
	for (i = 0; i < nr_runs; i++)
		take_run(pool, want, &runs[i]);
	spin_unlock(&pool->lock);
	return nr_runs;
}

/* Has what others keep given back, and what is in quarantine looked at now. */
static void find_more(struct physvm_pool *pool)
{
	if (pool->reclaim)
		pool->reclaim();
	if (!READ_ONCE(pool->nr_quarantined))
		return;
	mod_delayed_work(pool->workqueue, &pool->recheck, 0);
	flush_delayed_work(&pool->recheck);
}

/**
 * pool_take() - Make pages somebody's
 * @pool: the pool
 * @want: what is asked
 * @runs: filled, in order; to stay where they are until pool_give()
 * @max_runs: length of @runs
 *
 * Return: the number of runs; -ENOMEM, -ENXIO, -EBUSY as place(); -ENOSPC when
 * @runs is too short.
 */
int pool_take(struct physvm_pool *pool, const struct physvm_want *want,
	      struct physvm_run *runs, unsigned int max_runs)
{
	int nr_runs, err;

	nr_runs = take(pool, want, runs, max_runs);
	if ((nr_runs == -ENOMEM || nr_runs == -EBUSY) && !want->gently) {
		find_more(pool);
		nr_runs = take(pool, want, runs, max_runs);
	}
	trace_physvm_pool_take(pool, want, nr_runs);
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

/* A whole block is write-back: only an owner needs anything else. */
static bool begin_restoring(struct physvm_pool *pool, struct physvm_block *block)
{
	bool begin;

	spin_lock(&pool->lock);
	begin = block_whole(block) && block->cache != PHYSVM_CACHE_WB;
	if (begin) {
		block->busy = true;
		pool->nr_free -= PHYSVM_BLOCK_PAGES;
	}
	spin_unlock(&pool->lock);
	return begin;
}

static void restore_cache(struct physvm_pool *pool, struct physvm_block *block)
{
	int err;

	if (!begin_restoring(pool, block))
		return;
	err = block_set_cache(block, PHYSVM_CACHE_WB);
	if (err)
		pr_warn_ratelimited("block %#lx keeps its cache mode: error %d\n",
				    block->pfn, err);
	spin_lock(&pool->lock);
	block->busy = false;
	pool->nr_free += PHYSVM_BLOCK_PAGES;
	spin_unlock(&pool->lock);
}

/* With more than a block's worth waiting, not for long. */
static void quarantine(struct physvm_pool *pool, const struct physvm_run *run)
{
	struct physvm_block *block = run->block;

	spin_lock(&pool->lock);
	bitmap_set(block->quarantined, run->start, run->count);
	block->nr_quarantined += run->count;
	pool->nr_quarantined += run->count;
	pool->recheck_delay = RECHECK_PERIOD;
	if (pool->nr_quarantined > PHYSVM_BLOCK_PAGES)
		mod_delayed_work(pool->workqueue, &pool->recheck, 1);
	else
		queue_delayed_work(pool->workqueue, &pool->recheck, RECHECK_PERIOD);
	spin_unlock(&pool->lock);
}

static void add_free(struct physvm_pool *pool, const struct physvm_run *run)
{
	struct physvm_block *block = run->block;

	spin_lock(&pool->lock);
	bitmap_set(block->free, run->start, run->count);
	block->nr_free += run->count;
	pool->nr_free += run->count;
	spin_unlock(&pool->lock);
	restore_cache(pool, block);
}

/**
 * pool_give_part() - Get some pages of a run back
 * @pool: the pool
 * @part: where they are in their block; mapped nowhere any more. The run stays
 *	with the pool until pool_stop_sharing()
 *
 * Clean pages have not been mapped since they were free, so nobody has them.
 */
void pool_give_part(struct physvm_pool *pool, const struct physvm_run *part)
{
	if (block_held(part->block) &&
	    !block_is_clean(part->block, part->start, part->count)) {
		trace_physvm_pool_give(pool, part, true);
		quarantine(pool, part);
		return;
	}
	trace_physvm_pool_give(pool, part, false);
	block_clean(part->block, part->start, part->count);
	add_free(pool, part);
}

/**
 * pool_share() - Know that pages have changed hands
 * @pool: the pool
 * @runs: where the pages are listed from now on: filled, and to stay where they
 *	are until pool_stop_sharing(). The pages are in no mapping
 * @nr_runs: how many
 */
void pool_share(struct physvm_pool *pool, struct physvm_run *runs, unsigned int nr_runs)
{
	unsigned int i;

	spin_lock(&pool->lock);
	for (i = 0; i < nr_runs; i++)
		hlist_add_head_rcu(&runs[i].sharer, &runs[i].block->sharers);
	spin_unlock(&pool->lock);
}

/**
 * pool_stop_sharing() - Forget runs
 * @pool: the pool
 * @runs: as pool_take() filled them
 * @nr_runs: how many
 *
 * From here on the area may go: nobody is about to unmap it, nobody will.
 */
void pool_stop_sharing(struct physvm_pool *pool, struct physvm_run *runs,
		       unsigned int nr_runs)
{
	unsigned int i;

	mutex_lock(&pool->unmap_lock);
	spin_lock(&pool->lock);
	for (i = 0; i < nr_runs; i++)
		hlist_del_init_rcu(&runs[i].sharer);
	spin_unlock(&pool->lock);
	mutex_unlock(&pool->unmap_lock);
}

/**
 * pool_give() - Get pages back
 * @pool: the pool
 * @runs: as pool_take() filled them; mapped nowhere any more
 * @nr_runs: how many
 *
 * Pages somebody may still hold go into quarantine, the others are free when
 * this returns. Of a block that others have pages of as well it cannot be told,
 * unless none of them is mapped.
 */
void pool_give(struct physvm_pool *pool, struct physvm_run *runs,
	       unsigned int nr_runs)
{
	unsigned int i;

	pool_stop_sharing(pool, runs, nr_runs);
	for (i = 0; i < nr_runs; i++)
		pool_give_part(pool, &runs[i]);
}

/* Quarantine. */

/*
 * Is nobody holding a page? Where others have theirs mapped they are unmapped,
 * to be mapped again when touched: then only I/O and pipes count. If one is
 * touched before we have looked, or if it is others' pages that are held, we
 * look again another time.
 */
static bool nobody_holds(struct physvm_pool *pool, struct physvm_block *block)
{
	struct physvm_run *run;
	bool held;

	if (!block_held(block))
		return true;
	mutex_lock(&pool->unmap_lock);
	hlist_for_each_entry_rcu(run, &block->sharers, sharer,
				 lockdep_is_held(&pool->unmap_lock))
		pool->unmap(run);
	held = block_held(block);
	mutex_unlock(&pool->unmap_lock);
	return !held;
}

/* Lets out what was in before we looked: that nobody holds, and nobody will. */
static void release_quarantined(struct physvm_pool *pool,
				struct physvm_block *block)
{
	DECLARE_BITMAP(pages, PHYSVM_BLOCK_PAGES);
	struct physvm_run run = { .block = block };
	unsigned int start, end;

	spin_lock(&pool->lock);
	bitmap_copy(pages, block->quarantined, PHYSVM_BLOCK_PAGES);
	spin_unlock(&pool->lock);
	if (!nobody_holds(pool, block))
		return;
	for_each_set_bitrange(start, end, pages, PHYSVM_BLOCK_PAGES) {
		run.start = start;
		run.count = end - start;
		trace_physvm_pool_release(pool, &run);
		block_clean(block, run.start, run.count);
		spin_lock(&pool->lock);
		bitmap_clear(block->quarantined, run.start, run.count);
		block->nr_quarantined -= run.count;
		pool->nr_quarantined -= run.count;
		spin_unlock(&pool->lock);
		add_free(pool, &run);
	}
}

static void recheck(struct work_struct *work)
{
	struct physvm_pool *pool = container_of(to_delayed_work(work),
						struct physvm_pool, recheck);
	const unsigned long before = READ_ONCE(pool->nr_quarantined);
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++) {
		if (READ_ONCE(pool->blocks[i].nr_quarantined))
			release_quarantined(pool, &pool->blocks[i]);
		cond_resched();
	}
	spin_lock(&pool->lock);
	if (pool->nr_quarantined >= before)
		pool->recheck_delay = min(2 * pool->recheck_delay, RECHECK_LONGEST);
	if (pool->nr_quarantined)
		queue_delayed_work(pool->workqueue, &pool->recheck,
				   pool->recheck_delay);
	spin_unlock(&pool->lock);
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

static struct physvm_block *find_block_after(struct physvm_pool *pool, unsigned long pfn)
{
	unsigned int low = 0, high = pool->nr_blocks;

	while (low < high) {
		const unsigned int mid = low + (high - low) / 2;

		if (pool->blocks[mid].pfn > pfn)
			high = mid;
		else
			low = mid + 1;
	}
	return low < pool->nr_blocks ? &pool->blocks[low] : NULL;
}

static void look_at_block(const struct physvm_block *block, struct pool_block_stat *stat)
{
	stat->pfn = block->pfn;
	stat->node = block->folio ? folio_nid(block->folio) : NUMA_NO_NODE;
	stat->cache = block->cache;
	stat->owner = block->owner;
	stat->free = block->nr_free;
	stat->quarantined = block->nr_quarantined;
	stat->dirty = bitmap_weight(block->dirty, PHYSVM_BLOCK_PAGES);
}

/**
 * pool_next_block() - Look at a block
 * @pool: the pool
 * @after: the first whose first frame is greater than that
 * @stat: filled in
 *
 * Return: whether there is one.
 */
bool pool_next_block(struct physvm_pool *pool, unsigned long after,
		     struct pool_block_stat *stat)
{
	const struct physvm_block *block;

	spin_lock(&pool->lock);
	block = find_block_after(pool, after);
	if (block)
		look_at_block(block, stat);
	spin_unlock(&pool->lock);
	return block;
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

static int init_next_block(struct physvm_pool *pool)
{
	struct physvm_block *block = &pool->blocks[pool->nr_blocks];

	if (!pool->hidden_pfn)
		return block_init(block);
	return block_init_hidden(block, pool->hidden_pfn + pool_pages(pool));
}

/* A signal stops it: filling a large pool takes a while. */
static int fill(struct physvm_pool *pool, unsigned int nr_blocks)
{
	int err = 0;

	while (pool->nr_blocks < nr_blocks && !err) {
		if (fatal_signal_pending(current))
			err = -EINTR;
		else
			err = init_next_block(pool);
		if (!err)
			pool->nr_blocks++;
		cond_resched();
	}
	return err;
}

static void empty(struct physvm_pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++)
		block_destroy(&pool->blocks[i]);
	kvfree(pool->blocks);
}

static int fill_or_empty(struct physvm_pool *pool, unsigned long nr_blocks)
{
	int err = -ENOMEM;

	pool->blocks = kvcalloc(nr_blocks, sizeof(*pool->blocks), GFP_KERNEL);
	if (pool->blocks)
		err = fill(pool, nr_blocks);
	if (err && !pool->hidden_pfn)
		pr_err("no more than %lu MiB can be had in pieces of %lu, error %d\n",
		       pool_pages(pool) >> (20 - PAGE_SHIFT),
		       PHYSVM_BLOCK_SIZE >> 20, err);
	if (err)
		empty(pool);
	return err;
}

static int init(struct physvm_pool *pool, unsigned long nr_blocks,
		void (*unmap)(const struct physvm_run *run))
{
	int err;

	spin_lock_init(&pool->lock);
	mutex_init(&pool->unmap_lock);
	INIT_DELAYED_WORK(&pool->recheck, recheck);
	pool->unmap = unmap;
	pool->nr_blocks = 0;
	pool->workqueue = alloc_workqueue("physvm", WQ_UNBOUND, 1);
	if (!pool->workqueue)
		return -ENOMEM;
	err = nr_blocks ? fill_or_empty(pool, nr_blocks) : 0;
	if (err) {
		destroy_workqueue(pool->workqueue);
		return err;
	}
	sort(pool->blocks, nr_blocks, sizeof(*pool->blocks), compare_pfn, NULL);
	pool->nr_free = pool_pages(pool);
	return 0;
}

/**
 * pool_init() - Reserve the memory
 * @pool: to be filled
 * @bytes: how much; a multiple of the block size and not 0
 * @unmap: removes the mappings of a run whose area is alive
 *
 * Return: 0; -EINVAL for @bytes; -ENOMEM when it cannot be had, -EINTR when
 * killed: then nothing is kept.
 */
int pool_init(struct physvm_pool *pool, unsigned long bytes,
	      void (*unmap)(const struct physvm_run *run))
{
	const unsigned long nr_blocks = bytes / PHYSVM_BLOCK_SIZE;

	if (!bytes || bytes % PHYSVM_BLOCK_SIZE) {
		pr_err("pool_size=%lu is not a multiple of %lu\n", bytes,
		       PHYSVM_BLOCK_SIZE);
		return -EINVAL;
	}
	/* Not even begun when it is hopeless: others need memory as well. */
	if (nr_blocks >= si_mem_available() / PHYSVM_BLOCK_PAGES) {
		pr_err("pool_size=%lu is more than the memory available\n", bytes);
		return -ENOMEM;
	}
	return init(pool, nr_blocks, unmap);
}

/**
 * pool_init_hidden() - Make a pool of memory the kernel does not know
 * @pool: to be filled
 * @phys: first byte
 * @bytes: how much; both multiples of the block size. 0 for an empty pool
 * @unmap: as for pool_init()
 *
 * Return: 0; as block_init_hidden(); -EINTR when killed: then nothing is kept.
 */
int pool_init_hidden(struct physvm_pool *pool, unsigned long phys, unsigned long bytes,
		     void (*unmap)(const struct physvm_run *run))
{
	pool->hidden_pfn = PHYS_PFN(phys);
	return init(pool, bytes / PHYSVM_BLOCK_SIZE, unmap);
}

/* No area is left. Pages in quarantine are their holders' from now on. */
void pool_destroy(struct physvm_pool *pool)
{
	cancel_delayed_work_sync(&pool->recheck);
	destroy_workqueue(pool->workqueue);
	empty(pool);
}
