// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls and faults cost, in instructions.
 */
#include "kselftest_harness.h"

#include "instructions.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define LARGE (64ul << 20)
#define LARGE_LIMIT 40
#define SMALL (1ul << 20)
#define SMALL_LIMIT 700
#define UNTOUCHED (64ul << 10)

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
