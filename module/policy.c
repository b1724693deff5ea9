// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator forbids: memory both writable and executable; physical
 * addresses for everybody.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../uapi/physvm.h"
#include "policy.h"

/* A parameter that is one of two words. */
struct choice {
	const char *name;
	const char *words[2];	/* the first is the default */
	int chosen;
};

static struct choice wx_policy = { "wx_policy", { "allow", "deny" } };
static struct choice show_phys = { "show_phys", { "users", "admin" } };

static int choice_set(const char *value, const struct kernel_param *kp)
{
	struct choice *choice = kp->arg;
	const int chosen = sysfs_match_string(choice->words, value);

	if (chosen < 0) {
		pr_err("%s is %s or %s\n", choice->name, choice->words[0], choice->words[1]);
		return chosen;
	}
	choice->chosen = chosen;
	return 0;
}

static int choice_get(char *buffer, const struct kernel_param *kp)
{
	const struct choice *choice = kp->arg;

	return sysfs_emit(buffer, "%s\n", choice->words[choice->chosen]);
}

static const struct kernel_param_ops choice_ops = { .set = choice_set, .get = choice_get };
module_param_cb(wx_policy, &choice_ops, &wx_policy, 0444);
MODULE_PARM_DESC(wx_policy, "memory writable and executable at once: allow (default) or deny");
module_param_cb(show_phys, &choice_ops, &show_phys, 0444);
MODULE_PARM_DESC(show_phys, "who is told physical addresses, and may choose them: users (default) or admin");

bool policy_denies_wx(void)
{
	return wx_policy.chosen;
}

int policy_check_prot(u32 prot)
{
	const u32 wx = PHYSVM_PROT_WRITE | PHYSVM_PROT_EXEC;

	return policy_denies_wx() && (prot & wx) == wx ? -EPERM : 0;
}

/*
 * May the caller know physical addresses? Where that is for administrators, it is for
 * those of the machine: everybody can be root in a namespace of their own. Not audited:
 * most who ask are told something else as well.
 */
bool policy_shows_phys(void)
{
	return !show_phys.chosen || ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

/* For what is nothing without them. */
int policy_check_phys(void)
{
	return policy_shows_phys() ? 0 : -EPERM;
}
