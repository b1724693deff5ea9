// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Pools: what they have, their watermarks, their size.
 */
#include "export.h"
#include "list.h"

static const struct field node_fields[] = {
	FIELD(PHYSVM_NL_A_NODE_ID, FIELD_U32, physvm_nl_node_info, id),
	FIELD(PHYSVM_NL_A_NODE_TOTAL, FIELD_U64, physvm_nl_node_info, total),
	FIELD(PHYSVM_NL_A_NODE_FREE, FIELD_U64, physvm_nl_node_info, free),
	{ 0 }
};

static void add_node(const struct nlattr *attribute, void *data)
{
	struct physvm_nl_pool_info *info = data;

	if (nla_type(attribute) != PHYSVM_NL_A_POOL_NODE || info->nr_nodes == PHYSVM_NL_NODES_MAX)
		return;
	decode(nla_data(attribute), nla_len(attribute), node_fields, NULL,
	       &info->nodes[info->nr_nodes++]);
	info->has |= 1u << PHYSVM_NL_A_POOL_NODE;
}

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_POOL_KIND, FIELD_U32, physvm_nl_pool_info, kind),
	FIELD(PHYSVM_NL_A_POOL_TOTAL, FIELD_U64, physvm_nl_pool_info, total),
	FIELD(PHYSVM_NL_A_POOL_FREE, FIELD_U64, physvm_nl_pool_info, free),
	FIELD(PHYSVM_NL_A_POOL_USED, FIELD_U64, physvm_nl_pool_info, used),
	FIELD(PHYSVM_NL_A_POOL_QUARANTINED, FIELD_U64, physvm_nl_pool_info, quarantined),
	FIELD(PHYSVM_NL_A_POOL_LARGEST_FREE, FIELD_U64, physvm_nl_pool_info, largest_free),
	FIELD(PHYSVM_NL_A_POOL_FREE_BLOCKS, FIELD_U64, physvm_nl_pool_info, free_blocks),
	FIELD(PHYSVM_NL_A_POOL_AREAS, FIELD_U64, physvm_nl_pool_info, areas),
	FIELD(PHYSVM_NL_A_POOL_LOW, FIELD_U64, physvm_nl_pool_info, low),
	FIELD(PHYSVM_NL_A_POOL_HIGH, FIELD_U64, physvm_nl_pool_info, high),
	FIELD(PHYSVM_NL_A_POOL_CHANGED, FIELD_U64, physvm_nl_pool_info, changed),
	{ 0 }
};

const struct noun pool_noun = {
	.size = sizeof(struct physvm_nl_pool_info),
	.get = PHYSVM_NL_CMD_POOL_GET,
	.device_fd = PHYSVM_NL_A_POOL_DEVICE_FD,
	.fields = fields,
	.nest = add_node,
};

EXPORT int physvm_nl_pools(struct physvm_nl *nl, physvm_nl_pool_fn *fn, void *data)
{
	return list_each(nl, &pool_noun, NULL, NULL, (list_fn *)fn, data);
}

EXPORT int physvm_nl_pool(struct physvm_nl *nl, unsigned int kind,
			  struct physvm_nl_pool_info *info)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_POOL_GET, 0,
					     PHYSVM_NL_A_POOL_DEVICE_FD);

	request_u32(&message, PHYSVM_NL_A_POOL_KIND, kind);
	return request_one(nl, message, &pool_noun, info);
}

EXPORT int physvm_nl_set_watermarks(struct physvm_nl *nl, unsigned int kind, uint64_t low,
				    uint64_t high)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_POOL_SET, 0, 0);

	request_u32(&message, PHYSVM_NL_A_POOL_KIND, kind);
	request_u64(&message, PHYSVM_NL_A_POOL_LOW, low);
	request_u64(&message, PHYSVM_NL_A_POOL_HIGH, high);
	return request_one(nl, message, NULL, NULL);
}

static int resize_pool(struct physvm_nl *nl, uint8_t command,
		       const struct physvm_nl_resize *resize, struct physvm_nl_pool_info *info)
{
	struct nl_msg *message = request_new(nl, command, 0, 0);

	request_u32(&message, PHYSVM_NL_A_POOL_KIND, resize->kind);
	request_u64(&message, PHYSVM_NL_A_POOL_BYTES, resize->bytes);
	if (resize->flags & PHYSVM_NL_RESIZE_PHYS)
		request_u64(&message, PHYSVM_NL_A_POOL_PHYS, resize->phys);
	if (resize->flags & PHYSVM_NL_RESIZE_NODE)
		request_u32(&message, PHYSVM_NL_A_POOL_NODE_ID, resize->node_id);
	if (resize->flags & PHYSVM_NL_RESIZE_PARTIAL)
		request_flag(&message, PHYSVM_NL_A_POOL_PARTIAL);
	return request_one(nl, message, &pool_noun, info);
}

EXPORT int physvm_nl_grow(struct physvm_nl *nl, const struct physvm_nl_resize *resize,
			  struct physvm_nl_pool_info *info)
{
	return resize_pool(nl, PHYSVM_NL_CMD_POOL_GROW, resize, info);
}

EXPORT int physvm_nl_shrink(struct physvm_nl *nl, const struct physvm_nl_resize *resize,
			    struct physvm_nl_pool_info *info)
{
	return resize_pool(nl, PHYSVM_NL_CMD_POOL_SHRINK, resize, info);
}
