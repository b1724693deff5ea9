// SPDX-License-Identifier: GPL-2.0-only
/*
 * VirtualAlloc: every call with what it must accept and refuse, one thing wrong at
 * a time. virtual_alloc_place_test is about where allocations come to lie,
 * virtual_alloc_memory_test about the memory.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "zx_fixture.h"

#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* Before the library is used for the first time. */

static zx_status_t init_status(void)
{
	struct virtual_alloc region = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);

	return virtual_alloc_init(&region, 0, SIZE, 1, PAGE_LOG2);
}

static void init_without_devices(int fd, const void *arg)
{
	child_need(!chroot("/proc"));
	child_need(init_status() == ZX_ERR_UNAVAILABLE);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(init_without_devices, -1, NULL)));
}

static void init_as_nobody(int fd, const void *arg)
{
	child_need(!setuid(65534));
	if (access(PHYSVM_DEVICE, R_OK | W_OK))
		child_need(init_status() == ZX_ERR_ACCESS_DENIED);
}

TEST(no_permission)
{
	EXPECT_TRUE(child_succeeded(child_start(init_as_nobody, -1, NULL)));
}

static void init_without_descriptors(int fd, const void *arg)
{
	struct rlimit none = { 0, 0 };

	child_need(!setrlimit(RLIMIT_NOFILE, &none));
	child_need(init_status() == ZX_ERR_NO_RESOURCES);
}

TEST(no_descriptor_left)
{
	EXPECT_TRUE(child_succeeded(child_start(init_without_descriptors, -1, NULL)));
}

static void init_without_streams(int fd, const void *arg)
{
	struct virtual_alloc region = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);

	for (int stream = 0; stream < 3; stream++)
		close(stream);
	child_need(!virtual_alloc_init(&region, 0, SIZE, 1, PAGE_LOG2));
	for (int stream = 0; stream < 3; stream++)
		child_need(fcntl(stream, F_GETFD) < 0);
	child_need(region_alloc(&region, 1));
}

TEST(descriptor_is_no_standard_stream)
{
	EXPECT_TRUE(child_succeeded(child_start(init_without_streams, -1, NULL)));
}

/* An object without a region. */

FIXTURE(unborn)
{
	int fd;			/* of our own */
	struct virtual_alloc region;
	char *addr;		/* SIZE bytes where nothing is mapped */
};

FIXTURE_SETUP(unborn)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	/* From here on the library has its descriptor. */
	virtual_alloc_create(&self->region, VM_PAGE_STATE_HEAP);
	virtual_alloc_can_attempt_contiguous_mappings(&self->region);
	self->addr = free_addresses(SIZE);
	ASSERT_NE(NULL, self->addr);
}

FIXTURE_TEARDOWN(unborn)
{
}

TEST_F(unborn, every_call_but_init_is_refused)
{
	struct virtual_alloc *region = &self->region;
	struct traces before = traces(self->fd);
	vaddr_t vaddr = 5;

	EXPECT_EQ(ZX_ERR_BAD_STATE, virtual_alloc_alloc_pages(region, 1, &vaddr));
	EXPECT_EQ(ZX_ERR_BAD_STATE, virtual_alloc_alloc_pages(region, 0, &vaddr));
	EXPECT_EQ(5, vaddr);
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_free(region, self->addr, 1));
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_free(region, self->addr, 0));
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_alloc_at(region, self->addr, 1));
	EXPECT_EQ(ZX_ERR_BAD_STATE, virtual_alloc_debug_free_all_allocations(region));
	EXPECT_EQ(0, virtual_alloc_debug_bitmap_pages(region));
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(region));
	EXPECT_EQ(NULL, region_base(region));
	EXPECT_EQ(have_huge(self->fd), virtual_alloc_can_attempt_contiguous_mappings(region));
	virtual_alloc_destroy(region);
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(unborn, region_is_where_it_was_asked_for)
{
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, (vaddr_t)self->addr, SIZE, 1, 12));
	EXPECT_EQ(self->addr, region_base(&self->region));
	EXPECT_EQ(self->addr + 2 * PAGE, region_alloc(&self->region, 1));
}

TEST_F(unborn, region_at_an_address_of_physvms_choice)
{
	size_t align;

	for (align = 12; align <= 24; align++) {
		ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, SIZE, 1, align));
		ASSERT_NE(NULL, region_base(&self->region));
		ASSERT_EQ(0, virtual_alloc_base(&self->region) & ((1ul << align) - 1));
		ASSERT_NE(NULL, region_alloc(&self->region, 1));
		virtual_alloc_destroy(&self->region);
	}
}

