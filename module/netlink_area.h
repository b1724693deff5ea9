/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NETLINK_AREA_H
#define PHYSVM_NETLINK_AREA_H

#include "netlink.h"

struct physvm_area;

typedef int netlink_area_fn(struct sk_buff *skb, struct netlink_callback *cb,
			    const struct physvm_area *area);

int netlink_dump_areas(struct sk_buff *skb, struct netlink_callback *cb,
		       netlink_area_fn *fn);

#endif
