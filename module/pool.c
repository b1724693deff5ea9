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

#include "place.h"
#include "pool.h"
#include "trace.h"

#define RECHECK_PERIOD msecs_to_jiffies(50)
#define RECHECK_LONGEST msecs_to_jiffies(1000)
/* Pages in quarantine for longer are worth an event. */
#define STUCK_AFTER (10 * HZ)

unsigned long pool_pages(const struct physvm_pool *pool)
{
	return (unsigned long)READ_ONCE(pool->nr_blocks) * PHYSVM_BLOCK_PAGES;
}

/* Every change of how many pages of a block are free; with pool->lock. */
static void count_free(struct physvm_pool *pool, struct physvm_block *block, int pages)
{
	pool->nr_whole -= block_whole(block);
	block->nr_free += pages;
	pool->nr_whole += block_whole(block);
	pool->nr_free += pages;
	watch_free_pages(pool, pages > 0);
}

/* Taking. */

static void take_run(struct physvm_pool *pool, const struct physvm_want *want,
		     struct physvm_run *run)
{
	struct physvm_block *block = run->block;

	const bool whole = block_whole(block);

	if (!run_is_block(run) || want->divisible)
		hlist_add_head_rcu(&run->sharer, &block->sharers);
	bitmap_clear(block->free, run->start, run->count);
	count_free(pool, block, -(int)run->count);
	if (whole) {
		block->owner = want->owner;
		block->busy = block->cache != want->cache;
	}
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
		struct physvm_run *runs, unsigned int max_runs, bool last)
{
	int i, nr_runs, err;

	spin_lock(&pool->lock);
	nr_runs = place(pool, want, runs, max_runs);
	err = nr_runs < 0 ? 0 : payer_charge(want->payer, pool_kind(pool), want->pages,
					     pool_pages(pool), last);
	nr_runs = err ?: nr_runs;
	for (i = 0; i < nr_runs; i++)
		take_run(pool, want, &runs[i]);
	pool->counts.takes += nr_runs > 0;
	pool->counts.taken_pages += nr_runs > 0 ? want->pages : 0;
	spin_unlock(&pool->lock);
	return nr_runs;
}

static enum pool_failure failure_of(const struct physvm_pool *pool,
				    const struct physvm_want *want, int err)
{
	if (err == -ENXIO)
		return POOL_FAILURE_RANGE;
	if (err == -EBUSY)
		return POOL_FAILURE_BUSY;
	if (err == -EDQUOT)
		return POOL_FAILURE_LIMIT;
	return want->pages > pool->nr_free ? POOL_FAILURE_PAGES : POOL_FAILURE_PLACE;
}

/* That @runs was too short is the caller's affair, who comes again. */
static void count_failure(struct physvm_pool *pool, const struct physvm_want *want, int err)
{
	if (err == -ENOSPC || want->gently)
		return;
	spin_lock(&pool->lock);
	pool->counts.failures[failure_of(pool, want, err)]++;
	if (err == -ENOMEM && !want->contig)
		watch_failed(pool, want->pages);
	spin_unlock(&pool->lock);
}

/**
 * pool_exceeded() - Is that more than there is of the pool at all?
 * @pool: the pool
 * @pages: asked for
 * @failure: what it is counted as then
 *
 * Who asks for what has never been there has not exhausted the pool, so there is no
 * event.
 */
bool pool_exceeded(struct physvm_pool *pool, unsigned long pages, enum pool_failure failure)
{
	if (pages <= pool_pages(pool))
		return false;
	spin_lock(&pool->lock);
	pool->counts.failures[failure]++;
	spin_unlock(&pool->lock);
	return true;
}

static void count_cache_failure(struct physvm_pool *pool)
{
	spin_lock(&pool->lock);
	pool->counts.failures[POOL_FAILURE_CACHE]++;
	spin_unlock(&pool->lock);
}

static bool is_worth_more(int err)
{
	return err == -ENOMEM || err == -EBUSY || err == -EDQUOT;
}

/**
 * pool_take() - Make pages somebody's
 * @pool: the pool
 * @want: what is asked
 * @runs: filled, in order; to stay where they are until pool_give()
 * @max_runs: length of @runs
 *
 * Return: the number of runs; -ENOMEM, -ENXIO, -EBUSY as place(); -EDQUOT as
 * payer_charge(); -ENOSPC when @runs is too short.
 */
int pool_take(struct physvm_pool *pool, const struct physvm_want *want,
	      struct physvm_run *runs, unsigned int max_runs)
{
	int nr_runs, err;