/* One thing wrong each, in the order they are looked at. */
TEST_F(unborn, bad_init)
{
	const vaddr_t base = (vaddr_t)self->addr;
	const struct {
		vaddr_t base;
		size_t size, guard, align;
	} bad[] = {
		{ base, SIZE, 1, 0 },
		{ base, SIZE, 1, 11 },
		{ base, SIZE, 1, 64 },
		{ base, SIZE, 1, 76 },
		{ base, SIZE, 1, (1ul << 32) + 12 },
		{ base, SIZE, 1, SIZE_MAX },
		{ base, 0, 0, 12 },
		{ base, SIZE + 1, 1, 12 },
		{ base, SIZE + PAGE, 1, 21 },
		{ base, SIZE, 1, 25 },
		{ base + 1, SIZE, 1, 12 },
		{ base + PAGE, SIZE, 1, 21 },
		{ base, -PAGE, 1, 12 },
		{ -PAGE, SIZE, 1, 12 },
		{ -SIZE, SIZE, 1, 12 },
		{ base, PAGE, 0, 12 },
		{ base, 3 * PAGE, 1, 12 },
		{ base, SIZE, PAGES / 2, 12 },
		{ base, SIZE, PAGES, 12 },
		{ base, SIZE, SIZE_MAX, 12 },
		{ base, SIZE, SIZE_MAX / 2 + 1, 12 },
		{ 0, SIZE, PAGES / 2, 12 },
		{ 0, 0, 1, 12 },
		{ 0, SIZE + PAGE, 1, 21 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_REFUSED(ZX_ERR_INVALID_ARGS, self->fd,
			       virtual_alloc_init(&self->region, bad[i].base, bad[i].size,
						  bad[i].guard, bad[i].align));
	}
	/* No harm done. */
	EXPECT_EQ(ZX_OK, virtual_alloc_init(&self->region, base, SIZE, 1, 12));
}

TEST_F(unborn, least_regions)
{
	char *page;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, 2 * PAGE, 0, 12));
	page = region_alloc(&self->region, 1);
	EXPECT_EQ(region_base(&self->region) + PAGE, page);
	EXPECT_EQ(NULL, region_alloc(&self->region, 1));
	virtual_alloc_destroy(&self->region);

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, 4 * PAGE, 1, 12));
	EXPECT_EQ(region_base(&self->region) + 2 * PAGE, region_alloc(&self->region, 1));
	virtual_alloc_destroy(&self->region);

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, SIZE, PAGES / 2 - 1, 12));
	EXPECT_EQ(ZX_OK, region_alloc_status(&self->region, 1));
	EXPECT_EQ(ZX_ERR_NO_RESOURCES, region_alloc_status(&self->region, 2));
}

TEST_F(unborn, init_where_something_is_mapped)
{
	const size_t places[] = { 0, PAGE, SIZE / 2, SIZE - PAGE };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		char *there = mmap(self->addr + places[i], PAGE, RW,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		ASSERT_EQ(self->addr + places[i], there);
		*there = 'x';
		EXPECT_REFUSED(ZX_ERR_ALREADY_EXISTS, self->fd,
			       virtual_alloc_init(&self->region, (vaddr_t)self->addr, SIZE, 1, 12));
		EXPECT_EQ('x', *there);
		munmap(there, PAGE);
	}
	EXPECT_EQ(ZX_OK, virtual_alloc_init(&self->region, (vaddr_t)self->addr, SIZE, 1, 12));
}

TEST_F(unborn, init_where_another_region_is)
{
	struct virtual_alloc other = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	const vaddr_t base = (vaddr_t)self->addr;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&other, base, SIZE / 2, 1, 12));
	EXPECT_REFUSED(ZX_ERR_ALREADY_EXISTS, self->fd,
		       virtual_alloc_init(&self->region, base, SIZE, 1, 12));
	EXPECT_EQ(ZX_OK, virtual_alloc_init(&self->region, base + SIZE / 2, SIZE / 2, 1, 12));
	EXPECT_EQ(self->addr + 2 * PAGE, region_alloc(&other, 1));
	EXPECT_EQ(self->addr + SIZE / 2 + 2 * PAGE, region_alloc(&self->region, 1));
}

TEST_F(unborn, twice_init)
{
	const vaddr_t base = (vaddr_t)self->addr;
	struct virtual_alloc *region = &self->region;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(region, base, SIZE, 1, 12));
	EXPECT_REFUSED(ZX_ERR_BAD_STATE, self->fd, virtual_alloc_init(region, base, SIZE, 1, 12));
	EXPECT_REFUSED(ZX_ERR_BAD_STATE, self->fd, virtual_alloc_init(region, 0, SIZE, 1, 12));
	EXPECT_REFUSED(ZX_ERR_BAD_STATE, self->fd, virtual_alloc_init(region, 1, 0, SIZE_MAX, 0));
	EXPECT_EQ(self->addr + 2 * PAGE, region_alloc(region, 1));
}

