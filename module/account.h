/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_ACCOUNT_H
#define PHYSVM_ACCOUNT_H

#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "limits.h"

/**
 * struct account - What a user or a cgroup has
 * @node: in the tree of accounts, by @kind and @id
 * @parent: of a cgroup that is in another: that one's. NULL while @refs is 0
 * @refs: payers, and accounts whose parent it is
 * @stat: what is known of it
 *
 * accounts_lock covers all accounts and payers. An account is there while it has a
 * reference or a limit.
 */
struct account {
	struct rb_node node;
	struct account *parent;
	unsigned long refs;
	struct limits_stat stat;
};

extern spinlock_t accounts_lock; /* all accounts and payers */

struct account *account_find(u32 kind, u64 id);
struct account *account_find_from(u32 kind, u64 id);
struct account *account_get(u32 kind, u64 id, struct account *parent);
struct account *account_make(u32 kind, u64 id);
struct account *account_insert(struct account *account);
void account_put(struct account *account);
void account_free_if_idle(struct account *account);
void account_free_all(void);

#endif
