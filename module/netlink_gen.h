/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/netlink/physvm.yaml */
/* YNL-GEN kernel header */

#ifndef PHYSVM_NETLINK_GEN_H
#define PHYSVM_NETLINK_GEN_H

#include "compat_netlink.h"

#include "../uapi/physvm_netlink.h"

int physvm_nl_dump_start(struct netlink_callback *cb);
int physvm_nl_dump_done(struct netlink_callback *cb);

int physvm_nl_pool_get_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_pool_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int physvm_nl_pool_set_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_pool_grow_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_pool_shrink_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_block_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int physvm_nl_area_get_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_area_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int physvm_nl_mapping_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int physvm_nl_name_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int physvm_nl_name_remove_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_region_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int physvm_nl_limit_get_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_limit_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int physvm_nl_limit_set_doit(struct sk_buff *skb, struct genl_info *info);
int physvm_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	PHYSVM_NLGRP_EVENTS,
};

extern struct genl_family physvm_nl_family;

#endif /* PHYSVM_NETLINK_GEN_H */
