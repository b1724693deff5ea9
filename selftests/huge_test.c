// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped by 2 MiB, what by 64 KiB, and that taking a part of it away
 * leaves the rest as it was.
 */
#include "kselftest_harness.h"

#include <sys/resource.h>

#include "smaps.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)
#define SIZE (4 * BLOCK)
#define PAGES (SIZE / PAGE)

/* The part that is taken away: some pages inside the second block. */
#define FIRST (BLOCK_PAGES + 17)
#define COUNT 5ul

static size_t pmd_mapped(const char *addr, size_t length)
{
	return smaps(addr, length, "FilePmdMapped");
}

/* For each test: in a set-up SKIP() does not keep the test from running. */
#define NEED_HUGE() \
	do { \
		if (!have_huge(self->fd)) \
			SKIP(return, "no 2 MiB mappings here"); \
	} while (0)

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static long faults_of_numbering(char *addr, size_t pages)
{
	long before = faults();

	number_pages(addr, pages);
	return faults() - before;
}

/* An area every page of which has been touched. */
FIXTURE(huge) {
	int fd;
	char *area;
	long faults;
};

FIXTURE_SETUP(huge)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->area = alloc_map(self->fd, SIZE, PHYSVM_ALLOC_COMMIT |
			       PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD);
	ASSERT_NE(NULL, self->area);
	self->faults = faults_of_numbering(self->area, PAGES);
}

FIXTURE_TEARDOWN(huge)
{
	munmap(self->area - PAGE, SIZE + 2 * PAGE);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* Other faults may have come in between, but not many. */
TEST_F(huge, area_takes_one_fault_a_block)
{
	NEED_HUGE();
	EXPECT_EQ(SIZE, pmd_mapped(self->area, SIZE));
	EXPECT_GE(self->faults, 4);
	EXPECT_LE(self->faults, 6);
}

TEST_F(huge, area_keeps_its_guards)
{
	NEED_HUGE();
	EXPECT_EQ(SIZE, pmd_mapped(self->area, SIZE));
	EXPECT_EQ(SIGSEGV, write_signal(self->area - 1));
	EXPECT_EQ(SIGSEGV, read_signal(self->area - PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(self->area + SIZE));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + SIZE + PAGE - 1));
}

TEST_F(huge, area_can_be_populated)
{
	char *area;

	NEED_HUGE();
	area = alloc_map(self->fd, SIZE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE);
	ASSERT_NE(NULL, area);
	EXPECT_EQ(SIZE, pmd_mapped(area, SIZE));
	EXPECT_EQ(0, unmap(self->fd, area, SIZE));
}

/* The pages on either side of the part, and the other blocks. */
static bool rest_as_before_but(const char *area, size_t count)
{
	const size_t behind = FIRST + count;

	return numbered_pages(area, 0, FIRST) == FIRST &&
	       numbered_pages(area + behind * PAGE, behind, PAGES - behind) == PAGES - behind;
}

static bool rest_as_before(const char *area)
{
	return rest_as_before_but(area, COUNT);
}

static char *part(const char *area)
{
	return (char *)(uintptr_t)area + FIRST * PAGE;
}

TEST_F(huge, area_may_be_protected_in_part)
{
	NEED_HUGE();
	ASSERT_EQ(0, mprotect(part(self->area), COUNT * PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(part(self->area)));
	EXPECT_EQ(SIGSEGV, write_signal(part(self->area) + COUNT * PAGE - 1));
	EXPECT_EQ(0, write_signal(part(self->area) - 1));
	EXPECT_EQ(0, write_signal(part(self->area) + COUNT * PAGE + 8));
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
	EXPECT_EQ(SIZE - BLOCK, pmd_mapped(self->area, SIZE));

	ASSERT_EQ(0, mprotect(part(self->area), COUNT * PAGE, PROT_NONE));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area)));
	EXPECT_TRUE(rest_as_before(self->area));
	ASSERT_EQ(0, mprotect(part(self->area), COUNT * PAGE, RW));
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
	EXPECT_EQ(0, write_signal(part(self->area)));
}

TEST_F(huge, area_may_be_unmapped_in_part)
{
	NEED_HUGE();
	ASSERT_EQ(0, unmap(self->fd, part(self->area), COUNT * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area)));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area) + COUNT * PAGE - 1));
	EXPECT_TRUE(rest_as_before(self->area));
	EXPECT_EQ(SIZE - BLOCK, pmd_mapped(self->area, SIZE));
}

