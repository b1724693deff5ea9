// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel and devices work on an area's pages directly: O_DIRECT, vmsplice,
 * registered buffers of io_uring, other processes. Contents must arrive, and a
 * page somebody works on must not go to anybody else.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <liburing.h>
#include <sys/uio.h>

#include "child.h"
#include "scratch.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define SEED 20240301u
#define KILLS 20
#define RW (PROT_READ | PROT_WRITE)

static void stamp(char *addr, size_t length, unsigned long seed)
{
	unsigned long *words = (unsigned long *)addr;
	size_t i;

	for (i = 0; i < length / sizeof(*words); i++)
		words[i] = seed + i;
}

static bool stamped(const char *addr, size_t length, unsigned long seed)
{
	const unsigned long *words = (const unsigned long *)addr;
	size_t i;

	for (i = 0; i < length / sizeof(*words); i++)
		if (words[i] != seed + i)
			return false;
	return true;
}

#define OPEN_DIRECT_OR_SKIP(file) \
	do { \
		(file) = open_scratch(O_DIRECT); \
		if ((file) < 0) \
			SKIP(return, "no file with O_DIRECT: %s", strerror(errno)); \
	} while (0)

/* O_DIRECT. */

FIXTURE(direct) {
	int fd;
};

FIXTURE_VARIANT(direct) {
	uint64_t area;
	uint64_t offset;
	uint64_t length;
	uint32_t cache;
};

#define DIRECT(name, ...) FIXTURE_VARIANT_ADD(direct, name) { __VA_ARGS__ }

DIRECT(small, 20 * PAGE, 0, 20 * PAGE, PHYSVM_CACHE_WB);
DIRECT(inside_small, 20 * PAGE, 3 * PAGE + 512, 7 * PAGE, PHYSVM_CACHE_WB);
DIRECT(huge, 2 * BLOCK, 0, 2 * BLOCK, PHYSVM_CACHE_WB);
DIRECT(across_blocks, 2 * BLOCK + 20 * PAGE, BLOCK - 5 * PAGE + 1024,
       BLOCK + 10 * PAGE, PHYSVM_CACHE_WB);
DIRECT(write_combined, BLOCK, PAGE, 20 * PAGE, PHYSVM_CACHE_WC);
DIRECT(uncached, 20 * PAGE, PAGE, 8 * PAGE, PHYSVM_CACHE_UC);

FIXTURE_SETUP(direct)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(direct)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static char *alloc_cached(int fd, uint64_t length, uint32_t cache)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_COMMIT);

	args.cache = cache;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

/* The pages read into have not been touched before. */
TEST_F_TIMEOUT(direct, write_comes_back_by_read, PATIENCE)
{
	char *source = alloc_cached(self->fd, variant->area, variant->cache);
	char *target = alloc_cached(self->fd, variant->area, variant->cache);
	const uint64_t end = variant->offset + variant->length;
	int file;

	OPEN_DIRECT_OR_SKIP(file);
	ASSERT_TRUE(source && target);
	stamp(source, variant->area, SEED);
	ASSERT_EQ(variant->length, pwrite(file, source + variant->offset,
					  variant->length, 0));
	ASSERT_EQ(variant->length, pread(file, target + variant->offset,
					 variant->length, 0));
	EXPECT_EQ(0, memcmp(source + variant->offset, target + variant->offset,
			    variant->length));
	EXPECT_TRUE(all_zero(target, variant->offset));
	EXPECT_TRUE(all_zero(target + end, variant->area - end));
	EXPECT_TRUE(stamped(source, variant->area, SEED));
	EXPECT_EQ(0, unmap(self->fd, source, variant->area));
	EXPECT_EQ(0, unmap(self->fd, target, variant->area));
}

FIXTURE(access) {
	int fd;
};

