// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Regions.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_REGION_AREA_ID, FIELD_U64, physvm_nl_region_info, area_id),
	FIELD(PHYSVM_NL_A_REGION_BASE, FIELD_U64, physvm_nl_region_info, base),
	FIELD(PHYSVM_NL_A_REGION_PAGES, FIELD_U64, physvm_nl_region_info, pages),
	FIELD(PHYSVM_NL_A_REGION_ALLOCATED, FIELD_U64, physvm_nl_region_info, allocated),
	FIELD(PHYSVM_NL_A_REGION_KEPT, FIELD_U64, physvm_nl_region_info, kept),
	FIELD(PHYSVM_NL_A_REGION_PAGE_STATE, FIELD_U32, physvm_nl_region_info, page_state),
	FIELD(PHYSVM_NL_A_REGION_UID, FIELD_U32, physvm_nl_region_info, uid),
	FIELD(PHYSVM_NL_A_REGION_PID, FIELD_U32, physvm_nl_region_info, pid),
	{ 0 }
};

const struct noun region_noun = {
	.size = sizeof(struct physvm_nl_region_info),
	.get = PHYSVM_NL_CMD_REGION_GET,
	.device_fd = PHYSVM_NL_A_REGION_DEVICE_FD,
	.fields = fields,
};

EXPORT int physvm_nl_regions(struct physvm_nl *nl, physvm_nl_region_fn *fn, void *data)
{
	return list_each(nl, &region_noun, NULL, NULL, (list_fn *)fn, data);
}
