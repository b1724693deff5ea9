// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program's whole round through the device, with addresses that fit it. Built
 * for 32 bits it shows that such programs are served by a 64-bit kernel too.
 */
#include "kselftest_harness.h"

#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define RW (PROT_READ | PROT_WRITE)
#define SIZE (2 * BLOCK + 20 * PAGE)
#define PAGES (SIZE / PAGE)

/* More than a pointer of 32 bits can say. */
#define HIGH_ADDRESS (1ull << 32)

FIXTURE(program) {
	int fd;
	char *area;
};

FIXTURE_SETUP(program)
{
	struct physvm_alloc args = alloc_args(SIZE, PHYSVM_ALLOC_LOW_GUARD |
					      PHYSVM_ALLOC_HIGH_GUARD);

	OPEN_DEVICE_OR_SKIP(self->fd);
	ASSERT_EQ(0, ioctl(self->fd, PHYSVM_ALLOC, &args));
	self->area = (char *)(uintptr_t)args.out_addr;
	EXPECT_EQ(args.out_addr, (uintptr_t)self->area);
	EXPECT_LE(args.out_addr + SIZE - 1, UINTPTR_MAX);
	EXPECT_EQ(-1, args.out_fd);
}

FIXTURE_TEARDOWN(program)
{
	EXPECT_EQ(0, unmap(self->fd, self->area, SIZE));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(program, is_told_what_there_is)
{
	struct physvm_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, ioctl(self->fd, PHYSVM_INFO, &info));
	EXPECT_EQ(PHYSVM_ALLOC_VALID, info.out_alloc_flags);
	EXPECT_EQ(PAGE, info.out_page_size);
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
}

TEST_F(program, commits_and_decommits)
{
	EXPECT_EQ(SIGSEGV, read_signal(self->area));
	ASSERT_EQ(0, commit(self->fd, self->area, SIZE));
	EXPECT_TRUE(all_zero(self->area, SIZE));
	number_pages(self->area, PAGES);
	ASSERT_EQ(0, decommit(self->fd, self->area + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(self->area + PAGE));
	EXPECT_EQ(PAGES - 2, numbered_pages(self->area + 2 * PAGE, 2, PAGES - 2));
	EXPECT_EQ(SIGSEGV, write_signal(self->area - 1));
	EXPECT_EQ(SIGSEGV, write_signal(self->area + SIZE));
}

TEST_F(program, queries_its_pages)
{
	struct physvm_query page = query(self->fd, self->area + 5 * PAGE + 7);

	ASSERT_EQ(sizeof(page), page.size);
	EXPECT_EQ((uintptr_t)self->area, page.out_region_addr);
	EXPECT_EQ(SIZE, page.out_region_length);
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, page.out_state);
	EXPECT_EQ((uint32_t)RW, page.out_prot);
	EXPECT_NE(0u, page.out_phys);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, self->area - PAGE).out_state);
}

TEST_F(program, changes_protection)
{
	ASSERT_EQ(0, commit(self->fd, self->area, SIZE));
	EXPECT_EQ(0, range_call(self->fd, PHYSVM_PROTECT_CHECK, PROT_READ, self->area, SIZE));
	ASSERT_EQ(0, mprotect(self->area, SIZE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(self->area));
	EXPECT_EQ(0, read_signal(self->area));
}

TEST_F(program, maps_a_descriptor)
{
	int area = alloc_fd(self->fd, SIZE, PHYSVM_ALLOC_COMMIT);
	char *all, *tail;

	ASSERT_GE(area, 0);
	all = mmap(NULL, SIZE, RW, MAP_SHARED, area, 0);
	tail = mmap(NULL, SIZE - BLOCK, RW, MAP_SHARED, area, BLOCK);
	ASSERT_TRUE(all != MAP_FAILED && tail != MAP_FAILED);
	close(area);
	number_pages(all, PAGES);
	EXPECT_EQ(PAGES - BLOCK / PAGE,
		  numbered_pages(tail, BLOCK / PAGE, PAGES - BLOCK / PAGE));
	EXPECT_EQ(0, unmap(self->fd, all, SIZE));
	EXPECT_EQ(0, unmap(self->fd, tail, SIZE - BLOCK));
}

TEST_F(program, chooses_an_address)
{
	char *addr = free_addresses(SIZE);

	ASSERT_TRUE(addr == alloc_at(self->fd, addr, SIZE, PHYSVM_ALLOC_COMMIT));
	EXPECT_TRUE(all_zero(addr, SIZE));
	EXPECT_TRUE(!alloc_at(self->fd, addr, SIZE, PHYSVM_ALLOC_COMMIT));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
}

/* Not cut down to what fits a pointer, where that may be something else. */
TEST_F(program, is_refused_addresses_it_cannot_have)
{
	struct physvm_alloc alloc = alloc_args(PAGE, PHYSVM_ALLOC_VIRT);
	struct physvm_unmap args = {
		.size = sizeof(args),
		.addr = (uintptr_t)self->area + HIGH_ADDRESS,
		.length = PAGE,
	};
	struct physvm_query page = { .size = sizeof(page), .addr = args.addr };

	if (sizeof(void *) > 4)
		SKIP(return, "a program of 64 bits can have them");
	alloc.virt_addr = HIGH_ADDRESS;
	EXPECT_NE(0, call(self->fd, PHYSVM_ALLOC, &alloc));
	EXPECT_EQ(EINVAL, call(self->fd, PHYSVM_UNMAP, &args));
	EXPECT_EQ(EINVAL, call(self->fd, PHYSVM_COMMIT, &args));
	EXPECT_EQ(EINVAL, call(self->fd, PHYSVM_DECOMMIT, &args));
	EXPECT_EQ(ENOENT, call(self->fd, PHYSVM_QUERY, &page));
	EXPECT_EQ(SIGSEGV, read_signal(self->area));
}

TEST_HARNESS_MAIN