/* An object with a region. */

/* Nothing but addresses is taken before the first allocation. */
TEST_F(region, is_empty_at_first)
{
	EXPECT_EQ(0, used_pages(self->fd));
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_EQ(1, virtual_alloc_debug_bitmap_pages(&self->region));
	EXPECT_EQ(have_huge(self->fd),
		  virtual_alloc_can_attempt_contiguous_mappings(&self->region));
}

TEST_F(region, bad_allocations)
{
	static const size_t too_many[] = {
		PAGES, PAGES - 1, PAGES - 2, 1ul << 40, SIZE_MAX / PAGE, SIZE_MAX / 2,
		SIZE_MAX - 2, SIZE_MAX - 1, SIZE_MAX,
	};
	size_t i;

	EXPECT_REFUSED(ZX_ERR_INVALID_ARGS, self->fd, region_alloc_status(&self->region, 0));
	for (i = 0; i < ARRAY_SIZE(too_many); i++) {
		EXPECT_REFUSED(ZX_ERR_NO_RESOURCES, self->fd,
			       region_alloc_status(&self->region, too_many[i]));
	}
	EXPECT_EQ(self->base + 2 * PAGE, region_alloc(&self->region, 1));
}

TEST_F(region, all_of_it)
{
	char *all = region_alloc(&self->region, PAGES - 3);

	ASSERT_EQ(self->base + 2 * PAGE, all);
	EXPECT_USED_PAGES(PAGES - 3);
	EXPECT_EQ(PAGES - 3, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_REFUSED(ZX_ERR_NO_RESOURCES, self->fd, region_alloc_status(&self->region, 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, all, PAGES - 3));
	EXPECT_USED_PAGES(0);
}

/* Nearly all there is, in blocks where that can be. */
TEST_F(region, most_of_the_pool)
{
	const size_t most = pool_stat(self->fd).out_total_pages * 9 / 10;
	struct virtual_alloc large = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *pages;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&large, 0, 2 * most / 512 * BLOCK, 1, BLOCK_LOG2));
	pages = region_alloc(&large, most);
	ASSERT_NE(NULL, pages);
	EXPECT_USED_PAGES(most);
	EXPECT_EQ(ZX_OK, region_free(&large, pages, most));
	virtual_alloc_destroy(&large);
}

/* The region has room for them, the pool has not. */
TEST_F(region, more_than_the_pool)
{
	const size_t total = pool_stat(self->fd).out_total_pages;
	struct virtual_alloc large = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *most;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&large, 0, 4 * total * PAGE, 1, 12));
	EXPECT_REFUSED(ZX_ERR_NO_MEMORY, self->fd, region_alloc_status(&large, total + 1));
	EXPECT_REFUSED(ZX_ERR_NO_MEMORY, self->fd,
		       region_alloc_at(&large, region_base(&large) + PAGE * total, total + 1));
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(&large));
	most = region_alloc(&large, total);
	ASSERT_NE(NULL, most);
	EXPECT_REFUSED(ZX_ERR_NO_MEMORY, self->fd, region_alloc_status(&large, 1));
	EXPECT_EQ(ZX_OK, region_free(&large, most + PAGE, 1));
	EXPECT_EQ(ZX_OK, region_alloc_status(&large, 1));
	EXPECT_REFUSED(ZX_ERR_NO_MEMORY, self->fd, region_alloc_status(&large, 2));
	virtual_alloc_destroy(&large);
}

/* Not the contents either. */
#define EXPECT_FREE_REFUSED(error, addr, pages) \
	EXPECT_REFUSED(error, self->fd, region_free(&self->region, addr, pages))

TEST_F(region, bad_frees)
{
	char *three = region_alloc(&self->region, 3), *one = region_alloc(&self->region, 1);
	char *last = self->base + SIZE - PAGE;

	ASSERT_TRUE(three && one);
	number_pages(three, 3);
	ASSERT_EQ(ZX_OK, region_alloc_at(&self->region, last, 1));
	number_pages(last, 1);

	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three, 0);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three + 1, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three + PAGE - 1, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, NULL, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, self->base, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, self->base, PAGES);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, self->base - PAGE, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, self->base + SIZE, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, last, 2);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three, PAGES);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three, SIZE_MAX);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, three, SIZE_MAX / PAGE + 1);
	EXPECT_FREE_REFUSED(ZX_ERR_INVALID_ARGS, (void *)-PAGE, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, self->base + PAGE, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, three - PAGE, 2);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, three, 4);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, three, 5);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, one + 100 * PAGE, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, one, (last - one) / PAGE + 1);

	EXPECT_EQ(5, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_EQ(3, numbered_pages(three, 0, 3));
	EXPECT_EQ(1, numbered_pages(last, 0, 1));
}

