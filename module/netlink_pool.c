// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pools: what there is, and changing it.
 */
#include <linux/nodemask.h>

#include "area.h"
#include "netlink.h"
#include "resize.h"

struct pool_state {
	unsigned int kind;
	struct physvm_pool_stat stat;
	unsigned long low;
	unsigned long high;
};

static struct pool_state look(unsigned int kind)
{
	struct pool_state state = { .kind = kind };

	pool_stat(netlink_pool(kind), &state.stat);
	pool_watermarks(netlink_pool(kind), &state.low, &state.high);
	return state;
}

static int fill_node(struct sk_buff *skb, unsigned int kind, int node)
{
	struct pool_node_stat stat;
	struct nlattr *nest;

	pool_node_stat(netlink_pool(kind), node, &stat);
	if (!stat.total_pages)
		return 0;
	nest = nla_nest_start(skb, PHYSVM_NL_A_POOL_NODE);
	if (!nest || nla_put_u32(skb, PHYSVM_NL_A_NODE_ID, node) ||
	    netlink_put_u64(skb, PHYSVM_NL_A_NODE_TOTAL, stat.total_pages) ||
	    netlink_put_u64(skb, PHYSVM_NL_A_NODE_FREE, stat.free_pages))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_nodes(struct sk_buff *skb, unsigned int kind)
{
	int node, err = 0;

	for_each_node_state(node, N_MEMORY) {
		err = fill_node(skb, kind, node);
		if (err)
			break;
	}
	return err;
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
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_AREAS, area_count()) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_LOW, state->low) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_POOL_HIGH, state->high) ?:
	       fill_nodes(skb, state->kind);
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

/* Changing it. */

static int need_kind(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_POOL_KIND))
		return 0;
	NL_SET_ERR_MSG(info->extack, "kind is missing");
	return -EINVAL;
}

static int need_bytes(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_POOL_BYTES))
		return 0;
	NL_SET_ERR_MSG(info->extack, "bytes is missing");
	return -EINVAL;
}

/* As the attribute is not aligned as a u64 is. */
static u64 get_u64(struct genl_info *info, int attr, u64 otherwise)
{
	return info->attrs[attr] ? nla_get_u64(info->attrs[attr]) : otherwise;
}

/* What is not said stays. */
static int set_watermarks(struct genl_info *info)
{
	struct physvm_pool *pool = netlink_pool(nla_get_u32(info->attrs[PHYSVM_NL_A_POOL_KIND]));
	unsigned long low, high;
	int err;

	pool_watermarks(pool, &low, &high);
	err = pool_set_watermarks(pool, get_u64(info, PHYSVM_NL_A_POOL_LOW, low),
				  get_u64(info, PHYSVM_NL_A_POOL_HIGH, high));
	if (err)
		NL_SET_ERR_MSG(info->extack, "high is below low");
	return err;
}

int physvm_nl_pool_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?:
	       need_kind(info) ?: set_watermarks(info);
}

/* A number that is no node of any machine is no node of this one. */
static int node_of(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[PHYSVM_NL_A_POOL_NODE_ID];

	return attr ? min_t(u32, nla_get_u32(attr), MAX_NUMNODES) : NUMA_NO_NODE;
}

static bool is_multiple(const struct nlattr *attr)
{
	return !attr || !(nla_get_u64(attr) % PHYSVM_BLOCK_SIZE);
}

static int check_values(struct genl_info *info)
{
	struct nlattr *bytes = info->attrs[PHYSVM_NL_A_POOL_BYTES];
	struct nlattr *phys = info->attrs[PHYSVM_NL_A_POOL_PHYS];
	struct nlattr *node = info->attrs[PHYSVM_NL_A_POOL_NODE_ID];

	if (!is_multiple(bytes) || !nla_get_u64(bytes))
		NL_SET_ERR_MSG_ATTR(info->extack, bytes, "bytes is 0 or no multiple of a block");
	else if (!is_multiple(phys))
		NL_SET_ERR_MSG_ATTR(info->extack, phys, "phys is no multiple of a block");
	else if (phys && node)
		NL_SET_ERR_MSG_ATTR(info->extack, node, "node-id does not go with phys");
	else
		return 0;
	return -EINVAL;
}

static int check_resize(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_require_admin(skb, info->extack) ?:
	       need_kind(info) ?: need_bytes(info) ?: check_values(info);
}

static int resize(struct genl_info *info, struct physvm_pool *pool, unsigned long *changed)
{
	struct pool_resize resize = {
		.bytes = get_u64(info, PHYSVM_NL_A_POOL_BYTES, 0),
		.phys = get_u64(info, PHYSVM_NL_A_POOL_PHYS, 0),
		.at_phys = info->attrs[PHYSVM_NL_A_POOL_PHYS],
		.partial = info->attrs[PHYSVM_NL_A_POOL_PARTIAL],
		.node = node_of(info),
	};

	if (info->genlhdr->cmd == PHYSVM_NL_CMD_POOL_GROW)
		return pool_grow(pool, &resize, changed);
	return pool_shrink(pool, &resize, changed);
}

static int fill_resized(struct sk_buff *skb, struct genl_info *info, unsigned int kind,
			unsigned long changed)
{
	void *header = genlmsg_put(skb, info->snd_portid, info->snd_seq, &physvm_nl_family, 0,
				   info->genlhdr->cmd);

	if (!header || nla_put_u32(skb, PHYSVM_NL_A_POOL_KIND, kind) ||
	    netlink_put_u64(skb, PHYSVM_NL_A_POOL_CHANGED, changed) ||
	    netlink_put_u64(skb, PHYSVM_NL_A_POOL_TOTAL, pool_pages(netlink_pool(kind))))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/*
 * What has been done is done, though nobody may get to know: so there is room for
 * the answer first, and whether it arrives is no error of ours.
 */
static int resize_and_reply(struct genl_info *info)
{
	const unsigned int kind = nla_get_u32(info->attrs[PHYSVM_NL_A_POOL_KIND]);
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	unsigned long changed;
	int err = skb ? resize(info, netlink_pool(kind), &changed) : -ENOMEM;

	if (err || fill_resized(skb, info, kind, changed)) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_reply(skb, info);
	return 0;
}

int physvm_nl_pool_grow_doit(struct sk_buff *skb, struct genl_info *info)
{
	return check_resize(skb, info) ?: resize_and_reply(info);
}

int physvm_nl_pool_shrink_doit(struct sk_buff *skb, struct genl_info *info)
{
	return check_resize(skb, info) ?: resize_and_reply(info);
}
