// SPDX-License-Identifier: GPL-2.0-only
/*
 * An area: pages of the pool, which of them are committed, which are live.
 */
#include <linux/cred.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "area.h"
#include "trace.h"
#include "upcall.h"

static atomic_long_t nr_areas;

unsigned long area_count(void)
{
	return atomic_long_read(&nr_areas);
}

/* Pages. */

/**
 * area_run() - The run a page is in
 * @area: the area; if it is sparse, locked such that @page stays committed, or
 *	such that nobody commits it
 * @page: a page it has
 *
 * Return: the run; NULL where a sparse area or a reservation has no page.
 */
const struct physvm_run *area_run(const struct physvm_area *area,
				  unsigned long page)
{
	unsigned int low = 0, high = area->nr_runs;

	if (area_is_sparse(area))
		return sparse_run(&area->sparse, page);
	if (area_is_reservation(area))
		return NULL;

	while (high - low > 1) {
		const unsigned int mid = low + (high - low) / 2;

		if (page < area->runs[mid].first)
			high = mid;
		else
			low = mid;
	}
	return &area->runs[low];
}

/* Is a page between the run's ends in it? That of a sparse area may have lost some. */
bool area_same_run(const struct physvm_area *area, const struct physvm_run *run,
		   unsigned long page)
{
	return !area_is_sparse(area) || sparse_run(&area->sparse, page) == run;
}

/* How many of the next @count pages are in the run of the first, or in none. */
static unsigned long run_part(const struct physvm_area *area,
			      const struct physvm_run *run, unsigned long page,
			      unsigned long count)
{
	unsigned long n = 1;

	if (run && !area_is_sparse(area))
		return min(count, run->first + run->count - page);
	while (n < count && area_run(area, page + n) == run)
		n++;
	return n;
}

/* The frame of a page, or 0 where there is none. */
unsigned long area_pfn(const struct physvm_area *area, unsigned long page)
{
	const struct physvm_run *run;

	if (area->device)
		return area->device->pfn + page;
	run = area_run(area, page);
	return run ? run_pfn(run) + page - run->first : 0;
}

/* How many pages are physically contiguous from this one on, which has a frame. */
unsigned long area_pfns_left(const struct physvm_area *area, unsigned long page)
{
	const unsigned long pfn = area_pfn(area, page);
	unsigned long left = 0;

	if (area->device)
		return area->pages - page;
	do {
		left += run_part(area, area_run(area, page + left), page + left,
				 area->pages - page - left);
	} while (page + left < area->pages &&
		 area_pfn(area, page + left) == pfn + left);
	return left;
}

bool area_is_committed(const struct physvm_area *area, unsigned long page)
{
	return area->committed && test_bit(area_bit(area, page), area->committed);
}

static bool all_set(const unsigned long *bits, unsigned long start,
		    unsigned long count)
{
	return find_next_zero_bit(bits, start + count, start) >= start + count;
}

bool area_run_committed(const struct physvm_area *area,
			const struct physvm_run *run)
{
	return all_set(area->committed, area_bit(area, run->first), run->count);
}

/**
 * area_make_live() - Have pages zero before somebody sees them
 * @area: locked, as for @live
 * @run: the run the pages are in
 * @page: the first, committed as are the others
 * @count: how many, all in @run
 */
void area_make_live(struct physvm_area *area, const struct physvm_run *run,
		    unsigned long page, unsigned long count)
{
	const unsigned long bit = area_bit(area, page);
	const unsigned long index = run->start + page - run->first;
	unsigned long start = bit, end;

	if (all_set(area->live, bit, count))
		return;
	for_each_clear_bitrange_from(start, end, area->live, bit + count)
		block_clean(run->block, index + start - bit, end - start);
	bitmap_set(area->live, bit, count);
}

/* Pages [page, page + count) of an area, all of them in @run. */
typedef void part_fn(struct physvm_area *area, const struct physvm_run *run,
		     unsigned long page, unsigned long count);

static void visit_sparse_parts(struct physvm_area *area, unsigned long page,
			       unsigned long count, part_fn *fn)
{
	const unsigned long end = page + count;
	const struct physvm_run *run;

	for (; (run = sparse_next_run(&area->sparse, &page, end)); page += count) {
		count = run_part(area, run, page, end - page);
		fn(area, run, page, count);
		cond_resched();
	}
}

/*
 * Runs @fn over the part of each run that [page, page + count) covers. What a
 * device shows is not ours to zero.
 */
