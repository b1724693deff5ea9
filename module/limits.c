// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much each user and each cgroup may have.
 */
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "account.h"
#include "cgroup.h"
#include "limits.h"
#include "size.h"

/*
 * What a user may have by default. On a machine where one user is to have all of it
 * the administrator says so; where there are several, nobody has to say anything.
 */
static u64 user_percent = 50;
static u64 user_pages = LIMITS_UNSET;

static unsigned int areas_per_user = 65536;
module_param(areas_per_user, uint, 0644);
MODULE_PARM_DESC(areas_per_user, "areas there may be of a user without CAP_SYS_RESOURCE; default 65536");

static int parse_percent(const char *value, u64 *percent)
{
	char number[8] = {};
	const char *end = strchr(value, '%');

	if (end - value >= sizeof(number) || (end[1] && strcmp(end + 1, "\n")))
		return -EINVAL;
	memcpy(number, value, end - value);
	return kstrtou64(number, 10, percent) || *percent > 100 ? -EINVAL : 0;
}

static int user_limit_set(const char *value, const struct kernel_param *kp)
{
	const bool is_percent = strchr(value, '%');
	unsigned long bytes = 0;
	u64 percent = 0;
	int err = is_percent ? parse_percent(value, &percent) : size_parse(value, &bytes);

	if (err) {
		pr_err("user_limit is 0%% to 100%%, or bytes, with K, M or G behind them\n");
		return -EINVAL;
	}
	spin_lock(&accounts_lock);
	user_percent = is_percent ? percent : LIMITS_UNSET;
	user_pages = is_percent ? LIMITS_UNSET : bytes >> PAGE_SHIFT;
	spin_unlock(&accounts_lock);
	return 0;
}

static int user_limit_get(char *buffer, const struct kernel_param *kp)
{
	u64 pages, percent;

	spin_lock(&accounts_lock);
	percent = user_percent;
	pages = user_pages;
	spin_unlock(&accounts_lock);
	return percent != LIMITS_UNSET ? sysfs_emit(buffer, "%llu%%\n", percent) :
					 sysfs_emit(buffer, "%llu\n", pages << PAGE_SHIFT);
}

static const struct kernel_param_ops user_limit_ops = {
	.set = user_limit_set,
	.get = user_limit_get,
};
module_param_cb(user_limit, &user_limit_ops, NULL, 0644);
MODULE_PARM_DESC(user_limit, "what a user without CAP_SYS_RESOURCE may have of each pool: 0% to 100%, or bytes of all of them, K, M or G; default 50%");

static struct limits_limit in_force(const struct limits_stat *stat, bool privileged)
{
	struct limits_limit limit = stat->limit;

	lockdep_assert_held(&accounts_lock);
	if (stat->kind != LIMITS_USER || privileged)
		return limit;
	if (limit.pages == LIMITS_UNSET && limit.percent == LIMITS_UNSET) {
		limit.pages = user_pages;
		limit.percent = user_percent;
	}
	if (limit.areas == LIMITS_UNSET)
		limit.areas = READ_ONCE(areas_per_user);
	return limit;
}

/**
 * limits_have_room() - May somebody have more pages?
 * @stat: who
 * @privileged: what users may have by default does not count
 * @pool: enum physvm_pool_kind
 * @pages: how many more of it
 * @pool_pages: how many it has in all
 */
bool limits_have_room(const struct limits_stat *stat, bool privileged, unsigned int pool,
		      unsigned long pages, unsigned long pool_pages)
{
	const struct limits_limit limit = in_force(stat, privileged);

	if (limit.percent != LIMITS_UNSET &&
	    stat->pages[pool] + pages > (u64)pool_pages * limit.percent / 100)
		return false;
	return limits_pages(stat) + pages <= limit.pages;
}

/* May somebody have one more area? */
bool limits_have_room_for_area(const struct limits_stat *stat, bool privileged)
{
	return stat->areas < in_force(stat, privileged).areas;
}

/* Setting. */

/**
 * limits_set() - Limit somebody
 * @kind: enum limits_kind
 * @id: the user or the cgroup
 * @limit: from now on; who has more keeps it and gets nothing new
 *
 * Return: 0; ENOENT: there is no such cgroup; ENOMEM.
 */
int limits_set(u32 kind, u64 id, const struct limits_limit *limit)
{
	const bool limits = memcmp(limit, &LIMITS_ALL_UNSET, sizeof(*limit));
	struct account *made, *account;

	if (kind == LIMITS_CGROUP && limits && !cgroup_exists(id))
		return -ENOENT;
	made = account_make(kind, id);
	if (!made)
		return -ENOMEM;
	spin_lock(&accounts_lock);
	account = account_insert(made);
	account->stat.limit = *limit;
	account->stat.is_limited = limits;
	if (account != made)
		kfree(made);
	account_free_if_idle(account);
	spin_unlock(&accounts_lock);
	return 0;
}

/* Looking. */

/**
 * limits_get() - See what somebody has, and may have
 * @kind: enum limits_kind
 * @id: the user or the cgroup
 * @stat: filled
 *
 * Return: 0, or ENOENT: that one has nothing, and no limit of its own.
 */
int limits_get(u32 kind, u64 id, struct limits_stat *stat)
{
	int err = limits_next(kind, id, stat);

	return err ?: stat->kind == kind && stat->id == id ? 0 : -ENOENT;
}

/**
 * limits_next() - The first who has something, or a limit
 * @kind: enum limits_kind to begin with
 * @id: of that kind, the user or the cgroup to begin with; to go on, the one after
 *	that in @stat
 * @stat: filled
 *
 * Return: 0, or ENOENT when there are no more.
 */
int limits_next(u32 kind, u64 id, struct limits_stat *stat)
{
	struct account *account;

	spin_lock(&accounts_lock);
	account = account_find_from(kind, id);
	if (account)
		*stat = account->stat;
	spin_unlock(&accounts_lock);
	return account ? 0 : -ENOENT;
}

/* The limits, and where none is set those that count by default, unprivileged. */
struct limits_limit limits_in_force(const struct limits_stat *stat)
{
	struct limits_limit limit;

	spin_lock(&accounts_lock);
	limit = in_force(stat, false);
	spin_unlock(&accounts_lock);
	return limit;
}

/* Nobody has anything any more. */
void limits_exit(void)
{
	account_free_all();
}
