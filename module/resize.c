// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks come into a pool and leave it: all at load and unload, some in between.
 *
 * Blocks stay where they are while the array of them changes, because runs point
 * at them. A block of which all pages are free has no run but such as have given
 * their pages back and are still listed: those are struck off.
 */
#include <linux/list_sort.h>
#include <linux/memory_hotplug.h>
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "place.h"
#include "resize.h"

/* Of its memory a machine keeps this part for itself when a pool grows. */
#define KEPT_PART 32

static void destroy_blocks(struct list_head *blocks)
{
	struct physvm_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link) {
		block_destroy(block);
		cond_resched();
	}
}

/* Putting blocks in. */

static int compare_pfn(void *unused, const struct list_head *a, const struct list_head *b)
{
	const struct physvm_block *x = list_entry(a, struct physvm_block, link);
	const struct physvm_block *y = list_entry(b, struct physvm_block, link);

	return x->pfn > y->pfn;
}

/* The pool's blocks and new ones, all sorted, into an array of @count. */
static void merge(const struct physvm_pool *pool, struct list_head *blocks,
		  struct physvm_block **array, unsigned int count)
{
	struct physvm_block *new = list_first_entry(blocks, struct physvm_block, link);
	unsigned int i, old = 0;

	for (i = 0; i < count; i++) {
		if (list_entry_is_head(new, blocks, link) ||
		    (old < pool->nr_blocks && pool->blocks[old]->pfn < new->pfn)) {
			array[i] = pool->blocks[old++];
			continue;
		}
		array[i] = new;
		new = list_next_entry(new, link);
	}
}

static unsigned int count_nodes(const struct physvm_pool *pool)
{
	nodemask_t nodes = NODE_MASK_NONE;
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++)
		if (pool->blocks[i]->node != NUMA_NO_NODE)
			node_set(pool->blocks[i]->node, nodes);
	return nodes_weight(nodes);
}

/* Nobody else changes the array while we have resize_lock; it may be read. */
static int insert(struct physvm_pool *pool, struct list_head *blocks, unsigned int count)
{
	const unsigned int nr_blocks = pool->nr_blocks + count;
	struct physvm_block **array = kvcalloc(nr_blocks, sizeof(*array), GFP_KERNEL);
	struct physvm_block **old = pool->blocks;

	if (!array)
		return -ENOMEM;
	list_sort(NULL, blocks, compare_pfn);
	merge(pool, blocks, array, nr_blocks);
	spin_lock(&pool->lock);
	pool->blocks = array;
	WRITE_ONCE(pool->nr_blocks, nr_blocks);
	pool->nr_nodes = count_nodes(pool);
	pool->nr_whole += count;
	pool->nr_free += (unsigned long)count * PHYSVM_BLOCK_PAGES;
	watch_free_pages(pool, true);
	spin_unlock(&pool->lock);
	INIT_LIST_HEAD(blocks);
	kvfree(old);
	return 0;
}

/* Where new blocks come from. */

struct source {
	unsigned long pfn;	/* of the next one, with at_pfn or hidden */
	bool at_pfn;
	bool hidden;
	int node;
	unsigned long keep;	/* pages the machine is left with */
};

static struct physvm_block *create_next(struct source *source)
{
	struct physvm_block *block;

	if (fatal_signal_pending(current))
		return ERR_PTR(-EINTR);
	if (source->keep && si_mem_available() < source->keep + PHYSVM_BLOCK_PAGES)
		return ERR_PTR(-ENOMEM);
	if (source->hidden)
		block = block_create_hidden(source->pfn);
	else if (source->at_pfn)
		block = block_create_at(source->pfn);
	else
		block = block_create(source->node);
	source->pfn += PHYSVM_BLOCK_PAGES;
	return block;
}

/*
 * A signal stops it: many blocks take a while. How many were made before an error
 * is in @made.
 */
static int create_blocks(struct source *source, unsigned long count, struct list_head *blocks,
			 unsigned long *made)
{
	struct physvm_block *block;

	for (*made = 0; *made < count; ++*made) {
		block = create_next(source);
		if (IS_ERR(block))
			return PTR_ERR(block);
		list_add_tail(&block->link, blocks);
		cond_resched();
	}
	return 0;
}

