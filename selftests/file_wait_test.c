// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on pages that are being read from a file, for as long as the test likes:
 * who waits, who may die meanwhile, what is seen afterwards.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "delay.h"
#include "file_area.h"
#include "watch.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

FIXTURE(watched)
{
	int fd;
	int watch;
	char path[64];
	char *area;
	size_t length;
};

FIXTURE_VARIANT(watched)
{
	size_t pages;
};

FIXTURE_VARIANT_ADD(watched, page)
{
	.pages = 1,
};

FIXTURE_VARIANT_ADD(watched, pages)
{
	.pages = 2,
};

FIXTURE_SETUP(watched)
{
	int source;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	strcpy(self->path, "/tmp/file-XXXXXX");
	self->length = variant->pages * PAGE;
	source = make_file(self->path, self->length);
	ASSERT_LE(0, source);
	close(source);
	self->watch = watch_file(self->path);
	source = open(self->path, O_RDWR | O_CLOEXEC);
	self->area = file_map(self->fd, source, self->length);
	ASSERT_NE(NULL, self->area);
	close(source);
}

FIXTURE_TEARDOWN(watched)
{
	close(self->watch);
	munmap(self->area, self->length);
	unlink(self->path);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

#define SKIP_UNWATCHED() \
	do { \
		if (self->watch < 0) \
			SKIP(return, "no permission events of fanotify(7)"); \
	} while (0)

static void *first_byte(void *arg)
{
	FIXTURE_DATA(watched) *self = arg;
	static _Thread_local char byte;

	byte = *(volatile char *)self->area;
	return (void *)(uintptr_t)(unsigned char)byte;
}

TEST_F(watched, one_read_for_two_threads)
{
	pthread_t thread[2];
	void *byte;
	int i, read_fd;

	SKIP_UNWATCHED();
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, first_byte, self));
	read_fd = watch_next(self->watch);
	ASSERT_LE(0, read_fd);
	/* There would be another by now. */
	EXPECT_FALSE(watch_waits(self->watch, 200));
	EXPECT_TRUE(watch_answer(self->watch, read_fd, FAN_ALLOW));
	EXPECT_TRUE(watch_allow(self->watch, variant->pages - 1));
	for (i = 0; i < 2; i++) {
		pthread_join(thread[i], &byte);
		EXPECT_EQ(file_byte(0, 0), (uintptr_t)byte);
	}
	EXPECT_FALSE(watch_waits(self->watch, 0));
}

static void touch(int fd, const void *arg)
{
	child_need(!read_signal(arg));
}

static void touch_in_vain(int fd, const void *arg)
{
	child_need(read_signal(arg) == SIGBUS);
}

static void write_from(int fd, const void *arg)
{
	int ends[2];

	child_need(!pipe(ends) && write(ends[1], arg, 1) == 1);
}

static void lock(int fd, const void *arg)
{
	child_need(!mlock(arg, 1));
}

/* Whatever the page is missed by, the wait ends with the process. */
TEST_F(watched, killed_while_it_waits)
{
	static child_work_t *const works[] = { touch, write_from, lock };
	size_t i;

	SKIP_UNWATCHED();
	for (i = 0; i < sizeof(works) / sizeof(*works); i++) {
		pid_t child = child_start(works[i], self->fd, self->area);
		int read_fd = watch_next(self->watch);

		ASSERT_LE(0, read_fd);
		EXPECT_TRUE(child_kill(child));
		EXPECT_EQ(0, pool_stat(self->fd).out_areas - 1);
		EXPECT_TRUE(watch_answer(self->watch, read_fd, FAN_ALLOW));
		EXPECT_TRUE(watch_allow(self->watch, variant->pages - 1));
		/* What was read for the dead is there for the living. */
		EXPECT_EQ(self->length, same_bytes(self->area, 0, self->length, 0));
		ASSERT_EQ(0, decommit(self->fd, self->area, self->length));
	}
}

