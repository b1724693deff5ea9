// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on pages that have to be read from a file: from system calls and other
 * processes, several at once, and when there is no page left.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "child.h"
#include "file_area.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define PAGES 64
#define LENGTH (PAGES * PAGE)

FIXTURE(fault)
{
	int fd;
	int source;
	char path[64];
	char *area;
	char *before;	/* what the file has */
};

FIXTURE_SETUP(fault)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	strcpy(self->path, access("/disk", W_OK) ? "/tmp/file-XXXXXX" : "/disk/file-XXXXXX");
	self->source = make_file(self->path, LENGTH);
	ASSERT_LE(0, self->source);
	self->area = file_map(self->fd, self->source, LENGTH + PAGE);
	ASSERT_NE(NULL, self->area);
	self->before = malloc(LENGTH);
	fill_bytes(self->before, 0, LENGTH, 0);
}

FIXTURE_TEARDOWN(fault)
{
	free(self->before);
	munmap(self->area, LENGTH + PAGE);
	close(self->source);
	unlink(self->path);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

/* From the kernel. */

TEST_F(fault, write_from_missing_pages)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *copy = malloc(LENGTH);

	ASSERT_LE(0, file);
	ASSERT_EQ(LENGTH, pwrite(file, self->area, LENGTH, 0));
	ASSERT_EQ(LENGTH, pread(file, copy, LENGTH, 0));
	EXPECT_EQ(0, memcmp(copy, self->before, LENGTH));
	EXPECT_EQ(-1, pwrite(file, self->area + LENGTH, PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	free(copy);
	close(file);
}

TEST_F(fault, read_into_missing_pages)
{
	int ends[2];

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	ASSERT_EQ(PAGE, write(ends[1], self->before, PAGE));
	ASSERT_EQ(PAGE, read(ends[0], self->area + PAGE / 2, PAGE));
	EXPECT_EQ(PAGE / 2, same_bytes(self->area, 0, PAGE / 2, 0));
	EXPECT_EQ(PAGE, same_bytes(self->area + PAGE / 2, 0, PAGE, 0));
	EXPECT_EQ(PAGE / 2, same_bytes(self->area + 3 * PAGE / 2, 3 * PAGE / 2, PAGE / 2, 0));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_EQ(-1, read(ends[0], self->area + LENGTH, 1));
	EXPECT_EQ(EFAULT, errno);
	close(ends[0]);
	close(ends[1]);
}

/* The file is locked by the system call that needs it to be read. */
TEST_F(fault, write_to_the_file_itself)
{
	ASSERT_EQ(LENGTH, pwrite(self->source, self->area, LENGTH, LENGTH));
	ASSERT_EQ(LENGTH, pread(self->source, self->area, LENGTH, LENGTH));
	EXPECT_EQ(0, memcmp(self->area, self->before, LENGTH));
}

/* By get_user_pages(), with and without having to keep the address space locked. */
/* A call that comes back again and again without saying so. */
TEST_F(fault, populating_missing_pages)
{
	EXPECT_EQ(0, madvise(self->area, LENGTH, MADV_POPULATE_READ));
	EXPECT_EQ(PAGES, resident_pages(self->area, PAGES));
	EXPECT_EQ(-1, madvise(self->area + LENGTH, PAGE, MADV_POPULATE_READ));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, madvise(self->area + LENGTH, PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(fault, pages_that_are_pinned)
{
	struct iovec iov = { self->area, 16 * PAGE };
	int ends[2];
	char *copy = malloc(LENGTH);

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	ASSERT_EQ(16 * PAGE, vmsplice(ends[1], &iov, 1, 0));
	ASSERT_EQ(16 * PAGE, read(ends[0], copy, LENGTH));
	EXPECT_EQ(16 * PAGE, same_bytes(copy, 0, 16 * PAGE, 0));
	ASSERT_EQ(0, mlock(self->area, 32 * PAGE));
	EXPECT_LE(32, used(self->fd));
	iov.iov_base = self->area + LENGTH;
	EXPECT_EQ(-1, vmsplice(ends[1], &iov, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	close(ends[0]);
	close(ends[1]);
	free(copy);
}

static void stay(int fd, const void *arg)
{
	raise(SIGSTOP);
}

TEST_F(fault, pages_of_another_process)
{
	pid_t child = child_start(stay, self->fd, NULL);
	char copy[PAGE], path[64];
	struct iovec from = { self->area + 16 * PAGE, PAGE }, to = { copy, PAGE };
	int mem;

	ASSERT_TRUE(child_stopped(child));
	ASSERT_EQ(PAGE, process_vm_readv(child, &to, 1, &from, 1, 0));
	EXPECT_EQ(PAGE, same_bytes(copy, 16 * PAGE, PAGE, 0));
	from.iov_base = self->area + LENGTH;
	EXPECT_EQ(-1, process_vm_readv(child, &to, 1, &from, 1, 0));

	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	mem = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, mem);
	ASSERT_EQ(PAGE, pread(mem, copy, PAGE, (uintptr_t)self->area + 32 * PAGE));
	EXPECT_EQ(PAGE, same_bytes(copy, 32 * PAGE, PAGE, 0));
	EXPECT_EQ(-1, pread(mem, copy, PAGE, (uintptr_t)self->area + LENGTH));
	close(mem);
	EXPECT_TRUE(child_kill(child));
}

/* Sharing. */

static void make_and_send(int socket, const void *arg)
{
	int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	struct physvm_alloc args = file_args(*(const int *)arg, LENGTH);

	args.flags |= PHYSVM_ALLOC_FD;
	args.flags &= ~PHYSVM_ALLOC_MAP;
	args.prot = 0;
	child_need(!call(fd, PHYSVM_ALLOC, &args));
	child_need(send_fd(socket, args.out_fd));
}

TEST_F(fault, creator_is_gone)
{
	struct physvm_export export = {
		.size = sizeof(export),
		.flags = PHYSVM_EXPORT_FD,
		.start = 7 * PAGE,
		.length = 20 * PAGE,
		.max_prot = PHYSVM_PROT_READ,
	};
	int ends[2];
	char *view;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	ASSERT_TRUE(child_succeeded(child_start(make_and_send, ends[1], &self->source)));
	export.fd = receive_fd(ends[0]);
	ASSERT_LE(0, export.fd);
	close(self->source);
	unlink(self->path);
	ASSERT_EQ(0, call(self->fd, PHYSVM_EXPORT, &export));
	close(export.fd);
	view = mmap(NULL, 20 * PAGE, PROT_READ, MAP_SHARED, export.out_fd, 0);
	ASSERT_NE(MAP_FAILED, view);
	close(export.out_fd);
	EXPECT_EQ(20 * PAGE, same_bytes(view, 7 * PAGE, 20 * PAGE, 0));
	EXPECT_EQ(SIGSEGV, write_signal(view));
	munmap(view, 20 * PAGE);
	close(ends[0]);
	close(ends[1]);
}

static void write_to_all(int fd, const void *arg)
{
	char *area = (char *)arg;
	int page;

	for (page = 0; page < PAGES; page++)
		area[page * PAGE] = page;
}

TEST_F(fault, forked_child_shares)
{
	int page;

	ASSERT_TRUE(child_succeeded(child_start(write_to_all, self->fd, self->area)));
	for (page = 0; page < PAGES; page++)
		EXPECT_EQ(page, self->area[page * PAGE]);
	EXPECT_EQ(PAGE - 1, same_bytes(self->area + 1, 1, PAGE - 1, 0));
}

/* Threads that all touch everything, each in another order. */

#define THREADS 4

static void *compare_all(void *arg)
{
	FIXTURE_DATA(fault) *self = arg;
	static atomic_uint seeds;
	unsigned int seed = ++seeds, step = (rand_r(&seed) % PAGES) | 1, i;
	unsigned int page = rand_r(&seed) % PAGES;

	for (i = 0; i < PAGES; i++, page = (page + step) % PAGES)
		if (memcmp(self->area + page * PAGE, self->before + page * PAGE, PAGE))
			return "not what the file has";
	return NULL;
}

TEST_F_TIMEOUT(fault, threads, PATIENCE)
{
	pthread_t thread[THREADS];
	void *wrong;
	int i, round;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < THREADS; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL, compare_all, self));
		for (i = 0; i < THREADS; i++) {
			pthread_join(thread[i], &wrong);
			EXPECT_EQ(NULL, wrong);
		}
		EXPECT_EQ(PAGES, used(self->fd));
		ASSERT_EQ(0, decommit(self->fd, self->area, LENGTH));
	}
}

/* One that decommits what the others touch. */
static void *decommit_all(void *arg)
{
	FIXTURE_DATA(fault) *self = arg;
	int i;

	for (i = 0; i < 300; i++)
		if (decommit(self->fd, self->area + i * 5 % PAGES * PAGE, PAGE))
			return "decommit";
	return NULL;
}

TEST_F_TIMEOUT(fault, threads_against_decommit, PATIENCE)
{
	pthread_t thread[THREADS];
	void *wrong;
	int i, round;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < THREADS; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    i ? compare_all : decommit_all, self));
		for (i = 0; i < THREADS; i++) {
			pthread_join(thread[i], &wrong);
			EXPECT_EQ(NULL, wrong);
		}
	}
}

