// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: what each user and each cgroup has of the pools.
 */
#include <linux/bug.h>
#include <linux/slab.h>

#include "account.h"

DEFINE_SPINLOCK(accounts_lock);

static struct rb_root accounts = RB_ROOT;

/* Looking. */

static int compare(u32 kind, u64 id, const struct account *account)
{
	if (kind != account->stat.kind)
		return kind < account->stat.kind ? -1 : 1;
	return id < account->stat.id ? -1 : id > account->stat.id;
}

/* The first that is there, or behind that. */
struct account *account_find_from(u32 kind, u64 id)
{
	struct rb_node *node = accounts.rb_node;
	struct account *found = NULL;

	lockdep_assert_held(&accounts_lock);
	while (node) {
		struct account *account = rb_entry(node, struct account, node);

		if (compare(kind, id, account) <= 0) {
			found = account;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct account *account_find(u32 kind, u64 id)
{
	struct account *account = account_find_from(kind, id);

	return account && !compare(kind, id, account) ? account : NULL;
}

/* Life. */

struct account *account_make(u32 kind, u64 id)
{
	struct account *account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);

	if (!account)
		return NULL;
	account->stat.kind = kind;
	account->stat.id = id;
	account->stat.limit = LIMITS_ALL_UNSET;
	return account;
}

static bool is_before(struct rb_node *node, const struct rb_node *other)
{
	const struct account *account = rb_entry(node, struct account, node);

	return compare(account->stat.kind, account->stat.id,
		       rb_entry(other, struct account, node)) < 0;
}

/* The one that is there already, or @account. */
struct account *account_insert(struct account *account)
{
	struct account *old = account_find(account->stat.kind, account->stat.id);

	if (!old)
		rb_add(&account->node, &accounts, is_before);
	return old ?: account;
}

void account_free_if_idle(struct account *account)
{
	lockdep_assert_held(&accounts_lock);
	if (account->refs || account->stat.is_limited)
		return;
	rb_erase(&account->node, &accounts);
	kfree(account);
}

/* Nobody is left who could be charged: what there was has been given back. */
static struct account *drop(struct account *account)
{
	struct account *parent = account->parent;

	if (--account->refs)
		return NULL;
	WARN_ON_ONCE(account->stat.areas || memchr_inv(account->stat.pages, 0,
						       sizeof(account->stat.pages)));
	account->stat.peak = 0;
	account->parent = NULL;
	account_free_if_idle(account);
	return parent;
}

/* Gives a reference back, under the lock. */
void account_put(struct account *account)
{
	lockdep_assert_held(&accounts_lock);
	while (account)
		account = drop(account);
}

/**
 * account_get() - Have an account
 * @kind: enum limits_kind
 * @id: the user or the cgroup
 * @parent: the account of the cgroup that one is in, or NULL; the reference to it
 *	is used up
 *
 * Return: the account with a reference for account_put(), or NULL without memory.
 */
struct account *account_get(u32 kind, u64 id, struct account *parent)
{
	struct account *made = account_make(kind, id), *account = NULL;

	spin_lock(&accounts_lock);
	if (made)
		account = account_insert(made);
	if (account && !account->refs++)
		swap(account->parent, parent);
	account_put(parent);
	spin_unlock(&accounts_lock);
	if (account != made)
		kfree(made);
	return account;
}

/* Limits that were never taken away. */
void account_free_all(void)
{
	struct account *account, *next;

	rbtree_postorder_for_each_entry_safe(account, next, &accounts, node) {
		WARN_ON_ONCE(account->refs);
		kfree(account);
	}
	accounts = RB_ROOT;
}
