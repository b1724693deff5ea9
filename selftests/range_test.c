// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on ranges of addresses: COMMIT, DECOMMIT, PROTECT_CHECK, UNMAP, QUERY.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)
#define BOTH_GUARDS (PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD)

static int protect_check(int fd, const void *addr, uint64_t length, uint32_t prot)
{
	return range_call(fd, PHYSVM_PROTECT_CHECK, prot, addr, length);
}

static int query_error(int fd, const void *addr)
{
	struct physvm_query args = { .size = sizeof(args), .addr = (uintptr_t)addr };

	return call(fd, PHYSVM_QUERY, &args);
}

static uint32_t state(int fd, const void *addr)
{
	return query_error(fd, addr) ? UINT32_MAX : query(fd, addr).out_state;
}

static bool region_is(int fd, const void *at, const void *addr, uint64_t length)
{
	const struct physvm_query page = query(fd, at);

	return page.size && page.out_region_addr == (uintptr_t)addr &&
	       page.out_region_length == length;
}

/*
 * What every call on a range refuses. In pages from @base on:
 *
 *   16 … 24  @half, its first four pages committed and numbered, four reserved
 *   24 … 32  @full, committed and numbered, its neighbour
 *   32 … 36  memory that is not the module's
 *   40       low guard of
 *   41 … 49  @guarded
 *   49       its high guard
 *   50 … 54  @last, the guard's neighbour
 */
FIXTURE(refusal)
{
	int fd;
	char *base;
	char *half;
	char *full;
	char *foreign;
	char *guarded;
	char *last;
};

FIXTURE_VARIANT(refusal)
{
	unsigned long cmd;
	uint32_t flags;
	int inner_guard;	/* errno of a range with a guard inside */
};

FIXTURE_VARIANT_ADD(refusal, commit)
{
	.cmd = PHYSVM_COMMIT,
	.inner_guard = EACCES,
};

FIXTURE_VARIANT_ADD(refusal, commit_populate)
{
	.cmd = PHYSVM_COMMIT,
	.flags = PHYSVM_COMMIT_POPULATE,
	.inner_guard = EACCES,
};

FIXTURE_VARIANT_ADD(refusal, decommit)
{
	.cmd = PHYSVM_DECOMMIT,
	.inner_guard = EACCES,
};

FIXTURE_VARIANT_ADD(refusal, protect_check)
{
	.cmd = PHYSVM_PROTECT_CHECK,
	.flags = PHYSVM_PROT_READ,
	.inner_guard = EACCES,
};

FIXTURE_VARIANT_ADD(refusal, unmap)
{
	.cmd = PHYSVM_UNMAP,
	.inner_guard = 0,
};

FIXTURE_SETUP(refusal)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->base = free_addresses(64 * PAGE);
	self->half = alloc_at(self->fd, self->base + 16 * PAGE, 8 * PAGE, 0);
	self->full = alloc_at(self->fd, self->base + 24 * PAGE, 8 * PAGE,
			      PHYSVM_ALLOC_COMMIT);
	self->foreign = mmap(self->base + 32 * PAGE, 4 * PAGE, RW,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	self->guarded = alloc_at(self->fd, self->base + 41 * PAGE, 8 * PAGE,
				 PHYSVM_ALLOC_COMMIT | BOTH_GUARDS);
	self->last = alloc_at(self->fd, self->base + 50 * PAGE, 4 * PAGE,
			      PHYSVM_ALLOC_COMMIT);
	ASSERT_TRUE(self->half && self->full && self->guarded && self->last);
	ASSERT_EQ(self->base + 32 * PAGE, self->foreign);
	ASSERT_EQ(0, commit(self->fd, self->half, 4 * PAGE));
	number_pages(self->half, 4);
	number_pages(self->full, 8);
	number_pages(self->foreign, 4);
	number_pages(self->guarded, 8);
	number_pages(self->last, 4);
}

FIXTURE_TEARDOWN(refusal)
{
}

static bool all_there(const FIXTURE_DATA(refusal) *self)
{
	return numbered_pages(self->half, 0, 4) == 4 &&
	       numbered_pages(self->full, 0, 8) == 8 &&
	       numbered_pages(self->foreign, 0, 4) == 4 &&
	       numbered_pages(self->guarded, 0, 8) == 8 &&
	       numbered_pages(self->last, 0, 4) == 4;
}

static bool states_as_before(const FIXTURE_DATA(refusal) *self)
{
	size_t i;

	for (i = 4; i < 8; i++)
		if (state(self->fd, self->half + i * PAGE) != PHYSVM_PAGE_RESERVED)
			return false;
	return state(self->fd, self->guarded - PAGE) == PHYSVM_PAGE_GUARD &&
	       state(self->fd, self->guarded + 8 * PAGE) == PHYSVM_PAGE_GUARD;
}

#define EXPECT_RANGE_REFUSED(error, addr, length) \
	do { \
		EXPECT_REFUSED(error, self->fd, \
			       range_call(self->fd, variant->cmd, variant->flags, \
					  addr, length)); \
		EXPECT_TRUE(all_there(self)); \
		EXPECT_TRUE(states_as_before(self)); \
	} while (0)

TEST_F(refusal, nothing_there)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->base, PAGE);
}

TEST_F(refusal, memory_of_others)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->foreign, 4 * PAGE);
}

TEST_F(refusal, heap)
{
	char *heap = sbrk(0);

	ASSERT_NE((void *)-1, sbrk(4 * PAGE));
	EXPECT_RANGE_REFUSED(ENOENT, (void *)(((uintptr_t)heap + PAGE) & -PAGE), PAGE);
}

