// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator forbids: memory both writable and executable.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../uapi/physvm.h"
#include "policy.h"

static const char *const wx_names[] = { "allow", "deny" };
static int wx_policy;

static int wx_set(const char *value, const struct kernel_param *kp)
{
	const int choice = sysfs_match_string(wx_names, value);

	if (choice < 0) {
		pr_err("wx_policy is allow or deny\n");
		return choice;
	}
	wx_policy = choice;
	return 0;
}

static int wx_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", wx_names[wx_policy]);
}

static const struct kernel_param_ops wx_ops = { .set = wx_set, .get = wx_get };
module_param_cb(wx_policy, &wx_ops, NULL, 0444);
MODULE_PARM_DESC(wx_policy, "memory writable and executable at once: allow (default) or deny");

bool policy_denies_wx(void)
{
	return wx_policy;
}

int policy_check_prot(u32 prot)
{
	const u32 wx = PHYSVM_PROT_WRITE | PHYSVM_PROT_EXEC;

	return policy_denies_wx() && (prot & wx) == wx ? -EPERM : 0;
}
