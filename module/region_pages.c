// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a region: taken from the pool by the block, so that most
 * allocations need no lock but the region's, and given back when an idle region
 * would keep more than a block's worth.
 */
#include <linux/bitmap.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "area.h"
#include "region_pages.h"

void region_pages_init(struct region_pages *pages, struct physvm_pool *pool,
		       struct physvm_area *area)
{
	pages->pool = pool;
	pages->area = area;
	pages->owner = current_euid();
	INIT_LIST_HEAD(&pages->free);
	INIT_LIST_HEAD(&pages->freed);
}

/* Chunks, from and to the pool. */

static struct region_chunk *fetch_chunk(const struct region_pages *pages,
					unsigned int count, bool gently)
{
	const struct physvm_want want = {
		.area = pages->area,
		.pages = count,
		.owner = pages->owner,
		.payer = pages->area->payer,
		.cache = PHYSVM_CACHE_WB,
		.divisible = true,
		.gently = gently,
	};
	struct region_chunk *chunk;
	int ret;

	chunk = kmalloc(struct_size(chunk, homes, count), GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return ERR_PTR(-ENOMEM);
	memset(chunk, 0, sizeof(*chunk));
	ret = pool_take(pages->pool, &want, &chunk->run, 1);
	if (ret < 0) {
		kfree(chunk);
		return ERR_PTR(ret);
	}
	chunk->left = count;
	chunk->nr_free = count;
	chunk->sole = run_is_block(&chunk->run);
	bitmap_set(chunk->free, chunk->run.start, count);
	return chunk;
}

/* Gives back pages of a chunk that is in no list for them any more. */
static void give_pages(struct region_pages *pages, struct region_chunk *chunk,
		       const unsigned long *which, unsigned int count)
{
	struct physvm_run part = { .block = chunk->run.block };
	unsigned int start, end;

	for_each_set_bitrange(start, end, which, PHYSVM_BLOCK_PAGES) {
		part.start = start;
		part.count = end - start;
		pool_give_part(pages->pool, &part, pages->area->payer);
	}
	chunk->left -= count;
	chunk->sole = false;
}

static void free_chunk(struct region_pages *pages, struct region_chunk *chunk)
{
	pool_stop_sharing(pages->pool, &chunk->run, 1);
	kfree(chunk);
}

/* Chunks that are no region's yet. */
void region_pages_return(struct region_pages *pages, struct list_head *chunks)
{
	struct region_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, chunks, node) {
		list_del(&chunk->node);
		give_pages(pages, chunk, chunk->free, chunk->nr_free);
		free_chunk(pages, chunk);
	}
}

/**
 * region_pages_fetch_blocks() - Get whole blocks, if there are any
 * @pages: the region's; not locked
 * @count: how many blocks at most
 * @chunks: what there was is added here
 *
 * Return: the number of pages.
 */
unsigned long region_pages_fetch_blocks(const struct region_pages *pages, unsigned long count,
					struct list_head *chunks)
{
	struct region_chunk *chunk;
	unsigned long got = 0;

	while (count--) {
		chunk = fetch_chunk(pages, PHYSVM_BLOCK_PAGES, true);
		if (IS_ERR(chunk))
			break;
		list_add_tail(&chunk->node, chunks);
		got += chunk->left;
	}
	return got;
}

/* Of one piece the largest there is, up to a block. */
static struct region_chunk *fetch_largest(const struct region_pages *pages,
					  unsigned int *size)
{
	struct region_chunk *chunk;

	for (; *size > 1; *size /= 8) {
		chunk = fetch_chunk(pages, *size, true);
		if (!IS_ERR(chunk))
			return chunk;
	}
	return fetch_chunk(pages, 1, false);
}

/**
 * region_pages_fetch() - Get pages from the pool
 * @pages: the region's; not locked, because the pool may have regions give back
 *	what they keep
 * @count: how many at least
 * @chunks: they are added here
 *
 * Return: 0 or ENOMEM, EDQUOT.
 */
int region_pages_fetch(const struct region_pages *pages, unsigned long count,
		       struct list_head *chunks)
{
	unsigned int size = PHYSVM_BLOCK_PAGES;
	struct region_chunk *chunk;