static void visit_parts(struct physvm_area *area, unsigned long page,
			unsigned long count, part_fn *fn)
{
	const unsigned long end = page + count;
	const struct physvm_run *run;

	if (area->device || area_is_reservation(area))
		return;
	if (area_is_sparse(area)) {
		visit_sparse_parts(area, page, count, fn);
		return;
	}
	for (run = area_run(area, page); page < end; run++) {
		count = run_part(area, run, page, end - page);
		fn(area, run, page, count);
		page += count;
		cond_resched();
	}
}

/* Contents are gone: what was live is dirty until it is zeroed again. */
static void forget_part(struct physvm_area *area, const struct physvm_run *run,
			unsigned long page, unsigned long count)
{
	const unsigned long bit = area_bit(area, page);
	const unsigned long index = run->start + page - run->first;
	unsigned long start = bit, end;

	for_each_set_bitrange_from(start, end, area->live, bit + count)
		block_mark_dirty(run->block, index + start - bit, end - start);
	bitmap_clear(area->live, bit, count);
}

/*
 * A fault that has found the page committed may be about to map it, with the
 * folio locked and invalidate_lock dropped. Wait for it.
 */
static void drain_faults(struct physvm_area *area, const struct physvm_run *run,
			 unsigned long page, unsigned long count)
{
	folio_lock(run->block->folio);
	folio_unlock(run->block->folio);
}

/**
 * area_supply() - See that there are pages to commit
 * @area: the area; if it is sparse, its lock is held until area_commit() or
 *	area_unsupply()
 * @page: the first
 * @count: how many, all of them the area's
 *
 * Return: 0, or ENOMEM, EDQUOT: then area_unsupply() is due.
 */
int area_supply(struct physvm_area *area, unsigned long page,
		unsigned long count)
{
	return area_is_sparse(area) ? sparse_supply(&area->sparse, page, count) : 0;
}

/* Gives back what is not committed. */
void area_unsupply(struct physvm_area *area, unsigned long page,
		   unsigned long count)
{
	const unsigned long bit = area_bit(area, page);
	unsigned long start = bit, end;

	if (!area_is_sparse(area))
		return;
	for_each_clear_bitrange_from(start, end, area->committed, bit + count)
		sparse_withdraw(&area->sparse, page + start - bit, end - start);
}

/**
 * area_commit() - Let pages be touched
 * @area: the area
 * @page: the first
 * @count: how many, all of them the area's, and supplied
 */
void area_commit(struct physvm_area *area, unsigned long page,
		 unsigned long count)
{
	struct address_space *mapping = area->inode->i_mapping;

	filemap_invalidate_lock(mapping);
	bitmap_set(area->committed, area_bit(area, page), count);
	filemap_invalidate_unlock(mapping);
	if (area->pager)
		upcall_finish(area->pager, area->inode->i_ino, page, count, UPCALL_DONE);
}

/**
 * area_take() - Take pages for a sparse area
 * @area: the area, kept alive by the caller
 * @count: how many
 *
 * They are zero and not in the area yet: fill them without a lock, then
 * area_enter(), or supply_give().
 *
 * Return: the pages, or an error pointer: ENOMEM, EDQUOT.
 */
struct physvm_supply *area_take(struct physvm_area *area, unsigned long count)
{
	return sparse_take(&area->sparse, count);
}

/*
 * What they hold is what shall be seen; pages that were there, if not @all are
 * new, stay as they are.
 */
static void make_seen(struct physvm_area *area, unsigned long page, unsigned long count,
		      const struct physvm_supply *supply, bool all)
{
	struct address_space *mapping = area->inode->i_mapping;
	unsigned long i;

	filemap_invalidate_lock(mapping);
	for (i = 0; i < count; i++)
		if (all || sparse_run(&area->sparse, page + i)->supply == supply)
			set_bit(area_bit(area, page + i), area->live);
	bitmap_set(area->committed, area_bit(area, page), count);
	filemap_invalidate_unlock(mapping);
}

typedef long enter_fn(struct physvm_sparse *sparse, unsigned long page,
		      struct physvm_supply *supply);

static long enter(struct physvm_area *area, unsigned long page,
		  struct physvm_supply *supply, enter_fn *fn)
{
	const unsigned long count = supply->left;
	const long entered = fn(&area->sparse, page, supply);

	if (entered > 0)
		make_seen(area, page, count, supply, entered == count);
	return entered;
}

