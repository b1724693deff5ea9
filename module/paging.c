// SPDX-License-Identifier: GPL-2.0-only
/*
 * A missing page of a paged area is touched: the thread waits for the pager, with
 * nothing locked.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "areafs.h"
#include "paging.h"
#include "upcall.h"

/*
 * A signal ends a wait in user mode, to be delivered; the instruction is tried
 * again when it returns. In the kernel nothing but death can be delivered.
 */
static unsigned int wait_state(const struct vm_fault *vmf)
{
	const unsigned int user = FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE;

	return (vmf->flags & user) == user ? TASK_INTERRUPTIBLE : TASK_KILLABLE;
}

/*
 * May this touch wait? Not when the lock cannot be dropped; nor at a thread's end,
 * where nothing could kill it any more, nor while it dumps core: the pager may be
 * what ends.
 */
static bool may_wait(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_ALLOW_RETRY &&
	       !(current->flags & (PF_EXITING | PF_DUMPCORE));
}

/* What there is to return at once, or 0 when the upcall has begun. */
static vm_fault_t begin(struct vm_fault *vmf, struct physvm_area *area, struct upcall *upcall)
{
	struct pager *pager = area->pager;
	vm_fault_t ret;

	spin_lock(&pager->lock);
	if (area_is_committed(area, upcall->page))
		ret = VM_FAULT_NOPAGE;	/* answered before it was asked */
	else if (pager->dead || !may_wait(vmf) || upcall_owed(pager))
		ret = VM_FAULT_SIGBUS;
	else
		ret = upcall_take_verdict(pager, upcall);
	if (!ret && vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		ret = VM_FAULT_RETRY;	/* with the lock still held */
	if (!ret)
		upcall_begin(pager, upcall);
	spin_unlock(&pager->lock);
	return ret;
}

/*
 * Once the lock of the mapping has been dropped there is nothing to return but
 * "try again": the next try is told what became of this one.
 */
static void conclude(struct pager *pager, const struct upcall *upcall)
{
	if (upcall->end == UPCALL_FAILED)
		upcall_leave_verdict(pager, upcall, VM_FAULT_SIGSEGV);
	else if (upcall->end == UPCALL_TIMED_OUT)
		upcall_leave_verdict(pager, upcall, VM_FAULT_SIGBUS);
}

/* Is what was touched mapped there still? */
static bool still_there(const struct vm_area_struct *vma, const struct file *file,
			unsigned long address, pgoff_t pgoff)
{
	return vma && vma->vm_file == file &&
	       vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT) == pgoff &&
	       vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);
}

/*
 * The page has come. Mapping it here saves the core the way back to us, which it
 * goes when this fails.
 */
static vm_fault_t map_answer(struct mm_struct *mm, const struct file *file,
			     const struct upcall *upcall, pgoff_t pgoff, map_fn *map)
{
	struct vm_area_struct *vma;
	vm_fault_t ret = 0;

	if (mm != current->mm || !mmap_read_trylock(mm))
		return VM_FAULT_RETRY;
	vma = vma_lookup(mm, upcall->addr);
	if (still_there(vma, file, upcall->addr, pgoff))
		ret = map(vma, upcall->addr, file_area(file), upcall->page);
	mmap_read_unlock(mm);
	return ret == VM_FAULT_NOPAGE ? VM_FAULT_NOPAGE | VM_FAULT_COMPLETED : VM_FAULT_RETRY;
}

/**
 * pager_fault() - Ask for a missing page
 * @vmf: the touch; none of our locks is held
 * @area: paged
 * @page: the page of it
 * @map: maps it when it has come
 *
 * Return: what a fault handler returns. The mapping may have gone by then.
 */
vm_fault_t pager_fault(struct vm_fault *vmf, struct physvm_area *area, unsigned long page,
		       map_fn *map)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	const pgoff_t pgoff = vmf->pgoff;
	const unsigned int state = wait_state(vmf);
	struct upcall upcall = {
		.area_id = area->inode->i_ino,
		.cookie = area->cookie,
		.page = page,
		.addr = vmf->address & PAGE_MASK,
		.write = vmf->flags & FAULT_FLAG_WRITE,
	};
	vm_fault_t ret = begin(vmf, area, &upcall);
	struct file *file;

	if (ret)
		return ret;
	/* The mapping may be all that keeps the area, and the area the pager. */
	file = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	ret = VM_FAULT_RETRY;
	if (upcall_wait(area->pager, &upcall, state) == UPCALL_DONE)
		ret = map_answer(mm, file, &upcall, pgoff, map);
	else
		conclude(area->pager, &upcall);
	fput(file);
	return ret | VM_FAULT_MAJOR;
}
