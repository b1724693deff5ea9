/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_MAPPING_H
#define PHYSVM_MAPPING_H

#include "area.h"
#include "areafs.h"

/* Flags of PHYSVM_ALLOC, PHYSVM_MAP and PHYSVM_RESERVE that say where it goes. */
#define PHYSVM_WHERE (PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE | PHYSVM_ALLOC_BELOW_2G)

/* An address is given or found, and only a given one is inside a reservation. */
static inline bool where_agrees(u32 flags)
{
	if (flags & PHYSVM_ALLOC_VIRT)
		return !(flags & PHYSVM_ALLOC_BELOW_2G);
	return !(flags & PHYSVM_ALLOC_CARVE);
}

/* @length bytes at @virt_addr, which is 0 where an address is to be found. */
static inline bool where_is_range(u32 flags, u64 virt_addr, u64 length)
{
	if (!length || !PAGE_ALIGNED(length) || !PAGE_ALIGNED(virt_addr) ||
	    (!(flags & PHYSVM_ALLOC_VIRT) && virt_addr))
		return false;
	return length <= TASK_SIZE && virt_addr <= TASK_SIZE - length;
}

/* Not every machine can be asked for the addresses of 32 bits. */
static inline bool where_is_known(u32 flags)
{
	return !(flags & PHYSVM_ALLOC_BELOW_2G) || MAP_32BIT;
}

struct file *mapping_open(struct physvm_area *area);
struct file *mapping_open_view(const struct physvm_view *view);
bool mapping_is_file(const struct file *file);
bool mapping_shows(const struct physvm_area *area, unsigned long addr, pgoff_t pgoff);
unsigned long mapping_place(struct file *file, u32 flags, unsigned long virt_addr,
			    u32 prot);
unsigned long mapping_map(struct file *file, u32 flags, unsigned long virt_addr,
			  u32 prot, u64 offset, u64 length);

extern const struct vm_operations_struct mapping_vm_ops;

/* The area mapped here, or NULL when the mapping is not ours. */
static inline struct physvm_area *vma_area(const struct vm_area_struct *vma)
{
	return vma->vm_ops == &mapping_vm_ops ? file_area(vma->vm_file) : NULL;
}

/* The protection bits of vm_flags, as PHYSVM_PROT_*. */
static inline u32 vm_flags_prot(unsigned long vm_flags)
{
	return (vm_flags & VM_READ ? PHYSVM_PROT_READ : 0) |
	       (vm_flags & VM_WRITE ? PHYSVM_PROT_WRITE : 0) |
	       (vm_flags & VM_EXEC ? PHYSVM_PROT_EXEC : 0);
}

/* The most its protection may become. */
static inline u32 vma_max_prot(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_MAYREAD ? PHYSVM_PROT_READ : 0) |
	       (vma->vm_flags & VM_MAYWRITE ? PHYSVM_PROT_WRITE : 0) |
	       (vma->vm_flags & VM_MAYEXEC ? PHYSVM_PROT_EXEC : 0);
}

/* File page offset of an address in the mapping. */
static inline pgoff_t vma_pgoff(const struct vm_area_struct *vma,
				unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

#endif
