// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of areas: what mmap(2) of an area's file may ask, and the mapping
 * that is made with the area.
 *
 * The kernel's VMA tree is the only list of mappings. Whatever is unmapped,
 * split or moved behind our back, file and file offset of each VMA tell what it
 * shows.
 */
#include <linux/file.h>
#include <linux/huge_mm.h>
#include <linux/mman.h>
#include <linux/module.h>

#include "access.h"
#include "fault.h"
#include "mapping.h"
#include "policy.h"

/*
 * For users offset 0 is the view's first page, and there is nothing before it
 * or behind the last. Until the area is published only mapping_place() can get
 * here, with the file's own offsets: its mapping has the guards in it.
 */
static pgoff_t file_pgoff(const struct physvm_view *view, pgoff_t pgoff)
{
	const struct physvm_area *area = view->area;

	return area->published ? area->base + view->first + pgoff : pgoff;
}

static bool range_mappable(const struct physvm_view *view, pgoff_t pgoff,
			   unsigned long pages)
{
	return !view->area->published ||
	       (pgoff < view->pages && pages <= view->pages - pgoff);
}

static void apply_ceiling(struct vm_area_struct *vma, u32 max_prot)
{
	if (!(max_prot & PHYSVM_PROT_READ))
		vm_flags_clear(vma, VM_MAYREAD);
	if (!(max_prot & PHYSVM_PROT_WRITE))
		vm_flags_clear(vma, VM_MAYWRITE);
	if (!(max_prot & PHYSVM_PROT_EXEC))
		vm_flags_clear(vma, VM_MAYEXEC);
}

/* Can any 2 MiB of addresses show one whole block? */
static bool can_have_pmd(const struct vm_area_struct *vma,
			 const struct physvm_area *area)
{
	const unsigned long shift = vma->vm_start - (vma->vm_pgoff << PAGE_SHIFT);

	return area->huge && IS_ALIGNED(shift, PHYSVM_BLOCK_SIZE) &&
	       ALIGN(vma->vm_start, PHYSVM_BLOCK_SIZE) + PHYSVM_BLOCK_SIZE <=
		       vma->vm_end;
}

/* Settles how faults map it: pfnmap.c or fault.c. */
static void set_kind(struct vm_area_struct *vma, const struct physvm_area *area)
{
	if (!area_has_folios(area))
		vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTDUMP);
	else if (!can_have_pmd(vma, area))
		vm_flags_set(vma, VM_MIXEDMAP);
}

static pgprot_t cache_prot(pgprot_t prot, u32 cache)
{
	switch (cache) {
	case PHYSVM_CACHE_WT:
		return pgprot_writethrough(prot);
	case PHYSVM_CACHE_WC:
		return pgprot_writecombine(prot);
	case PHYSVM_CACHE_UC:
		return pgprot_noncached(prot);
	default:
		return prot;
	}
}

/*
 * VM_DONTEXPAND: neighbours do not merge, mremap(2) does not grow past the end.
 */
static int mapping_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct physvm_view *view = file_view(file);
	const struct physvm_area *area = view->area;
	const u32 prot = vm_flags_prot(vma->vm_flags);

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!range_mappable(view, vma->vm_pgoff, vma_pages(vma)))
		return -ENXIO;
	if (prot & ~view->max_prot)
		return -EACCES;
	if (policy_check_prot(prot))
		return -EPERM;

	vma->vm_pgoff = file_pgoff(view, vma->vm_pgoff);
	apply_ceiling(vma, view->max_prot);
	vm_flags_set(vma, VM_DONTEXPAND);
	if (area->alloc_flags & PHYSVM_ALLOC_DONTFORK)
		vm_flags_set(vma, VM_DONTCOPY);
	set_kind(vma, area);
	vma->vm_page_prot = cache_prot(vma->vm_page_prot, area->cache);
	vma->vm_ops = &mapping_vm_ops;
	return 0;
}

/*
 * For mapping_map() alone: the mapping goes where a reservation is. The core
 * ignores this flag of mmap(2) and hands it on, with mmap_lock held for writing
 * until the mapping is made, so nobody comes in between. A user who passes it
 * gets a MAP_FIXED that is refused more often.
 */
#define MAP_CARVE (MAP_FIXED | MAP_DENYWRITE)

static bool all_reserved(unsigned long addr, unsigned long len)
{
	const unsigned long end = addr + len;
	const struct physvm_area *area;
	struct vm_area_struct *vma;

	for (; addr < end; addr = vma->vm_end) {
		vma = find_vma(current->mm, addr);
		area = vma && vma->vm_start <= addr ? vma_area(vma) : NULL;
		if (!area || area->type != PHYSVM_AREA_RESERVATION)
			return false;
	}
	return true;
}

