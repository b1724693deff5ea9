/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users and cgroups have, and may have, over generic netlink. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_LIMIT_H
#define PHYSVM_SELFTESTS_LIMIT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/physvm_netlink.h>

/* No limit is set. */
#define UNSET UINT64_MAX

struct limit {
	uint32_t account;
	uint64_t id;
	uint64_t pages, peak, areas, failures;
	uint64_t max_pages, max_percent, max_areas;
};

/* A request, or a part of an answer. */
struct limit_message {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	char attrs[16384];
};

static inline void limit_put(struct limit_message *message, int type, const void *data,
			     size_t length)
{
	struct nlattr *attr = (void *)message + NLMSG_ALIGN(message->header.nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attr + NLA_HDRLEN, data, length);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) +
				    NLA_ALIGN(attr->nla_len);
}

static inline void limit_put_u32(struct limit_message *message, int type, uint32_t value)
{
	limit_put(message, type, &value, sizeof(value));
}

static inline void limit_put_u64(struct limit_message *message, int type, uint64_t value)
{
	limit_put(message, type, &value, sizeof(value));
}

static inline void limit_begin(struct limit_message *message, uint16_t family, uint8_t cmd,
			       uint16_t flags)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST | flags;
	message->genl.cmd = cmd;
	message->genl.version = 1;
}

/* What is in an answer. */

static inline const struct nlattr *limit_find(const char *at, const char *end, int type)
{
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const struct nlattr *)at;

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/* UNSET where there is none. */
static inline uint64_t limit_number(const struct nlattr *attr)
{
	uint64_t value = 0;

	if (!attr)
		return UNSET;
	memcpy(&value, (const char *)attr + NLA_HDRLEN, attr->nla_len - NLA_HDRLEN);
	return value;
}

static inline const char *limit_end(const struct nlmsghdr *header)
{
	return (const char *)header + header->nlmsg_len;
}

static inline const char *limit_start(const struct nlmsghdr *header)
{
	return (const char *)header + NLMSG_LENGTH(GENL_HDRLEN);
}

static inline uint64_t limit_value(const struct nlmsghdr *header, int type)
{
	return limit_number(limit_find(limit_start(header), limit_end(header), type));
}

static inline struct limit limit_from(const struct nlmsghdr *header)
{
	return (struct limit){
		.account = limit_value(header, PHYSVM_NL_A_LIMIT_ACCOUNT),
		.id = limit_value(header, PHYSVM_NL_A_LIMIT_ID),
		.pages = limit_value(header, PHYSVM_NL_A_LIMIT_PAGES),
		.peak = limit_value(header, PHYSVM_NL_A_LIMIT_PEAK),
		.areas = limit_value(header, PHYSVM_NL_A_LIMIT_AREAS),
		.failures = limit_value(header, PHYSVM_NL_A_LIMIT_FAILURES),
		.max_pages = limit_value(header, PHYSVM_NL_A_LIMIT_MAX_PAGES),
		.max_percent = limit_value(header, PHYSVM_NL_A_LIMIT_MAX_PERCENT),
		.max_areas = limit_value(header, PHYSVM_NL_A_LIMIT_MAX_AREAS),
	};
}

/* Asking. */

static inline int limit_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
}

/*
 * Sends a request and has @see see each message of the answer. The errno of the
 * answer, 0 for success.
 */
