// SPDX-License-Identifier: GPL-2.0-only
#include "pool_list.h"

#include "json.h"
#include "size.h"
#include "words.h"

/* A hidden pool without pages is one that was not asked for. */
static int add(const struct physvm_nl_pool_info *info, void *data)
{
	struct pool_list *pools = data;

	if (pools->count < POOLS_MAX && (info->total || info->kind == PHYSVM_NL_POOL_RAM))
		pools->pool[pools->count++] = *info;
	return 0;
}

int pool_list_read(struct ctl *ctl, struct pool_list *pools)
{
	pools->count = 0;
	return physvm_nl_pools(ctl->nl, add, pools);
}

unsigned int pool_fragmentation(const struct physvm_nl_pool_info *pool)
{
	return pool->free ? 100 - percent(pool->largest_free, pool->free) : 0;
}

static json_t *nodes_json(const struct physvm_nl_pool_info *pool)
{
	json_t *nodes = json_new_array();
	uint32_t i;

	for (i = 0; i < pool->nr_nodes; i++) {
		json_t *node = json_new_object();

		json_add_number(node, "id", pool->nodes[i].id);
		json_add_number(node, "total_bytes", pages_to_bytes(pool->nodes[i].total));
		json_add_number(node, "free_bytes", pages_to_bytes(pool->nodes[i].free));
		json_append(nodes, node);
	}
	return nodes;
}

json_t *pool_json(const struct physvm_nl_pool_info *pool)
{
	json_t *object = json_new_object();

	json_add_text(object, "pool", pool_word(pool->kind));
	json_add_number(object, "total_bytes", pages_to_bytes(pool->total));
	json_add_number(object, "free_bytes", pages_to_bytes(pool->free));
	json_add_number(object, "used_bytes", pages_to_bytes(pool->used));
	json_add_number(object, "quarantined_bytes", pages_to_bytes(pool->quarantined));
	json_add_number(object, "largest_free_bytes", pages_to_bytes(pool->largest_free));
	json_add_number(object, "free_blocks", pool->free_blocks);
	json_add_number(object, "fragmentation_percent", pool_fragmentation(pool));
	json_add_number(object, "low_bytes", pages_to_bytes(pool->low));
	json_add_number(object, "high_bytes", pages_to_bytes(pool->high));
	json_add(object, "nodes", nodes_json(pool));
	return object;
}