/* Chooses an address at which blocks can be mapped by PMDs. */
static unsigned long mapping_get_unmapped_area(struct file *file,
					       unsigned long addr,
					       unsigned long len,
					       unsigned long pgoff,
					       unsigned long flags)
{
	if ((flags & MAP_CARVE) == MAP_CARVE)
		return addr <= TASK_SIZE - len && all_reserved(addr, len) ? addr : -EEXIST;
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	return thp_get_unmapped_area(file, addr, len,
				     file_pgoff(file_view(file), pgoff), flags);
#else
	return mm_get_unmapped_area(file, addr, len, pgoff, flags);
#endif
}

static int mapping_release(struct inode *inode, struct file *file)
{
	areafs_release(file);
	return 0;
}

static const struct file_operations area_fops = {
	.owner = THIS_MODULE,
	.mmap = mapping_mmap,
	.get_unmapped_area = mapping_get_unmapped_area,
	.release = mapping_release,
};

/* The ceiling is the core's business; guards and the policy are ours. */
static int mapping_mprotect(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, unsigned long new_flags)
{
	const struct physvm_area *area = vma_area(vma);

	if (area_low_guard(area, vma_pgoff(vma, start)) ||
	    area_high_guard(area, vma_pgoff(vma, end - PAGE_SIZE)))
		return -EACCES;
	return policy_check_prot(vm_flags_prot(new_flags));
}

const struct vm_operations_struct mapping_vm_ops = {
	.fault = fault_handle,
	.map_pages = fault_map_pages,
	.access = access_memory,
	.mprotect = mapping_mprotect,
};

/**
 * mapping_open() - Make the file of an area
 * @area: the area, the file's from now on
 */
struct file *mapping_open(struct physvm_area *area)
{
	return areafs_open(area, &area_fops);
}

/**
 * mapping_open_view() - Make a file that shows some of an area
 * @view: what it shows
 */
struct file *mapping_open_view(const struct physvm_view *view)
{
	return areafs_open_view(view, &area_fops);
}

/* Is it an area's, or a view of one? */
bool mapping_is_file(const struct file *file)
{
	return file->f_op == &area_fops;
}

/* Is @addr (mmap_lock is held) in a mapping of ours that shows @area at @pgoff there? */
bool mapping_shows(const struct physvm_area *area, unsigned long addr,
		   pgoff_t pgoff)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);

	return vma && vma->vm_start <= addr && vma_area(vma) == area &&
	       vma_pgoff(vma, addr) == pgoff;
}

static unsigned long mmap_flags(u32 where)
{
	if (where & PHYSVM_ALLOC_CARVE)
		return MAP_SHARED | MAP_CARVE;
	if (where & PHYSVM_ALLOC_VIRT)
		return MAP_SHARED | MAP_FIXED_NOREPLACE;
	return where & PHYSVM_ALLOC_BELOW_2G ? MAP_SHARED | MAP_32BIT : MAP_SHARED;
}

/**
 * mapping_map() - Map a part of a file of an area into the current process
 * @file: the file
 * @where: PHYSVM_WHERE
 * @virt_addr: with PHYSVM_ALLOC_VIRT the address, else 0
 * @prot: PHYSVM_PROT_*, which are PROT_*
 * @offset: in the file
 * @length: bytes
 *
 * Return: the address, or an error value: ENOMEM, EEXIST, EINVAL, EPERM, EACCES,
 * ENXIO.
 */
unsigned long mapping_map(struct file *file, u32 where, unsigned long virt_addr,
			  u32 prot, u64 offset, u64 length)
{
	return vm_mmap(file, virt_addr, length, prot, mmap_flags(where), offset);
}

/**
 * mapping_place() - Map all of an area into the current process
 * @file: the area's, which nobody else has yet
 * @where: as for mapping_map()
 * @virt_addr: with PHYSVM_ALLOC_VIRT where the first page goes, else 0
 * @prot: PHYSVM_PROT_*
 *
 * Return: the address of the first page, behind the guard if there is one; or
 * an error value: ENOMEM, EEXIST, EINVAL, EPERM.
 */
unsigned long mapping_place(struct file *file, u32 where, unsigned long virt_addr,
			    u32 prot)
{
	const struct physvm_area *area = file_area(file);
	const unsigned long low = !!(area->alloc_flags & PHYSVM_ALLOC_LOW_GUARD);
	const unsigned long high = !!(area->alloc_flags & PHYSVM_ALLOC_HIGH_GUARD);
	const unsigned long below = low << PAGE_SHIFT;
	unsigned long addr;

	if (where & PHYSVM_ALLOC_VIRT) {
		if (low && virt_addr <= below)
			return -EINVAL;
		virt_addr -= below;
	}
	addr = mapping_map(file, where, virt_addr, prot,
			   (area->base - low) << PAGE_SHIFT,
			   (low + area->pages + high) << PAGE_SHIFT);
	return IS_ERR_VALUE(addr) ? addr : addr + below;
}
