// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas.
 */
#include "netlink.h"

int physvm_nl_area_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int physvm_nl_area_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}
