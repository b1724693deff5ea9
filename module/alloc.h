/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_ALLOC_H
#define PHYSVM_ALLOC_H

#include "pool.h"

struct file;

int alloc_area(struct physvm_pool *pools, struct physvm_alloc *args,
	       const struct physvm_segment *segments, struct file **file);
void alloc_publish(const struct physvm_alloc *args, struct file *file);
void alloc_abort(const struct physvm_alloc *args, struct file *file);

#endif
