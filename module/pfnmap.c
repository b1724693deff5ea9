// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults where the kernel has no pages, only frames: VM_PFNMAP. Nothing can hold
 * a reference to what is mapped here. The core takes the cache mode from the
 * table iomap.c has put it into, whatever the mapping says.
 */
#include <linux/pagemap.h>

#include "area.h"
#include "areafs.h"
#include "fault.h"
#include "pfnmap.h"
#include "stats.h"

/* Leaves alone what is mapped already. */
static vm_fault_t insert(struct vm_fault *vmf, struct physvm_area *area,
			 unsigned long addr)
{
	const pgoff_t pgoff = linear_page_index(vmf->vma, addr);
	const unsigned long page = pgoff - area->base;

	if (!area_has(area, pgoff) || !area_is_committed(area, page))
		return VM_FAULT_SIGSEGV;
	if (!area->device)
		area_make_live(area, area_run(area, page), page, 1);
	return vmf_insert_pfn(vmf->vma, addr, area_pfn(area, page));
}

/* As in fault.c: a page table's aligned stretch, as far as the mapping has it. */
static void insert_around(struct vm_fault *vmf, struct physvm_area *area)
{
	const unsigned long size = PHYSVM_FAULT_AROUND * PAGE_SIZE;
	const unsigned long low = ALIGN_DOWN(vmf->address, size);
	const unsigned long end = min(vmf->vma->vm_end, low + size);
	unsigned long addr;

	for (addr = max(vmf->vma->vm_start, low); addr < end; addr += PAGE_SIZE)
		insert(vmf, area, addr);
}

static void lock(struct physvm_area *area)
{
	if (area->device)
		filemap_invalidate_lock_shared(area->inode->i_mapping);
	else
		filemap_invalidate_lock(area->inode->i_mapping);
}

static void unlock(struct physvm_area *area)
{
	if (area->device)
		filemap_invalidate_unlock_shared(area->inode->i_mapping);
	else
		filemap_invalidate_unlock(area->inode->i_mapping);
}

/**
 * pfnmap_fault() - Map a committed page and its neighbours
 * @vmf: of a VM_PFNMAP mapping of ours
 */
vm_fault_t pfnmap_fault(struct vm_fault *vmf)
{
	struct physvm_area *area = file_area(vmf->vma->vm_file);
	vm_fault_t ret;

	/*
	 * Decommit must not come between the check and the page; nor two who
	 * zero the same page between each other.
	 */
	lock(area);
	ret = insert(vmf, area, vmf->address & PAGE_MASK);
	if (ret == VM_FAULT_NOPAGE) {
		insert_around(vmf, area);
		stats_inc(STAT_FAULT_FRAMES);
	}
	unlock(area);
	return ret;
}
