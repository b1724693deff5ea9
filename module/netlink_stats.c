// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters.
 */
#include "event.h"
#include "netlink.h"
#include "stats.h"

/**
 * struct counters - What has happened
 * @pools: in all pools together
 * @zeroed: pages
 * @events: posted
 * @lost: of these, told to nobody
 */
struct counters {
	struct pool_counts pools;
	u64 zeroed;
	u64 events;
	u64 lost;
};

/* A cache mode is not changed when there is no memory for it. */
static const u32 causes[NR_POOL_FAILURES] = {
	[POOL_FAILURE_PAGES] = PHYSVM_NL_FAILURE_NO_MEMORY,
	[POOL_FAILURE_PLACE] = PHYSVM_NL_FAILURE_FRAGMENTED,
	[POOL_FAILURE_RANGE] = PHYSVM_NL_FAILURE_NO_SUCH_ADDRESS,
	[POOL_FAILURE_BUSY] = PHYSVM_NL_FAILURE_ADDRESS_TAKEN,
	[POOL_FAILURE_CACHE] = PHYSVM_NL_FAILURE_NO_MEMORY,
	[POOL_FAILURE_LIMIT] = PHYSVM_NL_FAILURE_LIMIT,
};

static void add_pool(struct pool_counts *sum, struct physvm_pool *pool)
{
	struct pool_counts counts;
	unsigned int i;

	pool_counts(pool, &counts);
	sum->taken_pages += counts.taken_pages;
	sum->given_pages += counts.given_pages;
	sum->quarantined_pages += counts.quarantined_pages;
	sum->released_pages += counts.released_pages;
	for (i = 0; i < NR_POOL_FAILURES; i++)
		sum->failures[i] += counts.failures[i];
}

static void look(struct counters *counters)
{
	unsigned int kind;

	*counters = (struct counters){
		.zeroed = block_zeroed_pages(false) + block_zeroed_pages(true),
	};
	for (kind = 0; kind < PHYSVM_NR_POOLS; kind++)
		add_pool(&counters->pools, netlink_pool(kind));
	event_count(&counters->events, &counters->lost);
}

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

static int fill_pools(struct sk_buff *skb, const struct pool_counts *counts)
{
	return netlink_put_u64(skb, PHYSVM_NL_A_STATS_TAKEN, counts->taken_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_GIVEN, counts->given_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_QUARANTINE_IN,
			       counts->quarantined_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_QUARANTINE_OUT, counts->released_pages);
}

static u64 count_of(const struct pool_counts *counts, u32 cause)
{
	unsigned int i;
	u64 count = 0;

	for (i = 0; i < NR_POOL_FAILURES; i++)
		count += causes[i] == cause ? counts->failures[i] : 0;
	return count;
}

static int fill_failure(struct sk_buff *skb, u32 cause, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, PHYSVM_NL_A_STATS_FAILURES);

	if (!nest || nla_put_u32(skb, PHYSVM_NL_A_FAILURES_CAUSE, cause) ||
	    netlink_put_u64(skb, PHYSVM_NL_A_FAILURES_COUNT, count))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_failures(struct sk_buff *skb, const struct pool_counts *counts)
{
	u32 cause;
	int err = 0;

	for (cause = 0; cause <= PHYSVM_NL_FAILURE_FRAGMENTED && !err; cause++)
		err = fill_failure(skb, cause, count_of(counts, cause));
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct counters *counters = data;

	return fill_faults(skb) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_STATS_ZEROED, counters->zeroed) ?:
	       fill_pools(skb, &counters->pools) ?:
	       fill_failures(skb, &counters->pools) ?:
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
	look(&counters);
	return netlink_reply(info, &reader, fill, &counters);
}
