// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: where allocations go, what is refused, what may be touched.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "region.h"
#include "smaps.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/uio.h>

SKIP_ALL_WITHOUT_DEVICE()

#define BLOCK_PAGES (BLOCK / PAGE)

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

/* Does a system call that reads there say EFAULT? */
static bool faults_in_kernel(const char *addr)
{
	int pipe_fds[2];
	bool faults;

	if (pipe(pipe_fds))
		return false;
	faults = write(pipe_fds[1], addr, 1) == -1 && errno == EFAULT;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return faults;
}

static bool closed(const char *addr)
{
	return read_signal(addr) == SIGSEGV && write_signal(addr) == SIGSEGV &&
	       faults_in_kernel(addr);
}

/* Each guard. */

FIXTURE(guarded) {
	int fd;
	struct region region;
};

FIXTURE_VARIANT(guarded) {
	uint64_t guard;
	uint32_t align_log2;
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(guarded, by_0) { .guard = 0, .align_log2 = 12 };
FIXTURE_VARIANT_ADD(guarded, by_1) { .guard = 1, .align_log2 = 12 };
FIXTURE_VARIANT_ADD(guarded, by_2) { .guard = 2, .align_log2 = 12 };
FIXTURE_VARIANT_ADD(guarded, by_16) { .guard = 16, .align_log2 = 12 };
FIXTURE_VARIANT_ADD(guarded, by_0_with_blocks) { .guard = 0, .align_log2 = 21 };
FIXTURE_VARIANT_ADD(guarded, by_1_with_blocks) { .guard = 1, .align_log2 = 21 };
FIXTURE_VARIANT_ADD(guarded, by_2_with_blocks) { .guard = 2, .align_log2 = 21 };
FIXTURE_VARIANT_ADD(guarded, by_16_with_blocks) { .guard = 16, .align_log2 = 21 };
FIXTURE_VARIANT_ADD(guarded, by_0_of_frames) { .guard = 0, .align_log2 = 12,
					       .flags = PHYSVM_REGION_FRAMES };
FIXTURE_VARIANT_ADD(guarded, by_16_of_frames_in_blocks) { .guard = 16, .align_log2 = 21,
							  .flags = PHYSVM_REGION_FRAMES };

FIXTURE_SETUP(guarded)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->region = region_make_kind(self->fd, variant->flags, REGION_LENGTH,
					variant->guard, variant->align_log2);
	ASSERT_LE(0, self->region.fd);
}

