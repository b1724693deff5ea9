/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A question and what comes back.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <netlink/msg.h>

#include "handle.h"
#include "noun.h"

/* Takes what a message says; 0, or -errno, which becomes the request's. */
typedef int request_take_t(struct nlmsghdr *header, void *data);

/*
 * A message to which attributes can be added, or NULL.  @flags: NLM_F_DUMP or 0.
 * It has the device's descriptor if @device_fd is an attribute and one is open.
 */
struct nl_msg *request_new(struct physvm_nl *nl, uint8_t command, int flags,
			   uint16_t device_fd);

/* Attributes may be added to a message that is NULL; request_send() sees that. */
void request_u32(struct nl_msg **message, int attribute, uint32_t value);
void request_u64(struct nl_msg **message, int attribute, uint64_t value);
void request_string(struct nl_msg **message, int attribute, const char *value);
void request_flag(struct nl_msg **message, int attribute);

/*
 * Sends the message, which it frees, and waits for the end of the answer.  1 when
 * the answer is a list and has changed meanwhile.
 */
int request_send(struct physvm_nl *nl, struct nl_msg *message, request_take_t *take,
		 void *data);

/* The same for an answer of one thing, or of none if @info is NULL. */
int request_one(struct physvm_nl *nl, struct nl_msg *message, const struct noun *noun,
		void *info);

/* What a message says about a thing; @info is zeroed before. */
void request_decode(struct nlmsghdr *header, const struct noun *noun, void *info);

#endif
