// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_QUERY: what there is at an address of the current process.
 */
#include <linux/mm.h>
#include <linux/string.h>

#include "mapping.h"
#include "pagetable.h"
#include "policy.h"
#include "query.h"

/* What another thread's commit or decommit changes. */
static int query_state(struct physvm_area *area, unsigned long page,
		       struct physvm_query *query)
{
	int err = area_is_sparse(area) ? sparse_lock(&area->sparse) : 0;

	if (err)
		return err;
	query->out_state = area_is_committed(area, page) ? PHYSVM_PAGE_COMMITTED :
							   PHYSVM_PAGE_RESERVED;
	if (policy_shows_phys())
		query->out_phys = PFN_PHYS((u64)area_pfn(area, page));
	if (query->out_phys)
		query->out_run_length = (u64)area_pfns_left(area, page) << PAGE_SHIFT;
	if (area_is_sparse(area))
		sparse_unlock(&area->sparse);
	return 0;
}

static int query_page(const struct vm_area_struct *vma, unsigned long addr,
		      struct physvm_query *query)
{
	struct physvm_area *area = vma_area(vma);
	const pgoff_t pgoff = vma_pgoff(vma, addr);
	const unsigned long page = pgoff - area->base;

	query->out_phys = 0;
	query->out_run_length = 0;
	query->out_area_offset = 0;
	query->out_state = PHYSVM_PAGE_GUARD;
	if (!area_has(area, pgoff))
		return 0;
	query->out_area_offset = (u64)page << PAGE_SHIFT;
	return query_state(area, page, query);
}

/* The mapping may have been split, and have lost parts, since it was made. */
static void query_region(struct vm_area_struct *vma, struct physvm_query *query)
{
	const struct physvm_area *area = vma_area(vma);
	unsigned long start = vma->vm_start, end = vma->vm_end;
	const pgoff_t first = vma->vm_pgoff;
	pgoff_t low, high;

	while (mapping_shows(area, start - 1, first - ((vma->vm_start - start) >> PAGE_SHIFT) - 1))
		start = find_vma(current->mm, start - 1)->vm_start;
	while (mapping_shows(area, end, first + ((end - vma->vm_start) >> PAGE_SHIFT)))
		end = find_vma(current->mm, end)->vm_end;

	low = first - ((vma->vm_start - start) >> PAGE_SHIFT);
	high = first + ((end - vma->vm_start) >> PAGE_SHIFT) - 1;
	query->out_flags = 0;
	if (area_low_guard(area, low)) {
		start += PAGE_SIZE;
		query->out_flags |= PHYSVM_QUERY_LOW_GUARD;
	}
	if (area_high_guard(area, high)) {
		end -= PAGE_SIZE;
		query->out_flags |= PHYSVM_QUERY_HIGH_GUARD;
	}
	query->out_region_addr = start;
	query->out_region_length = end > start ? end - start : 0;
}

static void query_area(const struct vm_area_struct *vma,
		       struct physvm_query *query)
{
	const struct physvm_area *area = vma_area(vma);

	query->out_prot = vm_flags_prot(vma->vm_flags);
	query->out_max_prot = vma_max_prot(vma);
	query->out_cache = area->cache;
	query->out_alloc_flags = area->alloc_flags;
	query->out_type = area->type;
	query->out_reserved = 0;
	query->out_area_id = area->inode->i_ino;
	query->out_area_length = (u64)area->pages << PAGE_SHIFT;
	memcpy(query->out_label, area->label, sizeof(query->out_label));
}

/**
 * query_address() - Say everything about a page
 * @addr: an address in it
 * @query: filled in
 *
 * Return: 0, ENOENT where nothing of ours is mapped, or EINTR.
 */
int query_address(unsigned long addr, struct physvm_query *query)
{
	struct vm_area_struct *vma;
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	vma = find_vma(current->mm, addr);
	if (vma && vma->vm_start <= addr && vma_area(vma)) {
		err = query_page(vma, addr, query);
		query_region(vma, query);
		query_area(vma, query);
		if (pmd_is_block(pagetable_pmd(current->mm, addr)))
			query->out_flags |= PHYSVM_QUERY_HUGE;
	} else {
		err = -ENOENT;
	}
	mmap_read_unlock(current->mm);
	return err;
}
