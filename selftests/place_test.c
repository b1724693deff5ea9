// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where PHYSVM_ALLOC puts areas: physical and virtual addresses, guards, pools in
 * pieces, every size.
 */
#include "kselftest_harness.h"

#include "alloc.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* PHYS */

/* Where an area of this length was a moment ago, so one could be. */
static uint64_t free_phys(int fd, uint64_t length)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_CONTIG);

	if (alloc(fd, &args))
		return 0;
	release(fd, &args);
	return args.out_phys;
}

static struct physvm_pool_range pool_range(int fd, uint64_t from)
{
	struct physvm_pool_range range = { .size = sizeof(range), .from = from };

	if (call(fd, PHYSVM_POOL_RANGE, &range))
		range.out_length = 0;
	return range;
}

static struct physvm_pool_range longest_range(int fd)
{
	struct physvm_pool_range longest = {}, range;
	uint64_t from = 0;

	while ((range = pool_range(fd, from)).out_length) {
		from = range.out_phys + range.out_length;
		if (range.out_length > longest.out_length)
			longest = range;
	}
	return longest;
}

TEST_F(alloc, phys_exactly_there)
{
	const uint64_t phys = free_phys(self->fd, 8 * PAGE) + 3 * PAGE;

	self->args = phys_args(phys, 4 * PAGE);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(phys, self->args.out_phys);
	EXPECT_EQ(phys, query(self->fd, addr_of(&self->args)).out_phys);
	EXPECT_EQ(phys + 3 * PAGE, query(self->fd, addr_of(&self->args) + 3 * PAGE).out_phys);
	EXPECT_TRUE(all_zero(addr_of(&self->args), 4 * PAGE));
}

TEST_F(alloc, phys_across_blocks)
{
	const struct physvm_pool_range range = longest_range(self->fd);
	const uint64_t phys = range.out_phys + BLOCK - 2 * PAGE;

	if (range.out_length < 2 * BLOCK)
		SKIP(return, "no two blocks side by side");
	self->args = phys_args(phys, 4 * PAGE);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(phys, self->args.out_phys);
	EXPECT_EQ(4 * PAGE, query(self->fd, addr_of(&self->args)).out_run_length);
	number_pages(addr_of(&self->args), 4);
	EXPECT_EQ(4, numbered_pages(addr_of(&self->args), 0, 4));
}

TEST_F(alloc, phys_as_descriptor_only)
{
	const uint64_t phys = free_phys(self->fd, 4 * PAGE);

	self->args = phys_args(phys, 4 * PAGE);
	self->args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_PHYS;
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(phys, self->args.out_phys);
}

TEST_F(alloc, phys_is_the_same_memory_as_before)
{
	struct physvm_alloc first = self->args;

	ASSERT_EQ(0, alloc(self->fd, &first));
	release(self->fd, &first);
	for (int i = 0; i < 100; i++) {
		self->args = phys_args(first.out_phys, 4 * PAGE);
		ASSERT_EQ(0, alloc(self->fd, &self->args));
		ASSERT_TRUE(all_zero(addr_of(&self->args), 4 * PAGE));
		memset(addr_of(&self->args), 0xee, 4 * PAGE);
		release(self->fd, &self->args);
	}
}

