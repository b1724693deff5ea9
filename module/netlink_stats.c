// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters.
 */
#include "netlink.h"

int physvm_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}
