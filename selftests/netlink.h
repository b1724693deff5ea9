/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that work, for tests of the netlink family to change. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_NETLINK_H
#define PHYSVM_SELFTESTS_NETLINK_H

#include "child.h"
#include "name.h"
#include "nl.h"
#include "util.h"

#define RW (PROT_READ | PROT_WRITE)
#define NOBODY 65534

FIXTURE(netlink)
{
	int fd;
	struct nl nl;
};

FIXTURE_SETUP(netlink)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(netlink)
{
	EXPECT_TRUE(remove_all_names(self->fd));
	nl_close(&self->nl);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static inline struct nl_result ask(struct nl *nl, uint8_t cmd, nl_fn *fn, void *data)
{
	struct nl_request request = nl_request(nl, cmd, 0);

	return nl_ask(nl, &request, fn, data);
}

static inline struct nl_result dump(struct nl *nl, uint8_t cmd, nl_fn *fn, void *data)
{
	struct nl_request request = nl_request(nl, cmd, NLM_F_DUMP);

	return nl_ask(nl, &request, fn, data);
}

static inline uint64_t id_of(int fd, const void *addr)
{
	return query(fd, addr).out_area_id;
}

/* Addresses only: areas that cost no pages. NULL with errno. */
static inline char *reserve_pages(int fd, size_t pages)
{
	struct physvm_reserve args = { .size = sizeof(args), .length = pages * PAGE };

	return ioctl(fd, PHYSVM_RESERVE, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

#endif
