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

/* A page that cannot be what others are. */
static int has_closed(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, void *arg)
{
	return area_is_reservation(vma_area(vma)) ? -EACCES :
						    has_guard(vma, start, end, arg);
}

/* Checks all of the range, then acts on it: the action does not fail. */
static int check_and_visit(unsigned long addr, unsigned long length,
			   visit_t *check, visit_t *visit, void *arg)
{
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	err = visit_range(addr, length, check, NULL);
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

static int supply_part(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, void *arg)
{
	struct physvm_area *area = vma_area(vma);

	return area_supply(area, vma_pgoff(vma, start) - area->base,
			   (end - start) >> PAGE_SHIFT);
}

static int unsupply_part(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end, void *arg)
{
	struct physvm_area *area = vma_area(vma);

	area_unsupply(area, vma_pgoff(vma, start) - area->base,
		      (end - start) >> PAGE_SHIFT);
	return 0;
}

/* All pages are there before the first is committed. */
static int supply_and_commit(unsigned long addr, unsigned long length)
{
	int err = visit_range(addr, length, supply_part, NULL);

	visit_range(addr, length, err ? unsupply_part : commit_part, NULL);
	return err;
}

static int lock_part(struct vm_area_struct *vma, unsigned long start,
		     unsigned long end, void *arg)
{
	if (area_is_sparse(vma_area(vma)))
		sparse_lock_another(&vma_area(vma)->sparse);
	return 0;
}

static int unlock_part(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, void *arg)
{
	if (area_is_sparse(vma_area(vma)))
		sparse_unlock_another(&vma_area(vma)->sparse);
	return 0;
}

static int commit_several(unsigned long addr, unsigned long length)
{
	int err = sparse_begin_several();

	if (err)
		return err;
	visit_range(addr, length, lock_part, NULL);
	err = supply_and_commit(addr, length);
	visit_range(addr, length, unlock_part, NULL);
	sparse_end_several();
	return err;
}

static int commit_one(struct physvm_area *area, unsigned long addr, unsigned long length)
{
	int err = sparse_lock(&area->sparse);

	if (err)
		return err;
	err = supply_and_commit(addr, length);
	sparse_unlock(&area->sparse);
	return err;
}

/* The areas in a range whose pages come and go. */
struct sparse_found {
	struct physvm_area *area;
	bool several;
};

static int find_sparse(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, void *arg)
{
	struct sparse_found *found = arg;
	struct physvm_area *area = vma_area(vma);

	if (area_is_sparse(area)) {
		found->several |= found->area && found->area != area;
		found->area = area;
	}
	return has_closed(vma, start, end, NULL);
}

int range_commit(unsigned long addr, unsigned long length)
{
	struct sparse_found found = {};
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	err = visit_range(addr, length, find_sparse, &found);
	if (!err && found.several)
		err = commit_several(addr, length);
	else if (!err && found.area)
		err = commit_one(found.area, addr, length);
	else if (!err)
		visit_range(addr, length, commit_part, NULL);
	mmap_read_unlock(current->mm);
	return err;
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
	return check_and_visit(addr, length, has_closed, decommit_part, NULL);
}

/* Protection. */

static int exceeds_ceiling(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end, void *arg)
{
	const u32 *prot = arg;

	return *prot & ~vma_max_prot(vma) ? -EACCES : 0;
}

/* A reservation's ceiling is no access: that it may be given, as by mprotect(2). */
int range_check_protect(unsigned long addr, unsigned long length, u32 prot)
{
	int err = policy_check_prot(prot);

	return err ?: check_and_visit(addr, length, has_guard, exceeds_ceiling, &prot);
}

/* Populate. */

/* Where the next page is that the fault at @addr does not map as well. */
static unsigned long fault_end(const struct vm_area_struct *vma,
			       unsigned long addr)
{
	const struct physvm_area *area = vma_area(vma);
	const unsigned long page = vma_pgoff(vma, addr) - area->base;
	const unsigned long around = ALIGN(addr + 1, PHYSVM_FAULT_AROUND * PAGE_SIZE);
	const struct physvm_run *run;
	unsigned long run_end;

	if (vma->vm_flags & VM_PFNMAP)
		return around;
	if (area_is_sparse(area))
		return addr + PAGE_SIZE;
	run = area_run(area, page);
	run_end = addr + ((run->first + run->count - page) << PAGE_SHIFT);
	if (vma->vm_flags & VM_MIXEDMAP)
		return min(run_end, around);
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

/* A guard goes with the page it guards. */
static void take_in_guards(unsigned long *start, unsigned long *end)
{
	struct vm_area_struct *first = find_vma(current->mm, *start);
	struct vm_area_struct *last = find_vma(current->mm, *end - 1);
	const struct physvm_area *low = vma_area(first), *high = vma_area(last);
	pgoff_t below = vma_pgoff(first, *start) - 1;
	pgoff_t above = vma_pgoff(last, *end - PAGE_SIZE) + 1;

	if (area_low_guard(low, below) && mapping_shows(low, *start - PAGE_SIZE, below))
		*start -= PAGE_SIZE;
	if (area_high_guard(high, above) && mapping_shows(high, *end, above))
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