static inline int limit_ask(int sock, struct limit_message *request,
			    void (*see)(const struct nlmsghdr *header, void *data), void *data)
{
	static char buffer[65536];
	const struct nlmsghdr *header;
	int left;

	if (send(sock, request, request->header.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		left = recv(sock, buffer, sizeof(buffer), 0);
		if (left < 0)
			return errno;
		for (header = (void *)buffer; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(header);
			if (header->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
			see(header, data);
		}
	}
}

static inline void limit_see_family(const struct nlmsghdr *header, void *data)
{
	*(uint16_t *)data = limit_value(header, CTRL_ATTR_FAMILY_ID);
}

/* 0 if there is none. */
static inline uint16_t limit_family(int sock)
{
	struct limit_message request;
	uint16_t family = 0;

	limit_begin(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	limit_put(&request, CTRL_ATTR_FAMILY_NAME, PHYSVM_FAMILY_NAME,
		  sizeof(PHYSVM_FAMILY_NAME));
	limit_ask(sock, &request, limit_see_family, &family);
	return family;
}

/* One request from a socket of its own; device is a descriptor, or -1. */
static inline int limit_request(uint8_t cmd, uint16_t flags, int device,
				void (*fill)(struct limit_message *request, const void *arg),
				const void *arg,
				void (*see)(const struct nlmsghdr *header, void *data), void *data)
{
	struct limit_message request;
	int sock = limit_socket();
	int err;

	limit_begin(&request, limit_family(sock), cmd, flags);
	if (fill)
		fill(&request, arg);
	if (device >= 0)
		limit_put_u32(&request, PHYSVM_NL_A_LIMIT_DEVICE_FD, device);
	err = limit_ask(sock, &request, see, data);
	close(sock);
	return err;
}

static inline void limit_fill_whom(struct limit_message *request, const void *arg)
{
	const struct limit *limit = arg;

	limit_put_u32(request, PHYSVM_NL_A_LIMIT_ACCOUNT, limit->account);
	limit_put_u64(request, PHYSVM_NL_A_LIMIT_ID, limit->id);
}

static inline void limit_see(const struct nlmsghdr *header, void *data)
{
	*(struct limit *)data = limit_from(header);
}

/* The errno. */
static inline int limit_get(int device, uint32_t account, uint64_t id, struct limit *limit)
{
	const struct limit whom = { .account = account, .id = id };

	return limit_request(PHYSVM_NL_CMD_LIMIT_GET, NLM_F_ACK, device, limit_fill_whom, &whom,
			     limit_see, limit);
}

static inline struct limit limit_of(uint32_t account, uint64_t id)
{
	struct limit limit;

	if (limit_get(-1, account, id, &limit))
		memset(&limit, 0xee, sizeof(limit));
	return limit;
}

static inline void limit_fill_limits(struct limit_message *request, const void *arg)
{
	const struct limit *limit = arg;

	limit_fill_whom(request, limit);
	if (limit->max_pages != UNSET)
		limit_put_u64(request, PHYSVM_NL_A_LIMIT_MAX_PAGES, limit->max_pages);
	if (limit->max_percent != UNSET)
		limit_put_u32(request, PHYSVM_NL_A_LIMIT_MAX_PERCENT, limit->max_percent);
	if (limit->max_areas != UNSET)
		limit_put_u64(request, PHYSVM_NL_A_LIMIT_MAX_AREAS, limit->max_areas);
}

static inline int limit_set(uint32_t account, uint64_t id, uint64_t pages, uint64_t percent,
			    uint64_t areas)
{
	const struct limit limit = {
		.account = account,
		.id = id,
		.max_pages = pages,
		.max_percent = percent,
		.max_areas = areas,
	};

	return limit_request(PHYSVM_NL_CMD_LIMIT_SET, NLM_F_ACK, -1, limit_fill_limits, &limit,
			     limit_see, NULL);
}

static inline void limit_fill_reset(struct limit_message *request, const void *arg)
{
	limit_fill_whom(request, arg);
	limit_put(request, PHYSVM_NL_A_LIMIT_RESET, NULL, 0);
}

static inline int limit_reset(uint32_t account, uint64_t id)
{
	const struct limit whom = { .account = account, .id = id };

	return limit_request(PHYSVM_NL_CMD_LIMIT_SET, NLM_F_ACK, -1, limit_fill_reset, &whom,
			     limit_see, NULL);
}

/* Allocations that have failed, by enum physvm_nl_failure. */
#define LIMIT_CAUSES (PHYSVM_NL_FAILURE_FRAGMENTED + 1)

struct limit_failures {
	uint64_t counts[LIMIT_CAUSES];
};

static inline void limit_see_cause(const struct nlattr *nest, struct limit_failures *failures)
{
	const char *at = (const char *)nest + NLA_HDRLEN, *end = (const char *)nest + nest->nla_len;
	const uint64_t cause = limit_number(limit_find(at, end, PHYSVM_NL_A_FAILURES_CAUSE));

	if (cause < LIMIT_CAUSES)
		failures->counts[cause] =
			limit_number(limit_find(at, end, PHYSVM_NL_A_FAILURES_COUNT));
}

static inline void limit_see_failures(const struct nlmsghdr *header, void *data)
{
	const char *at = limit_start(header), *end = limit_end(header);
	const struct nlattr *nest;

	while ((nest = limit_find(at, end, PHYSVM_NL_A_STATS_FAILURES))) {
		limit_see_cause(nest, data);
		at = (const char *)nest + NLA_ALIGN(nest->nla_len);
	}
}

static inline struct limit_failures limit_failures(void)
{
	struct limit_failures failures;

	memset(&failures, 0xee, sizeof(failures));
	limit_request(PHYSVM_NL_CMD_STATS_GET, NLM_F_ACK, -1, NULL, NULL, limit_see_failures,
		      &failures);
	return failures;
}

/* All there are, as the device's descriptor lets one see; the number, or -errno. */
struct limit_list {
	struct limit limits[256];
	int count;
};

static inline void limit_see_one(const struct nlmsghdr *header, void *data)
{
	struct limit_list *list = data;

	if (list->count < 256)
		list->limits[list->count] = limit_from(header);
	list->count++;
}

static inline int limit_dump(int device, struct limit_list *list)
{
	list->count = 0;
	return limit_request(PHYSVM_NL_CMD_LIMIT_GET, NLM_F_DUMP, device, NULL, NULL,
			     limit_see_one, list);
}

#endif