FIXTURE_SETUP(access)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(access)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* What a touch would not get, I/O does not get either; and nobody is killed. */
TEST_F_TIMEOUT(access, of_io_is_that_of_a_touch, PATIENCE)
{
	char *reserved = alloc_map(self->fd, 4 * PAGE, 0);
	char *readonly = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);
	int file;

	OPEN_DIRECT_OR_SKIP(file);
	ASSERT_TRUE(reserved && readonly);
	ASSERT_EQ(0, mprotect(readonly, 4 * PAGE, PROT_READ));
	EXPECT_EQ(4 * PAGE, pwrite(file, readonly, 4 * PAGE, 0));
	EXPECT_EQ(-1, pread(file, readonly, 4 * PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pread(file, reserved, 4 * PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pwrite(file, reserved, 4 * PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, unmap(self->fd, reserved, 4 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, readonly, 4 * PAGE));
}

/* read(2) and write(2) copy, and so may have to fault in what they copy. */
TEST_F_TIMEOUT(access, by_copying_to_untouched_pages, PATIENCE)
{
	char *area = alloc_map(self->fd, BLOCK + 20 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *small = alloc_map(self->fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);
	int file = open_scratch(0);

	ASSERT_TRUE(area && small);
	ASSERT_GE(file, 0);
	EXPECT_EQ(20 * PAGE, pwrite(file, small, 20 * PAGE, 0));
	EXPECT_EQ(20 * PAGE, pread(file, area + BLOCK, 20 * PAGE, 0));
	EXPECT_TRUE(all_zero(area, BLOCK + 20 * PAGE));
	stamp(small, 20 * PAGE, SEED);
	EXPECT_EQ(20 * PAGE, pwrite(file, small, 20 * PAGE, 0));
	EXPECT_EQ(20 * PAGE, pread(file, area + 3 * PAGE, 20 * PAGE, 0));
	EXPECT_TRUE(stamped(area + 3 * PAGE, 20 * PAGE, SEED));
	EXPECT_EQ(0, unmap(self->fd, area, BLOCK + 20 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, small, 20 * PAGE));
}

static void splice_and_read(struct __test_metadata *_metadata, char *addr)
{
	static char contents[8 * PAGE];
	struct iovec pages = { addr, sizeof(contents) };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	stamp(addr, sizeof(contents), SEED);
	EXPECT_EQ(sizeof(contents), vmsplice(ends[1], &pages, 1, 0));
	EXPECT_EQ(sizeof(contents), read(ends[0], contents, sizeof(contents)));
	EXPECT_TRUE(stamped(contents, sizeof(contents), SEED));
	close(ends[0]);
	close(ends[1]);
}

TEST_F_TIMEOUT(access, through_a_pipe, PATIENCE)
{
	char *large = alloc_map(self->fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	char *small = alloc_map(self->fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_TRUE(large && small);
	splice_and_read(_metadata, large + 100 * PAGE);
	splice_and_read(_metadata, small + 5 * PAGE);
	EXPECT_EQ(0, unmap(self->fd, large, BLOCK));
	EXPECT_EQ(0, unmap(self->fd, small, 20 * PAGE));
}

static void offer_area(int fd, const void *arg)
{
	char *area = alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT);

	child_need(area);
	stamp(area, BLOCK / 2, SEED);
	*(char *volatile *)arg = area;
	raise(SIGSTOP);
	child_need(stamped(area + BLOCK / 2, BLOCK / 2, SEED + 1));
}

/* Half of the area has not been touched when the other process looks. */
TEST_F_TIMEOUT(access, from_another_process, PATIENCE)
{
	char **area = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = child_start(offer_area, self->fd, area);
	char *copy = malloc(BLOCK);
	struct iovec local = { copy, BLOCK }, remote;

	ASSERT_TRUE(child_stopped(pid));
	remote = (struct iovec){ *area, BLOCK };
	EXPECT_EQ(BLOCK, process_vm_readv(pid, &local, 1, &remote, 1, 0));
	EXPECT_TRUE(stamped(copy, BLOCK / 2, SEED));
	EXPECT_TRUE(all_zero(copy + BLOCK / 2, BLOCK / 2));

	stamp(copy, BLOCK / 2, SEED + 1);
	local.iov_len = BLOCK / 2;
	remote = (struct iovec){ *area + BLOCK / 2, BLOCK / 2 };
	EXPECT_EQ(BLOCK / 2, process_vm_writev(pid, &local, 1, &remote, 1, 0));
	EXPECT_TRUE(child_finish(pid));
}

/* Buffers registered with io_uring. */

FIXTURE(registered) {
	int fd;
	int file;
	struct io_uring ring;
	char *area;
	const char *unable;
};

FIXTURE_VARIANT(registered) {
	uint64_t length;
};

FIXTURE_VARIANT_ADD(registered, small) { .length = 20 * PAGE };
FIXTURE_VARIANT_ADD(registered, huge) { .length = 2 * BLOCK };

static int register_buffer(struct io_uring *ring, char *addr, size_t length)
{
	struct iovec buffer = { addr, length };

	return io_uring_register_buffers(ring, &buffer, 1);
}

/* Before 6.5 memory that has to do with a file could not be registered at all. */
static bool kernel_registers_files(struct io_uring *ring)
{
	int file = open_scratch(0), err = ftruncate(file, PAGE);
	char *addr = mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0);

	err = err ?: register_buffer(ring, addr, PAGE);
	munmap(addr, PAGE);
	close(file);
	return !err && !io_uring_unregister_buffers(ring);
}

static const char *why_unable(int file, struct io_uring *ring)
{
	if (file < 0)
		return "no file with O_DIRECT";
	if (io_uring_queue_init(8, ring, 0))
		return "no io_uring";
	return kernel_registers_files(ring) ? NULL :
		"this kernel's io_uring registers no memory of files";
}

/* For each test: in a set-up SKIP() does not keep the test from running. */
#define SKIP_IF_UNABLE() \
	do { \
		if (self->unable) \
			SKIP(return, "%s", self->unable); \
	} while (0)

FIXTURE_SETUP(registered)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->file = open_scratch(O_DIRECT);
	self->unable = why_unable(self->file, &self->ring);
	if (self->unable)
		return;
	self->area = alloc_map(self->fd, variant->length, PHYSVM_ALLOC_COMMIT);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, register_buffer(&self->ring, self->area, variant->length));
}

/* The pages come back with the ring at the latest. */
FIXTURE_TEARDOWN(registered)
{
	if (!self->unable)
		io_uring_queue_exit(&self->ring);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static int transferred(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int count;

	if (io_uring_submit(ring) != 1 || io_uring_wait_cqe(ring, &cqe))
		return -1;
	count = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return count;
}

static int read_fixed(struct io_uring *ring, int file, char *addr, size_t length)
{
	io_uring_prep_read_fixed(io_uring_get_sqe(ring), file, addr, length, 0, 0);
	return transferred(ring);
}

static int write_fixed(struct io_uring *ring, int file, char *addr, size_t length)
{
	io_uring_prep_write_fixed(io_uring_get_sqe(ring), file, addr, length, 0, 0);
	return transferred(ring);
}

TEST_F_TIMEOUT(registered, buffers_are_written_and_read, PATIENCE)
{
	const size_t half = variant->length / 2;

	SKIP_IF_UNABLE();
	stamp(self->area, half, SEED);
	ASSERT_EQ(half, write_fixed(&self->ring, self->file, self->area, half));
	ASSERT_EQ(half, read_fixed(&self->ring, self->file, self->area + half, half));
	EXPECT_TRUE(stamped(self->area + half, half, SEED));
	EXPECT_EQ(0, io_uring_unregister_buffers(&self->ring));
	EXPECT_EQ(0, unmap(self->fd, self->area, variant->length));
}

/* All the pages there are, so those in quarantine too if somebody errs. */
static char *take_all(int fd, uint64_t *length)
{
	*length = pool_stat(fd).out_free_pages * PAGE;
	return alloc_map(fd, *length, PHYSVM_ALLOC_COMMIT);
}

static bool page_is(int file, off_t offset, unsigned long seed)
{
	static char contents[PAGE] __attribute__((aligned(4096)));

	return pread(file, contents, PAGE, offset) == PAGE &&
	       stamped(contents, PAGE, seed + offset / sizeof(long));
}

TEST_F_TIMEOUT(registered, buffers_outlive_the_mapping, PATIENCE)
{
	const uint64_t pages = variant->length / PAGE;
	uint64_t rest;
	char *others;

	SKIP_IF_UNABLE();
	stamp(self->area, variant->length, SEED);
	ASSERT_EQ(0, unmap(self->fd, self->area, variant->length));
	EXPECT_GE(pool_stat(self->fd).out_quarantined_pages, pages);
	EXPECT_EQ(0u, pool_stat(self->fd).out_used_pages);

	others = take_all(self->fd, &rest);
	ASSERT_NE(NULL, others);
	stamp(others, rest, ~SEED);
	ASSERT_EQ(variant->length, write_fixed(&self->ring, self->file, self->area,
					       variant->length));
	EXPECT_TRUE(page_is(self->file, 0, SEED));
	EXPECT_TRUE(page_is(self->file, variant->length - PAGE, SEED));
	ASSERT_EQ(variant->length, read_fixed(&self->ring, self->file, self->area,
					      variant->length));
	EXPECT_TRUE(stamped(others, rest, ~SEED));
	EXPECT_EQ(0, unmap(self->fd, others, rest));
	EXPECT_GE(pool_stat(self->fd).out_quarantined_pages, pages);
	EXPECT_EQ(0, io_uring_unregister_buffers(&self->ring));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* What I/O leaves in a reserved page is gone when the page is committed. */
TEST_F_TIMEOUT(registered, buffers_may_be_decommitted, PATIENCE)
{
	SKIP_IF_UNABLE();
	stamp(self->area, variant->length, SEED);
	ASSERT_EQ(variant->length, write_fixed(&self->ring, self->file, self->area,
					       variant->length));
	ASSERT_EQ(0, decommit(self->fd, self->area, variant->length));
	ASSERT_EQ(variant->length, read_fixed(&self->ring, self->file, self->area,
					      variant->length));
	EXPECT_EQ(SIGSEGV, read_signal(self->area));
	ASSERT_EQ(0, commit(self->fd, self->area, variant->length));
	EXPECT_TRUE(all_zero(self->area, variant->length));
	EXPECT_EQ(0, unmap(self->fd, self->area, variant->length));
}

/* Death amid I/O. */

static void write_and_read_for_ever(int fd, const void *arg)
{
	const uint64_t length = 2 * BLOCK + 20 * PAGE;
	char *area = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
	int file = open_scratch(O_DIRECT);

	child_need(area && file >= 0);
	for (;;) {
		child_need(pwrite(file, area, length, 0) == (ssize_t)length);
		child_need(pread(file, area, length, 0) == (ssize_t)length);
	}
}

#define DEPTH 8

/* Several requests at once, whose submitter waits for none of them. */
static void queue_for_ever(int fd, const void *arg)
{
	char *area = alloc_map(fd, DEPTH * BLOCK, PHYSVM_ALLOC_COMMIT);
	int file = open_scratch(O_DIRECT), i;
	struct io_uring ring;

	child_need(area && file >= 0 && !io_uring_queue_init(DEPTH, &ring, 0));
	for (;;) {
		for (i = 0; i < DEPTH; i++)
			io_uring_prep_write(io_uring_get_sqe(&ring), file, area + i * BLOCK,
					    BLOCK, i * BLOCK);
		child_need(io_uring_submit_and_wait(&ring, 1) == DEPTH);
		io_uring_cq_advance(&ring, io_uring_cq_ready(&ring));
	}
}

static void kill_at_random(struct __test_metadata *_metadata, int fd,
			   child_work_t *work)
{
	int i, amid = 0;

	srand(SEED);
	for (i = 0; i < KILLS; i++) {
		const int delay = 5000 + rand() % 40000;
		pid_t pid = child_start(work, fd, NULL);

		usleep(delay);
		amid += pool_stat(fd).out_areas > 0;
		ASSERT_TRUE(child_kill(pid));
		ASSERT_TRUE(pool_at_baseline(fd))
			TH_LOG("kill %d of seed %u, after %d us", i, SEED, delay);
	}
	EXPECT_GT(amid, KILLS / 4);
}

TEST_F_TIMEOUT(access, ends_with_a_kill_amid_direct_io, PATIENCE)
{
	int file;

	OPEN_DIRECT_OR_SKIP(file);
	kill_at_random(_metadata, self->fd, write_and_read_for_ever);
}

TEST_F_TIMEOUT(access, ends_with_a_kill_amid_queued_io, PATIENCE)
{
	int file;

	OPEN_DIRECT_OR_SKIP(file);
	kill_at_random(_metadata, self->fd, queue_for_ever);
}

static void register_and_stop(int fd, const void *arg)
{
	char *area = alloc_map(fd, 2 * BLOCK, PHYSVM_ALLOC_COMMIT);
	struct io_uring ring;

	child_need(area && !io_uring_queue_init(8, &ring, 0));
	child_need(!register_buffer(&ring, area, 2 * BLOCK));
	raise(SIGSTOP);
}

TEST_F_TIMEOUT(registered, buffers_end_with_a_kill, PATIENCE)
{
	pid_t pid;

	SKIP_IF_UNABLE();
	EXPECT_EQ(0, unmap(self->fd, self->area, variant->length));
	EXPECT_EQ(0, io_uring_unregister_buffers(&self->ring));
	pid = child_start(register_and_stop, self->fd, NULL);
	EXPECT_TRUE(child_stopped(pid));
	EXPECT_TRUE(child_kill(pid));
}

TEST_HARNESS_MAIN
