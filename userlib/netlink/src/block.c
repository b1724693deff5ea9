// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Blocks of the pools.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_BLOCK_POOL, FIELD_U32, physvm_nl_block_info, pool),
	FIELD(PHYSVM_NL_A_BLOCK_PHYS, FIELD_U64, physvm_nl_block_info, phys),
	FIELD(PHYSVM_NL_A_BLOCK_NODE_ID, FIELD_U32, physvm_nl_block_info, node_id),
	FIELD(PHYSVM_NL_A_BLOCK_CACHE, FIELD_U32, physvm_nl_block_info, cache),
	FIELD(PHYSVM_NL_A_BLOCK_FREE, FIELD_U32, physvm_nl_block_info, free),
	FIELD(PHYSVM_NL_A_BLOCK_QUARANTINED, FIELD_U32, physvm_nl_block_info, quarantined),
	FIELD(PHYSVM_NL_A_BLOCK_UID, FIELD_U32, physvm_nl_block_info, uid),
	FIELD(PHYSVM_NL_A_BLOCK_DIRTY, FIELD_U32, physvm_nl_block_info, dirty),
	{ 0 }
};

/* Only CAP_SYS_ADMIN may ask, so no descriptor shows anything. */
const struct noun block_noun = {
	.size = sizeof(struct physvm_nl_block_info),
	.get = PHYSVM_NL_CMD_BLOCK_GET,
	.fields = fields,
};

static void narrow(struct nl_msg **message, const void *which)
{
	const unsigned int *pool = which;

	if (*pool != PHYSVM_NL_ALL_POOLS)
		request_u32(message, PHYSVM_NL_A_BLOCK_POOL, *pool);
}

EXPORT int physvm_nl_blocks(struct physvm_nl *nl, unsigned int pool, physvm_nl_block_fn *fn,
			    void *data)
{
	return list_each(nl, &block_noun, narrow, &pool, (list_fn *)fn, data);
}