/* Growing. */

static unsigned long kept_pages(void)
{
	return totalram_pages() / KEPT_PART;
}

static bool is_well_formed(const struct pool_resize *resize)
{
	if (!resize->bytes || resize->bytes % PHYSVM_BLOCK_SIZE ||
	    resize->phys % PHYSVM_BLOCK_SIZE)
		return false;
	if (!resize->at_phys)
		return !resize->phys;
	return resize->node == NUMA_NO_NODE && resize->phys + resize->bytes > resize->phys;
}

static bool has_memory(int node)
{
	return node >= 0 && node < MAX_NUMNODES && node_state(node, N_MEMORY);
}

/* Is a block's worth of frames memory the kernel deals in? -ENXIO. */
static int check_frames(unsigned long pfn)
{
	const unsigned long end = pfn + PHYSVM_BLOCK_PAGES;
	struct zone *zone = NULL;
	struct page *page;

	for (; pfn < end; pfn++) {
		page = pfn_to_online_page(pfn);
		if (!page || (zone && page_zone(page) != zone))
			return -ENXIO;
		zone = page_zone(page);
	}
	return 0;
}

/*
 * Is it, and not a pool's already? Memory that is meant to be unplugged must have
 * nothing in it that stays.
 */
static int check_range(struct physvm_pool *pool, u64 phys, u64 bytes)
{
	const u64 end = PHYS_PFN(phys + bytes);
	unsigned long pfn;
	unsigned int i;
	int err;

	for (pfn = PHYS_PFN(phys); pfn < end; pfn += PHYSVM_BLOCK_PAGES) {
		err = check_frames(pfn);
		if (err)
			return err;
		i = place_index(pool, pfn);
		if (i < pool->nr_blocks && pool->blocks[i]->pfn == pfn)
			return -EBUSY;
		if (is_zone_movable_page(pfn_to_page(pfn)))
			return -EBUSY;
		cond_resched();
	}
	return 0;
}

static int check_growth(struct physvm_pool *pool, const struct pool_resize *growth)
{
	if (pool->fixed)
		return -EOPNOTSUPP;
	if (!is_well_formed(growth))
		return -EINVAL;
	if (growth->node != NUMA_NO_NODE && !has_memory(growth->node))
		return -ENXIO;
	if (growth->at_phys)
		return check_range(pool, growth->phys, growth->bytes);
	return 0;
}

/* Not even begun when it is hopeless: others need memory as well. */
static bool is_hopeless(const struct pool_resize *growth)
{
	const long available = si_mem_available() - kept_pages();

	return !growth->partial && (available < 0 || growth->bytes >> PAGE_SHIFT > available);
}

static int grow(struct physvm_pool *pool, const struct pool_resize *growth,
		unsigned long *made)
{
	struct source source = {
		.pfn = PHYS_PFN(growth->phys),
		.at_pfn = growth->at_phys,
		.node = growth->node,
		.keep = kept_pages(),
	};
	LIST_HEAD(blocks);
	int err = create_blocks(&source, growth->bytes / PHYSVM_BLOCK_SIZE, &blocks, made);

	if (err && growth->partial && err != -EINTR && *made)
		err = 0;
	if (!err)
		err = insert(pool, &blocks, *made);
	destroy_blocks(&blocks);
	return err;
}

static void count_resized(struct physvm_pool *pool, u64 *count, unsigned long pages)
{
	spin_lock(&pool->lock);
	*count += pages;
	if (pages)
		watch_resized(pool);
	spin_unlock(&pool->lock);
}

/**
 * pool_grow() - Reserve more memory
 * @pool: the pool
 * @growth: what is asked
 * @grown_pages: set to how many pages it got
 *
 * The pool may be in use. What is got is free and zero.
 *
 * Return: 0; -EINVAL for a @growth that makes no sense; -ENXIO where there is no
 * such memory or node; -EBUSY when memory asked for by address is the pool's or
 * cannot be moved; -ENOMEM when the machine has not as much to spare; -EINTR when
 * killed; -EOPNOTSUPP for a pool that cannot grow, or by address where the kernel
 * does not offer it. After an error the pool is as it was.
 */
