/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NAME_TABLE_H
#define PHYSVM_NAME_TABLE_H

#include <linux/list.h>

#include "../uapi/physvm.h"

struct physvm_area;
struct physvm_name;
struct physvm_name_key;
struct physvm_view;

int name_table_add(struct physvm_name *name, bool unique);
struct physvm_name *name_table_open(const struct physvm_name_key *key, u32 prot,
				    bool exclusive, struct physvm_view *view);
int name_table_take(const struct physvm_name_key *key, struct list_head *taken);
int name_table_take_area(const struct physvm_area *area, struct list_head *taken);
void name_table_give_back(struct list_head *taken);
void name_table_forget(struct list_head *taken);
int name_table_next(u64 after, struct physvm_name_next *args);

#endif
