/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PFNMAP_H
#define PHYSVM_PFNMAP_H

#include <linux/mm.h>

vm_fault_t pfnmap_fault(struct vm_fault *vmf);

#endif
