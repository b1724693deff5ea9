/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NAME_TABLE_H
#define PHYSVM_NAME_TABLE_H

#include <linux/list.h>
#include <linux/uidgid.h>

#include "../uapi/physvm.h"

struct physvm_area;
struct physvm_name;
struct physvm_name_key;
struct physvm_view;

/**
 * struct name_state - A name as it was when it was looked at
 * @id: of this name only
 * @area_id: the area it leads to
 * @pages: of it that it shows
 * @uid: owner
 * @gid: group
 * @mode: permissions
 * @max_prot: PHYSVM_PROT_*
 * @openers: how many have it open, or -1 for one who is alone with it
 * @text: as the user wrote it, a zero behind it
 */
struct name_state {
	u64 id;
	u64 area_id;
	u64 pages;
	kuid_t uid;
	kgid_t gid;
	u32 mode;
	u32 max_prot;
	int openers;
	u8 text[PHYSVM_NAME_SIZE + 1];
};

int name_table_add(struct physvm_name *name, bool unique);
struct physvm_name *name_table_open(const struct physvm_name_key *key, u32 prot,
				    bool exclusive, struct physvm_view *view);
int name_table_take(const struct physvm_name_key *key, struct list_head *taken);
int name_table_take_area(const struct physvm_area *area, struct list_head *taken);
int name_table_take_id(u64 id, struct list_head *taken);
int name_table_take_all(const struct physvm_name_key *key, struct list_head *taken);
void name_table_give_back(struct list_head *taken);
void name_table_forget(struct list_head *taken);
void name_table_visit(u64 session, void (*fn)(const struct name_state *state));
bool name_table_look(u64 after, struct name_state *state, unsigned int *count);
int name_table_next(u64 after, struct physvm_name_next *args);

#endif
