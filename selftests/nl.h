/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speaks to the generic netlink family, message by message: tests want to send what
 * no library would, and to see answers as they are. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_NL_H
#define PHYSVM_SELFTESTS_NL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <linux/physvm_netlink.h>

#define NL_ATTRS 32

/* Seconds within which there must be an answer, or an event. */
#define NL_PATIENCE 300

/**
 * struct nl - A socket that speaks to the family
 * @fd: the socket
 * @seq: of the last request
 * @family: number of the family
 * @group: number of its multicast group
 * @fetched: bytes in @buffer, of which @at are done with
 */
struct nl {
	int fd;
	uint32_t seq;
	uint16_t family;
	uint32_t group;
	size_t fetched;
	size_t at;
	char buffer[64 << 10] __attribute__((aligned(8)));
};

/* A request in the making; attributes are appended. */
struct nl_request {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	char attrs[2048];
};

/* What a request came to. Offset 0: no attribute was named as bad. */
struct nl_result {
	int error;
	uint32_t bad_offset;
	uint32_t missing;
	char text[160];
	unsigned int messages;
	bool interrupted;
};

/**
 * struct nl_attrs - What is in a message, or in a nest
 * @cmd: of the message
 * @at: the first attribute, @size bytes with all others
 * @of: the last one of each number; NULL where there is none
 */
struct nl_attrs {
	uint8_t cmd;
	const char *at;
	size_t size;
	const struct nlattr *of[NL_ATTRS];
};

typedef void nl_fn(const struct nl_attrs *attrs, void *data);

static inline struct nl_request nl_request(const struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return (struct nl_request){
		.header = {
			.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
			.nlmsg_type = nl->family,
			.nlmsg_flags = NLM_F_REQUEST | flags,
		},
		.genl = { .cmd = cmd, .version = 1 },
	};
}

/* Where the next attribute goes, from the beginning of the message. */
static inline uint32_t nl_next_offset(const struct nl_request *request)
{
	return NLMSG_ALIGN(request->header.nlmsg_len);
}

static inline void nl_put(struct nl_request *request, int type, const void *data, size_t size)
{
	char *at = (char *)request + nl_next_offset(request);
	struct nlattr *attr = (struct nlattr *)at;

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	memcpy(at + NLA_HDRLEN, data, size);
	request->header.nlmsg_len = nl_next_offset(request) + NLA_ALIGN(attr->nla_len);
}

static inline void nl_put_u32(struct nl_request *request, int type, uint32_t value)
{
	nl_put(request, type, &value, sizeof(value));
}

static inline void nl_put_u64(struct nl_request *request, int type, uint64_t value)
{
	nl_put(request, type, &value, sizeof(value));
}

static inline void nl_put_text(struct nl_request *request, int type, const char *text)
{
	nl_put(request, type, text, strlen(text) + 1);
}

static inline bool nl_has(const struct nl_attrs *attrs, int type)
{
	return attrs->of[type];
}

static inline const void *nl_data(const struct nl_attrs *attrs, int type)
{
	return (const char *)attrs->of[type] + NLA_HDRLEN;
}

static inline uint64_t nl_number(const struct nl_attrs *attrs, int type)
{
	uint64_t value = 0;

	if (nl_has(attrs, type))
		memcpy(&value, nl_data(attrs, type), attrs->of[type]->nla_len - NLA_HDRLEN);
	return value;
}

/* Receiving. */

/* The attribute behind @attr, or the first if that is NULL; NULL if there is none. */
static inline const struct nlattr *nl_after(const struct nl_attrs *attrs,
					    const struct nlattr *attr)
{
	const char *end = attrs->at + attrs->size;
	const char *at = attr ? (const char *)attr + NLA_ALIGN(attr->nla_len) : attrs->at;
	const struct nlattr *next = (const struct nlattr *)at;

	if (at + NLA_HDRLEN > end || next->nla_len < NLA_HDRLEN || next->nla_len > end - at)
		return NULL;
	return next;
}

static inline int nl_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static inline void nl_index(const char *at, size_t size, struct nl_attrs *attrs)
{
	const struct nlattr *attr = NULL;

	attrs->at = at;
	attrs->size = size;
	while ((attr = nl_after(attrs, attr)))
		if (nl_type(attr) < NL_ATTRS)
			attrs->of[nl_type(attr)] = attr;
}

static inline struct nl_attrs nl_nest(const struct nlattr *attr)
{
	struct nl_attrs attrs = {};

	nl_index((const char *)attr + NLA_HDRLEN, attr->nla_len - NLA_HDRLEN, &attrs);
	return attrs;
}

/* The next message, or NULL with errno. */
static inline const struct nlmsghdr *nl_next(struct nl *nl)
{
	const struct nlmsghdr *header;

	if (nl->at >= nl->fetched) {
		const ssize_t size = recv(nl->fd, nl->buffer, sizeof(nl->buffer), 0);

		if (size <= 0)
			return NULL;
		nl->fetched = size;
		nl->at = 0;
	}
	header = (const struct nlmsghdr *)(nl->buffer + nl->at);
	nl->at += NLMSG_ALIGN(header->nlmsg_len);
	return header;
}