FIXTURE_TEARDOWN(guarded)
{
	region_end(self->region, REGION_LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	close(self->fd);
}

static long faults_so_far(void)
{
	struct rusage usage = {};

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* What is mapped when it is allocated. /proc/self/pagemap does not tell of frames. */
static long faults_of_reading(const volatile char *addr, size_t pages)
{
	long before = faults_so_far();
	size_t i;

	before = faults_so_far();
	for (i = 0; i < pages; i++)
		addr[i * PAGE];
	return faults_so_far() - before;
}

TEST_F(guarded, places_follow_each_other)
{
	char *first = region_alloc(self->region, 3), *second = region_alloc(self->region, 2);

	EXPECT_EQ(1, self->region.bitmap_pages);
	EXPECT_EQ(1 + variant->guard, page_of(self->region, first));
	EXPECT_EQ(4 + 2 * variant->guard, page_of(self->region, second));
	EXPECT_EQ(0, faults_of_reading(first, 3));
	EXPECT_TRUE(all_zero(first, 3 * PAGE));
	number_pages(first, 3);
	number_pages(second, 2);
	EXPECT_EQ(3, numbered_pages(first, 0, 3));
	EXPECT_EQ(0, region_free(self->region, first, 3));
	EXPECT_EQ(1, region_stat(self->region, NULL).out_search_start);
	EXPECT_EQ(first, region_alloc(self->region, 3));
	EXPECT_TRUE(all_zero(first, 3 * PAGE));
	EXPECT_EQ(2, numbered_pages(second, 0, 2));
}

TEST_F(guarded, nothing_else_can_be_touched)
{
	char *addr = region_alloc(self->region, 1), *next = region_alloc(self->region, 1);

	EXPECT_TRUE(closed(self->region.base));
	EXPECT_TRUE(closed(next + PAGE));
	if (variant->guard) {
		EXPECT_TRUE(closed(addr - 1));
		EXPECT_TRUE(closed(addr + PAGE));
		EXPECT_TRUE(closed(next - 1));
	}
	EXPECT_EQ(0, region_free(self->region, addr, 1));
	EXPECT_TRUE(closed(addr));
}

TEST_F(guarded, large_allocations)
{
	char *addr = region_alloc(self->region, BLOCK_PAGES);
	const bool huge = variant->align_log2 == 21 && !variant->flags && have_huge(self->fd);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(variant->align_log2 == 21 ? BLOCK_PAGES : 1 + variant->guard,
		  page_of(self->region, addr));
	EXPECT_EQ(0, faults_of_reading(addr, BLOCK_PAGES));
	EXPECT_EQ(huge ? BLOCK : 0, smaps(addr, BLOCK, "FilePmdMapped"));
	EXPECT_TRUE(all_zero(addr, BLOCK));
	number_pages(addr, BLOCK_PAGES);
	EXPECT_EQ(0, region_free(self->region, addr + 100 * PAGE, 3));
	EXPECT_EQ(100, numbered_pages(addr, 0, 100));
	EXPECT_EQ(409, numbered_pages(addr + 103 * PAGE, 103, 409));
	EXPECT_TRUE(closed(addr + 100 * PAGE));
	EXPECT_TRUE(closed(addr + 102 * PAGE));
	EXPECT_EQ(509, region_stat(self->region, NULL).out_allocated_pages);
	EXPECT_EQ(0, region_alloc_at(self->region, addr + 101 * PAGE, 1));
	EXPECT_TRUE(all_zero(addr + 101 * PAGE, PAGE));
	EXPECT_EQ(100, numbered_pages(addr, 0, 100));
	EXPECT_EQ(409, numbered_pages(addr + 103 * PAGE, 103, 409));
	EXPECT_EQ(510, region_free_all(self->region));
	EXPECT_TRUE(closed(addr));
}

/* As long as there is room; every page is another. */
TEST_F_TIMEOUT(guarded, until_it_is_full, PATIENCE)
{
	uint64_t count = 0, page, seen = 0;
	char *addr;

	while ((addr = region_alloc(self->region, 1))) {
		*(uint64_t *)addr = ++count;
		seen += page_of(self->region, addr);
	}
	EXPECT_EQ(ENOSPC, errno);
	/* Each has a guard before it, and the last one behind it, too. */
	EXPECT_EQ((REGION_PAGES - 1 - variant->guard) / (1 + variant->guard), count);
	EXPECT_EQ(count, region_stat(self->region, NULL).out_allocated_pages);
	for (page = 0; page < count; page++)
		seen -= 1 + variant->guard + page * (1 + variant->guard);
	EXPECT_EQ(0, seen);
	for (page = 0; page < count; page++) {
		addr = page_addr(self->region, 1 + variant->guard + page * (1 + variant->guard));
		ASSERT_EQ(page + 1, *(uint64_t *)addr);
	}
	EXPECT_EQ(count, region_free_all(self->region));
}

TEST_F(guarded, frees_that_are_refused)
{
	const struct region r = self->region;
	char *addr = region_alloc(r, 4), *next = region_alloc(r, 1);

	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, addr, 0));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, addr + 1, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, r.base, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, r.base - PAGE, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, r.base + REGION_LENGTH, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, addr, UINT64_MAX));
	EXPECT_REFUSED(EINVAL, self->fd, region_free(r, addr, REGION_PAGES));
	EXPECT_REFUSED(ENOENT, self->fd, region_free(r, next + PAGE, 1));
	EXPECT_REFUSED(ENOENT, self->fd, region_free(r, next, 2));
	if (variant->guard) {
		EXPECT_REFUSED(ENOENT, self->fd, region_free(r, addr + 4 * PAGE, 1));
		EXPECT_REFUSED(ENOENT, self->fd, region_free(r, addr, 5 + variant->guard));
		EXPECT_EQ(0, region_free(r, addr, 4));
	} else {
		EXPECT_EQ(0, region_free(r, addr, 5));
	}
	EXPECT_REFUSED(ENOENT, self->fd, region_free(r, addr, 4));
}

