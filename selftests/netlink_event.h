/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of the netlink family. Include after netlink.h.
 */
#ifndef PHYSVM_SELFTESTS_NETLINK_EVENT_H
#define PHYSVM_SELFTESTS_NETLINK_EVENT_H

#include "nl.h"
#include "util.h"

struct event {
	uint64_t seq, lost, kind, time, repeated, pool, pages, account, id, uid, pid, area_id;
	uint64_t areas;
	char name[PHYSVM_NAME_SIZE];
};

static inline struct event event_from(const struct nl_attrs *attrs)
{
	struct event event = {
		.seq = nl_number(attrs, PHYSVM_NL_A_EVENT_SEQ),
		.lost = nl_number(attrs, PHYSVM_NL_A_EVENT_LOST),
		.kind = nl_number(attrs, PHYSVM_NL_A_EVENT_EVENT),
		.time = nl_number(attrs, PHYSVM_NL_A_EVENT_TIME),
		.repeated = nl_number(attrs, PHYSVM_NL_A_EVENT_REPEATED),
		.pool = nl_number(attrs, PHYSVM_NL_A_EVENT_POOL),
		.pages = nl_number(attrs, PHYSVM_NL_A_EVENT_PAGES),
		.account = nl_number(attrs, PHYSVM_NL_A_EVENT_ACCOUNT),
		.id = nl_number(attrs, PHYSVM_NL_A_EVENT_ID),
		.uid = nl_number(attrs, PHYSVM_NL_A_EVENT_UID),
		.pid = nl_number(attrs, PHYSVM_NL_A_EVENT_PID),
		.area_id = nl_number(attrs, PHYSVM_NL_A_EVENT_AREA_ID),
		.areas = nl_number(attrs, PHYSVM_NL_A_EVENT_AREAS),
	};

	if (nl_has(attrs, PHYSVM_NL_A_EVENT_NAME))
		snprintf(event.name, sizeof(event.name), "%s",
			 (const char *)nl_data(attrs, PHYSVM_NL_A_EVENT_NAME));
	return event;
}

/*
 * The next one, with its number in @seq; one with kind UINT64_MAX if none comes, or
 * not the one with the number after @seq, if that is not 0.
 */
static inline struct event next_event_of_any_kind(struct nl *nl, uint64_t *seq)
{
	const struct nlmsghdr *header = nl_next(nl);
	struct event event = { .kind = UINT64_MAX };
	struct nl_attrs attrs;

	if (!header)
		return event;
	nl_read_attrs(header, &attrs);
	if (attrs.cmd == PHYSVM_NL_CMD_EVENT)
		event = event_from(&attrs);
	if (*seq && event.seq != *seq + 1)
		event.kind = UINT64_MAX;
	*seq = event.seq;
	return event;
}

/* The next of @kind, likewise. */
static inline struct event next_event(struct nl *nl, uint32_t kind, uint64_t *seq)
{
	struct event event;

	do
		event = next_event_of_any_kind(nl, seq);
	while (event.kind != kind && event.kind != UINT64_MAX);
	return event;
}

#endif