/**
 * area_enter() - Put filled pages where a sparse area has none, and commit them
 * @area: the area
 * @page: where the first goes; all of them within the area
 * @supply: from area_take(); used up in any case
 *
 * Return: how many have found room, the area having kept what it had before;
 * or ENOMEM.
 */
long area_enter(struct physvm_area *area, unsigned long page,
		struct physvm_supply *supply)
{
	const bool never = false;

	return area_enter_unless(area, page, supply, &never);
}

/**
 * area_enter_unless() - area_enter(), or not
 * @area: the area
 * @page: where the first goes; all of them within the area
 * @supply: from area_take(); used up in any case
 * @stale: changes only while the area's pages are locked; when it is true the
 *	pages are given back
 *
 * Return: as area_enter(), or ESTALE.
 */
long area_enter_unless(struct physvm_area *area, unsigned long page,
		       struct physvm_supply *supply, const bool *stale)
{
	long ret = -ESTALE;

	sparse_lock_uninterruptible(&area->sparse);
	if (*stale)
		supply_give(area->pool, supply);
	else
		ret = enter(area, page, supply, sparse_enter);
	sparse_unlock(&area->sparse);
	return ret;
}

/**
 * area_adopt() - area_enter() for pages that were another area's
 * @area: the area
 * @page: where the first goes
 * @supply: as for sparse_adopt()
 *
 * Return: as area_enter(); when that is an error @supply is still the caller's.
 */
long area_adopt(struct physvm_area *area, unsigned long page,
		struct physvm_supply *supply)
{
	long ret;

	sparse_lock_uninterruptible(&area->sparse);
	ret = enter(area, page, supply, sparse_adopt);
	sparse_unlock(&area->sparse);
	return ret;
}

static void decommit(struct physvm_area *area, unsigned long page,
		     unsigned long count)
{
	struct address_space *mapping = area->inode->i_mapping;

	filemap_invalidate_lock(mapping);
	bitmap_clear(area->committed, area_bit(area, page), count);
	visit_parts(area, page, count, forget_part);
	if (area->huge)
		visit_parts(area, page, count, drain_faults);
	unmap_mapping_range(mapping, (loff_t)(area->base + page) << PAGE_SHIFT,
			    (loff_t)count << PAGE_SHIFT, 1);
	filemap_invalidate_unlock(mapping);
}

/**
 * area_decommit() - Make pages reserved again and forget their contents
 * @area: the area
 * @page: the first
 * @count: how many, all of them the area's
 */
void area_decommit(struct physvm_area *area, unsigned long page,
		   unsigned long count)
{
	if (!area_is_sparse(area)) {
		decommit(area, page, count);
		return;
	}
	sparse_lock_uninterruptible(&area->sparse);
	if (area->content)
		content_forget(area->content, page, count);
	decommit(area, page, count);
	sparse_withdraw(&area->sparse, page, count);
	sparse_unlock(&area->sparse);
}

static void zero_part(struct physvm_area *area, const struct physvm_run *run,
		      unsigned long page, unsigned long count)
{
	unsigned long bit = area_bit(area, page), end = bit + count, i;

	for (i = bit; i < end; i++)
		if (test_bit(i, area->committed))
			area_make_live(area, run, page + i - bit, 1);
}

/**
 * area_unmap_run() - Remove the mappings of some pages until they are touched
 * @run: whose area is alive; it may be without a file so far
 */
void area_unmap_run(const struct physvm_run *run)
{
	const struct physvm_area *area = run->area;
	/* The rest of the area is there when its inode is. */
	struct inode *inode = smp_load_acquire(&area->inode);

	if (inode && area->unmap_run)
		area->unmap_run(run);
	else if (inode)
		unmap_mapping_range(inode->i_mapping,
				    (loff_t)(area->base + run->first) << PAGE_SHIFT,
				    (loff_t)run->count << PAGE_SHIFT, 1);
}

/**
 * area_zero_ahead() - Do what the first touch of committed pages would wait for
 * @area: the area
 * @page: the first, committed as are the others
 * @count: how many
 */
void area_zero_ahead(struct physvm_area *area, unsigned long page,
		     unsigned long count)
{
	struct address_space *mapping = area->inode->i_mapping;

	filemap_invalidate_lock(mapping);
	visit_parts(area, page, count, zero_part);
	filemap_invalidate_unlock(mapping);
}

/**
 * area_committed() - Count the pages that may be touched
 * @area: kept alive by the caller; those of a region are in its region_stat()
 */