TEST_F(huge, area_may_be_decommitted_in_part)
{
	NEED_HUGE();
	ASSERT_EQ(0, decommit(self->fd, part(self->area), COUNT * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area)));
	EXPECT_EQ(SIGSEGV, write_signal(part(self->area) + COUNT * PAGE - 1));
	EXPECT_TRUE(rest_as_before(self->area));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area)));
	EXPECT_EQ(SIZE - BLOCK, pmd_mapped(self->area, SIZE));

	ASSERT_EQ(0, commit(self->fd, part(self->area), COUNT * PAGE));
	EXPECT_TRUE(all_zero(part(self->area), COUNT * PAGE));
	EXPECT_TRUE(rest_as_before(self->area));
}

/* Not mapped any more at all, the block must not come back as a whole. */
TEST_F(huge, block_with_a_reserved_page_is_mapped_by_pages)
{
	NEED_HUGE();
	ASSERT_EQ(0, decommit(self->fd, part(self->area), PAGE));
	ASSERT_EQ(0, madvise(self->area, SIZE, MADV_DONTNEED));
	EXPECT_EQ(0u, pmd_mapped(self->area, SIZE));
	EXPECT_EQ(FIRST, numbered_pages(self->area, 0, FIRST));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->area)));
	EXPECT_EQ(BLOCK, pmd_mapped(self->area, SIZE));

	ASSERT_EQ(0, commit(self->fd, part(self->area), PAGE));
	ASSERT_EQ(0, madvise(self->area, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(all_zero(part(self->area), PAGE));
	EXPECT_TRUE(rest_as_before_but(self->area, 1));
}

/* MADV_DONTNEED unmaps; the contents are the area's, and come back as a block. */
TEST_F(huge, area_may_be_dropped_in_part)
{
	NEED_HUGE();
	ASSERT_EQ(0, madvise(part(self->area), COUNT * PAGE, MADV_DONTNEED));
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
	EXPECT_EQ(SIZE, pmd_mapped(self->area, SIZE));
}

/* Areas whose place matters. */
FIXTURE(placed) {
	int fd;
	uint64_t base;
};

/* Where that many blocks of the pool adjoin, or 0. */
static uint64_t adjoining_blocks(int fd, unsigned int blocks)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	while (!ioctl(fd, PHYSVM_POOL_RANGE, &range)) {
		if (range.out_length >= blocks * BLOCK)
			return range.out_phys;
		range.from = range.out_phys + range.out_length;
	}
	return 0;
}

FIXTURE_SETUP(placed)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->base = adjoining_blocks(self->fd, 4);
}

FIXTURE_TEARDOWN(placed)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static char *alloc_at_phys(int fd, uint64_t phys, uint64_t length)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_PHYS);

	args.phys_addr = phys;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

#define NEED_BLOCKS() \
	do { \
		NEED_HUGE(); \
		if (!self->base) \
			SKIP(return, "no blocks of the pool adjoin"); \
	} while (0)

TEST_F(placed, at_a_block_is_huge)
{
	char *area;

	NEED_BLOCKS();
	area = alloc_at_phys(self->fd, self->base, 2 * BLOCK);
	ASSERT_NE(NULL, area);
	number_pages(area, 2 * BLOCK_PAGES);
	EXPECT_EQ(2 * BLOCK, pmd_mapped(area, 2 * BLOCK));
	EXPECT_EQ(0, unmap(self->fd, area, 2 * BLOCK));
}

/* From the middle of a block to the middle of another. */
TEST_F(placed, amid_a_block_is_huge_in_the_middle)
{
	const uint64_t base = self->base + 100 * PAGE;
	size_t i;
	char *area;

	NEED_BLOCKS();
	area = alloc_at_phys(self->fd, base, 3 * BLOCK);
	ASSERT_NE(NULL, area);
	number_pages(area, 3 * BLOCK_PAGES);
	EXPECT_EQ(2 * BLOCK, pmd_mapped(area, 3 * BLOCK));
	EXPECT_EQ(3 * BLOCK_PAGES, numbered_pages(area, 0, 3 * BLOCK_PAGES));
	for (i = 0; i < 3 * BLOCK; i += 100 * PAGE)
		EXPECT_EQ(base + i, query(self->fd, area + i).out_phys);
	EXPECT_EQ(0, unmap(self->fd, area, 3 * BLOCK));
}

