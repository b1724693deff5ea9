/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_NETLINK_H
#define PHYSVM_NETLINK_H

#include <linux/uidgid.h>

#include "netlink_gen.h"
#include "pool.h"

struct pid_namespace;
struct user_namespace;

/**
 * struct netlink_reader - Who has asked, and what they may see
 * @pid_ns: processes are told by their numbers there
 * @user_ns: users likewise: that of who opened the socket, which keeps it
 * @uid: whose things they see if not @admin
 * @admin: everything
 */
struct netlink_reader {
	struct pid_namespace *pid_ns;
	struct user_namespace *user_ns;
	kuid_t uid;
	bool admin;
};

/**
 * struct netlink_dump - Where a dump has got to, in the callback's own memory
 * @reader: as of the request: who fetches the rest may be somebody else. It has a
 *	reference to @reader.pid_ns
 * @after: what has been told, by number
 * @key: of a part of it
 */
struct netlink_dump {
	struct netlink_reader reader;
	u64 after;
	u64 key[2];
};

static inline struct netlink_dump *netlink_dump_of(struct netlink_callback *cb)
{
	return (struct netlink_dump *)cb->ctx;
}

int netlink_register(struct physvm_pool *pools);
void netlink_unregister(void);

struct physvm_pool *netlink_pool(unsigned int kind);

int netlink_reader_init(struct netlink_reader *reader, const struct sk_buff *skb,
			struct nlattr **attrs, int fd_attr, struct netlink_ext_ack *extack);
int netlink_require_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack);
bool netlink_may_see(const struct netlink_reader *reader, kuid_t uid);

int netlink_put_u64(struct sk_buff *skb, int attr, u64 value);
int netlink_put_uid(struct sk_buff *skb, int attr, const struct netlink_reader *reader,
		    kuid_t uid);

/* Fills a message with what @data says. Returns 0 or -EMSGSIZE. */
typedef int netlink_fill_fn(struct sk_buff *skb, const struct netlink_reader *reader,
			    const void *data);

int netlink_reply(struct genl_info *info, const struct netlink_reader *reader,
		  netlink_fill_fn *fill, const void *data);
int netlink_dump_one(struct sk_buff *skb, struct netlink_callback *cb, netlink_fill_fn *fill,
		     const void *data);

#endif