TEST_F(refusal, stack)
{
	int variable;

	EXPECT_RANGE_REFUSED(ENOENT, (void *)((uintptr_t)&variable & -PAGE), PAGE);
}

TEST_F(refusal, another_file)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *addr = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);

	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_RANGE_REFUSED(ENOENT, addr, PAGE);
}

TEST_F(refusal, begins_before_an_area)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->half - PAGE, 2 * PAGE);
}

TEST_F(refusal, runs_into_memory_of_others)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->half, 17 * PAGE);
}

TEST_F(refusal, begins_in_memory_of_others)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->foreign, 9 * PAGE);
}

TEST_F(refusal, runs_beyond_the_last_area)
{
	EXPECT_RANGE_REFUSED(ENOENT, self->last, 5 * PAGE);
}

TEST_F(refusal, hole_inside)
{
	char *hole = self->guarded + 4 * PAGE;
	struct traces before;

	ASSERT_EQ(0, munmap(hole, PAGE));
	before = traces(self->fd);
	EXPECT_EQ(ENOENT, range_call(self->fd, variant->cmd, variant->flags,
				     self->guarded, 8 * PAGE));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
	EXPECT_EQ(4, numbered_pages(self->guarded, 0, 4));
	EXPECT_EQ(3, numbered_pages(self->guarded + 5 * PAGE, 5, 3));
}

TEST_F(refusal, low_guard)
{
	EXPECT_RANGE_REFUSED(EACCES, self->guarded - PAGE, PAGE);
}

TEST_F(refusal, high_guard)
{
	EXPECT_RANGE_REFUSED(EACCES, self->guarded + 8 * PAGE, PAGE);
}

TEST_F(refusal, begins_with_guard)
{
	EXPECT_RANGE_REFUSED(EACCES, self->guarded - PAGE, 3 * PAGE);
}

TEST_F(refusal, ends_with_guard)
{
	EXPECT_RANGE_REFUSED(EACCES, self->guarded + 7 * PAGE, 2 * PAGE);
}

TEST_F(refusal, begins_with_guard_of_the_area_below)
{
	EXPECT_RANGE_REFUSED(EACCES, self->last - PAGE, 2 * PAGE);
}

TEST_F(refusal, guard_inside)
{
	if (!variant->inner_guard)
		SKIP(return, "a guard goes with the pages around it");
	EXPECT_RANGE_REFUSED(variant->inner_guard, self->guarded, 10 * PAGE);
}

TEST_F(refusal, unaligned_address)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half + 8, PAGE);
}

TEST_F(refusal, unaligned_length)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half, PAGE + 8);
}

TEST_F(refusal, length_zero)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half, 0);
}

TEST_F(refusal, end_wraps_to_zero)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half, -(uintptr_t)self->half);
}

TEST_F(refusal, end_wraps_below_start)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half, -PAGE);
}

TEST_F(refusal, ends_in_kernel_addresses)
{
	EXPECT_RANGE_REFUSED(EINVAL, self->half, 1ull << 62);
}

TEST_F(refusal, all_of_it_in_kernel_addresses)
{
	EXPECT_RANGE_REFUSED(EINVAL, (void *)(-16 * PAGE), PAGE);
}

TEST_F(refusal, accepts_part_of_an_area)
{
	EXPECT_EQ(0, range_call(self->fd, variant->cmd, variant->flags,
				self->full + 2 * PAGE, 3 * PAGE));
}

TEST_F(refusal, accepts_parts_of_two_areas)
{
	EXPECT_EQ(0, range_call(self->fd, variant->cmd, variant->flags,
				self->half + 7 * PAGE, 2 * PAGE));
}

TEST_F(refusal, accepts_both_areas)
{
	EXPECT_EQ(0, range_call(self->fd, variant->cmd, variant->flags,
				self->half, 16 * PAGE));
}

TEST_F(refusal, accepts_pages_between_guards)
{
	EXPECT_EQ(0, range_call(self->fd, variant->cmd, variant->flags,
				self->guarded, 8 * PAGE));
}

TEST_F(refusal, accepts_it_twice)
{
	const int second = variant->cmd == PHYSVM_UNMAP ? ENOENT : 0;

	ASSERT_EQ(0, range_call(self->fd, variant->cmd, variant->flags,
				self->full, 8 * PAGE));
	EXPECT_EQ(second, range_call(self->fd, variant->cmd, variant->flags,
				     self->full, 8 * PAGE));
}

/* What each call does. */

FIXTURE(range)
{
	int fd;
	char *base;	/* nothing is mapped from here on, 32 pages */
};

FIXTURE_SETUP(range)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->base = free_addresses(32 * PAGE);
	ASSERT_NE(NULL, self->base);
}

FIXTURE_TEARDOWN(range)
{
}

/* An area of @pages, committed and numbered. */
static char *numbered_area(int fd, size_t pages, uint32_t flags)
{
	char *area = alloc_map(fd, pages * PAGE, flags | PHYSVM_ALLOC_COMMIT);

	if (area)
		number_pages(area, pages);
	return area;
}

/* COMMIT */

TEST_F(range, reserved_page_is_sigsegv)
{
	char *area = alloc_map(self->fd, PAGE, 0);

	EXPECT_EQ(SIGSEGV, read_signal(area));
	EXPECT_EQ(SIGSEGV, write_signal(area));
}

