// SPDX-License-Identifier: GPL-2.0-only
/*
 * VirtualAlloc: what the memory of a region is like, and that all of it goes back
 * to the pool, whichever way the region ends.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "child.h"
#include "smaps.h"
#include "zx_fixture.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* The memory */

TEST_F(region, pages_are_there_before_they_are_touched)
{
	const size_t counts[] = { 1, 2, 16, 511, 512, 513, 1200 };
	size_t i, sum = 0;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		char *pages = region_alloc(&self->region, counts[i]);

		ASSERT_NE(NULL, pages);
		sum += counts[i];
		EXPECT_USED_PAGES(sum);
		EXPECT_EQ(sum, virtual_alloc_debug_allocated_pages(&self->region));
		EXPECT_EQ(counts[i], resident_pages(pages, counts[i]));
	}
}

TEST_F(region, fresh_pages_are_zero)
{
	char *pages = region_alloc(&self->region, 600), *again;

	ASSERT_NE(NULL, pages);
	EXPECT_TRUE(all_zero(pages, 600 * PAGE));
	memset(pages, 0xee, 600 * PAGE);
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages + 3 * PAGE, 590));
	again = region_alloc(&self->region, 500);
	ASSERT_NE(NULL, again);
	EXPECT_TRUE(all_zero(again, 500 * PAGE));
}

TEST_F(region, protection)
{
	char *page = region_alloc(&self->region, 1);

	*page = 'w';
	EXPECT_EQ('w', *page);
	EXPECT_EQ(-1, mprotect(page, PAGE, RW | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(page));
	EXPECT_EQ('w', *page);
}

TEST_F(region, everything_else_faults)
{
	char *one = region_alloc(&self->region, 1), *two = region_alloc(&self->region, 2);

	ASSERT_TRUE(one && two);
	EXPECT_TRUE(faults(self->base));
	EXPECT_TRUE(faults(one - 1));
	EXPECT_TRUE(faults(one + PAGE));
	EXPECT_TRUE(faults(two - 1));
	EXPECT_TRUE(faults(two + 2 * PAGE));
	EXPECT_TRUE(faults(self->base + SIZE - PAGE));
	EXPECT_EQ(0, write_signal(one));
	EXPECT_EQ(0, write_signal(two + 2 * PAGE - 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, two, 1));
	EXPECT_TRUE(faults(two));
	EXPECT_EQ(0, write_signal(two + PAGE));
	EXPECT_EQ(3 - 1, virtual_alloc_debug_allocated_pages(&self->region));
}

/* For the kernel as well: into a pipe and out of it. */
static int pipe_error(char *addr)
{
	int ends[2], error = 0;
	char byte = 'b';

	if (pipe(ends))
		return errno;
	if (write(ends[1], addr, 1) != 1)
		error = errno;
	else if (read(ends[0], &byte, 1) != 1 || byte != *addr)
		error = EIO;
	if (write(ends[1], &byte, 1) != 1 || (read(ends[0], addr, 1) != 1 && errno != error))
		error = EIO;
	close(ends[0]);
	close(ends[1]);
	return error;
}

TEST_F(region, system_calls_fault_too)
{
	char *page = region_alloc(&self->region, 2);

	*page = 'a';
	EXPECT_EQ(0, pipe_error(page));
	EXPECT_EQ(EFAULT, pipe_error(page - 1));
	EXPECT_EQ(EFAULT, pipe_error(page + 2 * PAGE));
	EXPECT_EQ(EFAULT, pipe_error(self->base));
	EXPECT_EQ(ZX_OK, region_free(&self->region, page, 1));
	EXPECT_EQ(EFAULT, pipe_error(page));
	EXPECT_EQ(0, pipe_error(page + PAGE));
}

/* Head, middle, tail, and across what was allocated by several calls. */
TEST_F(region, partial_frees)
{
	char *pages = region_alloc(&self->region, 10);

	number_pages(pages, 10);
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages, 2));
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages + 9 * PAGE, 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages + 5 * PAGE, 1));
	EXPECT_EQ(3, numbered_pages(pages + 2 * PAGE, 2, 3));
	EXPECT_EQ(3, numbered_pages(pages + 6 * PAGE, 6, 3));
	EXPECT_TRUE(faults(pages + PAGE) && faults(pages + 5 * PAGE) && faults(pages + 9 * PAGE));
	EXPECT_USED_PAGES(6);
	EXPECT_EQ(ZX_OK, region_alloc_at(&self->region, pages + 5 * PAGE, 1));
	EXPECT_EQ(ZX_OK, region_free(&self->region, pages + 2 * PAGE, 7));
	EXPECT_USED_PAGES(0);
}

