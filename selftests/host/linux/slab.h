/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_HOST_SLAB_H
#define PHYSVM_HOST_SLAB_H

#include <stddef.h>

#define GFP_KERNEL_ACCOUNT 0

/* The test's, for it wants to see them fail. */
void *kzalloc(size_t size, int gfp);
void kfree(const void *memory);

#endif