	for (; count; count -= min_t(unsigned long, count, chunk->left)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		chunk = fetch_largest(pages, &size);
		if (IS_ERR(chunk))
			return PTR_ERR(chunk);
		list_add_tail(&chunk->node, chunks);
		cond_resched();
	}
	return 0;
}

static int find_slot(struct region_pages *pages, u32 *slot)
{
	const u32 more = pages->nr_chunks ? 2 * pages->nr_chunks : 16;
	struct region_chunk **chunks;

	for (; *slot < pages->nr_chunks; (*slot)++)
		if (!pages->chunks[*slot])
			return 0;
	if (more > U32_MAX / PHYSVM_BLOCK_PAGES)
		return -ENOMEM;
	chunks = kvcalloc(more, sizeof(*chunks), GFP_KERNEL_ACCOUNT);
	if (!chunks)
		return -ENOMEM;
	if (pages->nr_chunks)
		memcpy(chunks, pages->chunks, pages->nr_chunks * sizeof(*chunks));
	kvfree(pages->chunks);
	pages->chunks = chunks;
	pages->nr_chunks = more;
	return 0;
}

/**
 * region_pages_add() - Make pages the region's
 * @pages: the region's
 * @chunks: what was fetched; what is left in it afterwards is not the region's
 *
 * Return: 0 or ENOMEM.
 */
int region_pages_add(struct region_pages *pages, struct list_head *chunks)
{
	struct region_chunk *chunk, *next;
	u32 slot = 0;
	int err;

	list_for_each_entry_safe(chunk, next, chunks, node) {
		err = find_slot(pages, &slot);
		if (err)
			return err;
		list_del_init(&chunk->node);
		pages->chunks[slot] = chunk;
		chunk->slot = slot;
		list_add_tail(&chunk->free_node, &pages->free);
		pages->nr_free += chunk->nr_free;
	}
	return 0;
}

/* Which pages are where. */

static void set_nr_free(struct region_pages *pages, struct region_chunk *chunk,
			unsigned int nr_free)
{
	if (!chunk->nr_free && nr_free)
		list_add_tail(&chunk->free_node, &pages->free);
	else if (chunk->nr_free && !nr_free)
		list_del(&chunk->free_node);
	pages->nr_free += (long)nr_free - chunk->nr_free;
	chunk->nr_free = nr_free;
}

static void set_nr_freed(struct region_pages *pages, struct region_chunk *chunk,
			 unsigned int nr_freed)
{
	if (!chunk->nr_freed && nr_freed)
		list_add_tail(&chunk->freed_node, &pages->freed);
	else if (chunk->nr_freed && !nr_freed)
		list_del(&chunk->freed_node);
	pages->nr_freed += (long)nr_freed - chunk->nr_freed;
	chunk->nr_freed = nr_freed;
}

/* From now on each page may be anywhere. */
static void end_linear(struct region_chunk *chunk)
{
	unsigned int i;

	for (i = 0; i < PHYSVM_BLOCK_PAGES; i++)
		chunk->homes[i] = chunk->home + i;
	chunk->linear = false;
}

static void mark_used(struct region_chunk *chunk, unsigned int index, unsigned int count,
		      u32 home)
{
	u32 *homes = chunk->homes + index - chunk->run.start;
	unsigned int i;

	if (count == 1) {
		__clear_bit(index, chunk->free);
		__set_bit(index, chunk->used);
	} else {
		bitmap_clear(chunk->free, index, count);
		bitmap_set(chunk->used, index, count);
	}
	for (i = 0; i < count; i++)
		homes[i] = home + i;
}

/* The free pages from the first one on, at most @count. */
static unsigned int free_stretch(const struct region_chunk *chunk, unsigned int index,
				 unsigned int count)
{
	const unsigned int end = min_t(unsigned int, index + count, PHYSVM_BLOCK_PAGES);

	return count == 1 ? 1 : find_next_zero_bit(chunk->free, end, index) - index;
}

/**
 * region_pages_take() - Take pages, which are zero, in one piece
 * @pages: the region's, with one that is free
 * @home: where in the region they will be
 * @count: how many at most
 * @frame: filled: the frame of the first
 *
 * Return: how many.
 */