	nr_runs = take(pool, want, runs, max_runs, false);
	if (is_worth_more(nr_runs) && !want->gently) {
		pool_find_more(pool, nr_runs == -EDQUOT ? want->payer : NULL);
		nr_runs = take(pool, want, runs, max_runs, true);
	}
	trace_physvm_pool_take(pool, want, nr_runs);
	if (nr_runs < 0) {
		count_failure(pool, want, nr_runs);
		return nr_runs;
	}

	err = convert_taken(pool, want, runs, nr_runs);
	if (err) {
		count_cache_failure(pool);
		pool_give(pool, runs, nr_runs, want->payer);
		return err;
	}
	return nr_runs;
}

/* Giving back. */

/*
 * A whole block is write-back: only an owner needs anything else. While it is
 * being changed the block is busy and its pages are not free, so it stays.
 */
static bool begin_restoring(struct physvm_pool *pool, struct physvm_block *block)
{
	if (!block_whole(block) || block->cache == PHYSVM_CACHE_WB)
		return false;
	pool->nr_whole--;
	pool->nr_free -= PHYSVM_BLOCK_PAGES;
	block->busy = true;
	return true;
}

static void restore_cache(struct physvm_pool *pool, struct physvm_block *block)
{
	const int err = block_set_cache(block, PHYSVM_CACHE_WB);

	if (err)
		pr_warn_ratelimited("block %#lx keeps its cache mode: error %d\n",
				    block->pfn, err);
	spin_lock(&pool->lock);
	block->busy = false;
	pool->nr_whole++;
	pool->nr_free += PHYSVM_BLOCK_PAGES;
	watch_free_pages(pool, true);
	spin_unlock(&pool->lock);
}

static void count_given(struct physvm_pool *pool, unsigned int pages)
{
	pool->counts.gives++;
	pool->counts.given_pages += pages;
}

static void count_quarantined(struct physvm_pool *pool, struct physvm_block *block, int pages)
{
	if (!block->nr_quarantined) {
		block->quarantined_since = jiffies;
		block->stuck = false;
	}
	block->nr_quarantined += pages;
	pool->nr_quarantined += pages;
}

/* With more than a block's worth waiting, not for long. */
static void quarantine(struct physvm_pool *pool, const struct physvm_run *run,
		       struct payer *payer)
{
	struct physvm_block *block = run->block;

	spin_lock(&pool->lock);
	count_given(pool, run->count);
	pool->counts.quarantined_pages += run->count;
	payer_hold(&block->payer, payer, pool_kind(pool), run->count);
	bitmap_set(block->quarantined, run->start, run->count);
	count_quarantined(pool, block, run->count);
	pool->recheck_delay = RECHECK_PERIOD;
	if (pool->nr_quarantined > PHYSVM_BLOCK_PAGES)
		mod_delayed_work(pool->workqueue, &pool->recheck, 1);
	else
		queue_delayed_work(pool->workqueue, &pool->recheck, RECHECK_PERIOD);
	spin_unlock(&pool->lock);
}

/* With pool->lock. */
static void leave_quarantine(struct physvm_pool *pool, const struct physvm_run *run)
{
	bitmap_clear(run->block->quarantined, run->start, run->count);
	count_quarantined(pool, run->block, -(int)run->count);
	pool->counts.released_pages += run->count;
	payer_uncharge(run->block->payer, pool_kind(pool), run->count);
	if (!run->block->nr_quarantined)
		payer_drop(&run->block->payer);
}

/*
 * Without @payer they come out of quarantine: then the block knows who is charged.
 * Unless it is to be restored, the block may have left the pool on return.
 */
static void add_free(struct physvm_pool *pool, const struct physvm_run *run,
		     struct payer *payer)
{
	struct physvm_block *block = run->block;
	bool restore;

	spin_lock(&pool->lock);
	if (payer) {
		count_given(pool, run->count);
		payer_uncharge(payer, pool_kind(pool), run->count);
	} else {
		leave_quarantine(pool, run);
	}
	bitmap_set(block->free, run->start, run->count);
	count_free(pool, block, run->count);
	restore = begin_restoring(pool, block);
	spin_unlock(&pool->lock);
	if (restore)
		restore_cache(pool, block);
}

/**
 * pool_give_part() - Get some pages of a run back
 * @pool: the pool
 * @part: where they are in their block; mapped nowhere any more. The run stays
 *	with the pool until pool_stop_sharing()
 * @payer: who is charged for them until they are free
 *
 * Clean pages have not been mapped since they were free, so nobody has them.
 */
