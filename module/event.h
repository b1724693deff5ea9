/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_EVENT_H
#define PHYSVM_EVENT_H

#include <linux/bits.h>
#include <linux/types.h>

#include "../uapi/physvm.h"
#include "../uapi/physvm_netlink.h"

/* Which members of struct event have a meaning. */
#define EVENT_POOL BIT(0)
#define EVENT_PAGES BIT(1)
#define EVENT_ACCOUNT BIT(2)	/* @account and @id */
#define EVENT_UID BIT(3)
#define EVENT_PID BIT(4)
#define EVENT_NAME BIT(5)
#define EVENT_AREA_ID BIT(6)
#define EVENT_AREAS BIT(7)

/**
 * struct event - Something that has happened
 * @kind: enum physvm_nl_event
 * @has: EVENT_*
 * @pool: enum physvm_pool_kind
 * @account: enum physvm_nl_account
 * @uid: in the initial user namespace
 * @pid: in the initial namespace of processes
 * @pages: of what, depends on @kind
 * @id: of the account
 * @area_id: the area
 * @areas: how many
 * @name: zeros behind it
 */
struct event {
	u32 kind;
	u32 has;
	u32 pool;
	u32 account;
	u32 uid;
	u32 pid;
	u64 pages;
	u64 id;
	u64 area_id;
	u64 areas;
	u8 name[PHYSVM_NAME_SIZE];
};

bool event_wanted(void);
void event_post(const struct event *event);
void event_post_returned(u32 pid, u32 uid, u64 pages);
void event_count(u64 *seq, u64 *lost);

void event_start(void);
void event_stop(void);

#endif
