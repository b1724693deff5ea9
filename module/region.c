// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating pages of a region, and freeing them. All under one lock, which is
 * the region's; only the pool is asked without, for it may ask regions.
 */
#include <linux/bitops.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "region.h"
#include "region_map.h"
#include "trace.h"

/* Fewer freed pages are not looked at while the pool has others. */
#define SIFT_WORTH 32

/* What is asked, and what there was too little of. */
struct request {
	u64 pages;
	const u64 *at;
	u64 first;
	unsigned long missing;	/* pages */
	unsigned long blocks;	/* that would be of use */
	bool blocks_tried;
	int err;		/* of fetching */
	struct list_head chunks;
};

static int lock_region(struct region_state *region)
{
	int err;

	if (current->mm != region->mm)
		return -EBADFD;
	err = region->huge ? mmap_write_lock_killable(region->mm) :
			     mmap_read_lock_killable(region->mm);
	if (err)
		return err;
	if (region->huge)
		region_exclude_faults(region);
	filemap_invalidate_lock(region->area->inode->i_mapping);
	return 0;
}

static void unlock_region(struct region_state *region)
{
	filemap_invalidate_unlock(region->area->inode->i_mapping);
	if (region->huge)
		mmap_write_unlock(region->mm);
	else
		mmap_read_unlock(region->mm);
}

/* Putting pages in. */

/* Each page its own frame from now on. */
static int prepare_frames(struct bittree_leaf *leaf)
{
	u32 *frames = leaf->data;
	unsigned int i;

	if (!frames)
		frames = kmalloc_array(BITTREE_LEAF_BITS, sizeof(*frames), GFP_KERNEL_ACCOUNT);
	if (!frames)
		return -ENOMEM;
	for (i = 0; leaf->tag && i < BITTREE_LEAF_BITS; i++)
		frames[i] = leaf_frame(leaf, i);
	leaf->data = frames;
	leaf->tag = 0;
	return 0;
}

/* If the faults of any of these blocks have seen pages, they are mapped afterwards. */
static void drain_faults(struct region_state *region, const struct bittree_leaf *leaf,
			 u64 page, unsigned int count)
{
	const struct region_chunk *chunk, *last = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		chunk = frame_chunk(&region->pages, leaf_frame(leaf, page + i));
		if (chunk == last)
			continue;
		folio_lock(chunk->run.block->folio);
		folio_unlock(chunk->run.block->folio);
		last = chunk;
	}
}

/* How many of them follow each other in a chunk? */
static unsigned int frames_in_a_row(const struct bittree_leaf *leaf, u64 page,
				    unsigned int count)
{
	const u32 first = leaf_frame(leaf, page);
	const unsigned int end = min(count, PHYSVM_BLOCK_PAGES - first % PHYSVM_BLOCK_PAGES);
	unsigned int i = 1;

	while (i < end && leaf_frame(leaf, page + i) == first + i)
		i++;
	return i;
}

static void put_frames(struct region_state *region, const struct bittree_leaf *leaf,
		       u64 page, unsigned int count)
{
	unsigned int part;

	if (leaf->tag && count == BITTREE_LEAF_BITS) {
		region_pages_put_all(&region->pages, region->pages.chunks[leaf->tag - 1]);
		return;
	}
	for (; count; page += part, count -= part) {
		part = frames_in_a_row(leaf, page, count);
		region_pages_put(&region->pages, leaf_frame(leaf, page), part);
	}
}

/* Runs @fn over the part of each leaf that [page, page + count) covers. */
static void visit_leaves(struct region_state *region, u64 page, u64 count,
			 void (*fn)(struct region_state *region, const struct bittree_leaf *leaf,
				    u64 page, unsigned int count))
{
	unsigned int part;

	for (; count; page += part, count -= part) {
		part = min_t(u64, count, BITTREE_LEAF_BITS - page % BITTREE_LEAF_BITS);
		fn(region, bittree_leaf_of(&region->place.tree, page), page, part);
		if (count > part)
			cond_resched();
	}
}

/* Pages that are allocated, or were about to be, are nobody's from here on. */
static void take_out(struct region_state *region, u64 page, u64 count)
{
	if (region->huge)
		visit_leaves(region, page, count, drain_faults);
	region_unmap(region, page, count);
	visit_leaves(region, page, count, put_frames);
}

/* Takes pages for places [page, page + count) of a leaf, and lists them in the batch. */
static void fill_batch(struct region_state *region, u32 *frames, u64 page, unsigned int count)
{
	unsigned int done, part, i;
	struct page *first;
	u32 frame;

	for (done = 0; done < count; done += part) {
		part = region_pages_take(&region->pages, page + done, count - done, &frame);
		first = frame_page(&region->pages, frame);
		for (i = 0; i < part; i++) {
			frames[done + i] = frame + i;
			region->batch[done + i] = first + i;
		}
	}
}

