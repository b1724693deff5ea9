/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * All things of a kind.
 */
#ifndef LIST_H
#define LIST_H

#include "request.h"

/* Adds what narrows the question. */
typedef void list_narrow_t(struct nl_msg **message, const void *which);

typedef int list_fn(const void *info, void *data);

/* See "Lists" in <physvm_netlink.h>. */
int list_each(struct physvm_nl *nl, const struct noun *noun, list_narrow_t *narrow,
	      const void *which, list_fn *fn, void *data);

#endif
