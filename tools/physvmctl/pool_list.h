/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pools there are.
 */
#ifndef POOL_LIST_H
#define POOL_LIST_H

#include "ctl.h"

#include <jansson.h>
#include <stddef.h>

#define POOLS_MAX 4

/**
 * struct pool_list - pools that have pages, or ever may
 */
struct pool_list {
	struct physvm_nl_pool_info pool[POOLS_MAX];
	size_t count;
};

/* As physvm_nl_pools(). */
int pool_list_read(struct ctl *ctl, struct pool_list *pools);

/* How much of what is free is not in the longest run, in hundredths. */
unsigned int pool_fragmentation(const struct physvm_nl_pool_info *pool);

json_t *pool_json(const struct physvm_nl_pool_info *pool);

#endif
