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
static void hide_one(struct loose *loose, unsigned long page, const struct physvm_run *run)
{
	struct physvm_area *area = loose->area;

	loose->runs[page - loose->page] = run;
	area_make_live(area, run, page, 1);
	block_mark_dirty(run->block, run->start + page - run->first, 1);
	clear_bit(area_bit(area, page), area->live);
	clear_bit(area_bit(area, page), area->committed);
}

/* From here on the pages look reserved. Of very many, few may be there. */
static void hide(struct loose *loose)
{
	struct physvm_area *area = loose->area;
	struct address_space *mapping = area->inode->i_mapping;
	const unsigned long end = loose->page + loose->count;
	const struct physvm_run *run;
	unsigned long page = loose->page;

	filemap_invalidate_lock(mapping);
	for (; (run = sparse_next_run(&area->sparse, &page, end)); page++) {
		hide_one(loose, page, run);
		cond_resched();
	}
	unmap_mapping_range(mapping, (loff_t)(area->base + loose->page) << PAGE_SHIFT,
			    (loff_t)loose->count << PAGE_SHIFT, 1);
	filemap_invalidate_unlock(mapping);
}

static void take_out(struct physvm_sparse *sparse, unsigned long page, unsigned long end)
{
	for (; sparse_next_run(sparse, &page, end); page++) {
		xa_erase(&sparse->runs, page);
		cond_resched();
	}
}

/**
 * loose_take() - Take pages out of a sparse area
 * @area: the area
 * @page: the first
 * @count: how many
 * @all: nothing is done unless all of them are there
 *
 * Return: the pages, which are missing in the area now; or an error pointer:
 * ENOMEM, ENOENT (@all), EINTR.
 */
struct loose *loose_take(struct physvm_area *area, unsigned long page, unsigned long count,
			 bool all)
{
	struct loose *loose = kvzalloc(struct_size(loose, runs, count), GFP_KERNEL_ACCOUNT);
	int err = loose ? sparse_lock(&area->sparse) : -ENOMEM;

	if (err)
		goto err_free;
	if (all && !all_committed(area, page, count)) {
		err = -ENOENT;
		goto err_unlock;
	}
	loose->area = area;
	loose->page = page;
	loose->count = count;
	hide(loose);
	take_out(&area->sparse, page, page + count);
	sparse_unlock(&area->sparse);
	return loose;

err_unlock:
	sparse_unlock(&area->sparse);
err_free:
	kvfree(loose);
	return ERR_PTR(err);
}

/* How many of the pages from @i on are, like it, in one run, or are none. */
unsigned long loose_part(const struct loose *loose, unsigned long i)
{
	unsigned long n = 1;

	while (i + n < loose->count && loose->runs[i + n] == loose->runs[i])
		n++;
	return n;
}

static bool put_back_one(struct loose *loose, unsigned long i)
{
	struct physvm_sparse *sparse = &loose->area->sparse;
	const struct physvm_run *run = loose->runs[i];
	const unsigned long page = loose->page + i;

	/* Nothing could be done about an error, so there is none. */
	if (!xa_insert(&sparse->runs, page, (void *)run, GFP_KERNEL | __GFP_NOFAIL))
		return true;
	supply_give_part(sparse->pool, run, page, 1);
	return false;
}

/* What the area has got since in place of one of them stays there. */
void loose_put_back(struct loose *loose)
{
	struct physvm_area *area = loose->area;
	unsigned long i;

	sparse_lock_uninterruptible(&area->sparse);
	for (i = 0; i < loose->count; i++) {
		if (loose->runs[i] && !put_back_one(loose, i))
			loose->runs[i] = NULL;
		cond_resched();
	}
	filemap_invalidate_lock(area->inode->i_mapping);
	for (i = 0; i < loose->count; i++) {
		cond_resched();
		if (!loose->runs[i])
			continue;
		set_bit(area_bit(area, loose->page + i), area->live);
		set_bit(area_bit(area, loose->page + i), area->committed);
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
		if (loose->runs[i])
			supply_give_part(sparse->pool, loose->runs[i], loose->page + i, n);
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
		if (loose->runs[i])
			supply_forget_part(sparse->pool, loose->runs[i], n);
	}
	sparse_unlock(sparse);
	kvfree(loose);
}