TEST_F(alloc, phys_unaligned)
{
	self->args = phys_args(free_phys(self->fd, 4 * PAGE) + 8, 4 * PAGE);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, phys_wraps)
{
	self->args = phys_args(UINT64_MAX - 2 * PAGE + 1, 4 * PAGE);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, phys_zero)
{
	self->args = phys_args(0, PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_beyond_all_memory)
{
	self->args = phys_args(1ull << 51, PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
	self->args = phys_args(1ull << 62, PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_below_the_pool)
{
	self->args = phys_args(pool_range(self->fd, 0).out_phys - PAGE, PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_begins_below_the_pool)
{
	self->args = phys_args(pool_range(self->fd, 0).out_phys - PAGE, 2 * PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_behind_a_range)
{
	const struct physvm_pool_range range = pool_range(self->fd, 0);

	self->args = phys_args(range.out_phys + range.out_length, PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_runs_out_of_a_range)
{
	const struct physvm_pool_range range = pool_range(self->fd, 0);

	self->args = phys_args(range.out_phys + range.out_length - PAGE, 2 * PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_longer_than_its_range)
{
	const struct physvm_pool_range range = pool_range(self->fd, 0);

	self->args = phys_args(range.out_phys, range.out_length + PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_longer_than_the_pool)
{
	self->args = phys_args(pool_range(self->fd, 0).out_phys, (self->total + 1) * PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

TEST_F(alloc, phys_first_and_last_pages_of_each_range)
{
	struct physvm_pool_range range;
	uint64_t end = 0;

	while ((range = pool_range(self->fd, end)).out_length) {
		end = range.out_phys + range.out_length;
		self->args = phys_args(range.out_phys, PAGE);
		ASSERT_EQ(0, alloc(self->fd, &self->args));
		ASSERT_EQ(range.out_phys, self->args.out_phys);
		self->args = phys_args(end - PAGE, PAGE);
		ASSERT_EQ(0, alloc(self->fd, &self->args));
		ASSERT_EQ(end - PAGE, self->args.out_phys);
	}
	EXPECT_NE(0, end);
}

TEST_F(alloc, phys_all_of_a_range)
{
	const struct physvm_pool_range range = pool_range(self->fd, 0);

	self->args = phys_args(range.out_phys, range.out_length);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, pool_range(self->fd, 0).out_free_pages);
	EXPECT_EQ(range.out_length, query(self->fd, addr_of(&self->args)).out_run_length);
}

TEST_F(alloc, phys_taken)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	self->args = phys_args(self->args.out_phys, 4 * PAGE);
	EXPECT_ALLOC_REFUSED(EBUSY);
}

TEST_F(alloc, phys_partly_taken_at_its_end)
{
	const uint64_t phys = free_phys(self->fd, 8 * PAGE);
	struct physvm_alloc taken = phys_args(phys + 7 * PAGE, PAGE);

	ASSERT_EQ(0, alloc(self->fd, &taken));
	self->args = phys_args(phys, 8 * PAGE);
	EXPECT_ALLOC_REFUSED(EBUSY);
	self->args = phys_args(phys, 7 * PAGE);
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

TEST_F(alloc, phys_partly_taken_at_its_start)
{
	const uint64_t phys = free_phys(self->fd, 8 * PAGE);
	struct physvm_alloc taken = phys_args(phys, PAGE);

	ASSERT_EQ(0, alloc(self->fd, &taken));
	self->args = phys_args(phys, 8 * PAGE);
	EXPECT_ALLOC_REFUSED(EBUSY);
}

TEST_F(alloc, phys_partly_taken_in_another_block)
{
	const struct physvm_pool_range range = longest_range(self->fd);
	struct physvm_alloc taken = phys_args(range.out_phys + BLOCK, PAGE);

	if (range.out_length < 2 * BLOCK)
		SKIP(return, "no two blocks side by side");
	ASSERT_EQ(0, alloc(self->fd, &taken));
	self->args = phys_args(range.out_phys, 2 * BLOCK);
	EXPECT_ALLOC_REFUSED(EBUSY);
}

TEST_F(alloc, phys_outside_goes_before_taken)
{
	const struct physvm_pool_range range = pool_range(self->fd, 0);
	const uint64_t last = range.out_phys + range.out_length - PAGE;
	struct physvm_alloc taken = phys_args(last, PAGE);

	ASSERT_EQ(0, alloc(self->fd, &taken));
	self->args = phys_args(last, 2 * PAGE);
	EXPECT_ALLOC_REFUSED(ENXIO);
}

/* VIRT and guards */

static struct physvm_alloc virt_args(const void *addr, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT |
							PHYSVM_ALLOC_VIRT | flags);

	args.virt_addr = (uintptr_t)addr;
	return args;
}

static char *map_page(char *addr)
{
	char *page = mmap(addr, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	number_pages(page, 1);
	return page;
}

TEST_F(alloc, virt_exactly_there)
{
	char *hole = free_addresses(BLOCK) + 5 * PAGE;

	self->args = virt_args(hole, 0);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(hole, addr_of(&self->args));
	EXPECT_EQ(0, write_signal(hole));
}

TEST_F(alloc, virt_with_guards_around)
{
	char *hole = free_addresses(BLOCK) + 5 * PAGE;

	self->args = virt_args(hole, BOTH_GUARDS);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(hole, addr_of(&self->args));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, hole - PAGE).out_state);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, hole + 4 * PAGE).out_state);
}

/* Whoever may have address 0 gets it, and nobody anything else instead. */
TEST_F(alloc, virt_zero)
{
	self->args = virt_args(NULL, 0);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, self->args.out_addr);
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, query(self->fd, NULL).out_state);
	EXPECT_ALLOC_REFUSED(EEXIST);
	EXPECT_EQ(0, unmap(self->fd, NULL, self->args.length));
}

TEST_F(alloc, virt_unaligned)
{
	self->args = virt_args(free_addresses(BLOCK) + 1, 0);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virt_wraps)
{
	self->args = virt_args((void *)(-2 * PAGE), 0);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virt_in_kernel_addresses)
{
	self->args = virt_args((void *)(-16 * PAGE), 0);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virt_with_a_guard_at_address_zero)
{
	self->args = virt_args((void *)PAGE, PHYSVM_ALLOC_LOW_GUARD);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virt_occupied_by_others)
{
	char *hole = free_addresses(BLOCK);
	char *page = map_page(hole + 3 * PAGE);

	ASSERT_NE(NULL, page);
	self->args = virt_args(hole, 0);
	EXPECT_ALLOC_REFUSED(EEXIST);
	EXPECT_EQ(1, numbered_pages(page, 0, 1));
}

TEST_F(alloc, virt_occupied_by_an_area)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	self->args = virt_args(addr_of(&self->args), 0);
	EXPECT_ALLOC_REFUSED(EEXIST);
	EXPECT_EQ(4, numbered_pages((char *)(uintptr_t)self->args.virt_addr, 0, 4));
}

TEST_F(alloc, virt_between_neighbours)
{
	char *hole = free_addresses(BLOCK) + PAGE;

	ASSERT_TRUE(map_page(hole - PAGE) && map_page(hole + 4 * PAGE));
	self->args = virt_args(hole, 0);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, write_signal(hole));
	EXPECT_EQ(1, numbered_pages(hole - PAGE, 0, 1));
	EXPECT_EQ(1, numbered_pages(hole + 4 * PAGE, 0, 1));
}

TEST_F(alloc, virt_without_room_for_the_low_guard)
{
	char *hole = free_addresses(BLOCK) + PAGE;

	ASSERT_NE(NULL, map_page(hole - PAGE));
	self->args = virt_args(hole, PHYSVM_ALLOC_LOW_GUARD);
	EXPECT_ALLOC_REFUSED(EEXIST);
	EXPECT_EQ(1, numbered_pages(hole - PAGE, 0, 1));
}

TEST_F(alloc, virt_without_room_for_the_high_guard)
{
	char *hole = free_addresses(BLOCK);

	ASSERT_NE(NULL, map_page(hole + 4 * PAGE));
	self->args = virt_args(hole, PHYSVM_ALLOC_HIGH_GUARD);
	EXPECT_ALLOC_REFUSED(EEXIST);
	EXPECT_EQ(1, numbered_pages(hole + 4 * PAGE, 0, 1));
}

TEST_F(alloc, virt_and_phys_at_once)
{
	const uint64_t phys = free_phys(self->fd, 4 * PAGE);
	char *hole = free_addresses(BLOCK);

	self->args = virt_args(hole, PHYSVM_ALLOC_PHYS);
	self->args.phys_addr = phys;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(hole, addr_of(&self->args));
	EXPECT_EQ(phys, query(self->fd, hole).out_phys);
}

TEST_F(alloc, guards_cost_no_pages)
{
	self->args.flags |= BOTH_GUARDS;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
}

TEST_F(alloc, guards_are_sigsegv_on_both_sides)
{
	char *area;

	self->args.flags |= BOTH_GUARDS | PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(SIGSEGV, read_signal(area - 1));
	EXPECT_EQ(SIGSEGV, write_signal(area - 1));
	EXPECT_EQ(0, write_signal(area));
	EXPECT_EQ(0, write_signal(area + 4 * PAGE - 1));
	EXPECT_EQ(SIGSEGV, read_signal(area + 4 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 4 * PAGE));
}

TEST_F(alloc, guards_around_blocks)
{
	char *area;

	self->args = alloc_args(2 * BLOCK, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE |
					   BOTH_GUARDS);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, 2 * BLOCK_PAGES);
	EXPECT_EQ(2 * BLOCK_PAGES, numbered_pages(area, 0, 2 * BLOCK_PAGES));
	EXPECT_EQ(SIGSEGV, read_signal(area - PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 2 * BLOCK));
}

