// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is charged for an area: the user who made it, and the cgroup it was made in
 * with all cgroups above. Always all of them or none.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "account.h"
#include "cgroup.h"
#include "event.h"
#include "payer.h"

/**
 * struct payer - A user in a cgroup
 * @node: in the tree of payers, by the next three
 * @uid: the user
 * @cgroup_id: the cgroup
 * @privileged: the limits that users have by default do not count
 * @refs: areas, and blocks with pages in quarantine
 * @user: the user's account
 * @cgroup: the cgroup's; NULL on a kernel without cgroups
 */
struct payer {
	struct rb_node node;
	kuid_t uid;
	u64 cgroup_id;
	bool privileged;
	unsigned long refs;
	struct account *user;
	struct account *cgroup;
};

static struct rb_root payers = RB_ROOT;

static struct account *next(const struct payer *payer, const struct account *account)
{
	return account == payer->user ? payer->cgroup : account->parent;
}

/* Who. */

static int compare(const struct payer *a, const struct payer *b)
{
	if (!uid_eq(a->uid, b->uid))
		return uid_lt(a->uid, b->uid) ? -1 : 1;
	if (a->cgroup_id != b->cgroup_id)
		return a->cgroup_id < b->cgroup_id ? -1 : 1;
	return (int)a->privileged - b->privileged;
}

static int compare_with(const void *key, const struct rb_node *node)
{
	return compare(key, rb_entry(node, struct payer, node));
}

static bool is_before(struct rb_node *node, const struct rb_node *other)
{
	return compare_with(rb_entry(node, struct payer, node), other) < 0;
}

/* With a reference. */
static struct payer *find(const struct payer *key)
{
	struct rb_node *node = rb_find(key, &payers, compare_with);
	struct payer *payer = node ? rb_entry(node, struct payer, node) : NULL;

	if (payer)
		payer->refs++;
	return payer;
}

static void put_accounts(struct payer *payer)
{
	account_put(payer->user);
	account_put(payer->cgroup);
}

/* From the root down, so that each finds the one above it. */
static int get_cgroup_accounts(struct payer *payer)
{
	struct cgroup *cgroup = cgroup_get_current();
	unsigned int level;
	int err = 0;
	u64 id;

	for (level = 0; !err && cgroup_id_at(cgroup, level, &id); level++) {
		payer->cgroup = account_get(LIMITS_CGROUP, id, payer->cgroup);
		payer->cgroup_id = id;
		err = payer->cgroup ? 0 : -ENOMEM;
	}
	cgroup_put_current(cgroup);
	return err;
}

static int get_accounts(struct payer *payer)
{
	payer->user = account_get(LIMITS_USER, __kuid_val(payer->uid), NULL);
	return payer->user ? get_cgroup_accounts(payer) : -ENOMEM;
}

/* Somebody may have made it meanwhile, or the task have gone to another cgroup. */
static struct payer *make(const struct payer *key)
{
	struct payer *made = kmemdup(key, sizeof(*key), GFP_KERNEL_ACCOUNT), *payer = NULL;
	int err = made ? get_accounts(made) : -ENOMEM;

	if (!made)
		return NULL;
	spin_lock(&accounts_lock);
	if (!err)
		payer = find(made);
	if (!err && !payer) {
		made->refs = 1;
		rb_add(&made->node, &payers, is_before);
		payer = made;
	}
	if (payer != made)
		put_accounts(made);
	spin_unlock(&accounts_lock);
	if (payer != made)
		kfree(made);
	return payer;
}

/* Gives a reference back, under the lock. */
static void put(struct payer *payer)
{
	if (--payer->refs)
		return;
	rb_erase(&payer->node, &payers);
	put_accounts(payer);
	kfree(payer);
}

/* Its limit is in the way. The process may be a worker of the kernel's. */
static void refuse(const struct payer *payer, struct account *account, u32 has, u64 pages)
{
	const struct event event = {
		.kind = PHYSVM_NL_EVENT_LIMIT_HIT,
		.has = EVENT_ACCOUNT | EVENT_UID | EVENT_PID | has,
		.account = account->stat.kind,
		.id = account->stat.id,
		.uid = __kuid_val(payer->uid),
		.pid = task_tgid_nr(current),
		.pages = pages,
		.areas = 1,
	};

	account->stat.refused++;
	event_post(&event);
}

static struct account *without_area(const struct payer *payer)
{
	struct account *account;

	for (account = payer->user; account; account = next(payer, account))
		if (!limits_have_room_for_area(&account->stat, payer->privileged))
			return account;
	return NULL;
}

static int charge_area(struct payer *payer)
{
	struct account *account, *full;

	spin_lock(&accounts_lock);
	full = without_area(payer);
	if (full) {
		refuse(payer, full, EVENT_AREAS, 0);
		put(payer);
	} else {
		for (account = payer->user; account; account = next(payer, account))
			account->stat.areas++;
	}
	spin_unlock(&accounts_lock);
	return full ? -EDQUOT : 0;
}

/**
 * payer_get() - Have an area charged to the current task's user and cgroup
 *
 * Not ns_capable(): everybody can be root in a namespace of their own.
 *
 * Return: the payer, for payer_put(), or an error pointer: ENOMEM, EDQUOT.
 */
struct payer *payer_get(void)
{
	const struct payer key = {
		.uid = current_euid(),
		.cgroup_id = cgroup_current_id(),
		.privileged = ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE),
	};
	struct payer *payer;
	int err;

	spin_lock(&accounts_lock);
	payer = find(&key);
	spin_unlock(&accounts_lock);
	payer = payer ?: make(&key);
	if (!payer)
		return ERR_PTR(-ENOMEM);
	err = charge_area(payer);
	return err ? ERR_PTR(err) : payer;
}

