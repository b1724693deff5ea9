/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_POOL_H
#define PHYSVM_POOL_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "block.h"
#include "limits.h"
#include "payer.h"
#include "watch.h"

struct physvm_area;
struct physvm_supply;

/**
 * struct physvm_run - Physically contiguous pages of one block
 * @sharer: in block->sharers, unless it has the whole block until its end
 * @area: whose they are
 * @block: where
 * @supply: what it belongs to, in an area without pages of its own
 * @start: first page in the block
 * @count: pages
 * @first: page of the area that @start is; filled by the area
 */
struct physvm_run {
	struct hlist_node sharer;
	struct physvm_area *area;
	struct physvm_block *block;
	struct physvm_supply *supply;
	u16 start;
	u16 count;
	u32 first;
};

/**
 * enum pool_failure - Why somebody got no pages
 * @POOL_FAILURE_PAGES: not so many are free
 * @POOL_FAILURE_PLACE: they are, but not side by side, or others have the blocks
 * @POOL_FAILURE_RANGE: those asked for by address are no pages of the pool
 * @POOL_FAILURE_BUSY: they are, and somebody has them
 * @POOL_FAILURE_CACHE: the kernel would not change their cache mode
 * @POOL_FAILURE_LIMIT: a user or a cgroup may not have so many
 */
enum pool_failure {
	POOL_FAILURE_PAGES,
	POOL_FAILURE_PLACE,
	POOL_FAILURE_RANGE,
	POOL_FAILURE_BUSY,
	POOL_FAILURE_CACHE,
	POOL_FAILURE_LIMIT,
	NR_POOL_FAILURES,
};

/**
 * struct pool_counts - What has happened since the pool was made
 * @takes: successful pool_take()
 * @taken_pages: by these
 * @gives: pool_give_part(), of whatever kind
 * @given_pages: by these
 * @quarantined_pages: of these, not free at once
 * @released_pages: of these, let out of quarantine since
 * @grown_pages: by pool_grow()
 * @shrunk_pages: by pool_shrink()
 * @failures: by enum pool_failure
 */
struct pool_counts {
	u64 takes;
	u64 taken_pages;
	u64 gives;
	u64 given_pages;
	u64 quarantined_pages;
	u64 released_pages;
	u64 grown_pages;
	u64 shrunk_pages;
	u64 failures[NR_POOL_FAILURES];
};

/**
 * struct pool_node_stat - The part of a pool that is of one NUMA node
 * @total_pages: all
 * @free_pages: free
 * @quarantined_pages: in quarantine
 * @free_blocks: blocks of which all pages are free
 */
struct pool_node_stat {
	unsigned long total_pages;
	unsigned long free_pages;
	unsigned long quarantined_pages;
	unsigned long free_blocks;
};

/**
 * struct physvm_pool - The blocks, and which of their pages are whose
 * @lock: protects the state of all blocks, the array of them, the counts and the
 *	watch; never held across anything that sleeps. Under it come accounts_lock and
 *	the lock in event.c
 * @look_lock: held while it is looked what may leave quarantine
 * @unmap_lock: keeps areas alive that are in some block->sharers
 * @resize_lock: held by whoever changes which blocks there are
 * @unmap: removes the mappings of a run; they come back when touched
 * @reclaim: has pages given back that somebody keeps for later, by all or by those
 *	whose limits are a payer's as well; may be NULL
 * @fixed: no block comes or goes: hidden memory
 * @blocks: sorted by frame number
 * @nr_blocks: length of @blocks
 * @nr_nodes: how many NUMA nodes they are of
 * @nr_whole: blocks of which all pages are free, and usable
 * @last_carved: index of the block that pages were taken of one by one last; a
 *	hint, for it may be another's by now
 * @nr_free: pages free
 * @nr_quarantined: pages in quarantine
 * @counts: what has happened
 * @watch: of what of it listeners are told
 * @workqueue: for @recheck
 * @recheck: lets pages out of quarantine; runs while there are any
 * @recheck_delay: until it runs again, in jiffies; longer when it was in vain
 */
