// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on a range of the current process's addresses: each first looks whether
 * all of it is ours, then acts, both under one hold of mmap_lock where that is
 * possible.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "fault.h"
#include "mapping.h"
#include "policy.h"
#include "range.h"

/* One mapping's part [start, end) of a range. */
typedef int visit_t(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end, void *arg);

/* ENOENT where something is not ours or nothing at all. mmap_lock is held. */
static int visit_range(unsigned long addr, unsigned long length, visit_t *visit,
		       void *arg)
{
	const unsigned long range_end = addr + length;
	struct vm_area_struct *vma;
	unsigned long end;
	int err = 0;

	lockdep_assert_held(&current->mm->mmap_lock);
	for (; addr < range_end && !err; addr = end) {
		vma = find_vma(current->mm, addr);
		if (!vma || vma->vm_start > addr || !vma_area(vma))
			return -ENOENT;
		end = min(vma->vm_end, range_end);
		err = visit(vma, addr, end, arg);
	}
	return err;
}

static int has_guard(struct vm_area_struct *vma, unsigned long start,
		     unsigned long end, void *arg)
{
	const struct physvm_area *area = vma_area(vma);

	return area_low_guard(area, vma_pgoff(vma, start)) ||
	       area_high_guard(area, vma_pgoff(vma, end - PAGE_SIZE)) ?
		       -EACCES : 0;
}

/* Checks all of the range, then acts on it: the action does not fail. */
static int check_and_visit(unsigned long addr, unsigned long length,
			   visit_t *visit, void *arg)
{
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	err = visit_range(addr, length, has_guard, NULL);
	if (!err)
		err = visit_range(addr, length, visit, arg);
	mmap_read_unlock(current->mm);
	return err;
}

/* Commit and decommit. */

static int commit_part(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, void *arg)
{
	struct physvm_area *area = vma_area(vma);

	area_commit(area, vma_pgoff(vma, start) - area->base,
		    (end - start) >> PAGE_SHIFT);
	return 0;
}

int range_commit(unsigned long addr, unsigned long length)
{
	return check_and_visit(addr, length, commit_part, NULL);
}

static int decommit_part(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end, void *arg)
{
	struct physvm_area *area = vma_area(vma);

	area_decommit(area, vma_pgoff(vma, start) - area->base,
		      (end - start) >> PAGE_SHIFT);
	return 0;
}

int range_decommit(unsigned long addr, unsigned long length)
{
	return check_and_visit(addr, length, decommit_part, NULL);
}

/* Protection. */

static int exceeds_ceiling(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end, void *arg)
{
	const u32 *prot = arg;

	return *prot & ~vma_max_prot(vma) ? -EACCES : 0;
}

int range_check_protect(unsigned long addr, unsigned long length, u32 prot)
{
	int err = policy_check_prot(prot);

	return err ?: check_and_visit(addr, length, exceeds_ceiling, &prot);
}

/* Populate. */

/* Where the next page is that the fault at @addr does not map as well. */
static unsigned long fault_end(const struct vm_area_struct *vma,
			       unsigned long addr)
{
	const struct physvm_area *area = vma_area(vma);
	const unsigned long page = vma_pgoff(vma, addr) - area->base;
	const struct physvm_run *run = area_run(area, page);
	const unsigned long run_end =
		addr + ((run->first + run->count - page) << PAGE_SHIFT);

	if (vma->vm_flags & VM_MIXEDMAP)
		return min(run_end, ALIGN(addr + 1, PHYSVM_FAULT_AROUND * PAGE_SIZE));
	return run_is_block(run) ? run_end : addr + PAGE_SIZE;
}

/* Where in the mapping the area's pages end; a guard may follow. */
static unsigned long pages_end(const struct vm_area_struct *vma,
			       const struct physvm_area *area)
{
	const pgoff_t pages = area->base + area->pages - vma->vm_pgoff;

	return min(vma->vm_end, vma->vm_start + (pages << PAGE_SHIFT));
}

/*
 * Maps what one fault maps, or only zeroes what no fault may reach. The lock has
 * been dropped since somebody looked: what is here may be another mapping, and
 * a guard.
 */
static int populate_step(unsigned long addr, unsigned long range_end,
			 unsigned long *next)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);
	struct physvm_area *area;
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	bool unlocked = false;

	if (!vma || vma->vm_start > addr || !vma_area(vma))
		return -ENOENT;
	area = vma_area(vma);
	if (!area_has(area, vma_pgoff(vma, addr)))
		return -EACCES;
	range_end = min(range_end, pages_end(vma, area));
	if (!(vma->vm_flags & (VM_READ | VM_WRITE))) {
		*next = range_end;
		area_zero_ahead(area, vma_pgoff(vma, addr) - area->base,
				(range_end - addr) >> PAGE_SHIFT);
		return 0;
	}
	*next = min(fault_end(vma, addr), range_end);
	if (!(vma->vm_flags & VM_READ))
		flags |= FAULT_FLAG_WRITE;
	return fixup_user_fault(current->mm, addr, flags, &unlocked);
}