TEST_F(region, free_across_allocations)
{
	struct virtual_alloc dense = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *first;
	int i;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&dense, 0, SIZE, 0, 12));
	first = region_alloc(&dense, 1);
	for (i = 1; i < 8; i++)
		ASSERT_EQ(first + i * PAGE, region_alloc(&dense, 1));
	number_pages(first, 8);
	EXPECT_EQ(ZX_OK, region_free(&dense, first + 2 * PAGE, 5));
	EXPECT_EQ(2, numbered_pages(first, 0, 2));
	EXPECT_EQ(1, numbered_pages(first + 7 * PAGE, 7, 1));
	EXPECT_EQ(3, virtual_alloc_debug_allocated_pages(&dense));
	virtual_alloc_destroy(&dense);
}

/* Bytes of the region that are mapped by large entries. */
static size_t large_mapped(const struct virtual_alloc *region)
{
	return smaps(region_base(region), SIZE, "FilePmdMapped");
}

/* A large page, and what is left of it when some of it is freed. */
TEST_F(region, large_pages)
{
	char *large = region_alloc(&self->region, 2 * BLOCK / PAGE);

	if (!have_huge(self->fd))
		SKIP(return, "no huge mappings here");
	ASSERT_EQ(0, (vaddr_t)large % BLOCK);
	EXPECT_EQ(2 * BLOCK, large_mapped(&self->region));
	number_pages(large, 2 * BLOCK / PAGE);
	EXPECT_EQ(ZX_OK, region_free(&self->region, large + 7 * PAGE, 3));
	EXPECT_EQ(BLOCK, large_mapped(&self->region));
	EXPECT_EQ(7, numbered_pages(large, 0, 7));
	EXPECT_EQ(1014, numbered_pages(large + 10 * PAGE, 10, 1014));
	EXPECT_TRUE(faults(large + 7 * PAGE) && faults(large + 10 * PAGE - 1));
	EXPECT_USED_PAGES(1021);
}

/* Every other page of the pool is taken: there are no blocks. */
TEST_F(region, large_allocation_of_crumbs)
{
	const size_t total = pool_stat(self->fd).out_total_pages;
	struct virtual_alloc crumbs = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *all, *large;
	size_t i;

	ASSERT_EQ(ZX_OK, virtual_alloc_init(&crumbs, 0, 2 * total * PAGE, 0, 12));
	all = region_alloc(&crumbs, total);
	ASSERT_NE(NULL, all);
	for (i = 0; i < total; i += 2)
		ASSERT_EQ(ZX_OK, region_free(&crumbs, all + i * PAGE, 1));
	large = region_alloc(&self->region, BLOCK / PAGE);
	ASSERT_NE(NULL, large);
	EXPECT_EQ(0, (vaddr_t)large % BLOCK);
	EXPECT_EQ(0, large_mapped(&self->region));
	EXPECT_TRUE(all_zero(large, BLOCK));
	virtual_alloc_destroy(&crumbs);
}

/* Can somebody come to hold the page? */
static bool can_be_held(char *page)
{
	struct iovec iov = { page, PAGE };
	int ends[2];
	bool can;

	if (pipe(ends))
		return false;
	can = vmsplice(ends[1], &iov, 1, 0) == PAGE;
	close(ends[0]);
	close(ends[1]);
	return can;
}