unsigned long area_committed(const struct physvm_area *area)
{
	/* There are no bits of others in front of those of page 0. */
	return area->committed ?
		       bitmap_weight(area->committed, area_bit(area, area->pages)) : 0;
}

/* Likewise, those it has of the pool. Pages that come one by one are there when committed. */
unsigned long area_owned(const struct physvm_area *area)
{
	return area_is_sparse(area) ? area_committed(area) : area->nr_runs ? area->pages : 0;
}

/* Life. */

static void set_maker(struct physvm_area *area)
{
	area->uid = current_euid();
	area->maker = get_pid(task_tgid(current));
}

static void index_runs(struct physvm_area *area)
{
	unsigned long page = 0;
	unsigned int i;

	for (i = 0; i < area->nr_runs; i++) {
		area->runs[i].first = page;
		page += area->runs[i].count;
	}
}

/*
 * Whole blocks are no use when one of them is not at a multiple of its size in
 * the file. That is so only for an area put together from crumbs.
 */
static bool can_be_huge(const struct physvm_area *area)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < area->nr_runs; i++) {
		const struct physvm_run *run = &area->runs[i];

		if ((area->base + run->first) % PHYSVM_BLOCK_PAGES != run->start)
			return false;
		any |= run_is_block(run);
	}
	return any && block_can_be_huge();
}

static int take_runs(struct physvm_area *area, const struct physvm_want *want,
		     unsigned long max_runs)
{
	int ret;

	area->runs = kvmalloc_array(max_runs, sizeof(*area->runs),
				    GFP_KERNEL_ACCOUNT);
	if (!area->runs)
		return -ENOMEM;
	ret = pool_take(area->pool, want, area->runs, max_runs);
	if (ret < 0) {
		kvfree(area->runs);
		area->runs = NULL;
		return ret;
	}
	area->nr_runs = ret;
	return 0;
}

/* A run for each block and two for the ends nearly always do. */
static int take_pages(struct physvm_area *area, const struct physvm_want *want)
{
	int err;

	if (area_is_sparse(area)) {
		sparse_pages_init(&area->sparse, want, area->pool);
		area->base = PHYSVM_BLOCK_PAGES;
		return want->pages > PHYSVM_SPARSE_MAX ? -ENOMEM : 0;
	}
	err = want->at_pfn && pool_pages(area->pool) ? -ENXIO : -ENOMEM;
	if (pool_exceeded(area->pool, want->pages,
			  err == -ENXIO ? POOL_FAILURE_RANGE : POOL_FAILURE_PAGES))
		return err;
	err = take_runs(area, want, want->pages / PHYSVM_BLOCK_PAGES + 2);
	if (err == -ENOSPC)
		err = take_runs(area, want, want->pages);
	if (err)
		return err;
	index_runs(area);
	area->base = PHYSVM_BLOCK_PAGES + area->runs[0].start;
	area->huge = area_has_folios(area) && can_be_huge(area);
	return 0;
}

static int take_device(struct physvm_area *area, const struct physvm_alloc *args)
{
	struct physvm_device *device = device_get(args);

	if (IS_ERR(device))
		return PTR_ERR(device);
	area->device = device;
	area->base = PHYSVM_BLOCK_PAGES + device->pfn % PHYSVM_BLOCK_PAGES;
	return 0;
}

static int take_content(struct physvm_area *area, const struct physvm_alloc *args,
			const struct physvm_segment *segments)
{
	struct physvm_content *content = content_get(args, segments);

	if (IS_ERR(content))
		return PTR_ERR(content);
	area->content = content;
	return 0;
}

static int take_pager(struct physvm_area *area, const struct physvm_alloc *args)
{
	struct pager *pager = pager_get(args->source_fd);

	if (IS_ERR(pager))
		return PTR_ERR(pager);
	area->pager = pager;
	area->cookie = args->cookie;
	return 0;
}

static int alloc_bits(struct physvm_area *area)
{
	const unsigned long longs = BITS_TO_LONGS(area_bit(area, area->pages));

	area->committed = kvcalloc(2 * longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!area->committed)
		return -ENOMEM;
	area->live = area->committed + longs;
	return 0;
}

/* Nobody else knows the area yet. */
static int commit_all(struct physvm_area *area)
{
	int err = 0;

	if (area_is_sparse(area)) {
		err = sparse_lock(&area->sparse);
		if (err)
			return err;
		err = area_supply(area, 0, area->pages);
		sparse_unlock(&area->sparse);
	}
	if (!err)
		bitmap_set(area->committed, area_bit(area, 0), area->pages);
	return err;
}

