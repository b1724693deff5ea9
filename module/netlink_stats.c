// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters.
 */
#include "event.h"
#include "netlink.h"
#include "stats.h"

struct counters {
	u64 events;
	u64 lost;
};

static int fill_faults(struct sk_buff *skb)
{
	static const struct {
		enum stats_kind kind;
		int attr;
	} faults[] = {
		{ STAT_FAULT_PAGES, PHYSVM_NL_A_STATS_FAULT_PAGES },
		{ STAT_FAULT_BLOCKS, PHYSVM_NL_A_STATS_FAULT_BLOCKS },
		{ STAT_FAULT_FRAMES, PHYSVM_NL_A_STATS_FAULT_FRAMES },
		{ STAT_FAULT_SEGV, PHYSVM_NL_A_STATS_FAULT_SEGV },
		{ STAT_FAULT_BUS, PHYSVM_NL_A_STATS_FAULT_BUS },
		{ STAT_FAULT_FILLS, PHYSVM_NL_A_STATS_FAULT_FILLS },
		{ STAT_UPCALLS, PHYSVM_NL_A_STATS_UPCALLS },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(faults) && !err; i++)
		err = netlink_put_u64(skb, faults[i].attr, stats_sum(faults[i].kind));
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct counters *counters = data;

	return fill_faults(skb) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_EVENTS, counters->events) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_EVENTS_LOST, counters->lost);
}

int physvm_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_reader reader;
	struct counters counters;
	int err = netlink_reader_init(&reader, skb, info->attrs, PHYSVM_NL_A_STATS_DEVICE_FD,
				      info->extack);

	if (err)
		return err;
	event_count(&counters.events, &counters.lost);
	return netlink_reply(info, &reader, fill, &counters);
}
