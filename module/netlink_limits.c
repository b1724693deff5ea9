// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: what users and cgroups have, and may have.
 */
#include "netlink.h"

int physvm_nl_limit_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_reader reader;

	return netlink_reader_init(&reader, skb, info->attrs, PHYSVM_NL_A_LIMIT_DEVICE_FD,
				   info->extack) ?: -EOPNOTSUPP;
}

int physvm_nl_limit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}

int physvm_nl_limit_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?: -EOPNOTSUPP;
}
