/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_FLAGS_H
#define MOBIUS_FLAGS_H

#include <stdint.h>

struct physvm_alloc;
struct physvm_query;

/* Protection and cache mode that VM_MEM_* ask for; 0 or -errno. */
int physvm_vmm_flags(uint32_t flags, struct physvm_alloc *alloc);

/* The flags of the node a page is in. */
uint32_t physvm_vmm_node_flags(const struct physvm_query *page);

#endif
