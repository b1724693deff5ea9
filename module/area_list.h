/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_AREA_LIST_H
#define PHYSVM_AREA_LIST_H

#include "area.h"

void area_list_add(struct physvm_area *area, struct file *file);
void area_list_remove(struct physvm_area *area);

struct file *area_list_next(u64 after, unsigned int *changes);
struct file *area_list_find(u64 id);

#endif
