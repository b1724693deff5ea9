// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the current process that become another area's.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "loose.h"
#include "mapping.h"
#include "move.h"

/* Where the pages are: the area's own file, with a reference. */
struct source {
	struct file *file;
	unsigned long page;
};

/* Where they are is found by address, as for decommit. */

static int check_part(const struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	const struct physvm_area *area = vma_area(vma);

	/* Still being made by another thread: not there yet. */
	if (area->type != PHYSVM_AREA_NORESERVE || !READ_ONCE(area->published))
		return -ENOENT;
	if (!(vma->vm_flags & VM_MAYWRITE) || !area_has(area, vma_pgoff(vma, addr)) ||
	    !area_has(area, vma_pgoff(vma, end - 1)))
		return -EACCES;
	return 0;
}

static int find_part(unsigned long addr, unsigned long *end, struct source *source,
		     unsigned long page)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);
	int err;

	if (!vma || vma->vm_start > addr || !vma_area(vma))
		return -ENOENT;
	*end = min(*end, vma->vm_end);
	err = check_part(vma, addr, *end);
	if (err)
		return err;
	if (!source->file) {
		source->file = get_file(file_view(vma->vm_file)->whole ?: vma->vm_file);
		source->page = vma_pgoff(vma, addr) - vma_area(vma)->base;
	}
	return vma_area(vma) == file_area(source->file) &&
	       vma_pgoff(vma, addr) - vma_area(vma)->base == source->page + page ? 0 : -ENOENT;
}

static int find_source(unsigned long addr, unsigned long count, struct source *source)
{
	const unsigned long start = addr, end = addr + (count << PAGE_SHIFT);
	unsigned long next;
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	for (; addr < end && !err; addr = next) {
		next = end;
		err = find_part(addr, &next, source, (addr - start) >> PAGE_SHIFT);
	}
	mmap_read_unlock(current->mm);
	return err;
}

/* Handing over. */

static bool can_hand_over(const struct physvm_area *from, const struct physvm_area *to)
{
	return from->pool == to->pool && from->cache == to->cache &&
	       uid_eq(from->sparse.owner, to->sparse.owner);
}

static struct physvm_supply *supply_of(const struct loose *loose, struct physvm_area *to)
{
	struct physvm_supply *supply = kvmalloc(struct_size(supply, runs, loose->count),
						GFP_KERNEL_ACCOUNT);
	unsigned long i, n;

	if (!supply)
		return NULL;
	supply->left = loose->count;
	supply->payer = to->payer;
	supply->sheet = NULL;
	supply->nr_runs = 0;
	for (i = 0; i < loose->count; i += n) {
		const struct loose_page *page = &loose->pages[i];

		n = loose_part(loose, i);
		supply->runs[supply->nr_runs++] = (struct physvm_run){
			.area = to,
			.block = page->run->block,
			.supply = supply,
			.start = page->run->start + page->page - page->run->first,
			.count = n,
			.first = i,
		};
	}
	return supply;
}

static int hand_over(struct loose *loose, struct physvm_area *to, unsigned long page)
{
	const unsigned int pool = pool_kind(to->pool);
	struct physvm_supply *supply = supply_of(loose, to);
	int err = supply ? payer_move(loose->area->payer, to->payer, pool, loose->count,
				      pool_pages(to->pool)) : -ENOMEM;

	if (err)
		goto err_free;
	if (area_adopt(to, page, supply) >= 0)
		return 0;
	payer_move_back(loose->area->payer, to->payer, pool, loose->count);
	err = -ENOMEM;

err_free:
	kvfree(supply);
	return err;
}

/* Copying. */

static int copy_over(const struct loose *loose, struct physvm_area *to, unsigned long page)
{
	struct physvm_supply *supply = area_take(to, loose->count);
	unsigned long i, contiguous;
	long entered;

	if (IS_ERR(supply))
		return PTR_ERR(supply);
	for (i = 0; i < loose->count; i++) {
		memcpy(supply_address(supply, i, &contiguous), loose_address(&loose->pages[i]),
		       PAGE_SIZE);
		cond_resched();
	}
	entered = area_enter(to, page, supply);
	return min(entered, 0l);
}

static int move(struct physvm_area *from, unsigned long from_page, struct physvm_area *to,
		unsigned long page, unsigned long count)
{
	struct loose *loose = loose_take(from, from_page, count, true);
	const bool hands = can_hand_over(from, to);
	int err;

	if (IS_ERR(loose))
		return PTR_ERR(loose);
	err = hands ? hand_over(loose, to, page) : copy_over(loose, to, page);
	if (err)
		loose_put_back(loose);
	else if (hands)
		loose_forget(loose);
	else
		loose_give(loose);
	return err;
}

/**
 * move_into() - Give an area pages of the current process
 * @to: the area, sparse
 * @page: the first that is to be there
 * @count: how many, all of them within @to; what it has already it keeps
 * @addr: where they are now: an area of PHYSVM_ALLOC_NORESERVE
 *
 * Return: 0; ENOENT, EACCES (@addr), ENOMEM, EDQUOT, EINTR: then nothing has changed.
 */
int move_into(struct physvm_area *to, unsigned long page, unsigned long count,
	      unsigned long addr)
{
	struct source source = {};
	int err = find_source(addr, count, &source);

	if (!err)
		err = move(file_area(source.file), source.page, to, page, count);
	if (source.file)
		fput(source.file);
	return err;
}
