// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_AREA_ID, FIELD_U64, physvm_nl_area_info, id),
	FIELD(PHYSVM_NL_A_AREA_TYPE, FIELD_U32, physvm_nl_area_info, type),
	FIELD(PHYSVM_NL_A_AREA_PAGES, FIELD_U64, physvm_nl_area_info, pages),
	FIELD(PHYSVM_NL_A_AREA_COMMITTED, FIELD_U64, physvm_nl_area_info, committed),
	FIELD(PHYSVM_NL_A_AREA_OWNED, FIELD_U64, physvm_nl_area_info, owned),
	FIELD(PHYSVM_NL_A_AREA_CACHE, FIELD_U32, physvm_nl_area_info, cache),
	FIELD(PHYSVM_NL_A_AREA_MAX_PROT, FIELD_U32, physvm_nl_area_info, max_prot),
	FIELD(PHYSVM_NL_A_AREA_ALLOC_FLAGS, FIELD_U32, physvm_nl_area_info, alloc_flags),
	FIELD(PHYSVM_NL_A_AREA_LABEL, FIELD_STRING, physvm_nl_area_info, label),
	FIELD(PHYSVM_NL_A_AREA_UID, FIELD_U32, physvm_nl_area_info, uid),
	FIELD(PHYSVM_NL_A_AREA_PID, FIELD_U32, physvm_nl_area_info, pid),
	FIELD(PHYSVM_NL_A_AREA_PHYS, FIELD_U64, physvm_nl_area_info, phys),
	FIELD(PHYSVM_NL_A_AREA_MAPPINGS, FIELD_U32, physvm_nl_area_info, mappings),
	{ 0 }
};

const struct noun area_noun = {
	.size = sizeof(struct physvm_nl_area_info),
	.get = PHYSVM_NL_CMD_AREA_GET,
	.device_fd = PHYSVM_NL_A_AREA_DEVICE_FD,
	.fields = fields,
};

EXPORT int physvm_nl_areas(struct physvm_nl *nl, physvm_nl_area_fn *fn, void *data)
{
	return list_each(nl, &area_noun, NULL, NULL, (list_fn *)fn, data);
}

EXPORT int physvm_nl_area(struct physvm_nl *nl, uint64_t id, struct physvm_nl_area_info *info)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_AREA_GET, 0,
					     PHYSVM_NL_A_AREA_DEVICE_FD);

	request_u64(&message, PHYSVM_NL_A_AREA_ID, id);
	return request_one(nl, message, &area_noun, info);
}
