// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names.
 */
#include "netlink.h"

int physvm_nl_name_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}

int physvm_nl_name_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}
