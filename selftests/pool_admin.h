/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking for pools to be changed, over generic netlink. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_POOL_ADMIN_H
#define PHYSVM_SELFTESTS_POOL_ADMIN_H

#include "nl.h"
#include "util.h"

/* A process' own socket, opened before anything is asked; NULL without one. */
static inline struct nl *admin_nl(void)
{
	static struct nl nl;
	static pid_t owner;

	if (owner != getpid() && nl_open(&nl))
		return NULL;
	owner = getpid();
	return &nl;
}

/* A request about the pool of that kind. */
static inline struct nl_request admin_request(uint8_t command, uint32_t pool)
{
	struct nl *nl = admin_nl();
	struct nl_request request = nl ? nl_request(nl, command, 0) : (struct nl_request){};

	nl_put_u32(&request, PHYSVM_NL_A_POOL_KIND, pool);
	return request;
}

/* The errno, 0 for success. */
static inline int admin_ask(struct nl_request *request, nl_fn *fn, void *data)
{
	struct nl *nl = admin_nl();

	return nl ? nl_ask(nl, request, fn, data).error : ENOTCONN;
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

static inline void admin_see_changed(const struct nl_attrs *attrs, void *data)
{
	struct admin_resize *resize = data;

	resize->changed = nl_number(attrs, PHYSVM_NL_A_POOL_CHANGED);
}

/* The errno, 0 for success. */
static inline int admin_resize(uint8_t command, struct admin_resize *resize)
{
	struct nl_request request = admin_request(command, resize->pool);

	nl_put_u64(&request, PHYSVM_NL_A_POOL_BYTES, resize->bytes);
	if (resize->phys)
		nl_put_u64(&request, PHYSVM_NL_A_POOL_PHYS, resize->phys);
	if (resize->on_node)
		nl_put_u32(&request, PHYSVM_NL_A_POOL_NODE_ID, resize->node);
	if (resize->partial)
		nl_put(&request, PHYSVM_NL_A_POOL_PARTIAL, NULL, 0);
	resize->changed = 0;
	return admin_ask(&request, admin_see_changed, resize);
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
	struct nl_request request = admin_request(PHYSVM_NL_CMD_POOL_SET, PHYSVM_POOL_RAM);

	nl_put_u64(&request, PHYSVM_NL_A_POOL_LOW, low);
	nl_put_u64(&request, PHYSVM_NL_A_POOL_HIGH, high);
	return admin_ask(&request, NULL, NULL);
}

/* Shows @fn what is known of the pool. */
static inline int admin_look(nl_fn *fn, void *data)
{
	struct nl_request request = admin_request(PHYSVM_NL_CMD_POOL_GET, PHYSVM_POOL_RAM);

	return admin_ask(&request, fn, data);
}

#endif
