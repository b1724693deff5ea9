/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PAGING_H
#define PHYSVM_PAGING_H

#include "area.h"

/* Maps a page that is there: VM_FAULT_NOPAGE. */
typedef vm_fault_t map_fn(struct vm_area_struct *vma, unsigned long address,
			  struct physvm_area *area, unsigned long page);

vm_fault_t pager_fault(struct vm_fault *vmf, struct physvm_area *area, unsigned long page,
		       map_fn *map);

#endif