TEST_F(range, commit_gives_zero_pages_and_no_others)
{
	char *area = alloc_map(self->fd, 8 * PAGE, 0);

	ASSERT_EQ(0, commit(self->fd, area + 2 * PAGE, 3 * PAGE));
	EXPECT_TRUE(all_zero(area + 2 * PAGE, 3 * PAGE));
	EXPECT_EQ(0, write_signal(area + 4 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 5 * PAGE));
}

TEST_F(range, commit_of_reserved_takes_no_pages)
{
	char *area = alloc_map(self->fd, 8 * PAGE, 0);
	const struct physvm_pool_stat before = pool_stat(self->fd);
	struct physvm_pool_stat after;

	ASSERT_EQ(0, commit(self->fd, area, 8 * PAGE));
	after = pool_stat(self->fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(range, commit_keeps_contents)
{
	char *area = alloc_map(self->fd, 8 * PAGE, 0);

	ASSERT_EQ(0, commit(self->fd, area, 4 * PAGE));
	number_pages(area, 4);
	ASSERT_EQ(0, commit(self->fd, area, 8 * PAGE));
	EXPECT_EQ(4, numbered_pages(area, 0, 4));
	EXPECT_TRUE(all_zero(area + 4 * PAGE, 4 * PAGE));
}

TEST_F(range, commit_across_areas_commits_in_both)
{
	char *low = alloc_at(self->fd, self->base, 4 * PAGE, 0);
	char *high = alloc_at(self->fd, self->base + 4 * PAGE, 4 * PAGE, 0);

	ASSERT_TRUE(low && high);
	ASSERT_EQ(0, commit(self->fd, low + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(low + 2 * PAGE));
	EXPECT_EQ(0, write_signal(low + 3 * PAGE));
	EXPECT_EQ(0, write_signal(high));
	EXPECT_EQ(SIGSEGV, read_signal(high + PAGE));
}

TEST_F(range, commit_maps_nothing_yet)
{
	char *area = alloc_map(self->fd, 20 * PAGE, 0);

	ASSERT_EQ(0, commit(self->fd, area, 20 * PAGE));
	EXPECT_EQ(0, resident_pages(area, 20));
}

TEST_F(range, commit_populate_maps_all_and_only_the_range)
{
	char *area = alloc_map(self->fd, 60 * PAGE, 0);

	ASSERT_EQ(0, range_call(self->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				area + 3 * PAGE, 40 * PAGE));
	EXPECT_EQ(40, resident_pages(area + 3 * PAGE, 40));
	EXPECT_EQ(40, resident_pages(area, 60));
	EXPECT_TRUE(all_zero(area + 3 * PAGE, 40 * PAGE));
}

TEST_F(range, commit_populate_without_access)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, 0);
	char *area;

	args.prot = 0;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	area = (char *)(uintptr_t)args.out_addr;
	ASSERT_EQ(0, range_call(self->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				area, 4 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area));
	ASSERT_EQ(0, mprotect(area, 4 * PAGE, RW));
	EXPECT_TRUE(all_zero(area, 4 * PAGE));
}

TEST_F(range, commit_populate_write_only)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, 0);

	args.prot = PHYSVM_PROT_WRITE;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	ASSERT_EQ(0, range_call(self->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				(void *)(uintptr_t)args.out_addr, 4 * PAGE));
	EXPECT_EQ(4, resident_pages((char *)(uintptr_t)args.out_addr, 4));
}

TEST_F(range, commit_shows_in_every_mapping)
{
	int area_fd = alloc_fd(self->fd, 4 * PAGE, 0);
	char *one = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, area_fd, 0);
	char *other = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, area_fd, 0);

	ASSERT_TRUE(one != MAP_FAILED && other != MAP_FAILED);
	ASSERT_EQ(0, commit(self->fd, one, 4 * PAGE));
	number_pages(one, 4);
	EXPECT_EQ(4, numbered_pages(other, 0, 4));
}

/* DECOMMIT */

TEST_F(range, decommitted_page_is_sigsegv_and_its_neighbours_are_not)
{
	char *area = numbered_area(self->fd, 8, 0);

	ASSERT_EQ(0, decommit(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 3 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 3 * PAGE));
	EXPECT_EQ(3, numbered_pages(area, 0, 3));
	EXPECT_EQ(4, numbered_pages(area + 4 * PAGE, 4, 4));
	EXPECT_EQ(SIGSEGV, read_signal(area + 3 * PAGE));
}

