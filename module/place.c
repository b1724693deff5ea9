// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in the pool an area goes. Only looks: pool.c takes what is found.
 * Everything here runs under pool->lock.
 *
 * Large areas want whole blocks, for those are mapped by a PMD. Small ones want
 * a block that is carved already, from the other end of the pool, so that they
 * do not use the whole blocks up. Where blocks are of several NUMA nodes, all of
 * this is tried with those of the caller's node first.
 */
#include "place.h"

struct plan {
	struct physvm_pool *pool;
	const struct physvm_want *want;
	struct physvm_run *runs;
	unsigned int nr_runs;
	unsigned int max_runs;
	unsigned long left;	/* pages still to be planned */
	int node;		/* of the blocks, or NUMA_NO_NODE */
};

static bool on_node(const struct plan *plan, const struct physvm_block *block)
{
	return plan->node == NUMA_NO_NODE || plan->node == block->node;
}

static bool whole(const struct plan *plan, const struct physvm_block *block)
{
	return block_whole(block) && on_node(plan, block);
}

/*
 * May pages of this block go to whoever wants? One user's pages held for long
 * keep others of the block in quarantine, so no two users share one.
 */
static bool may_go_to(const struct physvm_want *want, const struct physvm_block *block)
{
	if (block->busy)
		return false;
	return block_whole(block) ||
	       (block->cache == want->cache && uid_eq(block->owner, want->owner));
}

static bool usable(const struct plan *plan, const struct physvm_block *block)
{
	return on_node(plan, block) && may_go_to(plan->want, block);
}

static bool carved(const struct plan *plan, const struct physvm_block *block)
{
	return !block_whole(block) && usable(plan, block);
}

static int emit(struct plan *plan, struct physvm_block *block,
		unsigned int start, unsigned int count)
{
	if (plan->nr_runs == plan->max_runs)
		return -ENOSPC;
	plan->runs[plan->nr_runs++] = (struct physvm_run){
		.area = plan->want->area,
		.block = block,
		.start = start,
		.count = count,
	};
	plan->left -= count;
	return 0;
}

/* Plans all that is left from page @start of block @i on, which is free. */
static int emit_contig(struct plan *plan, unsigned int i, unsigned int start)
{
	int err = 0;

	for (; plan->left && !err; i++, start = 0)
		err = emit(plan, plan->pool->blocks[i], start,
			   min_t(unsigned long, plan->left,
				 PHYSVM_BLOCK_PAGES - start));
	return err;
}

/*
 * A stretch of free pages that may go on over adjoining blocks: begins at page
 * @start of block @first and has @pages so far.
 */
struct stretch {
	unsigned int first;
	unsigned int start;
	unsigned long pages;
	unsigned long longest;	/* of all stretches so far */
};

/*
 * Goes on with the free pages of block @i; true as soon as @want are found.
 * Afterwards the stretch is what reaches the end of the block, if anything.
 * With @whole_only a stretch begins nowhere but at the start of a block.
 */
static bool stretch_over(struct physvm_pool *pool, struct stretch *s,
			 unsigned int i, unsigned long want, bool whole_only)
{
	const unsigned long *free = pool->blocks[i]->free;
	unsigned int start, end;

	if (!block_adjoins(pool, i))
		s->pages = 0;
	for (start = 0; start < PHYSVM_BLOCK_PAGES; start = end + 1) {
		start = find_next_bit(free, PHYSVM_BLOCK_PAGES, start);
		end = find_next_zero_bit(free, PHYSVM_BLOCK_PAGES, start);
		if (start || !s->pages) {
			s->first = i;
			s->start = start;
			s->pages = 0;
		}
		if (!whole_only || !s->start)
			s->pages += end - start;
		s->longest = max(s->longest, s->pages);
		if (s->pages >= want)
			return true;
		if (end < PHYSVM_BLOCK_PAGES)
			s->pages = 0;
	}
	return false;
}

