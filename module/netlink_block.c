// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blocks, whose addresses only an administrator may know.
 */
#include "netlink.h"

struct state {
	unsigned int pool;
	struct pool_block_stat stat;
};

static int fill_owner(struct sk_buff *skb, const struct netlink_reader *reader,
		      const struct pool_block_stat *stat)
{
	int err = 0;

	if (stat->node != NUMA_NO_NODE)
		err = nla_put_u32(skb, PHYSVM_NL_A_BLOCK_NODE_ID, stat->node);
	if (!err && stat->free < PHYSVM_BLOCK_PAGES)
		err = netlink_put_uid(skb, PHYSVM_NL_A_BLOCK_UID, reader, stat->owner);
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct state *state = data;
	const struct pool_block_stat *stat = &state->stat;

	return nla_put_u32(skb, PHYSVM_NL_A_BLOCK_POOL, state->pool) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_BLOCK_PHYS, PFN_PHYS((u64)stat->pfn)) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_BLOCK_CACHE, stat->cache) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_BLOCK_FREE, stat->free) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_BLOCK_QUARANTINED, stat->quarantined) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_BLOCK_DIRTY, stat->dirty) ?:
	       fill_owner(skb, reader, stat);
}

static bool wanted(struct netlink_callback *cb, unsigned int pool)
{
	const struct nlattr *attr = genl_info_dump(cb)->attrs[PHYSVM_NL_A_BLOCK_POOL];

	return !attr || nla_get_u32(attr) == pool;
}

static unsigned int block_counts(void)
{
	unsigned int kind, sum = 1;

	for (kind = 0; kind < PHYSVM_NR_POOLS; kind++)
		sum += READ_ONCE(netlink_pool(kind)->nr_blocks);
	return sum;
}

static int dump_pool(struct sk_buff *skb, struct netlink_callback *cb, unsigned int kind)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	struct state state = { .pool = kind };
	int err = 0;

	while (!err && pool_next_block(netlink_pool(kind), dump->after, &state.stat)) {
		err = netlink_dump_one(skb, cb, fill, &state);
		if (!err)
			dump->after = state.stat.pfn;
	}
	return err;
}

/* Of the pool dump->key[0], those with frames after dump->after; then the next. */
int physvm_nl_block_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	int err;

	cb->seq = block_counts();
	for (; dump->key[0] < PHYSVM_NR_POOLS; dump->key[0]++, dump->after = 0) {
		err = wanted(cb, dump->key[0]) ? dump_pool(skb, cb, dump->key[0]) : 0;
		if (err)
			return skb->len ?: err;
	}
	return skb->len;
}
