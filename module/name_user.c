// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many names each user has, and how many may be.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "name_user.h"

static unsigned int names_max = 4096;
module_param(names_max, uint, 0644);
MODULE_PARM_DESC(names_max, "names there may be of all users; default 4096");

static unsigned int names_per_user = 256;
module_param(names_per_user, uint, 0644);
MODULE_PARM_DESC(names_per_user, "names there may be of a user without CAP_SYS_RESOURCE; default 256");

struct name_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int names;	/* never 0 */
};

/* All here is the name table's: its lock is held. */
static DEFINE_HASHTABLE(users, 6);
static unsigned int names;

static struct name_user *find(kuid_t uid)
{
	struct name_user *user;

	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

static struct name_user *find_or_add(kuid_t uid)
{
	struct name_user *user = find(uid);

	if (user)
		return user;
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;
	user->uid = uid;
	hash_add(users, &user->node, __kuid_val(uid));
	return user;
}

static void remove_if_without(struct name_user *user)
{
	if (user->names)
		return;
	hash_del(&user->node);
	kfree(user);
}

/* Not ns_capable(): everybody can be root in a namespace of their own. */
static bool may_have_more(const struct name_user *user)
{
	return user->names < READ_ONCE(names_per_user) || capable(CAP_SYS_RESOURCE);
}

/**
 * name_user_charge() - Count a name that is going to be there
 * @uid: its owner
 *
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int name_user_charge(kuid_t uid)
{
	struct name_user *user;
	int err = 0;

	if (names >= READ_ONCE(names_max))
		return -ENOSPC;
	user = find_or_add(uid);
	if (!user)
		return -ENOMEM;
	if (may_have_more(user)) {
		user->names++;
		names++;
	} else {
		err = -ENOSPC;
	}
	remove_if_without(user);
	return err;
}

void name_user_uncharge(kuid_t uid)
{
	struct name_user *user = find(uid);

	user->names--;
	names--;
	remove_if_without(user);
}
