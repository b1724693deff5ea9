/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call of PHYSVM_ALLOC that works, for tests to change. Include last.
 */
#ifndef PHYSVM_SELFTESTS_ALLOC_H
#define PHYSVM_SELFTESTS_ALLOC_H

#include "util.h"

#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)
#define BOTH_GUARDS (PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD)

static inline int alloc(int fd, struct physvm_alloc *args)
{
	return call(fd, PHYSVM_ALLOC, args);
}

static inline char *addr_of(const struct physvm_alloc *args)
{
	return (char *)(uintptr_t)args->out_addr;
}

/* Gives the area back: mapping and descriptor. */
static inline void release(int fd, const struct physvm_alloc *args)
{
	if (args->out_addr)
		unmap(fd, addr_of(args), args->length);
	if (args->out_fd >= 0)
		close(args->out_fd);
}

static inline struct physvm_alloc phys_args(uint64_t phys, uint64_t length)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_COMMIT);

	args.phys_addr = phys;
	return args;
}

FIXTURE(alloc)
{
	int fd;
	uint64_t total;		/* pages in the pool */
	struct physvm_alloc args;	/* of a call that works */
};

FIXTURE_SETUP(alloc)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
	self->args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT);
}

FIXTURE_TEARDOWN(alloc)
{
}

/* The call of the fixture fails and leaves no trace, not even in its struct. */
#define EXPECT_ALLOC_REFUSED(error) \
	do { \
		struct physvm_alloc __args = self->args; \
		EXPECT_REFUSED(error, self->fd, alloc(self->fd, &self->args)); \
		EXPECT_EQ(0, memcmp(&__args, &self->args, sizeof(__args))); \
	} while (0)

#endif
