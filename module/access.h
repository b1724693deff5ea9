/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_ACCESS_H
#define PHYSVM_ACCESS_H

#include <linux/mm_types.h>

int access_memory(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		  int write);

#endif