/* Whatever else a page can do, one nobody can hold can. */
TEST_F(region, frames)
{
	struct virtual_alloc frames = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *held = region_alloc(&self->region, 1), *pages;

	EXPECT_TRUE(can_be_held(held));
	EXPECT_EQ(ZX_ERR_BAD_STATE, virtual_alloc_use_frames(&self->region));
	ASSERT_EQ(ZX_OK, virtual_alloc_use_frames(&frames));
	EXPECT_FALSE(virtual_alloc_can_attempt_contiguous_mappings(&frames));
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&frames, 0, SIZE, 1, BLOCK_LOG2));
	EXPECT_FALSE(virtual_alloc_can_attempt_contiguous_mappings(&frames));
	pages = region_alloc(&frames, 600);
	ASSERT_NE(NULL, pages);
	EXPECT_EQ(0, (vaddr_t)pages % BLOCK);
	EXPECT_TRUE(all_zero(pages, 600 * PAGE));
	number_pages(pages, 600);
	EXPECT_FALSE(can_be_held(pages));
	EXPECT_EQ(0, pipe_error(pages));
	EXPECT_EQ(EFAULT, pipe_error(pages - 1));
	EXPECT_EQ(ZX_OK, region_free(&frames, pages + 10 * PAGE, 500));
	EXPECT_EQ(90, numbered_pages(pages + 510 * PAGE, 510, 90));
	EXPECT_TRUE(faults(pages + 10 * PAGE) && faults(pages + 509 * PAGE));
	EXPECT_EQ(EFAULT, pipe_error(pages + 10 * PAGE));

	/* The next region is of pages again. */
	virtual_alloc_destroy(&frames);
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&frames, 0, SIZE, 1, PAGE_LOG2));
	pages = region_alloc(&frames, 1);
	EXPECT_TRUE(can_be_held(pages));
	virtual_alloc_destroy(&frames);
}

/* Its end */

TEST_F(region, destroyed_with_pages_allocated)
{
	char *pages = region_alloc(&self->region, 1000);

	EXPECT_EQ(1000, virtual_alloc_debug_allocated_pages(&self->region));
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(pages));
	EXPECT_EQ(-1, msync(self->base, SIZE, MS_ASYNC));
	EXPECT_EQ(ENOMEM, errno);
}

TEST_F(region, destroyed_and_made_again)
{
	struct traces before = traces(self->fd);
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_NE(NULL, region_alloc(&self->region, i + 1));
		virtual_alloc_destroy(&self->region);
		ASSERT_EQ(ZX_ERR_BAD_STATE, region_alloc_status(&self->region, 1));
		ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, (vaddr_t)self->base, SIZE, 1,
						    BLOCK_LOG2));
	}
	EXPECT_EQ(before.descriptors, traces(self->fd).descriptors);
	EXPECT_USED_PAGES(0);
}

static void use_region_and_stop(int fd, const void *arg)
{
	struct virtual_alloc region = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);

	child_need(!virtual_alloc_init(&region, 0, SIZE, 16, BLOCK_LOG2));
	child_need(region_alloc(&region, 1000) && region_alloc(&region, 3));
	raise(SIGSTOP);
}