TEST_F(guarded, allocations_that_are_refused)
{
	const struct region r = self->region;
	struct physvm_region_alloc args = { .size = sizeof(args), .pages = 1, .addr = PAGE };
	char *addr = region_alloc(r, 1);

	EXPECT_REFUSED(EINVAL, self->fd, call(r.fd, PHYSVM_REGION_ALLOC, &args));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc(r, 0) ? 0 : errno);
	EXPECT_REFUSED(ENOSPC, self->fd, region_alloc(r, UINT64_MAX) ? 0 : errno);
	EXPECT_REFUSED(ENOSPC, self->fd, region_alloc(r, REGION_PAGES - 1) ? 0 : errno);
	EXPECT_REFUSED(EEXIST, self->fd, region_alloc_at(r, addr, 1));
	EXPECT_REFUSED(EEXIST, self->fd, region_alloc_at(r, addr - PAGE * !!variant->guard, 2));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, r.base, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, addr + PAGE + 1, 1));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, addr + PAGE, 0));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, r.base + REGION_LENGTH - PAGE, 2));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, addr + PAGE, UINT64_MAX));
	EXPECT_REFUSED(EINVAL, self->fd, region_alloc_at(r, NULL, 1));
	EXPECT_EQ(0, region_alloc_at(r, addr + PAGE, 1));
	EXPECT_EQ(2 + variant->guard, region_stat(r, NULL).out_search_start);
}

/* Making regions. */

static int make(int fd, struct physvm_region args)
{
	return call(fd, PHYSVM_REGION, &args);
}

TEST_F(region, that_cannot_be)
{
	struct physvm_region args = region_args(REGION_LENGTH, 1, 12);

	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(0, 0, 12)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(PAGE, 0, 12)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(4 * PAGE, 2, 12)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(REGION_LENGTH + 1, 0, 12)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(REGION_LENGTH + PAGE, 0, 21)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(REGION_LENGTH, 0, 11)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(REGION_LENGTH, 0, 64)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(REGION_LENGTH, -1, 12)));
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, region_args(-PAGE, 0, 12)));
	args.base = PAGE + 1;
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, args));
	args.base = -REGION_LENGTH;
	EXPECT_REFUSED(EINVAL, self->fd, make(self->fd, args));
	args.base = 0;
	args.flags = ~PHYSVM_REGION_VALID;
	EXPECT_REFUSED(EOPNOTSUPP, self->fd, make(self->fd, args));
}