void pool_give_part(struct physvm_pool *pool, const struct physvm_run *part,
		    struct payer *payer)
{
	if (block_held(part->block) &&
	    !block_is_clean(part->block, part->start, part->count)) {
		trace_physvm_pool_give(pool, part, true);
		quarantine(pool, part, payer);
		return;
	}
	trace_physvm_pool_give(pool, part, false);
	block_clean(part->block, part->start, part->count);
	add_free(pool, part, payer);
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
 * @payer: who is charged for them until they are free
 *
 * Pages somebody may still hold go into quarantine, the others are free when
 * this returns. Of a block that others have pages of as well it cannot be told,
 * unless none of them is mapped.
 */
void pool_give(struct physvm_pool *pool, struct physvm_run *runs,
	       unsigned int nr_runs, struct payer *payer)
{
	unsigned int i;

	pool_stop_sharing(pool, runs, nr_runs);
	for (i = 0; i < nr_runs; i++)
		pool_give_part(pool, &runs[i], payer);
}

/* Quarantine. */

static void unmap_sharers(struct physvm_pool *pool, struct physvm_block *block)
{
	struct physvm_run *run;

	hlist_for_each_entry_rcu(run, &block->sharers, sharer,
				 lockdep_is_held(&pool->unmap_lock))
		pool->unmap(run);
}

/*
 * Is nobody holding a page? Where others have theirs mapped they are unmapped,
 * to be mapped again when touched: then only I/O and pipes count. Who touches one
 * meanwhile waits, or threads that never stop would have everything stay in
 * quarantine. One who was on the way before may still map it; so we look twice.
 * If others' pages are held, we look again another time.
 */
static bool nobody_holds(struct physvm_pool *pool, struct physvm_block *block)
{
	bool held = block_held(block);
	int looks;

	if (!held)
		return true;
	mutex_lock(&pool->unmap_lock);
	WRITE_ONCE(block->kept_out, true);
	for (looks = 0; looks < 2 && held; looks++) {
		unmap_sharers(pool, block);
		held = block_held(block);
	}
	WRITE_ONCE(block->kept_out, false);
	mutex_unlock(&pool->unmap_lock);
	return !held;
}

/**
 * pool_wait_for_look() - Wait while a block of which a page is touched is kept_out
 * @pool: the pool
 *
 * Look again afterwards. No lock that unmapping takes may be held, nor a folio's.
 */
void pool_wait_for_look(struct physvm_pool *pool)
{
	mutex_lock(&pool->unmap_lock);
	mutex_unlock(&pool->unmap_lock);
}

/* Tells once of pages that have been in quarantine for long. */
static void note_held(struct physvm_pool *pool, struct physvm_block *block)
{
	spin_lock(&pool->lock);
	if (!block->stuck && time_after(jiffies, block->quarantined_since + STUCK_AFTER)) {
		block->stuck = true;
		watch_held(pool, block);
	}
	spin_unlock(&pool->lock);
}

/*
 * Lets out what was in before we looked: that nobody holds, and nobody will. The
 * block is the pool's until its last page is out, for only this lets any out.
 */
static void release_quarantined(struct physvm_pool *pool,
				struct physvm_block *block)
{
	DECLARE_BITMAP(pages, PHYSVM_BLOCK_PAGES);
	struct physvm_run run = { .block = block };
	unsigned int start, end;

	spin_lock(&pool->lock);
	bitmap_copy(pages, block->quarantined, PHYSVM_BLOCK_PAGES);
	spin_unlock(&pool->lock);
	if (!nobody_holds(pool, block)) {
		note_held(pool, block);
		return;
	}
	for_each_set_bitrange(start, end, pages, PHYSVM_BLOCK_PAGES) {
		run.start = start;
		run.count = end - start;
		trace_physvm_pool_release(pool, &run);
		block_clean(block, run.start, run.count);
		add_free(pool, &run, NULL);
	}
}

/* The next block with pages in quarantine, from a frame on, which moves behind it. */
static struct physvm_block *next_quarantined(struct physvm_pool *pool, unsigned long *pfn)
{
	struct physvm_block *block = NULL;
	unsigned int i;