/* The area goes while it is being read: with the worker, at the latest. */
TEST_F(watched, unmapped_while_it_is_read)
{
	pid_t child;
	int read_fd;

	SKIP_UNWATCHED();
	child = child_start(touch, self->fd, self->area);
	read_fd = watch_next(self->watch);
	ASSERT_LE(0, read_fd);
	EXPECT_TRUE(child_kill(child));
	ASSERT_EQ(0, munmap(self->area, self->length));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	EXPECT_TRUE(watch_answer(self->watch, read_fd, FAN_ALLOW));
	EXPECT_TRUE(watch_allow(self->watch, variant->pages - 1));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static bool has_exited(pid_t child)
{
	siginfo_t info = {};

	return !waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == child;
}

TEST_F(watched, read_that_is_denied)
{
	pid_t child[2];
	int i;

	SKIP_UNWATCHED();
	for (i = 0; i < 2; i++)
		child[i] = child_start(touch_in_vain, self->fd, self->area);
	/* They may ask together or one after the other. */
	while (!has_exited(child[0]) || !has_exited(child[1]))
		if (watch_waits(self->watch, 10))
			EXPECT_TRUE(watch_answer(self->watch, watch_next(self->watch), FAN_DENY));
	for (i = 0; i < 2; i++)
		EXPECT_TRUE(child_succeeded(child[i]));
	EXPECT_EQ(0, used(self->fd));
	child[0] = child_start(touch, self->fd, self->area);
	EXPECT_TRUE(watch_allow(self->watch, variant->pages));
	EXPECT_TRUE(child_succeeded(child[0]));
}

/* What was read before a decommit is not what is seen after it. */
TEST_F(watched, decommitted_while_it_is_read)
{
	int source = open(self->path, O_WRONLY | O_CLOEXEC), read_fd;
	pthread_t thread;
	void *byte;

	SKIP_UNWATCHED();
	ASSERT_EQ(0, pthread_create(&thread, NULL, first_byte, self));
	EXPECT_TRUE(watch_allow(self->watch, variant->pages - 1));
	read_fd = watch_next(self->watch);
	ASSERT_LE(0, read_fd);
	/* With two pages, the first has been read. */
	ASSERT_TRUE(write_file(source, self->length, 1));
	ASSERT_EQ(0, decommit(self->fd, self->area, PAGE));
	EXPECT_TRUE(watch_answer(self->watch, read_fd, FAN_ALLOW));
	EXPECT_TRUE(watch_allow(self->watch, variant->pages));
	pthread_join(thread, &byte);
	EXPECT_EQ(file_byte(0, 1), (uintptr_t)byte);
	close(source);
}

TEST_F(watched, committed_while_it_is_read)
{
	pthread_t thread;
	void *byte;
	int read_fd;

	SKIP_UNWATCHED();
	ASSERT_EQ(0, pthread_create(&thread, NULL, first_byte, self));
	read_fd = watch_next(self->watch);
	ASSERT_LE(0, read_fd);
	ASSERT_EQ(0, commit(self->fd, self->area, PAGE));
	self->area[1] = 42;
	EXPECT_TRUE(watch_answer(self->watch, read_fd, FAN_ALLOW));
	EXPECT_TRUE(watch_allow(self->watch, variant->pages - 1));
	pthread_join(thread, &byte);
	EXPECT_EQ(0, (uintptr_t)byte);
	EXPECT_EQ(42, self->area[1]);
	EXPECT_EQ(variant->pages, used(self->fd));
}

/*
 * The same where no read can be held up: everything has been read, and is going to
 * be the area's.
 */
TEST(decommitted_before_it_is_entered)
{
	FIXTURE_DATA(watched) it = { .watch = -1, .path = "/tmp/file-XXXXXX", .length = PAGE };
	int round, in_time = 0, source = make_file(it.path, PAGE);
	pthread_t thread;
	bool late;
	void *byte;

	SKIP_WITHOUT_DELAY();
	ASSERT_LE(0, source);
	it.fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	it.area = file_map(it.fd, source, PAGE);
	ASSERT_NE(NULL, it.area);
	ASSERT_EQ(0, delay_begin("usecs=20000 symbol=area_enter_unless"));
	for (round = 0; round < 5; round++) {
		const int hits = delay_count(delay.hits);

		ASSERT_EQ(0, decommit(it.fd, it.area, PAGE));
		ASSERT_EQ(0, pthread_create(&thread, NULL, first_byte, &it));
		EXPECT_TRUE(delay_wait(hits));
		ASSERT_TRUE(write_file(source, PAGE, round + 1));
		ASSERT_EQ(0, decommit(it.fd, it.area, PAGE));
		late = !delay_is_open();
		pthread_join(thread, &byte);
		if (late)
			continue;
		EXPECT_EQ(file_byte(0, round + 1), (uintptr_t)byte);
		in_time++;
	}
	delay_end();
	EXPECT_LT(0, in_time);
	close(source);
	unlink(it.path);
}

TEST_HARNESS_MAIN
