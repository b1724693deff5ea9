// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks.
 */
#include "netlink.h"

int physvm_nl_block_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}
