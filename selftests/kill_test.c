// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that end in every other way than by tidying up: whenever that
 * happens, all of their pages come back.
 *
 * Whoever runs this should unload the module afterwards: a reference too many
 * shows nowhere else. vm/run.sh does.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "busy.h"

SKIP_ALL_WITHOUT_DEVICE()

#define SEED 20240229u
#define KILLS 20

/* The rounds children have done, for all to see. */
static volatile unsigned int *rounds;

struct job {
	void (*once)(int fd);
	int fd;
};

static void *repeat(void *arg)
{
	const struct job *job = arg;

	for (;;) {
		job->once(job->fd);
		__sync_fetch_and_add(rounds, 1);
	}
	return NULL;
}

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void sleep_ms(double ms)
{
	usleep(ms * 1000);
}

static bool pool_untouched(int fd)
{
	return !pool_stat(fd).out_areas;
}

FIXTURE(killed_at_random) {
	int fd;
};

FIXTURE_VARIANT(killed_at_random) {
	void (*once)(int fd);
	int threads;
	int kills;
};

#define BUSY_WITH(name, nr_threads, nr_kills) \
	FIXTURE_VARIANT_ADD(killed_at_random, name##_##nr_threads) { \
		.once = name, \
		.threads = nr_threads, \
		.kills = nr_kills, \
	}

BUSY_WITH(touch_small, 1, KILLS);
BUSY_WITH(touch_large, 1, KILLS);
BUSY_WITH(populate, 1, KILLS);
BUSY_WITH(commit_decommit, 1, KILLS);
BUSY_WITH(protect, 1, KILLS);
BUSY_WITH(unmap_pieces, 1, KILLS);
BUSY_WITH(query_pages, 1, KILLS);
BUSY_WITH(map_descriptor, 1, KILLS);
BUSY_WITH(fork_inside, 1, KILLS);
BUSY_WITH(everything, 1, KILLS);
BUSY_WITH(everything, 4, 2 * KILLS);

static void be_busy(int fd, const void *arg)
{
	const FIXTURE_VARIANT(killed_at_random) *variant = arg;
	struct job job = { variant->once, fd };
	pthread_t thread;
	int i;

	for (i = 1; i < variant->threads; i++)
		child_need(!pthread_create(&thread, NULL, repeat, &job));
	repeat(&job);
}

/* How long the child takes for one round. */
static double round_ms(int fd, const FIXTURE_VARIANT(killed_at_random) *variant)
{
	double start = now_ms(), time;
	pid_t pid = child_start(be_busy, fd, variant);

	*rounds = 0;
	while (*rounds < 4 && now_ms() - start < 5000)
		sleep_ms(1);
	time = (now_ms() - start) / (*rounds ?: 1);
	child_kill(pid);
	return time;
}

FIXTURE_SETUP(killed_at_random)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	rounds = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, rounds);
	srand(SEED);
}

FIXTURE_TEARDOWN(killed_at_random)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F_TIMEOUT(killed_at_random, pool_comes_back, PATIENCE)
{
	/* Its first two rounds, and the time it needs to begin. */
	const double range = 5 + 2 * round_ms(self->fd, variant);
	int i, amid = 0;

	ASSERT_TRUE(pool_at_baseline(self->fd));
	for (i = 0; i < variant->kills; i++) {
		double delay = range * rand() / RAND_MAX;
		pid_t pid = child_start(be_busy, self->fd, variant);

		sleep_ms(delay);
		amid += !pool_untouched(self->fd);
		ASSERT_TRUE(child_kill(pid));
		ASSERT_TRUE(pool_at_baseline(self->fd))
			TH_LOG("kill %d of seed %u, after %.2f ms", i, SEED, delay);
	}
	TH_LOG("seed %u, kills within %.2f ms, %d of %d while it had an area",
	       SEED, range, amid, i);
	/* Otherwise nothing was interrupted and nothing has been shown. */
	EXPECT_GT(amid, i / 4);
}

FIXTURE(ended) {
	int fd;
};

FIXTURE_SETUP(ended)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(ended)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define HELD_PAGES ((2 * BLOCK + 30 * PAGE) / PAGE)