/* The area is gone, and its pages are, or are in quarantine. */
void payer_put(struct payer *payer)
{
	struct account *account;

	spin_lock(&accounts_lock);
	for (account = payer->user; account; account = next(payer, account))
		account->stat.areas--;
	put(payer);
	spin_unlock(&accounts_lock);
}

static bool has_account(const struct payer *payer, const struct account *wanted)
{
	const struct account *account;

	for (account = payer->user; account; account = next(payer, account))
		if (account == wanted)
			return true;
	return false;
}

/* If one gives pages back, can the other get more for it? */
bool payer_shares_limit(const struct payer *payer, const struct payer *other)
{
	const struct account *account;
	bool shares = payer->user == other->user;

	spin_lock(&accounts_lock);
	for (account = payer->user; account; account = next(payer, account))
		shares |= account->stat.is_limited && has_account(other, account);
	spin_unlock(&accounts_lock);
	return shares;
}

/* What. */

static void add(struct payer *payer, unsigned int pool, unsigned long pages)
{
	struct account *account;

	for (account = payer->user; account; account = next(payer, account)) {
		account->stat.pages[pool] += pages;
		account->stat.peak = max(account->stat.peak, limits_pages(&account->stat));
	}
}

static void subtract(struct payer *payer, unsigned int pool, unsigned long pages)
{
	struct account *account;

	for (account = payer->user; account; account = next(payer, account)) {
		WARN_ON_ONCE(account->stat.pages[pool] < pages);
		account->stat.pages[pool] -= pages;
	}
}

/* The first account whose limit is in the way. */
static struct account *without_room(const struct payer *payer, unsigned int pool,
				    unsigned long pages, unsigned long pool_pages)
{
	struct account *account;

	for (account = payer->user; account; account = next(payer, account))
		if (limits_count(&account->stat, payer->privileged) &&
		    !limits_have_room(&account->stat, payer->privileged, pool, pages,
				      pool_pages))
			return account;
	return NULL;
}

static int charge(struct payer *payer, unsigned int pool, unsigned long pages,
		  unsigned long pool_pages, bool tell)
{
	struct account *full = without_room(payer, pool, pages, pool_pages);

	if (!full)
		add(payer, pool, pages);
	else if (tell)
		refuse(payer, full, EVENT_PAGES, pages);
	return full ? -EDQUOT : 0;
}

/**
 * payer_charge() - Charge pages that are about to be an area's
 * @payer: the area's
 * @pool: enum physvm_pool_kind
 * @pages: how many
 * @pool_pages: how many the pool has in all
 * @tell: a refusal is final
 *
 * Return: 0 or EDQUOT.
 */
int payer_charge(struct payer *payer, unsigned int pool, unsigned long pages,
		 unsigned long pool_pages, bool tell)
{
	int err;

	spin_lock(&accounts_lock);
	err = charge(payer, pool, pages, pool_pages, tell);
	spin_unlock(&accounts_lock);
	return err;
}

void payer_uncharge(struct payer *payer, unsigned int pool, unsigned long pages)
{
	spin_lock(&accounts_lock);
	subtract(payer, pool, pages);
	spin_unlock(&accounts_lock);
}

/**
 * payer_move() - Charge pages to another
 * @from: who has paid for them
 * @to: who shall; what both share is charged for them once
 * @pool: enum physvm_pool_kind
 * @pages: how many
 * @pool_pages: how many the pool has in all
 *
 * Return: 0 or EDQUOT.
 */
int payer_move(struct payer *from, struct payer *to, unsigned int pool,
	       unsigned long pages, unsigned long pool_pages)
{
	int err;

	if (from == to)
		return 0;
	spin_lock(&accounts_lock);
	subtract(from, pool, pages);
	err = charge(to, pool, pages, pool_pages, true);
	if (err)
		add(from, pool, pages);
	spin_unlock(&accounts_lock);
	return err;
}

/* Takes payer_move() back, whatever the limits say: there is no other way. */
void payer_move_back(struct payer *from, struct payer *to, unsigned int pool,
		     unsigned long pages)
{
	if (from == to)
		return;
	spin_lock(&accounts_lock);
	subtract(to, pool, pages);
	add(from, pool, pages);
	spin_unlock(&accounts_lock);
}

/* Quarantine. */

/**
 * payer_hold() - Go on charging for pages whose area may be gone
 * @holder: who is charged for others of the block; NULL while there are none
 * @payer: the area's. Of the same user as *@holder, but maybe not of its cgroup:
 *	then that of *@holder is charged from now on
 * @pool: enum physvm_pool_kind
 * @pages: how many
 */
void payer_hold(struct payer **holder, struct payer *payer, unsigned int pool,
		unsigned long pages)
{
	if (*holder) {
		payer_move_back(*holder, payer, pool, pages);
		return;
	}
	spin_lock(&accounts_lock);
	payer->refs++;
	spin_unlock(&accounts_lock);
	*holder = payer;
}

/* The last of them has gone. */
void payer_drop(struct payer **holder)
{
	spin_lock(&accounts_lock);
	put(*holder);
	spin_unlock(&accounts_lock);
	*holder = NULL;
}

/* They are no pool's any more, but their holders'. */
void payer_write_off(struct payer **holder, unsigned int pool, unsigned long pages)
{
	payer_uncharge(*holder, pool, pages);
	payer_drop(holder);
}
