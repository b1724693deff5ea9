// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What users and cgroups have, and may have.
 */
#include "export.h"
#include "list.h"

static const struct field fields[] = {
	FIELD(PHYSVM_NL_A_LIMIT_ACCOUNT, FIELD_U32, physvm_nl_limit_info, account),
	FIELD(PHYSVM_NL_A_LIMIT_ID, FIELD_U64, physvm_nl_limit_info, id),
	FIELD(PHYSVM_NL_A_LIMIT_PAGES, FIELD_U64, physvm_nl_limit_info, pages),
	FIELD(PHYSVM_NL_A_LIMIT_PEAK, FIELD_U64, physvm_nl_limit_info, peak),
	FIELD(PHYSVM_NL_A_LIMIT_AREAS, FIELD_U64, physvm_nl_limit_info, areas),
	FIELD(PHYSVM_NL_A_LIMIT_MAX_PAGES, FIELD_U64, physvm_nl_limit_info, max_pages),
	FIELD(PHYSVM_NL_A_LIMIT_MAX_PERCENT, FIELD_U32, physvm_nl_limit_info, max_percent),
	FIELD(PHYSVM_NL_A_LIMIT_MAX_AREAS, FIELD_U64, physvm_nl_limit_info, max_areas),
	FIELD(PHYSVM_NL_A_LIMIT_FAILURES, FIELD_U64, physvm_nl_limit_info, failures),
	{ 0 }
};

const struct noun limit_noun = {
	.size = sizeof(struct physvm_nl_limit_info),
	.get = PHYSVM_NL_CMD_LIMIT_GET,
	.device_fd = PHYSVM_NL_A_LIMIT_DEVICE_FD,
	.fields = fields,
};

EXPORT int physvm_nl_limits(struct physvm_nl *nl, physvm_nl_limit_fn *fn, void *data)
{
	return list_each(nl, &limit_noun, NULL, NULL, (list_fn *)fn, data);
}

static struct nl_msg *about(struct physvm_nl *nl, uint8_t command, uint16_t device_fd,
			    unsigned int account, uint64_t id)
{
	struct nl_msg *message = request_new(nl, command, 0, device_fd);

	request_u32(&message, PHYSVM_NL_A_LIMIT_ACCOUNT, account);
	request_u64(&message, PHYSVM_NL_A_LIMIT_ID, id);
	return message;
}

EXPORT int physvm_nl_limit(struct physvm_nl *nl, unsigned int account, uint64_t id,
			   struct physvm_nl_limit_info *info)
{
	struct nl_msg *message = about(nl, PHYSVM_NL_CMD_LIMIT_GET,
				       PHYSVM_NL_A_LIMIT_DEVICE_FD, account, id);

	return request_one(nl, message, &limit_noun, info);
}

EXPORT int physvm_nl_set_limit(struct physvm_nl *nl, const struct physvm_nl_limit_set *set)
{
	struct nl_msg *message = about(nl, PHYSVM_NL_CMD_LIMIT_SET, 0, set->account, set->id);

	if (set->flags & PHYSVM_NL_LIMIT_PAGES)
		request_u64(&message, PHYSVM_NL_A_LIMIT_MAX_PAGES, set->max_pages);
	if (set->flags & PHYSVM_NL_LIMIT_PERCENT)
		request_u32(&message, PHYSVM_NL_A_LIMIT_MAX_PERCENT, set->max_percent);
	if (set->flags & PHYSVM_NL_LIMIT_AREAS)
		request_u64(&message, PHYSVM_NL_A_LIMIT_MAX_AREAS, set->max_areas);
	return request_one(nl, message, NULL, NULL);
}

EXPORT int physvm_nl_reset_limit(struct physvm_nl *nl, unsigned int account, uint64_t id)
{
	struct nl_msg *message = about(nl, PHYSVM_NL_CMD_LIMIT_SET, 0, account, id);

	request_flag(&message, PHYSVM_NL_A_LIMIT_RESET);
	return request_one(nl, message, NULL, NULL);
}