int pool_grow(struct physvm_pool *pool, const struct pool_resize *growth,
	      unsigned long *grown_pages)
{
	unsigned long made;
	int err;

	*grown_pages = 0;
	if (mutex_lock_killable(&pool->resize_lock))
		return -EINTR;
	err = check_growth(pool, growth);
	if (!err && is_hopeless(growth))
		err = -ENOMEM;
	if (!err)
		err = grow(pool, growth, &made);
	if (!err) {
		*grown_pages = made * PHYSVM_BLOCK_PAGES;
		count_resized(pool, &pool->counts.grown_pages, *grown_pages);
	}
	mutex_unlock(&pool->resize_lock);
	return err;
}

/* Shrinking. */

/* May this block leave? */
static bool may_go(const struct physvm_block *block, const struct pool_resize *shrinkage)
{
	if (!block_whole(block))
		return false;
	if (shrinkage->at_phys)
		return PFN_PHYS((u64)block->pfn) - shrinkage->phys < shrinkage->bytes;
	return shrinkage->node == NUMA_NO_NODE || shrinkage->node == block->node;
}

static unsigned long count_removable(const struct physvm_pool *pool,
				     const struct pool_resize *shrinkage)
{
	unsigned long count = 0;
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++)
		count += may_go(pool->blocks[i], shrinkage);
	return count;
}

/* Runs that have given their pages back need not be unlisted any more. */
static void strike_runs_off(struct physvm_block *block)
{
	struct physvm_run *run;
	struct hlist_node *next;

	hlist_for_each_entry_safe(run, next, &block->sharers, sharer)
		hlist_del_init_rcu(&run->sharer);
}

/*
 * The last of the blocks that may go: large areas are at the other end. The others
 * close the ranks from behind, and are then moved to the front.
 */
static void remove_blocks(struct physvm_pool *pool, const struct pool_resize *shrinkage,
			  unsigned long count, struct list_head *removed)
{
	unsigned int i, end = pool->nr_blocks;

	for (i = pool->nr_blocks; i > 0; i--) {
		struct physvm_block *block = pool->blocks[i - 1];

		if (count && may_go(block, shrinkage)) {
			strike_runs_off(block);
			list_add(&block->link, removed);
			pool->nr_whole--;
			pool->nr_free -= PHYSVM_BLOCK_PAGES;
			count--;
		} else {
			pool->blocks[--end] = block;
		}
	}
	WRITE_ONCE(pool->nr_blocks, pool->nr_blocks - end);
	memmove(pool->blocks, pool->blocks + end, pool->nr_blocks * sizeof(*pool->blocks));
	pool->nr_nodes = count_nodes(pool);
	watch_free_pages(pool, false);
}

/* Takes as many as are free of @count, or none; returns how many. */
static unsigned long take_blocks(struct physvm_pool *pool, const struct pool_resize *shrinkage,
				 unsigned long count, bool partial, struct list_head *removed)
{
	unsigned long removable;

	mutex_lock(&pool->unmap_lock);
	spin_lock(&pool->lock);
	removable = min(count, count_removable(pool, shrinkage));
	if (removable < count && !partial)
		removable = 0;
	if (removable)
		remove_blocks(pool, shrinkage, removable, removed);
	spin_unlock(&pool->lock);
	mutex_unlock(&pool->unmap_lock);
	return removable;
}

/* Is all of the range the pool's? */
static bool has_range(const struct physvm_pool *pool, u64 phys, u64 bytes)
{
	const unsigned long first = PHYS_PFN(phys), count = bytes / PHYSVM_BLOCK_SIZE;
	const unsigned int i = place_index(pool, first);

	return i < pool->nr_blocks && count <= pool->nr_blocks - i &&
	       pool->blocks[i]->pfn == first &&
	       pool->blocks[i + count - 1]->pfn == first + (count - 1) * PHYSVM_BLOCK_PAGES;
}

static int check_shrinkage(const struct physvm_pool *pool, const struct pool_resize *shrinkage)
{
	if (pool->fixed)
		return -EOPNOTSUPP;
	if (!is_well_formed(shrinkage))
		return -EINVAL;
	if (shrinkage->node != NUMA_NO_NODE && !has_memory(shrinkage->node))
		return -ENXIO;
	if (shrinkage->at_phys && !has_range(pool, shrinkage->phys, shrinkage->bytes))
		return -ENXIO;
	return 0;
}