static int put_in_pages(struct region_state *region, struct bittree_leaf *leaf,
			u64 page, unsigned int count)
{
	int err = leaf->data && !leaf->tag ? 0 : prepare_frames(leaf);

	if (err)
		return err;
	fill_batch(region, (u32 *)leaf->data + page % BITTREE_LEAF_BITS, page, count);
	err = region_insert(region, page, count);
	if (err)
		take_out(region, page, count);
	return err;
}

/* By one entry if that can be, for which all of the block must be new here. */
static int put_in_block(struct region_state *region, struct bittree_leaf *leaf,
			u64 page, struct region_chunk *chunk)
{
	unsigned int i;
	int err;

	region_pages_take_whole(&region->pages, chunk, page);
	leaf->tag = chunk_tag(chunk);
	if (!region_insert_block(region, page, chunk))
		return 0;
	for (i = 0; i < BITTREE_LEAF_BITS; i++)
		region->batch[i] = block_page(chunk->run.block, i);
	err = region_insert(region, page, BITTREE_LEAF_BITS);
	if (err)
		take_out(region, page, BITTREE_LEAF_BITS);
	return err;
}

static int put_in_leaf(struct region_state *region, u64 page, unsigned int count)
{
	struct bittree_leaf *leaf = bittree_leaf_of(&region->place.tree, page);
	struct region_chunk *chunk = NULL;

	if (region->huge && count == BITTREE_LEAF_BITS)
		chunk = region_pages_whole(&region->pages);
	return chunk ? put_in_block(region, leaf, page, chunk) :
		       put_in_pages(region, leaf, page, count);
}

/* All or none. */
static int put_in(struct region_state *region, u64 first, u64 pages)
{
	unsigned int part;
	u64 done = 0;
	int err = 0;

	for (; done < pages && !err; done += part) {
		part = min_t(u64, pages - done,
			     BITTREE_LEAF_BITS - (first + done) % BITTREE_LEAF_BITS);
		err = fatal_signal_pending(current) ? -EINTR :
						      put_in_leaf(region, first + done, part);
		if (err)
			break;
		if (pages - done > part)
			cond_resched();
	}
	if (err && done)
		take_out(region, first, done);
	return err;
}

/* Allocating. */

static int find_place(struct region_state *region, struct request *request)
{
	const u64 offset = request->at ? *request->at - region->base : 0;

	if (!request->at)
		return region_place_find(&region->place, request->pages, &request->first);
	if (*request->at < region->base || !PAGE_ALIGNED(offset))
		return -EINVAL;
	request->first = offset >> PAGE_SHIFT;
	return region_place_at(&region->place, request->first, request->pages);
}

/* How many whole blocks of addresses it has. */
static unsigned long whole_leaves(const struct request *request)
{
	const u64 end = (request->first + request->pages) / BITTREE_LEAF_BITS;
	const u64 start = DIV_ROUND_UP_ULL(request->first, BITTREE_LEAF_BITS);

	return end > start ? end - start : 0;
}

static unsigned long whole_chunks(const struct region_pages *pages)
{
	const struct region_chunk *chunk;
	unsigned long count = 0;

	list_for_each_entry(chunk, &pages->free, free_node)
		count += chunk->nr_free == PHYSVM_BLOCK_PAGES;
	return count;
}

static void count_missing(struct region_state *region, struct request *request)
{
	const unsigned long blocks = region->huge ? whole_leaves(request) : 0;
	struct region_pages *pages = &region->pages;
	unsigned long whole;

	request->missing = 0;
	request->blocks = 0;
	if (request->pages > pages->nr_free &&
	    (pages->nr_freed >= SIFT_WORTH || request->err))
		region_pages_sift(pages);
	if (request->pages > pages->nr_free)
		request->missing = request->pages - pages->nr_free;
	if (!blocks || request->blocks_tried)
		return;
	whole = whole_chunks(pages);
	request->blocks = blocks > whole ? blocks - whole : 0;
}

/* EAGAIN: there is a place, and the pool is to be asked for pages. */
static int find_pages(struct region_state *region, struct request *request)
{
	if (pool_exceeded(region->pages.pool, request->pages, POOL_FAILURE_PAGES))
		return -ENOMEM;
	count_missing(region, request);
	if (request->missing && request->err)
		return request->err;
	return request->missing || request->blocks ? -EAGAIN : 0;
}

static int allocate(struct region_state *region, struct request *request)
{
	int err = region_place_prepare(&region->place, request->first, request->pages);

	if (err)
		return err;
	err = put_in(region, request->first, request->pages);
	if (err)
		bittree_unprepare(&region->place.tree, request->first, request->pages);
	else if (request->at)
		region_place_take(&region->place, request->first, request->pages);
	else
		region_place_found(&region->place, request->first, request->pages);
	return err;
}

