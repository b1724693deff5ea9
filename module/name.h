/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NAME_H
#define PHYSVM_NAME_H

#include <linux/cred.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>

#include "name_key.h"

struct file;

/**
 * struct physvm_name - A name and what it leads to
 * @by_key: in the table, after all that are less and those added before
 * @by_id: in the table
 * @doomed: in the list of a removal
 * @key: what it is looked up by
 * @id: of this name only, greater than those of names before
 * @session: number of the open /dev/physvm it was added by
 * @file: a view of an area; its ceiling is the name's
 * @uid: owner
 * @gid: group
 * @mode: permissions, as a file's
 * @openers: how many have it open, or -1 when one has it exclusively
 * @refs: one is the table's, the others the openers'
 * @text: as the user wrote it, zeros behind it
 *
 * But for @openers and @refs nothing changes while it is in the table.
 */
struct physvm_name {
	struct rb_node by_key;
	struct rb_node by_id;
	struct list_head doomed;
	struct physvm_name_key *key;
	u64 id;
	u64 session;
	struct file *file;
	kuid_t uid;
	kgid_t gid;
	u32 mode;
	atomic_t openers;
	refcount_t refs;
	u8 text[PHYSVM_NAME_SIZE];
};

struct physvm_name *name_create(const u8 text[PHYSVM_NAME_SIZE], u32 mode, struct file *file);
void name_put(struct physvm_name *name);

bool name_owned(const struct physvm_name *name);
bool name_permits(const struct physvm_name *name, u32 prot);

int name_begin(struct physvm_name *name, bool exclusive);
void name_end(struct physvm_name *name);

#endif
