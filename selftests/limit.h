/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users and cgroups have, and may have, over generic netlink. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_LIMIT_H
#define PHYSVM_SELFTESTS_LIMIT_H

#include "nl.h"

/* No limit is set. */
#define UNSET UINT64_MAX

struct limit {
	uint32_t account;
	uint64_t id;
	uint64_t pages, peak, areas, failures;
	uint64_t max_pages, max_percent, max_areas;
};

/* UNSET where there is none. */
static inline uint64_t limit_number(const struct nl_attrs *attrs, int type)
{
	return nl_has(attrs, type) ? nl_number(attrs, type) : UNSET;
}

static inline struct limit limit_from(const struct nl_attrs *attrs)
{
	return (struct limit){
		.account = limit_number(attrs, PHYSVM_NL_A_LIMIT_ACCOUNT),
		.id = limit_number(attrs, PHYSVM_NL_A_LIMIT_ID),
		.pages = limit_number(attrs, PHYSVM_NL_A_LIMIT_PAGES),
		.peak = limit_number(attrs, PHYSVM_NL_A_LIMIT_PEAK),
		.areas = limit_number(attrs, PHYSVM_NL_A_LIMIT_AREAS),
		.failures = limit_number(attrs, PHYSVM_NL_A_LIMIT_FAILURES),
		.max_pages = limit_number(attrs, PHYSVM_NL_A_LIMIT_MAX_PAGES),
		.max_percent = limit_number(attrs, PHYSVM_NL_A_LIMIT_MAX_PERCENT),
		.max_areas = limit_number(attrs, PHYSVM_NL_A_LIMIT_MAX_AREAS),
	};
}

/*
 * By way of a socket of its own, which belongs to whoever asks now. @request has a
 * command and attributes; the family is filled in here. The errno, 0 for success.
 */
static inline int limit_ask(struct nl_request *request, nl_fn *fn, void *data)
{
	struct nl nl;
	int error = nl_open(&nl);

	request->header.nlmsg_type = nl.family;
	error = error ?: nl_ask(&nl, request, fn, data).error;
	nl_close(&nl);
	return error;
}

static inline struct nl_request limit_request(uint8_t cmd, uint16_t flags)
{
	const struct nl unknown = {};

	return nl_request(&unknown, cmd, flags);
}

/* @device is a descriptor, or -1. */
static inline void limit_put_device(struct nl_request *request, int device)
{
	if (device >= 0)
		nl_put_u32(request, PHYSVM_NL_A_LIMIT_DEVICE_FD, device);
}

static inline struct nl_request limit_request_about(uint8_t cmd, uint32_t account, uint64_t id)
{
	struct nl_request request = limit_request(cmd, 0);

	nl_put_u32(&request, PHYSVM_NL_A_LIMIT_ACCOUNT, account);
	nl_put_u64(&request, PHYSVM_NL_A_LIMIT_ID, id);
	return request;
}

static inline void limit_see(const struct nl_attrs *attrs, void *data)
{
	*(struct limit *)data = limit_from(attrs);
}

/* The errno. */
static inline int limit_get(int device, uint32_t account, uint64_t id, struct limit *limit)
{
	struct nl_request request = limit_request_about(PHYSVM_NL_CMD_LIMIT_GET, account, id);

	limit_put_device(&request, device);
	return limit_ask(&request, limit_see, limit);
}

static inline struct limit limit_of(uint32_t account, uint64_t id)
{
	struct limit limit;

	if (limit_get(-1, account, id, &limit))
		memset(&limit, 0xee, sizeof(limit));
	return limit;
}

static inline int limit_set(uint32_t account, uint64_t id, uint64_t pages, uint64_t percent,
			    uint64_t areas)
{
	struct nl_request request = limit_request_about(PHYSVM_NL_CMD_LIMIT_SET, account, id);

	if (pages != UNSET)
		nl_put_u64(&request, PHYSVM_NL_A_LIMIT_MAX_PAGES, pages);
	if (percent != UNSET)
		nl_put_u32(&request, PHYSVM_NL_A_LIMIT_MAX_PERCENT, percent);
	if (areas != UNSET)
		nl_put_u64(&request, PHYSVM_NL_A_LIMIT_MAX_AREAS, areas);
	return limit_ask(&request, NULL, NULL);
}

static inline int limit_reset(uint32_t account, uint64_t id)
{
	struct nl_request request = limit_request_about(PHYSVM_NL_CMD_LIMIT_SET, account, id);

	nl_put(&request, PHYSVM_NL_A_LIMIT_RESET, NULL, 0);
	return limit_ask(&request, NULL, NULL);
}

/* Allocations that have failed, by enum physvm_nl_failure. */
#define LIMIT_CAUSES (PHYSVM_NL_FAILURE_FRAGMENTED + 1)

struct limit_failures {
	uint64_t counts[LIMIT_CAUSES];
};

static inline void limit_see_failures(const struct nl_attrs *attrs, void *data)
{
	struct limit_failures *failures = data;
	const struct nlattr *attr = NULL;

	while ((attr = nl_after(attrs, attr))) {
		const struct nl_attrs nest = nl_nest(attr);
		const uint64_t cause = limit_number(&nest, PHYSVM_NL_A_FAILURES_CAUSE);

		if (nl_type(attr) == PHYSVM_NL_A_STATS_FAILURES && cause < LIMIT_CAUSES)
			failures->counts[cause] = limit_number(&nest, PHYSVM_NL_A_FAILURES_COUNT);
	}
}

static inline struct limit_failures limit_failures(void)
{
	struct nl_request request = limit_request(PHYSVM_NL_CMD_STATS_GET, 0);
	struct limit_failures failures;

	memset(&failures, 0xee, sizeof(failures));
	limit_ask(&request, limit_see_failures, &failures);
	return failures;
}

/* All there are, as the device's descriptor lets one see. */
struct limit_list {
	struct limit limits[256];
	int count;
};

static inline void limit_see_one(const struct nl_attrs *attrs, void *data)
{
	struct limit_list *list = data;

	if (list->count < 256)
		list->limits[list->count] = limit_from(attrs);
	list->count++;
}

/* The errno. */
static inline int limit_dump(int device, struct limit_list *list)
{
	struct nl_request request = limit_request(PHYSVM_NL_CMD_LIMIT_GET, NLM_F_DUMP);

	list->count = 0;
	limit_put_device(&request, device);
	return limit_ask(&request, limit_see_one, list);
}

#endif
