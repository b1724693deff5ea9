/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_FILL_H
#define PHYSVM_FILL_H

#include "area.h"

int fill_init(void);
void fill_exit(void);
vm_fault_t fill_fault(struct vm_fault *vmf, struct physvm_area *area,
		      unsigned long page);

#endif
