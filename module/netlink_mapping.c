// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings.
 */
#include "netlink.h"

int physvm_nl_mapping_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}
