// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cache modes of areas.
 */
#include "kselftest_harness.h"

#include "alloc.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

FIXTURE(cache)
{
	int fd;
	bool available;
	struct physvm_alloc args;
};

FIXTURE_VARIANT(cache)
{
	uint32_t cache;
};

FIXTURE_VARIANT_ADD(cache, write_back)
{
	.cache = PHYSVM_CACHE_WB,
};

FIXTURE_VARIANT_ADD(cache, write_through)
{
	.cache = PHYSVM_CACHE_WT,
};

FIXTURE_VARIANT_ADD(cache, write_combining)
{
	.cache = PHYSVM_CACHE_WC,
};

FIXTURE_VARIANT_ADD(cache, uncached)
{
	.cache = PHYSVM_CACHE_UC,
};

FIXTURE_SETUP(cache)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	self->available = info.out_cache_modes & 1u << variant->cache;
	self->args = alloc_args(BLOCK + 3 * PAGE, PHYSVM_ALLOC_COMMIT);
	self->args.cache = variant->cache;
}

FIXTURE_TEARDOWN(cache)
{
}

#define SKIP_UNAVAILABLE() \
	do { \
		if (!self->available) \
			SKIP(return, "this machine has not this cache mode"); \
	} while (0)

TEST_F(cache, is_had_if_info_says_so)
{
	EXPECT_EQ(self->available ? 0 : EOPNOTSUPP, alloc(self->fd, &self->args));
}

TEST_F(cache, query_tells)
{
	SKIP_UNAVAILABLE();
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(variant->cache, query(self->fd, addr_of(&self->args)).out_cache);
	EXPECT_EQ(variant->cache, query(self->fd, addr_of(&self->args) + BLOCK).out_cache);
}

TEST_F(cache, memory_is_memory)
{
	const size_t pages = BLOCK_PAGES + 3;

	SKIP_UNAVAILABLE();
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), BLOCK + 3 * PAGE));
	number_pages(addr_of(&self->args), pages);
	EXPECT_EQ(pages, numbered_pages(addr_of(&self->args), 0, pages));
}

TEST_F(cache, dirty_pages_go_on_to_another_mode)
{
	SKIP_UNAVAILABLE();
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	memset(addr_of(&self->args), 0xa5, self->args.length);
	release(self->fd, &self->args);
	self->args = phys_args(self->args.out_phys, BLOCK);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(PHYSVM_CACHE_WB, query(self->fd, addr_of(&self->args)).out_cache);
	EXPECT_TRUE(all_zero(addr_of(&self->args), BLOCK));
}

TEST_F(cache, modes_do_not_share_a_block)
{
	struct physvm_alloc other = alloc_args(PAGE, 0);

	SKIP_UNAVAILABLE();
	if (variant->cache == PHYSVM_CACHE_WB)
		SKIP(return, "the other mode here is write-back");
	self->args.length = PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, alloc(self->fd, &other));
	EXPECT_NE(self->args.out_phys / BLOCK, other.out_phys / BLOCK);
}

TEST_F(cache, no_place_beside_another_mode)
{
	struct physvm_alloc other = alloc_args(PAGE, 0);

	SKIP_UNAVAILABLE();
	if (variant->cache == PHYSVM_CACHE_WB)
		SKIP(return, "the other mode here is write-back");
	self->args.length = PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	other.flags |= PHYSVM_ALLOC_PHYS;
	other.phys_addr = self->args.out_phys ^ PAGE;
	EXPECT_REFUSED(EBUSY, self->fd, alloc(self->fd, &other));
}

TEST_F(cache, all_of_the_pool)
{
	const struct physvm_pool_stat before = pool_stat(self->fd);
	struct physvm_pool_stat after;

	SKIP_UNAVAILABLE();
	self->args.length = before.out_total_pages * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, pool_stat(self->fd).out_free_pages);
	release(self->fd, &self->args);
	after = pool_stat(self->fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(cache, decommitted_comes_back_zero)
{
	char *area;

	SKIP_UNAVAILABLE();
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	ASSERT_EQ(0, decommit(self->fd, area + 7 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 7 * PAGE));
	EXPECT_EQ(BLOCK_PAGES - 5, numbered_pages(area + 8 * PAGE, 8, BLOCK_PAGES - 5));
	ASSERT_EQ(0, commit(self->fd, area + 7 * PAGE, PAGE));
	EXPECT_TRUE(all_zero(area + 7 * PAGE, PAGE));
	EXPECT_EQ(7, numbered_pages(area, 0, 7));
}

TEST_F(cache, mapped_again_and_protected)
{
	char *again;

	SKIP_UNAVAILABLE();
	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, self->args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, again);
	ASSERT_EQ(0, mprotect(again, 4 * PAGE, PROT_READ));
	number_pages(addr_of(&self->args), 4);
	EXPECT_EQ(4, numbered_pages(again, 0, 4));
	EXPECT_EQ(variant->cache, query(self->fd, again).out_cache);
}

TEST_HARNESS_MAIN