TEST_F(range, decommitted_page_comes_back_zero)
{
	char *area = numbered_area(self->fd, 8, 0);

	ASSERT_EQ(0, decommit(self->fd, area + 3 * PAGE, 2 * PAGE));
	ASSERT_EQ(0, commit(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_TRUE(all_zero(area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 4 * PAGE));
	EXPECT_EQ(3, numbered_pages(area, 0, 3));
	EXPECT_EQ(3, numbered_pages(area + 5 * PAGE, 5, 3));
}

TEST_F(range, decommit_keeps_the_pages_the_areas)
{
	char *area = numbered_area(self->fd, 8, 0);
	const uint64_t phys = query(self->fd, area + PAGE).out_phys;
	const struct physvm_pool_stat before = pool_stat(self->fd);
	struct physvm_pool_stat after;

	ASSERT_EQ(0, decommit(self->fd, area, 8 * PAGE));
	after = pool_stat(self->fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(phys, query(self->fd, area + PAGE).out_phys);
}

TEST_F(range, decommit_of_reserved_changes_nothing)
{
	char *area = alloc_map(self->fd, 8 * PAGE, 0);

	EXPECT_REFUSED(0, self->fd, decommit(self->fd, area, 8 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, state(self->fd, area));
}

TEST_F(range, decommit_across_areas)
{
	char *low = alloc_at(self->fd, self->base, 4 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *high = alloc_at(self->fd, self->base + 4 * PAGE, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_TRUE(low && high);
	number_pages(low, 8);
	ASSERT_EQ(0, decommit(self->fd, low + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(3, numbered_pages(low, 0, 3));
	EXPECT_EQ(SIGSEGV, read_signal(low + 3 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(high));
	EXPECT_EQ(3, numbered_pages(high + PAGE, 5, 3));
}

TEST_F(range, decommit_reaches_another_process)
{
	char *area = numbered_area(self->fd, 2, 0);
	pid_t child = fork();

	if (!child) {
		child_need(numbered_pages(area, 0, 2) == 2);
		raise(SIGSTOP);
		child_need(read_signal(area) == SIGSEGV);
		_exit(!(numbered_pages(area + PAGE, 1, 1) == 1));
	}
	ASSERT_TRUE(child_stopped(child));
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	EXPECT_TRUE(child_finish(child));
}

/* System calls see the states as loads and stores do. */

TEST_F(range, system_calls_fail_on_reserved_pages)
{
	char *area = alloc_map(self->fd, PAGE, 0);
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(-1, write(ends[1], area, 8));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(8, write(ends[1], "12345678", 8));
	EXPECT_EQ(-1, read(ends[0], area, 8));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(range, system_calls_fail_on_decommitted_pages)
{
	char *area = numbered_area(self->fd, 1, 0);
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(8, write(ends[1], area, 8));
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	EXPECT_EQ(-1, read(ends[0], area, 8));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(range, system_calls_stop_at_a_reserved_page)
{
	char *area = numbered_area(self->fd, 2, 0);
	int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	ASSERT_EQ(0, decommit(self->fd, area + PAGE, PAGE));
	EXPECT_EQ(PAGE, read(file, area, 2 * PAGE));
	EXPECT_TRUE(all_zero(area, PAGE));
}

TEST_F(range, decommit_of_a_page_in_a_pipe)
{
	char *area = numbered_area(self->fd, 1, 0);
	struct iovec page = { area, PAGE };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(PAGE, vmsplice(ends[1], &page, 1, 0));
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area));
	ASSERT_EQ(0, commit(self->fd, area, PAGE));
	EXPECT_TRUE(all_zero(area, PAGE));
}

/*
 * Blocks: one page of a 2 MiB mapping is decommitted. @other is a second
 * mapping of the same area, with or without 2 MiB mappings of its own.
 */
FIXTURE(block)
{
	int fd;
	char *area;
	char *other;
};

FIXTURE_VARIANT(block)
{
	size_t page;
	bool twice;
	size_t shift;	/* pages by which the second mapping is misaligned */
};

#define PAGE_OF_BLOCK(name, _page) \
	FIXTURE_VARIANT_ADD(block, name) \
	{ \
		.page = BLOCK_PAGES + _page, \
	}; \
	FIXTURE_VARIANT_ADD(block, name##_twice) \
	{ \
		.page = BLOCK_PAGES + _page, \
		.twice = true, \
	}; \
	FIXTURE_VARIANT_ADD(block, name##_twice_misaligned) \
	{ \
		.page = BLOCK_PAGES + _page, \
		.twice = true, \
		.shift = 7, \
	}

PAGE_OF_BLOCK(first, 0);
PAGE_OF_BLOCK(second, 1);
PAGE_OF_BLOCK(middle, 255);
PAGE_OF_BLOCK(last, 511);

#define BLOCK_AREA_PAGES (3 * BLOCK_PAGES)

FIXTURE_SETUP(block)
{
	struct physvm_alloc args = alloc_args(3 * BLOCK, PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT |
							 PHYSVM_ALLOC_POPULATE);
	char *at;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	self->area = self->other = (char *)(uintptr_t)args.out_addr;
	at = free_addresses(4 * BLOCK) + variant->shift * PAGE;
	if (variant->twice)
		self->other = mmap(at, 3 * BLOCK, RW, MAP_SHARED | MAP_FIXED_NOREPLACE,
				   args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, self->other);
	number_pages(self->area, BLOCK_AREA_PAGES);
	ASSERT_EQ(BLOCK_AREA_PAGES, numbered_pages(self->other, 0, BLOCK_AREA_PAGES));
}

FIXTURE_TEARDOWN(block)
{
}

/* All pages but @page are as they were numbered. */
static bool others_numbered(const char *area, size_t page)
{
	return numbered_pages(area, 0, page) == page &&
	       numbered_pages(area + (page + 1) * PAGE, page + 1,
			      BLOCK_AREA_PAGES - page - 1) == BLOCK_AREA_PAGES - page - 1;
}

TEST_F(block, decommitted_page_stays_sigsegv)
{
	char *page = self->area + variant->page * PAGE;

	ASSERT_EQ(0, decommit(self->fd, page, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(page));
	EXPECT_TRUE(others_numbered(self->area, variant->page));
	EXPECT_EQ(SIGSEGV, read_signal(page));
	EXPECT_EQ(SIGSEGV, write_signal(page));
}

TEST_F(block, decommitted_page_stays_sigsegv_in_the_other_mapping)
{
	char *page = self->other + variant->page * PAGE;

	ASSERT_EQ(0, decommit(self->fd, self->area + variant->page * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(page));
	EXPECT_TRUE(others_numbered(self->other, variant->page));
	EXPECT_TRUE(others_numbered(self->area, variant->page));
	EXPECT_EQ(SIGSEGV, read_signal(page));
}

TEST_F(block, neighbours_touched_first)
{
	char *page = self->area + variant->page * PAGE;

	ASSERT_EQ(0, decommit(self->fd, page, PAGE));
	EXPECT_TRUE(others_numbered(self->area, variant->page));
	EXPECT_TRUE(others_numbered(self->other, variant->page));
	EXPECT_FALSE(resident(page));
	EXPECT_EQ(SIGSEGV, read_signal(page));
}

TEST_F(block, neighbours_mapped_afresh)
{
	char *page = self->area + variant->page * PAGE;

	ASSERT_EQ(0, decommit(self->fd, page, PAGE));
	ASSERT_EQ(0, madvise(self->area, 3 * BLOCK, MADV_DONTNEED));
	EXPECT_TRUE(others_numbered(self->area, variant->page));
	EXPECT_FALSE(resident(page));
	EXPECT_EQ(SIGSEGV, read_signal(page));
}

TEST_F(block, recommitted_page_is_zero)
{
	char *page = self->area + variant->page * PAGE;

	ASSERT_EQ(0, decommit(self->fd, page, PAGE));
	ASSERT_TRUE(others_numbered(self->area, variant->page));
	ASSERT_EQ(0, commit(self->fd, page, PAGE));
	EXPECT_TRUE(all_zero(page, PAGE));
	EXPECT_TRUE(others_numbered(self->area, variant->page));
	EXPECT_TRUE(others_numbered(self->other, variant->page));
}

TEST_F(block, recommitted_page_is_the_same_in_both_mappings)
{
	ASSERT_EQ(0, decommit(self->fd, self->other + variant->page * PAGE, PAGE));
	ASSERT_EQ(0, commit(self->fd, self->other + variant->page * PAGE, PAGE));
	number_pages(self->area, BLOCK_AREA_PAGES);
	EXPECT_EQ(BLOCK_AREA_PAGES, numbered_pages(self->other, 0, BLOCK_AREA_PAGES));
}

TEST_F(block, every_other_page_decommitted)
{
	size_t i;

	for (i = 0; i < BLOCK_AREA_PAGES; i += 2)
		ASSERT_EQ(0, decommit(self->fd, self->area + i * PAGE, PAGE));
	for (i = 0; i < BLOCK_AREA_PAGES; i += 2) {
		ASSERT_EQ(SIGSEGV, read_signal(self->other + i * PAGE));
		ASSERT_EQ(1, numbered_pages(self->other + (i + 1) * PAGE, i + 1, 1));
	}
}

/* UNMAP */

TEST_F(range, unmap_of_the_start)
{
	char *area = numbered_area(self->fd, 8, 0);

	ASSERT_EQ(0, unmap(self->fd, area, 3 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 2 * PAGE));
	EXPECT_EQ(5, numbered_pages(area + 3 * PAGE, 3, 5));
	EXPECT_TRUE(region_is(self->fd, area + 4 * PAGE, area + 3 * PAGE, 5 * PAGE));
}

TEST_F(range, unmap_of_the_middle)
{
	char *area = numbered_area(self->fd, 8, 0);

	ASSERT_EQ(0, unmap(self->fd, area + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 3 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 4 * PAGE));
	EXPECT_EQ(3, numbered_pages(area, 0, 3));
	EXPECT_EQ(3, numbered_pages(area + 5 * PAGE, 5, 3));
	EXPECT_TRUE(region_is(self->fd, area, area, 3 * PAGE));
	EXPECT_TRUE(region_is(self->fd, area + 5 * PAGE, area + 5 * PAGE, 3 * PAGE));
}

TEST_F(range, unmap_of_the_end)
{
	char *area = numbered_area(self->fd, 8, 0);

	ASSERT_EQ(0, unmap(self->fd, area + 6 * PAGE, 2 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 6 * PAGE));
	EXPECT_EQ(6, numbered_pages(area, 0, 6));
	EXPECT_TRUE(region_is(self->fd, area, area, 6 * PAGE));
}

TEST_F(range, unmapped_pages_are_not_mapped)
{
	char *area = numbered_area(self->fd, 8, 0);
	unsigned char map;

	ASSERT_EQ(0, unmap(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 3 * PAGE));
	EXPECT_EQ(-1, mincore(area + 3 * PAGE, PAGE, &map));
	EXPECT_EQ(ENOMEM, errno);
}

TEST_F(range, unmap_of_all_leaves_nothing)
{
	const struct traces before = traces(self->fd);
	char *area = numbered_area(self->fd, 8, BOTH_GUARDS);

	ASSERT_EQ(0, unmap(self->fd, area, 8 * PAGE));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(range, unmap_piece_by_piece_leaves_nothing)
{
	static const int order[] = { 3, 0, 7, 4, 1, 6, 2, 5 };
	const struct traces before = traces(self->fd);
	char *area = numbered_area(self->fd, 8, BOTH_GUARDS);
	size_t i;

	for (i = 0; i < 8; i++) {
		EXPECT_EQ(1, pool_stat(self->fd).out_areas);
		ASSERT_EQ(0, unmap(self->fd, area + order[i] * PAGE, PAGE));
	}
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(range, unmap_across_areas_leaves_nothing)
{
	const struct traces before = traces(self->fd);

	ASSERT_TRUE(!!alloc_at(self->fd, self->base + PAGE, 4 * PAGE, BOTH_GUARDS));
	ASSERT_TRUE(!!alloc_at(self->fd, self->base + 7 * PAGE, 4 * PAGE, BOTH_GUARDS));
	ASSERT_EQ(0, unmap(self->fd, self->base + PAGE, 10 * PAGE));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(range, unmap_across_areas_in_part)
{
	ASSERT_TRUE(!!alloc_at(self->fd, self->base + PAGE, 4 * PAGE, BOTH_GUARDS));
	ASSERT_TRUE(!!alloc_at(self->fd, self->base + 7 * PAGE, 4 * PAGE, BOTH_GUARDS));
	ASSERT_EQ(0, unmap(self->fd, self->base + 3 * PAGE, 6 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, self->base));
	EXPECT_TRUE(region_is(self->fd, self->base + PAGE, self->base + PAGE, 2 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, self->base + 5 * PAGE));
	EXPECT_TRUE(region_is(self->fd, self->base + 9 * PAGE, self->base + 9 * PAGE, 2 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, self->base + 11 * PAGE));
}

TEST_F(range, unmap_of_the_first_page_takes_its_guard)
{
	char *area = numbered_area(self->fd, 4, BOTH_GUARDS);

	ASSERT_EQ(0, unmap(self->fd, area, PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area - PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area + 4 * PAGE));
}

TEST_F(range, unmap_of_the_last_page_takes_its_guard)
{
	char *area = numbered_area(self->fd, 4, BOTH_GUARDS);

	ASSERT_EQ(0, unmap(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 4 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area - PAGE));
}

TEST_F(range, unmap_of_the_middle_takes_no_guard)
{
	char *area = numbered_area(self->fd, 4, BOTH_GUARDS);

	ASSERT_EQ(0, unmap(self->fd, area + PAGE, 2 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area - PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area + 4 * PAGE));
}

TEST_F(range, unmap_does_not_take_a_neighbours_guard)
{
	char *guarded = alloc_at(self->fd, self->base, 4 * PAGE, PHYSVM_ALLOC_HIGH_GUARD);
	char *area = alloc_at(self->fd, self->base + 5 * PAGE, 4 * PAGE, 0);

	ASSERT_TRUE(guarded && area);
	ASSERT_EQ(0, unmap(self->fd, area, 4 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, guarded + 4 * PAGE));
}

TEST_F(range, unmap_of_a_page_whose_guard_is_gone)
{
	const struct traces before = traces(self->fd);
	char *area = numbered_area(self->fd, 4, BOTH_GUARDS);

	ASSERT_EQ(0, munmap(area - PAGE, PAGE));
	ASSERT_EQ(0, munmap(area + 4 * PAGE, PAGE));
	ASSERT_EQ(0, unmap(self->fd, area, 4 * PAGE));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(range, unmap_of_a_page_whose_guard_is_replaced)
{
	char *area = numbered_area(self->fd, 4, BOTH_GUARDS);
	char *guard = mmap(area + 4 * PAGE, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ASSERT_EQ(area + 4 * PAGE, guard);
	number_pages(guard, 1);
	ASSERT_EQ(0, unmap(self->fd, area, 4 * PAGE));
	EXPECT_EQ(1, numbered_pages(guard, 0, 1));
}

TEST_F(range, unmap_in_a_block_keeps_the_rest)
{
	char *area = numbered_area(self->fd, 3 * BLOCK_PAGES, PHYSVM_ALLOC_POPULATE);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, unmap(self->fd, area + BLOCK + 100 * PAGE, PAGE));
	EXPECT_EQ(BLOCK_PAGES + 100, numbered_pages(area, 0, BLOCK_PAGES + 100));
	EXPECT_EQ(2 * BLOCK_PAGES - 101,
		  numbered_pages(area + BLOCK + 101 * PAGE, BLOCK_PAGES + 101,
				 2 * BLOCK_PAGES - 101));
}

TEST_F(range, unmap_does_not_decommit)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD);
	char *area, *again;

	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	area = (char *)(uintptr_t)args.out_addr;
	number_pages(area, 4);
	ASSERT_EQ(0, unmap(self->fd, area, 4 * PAGE));
	again = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(4, numbered_pages(again, 0, 4));
}

/* PROTECT_CHECK and mprotect(2): one says what the other does. */

/* Committed, read-only, never more than @max_prot. */
static char *ceiling_area(int fd, char *at, uint32_t max_prot, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, flags | PHYSVM_ALLOC_VIRT |
							PHYSVM_ALLOC_COMMIT);

	args.virt_addr = (uintptr_t)at;
	args.prot = PHYSVM_PROT_READ;
	args.max_prot = max_prot;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

static int protect_error(void *addr, size_t length, int prot)
{
	return mprotect(addr, length, prot) ? errno : 0;
}

/* A range and a protection, in either way. */
#define EXPECT_PROTECTION_REFUSED(error, addr, length, prot) \
	do { \
		EXPECT_REFUSED(error, self->fd, \
			       protect_check(self->fd, addr, length, prot)); \
		EXPECT_REFUSED(error, self->fd, protect_error(addr, length, prot)); \
	} while (0)

TEST_F(range, protection_beyond_the_ceiling)
{
	char *area = ceiling_area(self->fd, self->base, PHYSVM_PROT_READ, 0);

	ASSERT_NE(NULL, area);
	EXPECT_PROTECTION_REFUSED(EACCES, area, 4 * PAGE, RW);
	EXPECT_EQ(SIGSEGV, write_signal(area));
}

TEST_F(range, protection_beyond_the_ceiling_for_execution)
{
	char *area = ceiling_area(self->fd, self->base, RW, 0);

	ASSERT_NE(NULL, area);
	EXPECT_PROTECTION_REFUSED(EACCES, area, 4 * PAGE, PROT_READ | PROT_EXEC);
}

TEST_F(range, protection_up_to_the_ceiling)
{
	char *area = ceiling_area(self->fd, self->base, RW, 0);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(0, protect_check(self->fd, area, 4 * PAGE, RW));
	EXPECT_EQ(0, mprotect(area, 4 * PAGE, RW));
	EXPECT_EQ(0, write_signal(area));
}

TEST_F(range, protection_beyond_the_second_areas_ceiling)
{
	char *low = ceiling_area(self->fd, self->base, RW, 0);
	char *high = ceiling_area(self->fd, self->base + 4 * PAGE, PHYSVM_PROT_READ, 0);

	ASSERT_TRUE(low && high);
	EXPECT_REFUSED(EACCES, self->fd, protect_check(self->fd, low, 8 * PAGE, RW));
	EXPECT_EQ(0, protect_check(self->fd, low, 4 * PAGE, RW));
}

TEST_F(range, protection_of_a_low_guard)
{
	char *area = ceiling_area(self->fd, self->base + PAGE, RW, BOTH_GUARDS);

	ASSERT_NE(NULL, area);
	EXPECT_PROTECTION_REFUSED(EACCES, area - PAGE, PAGE, RW);
	EXPECT_PROTECTION_REFUSED(EACCES, area - PAGE, PAGE, PROT_NONE);
}

TEST_F(range, protection_of_a_high_guard)
{
	char *area = ceiling_area(self->fd, self->base + PAGE, RW, BOTH_GUARDS);

	ASSERT_NE(NULL, area);
	EXPECT_PROTECTION_REFUSED(EACCES, area + 4 * PAGE, PAGE, RW);
}

TEST_F(range, protection_of_all_with_guards)
{
	char *area = ceiling_area(self->fd, self->base + PAGE, RW, BOTH_GUARDS);

	ASSERT_NE(NULL, area);
	EXPECT_PROTECTION_REFUSED(EACCES, area - PAGE, 6 * PAGE, RW);
	EXPECT_EQ(PHYSVM_PROT_READ, query(self->fd, area).out_prot);
}

TEST_F(range, protect_check_changes_nothing)
{
	char *area = ceiling_area(self->fd, self->base, RW, 0);

	ASSERT_NE(NULL, area);
	EXPECT_REFUSED(0, self->fd, protect_check(self->fd, area, 4 * PAGE, RW));
	EXPECT_EQ(SIGSEGV, write_signal(area));
}

TEST_F(range, protection_none_is_below_every_ceiling)
{
	char *area = ceiling_area(self->fd, self->base, PHYSVM_PROT_READ, 0);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(0, protect_check(self->fd, area, 4 * PAGE, 0));
	EXPECT_EQ(0, mprotect(area, 4 * PAGE, PROT_NONE));
	EXPECT_EQ(SIGSEGV, read_signal(area));
}

TEST_F(range, protection_changes_keep_contents)
{
	char *area = numbered_area(self->fd, 4, 0);

	ASSERT_EQ(0, mprotect(area, 4 * PAGE, PROT_NONE));
	EXPECT_EQ(SIGSEGV, read_signal(area));
	ASSERT_EQ(0, mprotect(area, 4 * PAGE, PROT_READ));
	EXPECT_EQ(4, numbered_pages(area, 0, 4));
	EXPECT_EQ(SIGSEGV, write_signal(area));
	ASSERT_EQ(0, mprotect(area, 4 * PAGE, RW));
	EXPECT_EQ(0, write_signal(area));
}

TEST_F(range, protection_of_reserved_pages_counts_when_committed)
{
	char *area = alloc_map(self->fd, 4 * PAGE, 0);

	EXPECT_EQ(0, protect_check(self->fd, area, 4 * PAGE, PHYSVM_PROT_READ));
	ASSERT_EQ(0, mprotect(area, 4 * PAGE, PROT_READ));
	ASSERT_EQ(0, commit(self->fd, area, 4 * PAGE));
	EXPECT_EQ(0, read_signal(area));
	EXPECT_EQ(SIGSEGV, write_signal(area));
}

TEST_F(range, protection_in_a_block_keeps_the_rest)
{
	char *area = numbered_area(self->fd, 3 * BLOCK_PAGES, PHYSVM_ALLOC_POPULATE);
	char *page = area + BLOCK + 100 * PAGE;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(page));
	EXPECT_EQ(3 * BLOCK_PAGES, numbered_pages(area, 0, 3 * BLOCK_PAGES));
	EXPECT_EQ(0, write_signal(page - PAGE));
	EXPECT_EQ(0, write_signal(page + PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(page));
}

/* QUERY */

TEST_F(range, query_of_what_is_not_the_modules)
{
	int variable;

	EXPECT_EQ(ENOENT, query_error(self->fd, &variable));
	EXPECT_EQ(ENOENT, query_error(self->fd, self->base));
	EXPECT_EQ(ENOENT, query_error(self->fd, NULL));
	EXPECT_EQ(ENOENT, query_error(self->fd, (void *)(1ul << 62)));
	EXPECT_EQ(ENOENT, query_error(self->fd, (void *)-1ul));
}

TEST_F(range, query_tells_what_was_asked)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD |
						       PHYSVM_ALLOC_GROW_DOWN |
						       PHYSVM_ALLOC_HIGH_GUARD);
	struct physvm_query page;

	args.prot = PHYSVM_PROT_READ;
	args.max_prot = RW;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	page = query(self->fd, (void *)(uintptr_t)args.out_addr);
	EXPECT_EQ(PHYSVM_PROT_READ, page.out_prot);
	EXPECT_EQ(RW, page.out_max_prot);
	EXPECT_EQ(PHYSVM_CACHE_WB, page.out_cache);
	EXPECT_EQ(args.flags, page.out_alloc_flags);
	EXPECT_EQ(args.out_phys, page.out_phys);
	EXPECT_EQ(4 * PAGE, page.out_run_length);
}

TEST_F(range, query_of_any_byte_of_a_page)
{
	char *area = alloc_map(self->fd, 2 * PAGE, 0);

	EXPECT_EQ(query(self->fd, area + PAGE).out_phys,
		  query(self->fd, area + 2 * PAGE - 1).out_phys);
	EXPECT_TRUE(region_is(self->fd, area + 2 * PAGE - 1, area, 2 * PAGE));
}

TEST_F(range, query_of_states)
{
	char *area = alloc_map(self->fd, 4 * PAGE, BOTH_GUARDS);

	ASSERT_EQ(0, commit(self->fd, area + PAGE, PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area - PAGE));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, state(self->fd, area));
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, state(self->fd, area + PAGE));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, state(self->fd, area + 2 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area + 4 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area + 5 * PAGE));
	EXPECT_EQ(ENOENT, query_error(self->fd, area - 2 * PAGE));
}

TEST_F(range, query_of_a_guard)
{
	char *area = alloc_map(self->fd, 4 * PAGE, BOTH_GUARDS);
	const struct physvm_query guard = query(self->fd, area - PAGE);

	EXPECT_EQ(0, guard.out_phys);
	EXPECT_EQ(0, guard.out_run_length);
	EXPECT_TRUE(region_is(self->fd, area - PAGE, area, 4 * PAGE));
	EXPECT_TRUE(region_is(self->fd, area + 4 * PAGE, area, 4 * PAGE));
}

TEST_F(range, query_of_neighbours_keeps_them_apart)
{
	char *low = alloc_at(self->fd, self->base, 4 * PAGE, 0);
	char *high = alloc_at(self->fd, self->base + 4 * PAGE, 4 * PAGE, 0);

	ASSERT_TRUE(low && high);
	EXPECT_TRUE(region_is(self->fd, low + 3 * PAGE, low, 4 * PAGE));
	EXPECT_TRUE(region_is(self->fd, high, high, 4 * PAGE));
}

TEST_F(range, query_region_does_not_end_at_a_change_of_protection)
{
	char *area = numbered_area(self->fd, 9, BOTH_GUARDS);

	ASSERT_EQ(0, mprotect(area + 3 * PAGE, 3 * PAGE, PROT_READ));
	EXPECT_TRUE(region_is(self->fd, area, area, 9 * PAGE));
	EXPECT_TRUE(region_is(self->fd, area + 4 * PAGE, area, 9 * PAGE));
	EXPECT_TRUE(region_is(self->fd, area + 8 * PAGE, area, 9 * PAGE));
	EXPECT_EQ(RW, query(self->fd, area + 2 * PAGE).out_prot);
	EXPECT_EQ(PHYSVM_PROT_READ, query(self->fd, area + 3 * PAGE).out_prot);
	EXPECT_EQ(RW, query(self->fd, area + 6 * PAGE).out_prot);
}

TEST_F(range, query_of_a_guard_without_its_page)
{
	char *area = alloc_map(self->fd, 4 * PAGE, BOTH_GUARDS);

	ASSERT_EQ(0, munmap(area, 4 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, state(self->fd, area - PAGE));
	EXPECT_EQ(0, query(self->fd, area - PAGE).out_region_length);
	EXPECT_EQ(ENOENT, query_error(self->fd, area));
}

/* Physical addresses go up page by page exactly as far as a run reaches. */
TEST_F(range, query_runs_fit_together)
{
	const size_t pages = 2 * BLOCK_PAGES + 3;
	char *area = alloc_map(self->fd, pages * PAGE, 0);
	struct physvm_query page = query(self->fd, area), next;
	size_t i;

	ASSERT_NE(NULL, area);
	for (i = 1; i < pages; i++, page = next) {
		next = query(self->fd, area + i * PAGE);
		ASSERT_LE(PAGE, page.out_run_length);
		if (page.out_run_length == PAGE) {
			ASSERT_NE(page.out_phys + PAGE, next.out_phys);
		} else {
			ASSERT_EQ(page.out_phys + PAGE, next.out_phys);
			ASSERT_EQ(page.out_run_length - PAGE, next.out_run_length);
		}
	}
	EXPECT_EQ(PAGE, page.out_run_length);
}

TEST_F(range, query_of_a_mapping_of_a_part)
{
	int area_fd = alloc_fd(self->fd, 8 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *whole = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, area_fd, 0);
	char *part = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, area_fd, 3 * PAGE);

	ASSERT_TRUE(whole != MAP_FAILED && part != MAP_FAILED);
	EXPECT_TRUE(region_is(self->fd, part + PAGE, part, 2 * PAGE));
	EXPECT_EQ(query(self->fd, whole + 3 * PAGE).out_phys, query(self->fd, part).out_phys);
}

TEST_HARNESS_MAIN