TEST_F(region, killed)
{
	pid_t pid = child_start(use_region_and_stop, -1, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_USED_PAGES(1003);
	EXPECT_TRUE(child_kill(pid));
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* munmap(2) behind its back, and something else in one of the holes. */
TEST_F(region, unmapped_in_part)
{
	char *pages = region_alloc(&self->region, 1000), *other;

	ASSERT_NE(NULL, pages);
	EXPECT_EQ(0, munmap(self->base, 3 * PAGE));
	EXPECT_EQ(0, munmap(pages + 100 * PAGE, 100 * PAGE));
	EXPECT_EQ(0, munmap(self->base + SIZE - 50 * PAGE, 50 * PAGE));
	other = mmap(pages + 150 * PAGE, PAGE, RW,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ASSERT_EQ(pages + 150 * PAGE, other);
	*other = 'o';
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ('o', *other);
	munmap(other, PAGE);
	/* Nothing is left of it. */
	EXPECT_EQ(ZX_OK, virtual_alloc_init(&self->region, (vaddr_t)self->base, SIZE, 1, 12));
}

/* A program that closes descriptors it does not know, and goes on. */
TEST_F(region, descriptor_closed)
{
	struct virtual_alloc other = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
	char *pages = region_alloc(&self->region, 3);
	int fd;

	number_pages(pages, 3);
	for (fd = 3; fd < 64; fd++)
		if (fd != self->fd)
			close(fd);
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_alloc_status(&self->region, 1));
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_free(&self->region, pages, 1));

	/* Other files have the numbers now, one of them another region. */
	for (fd = 0; fd < 6; fd++)
		ASSERT_LE(0, dup(STDERR_FILENO));
	EXPECT_EQ(ZX_ERR_BAD_STATE, region_alloc_status(&self->region, 1));
	for (fd = 3; fd < 64; fd++)
		if (fd != self->fd)
			close(fd);
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&other, 0, SIZE, 1, 12));
	ASSERT_NE(NULL, region_alloc(&other, 1));
	EXPECT_NE(ZX_OK, region_alloc_status(&self->region, 1));
	EXPECT_NE(ZX_OK, region_free(&self->region, pages, 1));
	EXPECT_NE(ZX_OK, virtual_alloc_debug_free_all_allocations(&self->region));
	EXPECT_EQ(1, virtual_alloc_debug_allocated_pages(&other));

	EXPECT_EQ(3, numbered_pages(pages, 0, 3));
	virtual_alloc_destroy(&self->region);
	EXPECT_EQ(1, virtual_alloc_debug_allocated_pages(&other));
	virtual_alloc_destroy(&other);
}

/* Children */

static void use_inherited_region(int fd, const void *arg)
{
	struct virtual_alloc *region = (struct virtual_alloc *)arg;
	const vaddr_t base = (vaddr_t)region->base;
	char *page;

	child_need(faults((void *)(base + 2 * PAGE)));
	child_need(region_alloc_status(region, 1) == ZX_ERR_BAD_STATE);
	child_need(region_free(region, (void *)(base + 2 * PAGE), 1) == ZX_ERR_BAD_STATE);
	child_need(virtual_alloc_debug_free_all_allocations(region) == ZX_ERR_BAD_STATE);
	child_need(!virtual_alloc_base(region) && !virtual_alloc_debug_allocated_pages(region));
	/* One of its own, at the same place. */
	child_need(!virtual_alloc_init(region, base, SIZE, 1, BLOCK_LOG2));
	page = region_alloc(region, 1);
	child_need(page == (char *)base + 2 * PAGE && all_zero(page, PAGE));
	*page = 'c';
	virtual_alloc_destroy(region);
	virtual_alloc_destroy(region);
}

TEST_F(region, child_has_an_object_without_a_region)
{
	char *page = region_alloc(&self->region, 1);

	*page = 'p';
	EXPECT_TRUE(child_succeeded(child_start(use_inherited_region, -1, &self->region)));
	EXPECT_EQ('p', *page);
	EXPECT_EQ(1, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_EQ(ZX_OK, region_free(&self->region, page, 1));
}

static void destroy_inherited_region(int fd, const void *arg)
{
	struct virtual_alloc *region = (struct virtual_alloc *)arg;
	char *there = mmap((void *)region->base, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	child_need(there == (void *)region->base);
	virtual_alloc_destroy(region);
	*there = 'c';
}

TEST_F(region, destroyed_in_a_child)
{
	char *page = region_alloc(&self->region, 1);

	*page = 'p';
	EXPECT_TRUE(child_succeeded(child_start(destroy_inherited_region, -1, &self->region)));
	EXPECT_EQ('p', *page);
	EXPECT_EQ(ZX_OK, region_free(&self->region, page, 1));
}

static void stop_at_once(int fd, const void *arg)
{
	raise(SIGSTOP);
}

/* The child has the descriptor, which is no reason to keep pages. */
TEST_F(region, destroyed_before_its_child)
{
	pid_t pid;

	ASSERT_NE(NULL, region_alloc(&self->region, 100));
	pid = child_start(stop_at_once, -1, NULL);
	ASSERT_TRUE(child_stopped(pid));
	virtual_alloc_destroy(&self->region);
	EXPECT_USED_PAGES(0);
	EXPECT_TRUE(child_finish(pid));
}

TEST_HARNESS_MAIN
