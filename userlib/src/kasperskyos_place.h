/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef KASPERSKYOS_PLACE_H
#define KASPERSKYOS_PLACE_H

struct physvm_alloc;

/* addr: as KnVmAllocate() gets it */
void physvm_kn_place(void *addr, struct physvm_alloc *alloc);

#endif