/* Mappings of a descriptor. */
FIXTURE(mapped) {
	int fd;
	int area;
	char *first;
};

FIXTURE_SETUP(mapped)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->area = alloc_fd(self->fd, SIZE, PHYSVM_ALLOC_COMMIT);
	self->first = mmap(NULL, SIZE, RW, MAP_SHARED, self->area, 0);
	ASSERT_NE(MAP_FAILED, self->first);
	number_pages(self->first, PAGES);
}

FIXTURE_TEARDOWN(mapped)
{
	munmap(self->first, SIZE);
	close(self->area);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(mapped, twice_is_huge_twice)
{
	char *second;

	NEED_HUGE();
	second = mmap(NULL, SIZE, RW, MAP_SHARED, self->area, 0);
	ASSERT_NE(MAP_FAILED, second);
	EXPECT_EQ(PAGES, numbered_pages(second, 0, PAGES));
	EXPECT_EQ(SIZE, pmd_mapped(self->first, SIZE));
	EXPECT_EQ(SIZE, pmd_mapped(second, SIZE));

	ASSERT_EQ(0, decommit(self->fd, part(self->first), COUNT * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(part(self->first)));
	EXPECT_EQ(SIGSEGV, read_signal(part(second)));
	EXPECT_TRUE(rest_as_before(self->first));
	EXPECT_TRUE(rest_as_before(second));
	EXPECT_EQ(SIZE - BLOCK, pmd_mapped(self->first, SIZE));
	EXPECT_EQ(SIZE - BLOCK, pmd_mapped(second, SIZE));
	munmap(second, SIZE);
}

TEST_F(mapped, at_an_odd_address_is_mapped_by_pages)
{
	char *addr = free_addresses(SIZE + BLOCK) + PAGE;
	char *second;

	NEED_HUGE();
	second = mmap(addr, SIZE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, self->area, 0);
	ASSERT_EQ(addr, second);
	EXPECT_EQ(PAGES, numbered_pages(second, 0, PAGES));
	EXPECT_EQ(0u, pmd_mapped(second, SIZE));
	EXPECT_EQ(SIZE, pmd_mapped(self->first, SIZE));
	munmap(second, SIZE);
}

TEST_F(mapped, from_amid_a_block_is_huge_in_the_middle)
{
	char *second;

	NEED_HUGE();
	second = mmap(NULL, SIZE - BLOCK, RW, MAP_SHARED, self->area, 7 * PAGE);
	ASSERT_NE(MAP_FAILED, second);
	EXPECT_EQ(PAGES - BLOCK_PAGES, numbered_pages(second, 7, PAGES - BLOCK_PAGES));
	EXPECT_EQ(SIZE - 2 * BLOCK, pmd_mapped(second, SIZE - BLOCK));
	munmap(second, SIZE - BLOCK);
}

/* Areas too small for a block: 16 pages a fault. */
TEST_F(mapped, small_areas_take_one_fault_for_16_pages)
{
	const size_t pages = 256;
	char *small = alloc_map(self->fd, pages * PAGE, PHYSVM_ALLOC_COMMIT);
	long faults;

	ASSERT_NE(NULL, small);
	faults = faults_of_numbering(small, pages);
	EXPECT_GE(faults, 16);
	EXPECT_LE(faults, 18);
	EXPECT_EQ(pages, numbered_pages(small, 0, pages));
	EXPECT_EQ(0, unmap(self->fd, small, pages * PAGE));
}

/* A neighbour that is reserved is not brought along. */
TEST_F(mapped, small_areas_bring_only_committed_pages)
{
	char *area = alloc_map(self->fd, 32 * PAGE, 0);
	char *small = (char *)(((uintptr_t)area + 16 * PAGE - 1) & -(16 * PAGE));

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, commit(self->fd, small, 5 * PAGE));
	ASSERT_EQ(0, commit(self->fd, small + 6 * PAGE, 10 * PAGE));
	EXPECT_EQ(0, write_signal(small + 2 * PAGE));
	EXPECT_EQ(5 * PAGE, smaps(area, 32 * PAGE, "Rss"));
	EXPECT_EQ(0, write_signal(small + 9 * PAGE));
	EXPECT_EQ(15 * PAGE, smaps(area, 32 * PAGE, "Rss"));
	EXPECT_EQ(SIGSEGV, read_signal(small + 5 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, area, 32 * PAGE));
}

TEST_HARNESS_MAIN
