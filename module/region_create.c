// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_REGION: a region comes to be, and ends. While it is there it can be asked
 * for the pages it keeps for later.
 */
#include <linux/file.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "areafs.h"
#include "region_create.h"
#include "region_file.h"
#include "region_frames.h"
#include "region_map.h"

static LIST_HEAD(regions);
static DEFINE_MUTEX(regions_lock);

/**
 * region_reclaim() - Have regions give back what they keep
 * @payer: those that have a limit in common with that; NULL for all
 *
 * For the pool when it has not enough. Nobody who waits for the pool has a region
 * locked.
 */
void region_reclaim(const struct payer *payer)
{
	struct region_state *region;

	mutex_lock(&regions_lock);
	list_for_each_entry(region, &regions, node) {
		struct address_space *mapping = region->area->inode->i_mapping;

		if (payer && !payer_shares_limit(payer, region->area->payer))
			continue;
		filemap_invalidate_lock(mapping);
		region_pages_trim(&region->pages, 0);
		filemap_invalidate_unlock(mapping);
	}
	mutex_unlock(&regions_lock);
}

static int check_args(const struct physvm_region *args)
{
	const u64 length = args->length;

	if (args->flags & ~PHYSVM_REGION_VALID)
		return -EOPNOTSUPP;
	if (args->flags & PHYSVM_REGION_FRAMES && !region_frames_available())
		return -EOPNOTSUPP;
	if (region_place_check(args->base, length, args->guard_pages, args->align_log2) ||
	    length > TASK_SIZE || args->base > TASK_SIZE - length)
		return -EINVAL;
	return length >> PAGE_SHIFT >= BITTREE_MAX_BITS ? -ENOMEM : 0;
}

static int init_place(struct region_state *region, const struct physvm_region *args)
{
	return region_place_init(&region->place, args->length >> PAGE_SHIFT,
				 args->guard_pages, 1ull << (args->align_log2 - PAGE_SHIFT));
}

static struct region_state *make_region(struct physvm_pool *pool,
					const struct physvm_region *args)
{
	struct region_state *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);
	struct physvm_area *area;

	if (!region)
		return ERR_PTR(-ENOMEM);
	area = area_create_empty(PHYSVM_AREA_REGION, args->length >> PAGE_SHIFT);
	if (IS_ERR(area)) {
		kfree(region);
		return ERR_CAST(area);
	}
	area->region = region;
	area->unmap_run = region_unmap_run;
	region->area = area;
	region->align_log2 = args->align_log2;
	region->page_state = args->page_state;
	region->frames = args->flags & PHYSVM_REGION_FRAMES;
	region->huge = !region->frames && block_can_be_huge() &&
		       BIT_ULL(args->align_log2) >= PHYSVM_BLOCK_SIZE;
	region->mm = current->mm;
	mmgrab(region->mm);
	mutex_init(&region->mixed);
	region_pages_init(&region->pages, pool, area);
	region->pages.unholdable = region->frames;
	INIT_LIST_HEAD(&region->node);
	return region;
}

/* All but the area, which goes with the file. */
void region_destroy(struct region_state *region)
{
	mutex_lock(&regions_lock);
	list_del(&region->node);
	mutex_unlock(&regions_lock);
	region_pages_destroy(&region->pages);
	region_place_destroy(&region->place);
	mmdrop(region->mm);
	kfree(region);
}

static struct file *open_region(struct physvm_pool *pool, const struct physvm_region *args)
{
	struct region_state *region = make_region(pool, args);
	struct physvm_area *area;
	struct file *file;
	int err;

	if (IS_ERR(region))
		return ERR_CAST(region);
	area = region->area;
	err = init_place(region, args);
	file = err ? ERR_PTR(err) : region_open(region);
	if (IS_ERR(file)) {
		region_destroy(region);
		area_destroy(area);
		return file;
	}
	mutex_lock(&regions_lock);
	list_add_tail(&region->node, &regions);
	mutex_unlock(&regions_lock);
	return file;
}

/**
 * region_create() - Do all of PHYSVM_REGION but the descriptor
 * @pool: where pages come from
 * @args: as the user gave them; the results are filled in
 *
 * Return: the region's file, for region_publish(), or an error pointer.
 */
struct file *region_create(struct physvm_pool *pool, struct physvm_region *args)
{
	int err = check_args(args);
	struct file *file;

	if (err)
		return ERR_PTR(err);
	file = open_region(pool, args);
	if (IS_ERR(file))
		return file;
	err = region_map(file_area(file)->region, file, args->base);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	args->out_base = file_area(file)->region->base;
	args->out_bitmap_pages = file_area(file)->region->place.bitmap_pages;
	return file;
}

/* Nobody has been told of it. */
void region_undo(const struct physvm_region *args)
{
	vm_munmap(args->out_base, args->length);
}

void region_publish(struct file *file)
{
	WRITE_ONCE(file_area(file)->published, true);
}
