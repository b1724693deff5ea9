// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Mappings of areas.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_MAPPING_AREA_ID, FIELD_U64, physvm_nl_mapping_info, area_id),
	FIELD(PHYSVM_NL_A_MAPPING_PID, FIELD_U32, physvm_nl_mapping_info, pid),
	FIELD(PHYSVM_NL_A_MAPPING_ADDR, FIELD_U64, physvm_nl_mapping_info, addr),
	FIELD(PHYSVM_NL_A_MAPPING_LENGTH, FIELD_U64, physvm_nl_mapping_info, length),
	FIELD(PHYSVM_NL_A_MAPPING_OFFSET, FIELD_U64, physvm_nl_mapping_info, offset),
	FIELD(PHYSVM_NL_A_MAPPING_PROT, FIELD_U32, physvm_nl_mapping_info, prot),
	{ 0 }
};

const struct noun mapping_noun = {
	.size = sizeof(struct physvm_nl_mapping_info),
	.get = PHYSVM_NL_CMD_MAPPING_GET,
	.device_fd = PHYSVM_NL_A_MAPPING_DEVICE_FD,
	.fields = fields,
};

static void narrow(struct nl_msg **message, const void *which)
{
	const uint64_t *area_id = which;

	if (*area_id)
		request_u64(message, PHYSVM_NL_A_MAPPING_AREA_ID, *area_id);
}

EXPORT int physvm_nl_mappings(struct physvm_nl *nl, uint64_t area_id, physvm_nl_mapping_fn *fn,
			      void *data)
{
	return list_each(nl, &mapping_noun, narrow, &area_id, (list_fn *)fn, data);
}