TEST_F(alloc, only_the_guard_asked_for)
{
	self->args.flags |= PHYSVM_ALLOC_LOW_GUARD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, addr_of(&self->args) - PAGE).out_state);
	EXPECT_EQ(0, query(self->fd, addr_of(&self->args) + 4 * PAGE).size);
}

TEST_F(alloc, system_calls_into_guards)
{
	int ends[2];
	char *area;

	ASSERT_EQ(0, pipe(ends));
	self->args.flags |= BOTH_GUARDS;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(-1, write(ends[1], area - 8, 8));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(8, write(ends[1], "12345678", 8));
	EXPECT_EQ(-1, read(ends[0], area + 4 * PAGE, 8));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(alloc, grow_down_is_recorded)
{
	self->args.flags |= PHYSVM_ALLOC_GROW_DOWN;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->args.flags, query(self->fd, addr_of(&self->args)).out_alloc_flags);
}

TEST_F(alloc, grow_down_does_not_grow)
{
	self->args.flags |= PHYSVM_ALLOC_GROW_DOWN;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, write_signal(addr_of(&self->args)));
	EXPECT_EQ(SIGSEGV, write_signal(addr_of(&self->args) - 8));
}

/* CONTIG and pools in pieces */

/* As many pages of the pool are dealt with one by one: slow, and enough. */
#define PIECES (4 * BLOCK_PAGES)

