// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: where allocations go, what is refused, what may be touched.
 */
#include "kselftest_harness.h"

#include "region.h"

SKIP_ALL_WITHOUT_DEVICE()

FIXTURE(region) {
	int fd;
};

FIXTURE_SETUP(region)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(region)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
	close(self->fd);
}

TEST_F(region, gives_pages)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 1, 12);
	char *addr;

	ASSERT_LE(0, region.fd);
	EXPECT_EQ(1, region.bitmap_pages);
	addr = region_alloc(region, 3);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(2, page_of(region, addr));
	EXPECT_EQ(3, resident_pages(addr, 3));
	EXPECT_TRUE(all_zero(addr, 3 * PAGE));
	number_pages(addr, 3);
	EXPECT_EQ(SIGSEGV, read_signal(addr - 1));
	EXPECT_EQ(SIGSEGV, read_signal(addr + 3 * PAGE));
	EXPECT_EQ(0, region_free(region, addr + PAGE, 1));
	EXPECT_EQ(SIGSEGV, read_signal(addr + PAGE));
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(1, numbered_pages(addr + 2 * PAGE, 2, 1));
	EXPECT_EQ(2, region_stat(region, NULL).out_allocated_pages);
	EXPECT_EQ(2, region_free_all(region));
	EXPECT_EQ(1, region_stat(region, NULL).out_search_start);
	region_end(region, REGION_LENGTH);
}

TEST_F(region, maps_a_block_by_one_entry)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 1, 21);
	char *addr;

	ASSERT_LE(0, region.fd);
	addr = region_alloc(region, 512);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(512, page_of(region, addr));
	EXPECT_EQ(512, resident_pages(addr, 512));
	EXPECT_TRUE(all_zero(addr, BLOCK));
	number_pages(addr, 512);
	EXPECT_EQ(0, region_free(region, addr + 100 * PAGE, 3));
	EXPECT_EQ(SIGSEGV, read_signal(addr + 100 * PAGE));
	EXPECT_EQ(100, numbered_pages(addr, 0, 100));
	EXPECT_EQ(409, numbered_pages(addr + 103 * PAGE, 103, 409));
	EXPECT_EQ(SIGSEGV, read_signal(addr + 102 * PAGE));
	region_end(region, REGION_LENGTH);
}

TEST_HARNESS_MAIN