struct physvm_pool {
	spinlock_t lock; /* blocks, the array of them, counts, watch */
	struct mutex look_lock; /* leaving quarantine */
	struct mutex unmap_lock; /* areas among the sharers of a block */
	struct mutex resize_lock; /* which blocks there are */
	void (*unmap)(const struct physvm_run *run);
	void (*reclaim)(const struct payer *payer);
	bool fixed;
	struct physvm_block **blocks;
	unsigned int nr_blocks;
	unsigned int nr_nodes;
	unsigned int nr_whole;
	unsigned int last_carved;
	unsigned long nr_free;
	unsigned long nr_quarantined;
	struct pool_counts counts;
	struct pool_watch watch;
	struct workqueue_struct *workqueue;
	struct delayed_work recheck;
	unsigned long recheck_delay;
};

/* A block in full: the only thing that is ever mapped by a PMD. */
static inline bool run_is_block(const struct physvm_run *run)
{
	return run->count == PHYSVM_BLOCK_PAGES;
}

static inline unsigned int pool_kind(const struct physvm_pool *pool)
{
	return pool->fixed ? PHYSVM_POOL_HIDDEN : PHYSVM_POOL_RAM;
}

static inline unsigned long run_pfn(const struct physvm_run *run)
{
	return run->block->pfn + run->start;
}

/**
 * struct physvm_want - What an area asks of the pool
 * @area: the area
 * @pages: how many
 * @pfn: the first frame, with @at_pfn
 * @at_pfn: exactly at @pfn
 * @contig: physically contiguous or not at all
 * @cache: enum physvm_cache
 * @owner: user to whom the pages go
 * @payer: who is charged for them
 * @divisible: parts of a run may be given back, with pool_give_part()
 * @gently: only what is free now
 */
struct physvm_want {
	struct physvm_area *area;
	unsigned long pages;
	unsigned long pfn;
	bool at_pfn;
	bool contig;
	u8 cache;
	kuid_t owner;
	struct payer *payer;
	bool divisible;
	bool gently;
};

int pool_begin(struct physvm_pool *pool, void (*unmap)(const struct physvm_run *run));
void pool_end(struct physvm_pool *pool);

int pool_take(struct physvm_pool *pool, const struct physvm_want *want,
	      struct physvm_run *runs, unsigned int max_runs);
void pool_give(struct physvm_pool *pool, struct physvm_run *runs,
	       unsigned int nr_runs, struct payer *payer);
void pool_give_part(struct physvm_pool *pool, const struct physvm_run *part,
		    struct payer *payer);
void pool_share(struct physvm_pool *pool, struct physvm_run *runs, unsigned int nr_runs);
void pool_wait_for_look(struct physvm_pool *pool);
void pool_stop_sharing(struct physvm_pool *pool, struct physvm_run *runs,
		       unsigned int nr_runs);

void pool_find_more(struct physvm_pool *pool, const struct payer *payer);

/**
 * struct pool_block_stat - A block as it was when it was looked at
 * @pfn: its first frame
 * @node: NUMA node, or NUMA_NO_NODE
 * @cache: enum physvm_cache
 * @owner: whose pages it has, if not all are @free
 * @free: pages
 * @quarantined: likewise
 * @dirty: likewise
 */
struct pool_block_stat {
	unsigned long pfn;
	int node;
	u32 cache;
	kuid_t owner;
	u32 free;
	u32 quarantined;
	u32 dirty;
};

bool pool_next_block(struct physvm_pool *pool, unsigned long after,
		     struct pool_block_stat *stat);
unsigned long pool_pages(const struct physvm_pool *pool);
bool pool_exceeded(struct physvm_pool *pool, unsigned long pages, enum pool_failure failure);
void pool_stat(struct physvm_pool *pool, struct physvm_pool_stat *stat);
void pool_node_stat(struct physvm_pool *pool, int node, struct pool_node_stat *stat);
void pool_counts(struct physvm_pool *pool, struct pool_counts *counts);
int pool_range(struct physvm_pool *pool, u64 from, u64 *phys, u64 *length,
	       u64 *free_pages);

#endif