unsigned int region_pages_take(struct region_pages *pages, u32 home, unsigned int count,
			       u32 *frame)
{
	struct region_chunk *chunk = list_first_entry(&pages->free, struct region_chunk,
						      free_node);
	const unsigned int index = find_first_bit(chunk->free, PHYSVM_BLOCK_PAGES);

	if (unlikely(chunk->linear))
		end_linear(chunk);
	count = free_stretch(chunk, index, count);
	if (count > 1 || test_bit(index, chunk->run.block->dirty))
		block_clean(chunk->run.block, index, count);
	mark_used(chunk, index, count, home);
	set_nr_free(pages, chunk, chunk->nr_free - count);
	chunk->nr_used += count;
	*frame = chunk->slot * PHYSVM_BLOCK_PAGES + index;
	return count;
}

/* A block all of which is free, or NULL. */
struct region_chunk *region_pages_whole(struct region_pages *pages)
{
	struct region_chunk *chunk;

	list_for_each_entry_reverse(chunk, &pages->free, free_node)
		if (chunk->nr_free == PHYSVM_BLOCK_PAGES)
			return chunk;
	return NULL;
}

/* All of a block, which is zero then; its pages go where they follow each other. */
void region_pages_take_whole(struct region_pages *pages, struct region_chunk *chunk,
			     u32 home)
{
	block_clean(chunk->run.block, 0, PHYSVM_BLOCK_PAGES);
	bitmap_zero(chunk->free, PHYSVM_BLOCK_PAGES);
	bitmap_fill(chunk->used, PHYSVM_BLOCK_PAGES);
	set_nr_free(pages, chunk, 0);
	chunk->nr_used = PHYSVM_BLOCK_PAGES;
	chunk->linear = true;
	chunk->home = home;
}

/**
 * region_pages_put() - Get pages back
 * @pages: the region's
 * @frame: the first, mapped nowhere any more; who had it may hold it, though
 * @count: how many, of one chunk
 */
void region_pages_put(struct region_pages *pages, u32 frame, unsigned int count)
{
	struct region_chunk *chunk = frame_chunk(pages, frame);
	const unsigned int index = frame % PHYSVM_BLOCK_PAGES;

	if (count == 1) {
		__clear_bit(index, chunk->used);
		__set_bit(index, chunk->freed);
	} else {
		bitmap_clear(chunk->used, index, count);
		bitmap_set(chunk->freed, index, count);
	}
	set_nr_freed(pages, chunk, chunk->nr_freed + count);
	chunk->nr_used -= count;
}

/* The same of all pages of a chunk that are in the region. */
void region_pages_put_all(struct region_pages *pages, struct region_chunk *chunk)
{
	bitmap_or(chunk->freed, chunk->freed, chunk->used, PHYSVM_BLOCK_PAGES);
	bitmap_zero(chunk->used, PHYSVM_BLOCK_PAGES);
	set_nr_freed(pages, chunk, chunk->nr_freed + chunk->nr_used);
	chunk->nr_used = 0;
}

/* Freed pages. */

/*
 * May somebody hold a page that was freed? Nobody can come to, for it is not
 * mapped. All pages of a block share a count, in which the mappings of others of
 * them are. While the region is locked its pages get no new ones, unless they are
 * inherited; and those there are may only go, so when there are as many as there
 * were references before, there was no other reference. In a block that others
 * have pages of that is not so: it is the pool that finds out then.
 */
static bool chunk_held(const struct region_pages *pages, const struct region_chunk *chunk)
{
	bool pinned;

	if (pages->unholdable)
		return false;
	pinned = !chunk->sole || block_pinned(chunk->run.block);
	smp_rmb(); /* counted before @inherited is read, see region_inherited() */
	return pinned || READ_ONCE(pages->inherited);
}

static void mark_freed_dirty(struct region_chunk *chunk)
{
	unsigned int start, end;

	for_each_set_bitrange(start, end, chunk->freed, PHYSVM_BLOCK_PAGES)
		block_mark_dirty(chunk->run.block, start, end - start);
}

static void sift_chunk(struct region_pages *pages, struct region_chunk *chunk)
{
	const unsigned int count = chunk->nr_freed;

	if (chunk_held(pages, chunk))
		return;
	mark_freed_dirty(chunk);
	bitmap_or(chunk->free, chunk->free, chunk->freed, PHYSVM_BLOCK_PAGES);
	bitmap_zero(chunk->freed, PHYSVM_BLOCK_PAGES);
	set_nr_freed(pages, chunk, 0);
	set_nr_free(pages, chunk, chunk->nr_free + count);
}