/* Without pages. */

TEST_F(fault, no_page_left)
{
	size_t length = pool_stat(self->fd).out_free_pages * PAGE;
	char *all = alloc_map(self->fd, length, 0);

	ASSERT_NE(NULL, all);
	EXPECT_EQ(SIGBUS, read_signal(self->area));
	EXPECT_EQ(SIGBUS, write_signal(self->area));
	ASSERT_EQ(0, unmap(self->fd, all, length));
	EXPECT_EQ(0, read_signal(self->area));
	EXPECT_EQ(PAGE, same_bytes(self->area, 0, PAGE, 0));
}

/* Fewer than would be read at once. */
TEST_F(fault, one_page_left)
{
	size_t length = (pool_stat(self->fd).out_free_pages - 1) * PAGE;
	char *all = alloc_map(self->fd, length, 0);

	ASSERT_NE(NULL, all);
	EXPECT_EQ(PAGE, same_bytes(self->area + 5 * PAGE, 5 * PAGE, PAGE, 0));
	EXPECT_EQ(SIGBUS, read_signal(self->area + 4 * PAGE));
	ASSERT_EQ(0, unmap(self->fd, all, length));
}

/* A file that says EINVAL when it is read. */
TEST_F(fault, file_that_cannot_be_read)
{
	int source = open("/sys/class/net/lo/speed", O_RDONLY | O_CLOEXEC);
	char byte, *area;

	if (source < 0)
		SKIP(return, "no /sys/class/net/lo/speed: %s", strerror(errno));
	ASSERT_EQ(-1, pread(source, &byte, 1, 0));
	area = file_map(self->fd, source, PAGE);
	ASSERT_NE(NULL, area);
	EXPECT_EQ(SIGBUS, read_signal(area));
	EXPECT_EQ(SIGBUS, write_signal(area));
	munmap(area, PAGE);
	close(source);
}

/* A page that is killed for: the child may die at any moment of its reading. */
TEST_F_TIMEOUT(fault, killed_at_any_moment, PATIENCE)
{
	const struct timespec moment = { 0, 50000 };
	int round;

	for (round = 0; round < 40; round++) {
		pid_t child = fork();
		int wait;

		if (!child) {
			char *area = file_map(self->fd, self->source, LENGTH);

			while (area && same_bytes(area, 0, LENGTH, 0) == LENGTH)
				child_need(!decommit(self->fd, area, LENGTH));
			_exit(EXIT_FAILURE);
		}
		for (wait = 0; wait < round; wait++)
			nanosleep(&moment, NULL);
		EXPECT_TRUE(child_kill(child));
	}
}

TEST_HARNESS_MAIN
