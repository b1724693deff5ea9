// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages between areas: taken out of one so that nothing changes them any more,
 * to be read, handed over, put back or given to the pool.
 */
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "loose.h"

static bool all_committed(const struct physvm_area *area, unsigned long page,
			  unsigned long count)
{
	const unsigned long bit = area_bit(area, page);

	return find_next_zero_bit(area->committed, bit + count, bit) >= bit + count;
}

/* What was never touched is zeroed, as touching it would have done. */
static void hide_one(struct physvm_area *area, unsigned long page, const struct physvm_run *run)
{
	area_make_live(area, run, page, 1);
	block_mark_dirty(run->block, run->start + page - run->first, 1);
	clear_bit(area_bit(area, page), area->live);
	clear_bit(area_bit(area, page), area->committed);
}

/* From here on the pages look reserved. Of very many, few may be there. */
static void hide(struct loose *loose, unsigned long page, unsigned long count)
{
	struct physvm_area *area = loose->area;
	struct address_space *mapping = area->inode->i_mapping;
	unsigned long i;

	filemap_invalidate_lock(mapping);
	for (i = 0; i < loose->count; i++) {
		hide_one(area, loose->pages[i].page, loose->pages[i].run);
		cond_resched();
	}
	unmap_mapping_range(mapping, (loff_t)(area->base + page) << PAGE_SHIFT,
			    (loff_t)count << PAGE_SHIFT, 1);
	filemap_invalidate_unlock(mapping);
}

static unsigned long count_pages(struct physvm_sparse *sparse, unsigned long page,
				 unsigned long end)
{
	unsigned long count = 0;

	for (; sparse_next_run(sparse, &page, end); page++) {
		count++;
		cond_resched();
	}
	return count;
}

/* With the area's lock: what there is does not change. */
static struct loose *list_pages(struct physvm_area *area, unsigned long page,
				unsigned long end)
{
	const unsigned long count = count_pages(&area->sparse, page, end);
	struct loose *loose = kvmalloc(struct_size(loose, pages, count), GFP_KERNEL_ACCOUNT);
	const struct physvm_run *run;

	if (!loose)
		return NULL;
	loose->area = area;
	loose->count = 0;
	for (; (run = sparse_next_run(&area->sparse, &page, end)); page++) {
		loose->pages[loose->count++] = (struct loose_page){ run, page };
		cond_resched();
	}
	return loose;
}

static void take_out(struct loose *loose)
{
	unsigned long i;

	for (i = 0; i < loose->count; i++) {
		xa_erase(&loose->area->sparse.runs, loose->pages[i].page);
		cond_resched();
	}
}

static struct loose *take_locked(struct physvm_area *area, unsigned long page,
				 unsigned long count, bool all)
{
	struct loose *loose;

	if (all && !all_committed(area, page, count))
		return ERR_PTR(-ENOENT);
	loose = list_pages(area, page, page + count);
	if (!loose)
		return ERR_PTR(-ENOMEM);
	hide(loose, page, count);
	take_out(loose);
	return loose;
}

/**
 * loose_take() - Take pages out of a sparse area
 * @area: the area
 * @page: the first
 * @count: how many there may be
 * @all: nothing is done unless all of them are there
 *
 * Return: the pages, which are missing in the area now; or an error pointer:
 * ENOMEM, ENOENT (@all), EINTR.
 */
struct loose *loose_take(struct physvm_area *area, unsigned long page, unsigned long count,
			 bool all)
{
	const int err = sparse_lock(&area->sparse);
	struct loose *loose;

	if (err)
		return ERR_PTR(err);
	loose = take_locked(area, page, count, all);
	sparse_unlock(&area->sparse);
	return loose;
}

/* How many of the pages from @i on follow each other in one run. */
unsigned long loose_part(const struct loose *loose, unsigned long i)
{
	const struct loose_page *first = &loose->pages[i];
	unsigned long n = 1;

	while (i + n < loose->count && first[n].run == first->run &&
	       first[n].page == first->page + n)
		n++;
	return n;
}

static bool put_back_one(struct loose *loose, const struct loose_page *page)
{
	struct physvm_sparse *sparse = &loose->area->sparse;

	/* Nothing could be done about an error, so there is none. */
	if (!xa_insert(&sparse->runs, page->page, (void *)page->run, GFP_KERNEL | __GFP_NOFAIL))
		return true;
	supply_give_part(sparse->pool, page->run, page->page, 1);
	return false;
}

/* What the area has got since in place of one of them stays there. */
void loose_put_back(struct loose *loose)
{
	struct physvm_area *area = loose->area;
	struct loose_page *page, *end = loose->pages + loose->count;

	sparse_lock_uninterruptible(&area->sparse);
	for (page = loose->pages; page < end; page++) {
		if (!put_back_one(loose, page))
			page->run = NULL;
		cond_resched();
	}
	filemap_invalidate_lock(area->inode->i_mapping);
	for (page = loose->pages; page < end; page++) {
		cond_resched();
		if (!page->run)
			continue;
		set_bit(area_bit(area, page->page), area->live);
		set_bit(area_bit(area, page->page), area->committed);
	}
	filemap_invalidate_unlock(area->inode->i_mapping);
	sparse_unlock(&area->sparse);
	kvfree(loose);
}

/* Gives them to the pool. The lock is for what is left of their supplies. */
void loose_give(struct loose *loose)
{
	struct physvm_sparse *sparse = &loose->area->sparse;
	unsigned long i, n;

	sparse_lock_uninterruptible(sparse);
	for (i = 0; i < loose->count; i += n) {
		n = loose_part(loose, i);
		supply_give_part(sparse->pool, loose->pages[i].run, loose->pages[i].page, n);
		cond_resched();
	}
	sparse_unlock(sparse);
	kvfree(loose);
}

/* Another area has them: it gives them to the pool one day. */
void loose_forget(struct loose *loose)
{
	struct physvm_sparse *sparse = &loose->area->sparse;
	unsigned long i, n;

	sparse_lock_uninterruptible(sparse);
	for (i = 0; i < loose->count; i += n) {
		n = loose_part(loose, i);
		supply_forget_part(sparse->pool, loose->pages[i].run, n);
	}
	sparse_unlock(sparse);
	kvfree(loose);
}
