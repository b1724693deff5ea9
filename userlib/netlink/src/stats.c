// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Counters.
 */
#include "export.h"
#include "request.h"

#define COUNTER(attribute, member) \
	FIELD(PHYSVM_NL_A_STATS_##attribute, FIELD_U64, physvm_nl_stats_info, member)

static const struct field fields[] = {
	COUNTER(FAULT_PAGES, fault_pages),
	COUNTER(FAULT_BLOCKS, fault_blocks),
	COUNTER(FAULT_FRAMES, fault_frames),
	COUNTER(FAULT_SEGV, fault_segv),
	COUNTER(FAULT_BUS, fault_bus),
	COUNTER(FAULT_FILLS, fault_fills),
	COUNTER(UPCALLS, upcalls),
	COUNTER(ZEROED, zeroed),
	COUNTER(TAKEN, taken),
	COUNTER(GIVEN, given),
	COUNTER(QUARANTINE_IN, quarantine_in),
	COUNTER(QUARANTINE_OUT, quarantine_out),
	COUNTER(EVENTS, events),
	COUNTER(EVENTS_LOST, events_lost),
	{ 0 }
};

struct failures {
	uint32_t has;
	uint32_t cause;
	uint64_t count;
};

static const struct field failure_fields[] = {
	FIELD(PHYSVM_NL_A_FAILURES_CAUSE, FIELD_U32, failures, cause),
	FIELD(PHYSVM_NL_A_FAILURES_COUNT, FIELD_U64, failures, count),
	{ 0 }
};

static void add_failures(const struct nlattr *attribute, void *data)
{
	struct physvm_nl_stats_info *info = data;
	struct failures failures = { 0 };

	if (nla_type(attribute) != PHYSVM_NL_A_STATS_FAILURES)
		return;
	decode(nla_data(attribute), nla_len(attribute), failure_fields, NULL, &failures);
	if (failures.cause >= PHYSVM_NL_FAILURES_MAX)
		return;
	info->failures[failures.cause] = failures.count;
	info->has |= 1u << PHYSVM_NL_A_STATS_FAILURES;
}

const struct noun stats_noun = {
	.size = sizeof(struct physvm_nl_stats_info),
	.get = PHYSVM_NL_CMD_STATS_GET,
	.device_fd = PHYSVM_NL_A_STATS_DEVICE_FD,
	.fields = fields,
	.nest = add_failures,
};

EXPORT int physvm_nl_stats(struct physvm_nl *nl, struct physvm_nl_stats_info *info)
{
	struct nl_msg *message = request_new(nl, PHYSVM_NL_CMD_STATS_GET, 0,
					     PHYSVM_NL_A_STATS_DEVICE_FD);

	return request_one(nl, message, &stats_noun, info);
}
