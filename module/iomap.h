/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_IOMAP_H
#define PHYSVM_IOMAP_H

#include <linux/types.h>

bool iomap_cache_available(u32 cache);
void *iomap_get(phys_addr_t phys, unsigned long size, u32 cache);
void iomap_put(void *addr, unsigned long size, u32 cache);

#endif