static u32 area_type(const struct physvm_alloc *args)
{
	if (args->flags & PHYSVM_ALLOC_DEVICE)
		return PHYSVM_AREA_DEVICE;
	if (args->flags & PHYSVM_ALLOC_PAGED)
		return PHYSVM_AREA_PAGED;
	if (args->flags & PHYSVM_ALLOC_HIDDEN)
		return PHYSVM_AREA_HIDDEN;
	if (args->flags & PHYSVM_ALLOC_FILE)
		return args->nr_segments ? PHYSVM_AREA_IMAGE : PHYSVM_AREA_FILE;
	return args->flags & PHYSVM_ALLOC_NORESERVE ? PHYSVM_AREA_NORESERVE :
						      PHYSVM_AREA_NORMAL;
}

/* Counted, and charged to who makes it. */
static struct physvm_area *new_area(u32 type, unsigned long pages)
{
	struct physvm_area *area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	struct payer *payer = area ? payer_get() : ERR_PTR(-ENOMEM);

	if (IS_ERR(payer)) {
		kfree(area);
		return ERR_CAST(payer);
	}
	area->payer = payer;
	set_maker(area);
	area->type = type;
	area->pages = pages;
	atomic_long_inc(&nr_areas);
	return area;
}

/**
 * area_create() - Make an area
 * @pool: where its pages come from
 * @args: what the user asked, checked
 * @segments: a copy of those it names, or NULL
 *
 * Return: the area, without an inode so far; or an error pointer with ENOMEM,
 * EDQUOT, ENXIO, EBUSY, EBADF, EINVAL, EACCES, ESHUTDOWN.
 */
struct physvm_area *area_create(struct physvm_pool *pool,
				const struct physvm_alloc *args,
				const struct physvm_segment *segments)
{
	struct physvm_want want = {
		.pages = args->length >> PAGE_SHIFT,
		.pfn = PHYS_PFN(args->phys_addr),
		.at_pfn = args->flags & PHYSVM_ALLOC_PHYS,
		.contig = args->flags & PHYSVM_ALLOC_CONTIG,
		.cache = args->cache,
		.owner = current_euid(),
	};
	struct physvm_area *area = new_area(area_type(args), want.pages);
	int err;

	if (IS_ERR(area))
		return area;
	area->pool = pool;
	area->alloc_flags = args->flags;
	area->max_prot = args->max_prot;
	area->cache = args->cache;
	memcpy(area->label, args->label, sizeof(area->label));

	want.area = area;
	want.payer = area->payer;
	err = area->type == PHYSVM_AREA_DEVICE ? take_device(area, args) :
						 take_pages(area, &want);
	if (!err && args->flags & PHYSVM_ALLOC_FILE)
		err = take_content(area, args, segments);
	if (!err && area->type == PHYSVM_AREA_PAGED)
		err = take_pager(area, args);
	if (!err)
		err = alloc_bits(area);
	if (!err && args->flags & PHYSVM_ALLOC_COMMIT)
		err = commit_all(area);
	if (err) {
		area_destroy(area);
		return ERR_PTR(err);
	}
	return area;
}

/**
 * area_create_empty() - Make an area that has no pages here
 * @type: enum physvm_area_type
 * @pages: its length
 *
 * Return: the area, without an inode so far, or an error pointer: ENOMEM, EDQUOT.
 */
struct physvm_area *area_create_empty(u32 type, unsigned long pages)
{
	struct physvm_area *area = new_area(type, pages);

	if (!IS_ERR(area))
		area->base = PHYSVM_BLOCK_PAGES;
	return area;
}

/* No mapping and no file is left, so nothing here is shared any more. */
void area_destroy(struct physvm_area *area)
{
	if (area->inode)
		trace_physvm_area_free(area);
	if (area->committed)
		visit_parts(area, 0, area->pages, forget_part);
	if (area->pager && area->inode)
		pager_remove_area(area->pager, area->inode);
	if (area->pager)
		pager_put(area->pager);
	if (area->device)
		device_put(area->device);
	else if (area_is_sparse(area))
		sparse_pages_destroy(&area->sparse, area->pages);
	else if (area->nr_runs)
		pool_give(area->pool, area->runs, area->nr_runs, area->payer);
	if (area->content)
		content_put(area->content);
	kvfree(area->committed);
	kvfree(area->runs);
	put_pid(area->maker);
	payer_put(area->payer);
	kfree(area);
	atomic_long_dec(&nr_areas);
}