/**
 * region_pages_sift() - Make those of the freed pages free that nobody holds
 * @pages: the region's
 */
void region_pages_sift(struct region_pages *pages)
{
	struct region_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &pages->freed, freed_node)
		sift_chunk(pages, chunk);
}

static void forget_chunk(struct region_pages *pages, struct region_chunk *chunk)
{
	pages->chunks[chunk->slot] = NULL;
	free_chunk(pages, chunk);
}

/* Pages nobody holds are zeroed here: the pool then need not ask who does. */
static void give_free(struct region_pages *pages, struct region_chunk *chunk)
{
	DECLARE_BITMAP(which, PHYSVM_BLOCK_PAGES);
	const unsigned int count = chunk->nr_free;
	unsigned int start, end;

	if (!count)
		return;
	bitmap_copy(which, chunk->free, PHYSVM_BLOCK_PAGES);
	bitmap_zero(chunk->free, PHYSVM_BLOCK_PAGES);
	set_nr_free(pages, chunk, 0);
	for_each_set_bitrange(start, end, which, PHYSVM_BLOCK_PAGES)
		block_clean(chunk->run.block, start, end - start);
	give_pages(pages, chunk, which, count);
}

/* The pool finds out who holds them. */
static void give_freed(struct region_pages *pages, struct region_chunk *chunk)
{
	DECLARE_BITMAP(which, PHYSVM_BLOCK_PAGES);
	const unsigned int count = chunk->nr_freed;

	if (!count)
		return;
	mark_freed_dirty(chunk);
	bitmap_copy(which, chunk->freed, PHYSVM_BLOCK_PAGES);
	bitmap_zero(chunk->freed, PHYSVM_BLOCK_PAGES);
	set_nr_freed(pages, chunk, 0);
	give_pages(pages, chunk, which, count);
}

static void give_chunk(struct region_pages *pages, struct region_chunk *chunk)
{
	sift_chunk(pages, chunk);
	give_free(pages, chunk);
	give_freed(pages, chunk);
	if (!chunk->left)
		forget_chunk(pages, chunk);
}

/* Those first of which nothing is in use: the pool gets whole blocks. */
static bool trim_chunks(struct region_pages *pages, unsigned long keep, bool unused)
{
	u32 slot;

	for (slot = 0; slot < pages->nr_chunks; slot++) {
		struct region_chunk *chunk = pages->chunks[slot];

		if (pages->nr_free + pages->nr_freed <= keep)
			return true;
		if (chunk && !chunk->nr_used == unused)
			give_chunk(pages, chunk);
		cond_resched();
	}
	return pages->nr_free + pages->nr_freed <= keep;
}

/**
 * region_pages_trim() - Give pages back that are not in use
 * @pages: the region's
 * @keep: but for so many
 */
void region_pages_trim(struct region_pages *pages, unsigned long keep)
{
	if (!trim_chunks(pages, keep, true))
		trim_chunks(pages, keep, false);
}

/* The end: nothing is mapped any more. */
void region_pages_destroy(struct region_pages *pages)
{
	u32 slot;

	for (slot = 0; slot < pages->nr_chunks; slot++) {
		struct region_chunk *chunk = pages->chunks[slot];

		if (!chunk)
			continue;
		region_pages_put_all(pages, chunk);
		give_chunk(pages, chunk);
	}
	kvfree(pages->chunks);
}

/*
 * Removes the mappings of what a region has of a chunk, for the pool. Pages may
 * come and go meanwhile: what is unmapped in vain comes back when it is touched,
 * and for what is missed the pool looks again.
 */
void region_pages_unmap(const struct physvm_run *run)
{
	const struct region_chunk *chunk = container_of(run, struct region_chunk, run);
	const struct physvm_area *area = run->area;
	unsigned int index;

	for_each_set_bit(index, chunk->used, PHYSVM_BLOCK_PAGES)
		unmap_mapping_pages(area->inode->i_mapping,
				    area->base + chunk_home(chunk, index), 1, true);
}