	spin_lock(&pool->lock);
	for (i = place_index(pool, *pfn); i < pool->nr_blocks && !block; i++)
		if (pool->blocks[i]->nr_quarantined)
			block = pool->blocks[i];
	if (block)
		*pfn = block->pfn + PHYSVM_BLOCK_PAGES;
	spin_unlock(&pool->lock);
	return block;
}

/* All of it: who comes while another is at it begins when that has ended. */
static void look_at_quarantine(struct physvm_pool *pool)
{
	struct physvm_block *block;
	unsigned long pfn = 0;

	mutex_lock(&pool->look_lock);
	while ((block = next_quarantined(pool, &pfn))) {
		release_quarantined(pool, block);
		cond_resched();
	}
	mutex_unlock(&pool->look_lock);
}

/**
 * pool_find_more() - Look for pages where some may be had
 * @pool: the pool
 * @payer: whose limit is in the way: only those are asked who have a limit in common
 *	with it. NULL when it is the pool that has not enough: all are asked
 *
 * What others keep is given back, and what is in quarantine is looked at now.
 */
void pool_find_more(struct physvm_pool *pool, const struct payer *payer)
{
	if (pool->reclaim)
		pool->reclaim(payer);
	if (READ_ONCE(pool->nr_quarantined))
		look_at_quarantine(pool);
}

static void recheck(struct work_struct *work)
{
	struct physvm_pool *pool = container_of(to_delayed_work(work),
						struct physvm_pool, recheck);
	const unsigned long before = READ_ONCE(pool->nr_quarantined);

	look_at_quarantine(pool);
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
	spin_lock(&pool->lock);
	stat->out_total_pages = pool_pages(pool);
	stat->out_free_blocks = pool->nr_whole;
	stat->out_free_pages = pool->nr_free;
	stat->out_quarantined_pages = pool->nr_quarantined;
	stat->out_largest_free_pages = place_largest(pool);
	spin_unlock(&pool->lock);
	stat->out_used_pages = stat->out_total_pages - stat->out_free_pages -
			       stat->out_quarantined_pages;
}

static void look_at_block(const struct physvm_block *block, struct pool_block_stat *stat)
{
	stat->pfn = block->pfn;
	stat->node = block->node;
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
	unsigned int i;
	bool found;

	spin_lock(&pool->lock);
	i = place_index(pool, after + PHYSVM_BLOCK_PAGES);
	found = i < pool->nr_blocks;
	if (found)
		look_at_block(pool->blocks[i], stat);
	spin_unlock(&pool->lock);
	return found;
}

/* Of the blocks of @node only, NUMA_NO_NODE being hidden memory's. */
void pool_node_stat(struct physvm_pool *pool, int node, struct pool_node_stat *stat)
{
	unsigned int i;

	*stat = (struct pool_node_stat){};
	spin_lock(&pool->lock);
	for (i = 0; i < pool->nr_blocks; i++) {
		const struct physvm_block *block = pool->blocks[i];

		if (block->node != node)
			continue;
		stat->total_pages += PHYSVM_BLOCK_PAGES;
		stat->free_pages += block->nr_free;
		stat->quarantined_pages += block->nr_quarantined;
		stat->free_blocks += block_whole(block);
	}
	spin_unlock(&pool->lock);
}

/* All of one moment. */
void pool_counts(struct physvm_pool *pool, struct pool_counts *counts)
{
	spin_lock(&pool->lock);
	*counts = pool->counts;
	spin_unlock(&pool->lock);
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
	unsigned int i, first;
	int err = -ENOENT;

	*free_pages = 0;
	spin_lock(&pool->lock);
	first = place_index(pool, PHYS_PFN(from));
	if (first == pool->nr_blocks)
		goto unlock;
	while (block_adjoins(pool, first))
		first--;
	for (i = first; i == first || (i < pool->nr_blocks && block_adjoins(pool, i)); i++)
		*free_pages += pool->blocks[i]->nr_free;
	*phys = PFN_PHYS((u64)pool->blocks[first]->pfn);
	*length = (u64)(i - first) * PHYSVM_BLOCK_SIZE;
	err = 0;
unlock:
	spin_unlock(&pool->lock);
	return err;
}

/* Beginning and end. */

/**
 * pool_begin() - Make a pool without blocks
 * @pool: all zero but for what its makers know
 * @unmap: removes the mappings of a run whose area is alive
 *
 * Return: 0, or -ENOMEM.
 */
int pool_begin(struct physvm_pool *pool, void (*unmap)(const struct physvm_run *run))
{
	spin_lock_init(&pool->lock);
	mutex_init(&pool->look_lock);
	mutex_init(&pool->unmap_lock);
	mutex_init(&pool->resize_lock);
	INIT_DELAYED_WORK(&pool->recheck, recheck);
	pool->unmap = unmap;
	pool->workqueue = alloc_workqueue("physvm", WQ_UNBOUND, 1);
	return pool->workqueue ? 0 : -ENOMEM;
}

/* Nothing happens in it by itself after this. */
void pool_end(struct physvm_pool *pool)
{
	cancel_delayed_work_sync(&pool->recheck);
	destroy_workqueue(pool->workqueue);
}
