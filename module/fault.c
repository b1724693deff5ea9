// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault handler. It takes no pool lock, but to wait while nothing of a block is to
 * be mapped, and allocates nothing: the pages are the area's already.
 *
 * A mapping is of one of two kinds, settled when it is made (mapping.c). One
 * that can have PMDs is given its page by the core, a whole block where the
 * block is the area's and committed. Any other is VM_MIXEDMAP: there we put in
 * the pages around the one touched ourselves, and a PMD never comes up. Both
 * hold references to the pages, so get_user_pages() works in both.
 */
#include <linux/pagemap.h>

#include "area.h"
#include "areafs.h"
#include "fault.h"
#include "fill.h"
#include "paging.h"
#include "pfnmap.h"
#include "stats.h"
#include "trace.h"

/* What a pager supplies at once is meant to be used. */
#define SUPPLY_AROUND 64ul

struct around {
	unsigned long addr;
	unsigned long page;
	unsigned int count;
};

static bool can_join(const struct physvm_area *area, const struct physvm_run *run,
		     unsigned long page)
{
	return area_is_committed(area, page) && area_same_run(area, run, page);
}

/*
 * The committed neighbours of the page touched: in the same aligned stretch of
 * addresses, so in one page table, in the same mapping and the same run.
 */
static struct around find_around(const struct vm_area_struct *vma, unsigned long address,
				 const struct physvm_area *area,
				 const struct physvm_run *run, unsigned long page)
{
	const unsigned long size = (area->pager ? SUPPLY_AROUND : PHYSVM_FAULT_AROUND) * PAGE_SIZE;
	const unsigned long low = max(vma->vm_start, ALIGN_DOWN(address, size));
	const unsigned long high = min(vma->vm_end - 1, ALIGN_DOWN(address, size) + size - 1);
	unsigned long before = min((address - low) >> PAGE_SHIFT,
				   page - run->first);
	unsigned long after = min((high - address) >> PAGE_SHIFT,
				  run->first + run->count - 1 - page);
	unsigned long first = page, last = page;

	while (before-- && can_join(area, run, first - 1))
		first--;
	while (after-- && can_join(area, run, last + 1))
		last++;
	return (struct around){
		.addr = address - ((page - first) << PAGE_SHIFT),
		.page = first,
		.count = last - first + 1,
	};
}

/* Leaves alone what is mapped already. */
static vm_fault_t insert_page(struct vm_area_struct *vma, struct around around,
			      const struct physvm_run *run)
{
	const unsigned int index = run->start + around.page - run->first;
	const int err = vm_insert_page(vma, around.addr, block_page(run->block, index));

	return err && err != -EBUSY ? vmf_error(err) : VM_FAULT_NOPAGE;
}

