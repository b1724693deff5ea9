// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cache modes of areas.
 */
#include "kselftest_harness.h"

#include "alloc.h"
#include "ptes.h"

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

/* What the page tables say, the processor's only authority. */

/* Both entries for the page at @addr, the user's of @level. */
#define EXPECT_ENTRIES(ptes, addr, level) \
	do { \
		const struct ptes __entries = ptes_read(ptes, addr, 0); \
		EXPECT_EQ(level, __entries.user_level); \
		EXPECT_EQ(variant->cache, __entries.user_cache); \
		EXPECT_EQ(variant->cache, __entries.kernel_cache); \
		EXPECT_EQ(query(self->fd, addr).out_phys, __entries.phys); \
	} while (0)

TEST_F(cache, is_in_the_entries)
{
	const int level = have_huge(self->fd) ? 2 : 1;
	char *area;
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	EXPECT_ENTRIES(ptes, area, level);
	EXPECT_ENTRIES(ptes, area + 77 * PAGE, level);
	EXPECT_ENTRIES(ptes, area + BLOCK, 1);
	EXPECT_ENTRIES(ptes, area + BLOCK + 2 * PAGE, 1);
}

TEST_F(cache, is_in_the_entries_of_a_small_area)
{
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	self->args.length = 3 * PAGE;
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_ENTRIES(ptes, addr_of(&self->args), 1);
	EXPECT_ENTRIES(ptes, addr_of(&self->args) + 2 * PAGE, 1);
}

TEST_F(cache, is_in_the_entries_after_mprotect)
{
	const int level = have_huge(self->fd) ? 2 : 1;
	char *area;
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	ASSERT_EQ(0, mprotect(area, self->args.length, PROT_READ));
	EXPECT_ENTRIES(ptes, area, level);
	EXPECT_ENTRIES(ptes, area + BLOCK, 1);
	ASSERT_EQ(0, mprotect(area + 5 * PAGE, PAGE, RW));
	ASSERT_EQ(0, write_signal(area + 5 * PAGE));
	ASSERT_EQ(0, read_signal(area));
	EXPECT_ENTRIES(ptes, area + 5 * PAGE, 1);
	EXPECT_ENTRIES(ptes, area, 1);
}

TEST_F(cache, is_in_the_entries_after_decommit)
{
	char *area;
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	ASSERT_EQ(0, decommit(self->fd, area + 3 * PAGE, BLOCK));
	ASSERT_EQ(0, commit(self->fd, area + 3 * PAGE, BLOCK));
	number_pages(area, BLOCK_PAGES + 3);
	EXPECT_EQ(variant->cache, ptes_read(ptes, area + 3 * PAGE, 0).user_cache);
	EXPECT_EQ(variant->cache, ptes_read(ptes, area + 3 * PAGE, 0).kernel_cache);
	EXPECT_ENTRIES(ptes, area + BLOCK, 1);
}

TEST_F(cache, is_in_the_entries_of_every_mapping)
{
	char *again;
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, self->args.out_fd, PAGE);
	ASSERT_NE(MAP_FAILED, again);
	ASSERT_EQ(0, write_signal(again + PAGE));
	EXPECT_ENTRIES(ptes, again + PAGE, 1);
}

TEST_F(cache, leaves_the_direct_map_with_the_area)
{
	const uint64_t last = self->args.length - PAGE;
	int ptes;

	SKIP_UNAVAILABLE();
	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), BLOCK_PAGES + 3);
	EXPECT_EQ(variant->cache, ptes_direct_map(ptes, self->args.out_phys));
	EXPECT_EQ(variant->cache, ptes_direct_map(ptes, self->args.out_phys + last));
	release(self->fd, &self->args);
	EXPECT_EQ(PHYSVM_CACHE_WB, ptes_direct_map(ptes, self->args.out_phys));
	EXPECT_EQ(PHYSVM_CACHE_WB, ptes_direct_map(ptes, self->args.out_phys + last));
}

TEST_HARNESS_MAIN