/* Something of every kind: blocks, small ones, an open descriptor, reserved. */
static void hold_areas(int fd, const void *arg)
{
	struct physvm_alloc args = alloc_args(BLOCK, PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT |
					      PHYSVM_ALLOC_POPULATE);

	child_need(!ioctl(fd, PHYSVM_ALLOC, &args));
	touch(need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT), BLOCK);
	touch(need_area(fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT), 20 * PAGE);
	need_area(fd, 10 * PAGE, 0);
	raise(SIGSTOP);
}

static bool held(int fd)
{
	return pool_stat(fd).out_used_pages == HELD_PAGES;
}

TEST_F(ended, by_exit)
{
	pid_t pid = child_start(hold_areas, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_TRUE(held(self->fd));
	EXPECT_TRUE(child_finish(pid));
}

TEST_F(ended, by_a_kill_while_stopped)
{
	pid_t pid = child_start(hold_areas, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_TRUE(held(self->fd));
	EXPECT_TRUE(child_kill(pid));
}

static void hold_and_exec(int fd, const void *arg)
{
	hold_areas(fd, arg);
	execlp("sleep", "sleep", "1000", NULL);
	_exit(EXIT_FAILURE);
}

/* The process lives on, its memory does not. */
TEST_F(ended, by_exec)
{
	pid_t pid = child_start(hold_and_exec, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_TRUE(held(self->fd));
	kill(pid, SIGCONT);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_TRUE(child_kill(pid));
}

static void hold_traced(int fd, const void *arg)
{
	char *addr = need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT);

	memset(addr, 0x5a, BLOCK);
	child_need(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	*(char **)arg = addr;
	raise(SIGSTOP);
}

/* The debugger has read from the area and written to it. */
TEST_F(ended, by_a_kill_while_traced)
{
	char **addr = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = child_start(hold_traced, self->fd, addr);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(0x5a5a5a5a5a5a5a5al, ptrace(PTRACE_PEEKDATA, pid, *addr, NULL));
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, *addr + 8, 42l));
	EXPECT_EQ(42, ptrace(PTRACE_PEEKDATA, pid, *addr + 8, NULL));
	EXPECT_TRUE(child_kill(pid));
}

/* An area that is somebody else's too survives. */

static unsigned long stamp(size_t i)
{
	return 0x5eed000000000000ul + i;
}

/* Writes the same over and over: it is to be killed while it does. */
static void share_and_write(int fd, const void *arg)
{
	struct physvm_alloc args = alloc_args(BLOCK, PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT);
	volatile unsigned long *words;
	size_t i;

	child_need(!ioctl(fd, PHYSVM_ALLOC, &args));
	words = (unsigned long *)(uintptr_t)args.out_addr;
	for (i = 0; i < BLOCK / sizeof(*words); i++)
		words[i] = stamp(i);
	child_need(send_fd(*(const int *)arg, args.out_fd));
	for (i = 0;; i = (i + 1) % (BLOCK / sizeof(*words)))
		words[i] = stamp(i);
}

static bool stamped(const unsigned long *words)
{
	size_t i;

	for (i = 0; i < BLOCK / sizeof(*words); i++)
		if (words[i] != stamp(i))
			return false;
	return true;
}

TEST_F(ended, by_a_kill_while_we_have_the_area_too)
{
	unsigned long *words;
	int sockets[2], area;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = child_start(share_and_write, self->fd, &sockets[1]);
	area = receive_fd(sockets[0]);
	words = mmap(NULL, BLOCK, PROT_READ, MAP_SHARED, area, 0);
	ASSERT_NE(MAP_FAILED, words);
	close(area);
	EXPECT_TRUE(stamped(words));

	EXPECT_TRUE(child_kill(pid));
	EXPECT_TRUE(stamped(words));
	EXPECT_EQ(BLOCK / PAGE, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(1u, pool_stat(self->fd).out_areas);
	EXPECT_EQ(0, unmap(self->fd, words, BLOCK));
}

/* Never mapped by us: the descriptor alone, even one still in flight, keeps it. */
TEST_F(ended, by_a_kill_while_the_descriptor_is_in_flight)
{
	int sockets[2], area;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = child_start(share_and_write, self->fd, &sockets[1]);
	ASSERT_EQ(1, recv(sockets[0], &byte, 1, MSG_PEEK));
	EXPECT_TRUE(child_kill(pid));
	EXPECT_EQ(BLOCK / PAGE, pool_stat(self->fd).out_used_pages);
	area = receive_fd(sockets[0]);
	EXPECT_GE(area, 0);
	close(area);
}

TEST_HARNESS_MAIN