static int try_request(struct region_state *region, struct request *request)
{
	int err = find_place(region, request);

	if (err)
		return err;
	err = find_pages(region, request) ?: allocate(region, request);
	if (err && err != -EAGAIN && !request->at)
		region_place_failed(&region->place, request->first);
	if (err && err != -EAGAIN)
		region_pages_trim(&region->pages, REGION_KEEP);
	return err;
}

/* What was missing may be there now, or another thread has it: that is asked again. */
static void fetch(struct region_state *region, struct request *request)
{
	unsigned long missing = request->missing, got;

	request->blocks_tried = true;
	got = region_pages_fetch_blocks(&region->pages, request->blocks, &request->chunks);
	if (missing > got)
		request->err = region_pages_fetch(&region->pages, missing - got,
						  &request->chunks);
}

/**
 * region_alloc() - Allocate pages
 * @region: the region
 * @pages: how many
 * @at: exactly there; or NULL
 * @addr: filled: the address of the first
 *
 * Return: 0 or the error: EINVAL, EBADFD, ENOSPC, EEXIST, ENOMEM, EINTR.
 */
int region_alloc(struct region_state *region, u64 pages, const u64 *at, u64 *addr)
{
	struct request request = { .pages = pages, .at = at };
	int err;

	INIT_LIST_HEAD(&request.chunks);
	do {
		err = lock_region(region);
		if (err)
			break;
		if (!list_empty(&request.chunks))
			err = region_pages_add(&region->pages, &request.chunks);
		if (!err)
			err = try_request(region, &request);
		unlock_region(region);
		if (err == -EAGAIN)
			fetch(region, &request);
	} while (err == -EAGAIN);
	if (!list_empty(&request.chunks))
		region_pages_return(&region->pages, &request.chunks);
	if (!err)
		*addr = region_addr(region, request.first);
	trace_physvm_region_alloc(region, err ? 0 : *addr, pages, err);
	return err;
}

/* Freeing. */

static void free_pages_of(struct region_state *region, u64 first, u64 pages)
{
	take_out(region, first, pages);
	region_place_give(&region->place, first, pages);
}

static void keep_few(struct region_state *region)
{
	if (region->pages.nr_free + region->pages.nr_freed > REGION_KEEP)
		region_pages_trim(&region->pages, REGION_KEEP);
}

/**
 * region_free() - Free pages
 * @region: the region
 * @addr: of the first
 * @pages: how many
 *
 * Return: 0 or the error: EINVAL, ENOENT.
 */
int region_free(struct region_state *region, u64 addr, u64 pages)
{
	struct address_space *mapping = region->area->inode->i_mapping;
	const u64 first = (addr - region->base) >> PAGE_SHIFT;
	int err;

	if (!PAGE_ALIGNED(addr) || addr < region->base)
		return -EINVAL;
	filemap_invalidate_lock(mapping);
	err = region_place_allocated(&region->place, first, pages);
	if (!err) {
		free_pages_of(region, first, pages);
		keep_few(region);
	}
	filemap_invalidate_unlock(mapping);
	trace_physvm_region_free(region, addr, pages, err);
	return err;
}

/* All there are; returns how many. */
u64 region_free_all(struct region_state *region)
{
	struct address_space *mapping = region->area->inode->i_mapping;
	struct region_place *place = &region->place;
	u64 first, end, count;

	filemap_invalidate_lock(mapping);
	count = place->allocated;
	for (end = place->bitmap_pages; place->allocated;) {
		first = bittree_next_set(&place->tree, end);
		end = bittree_next_clear(&place->tree, first);
		free_pages_of(region, first, end - first);
		keep_few(region);
	}
	filemap_invalidate_unlock(mapping);
	trace_physvm_region_free(region, region->base, count, 0);
	return count;
}

/* @page is any of the region's. */
void region_stat(struct region_state *region, u64 page, struct physvm_region_stat *stat)
{
	struct address_space *mapping = region->area->inode->i_mapping;
	const struct region_place *place = &region->place;

	stat->out_base = region->base;
	stat->out_length = place->pages << PAGE_SHIFT;
	stat->out_guard_pages = place->guard;
	stat->out_bitmap_pages = place->bitmap_pages;
	stat->out_align_log2 = region->align_log2;
	stat->out_page_state = region->page_state;
	stat->out_contiguous = block_can_be_huge() && !region->frames;
	filemap_invalidate_lock_shared(mapping);
	stat->out_allocated_pages = place->allocated;
	stat->out_search_start = place->search_start;
	stat->out_allocated = page >= place->bitmap_pages && bittree_test(&place->tree, page);
	filemap_invalidate_unlock_shared(mapping);
}

struct region_count region_count(struct region_state *region)
{
	struct address_space *mapping = region->area->inode->i_mapping;
	struct region_count count;

	filemap_invalidate_lock_shared(mapping);
	count.allocated = region->place.allocated;
	count.kept = region->pages.nr_free + region->pages.nr_freed;
	filemap_invalidate_unlock_shared(mapping);
	return count;
}