TEST_F(region, at_an_address)
{
	struct physvm_region args = region_args(REGION_LENGTH, 1, 21);
	char *addr = free_addresses(REGION_LENGTH);

	args.base = (uintptr_t)addr;
	ASSERT_EQ(0, call(self->fd, PHYSVM_REGION, &args));
	EXPECT_EQ(args.base, args.out_base);
	EXPECT_REFUSED(EEXIST, self->fd, make(self->fd, args));
	EXPECT_EQ(-1, mprotect(addr, PAGE, PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_TRUE(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, args.out_fd, 0) == MAP_FAILED);
	EXPECT_EQ(ENODEV, errno);
	EXPECT_TRUE(mremap(addr, REGION_LENGTH, REGION_LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED,
			   addr + 4 * REGION_LENGTH) == MAP_FAILED);
	munmap(addr, REGION_LENGTH);
	close(args.out_fd);
}

TEST_F(region, tells_what_it_is)
{
	struct region region = region_make(self->fd, 2 * 128 << 20, 2, 21);
	struct physvm_region_stat stat;
	char *addr;

	ASSERT_LE(0, region.fd);
	EXPECT_EQ(2, region.bitmap_pages);
	addr = region_alloc(region, 5);
	EXPECT_EQ(4, page_of(region, addr));
	stat = region_stat(region, addr + 4 * PAGE);
	EXPECT_EQ((uintptr_t)region.base, stat.out_base);
	EXPECT_EQ(2 * 128 << 20, stat.out_length);
	EXPECT_EQ(2, stat.out_guard_pages);
	EXPECT_EQ(2, stat.out_bitmap_pages);
	EXPECT_EQ(5, stat.out_allocated_pages);
	EXPECT_EQ(9, stat.out_search_start);
	EXPECT_EQ(21, stat.out_align_log2);
	EXPECT_EQ(7, stat.out_page_state);
	EXPECT_EQ(have_huge(self->fd), stat.out_contiguous);
	EXPECT_EQ(1, stat.out_allocated);
	EXPECT_FALSE(region_has(region, addr + 5 * PAGE));
	EXPECT_FALSE(region_has(region, region.base));
	region_end(region, 2 * 128 << 20);
}

/* Without more memory than a smaller one. */
TEST_F(region, of_a_terabyte)
{
	struct region region = region_make(self->fd, 1ul << 40, 1, 21);
	char *addr;

	ASSERT_LE(0, region.fd);
	EXPECT_EQ(8192, region.bitmap_pages);
	EXPECT_EQ(8193, page_of(region, region_alloc(region, 1)));
	addr = page_addr(region, (1ul << 28) - 1);
	EXPECT_EQ(0, region_alloc_at(region, addr, 1));
	*addr = 1;
	EXPECT_EQ(ENOMEM, region_alloc(region, 1ul << 27) ? 0 : errno);
	EXPECT_EQ(2, region_free_all(region));
	region_end(region, 1ul << 40);
}

/* What is not there. */

TEST_F(region, more_than_the_pool_has)
{
	const uint64_t pages = pool_stat(self->fd).out_free_pages;
	struct region region = region_make(self->fd, 8 * pages * PAGE, 1, 12);
	char *addr;

	ASSERT_LE(0, region.fd);
	EXPECT_EQ(ENOMEM, region_alloc(region, pages + 1) ? 0 : errno);
	addr = region_alloc(region, pages);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(ENOMEM, region_alloc(region, 1) ? 0 : errno);
	EXPECT_EQ(pages, region_stat(region, NULL).out_allocated_pages);
	EXPECT_EQ(0, region_free(region, addr, pages));
	EXPECT_LE(pages - BLOCK_PAGES, settled_pool_stat(self->fd).out_free_pages);
	region_end(region, 8 * pages * PAGE);
}

/* What an idle region keeps is there for others. */
TEST_F(region, keeps_nothing_from_those_who_need_it)
{
	const uint64_t pages = pool_stat(self->fd).out_free_pages;
	struct region region = region_make(self->fd, REGION_LENGTH, 1, 12);
	char *addr = region_alloc(region, 1), *area;

	ASSERT_NE(NULL, addr);
	area = alloc_map(self->fd, (pages - 1) * PAGE, 0);
	EXPECT_NE(NULL, area);
	munmap(area, (pages - 1) * PAGE);
	region_end(region, REGION_LENGTH);
}

/* Behind its back. */

TEST_F(region, unmapped_in_part)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 0, 21);
	char *addr = region_alloc(region, 2 * BLOCK_PAGES);
	char *next;

	ASSERT_NE(NULL, addr);
	number_pages(addr, 2 * BLOCK_PAGES);
	ASSERT_EQ(0, munmap(addr + BLOCK / 2, BLOCK));
	EXPECT_EQ(256, numbered_pages(addr, 0, 256));
	EXPECT_EQ(256, numbered_pages(addr + 3 * BLOCK / 2, 768, 256));
	EXPECT_EQ(0, region_free(region, addr, 2 * BLOCK_PAGES));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(EBADFD, region_alloc_at(region, addr + BLOCK, 1));
	EXPECT_EQ(EBADFD, region_alloc_at(region, addr, BLOCK_PAGES));
	EXPECT_EQ(0, region_stat(region, NULL).out_allocated_pages);
	next = mmap(addr + BLOCK, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	*next = 5;
	EXPECT_EQ(EBADFD, region_alloc_at(region, next, 1));
	EXPECT_EQ(5, *next);
	EXPECT_EQ(0, region_alloc_at(region, addr, 10));
	EXPECT_TRUE(all_zero(addr, 10 * PAGE));
	region_end(region, REGION_LENGTH);
}

