/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object with a region, for each test a new one. Include last.
 */
#ifndef PHYSVM_SELFTESTS_ZX_FIXTURE_H
#define PHYSVM_SELFTESTS_ZX_FIXTURE_H

#include "util.h"

#include "zx_region.h"

#define RW (PROT_READ | PROT_WRITE)
#define SIZE (8 * BLOCK)
#define PAGES (SIZE / PAGE)

/* An object with a region of 4096 pages and a guard of one. */

FIXTURE(region)
{
	int fd;			/* of our own */
	struct virtual_alloc region;
	char *base;
};

FIXTURE_SETUP(region)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	virtual_alloc_create(&self->region, VM_PAGE_STATE_HEAP);
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, SIZE, 1, BLOCK_LOG2));
	self->base = region_base(&self->region);
}

/* Whatever the test has left allocated. */
FIXTURE_TEARDOWN(region)
{
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* A region keeps some pages to allocate from next: a block's worth at most. */
#define KEPT_PAGES (BLOCK / PAGE)

static inline uint64_t used_pages(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

#define EXPECT_USED_PAGES(allocated) \
	do { \
		const uint64_t __used = used_pages(self->fd), __least = allocated; \
		EXPECT_LE(__least, __used); \
		EXPECT_GE(__least + KEPT_PAGES, __used); \
	} while (0)

static inline bool faults(const void *addr)
{
	return read_signal(addr) == SIGSEGV && write_signal(addr) == SIGSEGV;
}

#endif