static int place_contig(struct plan *plan, bool whole_only)
{
	struct physvm_pool *pool = plan->pool;
	struct stretch s = {};
	unsigned int i;

	if (plan->left > pool->nr_free || (whole_only && !pool->nr_whole))
		return -ENOMEM;
	for (i = 0; i < pool->nr_blocks; i++) {
		if (!usable(plan, pool->blocks[i]))
			s.pages = 0;
		else if (stretch_over(pool, &s, i, plan->left, whole_only))
			return emit_contig(plan, s.first, s.start);
	}
	return -ENOMEM;
}

/* Pages [start, start + left) of one block, if they are free in it. */
static int place_in_block(struct plan *plan, unsigned int i)
{
	struct stretch s = {};

	if (plan->pool->blocks[i]->nr_free < plan->left ||
	    !stretch_over(plan->pool, &s, i, plan->left, false))
		return -ENOMEM;
	return emit_contig(plan, i, s.start);
}

/* Less than a block: in a carved block, else carve the last whole one. */
static int place_small(struct plan *plan, unsigned int from)
{
	struct physvm_pool *pool = plan->pool;
	unsigned int i;

	/* Who takes pages one by one does not look for the block each time. */
	i = pool->last_carved;
	if (plan->want->divisible && i < pool->nr_blocks &&
	    carved(plan, pool->blocks[i]) && !place_in_block(plan, i))
		return 0;
	for (i = 0; i < pool->nr_blocks; i++) {
		if (carved(plan, pool->blocks[i]) && !place_in_block(plan, i)) {
			pool->last_carved = i;
			return 0;
		}
	}
	for (i = pool->nr_whole ? pool->nr_blocks : 0; i > from; i--)
		if (whole(plan, pool->blocks[i - 1]))
			return place_in_block(plan, i - 1);
	return -ENOMEM;
}

static int place_fragments(struct plan *plan, struct physvm_block *block)
{
	unsigned int start, end;
	int err = 0;

	for (start = 0; plan->left && !err; start = end) {
		start = find_next_bit(block->free, PHYSVM_BLOCK_PAGES, start);
		if (start >= PHYSVM_BLOCK_PAGES)
			break;
		end = find_next_zero_bit(block->free, PHYSVM_BLOCK_PAGES, start);
		end = min_t(unsigned long, end, start + plan->left);
		err = emit(plan, block, start, end - start);
	}
	return err;
}

/*
 * Whole blocks from anywhere, then one piece for the tail, then crumbs. No whole
 * block is left by then: the tail would have got its piece of it.
 */
static int place_scattered(struct plan *plan)
{
	struct physvm_pool *pool = plan->pool;
	unsigned int i, whole_end = 0;
	int err = 0;

	for (i = 0; i < pool->nr_blocks && plan->left >= PHYSVM_BLOCK_PAGES && !err; i++) {
		if (!whole(plan, pool->blocks[i]))
			continue;
		err = emit(plan, pool->blocks[i], 0, PHYSVM_BLOCK_PAGES);
		whole_end = i + 1;
	}
	if (!err && plan->left && plan->left < PHYSVM_BLOCK_PAGES)
		place_small(plan, whole_end);
	for (i = 0; i < pool->nr_blocks && plan->left && !err; i++)
		if (carved(plan, pool->blocks[i]))
			err = place_fragments(plan, pool->blocks[i]);
	return err ?: plan->left ? -ENOMEM : 0;
}