static unsigned long shrink(struct physvm_pool *pool, const struct pool_resize *shrinkage)
{
	const unsigned long count = shrinkage->bytes / PHYSVM_BLOCK_SIZE;
	unsigned long taken;
	LIST_HEAD(removed);

	taken = take_blocks(pool, shrinkage, count, false, &removed);
	if (!taken) {
		pool_find_more(pool, NULL);
		taken = take_blocks(pool, shrinkage, count, shrinkage->partial, &removed);
	}
	destroy_blocks(&removed);
	return taken;
}

/**
 * pool_shrink() - Give memory back to the kernel
 * @pool: the pool
 * @shrinkage: what is asked
 * @shrunk_pages: set to how many pages it gave up
 *
 * Only blocks go of which nobody has a page, nor holds one.
 *
 * Return: 0; -EINVAL for a @shrinkage that makes no sense; -ENXIO when not all of
 * the range is the pool's, or for a node without memory; -EBUSY when not as many
 * blocks are free; -EINTR when killed; -EOPNOTSUPP for a pool that cannot shrink.
 * After an error the pool is as it was.
 */
int pool_shrink(struct physvm_pool *pool, const struct pool_resize *shrinkage,
		unsigned long *shrunk_pages)
{
	int err;

	*shrunk_pages = 0;
	if (mutex_lock_killable(&pool->resize_lock))
		return -EINTR;
	err = check_shrinkage(pool, shrinkage);
	if (!err) {
		*shrunk_pages = shrink(pool, shrinkage) * PHYSVM_BLOCK_PAGES;
		count_resized(pool, &pool->counts.shrunk_pages, *shrunk_pages);
		err = *shrunk_pages ? 0 : -EBUSY;
	}
	mutex_unlock(&pool->resize_lock);
	return err;
}

/* Beginning and end. */

static void empty(struct physvm_pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++) {
		struct physvm_block *block = pool->blocks[i];

		if (block->payer)
			payer_write_off(&block->payer, pool_kind(pool), block->nr_quarantined);
		block_destroy(block);
	}
	kvfree(pool->blocks);
}

static int fill(struct physvm_pool *pool, struct source *source, unsigned long count)
{
	unsigned long made;
	LIST_HEAD(blocks);
	int err = create_blocks(source, count, &blocks, &made);

	if (!err)
		err = insert(pool, &blocks, count);
	if (err && !source->hidden)
		pr_err("no more than %lu MiB can be had in pieces of %lu, error %d\n",
		       made * (PHYSVM_BLOCK_SIZE >> 20), PHYSVM_BLOCK_SIZE >> 20, err);
	destroy_blocks(&blocks);
	return err;
}

static int init(struct physvm_pool *pool, struct source *source, unsigned long count,
		void (*unmap)(const struct physvm_run *run))
{
	int err = pool_begin(pool, unmap);

	if (err || !count)
		return err;
	err = fill(pool, source, count);
	if (err)
		pool_end(pool);
	return err;
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
	struct source source = { .node = NUMA_NO_NODE };

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
	return init(pool, &source, nr_blocks, unmap);
}

/**
 * pool_init_hidden() - Make a pool of memory the kernel does not know
 * @pool: to be filled
 * @phys: first byte
 * @bytes: how much; both multiples of the block size. 0 for an empty pool
 * @unmap: as for pool_init()
 *
 * It never grows or shrinks: nobody else could use the memory.
 *
 * Return: 0; as block_create_hidden(); -EINTR when killed: then nothing is kept.
 */
int pool_init_hidden(struct physvm_pool *pool, unsigned long phys, unsigned long bytes,
		     void (*unmap)(const struct physvm_run *run))
{
	struct source source = { .pfn = PHYS_PFN(phys), .hidden = true };

	pool->fixed = true;
	return init(pool, &source, bytes / PHYSVM_BLOCK_SIZE, unmap);
}

/* No area is left. Pages in quarantine are their holders' from now on. */
void pool_destroy(struct physvm_pool *pool)
{
	pool_end(pool);
	empty(pool);
}