TEST_F(region, double_free)
{
	char *pages = region_alloc(&self->region, 4);

	ASSERT_EQ(ZX_OK, region_free(&self->region, pages, 4));
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, pages, 4);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, pages, 1);
	pages = region_alloc(&self->region, 4);
	ASSERT_EQ(ZX_OK, region_free(&self->region, pages + PAGE, 2));
	number_pages(pages, 1);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, pages, 4);
	EXPECT_FREE_REFUSED(ZX_ERR_NOT_FOUND, pages + PAGE, 1);
	EXPECT_EQ(1, numbered_pages(pages, 0, 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages, 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages + 3 * PAGE, 1));
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(&self->region));
}

TEST_F(region, bad_allocations_at_an_address)
{
	struct virtual_alloc *region = &self->region;
	char *two = region_alloc(region, 2), *last = self->base + SIZE - PAGE;

	number_pages(two, 2);
#define EXPECT_AT_REFUSED(error, addr, pages) \
	EXPECT_REFUSED(error, self->fd, region_alloc_at(region, addr, pages))
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, last, 0);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, last + 1, 1);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, last, 2);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, last, SIZE_MAX);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, last + PAGE, 1);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, self->base, 1);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, self->base, 2);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, self->base - PAGE, 1);
	EXPECT_AT_REFUSED(ZX_ERR_INVALID_ARGS, NULL, 1);
	EXPECT_AT_REFUSED(ZX_ERR_ALREADY_EXISTS, two, 1);
	EXPECT_AT_REFUSED(ZX_ERR_ALREADY_EXISTS, two, 2);
	EXPECT_AT_REFUSED(ZX_ERR_ALREADY_EXISTS, two - PAGE, 2);
	EXPECT_AT_REFUSED(ZX_ERR_ALREADY_EXISTS, two + PAGE, 2);
	EXPECT_EQ(2, numbered_pages(two, 0, 2));
	EXPECT_EQ(2, virtual_alloc_debug_allocated_pages(region));
}

/* Guards may be allocated so, the page behind the bitmap too. */
TEST_F(region, allocations_at_an_address)
{
	char *two = region_alloc(&self->region, 2);

	EXPECT_EQ(ZX_OK, region_alloc_at(&self->region, two - PAGE, 1));
	EXPECT_EQ(ZX_OK, region_alloc_at(&self->region, two + 2 * PAGE, 3));
	EXPECT_EQ(ZX_OK, region_alloc_at(&self->region, self->base + SIZE - PAGE, 1));
	EXPECT_TRUE(all_zero(two - PAGE, 6 * PAGE));
	number_pages(two - PAGE, 6);
	EXPECT_EQ(7, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_EQ(ZX_OK, region_free(&self->region, two - PAGE, 6));
}

TEST_F(region, free_all)
{
	struct virtual_alloc *region = &self->region;
	char *first = region_alloc(region, 1), *large = region_alloc(region, 700);

	ASSERT_TRUE(first && large);
	ASSERT_EQ(ZX_OK, region_free(region, large + 10 * PAGE, 20));
	ASSERT_EQ(ZX_OK, region_alloc_at(region, self->base + SIZE - PAGE, 1));
	EXPECT_EQ(682, virtual_alloc_debug_allocated_pages(region));
	EXPECT_EQ(ZX_OK, virtual_alloc_debug_free_all_allocations(region));
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(region));
	EXPECT_USED_PAGES(0);
	EXPECT_EQ(SIGSEGV, read_signal(first));
	EXPECT_EQ(SIGSEGV, read_signal(large + 600 * PAGE));
	EXPECT_EQ(first, region_alloc(region, 1));
	EXPECT_EQ(ZX_OK, virtual_alloc_debug_free_all_allocations(region));
	EXPECT_EQ(ZX_OK, virtual_alloc_debug_free_all_allocations(region));
}

TEST_F(region, calls_leave_errno_alone)
{
	struct virtual_alloc *region = &self->region;
	char *page;

	errno = EBADMSG;
	page = region_alloc(region, 1);
	region_alloc_status(region, 0);
	region_alloc_status(region, SIZE_MAX);
	region_free(region, page, 2);
	region_alloc_at(region, page, 1);
	virtual_alloc_init(region, 0, SIZE, 1, 12);
	virtual_alloc_destroy(region);
	region_alloc_status(region, 1);
	EXPECT_EQ(ZX_ERR_INVALID_ARGS, virtual_alloc_init(region, 0, SIZE, 1, 0));
	EXPECT_EQ(EBADMSG, errno);
}

TEST_HARNESS_MAIN
