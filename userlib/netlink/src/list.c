// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include "list.h"

#include <errno.h>
#include <stdlib.h>

/* How often a list that changes while it is read is read again. */
#define ATTEMPTS 8

struct list {
	const struct noun *noun;
	char *things;
	size_t count;
	size_t room;
};

static int make_room(struct list *list)
{
	const size_t room = list->room ? 2 * list->room : 64;
	char *things;

	if (list->count < list->room)
		return 0;
	things = reallocarray(list->things, room, list->noun->size);
	if (!things)
		return -ENOMEM;
	list->things = things;
	list->room = room;
	return 0;
}

static int add(struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	const int err = make_room(list);

	if (err)
		return err;
	request_decode(header, list->noun, list->things + list->count * list->noun->size);
	list->count++;
	return 0;
}

static int read_list(struct physvm_nl *nl, struct list *list, list_narrow_t *narrow,
		     const void *which)
{
	struct nl_msg *message = request_new(nl, list->noun->get, NLM_F_DUMP,
					     list->noun->device_fd);

	list->count = 0;
	if (narrow)
		narrow(&message, which);
	return request_send(nl, message, add, list);
}

static int read_consistently(struct physvm_nl *nl, struct list *list, list_narrow_t *narrow,
			     const void *which)
{
	int result = 1, attempt;

	for (attempt = 0; result == 1 && attempt < ATTEMPTS; attempt++)
		result = read_list(nl, list, narrow, which);
	return result;
}

static int walk(const struct list *list, list_fn *fn, void *data)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < list->count; i++)
		err = fn(list->things + i * list->noun->size, data);
	return err;
}

int list_each(struct physvm_nl *nl, const struct noun *noun, list_narrow_t *narrow,
	      const void *which, list_fn *fn, void *data)
{
	struct list list = { .noun = noun };
	int result = read_consistently(nl, &list, narrow, which), err = 0;

	if (result >= 0)
		err = walk(&list, fn, data);
	free(list.things);
	return err < 0 ? err : result;
}
