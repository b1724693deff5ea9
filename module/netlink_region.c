// SPDX-License-Identifier: GPL-2.0-only
/*
 * The regions, which are areas of a kind.
 */
#include <linux/pid.h>

#include "area.h"
#include "netlink.h"
#include "netlink_area.h"
#include "region.h"

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct physvm_area *area = data;
	const struct region_state *region = area->region;
	const struct region_count count = region_count(area->region);
	const pid_t pid = pid_nr_ns(area->maker, reader->pid_ns);

	return netlink_put_u64(skb, PHYSVM_NL_A_REGION_AREA_ID, area->inode->i_ino) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_REGION_BASE, region->base) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_REGION_PAGES, area->pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_REGION_ALLOCATED, count.allocated) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_REGION_KEPT, count.kept) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_REGION_PAGE_STATE, region->page_state) ?:
	       netlink_put_uid(skb, PHYSVM_NL_A_REGION_UID, reader, area->uid) ?:
	       (pid ? nla_put_u32(skb, PHYSVM_NL_A_REGION_PID, pid) : 0);
}

static int dump_region(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct physvm_area *area)
{
	return area->region ? netlink_dump_one(skb, cb, fill, area) : 0;
}

int physvm_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_dump_areas(skb, cb, dump_region);
}
