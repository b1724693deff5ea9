/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_CREATE_H
#define PHYSVM_REGION_CREATE_H

#include "pool.h"

struct file *region_create(struct physvm_pool *pool, struct physvm_region *args);
void region_undo(const struct physvm_region *args);
void region_publish(struct file *file);
void region_reclaim(const struct payer *payer);

#endif
