// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a name for oneself alone: who is kept out, and until when.
 */
#include "kselftest_harness.h"

#include <sys/socket.h>

#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define EXCL PHYSVM_NAME_EXCL

static int open_excl(int fd, const char *name)
{
	int opened;

	return name_open(fd, name, RW, EXCL, &opened) ? -1 : opened;
}

TEST_F(name, opened_exclusively_is_busy)
{
	int alone;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	EXPECT_REFUSED(EBUSY, self->fd, name_try(self->fd, "x", PROT_READ, 0));
	EXPECT_REFUSED(EBUSY, self->fd, name_try(self->fd, "X", RW, EXCL));
	close(alone);
	EXPECT_EQ(0, name_try(self->fd, "x", PROT_READ, 0));
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
}

TEST_F(name, opened_by_others_cannot_be_had_exclusively)
{
	int first, second;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, name_open(self->fd, "x", PROT_READ, 0, &first));
	ASSERT_EQ(0, name_open(self->fd, "x", RW, 0, &second));
	EXPECT_REFUSED(EBUSY, self->fd, name_try(self->fd, "x", RW, EXCL));
	close(first);
	EXPECT_REFUSED(EBUSY, self->fd, name_try(self->fd, "x", RW, EXCL));
	close(second);
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
}

TEST_F(name, is_open_as_long_as_it_is_mapped)
{
	int alone;
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	addr = mmap(NULL, SIZE, RW, MAP_SHARED, alone, 0);
	ASSERT_NE(MAP_FAILED, addr);
	close(alone);
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	ASSERT_EQ(0, unmap(self->fd, addr, 4 * PAGE));
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	ASSERT_EQ(0, unmap(self->fd, addr + 4 * PAGE, 4 * PAGE));
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
}

TEST_F(name, is_open_as_long_as_a_copy_is)
{
	int alone, copy;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	copy = dup(alone);
	close(alone);
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	close(copy);
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
}

TEST_F(name, is_open_while_it_is_in_a_message)
{
	int alone, ends[2];

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	alone = open_excl(self->fd, "x");
	ASSERT_TRUE(alone >= 0 && send_fd(ends[0], alone));
	close(alone);
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(free_soon(self->fd, "x"));
}

/* The area's own descriptor, other names of it, and equal names of others. */
TEST_F(name, is_all_that_is_busy)
{
	int alone, alone_too;

	ASSERT_EQ(0, name_add(self->fd, "producer", self->area, SIZE));
	ASSERT_EQ(0, name_add(self->fd, "consumer", self->area, SIZE));
	alone = open_excl(self->fd, "producer");
	alone_too = open_excl(self->fd, "consumer");
	EXPECT_LE(0, alone);
	EXPECT_LE(0, alone_too);
	EXPECT_EQ(EBUSY, name_try(self->fd, "consumer", RW, 0));
	close(alone);
	close(alone_too);
}

/* The second of two is not found as long as the first is there. */
TEST_F(name, busy_hides_the_next)
{
	int alone;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, name_add(self->fd, "x", self->area, PAGE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	ASSERT_EQ(0, name_remove(self->fd, "x"));
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
	close(alone);
}

TEST_F(name, removed_while_it_is_busy)
{
	int alone, next;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	ASSERT_EQ(0, name_remove(self->fd, "x"));
	EXPECT_EQ(ENOENT, name_try(self->fd, "x", RW, 0));
	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	next = open_excl(self->fd, "x");
	EXPECT_LE(0, next);
	/* The end of one is not the end of the other. */
	close(alone);
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	close(next);
	EXPECT_EQ(0, name_try(self->fd, "x", RW, EXCL));
}

TEST_F(name, removed_and_everything_gone_but_the_opener)
{
	int alone;
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	alone = open_excl(self->fd, "x");
	ASSERT_LE(0, alone);
	ASSERT_EQ(0, name_remove(self->fd, "x"));
	ASSERT_EQ(0, unmap(self->fd, self->area, SIZE));
	close(self->area_fd);
	addr = mmap(NULL, SIZE, RW, MAP_SHARED, alone, 0);
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	close(alone);
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* Openers that die. */

static void open_and_stop(int fd, const void *arg)
{
	child_need(open_excl(fd, "x") >= 0);
	raise(SIGSTOP);
}

static void map_and_stop(int fd, const void *arg)
{
	const int alone = open_excl(fd, "x");
	char *addr = mmap(NULL, SIZE, RW, MAP_SHARED, alone, 0);

	child_need(alone >= 0 && addr != MAP_FAILED && !close(alone));
	number_pages(addr, PAGES);
	raise(SIGSTOP);
}

/* Where its child is told. */
static void fork_and_stop(int fd, const void *arg)
{
	volatile pid_t *const grandchild = (pid_t *)(uintptr_t)arg;
	pid_t pid;

	map_and_stop(fd, NULL);
	pid = fork();
	child_need(pid >= 0);
	if (pid)
		*grandchild = pid;
	raise(SIGSTOP);
}

static child_work_t *const stopping[] = { open_and_stop, map_and_stop };

TEST_F(name, killed_openers_leave_it_free)
{
	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(stopping); i++) {
		pid_t pid = child_start(stopping[i / 2], self->fd, NULL);

		ASSERT_TRUE(child_stopped(pid));
		EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
		ASSERT_TRUE(i % 2 ? child_finish(pid) : child_kill(pid));
		EXPECT_TRUE(free_soon(self->fd, "x"));
	}
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
}

/* Its child has the mapping as well, and is the last to go. */
TEST_F(name, children_of_openers_have_it_open)
{
	volatile pid_t *grandchild = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	pid = child_start(fork_and_stop, self->fd, (void *)grandchild);
	ASSERT_TRUE(child_stopped(pid));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_TRUE(child_stopped(pid));
	ASSERT_LT(0, *grandchild);
	ASSERT_TRUE(child_kill(pid));
	EXPECT_EQ(EBUSY, name_try(self->fd, "x", RW, 0));
	ASSERT_EQ(0, kill(*grandchild, SIGKILL));
	EXPECT_TRUE(free_soon(self->fd, "x"));
}

TEST_HARNESS_MAIN