/* Takes all of the pool, its last pages one by one, and says where they are. */
static char *take_in_pieces(int fd, uint64_t total)
{
	char *rest = alloc_map(fd, (total - PIECES) * PAGE, 0);
	char *pieces = free_addresses(PIECES * PAGE);
	size_t i;

	for (i = 0; rest && i < PIECES; i++)
		if (!alloc_at(fd, pieces + i * PAGE, PAGE, PHYSVM_ALLOC_COMMIT))
			return NULL;
	return rest ? pieces : NULL;
}

/* Takes it likewise, and gives back every piece whose frame number is even. */
static bool leave_every_other_page(int fd, uint64_t total)
{
	char *pieces = take_in_pieces(fd, total);
	size_t i;

	for (i = 0; pieces && i < PIECES; i++)
		if (!(query(fd, pieces + i * PAGE).out_phys & PAGE) &&
		    unmap(fd, pieces + i * PAGE, PAGE))
			return false;
	return pieces;
}

TEST_F_TIMEOUT(alloc, contig_in_a_pool_of_single_pages, 120)
{
	struct physvm_pool_stat stat;

	ASSERT_TRUE(leave_every_other_page(self->fd, self->total));
	stat = pool_stat(self->fd);
	ASSERT_EQ(PIECES / 2, stat.out_free_pages);
	EXPECT_EQ(1, stat.out_largest_free_pages);
	EXPECT_EQ(0, stat.out_free_blocks);
	self->args = alloc_args(2 * PAGE, PHYSVM_ALLOC_CONTIG);
	EXPECT_ALLOC_REFUSED(ENOMEM);
	self->args.length = PAGE;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

static int compare_u64(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Is there no page of the pool twice in the area? */
static bool pages_distinct(int fd, const char *area, size_t pages)
{
	uint64_t *phys = calloc(pages, sizeof(*phys));
	size_t i;

	for (i = 0; i < pages; i++)
		phys[i] = query(fd, area + i * PAGE).out_phys;
	qsort(phys, pages, sizeof(*phys), compare_u64);
	for (i = 1; i < pages && phys[i - 1] < phys[i]; i++)
		;
	free(phys);
	return i == pages;
}

TEST_F_TIMEOUT(alloc, scattered_over_a_pool_of_single_pages, 120)
{
	const size_t pages = PIECES / 2;

	ASSERT_TRUE(leave_every_other_page(self->fd, self->total));
	self->args = alloc_args(pages * PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, pool_stat(self->fd).out_free_pages);
	EXPECT_TRUE(all_zero(addr_of(&self->args), pages * PAGE));
	number_pages(addr_of(&self->args), pages);
	EXPECT_EQ(pages, numbered_pages(addr_of(&self->args), 0, pages));
	EXPECT_EQ(PAGE, query(self->fd, addr_of(&self->args)).out_run_length);
	EXPECT_TRUE(pages_distinct(self->fd, addr_of(&self->args), pages));
}

TEST_F_TIMEOUT(alloc, scattered_decommit_in_pieces, 120)
{
	const size_t pages = PIECES / 2 - 1;
	char *area;

	ASSERT_TRUE(leave_every_other_page(self->fd, self->total));
	area = alloc_map(self->fd, pages * PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE);
	ASSERT_NE(NULL, area);
	number_pages(area, pages);
	ASSERT_EQ(0, decommit(self->fd, area + 512 * PAGE, PAGE));
	EXPECT_EQ(512, numbered_pages(area, 0, 512));
	EXPECT_EQ(pages - 513, numbered_pages(area + 513 * PAGE, 513, pages - 513));
	EXPECT_EQ(SIGSEGV, read_signal(area + 512 * PAGE));
}

TEST_F(alloc, contig_is_one_run)
{
	self->args = alloc_args(BLOCK + 3 * PAGE, PHYSVM_ALLOC_CONTIG);
	if (pool_stat(self->fd).out_largest_free_pages < BLOCK_PAGES + 3)
		SKIP(return, "no two blocks side by side");
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->args.length, query(self->fd, addr_of(&self->args)).out_run_length);
}

TEST_F(alloc, contig_of_the_longest_run)
{
	const uint64_t pages = pool_stat(self->fd).out_largest_free_pages;

	if (pages == self->total)
		SKIP(return, "the pool is one run");
	self->args = alloc_args((pages + 1) * PAGE, PHYSVM_ALLOC_CONTIG);
	EXPECT_ALLOC_REFUSED(ENOMEM);
	self->args.length -= PAGE;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

/* The pool to its last page */

TEST_F_TIMEOUT(alloc, pool_exhausted_by_pages_and_whole_again, 120)
{
	char *pieces = take_in_pieces(self->fd, self->total);
	struct physvm_pool_stat after;

	ASSERT_NE(NULL, pieces);
	EXPECT_EQ(0, pool_stat(self->fd).out_free_pages);
	self->args.length = PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
	ASSERT_EQ(0, unmap(self->fd, pieces, PIECES * PAGE));
	after = pool_stat(self->fd);
	EXPECT_EQ(PIECES, after.out_free_pages);
	EXPECT_EQ(PIECES / BLOCK_PAGES, after.out_free_blocks);
	EXPECT_EQ(1, after.out_areas);
}

/* Neighbours in use, even touched, do not keep anybody from a page given back. */
TEST_F(alloc, freed_page_is_to_be_had_at_once)
{
	char *area = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	number_pages(area, 4);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	release(self->fd, &self->args);
	self->args = phys_args(self->args.out_phys, 4 * PAGE);
	EXPECT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(4, numbered_pages(area, 0, 4));
}

TEST_F_TIMEOUT(alloc, freed_pages_are_to_be_had_at_once_from_a_full_pool, 120)
{
	char *pieces = take_in_pieces(self->fd, self->total);

	ASSERT_NE(NULL, pieces);
	number_pages(pieces, PIECES);
	for (size_t i = 0; i < PIECES; i += 2)
		ASSERT_EQ(0, unmap(self->fd, pieces + i * PAGE, PAGE));
	EXPECT_NE(NULL, alloc_map(self->fd, PIECES / 2 * PAGE, 0));
	for (size_t i = 1; i < PIECES; i += 2)
		ASSERT_EQ(1, numbered_pages(pieces + i * PAGE, i, 1));
}

TEST_F(alloc, pool_exhausted_at_once)
{
	self->args.length = self->total * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(0, pool_stat(self->fd).out_largest_free_pages);
	EXPECT_EQ(0, pool_stat(self->fd).out_free_blocks);
	self->args.length = PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

TEST_F(alloc, last_page_goes_to_one)
{
	ASSERT_NE(NULL, alloc_map(self->fd, (self->total - 1) * PAGE, 0));
	self->args.length = 2 * PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
	self->args.length = PAGE;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, pool_stat(self->fd).out_free_pages);
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

static bool dirty_the_pool(int fd, uint64_t pages)
{
	char *area = alloc_map(fd, pages * PAGE, PHYSVM_ALLOC_COMMIT);

	if (!area)
		return false;
	memset(area, 0xa5, pages * PAGE);
	return !unmap(fd, area, pages * PAGE);
}

TEST_F_TIMEOUT(alloc, dirty_pages_come_back_zero, 120)
{
	ASSERT_TRUE(dirty_the_pool(self->fd, self->total));
	self->args.length = self->total * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), self->total * PAGE));
}

