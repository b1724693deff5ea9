// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include "request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/genl.h>
#include <string.h>

/**
 * struct answer - what has come so far
 * @nl: the connection
 * @take: whom to tell about each message
 * @data: for it
 * @err: -errno
 * @done: the end was seen
 * @changed: the kernel said that a list is not consistent
 */
struct answer {
	struct physvm_nl *nl;
	request_take_t *take;
	void *data;
	int err;
	bool done;
	bool changed;
};

struct nl_msg *request_new(struct physvm_nl *nl, uint8_t command, int flags, uint16_t device_fd)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message)
		return NULL;
	genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags, command,
		    PHYSVM_FAMILY_VERSION);
	if (device_fd && nl->device_fd >= 0)
		request_u32(&message, device_fd, nl->device_fd);
	return message;
}

static void check_put(struct nl_msg **message, int err)
{
	if (!err)
		return;
	nlmsg_free(*message);
	*message = NULL;
}

void request_u32(struct nl_msg **message, int attribute, uint32_t value)
{
	if (*message)
		check_put(message, nla_put_u32(*message, attribute, value));
}

void request_u64(struct nl_msg **message, int attribute, uint64_t value)
{
	if (*message)
		check_put(message, nla_put_u64(*message, attribute, value));
}

void request_string(struct nl_msg **message, int attribute, const char *value)
{
	if (*message)
		check_put(message, nla_put_string(*message, attribute, value));
}

void request_flag(struct nl_msg **message, int attribute)
{
	if (*message)
		check_put(message, nla_put_flag(*message, attribute));
}

/* Attributes behind an error number say more about it. */
static void keep_message(struct physvm_nl *nl, const void *attributes, int length)
{
	const struct nlattr *said = length > 0 ?
		nla_find(attributes, length, NLMSGERR_ATTR_MSG) : NULL;

	if (said)
		nla_strlcpy(nl->message, said, sizeof(nl->message));
}

static int on_message(struct nl_msg *message, void *data)
{
	struct answer *answer = data;
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->changed = true;
	if (answer->take && !answer->err)
		answer->err = answer->take(header, answer->data);
	return NL_OK;
}

static int on_ack(struct nl_msg *message, void *data)
{
	struct answer *answer = data;

	(void)message;
	answer->done = true;
	return NL_STOP;
}

/* A list that ends with an error has its number in the message about the end. */
static int on_finish(struct nl_msg *message, void *data)
{
	struct answer *answer = data;
	struct nlmsghdr *header = nlmsg_hdr(message);
	const int length = nlmsg_datalen(header) - (int)sizeof(int);
	int err = 0;

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->changed = true;
	if (length >= 0)
		memcpy(&err, nlmsg_data(header), sizeof(err));
	if (err < 0) {
		answer->err = err;
		keep_message(answer->nl, (char *)nlmsg_data(header) + NLMSG_ALIGN(sizeof(err)),
			     length);
	}
	answer->done = true;
	return NL_STOP;
}

/* The request's header is repeated, and all of it by a kernel that cannot help it. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *data)
{
	struct answer *answer = data;
	struct nlmsghdr *header = (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	size_t used = sizeof(*error);

	(void)from;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		used += NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	if (header->nlmsg_flags & NLM_F_ACK_TLVS)
		keep_message(answer->nl, (char *)error + used,
			     nlmsg_datalen(header) - (int)used);
	answer->err = error->error;
	answer->done = true;
	return NL_STOP;
}

static struct nl_cb *new_callbacks(struct answer *answer)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_CUSTOM);

	if (!callbacks)
		return NULL;
	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_message, answer);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_ack, answer);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, answer);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, answer);
	return callbacks;
}

/* That a list has changed is an error to libnl; we have noticed by ourselves. */
static int receive(struct physvm_nl *nl, struct nl_cb *callbacks, struct answer *answer)
{
	while (!answer->done) {
		const int err = nl_recvmsgs(nl->socket, callbacks);

		if (err < 0 && err != -NLE_DUMP_INTR && !answer->done)
			return physvm_nl_errno(err);
	}
	return answer->err ? answer->err : answer->changed;
}

int request_send(struct physvm_nl *nl, struct nl_msg *message, request_take_t *take, void *data)
{
	struct answer answer = { .nl = nl, .take = take, .data = data };
	struct nl_cb *callbacks = new_callbacks(&answer);
	int err = -ENOMEM;

	nl->message[0] = '\0';
	if (message && callbacks) {
		err = nl_send_auto(nl->socket, message);
		err = err < 0 ? physvm_nl_errno(err) : receive(nl, callbacks, &answer);
	}
	nlmsg_free(message);
	nl_cb_put(callbacks);
	return err;
}

void request_decode(struct nlmsghdr *header, const struct noun *noun, void *info)
{
	struct genlmsghdr *generic = genlmsg_hdr(header);

	memset(info, 0, noun->size);
	decode(genlmsg_attrdata(generic, 0), genlmsg_attrlen(generic, 0), noun->fields,
	       noun->nest, info);
}

struct one {
	const struct noun *noun;
	void *info;
};

static int take_one(struct nlmsghdr *header, void *data)
{
	const struct one *one = data;

	request_decode(header, one->noun, one->info);
	return 0;
}

int request_one(struct physvm_nl *nl, struct nl_msg *message, const struct noun *noun,
		void *info)
{
	struct one one = { noun, info };

	if (!info)
		return request_send(nl, message, NULL, NULL);
	memset(info, 0, noun->size);
	return request_send(nl, message, take_one, &one);
}
