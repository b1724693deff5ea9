// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the generic netlink family, right and wrong ones, and its events.
 */
#include <stdlib.h>

#include "../nl.h"

#include "machine.h"
#include "netlink_calls.h"

#define MAX_PAYLOAD 512
#define NR_ATTRS 3

static struct nl family;

/* Programs have a socket of their own each time: what is not read of a dump is let go. */
void netlink_find_family(void)
{
	if (nl_open(&family))
		family.family = 0;
	nl_close(&family);
}

static int open_socket(void)
{
	const int on = 1;
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			      NETLINK_GENERIC);

	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return fd;
}

/* Attributes. */

enum { CMD, FLAGS, READS, CUT, ATTRS };

/* What its length says it is need not be what there is. */
static void put(struct nl_request *request, unsigned int type, uint64_t size, uint64_t value,
		bool honest)
{
	const unsigned int length = (size & 0xffff) % MAX_PAYLOAD;
	char payload[MAX_PAYLOAD];
	struct nlattr *attr;

	memset(payload, 'x', sizeof(payload));
	memcpy(payload, &value, sizeof(value));
	if (length > sizeof(value))
		payload[length - 1] = '\0';
	attr = (struct nlattr *)((char *)request + nl_next_offset(request));
	nl_put(request, type, payload, length);
	if (!honest)
		attr->nla_len += (int8_t)(size >> 16);
}

/*
 * What changes the pools and limits that all programs have in common is asked for
 * such that it is refused after everything has been looked at: without saying which
 * pool; by no whole number of blocks; a limit and none at the same time.
 */
static bool administers(uint8_t cmd)
{
	return cmd == PHYSVM_NL_CMD_POOL_SET || cmd == PHYSVM_NL_CMD_POOL_GROW ||
	       cmd == PHYSVM_NL_CMD_POOL_SHRINK || cmd == PHYSVM_NL_CMD_LIMIT_SET;
}

static void put_refused(struct nl_request *request, uint8_t cmd, const uint64_t *attr)
{
	const unsigned int type = attr[0] & NLA_TYPE_MASK;
	uint64_t value = attr[2];

	if (cmd == PHYSVM_NL_CMD_POOL_SET && type == PHYSVM_NL_A_POOL_KIND)
		return;
	if (cmd != PHYSVM_NL_CMD_LIMIT_SET && type == PHYSVM_NL_A_POOL_BYTES)
		value |= 1;
	put(request, attr[0], attr[1], value, true);
}

static void refuse_limit(struct nl_request *request)
{
	nl_put(request, PHYSVM_NL_A_LIMIT_RESET, NULL, 0);
	nl_put_u64(request, PHYSVM_NL_A_LIMIT_MAX_AREAS, 1ull << 32);
}

static void put_attrs(struct nl_request *request, const uint64_t *args)
{
	const uint8_t cmd = args[CMD];
	const bool refused = administers(cmd);
	unsigned int i;

	for (i = 0; i < NR_ATTRS; i++) {
		const uint64_t *attr = &args[ATTRS + 3 * i];

		if (!attr[0])
			continue;
		if (refused)
			put_refused(request, cmd, attr);
		else
			put(request, attr[0], attr[1], attr[2], false);
	}
	if (cmd == PHYSVM_NL_CMD_LIMIT_SET)
		refuse_limit(request);
	else if (!refused && args[CUT] < request->header.nlmsg_len)
		request->header.nlmsg_len -= args[CUT];
}

/* Asking. */

static long send_request(int fd, const struct nl_request *request)
{
	long result;

	fail_arm();
	result = result_of(send(fd, request, request->header.nlmsg_len, 0));
	fail_disarm();
	return result < 0 ? result : 0;
}

/* What the answer's end says; 0 if it has none that was read. */
static long error_in(const char *buffer, ssize_t size)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
	int error = 0;

	for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size))
		if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE)
			memcpy(&error, NLMSG_DATA(header), sizeof(error));
	return error;
}

static long read_answers(int fd, uint64_t reads)
{
	static __thread char buffer[32 << 10];
	long error = 0;
	ssize_t size;

	for (; reads && !error; reads--) {
		size = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (size <= 0)
			break;
		error = error_in(buffer, size);
	}
	return error;
}

long call_netlink(struct machine *machine, const uint64_t *args)
{
	struct nl_request request = nl_request(&family, args[CMD], args[FLAGS]);
	const int fd = open_socket();
	long result;

	if (fd < 0 || !family.family)
		return -errno;
	put_attrs(&request, args);
	result = send_request(fd, &request) ?: read_answers(fd, args[READS]);
	close(fd);
	return result;
}

/* Its events are there for "read". */
long call_listen(struct machine *machine, const uint64_t *args)
{
	const int fd = open_socket();

	if (fd < 0)
		return -errno;
	machine->fds[args[0]] = fd;
	return result_of(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family.group,
				    sizeof(family.group)));
}
