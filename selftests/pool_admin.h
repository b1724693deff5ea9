/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking for pools to be changed, over generic netlink. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_POOL_ADMIN_H
#define PHYSVM_SELFTESTS_POOL_ADMIN_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "../uapi/physvm_netlink.h"
#include "util.h"

/* A message being made, or one that has arrived. */
struct admin_message {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char attrs[8192];
};

static inline void admin_begin(struct admin_message *message, uint16_t family, uint8_t command)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->command.cmd = command;
	message->command.version = 1;
}

static inline void admin_put(struct admin_message *message, uint16_t type, const void *value,
			     size_t length)
{
	struct nlattr *attr = (void *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attr + NLA_HDRLEN, value, length);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) +
				    NLA_ALIGN(attr->nla_len);
}

static inline void admin_put_u32(struct admin_message *message, uint16_t type, uint32_t value)
{
	admin_put(message, type, &value, sizeof(value));
}

static inline void admin_put_u64(struct admin_message *message, uint16_t type, uint64_t value)
{
	admin_put(message, type, &value, sizeof(value));
}

/* The first attribute of that type in [@attr, @end), or NULL. */
static inline const void *admin_find(const void *attrs, const void *end, uint16_t type)
{
	const struct nlattr *attr = attrs;

	while ((const char *)attr + NLA_HDRLEN <= (const char *)end &&
	       attr->nla_len >= NLA_HDRLEN) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return (const char *)attr + NLA_HDRLEN;
		attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
	}
	return NULL;
}

static inline const void *admin_get(const struct admin_message *message, uint16_t type)
{
	return admin_find(message->attrs, (const char *)message + message->header.nlmsg_len, type);
}

/* 0 if it is not there. */
static inline uint64_t admin_get_u64(const struct admin_message *message, uint16_t type)
{
	const void *value = admin_get(message, type);
	uint64_t number = 0;

	if (value)
		memcpy(&number, value, sizeof(number));
	return number;
}

/* Sends it; the errno of what comes back, and the answer, if any, in @answer. */
static inline int admin_ask(struct admin_message *message, struct admin_message *answer)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct admin_message next;
	int error = errno;

	if (fd < 0)
		return error;
	error = send(fd, message, message->header.nlmsg_len, 0) < 0 ? errno : 0;
	while (!error) {
		if (recv(fd, &next, sizeof(next), 0) <= 0) {
			error = errno;
			break;
		}
		if (next.header.nlmsg_type == NLMSG_ERROR) {
			error = -((struct nlmsgerr *)NLMSG_DATA(&next.header))->error;
			break;
		}
		if (answer)
			*answer = next;
	}
	close(fd);
	return error;
}

/* The number of the family, or 0, which the kernel takes for nothing to be done. */
static inline uint16_t admin_family(void)
{
	struct admin_message message, answer = {};
	static uint16_t family;
	const uint16_t *id;

	if (family)
		return family;
	admin_begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	admin_put(&message, CTRL_ATTR_FAMILY_NAME, PHYSVM_FAMILY_NAME,
		  sizeof(PHYSVM_FAMILY_NAME));
	if (admin_ask(&message, &answer))
		return 0;
	id = admin_get(&answer, CTRL_ATTR_FAMILY_ID);
	family = id ? *id : 0;
	return family;
}

/* What is to be changed. */
struct admin_resize {
	uint64_t bytes;
	uint64_t phys;		/* 0 for anywhere */
	uint32_t pool;
	uint32_t node;
	bool on_node;
	bool partial;
	uint64_t changed;	/* pages, filled */
};

static inline int admin_resize(uint8_t command, struct admin_resize *resize)
{
	struct admin_message message, answer = {};
	int error;

	admin_begin(&message, admin_family(), command);
	admin_put_u32(&message, PHYSVM_NL_A_POOL_KIND, resize->pool);
	admin_put_u64(&message, PHYSVM_NL_A_POOL_BYTES, resize->bytes);
	if (resize->phys)
		admin_put_u64(&message, PHYSVM_NL_A_POOL_PHYS, resize->phys);
	if (resize->on_node)
		admin_put_u32(&message, PHYSVM_NL_A_POOL_NODE_ID, resize->node);
	if (resize->partial)
		admin_put(&message, PHYSVM_NL_A_POOL_PARTIAL, NULL, 0);
	error = admin_ask(&message, &answer);
	resize->changed = admin_get_u64(&answer, PHYSVM_NL_A_POOL_CHANGED);
	return error;
}

static inline int admin_grow(uint64_t bytes)
{
	struct admin_resize resize = { .bytes = bytes };

	return admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize);
}

static inline int admin_shrink(uint64_t bytes)
{
	struct admin_resize resize = { .bytes = bytes };

	return admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize);
}

static inline int admin_grow_at(uint64_t phys)
{
	struct admin_resize resize = { .bytes = BLOCK, .phys = phys };

	return admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize);
}

static inline int admin_shrink_at(uint64_t phys)
{
	struct admin_resize resize = { .bytes = BLOCK, .phys = phys };

	return admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize);
}

static inline int admin_watermarks(uint64_t low, uint64_t high)
{
	struct admin_message message;

	admin_begin(&message, admin_family(), PHYSVM_NL_CMD_POOL_SET);
	admin_put_u32(&message, PHYSVM_NL_A_POOL_KIND, PHYSVM_POOL_RAM);
	admin_put_u64(&message, PHYSVM_NL_A_POOL_LOW, low);
	admin_put_u64(&message, PHYSVM_NL_A_POOL_HIGH, high);
	return admin_ask(&message, NULL);
}

/* What is known of the pool, in @answer. */
static inline int admin_look(struct admin_message *answer)
{
	struct admin_message message;

	admin_begin(&message, admin_family(), PHYSVM_NL_CMD_POOL_GET);
	admin_put_u32(&message, PHYSVM_NL_A_POOL_KIND, PHYSVM_POOL_RAM);
	return admin_ask(&message, answer);
}

#endif
