// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions of frames: pages the kernel keeps no count of. Nobody can come to hold
 * one, and none is mapped anywhere once it is freed. Each test runs with a region
 * of pages as well, to show where they differ.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <pthread.h>
#include <sys/uio.h>

#include "child.h"
#include "region.h"
#include "scratch.h"
#include "smaps.h"
#include "touch.h"

SKIP_ALL_WITHOUT_DEVICE()

#define RW (PROT_READ | PROT_WRITE)
#define MANY (BLOCK / PAGE)

FIXTURE(kind) {
	int fd;
	struct region region;
	char *addr;	/* of ten pages, numbered */
};

FIXTURE_VARIANT(kind) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(kind, pages) { .flags = 0 };
FIXTURE_VARIANT_ADD(kind, frames) { .flags = PHYSVM_REGION_FRAMES };

FIXTURE_SETUP(kind)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->region = region_make_kind(self->fd, variant->flags, REGION_LENGTH, 1, 12);
	ASSERT_LE(0, self->region.fd);
	self->addr = region_alloc(self->region, 10);
	ASSERT_NE(NULL, self->addr);
	number_pages(self->addr, 10);
}

FIXTURE_TEARDOWN(kind)
{
	region_end(self->region, REGION_LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	close(self->fd);
}

/* Is @result what a call gives that wants to hold the pages? */
#define EXPECT_HELD(size, result) \
	do { \
		const ssize_t __result = result; \
		\
		if (variant->flags & PHYSVM_REGION_FRAMES) { \
			EXPECT_EQ(-1, __result); \
			EXPECT_EQ(EFAULT, errno); \
		} else { \
			EXPECT_EQ(size, __result); \
		} \
	} while (0)

/* Of a file that has its blocks: what is not there yet may be copied after all. */
static int open_direct(void)
{
	int file = open_scratch(0);
	static const char contents[4 * PAGE];

	if (pwrite(file, contents, sizeof(contents), 0) != sizeof(contents) || fsync(file) ||
	    fcntl(file, F_SETFL, O_DIRECT))
		return -1;
	return file;
}

TEST_F(kind, o_direct)
{
	int file = open_direct();

	if (file < 0)
		SKIP(return, "no file with O_DIRECT: %s", strerror(errno));
	EXPECT_HELD(4 * PAGE, pwrite(file, self->addr, 4 * PAGE, 0));
	EXPECT_HELD(4 * PAGE, pread(file, self->addr, 4 * PAGE, 0));
	EXPECT_EQ(10, numbered_pages(self->addr, 0, 10));
	close(file);
}

TEST_F(kind, in_a_pipe)
{
	struct iovec iov = { self->addr, PAGE };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_HELD(PAGE, vmsplice(ends[1], &iov, 1, 0));
	close(ends[0]);
	close(ends[1]);
}

static void look_at_parent(int fd, const void *arg)
{
	const char *addr = arg;
	char copy[PAGE];
	struct iovec local = { copy, PAGE }, remote = { (void *)addr, PAGE };

	child_need(process_vm_readv(getppid(), &local, 1, &remote, 1, 0) == PAGE);
	child_need(*(uint32_t *)copy == 1);
}

TEST_F(kind, by_another_process)
{
	pid_t pid = child_start(look_at_parent, -1, self->addr);
	bool frames = variant->flags & PHYSVM_REGION_FRAMES;

	EXPECT_EQ(!frames, child_succeeded(pid));
}

/* Copies are made of either kind. */
TEST_F(kind, read_and_write)
{
	int file = open_scratch(0);

	ASSERT_LE(0, file);
	ASSERT_EQ(5 * PAGE, pwrite(file, self->addr, 5 * PAGE, 0));
	ASSERT_EQ(5 * PAGE, pread(file, self->addr + 5 * PAGE, 5 * PAGE, 0));
	EXPECT_EQ(5, numbered_pages(self->addr + 5 * PAGE, 0, 5));
	EXPECT_EQ(-1, pwrite(file, self->addr - 1, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pread(file, self->addr + 10 * PAGE, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, region_free(self->region, self->addr, 1));
	EXPECT_EQ(-1, pwrite(file, self->addr, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	close(file);
}

/* As debuggers do. */
TEST_F(kind, peek_and_poke)
{
	const off_t at = (uintptr_t)self->addr;
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint32_t words[2] = {};

	ASSERT_LE(0, memory);
	EXPECT_EQ(8, pread(memory, words, 8, at + PAGE));
	EXPECT_EQ(2, words[0]);
	words[0] = 77;
	EXPECT_EQ(8, pwrite(memory, words, 8, at + 2 * PAGE - 4));
	EXPECT_EQ(77, *(uint32_t *)(self->addr + 2 * PAGE - 4));
	EXPECT_EQ(0, *(uint32_t *)(self->addr + 2 * PAGE));
	EXPECT_EQ(-1, pread(memory, words, 8, at - 8));
	EXPECT_EQ(-1, pwrite(memory, words, 8, at + 10 * PAGE));
	ASSERT_EQ(0, mprotect(self->addr, PAGE, PROT_READ));
	EXPECT_EQ(-1, pwrite(memory, words, 8, at));
	EXPECT_EQ(8, pread(memory, words, 8, at));
	EXPECT_EQ(1, words[0]);
	EXPECT_EQ(0, region_free(self->region, self->addr, 1));
	EXPECT_EQ(-1, pread(memory, words, 8, at));
	close(memory);
}

/* Where they are is as before when a call is refused. */
TEST_F(kind, cannot_be_moved_or_grown)
{
	char *elsewhere = free_addresses(REGION_LENGTH);

	EXPECT_TRUE(mremap(self->region.base, REGION_LENGTH, REGION_LENGTH,
			   MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere) == MAP_FAILED);
	EXPECT_TRUE(mremap(self->addr, 10 * PAGE, 10 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   elsewhere) == MAP_FAILED);
	EXPECT_TRUE(mremap(self->addr, 0, 10 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	EXPECT_TRUE(mremap(self->region.base, REGION_LENGTH, 2 * REGION_LENGTH,
			   MREMAP_MAYMOVE) == MAP_FAILED);
	EXPECT_EQ(10, numbered_pages(self->addr, 0, 10));
	EXPECT_EQ(SIGSEGV, read_signal(elsewhere));
	EXPECT_EQ(0, region_free(self->region, self->addr, 10));
	EXPECT_EQ(SIGSEGV, read_signal(self->addr));
}

/* A mapping that is read-only or closed stays so for what is allocated in it. */
TEST_F(kind, protection_is_of_addresses)
{
	char *next = region_alloc(self->region, 1);

	ASSERT_EQ(0, mprotect(self->addr, 2 * PAGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(self->addr + 2 * PAGE, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, read_signal(self->addr));
	EXPECT_EQ(SIGSEGV, write_signal(self->addr + 2 * PAGE));
	EXPECT_EQ(0, region_free(self->region, self->addr + PAGE, 2));
	EXPECT_EQ(0, region_alloc_at(self->region, self->addr + PAGE, 2));
	EXPECT_EQ(SIGSEGV, read_signal(self->addr + PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(self->addr + 2 * PAGE));
	EXPECT_TRUE(all_zero(self->addr + 2 * PAGE, PAGE));
	ASSERT_EQ(0, mprotect(self->addr, 3 * PAGE, RW));
	EXPECT_EQ(1, numbered_pages(self->addr, 0, 1));
	EXPECT_TRUE(all_zero(self->addr + PAGE, 2 * PAGE));
	EXPECT_EQ(7, numbered_pages(self->addr + 3 * PAGE, 3, 7));
	EXPECT_EQ(0, write_signal(next));
	EXPECT_EQ(-1, mprotect(self->addr, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(kind, unmapped_in_part)
{
	ASSERT_EQ(0, munmap(self->addr + 2 * PAGE, 3 * PAGE));
	EXPECT_EQ(2, numbered_pages(self->addr, 0, 2));
	EXPECT_EQ(5, numbered_pages(self->addr + 5 * PAGE, 5, 5));
	EXPECT_EQ(0, region_free(self->region, self->addr, 10));
	EXPECT_EQ(SIGSEGV, read_signal(self->addr));
	EXPECT_EQ(EBADFD, region_alloc_at(self->region, self->addr, 10));
	/* The first two of them were mapped before it came to the third. */
	EXPECT_EQ(SIGSEGV, read_signal(self->addr));
	EXPECT_EQ(0, region_stat(self->region, NULL).out_allocated_pages);
	EXPECT_EQ(0, region_alloc_at(self->region, self->addr, 2));
	EXPECT_TRUE(all_zero(self->addr, 2 * PAGE));
}

TEST_F(kind, madvise)
{
	const bool frames = variant->flags & PHYSVM_REGION_FRAMES;

	EXPECT_EQ(frames ? -1 : 0, madvise(self->addr, 10 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(10, numbered_pages(self->addr, 0, 10));
	/* Newer kernels have no child inherit pages either. */
	if (frames)
		EXPECT_EQ(-1, madvise(self->region.base, REGION_LENGTH, MADV_DOFORK));
}

/* What is freed is gone from children, too, if they can have it at all. */
TEST_F(kind, fork)
{
	const bool inherited = !madvise(self->region.base, REGION_LENGTH, MADV_DOFORK);
	const int signal = inherited ? 0 : SIGSEGV;
	pid_t pid;

	pid = fork();
	if (!pid) {
		child_need(read_signal(self->addr) == signal);
		child_need(!region_alloc(self->region, 1) && errno == EBADFD);
		raise(SIGSTOP);
		child_need(read_signal(self->addr) == SIGSEGV);
		_exit(0);
	}
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(10, numbered_pages(self->addr, 0, 10));
	EXPECT_EQ(0, region_free(self->region, self->addr, 1));
	EXPECT_TRUE(child_finish(pid));
}

static void work_until_killed(int fd, const void *arg)
{
	struct region region = region_make_kind(fd, *(uint32_t *)arg, REGION_LENGTH, 1, 12);
	unsigned int i;

	for (i = 0;; i++) {
		char *addr = region_alloc(region, 1 + i % 700);

		if (addr)
			memset(addr, 1, (1 + i % 700) * PAGE);
		if (i % 3 == 0 && addr)
			region_free(region, addr, 1 + i % 700);
		if (!addr)
			region_free_all(region);
		if (i == 5)
			raise(SIGSTOP);
	}
}

TEST_F_TIMEOUT(kind, killed_at_work, PATIENCE)
{
	const uint64_t before = settled_pool_stat(self->fd).out_used_pages;
	int i;

	for (i = 0; i < 10; i++) {
		pid_t pid = child_start(work_until_killed, self->fd, &variant->flags);

		ASSERT_TRUE(child_stopped(pid));
		kill(pid, SIGCONT);
		usleep(i * 3000);
		EXPECT_TRUE(child_kill(pid));
	}
	for (i = 0; i < 500 && settled_pool_stat(self->fd).out_used_pages != before; i++)
		usleep(10000);
	EXPECT_EQ(before, settled_pool_stat(self->fd).out_used_pages);
}

/* Somebody who goes on writing to what is freed never writes to what is allocated. */

struct writer {
	pthread_t thread;
	char *addr;
	bool stop;
	unsigned long stores;
	unsigned long faults;
};

static void *write_on(void *arg)
{
	struct writer *writer = arg;
	size_t i = 0;

	while (!__atomic_load_n(&writer->stop, __ATOMIC_RELAXED)) {
		if (try_store((unsigned long *)(writer->addr + i++ % MANY * PAGE), 0xbad))
			writer->faults++;
		else
			writer->stores++;
	}
	return NULL;
}

/* There are as many pages as a region keeps: those that were freed are used again. */
TEST_F_TIMEOUT(kind, freed_pages_are_out_of_reach, PATIENCE)
{
	char *other = page_addr(self->region, 2000);
	struct writer writer = { .addr = page_addr(self->region, 1000) };
	unsigned int i, wrong = 0;

	catch_faults();
	ASSERT_EQ(0, pthread_create(&writer.thread, NULL, write_on, &writer));
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, region_alloc_at(self->region, writer.addr, MANY));
		while (!__atomic_load_n((unsigned long *)writer.addr, __ATOMIC_RELAXED))
			sched_yield();
		ASSERT_EQ(0, region_free(self->region, writer.addr, MANY));
		ASSERT_EQ(0, region_alloc_at(self->region, other, MANY));
		wrong += !all_zero(other, MANY * PAGE);
		sched_yield();
		wrong += !all_zero(other, MANY * PAGE);
		ASSERT_EQ(0, region_free(self->region, other, MANY));
	}
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	pthread_join(writer.thread, NULL);
	EXPECT_EQ(0, wrong);
	EXPECT_LT(0, writer.stores);
	EXPECT_LT(0, writer.faults);
	EXPECT_EQ(10, numbered_pages(self->addr, 0, 10));
}

/* Aligned as ever, but by single entries. */
TEST_F(kind, whole_blocks)
{
	const bool huge = have_huge(self->fd) && !(variant->flags & PHYSVM_REGION_FRAMES);
	struct region region = region_make_kind(self->fd, variant->flags, REGION_LENGTH, 1, 21);
	char *addr = region_alloc(region, MANY);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, (uintptr_t)addr % BLOCK);
	EXPECT_EQ(huge, region_stat(region, NULL).out_contiguous);
	EXPECT_EQ(huge ? BLOCK : 0, smaps(addr, BLOCK, "FilePmdMapped"));
	EXPECT_TRUE(all_zero(addr, BLOCK));
	number_pages(addr, MANY);
	EXPECT_EQ(0, region_free(region, addr + 5 * PAGE, 5));
	EXPECT_EQ(5, numbered_pages(addr, 0, 5));
	EXPECT_EQ(502, numbered_pages(addr + 10 * PAGE, 10, 502));
	EXPECT_EQ(SIGSEGV, read_signal(addr + 7 * PAGE));
	region_end(region, REGION_LENGTH);
}

TEST_HARNESS_MAIN
