// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls and faults cost, in instructions. Only where the clock counts
 * them, as it does under "vm/run.sh --icount": there figures repeat exactly,
 * and a limit means something.
 */
#include "kselftest_harness.h"

#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define ROUNDS 9
#define LARGE (64ul << 20)
#define LARGE_LIMIT 40
#define SMALL (1ul << 20)
#define SMALL_LIMIT 700
#define UNTOUCHED (64ul << 10)

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

#ifdef __x86_64__
static uint64_t time_of_fast(uint64_t count)
{
	uint64_t start = now();

	count /= 2;
	asm volatile("1: dec %0; jnz 1b" : "+r"(count) : : "cc");
	return now() - start;
}

static uint64_t time_of_slow(uint64_t count)
{
	uint64_t start = now();

	count /= 5;
	asm volatile("1: mov $1, %%eax; xor %%edx, %%edx; div %1; dec %0; jnz 1b"
		     : "+r"(count) : "r"(3ull) : "rax", "rdx", "cc");
	return now() - start;
}

/* A processor that needs a nanosecond for each of both is none. */
static bool clock_counts_instructions(void)
{
	const uint64_t count = 10000000, error = count / 50;
	uint64_t fast = time_of_fast(count), slow = time_of_slow(count);

	return fast + error > count && fast < count + error &&
	       slow + error > count && slow < count + error;
}
#else
static bool clock_counts_instructions(void)
{
	return false;
}
#endif

#define SKIP_UNLESS_COUNTING() \
	do { \
		if (!clock_counts_instructions()) \
			SKIP(return, "the clock does not count instructions"); \
	} while (0)

FIXTURE(cost) {
	int fd;
};

FIXTURE_SETUP(cost)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(cost)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of several rounds. @once returns what the clock showed. */
static uint64_t measure(uint64_t (*once)(int fd), int fd)
{
	uint64_t times[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		times[i] = once(fd);
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	return times[ROUNDS / 2];
}

/* UINT64_MAX, which no limit allows, if there is no memory. */
static uint64_t touch_every_page(int fd, uint64_t length)
{
	volatile char *area = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
	uint64_t start, time, i;

	if (!area)
		return UINT64_MAX;
	start = now();
	for (i = 0; i < length; i += PAGE)
		area[i] = 1;
	time = now() - start;
	munmap((char *)area, length);
	return time;
}

static uint64_t touch_large(int fd)
{
	return touch_every_page(fd, LARGE);
}

static uint64_t touch_small(int fd)
{
	return touch_every_page(fd, SMALL);
}

/* By pages a large area costs what a small one does. */
static int large_limit(int fd)
{
	return have_huge(fd) ? LARGE_LIMIT : SMALL_LIMIT;
}

TEST_F(cost, of_touching_a_large_area)
{
	const int limit = large_limit(self->fd);
	uint64_t cost;

	SKIP_UNLESS_COUNTING();
	if (pool_stat(self->fd).out_free_pages * PAGE < LARGE)
		SKIP(return, "the pool is smaller than %lu MiB", LARGE >> 20);
	cost = measure(touch_large, self->fd) / (LARGE / PAGE);
	TH_LOG("%lu MiB: %lu instructions per page, limit %d", LARGE >> 20, cost, limit);
	EXPECT_LE(cost, limit);
}

TEST_F(cost, of_touching_a_small_area)
{
	uint64_t cost;

	SKIP_UNLESS_COUNTING();
	cost = measure(touch_small, self->fd) / (SMALL / PAGE);
	TH_LOG("%lu MiB: %lu instructions per page, limit %d", SMALL >> 20, cost, SMALL_LIMIT);
	EXPECT_LE(cost, SMALL_LIMIT);
}

/* For information, without limits: only that it works. */

static uint64_t alloc_and_unmap(int fd)
{
	uint64_t start = now();
	char *area = alloc_map(fd, UNTOUCHED, PHYSVM_ALLOC_COMMIT);
	bool done = area && !munmap(area, UNTOUCHED);

	return done ? now() - start : UINT64_MAX;
}

static uint64_t decommit_and_recommit(int fd)
{
	volatile char *area = alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT);
	uint64_t start, time;
	int err;

	*area = 1;
	start = now();
	err = decommit(fd, (char *)area, PAGE) ?: commit(fd, (char *)area, PAGE);
	*area = 1;
	time = now() - start;
	munmap((char *)area, PAGE);
	return err ? UINT64_MAX : time;
}

static uint64_t ask_for_info(int fd)
{
	struct physvm_info args = { .size = sizeof(args) };
	uint64_t start = now();
	int err = ioctl(fd, PHYSVM_INFO, &args);

	return err ? UINT64_MAX : now() - start;
}

static uint64_t do_nothing(int fd)
{
	uint64_t start = now();

	return now() - start;
}

static void tell(struct __test_metadata *_metadata, int fd, const char *what,
		 uint64_t (*once)(int fd))
{
	uint64_t cost = measure(once, fd);

	EXPECT_NE(UINT64_MAX, cost);
	TH_LOG("%s: %lu instructions", what, cost - measure(do_nothing, fd));
}

TEST_F(cost, of_other_things)
{
	SKIP_UNLESS_COUNTING();
	tell(_metadata, self->fd, "alloc and munmap of 64 KiB, untouched", alloc_and_unmap);
	tell(_metadata, self->fd, "decommit, commit and touch of a page", decommit_and_recommit);
	tell(_metadata, self->fd, "an ioctl that does next to nothing", ask_for_info);
}

TEST_HARNESS_MAIN
