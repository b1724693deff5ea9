/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_MAP_H
#define PHYSVM_REGION_MAP_H

#include "region.h"

struct file *region_open(struct region_state *region);
int region_map(struct region_state *region, struct file *file, u64 base);
bool region_is_file(const struct file *file);

void region_exclude_faults(const struct region_state *region);
int region_insert(struct region_state *region, u64 page, unsigned int count);
int region_insert_block(struct region_state *region, u64 page,
			const struct region_chunk *chunk);
void region_unmap(struct region_state *region, u64 page, u64 count);
void region_unmap_run(const struct physvm_run *run);

#endif