TEST_F(region, contents_survive_madvise_and_mprotect)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 1, 21);
	char *addr = region_alloc(region, BLOCK_PAGES);

	ASSERT_NE(NULL, addr);
	number_pages(addr, BLOCK_PAGES);
	ASSERT_EQ(0, madvise(region.base, REGION_LENGTH, MADV_DONTNEED));
	EXPECT_EQ(BLOCK_PAGES, numbered_pages(addr, 0, BLOCK_PAGES));
	ASSERT_EQ(0, mprotect(addr + PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(SIGSEGV, read_signal(addr + PAGE));
	EXPECT_EQ(0, region_free(region, addr, BLOCK_PAGES));
	EXPECT_EQ(addr, region_alloc(region, BLOCK_PAGES));
	ASSERT_EQ(0, mprotect(addr + PAGE, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_TRUE(all_zero(addr, BLOCK));
	region_end(region, REGION_LENGTH);
}

/* The region is its maker's: its end does not wait for whoever has the descriptor. */
TEST_F(region, is_of_one_process)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 1, 12);
	char *addr = region_alloc(region, 2);
	pid_t pid = fork();

	if (!pid) {
		child_need(read_signal(addr) == SIGSEGV);
		child_need(!region_alloc(region, 1) && errno == EBADFD);
		child_need(!region_free(region, addr, 1));
		_exit(0);
	}
	EXPECT_TRUE(child_succeeded(pid));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(0, read_signal(addr + PAGE));
	close(region.fd);
	EXPECT_EQ(0, read_signal(addr + PAGE));
	munmap(region.base, REGION_LENGTH);
}

static void work_until_killed(int fd, const void *arg)
{
	struct region region = region_make(fd, REGION_LENGTH, 1, 21);
	unsigned int i;

	for (i = 0;; i++) {
		char *addr = region_alloc(region, 1 + i % 700);

		if (addr)
			*addr = 1;
		if (i % 3 == 0 && addr)
			region_free(region, addr, 1 + i % 700);
		if (!addr)
			region_free_all(region);
		if (i == 20)
			raise(SIGSTOP);
	}
}

TEST_F_TIMEOUT(region, killed_at_work, PATIENCE)
{
	int i;

	for (i = 0; i < 20; i++) {
		pid_t pid = child_start(work_until_killed, self->fd, NULL);

		ASSERT_TRUE(child_stopped(pid));
		kill(pid, SIGCONT);
		usleep(i * 3000);
		EXPECT_TRUE(child_kill(pid));
		EXPECT_TRUE(pool_at_baseline(self->fd));
	}
}

/* Pages somebody holds. */

static void check_pinned(struct __test_metadata *_metadata, int fd, uint32_t align_log2,
			 uint64_t pages)
{
	struct region region = region_make(fd, REGION_LENGTH, 0, align_log2);
	char *addr = region_alloc(region, pages), page[PAGE];
	struct iovec iov = { addr, PAGE };
	int pipe_fds[2], i;

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, pipe(pipe_fds));
	memset(addr, 0x5a, PAGE);
	ASSERT_EQ(PAGE, vmsplice(pipe_fds[1], &iov, 1, 0));
	ASSERT_EQ(0, region_free(region, addr, pages));
	/* It would be among those handed out now, and written. */
	for (i = 0; i < 8; i++) {
		addr = region_alloc(region, 400);
		ASSERT_NE(NULL, addr);
		memset(addr, 0xa5, 400 * PAGE);
		ASSERT_EQ(0, region_free(region, addr, 400));
	}
	ASSERT_EQ(PAGE, read(pipe_fds[0], page, PAGE));
	for (i = 0; i < PAGE && page[i] == 0x5a; i++)
		;
	EXPECT_EQ(PAGE, i);
	region_end(region, REGION_LENGTH);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST_F(region, page_in_a_pipe_is_not_given_again)
{
	check_pinned(_metadata, self->fd, 12, 1);
}

TEST_F(region, block_in_a_pipe_is_not_given_again)
{
	check_pinned(_metadata, self->fd, 21, BLOCK_PAGES);
}

/* Threads. */

struct worker {
	pthread_t thread;
	struct region region;
	unsigned int number;
	unsigned long errors;
};

#define WORKERS 4
#define PER_WORKER 16

static void fill(char *addr, unsigned int pages, unsigned int value)
{
	while (pages--)
		*(unsigned int *)(addr + pages * PAGE + 8 * (value % 512)) = value;
}

static unsigned long check(const char *addr, unsigned int pages, unsigned int value)
{
	unsigned long errors = 0;

	while (pages--)
		errors += *(unsigned int *)(addr + pages * PAGE + 8 * (value % 512)) != value;
	return errors;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	char *addrs[PER_WORKER] = {};
	unsigned int pages[PER_WORKER], values[PER_WORKER], i, seed = w->number;

	for (i = 1; i < 1500; i++) {
		const unsigned int n = rand_r(&seed) % PER_WORKER;

		if (addrs[n]) {
			w->errors += check(addrs[n], pages[n], values[n]);
			w->errors += !!region_free(w->region, addrs[n], pages[n]);
			addrs[n] = NULL;
			continue;
		}
		pages[n] = i % 50 ? 1 + rand_r(&seed) % 20 : BLOCK_PAGES;
		values[n] = i * WORKERS + w->number;
		addrs[n] = region_alloc(w->region, pages[n]);
		if (!addrs[n])
			continue;
		w->errors += *(unsigned int *)addrs[n] != 0;
		fill(addrs[n], pages[n], values[n]);
	}
	return NULL;
}

static void run_threads(struct __test_metadata *_metadata, int fd, uint32_t flags,
			uint32_t align_log2)
{
	struct region region = region_make_kind(fd, flags, REGION_LENGTH, 1, align_log2);
	struct worker workers[WORKERS];
	unsigned int i;

	ASSERT_LE(0, region.fd);
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .region = region, .number = i };
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(0, workers[i].errors);
	}
	region_end(region, REGION_LENGTH);
}

TEST_F_TIMEOUT(region, threads_have_pages_of_their_own, PATIENCE)
{
	run_threads(_metadata, self->fd, 0, 12);
}

TEST_F_TIMEOUT(region, threads_have_frames_of_their_own, PATIENCE)
{
	run_threads(_metadata, self->fd, PHYSVM_REGION_FRAMES, 12);
}

TEST_F_TIMEOUT(region, threads_have_blocks_of_their_own, PATIENCE)
{
	run_threads(_metadata, self->fd, 0, 21);
}

TEST_HARNESS_MAIN
