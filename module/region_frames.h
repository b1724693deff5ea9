/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_FRAMES_H
#define PHYSVM_REGION_FRAMES_H

#include <linux/mm.h>

/*
 * Entries of page tables can say that a frame is no page of the kernel's: without
 * that VM_PFNMAP is for frames that follow each other as their addresses do.
 */
static inline bool region_frames_available(void)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_PTE_SPECIAL);
}

int region_frames_insert(struct vm_area_struct *vma, unsigned long addr,
			 struct page **pages, unsigned long count);

#endif