TEST_F_TIMEOUT(alloc, dirty_pages_come_back_zero_one_by_one, 120)
{
	char *pieces;

	ASSERT_TRUE(dirty_the_pool(self->fd, self->total));
	pieces = take_in_pieces(self->fd, self->total);
	ASSERT_NE(NULL, pieces);
	EXPECT_TRUE(all_zero(pieces, PIECES * PAGE));
}

TEST_F_TIMEOUT(alloc, dirty_pages_come_back_zero_when_committed, 120)
{
	char *area;

	ASSERT_TRUE(dirty_the_pool(self->fd, self->total));
	area = alloc_map(self->fd, self->total * PAGE, 0);
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, commit(self->fd, area, self->total * PAGE));
	EXPECT_TRUE(all_zero(area, self->total * PAGE));
}

/* Every size */

FIXTURE(size)
{
	int fd;
	char *area;
};

FIXTURE_VARIANT(size)
{
	size_t pages;
};

#define PAGES(_pages) \
	FIXTURE_VARIANT_ADD(size, pages_##_pages) \
	{ \
		.pages = _pages, \
	}

PAGES(1);
PAGES(2);
PAGES(15);
PAGES(16);
PAGES(17);
PAGES(511);
PAGES(512);
PAGES(513);
PAGES(1023);
PAGES(1024);
PAGES(1025);
PAGES(5000);

FIXTURE_SETUP(size)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->area = alloc_map(self->fd, variant->pages * PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(size)
{
}

TEST_F(size, every_page_is_one_of_its_own)
{
	EXPECT_EQ(variant->pages, pool_stat(self->fd).out_used_pages);
	EXPECT_TRUE(all_zero(self->area, variant->pages * PAGE));
	number_pages(self->area, variant->pages);
	EXPECT_EQ(variant->pages, numbered_pages(self->area, 0, variant->pages));
	EXPECT_TRUE(pages_distinct(self->fd, self->area, variant->pages));
}

TEST_F(size, touched_from_its_end)
{
	for (size_t i = variant->pages; i--;)
		*(volatile uint32_t *)(self->area + i * PAGE) = i + 1;
	EXPECT_EQ(variant->pages, numbered_pages(self->area, 0, variant->pages));
}

TEST_F(size, nothing_before_and_behind)
{
	EXPECT_EQ(0, query(self->fd, self->area - 1).size);
	EXPECT_EQ(0, query(self->fd, self->area + variant->pages * PAGE).size);
	EXPECT_EQ(variant->pages * PAGE, query(self->fd, self->area).out_region_length);
}

TEST_F(size, two_never_share_a_page)
{
	char *other = alloc_map(self->fd, variant->pages * PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, other);
	number_pages(self->area, variant->pages);
	EXPECT_TRUE(all_zero(other, variant->pages * PAGE));
	memset(other, 0xff, variant->pages * PAGE);
	EXPECT_EQ(variant->pages, numbered_pages(self->area, 0, variant->pages));
}

TEST_F(size, all_goes_back)
{
	ASSERT_EQ(0, unmap(self->fd, self->area, variant->pages * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_HARNESS_MAIN