static inline void nl_read_attrs(const struct nlmsghdr *header, struct nl_attrs *attrs)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);

	*attrs = (struct nl_attrs){ .cmd = genl->cmd };
	nl_index((const char *)genl + GENL_HDRLEN,
		 header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), attrs);
}

/* An error with what the kernel says of it; behind the request, or a part of it. */
static inline void nl_read_error(const struct nlmsghdr *header, size_t skip,
				 struct nl_result *result)
{
	struct nl_attrs attrs = {};
	const char *data = NLMSG_DATA(header);

	memcpy(&result->error, data, sizeof(result->error));
	result->error = -result->error;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	nl_index(data + skip, header->nlmsg_len - NLMSG_HDRLEN - skip, &attrs);
	result->bad_offset = nl_number(&attrs, NLMSGERR_ATTR_OFFS);
	result->missing = nl_number(&attrs, NLMSGERR_ATTR_MISS_TYPE);
	if (nl_has(&attrs, NLMSGERR_ATTR_MSG))
		snprintf(result->text, sizeof(result->text), "%s",
			 (const char *)nl_data(&attrs, NLMSGERR_ATTR_MSG));
}

static inline bool nl_send(struct nl *nl, struct nl_request *request)
{
	request->header.nlmsg_seq = ++nl->seq;
	return send(nl->fd, request, request->header.nlmsg_len, 0) ==
	       request->header.nlmsg_len;
}

/* @fn, if it is not NULL, is shown every message. Until the answer is complete. */
static inline struct nl_result nl_receive(struct nl *nl, nl_fn *fn, void *data)
{
	struct nl_result result = {};
	const struct nlmsghdr *header;
	struct nl_attrs attrs;

	while ((header = nl_next(nl))) {
		result.interrupted |= header->nlmsg_flags & NLM_F_DUMP_INTR;
		if (header->nlmsg_seq != nl->seq)
			continue;
		if (header->nlmsg_type == NLMSG_DONE) {
			nl_read_error(header, sizeof(int), &result);
			return result;
		}
		if (header->nlmsg_type == NLMSG_ERROR) {
			/* With NETLINK_CAP_ACK it is the header alone that comes back. */
			nl_read_error(header, sizeof(struct nlmsgerr), &result);
			return result;
		}
		result.messages++;
		nl_read_attrs(header, &attrs);
		if (fn)
			fn(&attrs, data);
	}
	result.error = errno;
	return result;
}

static inline struct nl_result nl_ask(struct nl *nl, struct nl_request *request, nl_fn *fn,
				      void *data)
{
	if (!(request->header.nlmsg_flags & NLM_F_DUMP))
		request->header.nlmsg_flags |= NLM_F_ACK;
	if (!nl_send(nl, request))
		return (struct nl_result){ .error = errno };
	return nl_receive(nl, fn, data);
}

/* The socket. */

static inline void nl_find_group(const struct nl_attrs *attrs, struct nl *nl)
{
	struct nl_attrs groups, group;

	if (!nl_has(attrs, CTRL_ATTR_MCAST_GROUPS))
		return;
	groups = nl_nest(attrs->of[CTRL_ATTR_MCAST_GROUPS]);
	if (!nl_has(&groups, 1))
		return;
	group = nl_nest(groups.of[1]);
	nl->group = nl_number(&group, CTRL_ATTR_MCAST_GRP_ID);
}

static inline void nl_find_family(const struct nl_attrs *attrs, void *data)
{
	struct nl *nl = data;

	nl->family = nl_number(attrs, CTRL_ATTR_FAMILY_ID);
	nl_find_group(attrs, nl);
}

static inline bool nl_option(struct nl *nl, int option)
{
	const int on = 1;

	return !setsockopt(nl->fd, SOL_NETLINK, option, &on, sizeof(on));
}

static inline int nl_resolve(struct nl *nl)
{
	struct nl_request request;

	nl->family = GENL_ID_CTRL;
	request = nl_request(nl, CTRL_CMD_GETFAMILY, 0);
	nl_put_text(&request, CTRL_ATTR_FAMILY_NAME, PHYSVM_FAMILY_NAME);
	return nl_ask(nl, &request, nl_find_family, nl).error;
}

/* An errno, 0 for success. */
static inline int nl_open(struct nl *nl)
{
	const struct timeval patience = { .tv_sec = NL_PATIENCE };

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return errno;
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!nl_option(nl, NETLINK_EXT_ACK) || !nl_option(nl, NETLINK_CAP_ACK) ||
	    !nl_option(nl, NETLINK_GET_STRICT_CHK))
		return errno;
	return nl_resolve(nl);
}

static inline void nl_close(struct nl *nl)
{
	close(nl->fd);
}

/* An errno, 0 for success. */
static inline int nl_listen(struct nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl->group,
			  sizeof(nl->group)) ? errno : 0;
}

#endif