/**
 * range_populate() - Touch committed pages
 * @addr: first byte; memory of ours without a guard
 * @length: bytes
 *
 * Return: 0; EINTR when killed; ENOMEM for page tables; ENOENT, EACCES or EFAULT
 * when another thread has changed the range meanwhile.
 */
int range_populate(unsigned long addr, unsigned long length)
{
	const unsigned long end = addr + length;
	unsigned long next = addr;
	int err = 0;

	for (; addr < end && !err; addr = next) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = mmap_read_lock_killable(current->mm);
		if (err)
			return err;
		err = populate_step(addr, end, &next);
		mmap_read_unlock(current->mm);
		cond_resched();
	}
	return err;
}

/* Unmap. */

static int visit_nothing(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end, void *arg)
{
	return 0;
}

/* Is @addr in a mapping of ours that shows @area at @pgoff there? */
static bool shows(const struct physvm_area *area, unsigned long addr,
		  pgoff_t pgoff)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);

	return vma && vma->vm_start <= addr && vma_area(vma) == area &&
	       vma_pgoff(vma, addr) == pgoff;
}

/* A guard goes with the page it guards. */
static void take_in_guards(unsigned long *start, unsigned long *end)
{
	struct vm_area_struct *first = find_vma(current->mm, *start);
	struct vm_area_struct *last = find_vma(current->mm, *end - 1);
	const struct physvm_area *low = vma_area(first), *high = vma_area(last);
	pgoff_t below = vma_pgoff(first, *start) - 1;
	pgoff_t above = vma_pgoff(last, *end - PAGE_SIZE) + 1;

	if (area_low_guard(low, below) && shows(low, *start - PAGE_SIZE, below))
		*start -= PAGE_SIZE;
	if (area_high_guard(high, above) && shows(high, *end, above))
		*end += PAGE_SIZE;
}

static int check_unmap(unsigned long *start, unsigned long *end)
{
	int err = visit_range(*start, *end - *start, visit_nothing, NULL);

	if (!err)
		err = visit_range(*start, PAGE_SIZE, has_guard, NULL);
	if (!err)
		err = visit_range(*end - PAGE_SIZE, PAGE_SIZE, has_guard, NULL);
	if (!err)
		take_in_guards(start, end);
	return err;
}

/*
 * vm_munmap() takes mmap_lock itself. A thread that maps something else there
 * in between loses it, as with any two threads that unmap and map at the same
 * address.
 */
int range_unmap(unsigned long addr, unsigned long length)
{
	unsigned long end = addr + length;
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	err = check_unmap(&addr, &end);
	mmap_read_unlock(current->mm);
	return err ?: vm_munmap(addr, end - addr);
}

/* Query. */

static void query_page(const struct vm_area_struct *vma, unsigned long addr,
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
		return;
	query->out_area_offset = (u64)page << PAGE_SHIFT;
	query->out_phys = PFN_PHYS((u64)area_pfn(area, page));
	query->out_run_length = (u64)area_pfns_left(area, page) << PAGE_SHIFT;
	query->out_state = area_is_committed(area, page) ? PHYSVM_PAGE_COMMITTED :
							   PHYSVM_PAGE_RESERVED;
}

/* The mapping may have been split, and have lost parts, since it was made. */
static void query_region(struct vm_area_struct *vma, struct physvm_query *query)
{
	const struct physvm_area *area = vma_area(vma);
	unsigned long start = vma->vm_start, end = vma->vm_end;
	const pgoff_t first = vma->vm_pgoff;
	pgoff_t low, high;

	while (shows(area, start - 1, first - ((vma->vm_start - start) >> PAGE_SHIFT) - 1))
		start = find_vma(current->mm, start - 1)->vm_start;
	while (shows(area, end, first + ((end - vma->vm_start) >> PAGE_SHIFT)))
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

/*
 * The upper levels of the page table stay while the mapping does, and
 * mmap_lock keeps that.
 */
static bool mapped_by_block(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t pmd;

	if (pgd_none(READ_ONCE(*pgd)))
		return false;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(READ_ONCE(*p4d)))
		return false;
	pud = pud_offset(p4d, addr);
	if (pud_none(READ_ONCE(*pud)))
		return false;
	pmd = READ_ONCE(*pmd_offset(pud, addr));
	return pmd_present(pmd) && pmd_trans_huge(pmd);
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

int range_query(unsigned long addr, struct physvm_query *query)
{
	struct vm_area_struct *vma;
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	vma = find_vma(current->mm, addr);
	if (vma && vma->vm_start <= addr && vma_area(vma)) {
		query_page(vma, addr, query);
		query_region(vma, query);
		query_area(vma, query);
		if (mapped_by_block(current->mm, addr))
			query->out_flags |= PHYSVM_QUERY_HUGE;
	} else {
		err = -ENOENT;
	}
	mmap_read_unlock(current->mm);
	return err;
}
