// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pools: what there is, and changing it.
 */
#include "area.h"
#include "netlink.h"

struct pool_state {
	unsigned int kind;
	struct physvm_pool_stat stat;
};

static struct pool_state look(unsigned int kind)
{
	struct pool_state state = { .kind = kind };

	pool_stat(netlink_pool(kind), &state.stat);
	return state;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct pool_state *state = data;
	const struct physvm_pool_stat *stat = &state->stat;

	return nla_put_u32(skb, PHYSVM_NL_A_POOL_KIND, state->kind) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_TOTAL, stat->out_total_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_FREE, stat->out_free_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_USED, stat->out_used_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_QUARANTINED, stat->out_quarantined_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_LARGEST_FREE, stat->out_largest_free_pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_FREE_BLOCKS, stat->out_free_blocks) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_AREAS, area_count());
}

int physvm_nl_pool_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_reader reader;
	struct pool_state state;
	int err = netlink_reader_init(&reader, skb, info->attrs, PHYSVM_NL_A_POOL_DEVICE_FD,
				      info->extack);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_POOL_KIND)) {
		GENL_SET_ERR_MSG(info, "kind is missing");
		return -EINVAL;
	}
	state = look(nla_get_u32(info->attrs[PHYSVM_NL_A_POOL_KIND]));
	return netlink_reply(info, &reader, fill, &state);
}

int physvm_nl_pool_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	int err = 0;

	for (; dump->after < PHYSVM_NR_POOLS && !err; dump->after += !err) {
		const struct pool_state state = look(dump->after);

		err = netlink_dump_one(skb, cb, fill, &state);
	}
	return skb->len ?: err;
}

int physvm_nl_pool_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?: -EOPNOTSUPP;
}

int physvm_nl_pool_grow_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?: -EOPNOTSUPP;
}

int physvm_nl_pool_shrink_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?: -EOPNOTSUPP;
}
