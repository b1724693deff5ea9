// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions.
 */
#include "netlink.h"

int physvm_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}
