/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_FAULT_H
#define PHYSVM_FAULT_H

#include <linux/mm.h>

/* Pages mapped at once around the one touched, where there is no PMD. */
#define PHYSVM_FAULT_AROUND 16u

vm_fault_t fault_handle(struct vm_fault *vmf);
vm_fault_t fault_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end);

#endif