static vm_fault_t insert_pages(struct vm_area_struct *vma, struct around around,
			       const struct physvm_run *run)
{
	const unsigned int index = run->start + around.page - run->first;
	struct page *pages[SUPPLY_AROUND];
	unsigned long done = 0, left;
	unsigned int i;
	int err;

	for (i = 0; i < around.count; i++)
		pages[i] = block_page(run->block, index + i);
	while (done < around.count) {
		left = around.count - done;
		err = vm_insert_pages(vma, around.addr + (done << PAGE_SHIFT),
				      pages + done, &left);
		if (err && err != -EBUSY)
			return vmf_error(err);
		done = around.count - left + (err == -EBUSY);
	}
	stats_inc(STAT_FAULT_PAGES);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t map_around(struct vm_area_struct *vma, unsigned long address,
			     struct physvm_area *area, const struct physvm_run *run,
			     unsigned long page)
{
	const struct around around = find_around(vma, address, area, run, page);

	area_make_live(area, run, around.page, around.count);
	/* No list of pages for one: it is all that most pagers give at once. */
	return around.count == 1 ? insert_page(vma, around, run) :
				   insert_pages(vma, around, run);
}

/*
 * Exclusive: decommit must not come between the check and the page. Returns where
 * the page is, or NULL if it is not committed.
 */
static const struct physvm_run *lock_run(struct physvm_area *area, unsigned long page)
{
	struct address_space *mapping = area->inode->i_mapping;
	const struct physvm_run *run;

	for (;;) {
		filemap_invalidate_lock(mapping);
		run = area_is_committed(area, page) ? area_run(area, page) : NULL;
		if (likely(!run || !READ_ONCE(run->block->kept_out)))
			return run;
		filemap_invalidate_unlock(mapping);
		pool_wait_for_look(area->pool);
	}
}

/* The page and some around it; 0 if it is not committed. */
static vm_fault_t map_pages(struct vm_area_struct *vma, unsigned long address,
			    struct physvm_area *area, unsigned long page)
{
	const struct physvm_run *run = lock_run(area, page);
	const vm_fault_t ret = run ? map_around(vma, address, area, run, page) : 0;

	filemap_invalidate_unlock(area->inode->i_mapping);
	return ret;
}

/* What the page is without, somebody may supply. No lock of ours is held. */
static vm_fault_t fault_missing(struct vm_fault *vmf, struct physvm_area *area,
				unsigned long page)
{
	switch (area->type) {
	case PHYSVM_AREA_FILE:
	case PHYSVM_AREA_IMAGE:
		return fill_fault(vmf, area, page);
	case PHYSVM_AREA_PAGED:
		return pager_fault(vmf, area, page, map_pages);
	default:
		return VM_FAULT_SIGSEGV;
	}
}

static vm_fault_t fault_pages(struct vm_fault *vmf, struct physvm_area *area,
			      unsigned long page)
{
	/* Who waits for a page looks again before. */
	if (area->pager && !area_is_committed(area, page))
		return fault_missing(vmf, area, page);
	return map_pages(vmf->vma, vmf->address & PAGE_MASK, area, page) ?:
	       fault_missing(vmf, area, page);
}

/* As lock_run(), with the folio for the core. */
static void lock_block(struct physvm_area *area, struct physvm_block *block)
{
	struct address_space *mapping = area->inode->i_mapping;

	for (;;) {
		filemap_invalidate_lock_shared(mapping);
		folio_lock(block->folio);
		if (likely(!READ_ONCE(block->kept_out)))
			return;
		folio_unlock(block->folio);
		filemap_invalidate_unlock_shared(mapping);
		pool_wait_for_look(area->pool);
	}
}

/*
 * The core maps the page after we have returned, with the folio still locked.
 * Decommit takes that lock after it has changed the state and before it unmaps,
 * so either it sees our mapping or we see its state.
 */
static vm_fault_t fault_block(struct vm_fault *vmf, struct physvm_area *area,
			      unsigned long page)
{
	const struct physvm_run *run = area_run(area, page);
	struct physvm_block *block = run->block;
	vm_fault_t ret = VM_FAULT_SIGSEGV;
	bool huge;

	lock_block(area, block);
	if (!area_is_committed(area, page)) {
		folio_unlock(block->folio);
		goto out_unlock;
	}
	huge = run_is_block(run) && area_run_committed(area, run);
	area_make_live(area, run, huge ? run->first : page, huge ? run->count : 1);
	block_allow_huge(block, huge);
	folio_get(block->folio);
	vmf->page = block_page(block, run->start + page - run->first);
	ret = VM_FAULT_LOCKED;
	stats_inc(STAT_FAULT_BLOCKS);
out_unlock:
	filemap_invalidate_unlock_shared(area->inode->i_mapping);
	return ret;
}

static vm_fault_t handle(struct vm_fault *vmf)
{
	struct physvm_area *area = file_area(vmf->vma->vm_file);
	unsigned long page = vmf->pgoff - area->base;

	if (area_guard(area, vmf->pgoff))
		return VM_FAULT_SIGSEGV;
	if (!area_has(area, vmf->pgoff))
		return VM_FAULT_SIGBUS;
	if (vmf->vma->vm_flags & VM_PFNMAP)
		return pfnmap_fault(vmf);
	if (vmf->vma->vm_flags & VM_MIXEDMAP)
		return fault_pages(vmf, area, page);
	return fault_block(vmf, area, page);
}

/* Once the lock has been dropped the mapping may be gone, and the area with it. */
static noinline vm_fault_t handle_traced(struct vm_fault *vmf)
{
	const struct physvm_area *area = file_area(vmf->vma->vm_file);
	const unsigned long page = vmf->pgoff - area->base;
	const u64 area_id = area->inode->i_ino;
	const u32 type = area->type;
	const vm_fault_t result = handle(vmf);

	trace_physvm_fault(area_id, type, page, vmf, result);
	return result;
}

vm_fault_t fault_handle(struct vm_fault *vmf)
{
	const vm_fault_t ret = trace_physvm_fault_enabled() ? handle_traced(vmf) : handle(vmf);

	if (unlikely(ret & VM_FAULT_ERROR))
		stats_inc(ret & VM_FAULT_SIGSEGV ? STAT_FAULT_SEGV : STAT_FAULT_BUS);
	return ret;
}

/*
 * Maps nothing, and is needed: without it the core gives up the lock of the
 * mapping and takes the whole address space's before it calls us.
 */
vm_fault_t fault_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}
