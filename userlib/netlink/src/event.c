// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Events.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>

#include "export.h"
#include "request.h"

#define EVENT(attribute, type, member) \
	FIELD(PHYSVM_NL_A_EVENT_##attribute, type, physvm_nl_event_info, member)

static const struct field fields[] = {
	EVENT(SEQ, FIELD_U64, seq),
	EVENT(LOST, FIELD_U64, lost),
	EVENT(EVENT, FIELD_U32, event),
	EVENT(TIME, FIELD_U64, time),
	EVENT(REPEATED, FIELD_U32, repeated),
	EVENT(POOL, FIELD_U32, pool),
	EVENT(PAGES, FIELD_U64, pages),
	EVENT(ACCOUNT, FIELD_U32, account),
	EVENT(ID, FIELD_U64, id),
	EVENT(UID, FIELD_U32, uid),
	EVENT(PID, FIELD_U32, pid),
	EVENT(NAME, FIELD_STRING, name),
	EVENT(AREA_ID, FIELD_U64, area_id),
	EVENT(AREAS, FIELD_U64, areas),
	{ 0 }
};

const struct noun event_noun = {
	.size = sizeof(struct physvm_nl_event_info),
	.fields = fields,
};

/* Events in one datagram; the kernel sends one in each. */
#define READY_MAX 16

/**
 * struct physvm_nl_events - a subscription
 * @socket: of libnl
 * @callbacks: for it
 * @seq: of the last event seen, if @seen
 * @lost: how many were missed
 * @seen: one was
 * @first: of @ready, the next to hand out
 * @count: of @ready, how many were read
 * @ready: what was read
 */
struct physvm_nl_events {
	struct nl_sock *socket;
	struct nl_cb *callbacks;
	uint64_t seq;
	uint64_t lost;
	bool seen;
	unsigned int first;
	unsigned int count;
	struct physvm_nl_event_info ready[READY_MAX];
};

/* A number that is not one more than the one before shows what was missed. */
static void count_lost(struct physvm_nl_events *events, uint64_t seq)
{
	if (events->seen && seq > events->seq + 1)
		events->lost += seq - events->seq - 1;
	events->seq = seq;
	events->seen = true;
}

static int on_event(struct nl_msg *message, void *data)
{
	struct physvm_nl_events *events = data;
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (genlmsg_hdr(header)->cmd != PHYSVM_NL_CMD_EVENT || events->count == READY_MAX)
		return NL_OK;
	request_decode(header, &event_noun, &events->ready[events->count]);
	count_lost(events, events->ready[events->count].seq);
	events->count++;
	return NL_OK;
}

static int any_number(struct nl_msg *message, void *data)
{
	(void)message;
	(void)data;
	return NL_OK;
}

static int join(struct physvm_nl_events *events)
{
	const int group = genl_ctrl_resolve_grp(events->socket, PHYSVM_FAMILY_NAME,
						PHYSVM_MCGRP_EVENTS);
	int err = group < 0 ? group : nl_socket_add_membership(events->socket, group);

	if (!err)
		err = nl_socket_set_nonblocking(events->socket);
	return physvm_nl_errno(err);
}

static int listen_at(struct physvm_nl_events *events)
{
	events->callbacks = nl_cb_alloc(NL_CB_CUSTOM);
	if (!events->callbacks)
		return -ENOMEM;
	nl_cb_set(events->callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	nl_cb_set(events->callbacks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_number, NULL);
	return join(events);
}

static int subscribe(struct physvm_nl_events *events)
{
	int family, err = physvm_nl_connect(&events->socket, &family);

	if (err) {
		free(events);
		return err;
	}
	err = listen_at(events);
	if (err)
		physvm_nl_unsubscribe(events);
	return err;
}

EXPORT int physvm_nl_subscribe(struct physvm_nl_events **events)
{
	const int saved_errno = errno;
	struct physvm_nl_events *made = calloc(1, sizeof(*made));
	int err = made ? subscribe(made) : -ENOMEM;

	if (!err)
		*events = made;
	errno = saved_errno;
	return err;
}

EXPORT void physvm_nl_unsubscribe(struct physvm_nl_events *events)
{
	if (!events)
		return;
	nl_cb_put(events->callbacks);
	nl_socket_free(events->socket);
	free(events);
}

EXPORT int physvm_nl_events_fd(const struct physvm_nl_events *events)
{
	return nl_socket_get_fd(events->socket);
}

/*
 * A full socket is an error once, NLE_NOMEM to libnl, and what was lost is a gap
 * in the numbers: the next attempt reads what is left.
 */
static int read_events(struct physvm_nl_events *events)
{
	int err;

	events->first = 0;
	events->count = 0;
	do
		err = nl_recvmsgs(events->socket, events->callbacks);
	while (!events->count && (err >= 0 || err == -NLE_NOMEM || err == -NLE_INTR));
	return events->count ? 0 : physvm_nl_errno(err);
}

EXPORT int physvm_nl_next_event(struct physvm_nl_events *events,
				struct physvm_nl_event_info *info)
{
	const int err = events->first < events->count ? 0 : read_events(events);

	if (!err)
		*info = events->ready[events->first++];
	return err;
}

EXPORT uint64_t physvm_nl_events_lost(const struct physvm_nl_events *events)
{
	return events->lost;
}
