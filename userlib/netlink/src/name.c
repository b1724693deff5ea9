// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Names.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_NAME_ID, FIELD_U64, physvm_nl_name_info, id),
	FIELD(PHYSVM_NL_A_NAME_NAME, FIELD_STRING, physvm_nl_name_info, name),
	FIELD(PHYSVM_NL_A_NAME_AREA_ID, FIELD_U64, physvm_nl_name_info, area_id),
	FIELD(PHYSVM_NL_A_NAME_UID, FIELD_U32, physvm_nl_name_info, uid),
	FIELD(PHYSVM_NL_A_NAME_GID, FIELD_U32, physvm_nl_name_info, gid),
	FIELD(PHYSVM_NL_A_NAME_MODE, FIELD_U32, physvm_nl_name_info, mode),
	FIELD(PHYSVM_NL_A_NAME_MAX_PROT, FIELD_U32, physvm_nl_name_info, max_prot),
	FIELD(PHYSVM_NL_A_NAME_PAGES, FIELD_U64, physvm_nl_name_info, pages),
	FIELD(PHYSVM_NL_A_NAME_OPENERS, FIELD_U32, physvm_nl_name_info, openers),
	FIELD(PHYSVM_NL_A_NAME_EXCLUSIVE, FIELD_FLAG, physvm_nl_name_info, exclusive),
	{ 0 }
};

const struct noun name_noun = {
	.size = sizeof(struct physvm_nl_name_info),
	.get = PHYSVM_NL_CMD_NAME_GET,
	.device_fd = PHYSVM_NL_A_NAME_DEVICE_FD,
	.fields = fields,
};

EXPORT int physvm_nl_names(struct physvm_nl *nl, physvm_nl_name_fn *fn, void *data)
{
	return list_each(nl, &name_noun, NULL, NULL, (list_fn *)fn, data);
}

EXPORT int physvm_nl_remove_name(struct physvm_nl *nl, const char *name)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_NAME_REMOVE, 0, 0);

	request_string(&message, PHYSVM_NL_A_NAME_NAME, name);
	return request_one(nl, message, NULL, NULL);
}

EXPORT int physvm_nl_remove_name_id(struct physvm_nl *nl, uint64_t id)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_NAME_REMOVE, 0, 0);

	request_u64(&message, PHYSVM_NL_A_NAME_ID, id);
	return request_one(nl, message, NULL, NULL);
}