/* The first block that ends behind a frame; as many as there are if none does. */
unsigned int place_index(const struct physvm_pool *pool, unsigned long pfn)
{
	unsigned int low = 0, high = pool->nr_blocks;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (pool->blocks[mid]->pfn + PHYSVM_BLOCK_PAGES > pfn)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The block a frame is in, or -ENXIO. */
static int find_block(const struct physvm_pool *pool, unsigned long pfn)
{
	const unsigned int i = place_index(pool, pfn);

	return i < pool->nr_blocks && pool->blocks[i]->pfn <= pfn ? (int)i : -ENXIO;
}

static bool range_free(const struct plan *plan, const struct physvm_run *run)
{
	const unsigned int end = run->start + run->count;

	return usable(plan, run->block) &&
	       find_next_zero_bit(run->block->free, end, run->start) >= end;
}

/* ENXIO goes before EBUSY: is it pool memory at all, then is it free. */
static int place_at(struct plan *plan)
{
	struct physvm_pool *pool = plan->pool;
	int first = find_block(pool, plan->want->pfn);
	unsigned int i, start;
	unsigned long end;
	int err;

	if (first < 0)
		return first;
	start = plan->want->pfn - pool->blocks[first]->pfn;
	end = start + plan->want->pages;
	for (i = 1; i < DIV_ROUND_UP(end, PHYSVM_BLOCK_PAGES); i++)
		if (first + i >= pool->nr_blocks || !block_adjoins(pool, first + i))
			return -ENXIO;
	err = emit_contig(plan, first, start);
	for (i = 0; i < plan->nr_runs && !err; i++)
		if (!range_free(plan, &plan->runs[i]))
			err = -EBUSY;
	return err;
}

static int place_on_node(struct plan *plan, int node)
{
	const bool large = plan->left >= PHYSVM_BLOCK_PAGES;
	int err;

	plan->node = node;
	err = large ? place_contig(plan, true) : place_small(plan, 0);
	if (err == -ENOMEM)
		err = place_contig(plan, false);
	if (err == -ENOMEM && !plan->want->contig)
		err = place_scattered(plan);
	return err;
}

static int place_anywhere(struct plan *plan)
{
	int err = -ENOMEM;

	if (plan->pool->nr_nodes > 1)
		err = place_on_node(plan, numa_mem_id());
	if (err != -ENOMEM)
		return err;
	plan->nr_runs = 0;
	plan->left = plan->want->pages;
	return place_on_node(plan, NUMA_NO_NODE);
}

/* The block that the last of the pages taken one by one was of, if more of it may be. */
static struct physvm_block *last_carved(const struct physvm_pool *pool,
					const struct physvm_want *want)
{
	struct physvm_block *block;

	if (pool->last_carved >= pool->nr_blocks)
		return NULL;
	block = pool->blocks[pool->last_carved];
	if (pool->nr_nodes > 1 && block->node != numa_mem_id())
		return NULL;
	return !block_whole(block) && may_go_to(want, block) ? block : NULL;
}

/*
 * Who takes pages one by one gets the next of the block that the last was of, the
 * one that place_in_block() would find, and nothing else is looked at.
 */
static bool place_another(struct physvm_pool *pool, const struct physvm_want *want,
			  struct physvm_run *run)
{
	struct physvm_block *block = last_carved(pool, want);
	unsigned int start;

	start = block ? find_first_bit(block->free, PHYSVM_BLOCK_PAGES) : PHYSVM_BLOCK_PAGES;
	if (start == PHYSVM_BLOCK_PAGES)
		return false;
	*run = (struct physvm_run){
		.area = want->area,
		.block = block,
		.start = start,
		.count = 1,
	};
	return true;
}

static int place_run_by_run(struct physvm_pool *pool, const struct physvm_want *want,
			    struct physvm_run *runs, unsigned int max_runs)
{
	struct plan plan = {
		.pool = pool,
		.want = want,
		.runs = runs,
		.max_runs = max_runs,
		.left = want->pages,
		.node = NUMA_NO_NODE,
	};
	int err = want->at_pfn ? place_at(&plan) : place_anywhere(&plan);

	return err ?: plan.nr_runs;
}

/**
 * place() - Find the pages an area will own
 * @pool: the pool, locked
 * @want: what is asked; want->pages is not 0
 * @runs: filled, in the order of the area's pages
 * @max_runs: length of @runs
 *
 * Return: the number of runs; -ENOMEM, -ENXIO, -EBUSY; or -ENOSPC when the
 * place found has more than @max_runs runs.
 */
int place(struct physvm_pool *pool, const struct physvm_want *want,
	  struct physvm_run *runs, unsigned int max_runs)
{
	if (want->pages == 1 && want->divisible && place_another(pool, want, runs))
		return 1;
	return place_run_by_run(pool, want, runs, max_runs);
}

/* The longest free stretch, whoever may have it. */
unsigned long place_largest(struct physvm_pool *pool)
{
	struct stretch s = {};
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++) {
		if (pool->blocks[i]->busy)
			s.pages = 0;
		else
			stretch_over(pool, &s, i, ULONG_MAX, false);
	}
	return s.longest;
}
