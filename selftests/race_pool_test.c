// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages on their way between owners: two who take at a time, a neighbour in the
 * same block whose end meets the quarantine's worker, pages in pipes while
 * somebody takes all there is.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "child.h"
#include "delay.h"
#include "region.h"
#include "touch.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define ROUNDS 10
#define SECONDS 3
#define SMALL (4 * PAGE)
#define RW (PROT_READ | PROT_WRITE)

FIXTURE(pool_race) {
	int fd;
	uint64_t total;
};

FIXTURE_SETUP(pool_race)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
	catch_faults();
}

FIXTURE_TEARDOWN(pool_race)
{
	delay_end();
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

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

/* Two who take. */

static struct {
	int fd;
	struct physvm_alloc args;
} taking;

static void *take_slowly(void *arg)
{
	delay_name("taker");
	if (ioctl(taking.fd, PHYSVM_ALLOC, &taking.args))
		taking.args.out_addr = 0;
	return NULL;
}

static bool overlap(const struct physvm_alloc *a, const struct physvm_alloc *b)
{
	return a->out_phys < b->out_phys + b->length && b->out_phys < a->out_phys + a->length;
}

/* While another thread knows where its pages are and has not marked them yet. */
static bool take_two(int fd, uint64_t length, struct physvm_alloc *second)
{
	const int hits = delay_count(delay.hits);
	bool taken = false;
	pthread_t thread;

	taking.args = alloc_args(length, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_CONTIG);
	*second = taking.args;
	if (pthread_create(&thread, NULL, take_slowly, NULL))
		return false;
	if (delay_wait(hits))
		taken = !ioctl(fd, PHYSVM_ALLOC, second);
	pthread_join(thread, NULL);
	return taken && taking.args.out_addr;
}

/* Catches: pages chosen and pages marked under two holds of the lock, or none. */
TEST_F_TIMEOUT(pool_race, take_what_another_takes, PATIENCE)
{
	const uint64_t lengths[] = { PAGE, SMALL, BLOCK };
	struct physvm_alloc second;
	int round;

	SKIP_WITHOUT_DELAY();
	ASSERT_EQ(0, delay_begin("symbol=physvm:place after=1 comm=taker usecs=3000"));
	taking.fd = self->fd;
	for (round = 0; round < ROUNDS; round++) {
		const uint64_t length = lengths[round % 3];
		char *first;

		ASSERT_TRUE(take_two(self->fd, length, &second));
		first = (char *)(uintptr_t)taking.args.out_addr;
		EXPECT_FALSE(overlap(&taking.args, &second));
		stamp(first, length, 1);
		EXPECT_TRUE(all_zero((char *)(uintptr_t)second.out_addr, length));
		EXPECT_EQ(0, unmap(self->fd, first, length));
		EXPECT_EQ(0, unmap(self->fd, (char *)(uintptr_t)second.out_addr, length));
	}
}

/*
 * Neighbours in a carved block. The one that ends leaves dirty pages, which wait
 * in quarantine until the worker has unmapped those of the one that stays.
 */

struct neighbours {
	char *stays;
	char *ends;
};

static bool alloc_neighbours(int fd, struct neighbours *pair)
{
	pair->stays = alloc_map(fd, SMALL, PHYSVM_ALLOC_COMMIT);
	pair->ends = alloc_map(fd, SMALL, PHYSVM_ALLOC_COMMIT);
	if (!pair->stays || !pair->ends)
		return false;
	stamp(pair->stays, SMALL, 1);
	stamp(pair->ends, SMALL, 2);
	return true;
}

/*
 * Catches: an area that ends while the worker is about to unmap its pages, and
 * is gone when it does. The end has to wait for the worker.
 */
TEST_F_TIMEOUT(pool_race, end_while_the_worker_unmaps, PATIENCE)
{
	struct neighbours pair;
	int round, hits;

	SKIP_WITHOUT_DELAY();
	ASSERT_EQ(0, delay_begin("symbol=area_unmap_run usecs=10000"));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(alloc_neighbours(self->fd, &pair));
		hits = delay_count(delay.hits);
		ASSERT_EQ(0, unmap(self->fd, pair.ends, SMALL));
		ASSERT_TRUE(delay_wait(hits));
		EXPECT_EQ(0, munmap(pair.stays, SMALL));
		EXPECT_FALSE(delay_is_open());
		EXPECT_TRUE(pool_at_baseline(self->fd));
	}
}

/* Pages left behind in a pipe; the reading end, or -1. */
static int leave_in_pipe(int fd, char *addr)
{
	struct iovec pages = { addr, SMALL };
	int ends[2];

	if (pipe(ends))
		return -1;
	if (vmsplice(ends[1], &pages, 1, 0) != SMALL || unmap(fd, addr, SMALL))
		return -1;
	close(ends[1]);
	return ends[0];
}

static bool comes_out_of_pipe(int end, unsigned long seed)
{
	static __thread char contents[SMALL];
	const bool right = read(end, contents, SMALL) == SMALL && stamped(contents, SMALL, seed);

	close(end);
	return right;
}

/* Takes all there is; false where a page was not zero. */
static bool take_all(int fd)
{
	bool zero = true;
	uint64_t length;
	char *addr;

	for (length = 4 * BLOCK; length >= PAGE; length /= 2) {
		while ((addr = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT))) {
			zero &= all_zero(addr, length);
			stamp(addr, PAGE, 3);
			stamp(addr + length - PAGE, PAGE, 3);
		}
	}
	return zero;
}

static void take_all_and_end(int fd, const void *arg)
{
	child_need(take_all(fd));
}

/*
 * Catches: pages let out of quarantine because their neighbours are unmapped,
 * or because they only look mapped, while a pipe has them.
 */
TEST_F_TIMEOUT(pool_race, touch_when_the_worker_has_unmapped, PATIENCE)
{
	struct neighbours pair;
	int round, hits, end;

	SKIP_WITHOUT_DELAY();
	ASSERT_EQ(0, delay_begin("symbol=area_unmap_run usecs=5000 after=1"));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(alloc_neighbours(self->fd, &pair));
		hits = delay_count(delay.hits);
		end = leave_in_pipe(self->fd, pair.ends);
		ASSERT_LE(0, end);
		ASSERT_TRUE(delay_wait(hits));
		EXPECT_TRUE(stamped(pair.stays, SMALL, 1));
		EXPECT_TRUE(child_succeeded(child_start(take_all_and_end, self->fd, NULL)));
		EXPECT_LE(SMALL / PAGE, pool_stat(self->fd).out_quarantined_pages);
		EXPECT_TRUE(comes_out_of_pipe(end, 2));
		EXPECT_TRUE(stamped(pair.stays, SMALL, 1));
		EXPECT_EQ(0, unmap(self->fd, pair.stays, SMALL));
		EXPECT_TRUE(pool_at_baseline(self->fd));
	}
}

/* Catches: a neighbour that is left alone, so that the pages wait for its end. */
TEST_F_TIMEOUT(pool_race, free_next_to_a_neighbour, PATIENCE)
{
	struct neighbours pair;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(alloc_neighbours(self->fd, &pair));
		EXPECT_EQ(0, unmap(self->fd, pair.ends, SMALL));
		EXPECT_EQ(0, settled_pool_stat(self->fd).out_quarantined_pages);
		EXPECT_TRUE(stamped(pair.stays, SMALL, 1));
		EXPECT_EQ(0, unmap(self->fd, pair.stays, SMALL));
	}
}

/* Neighbours that are touched without a pause, and memory that comes and goes beside. */

#define NEIGHBOURS 32

static struct {
	int fd;
	char *areas[NEIGHBOURS];
	volatile bool stop;
} restless;

static void *touch_restlessly(void *arg)
{
	size_t i;

	while (!restless.stop)
		for (i = 0; i < NEIGHBOURS; i++)
			restless.areas[i][(size_t)arg * PAGE]++;
	return NULL;
}

static bool take_and_give(int fd)
{
	char *addr = alloc_map(fd, SMALL, PHYSVM_ALLOC_COMMIT);

	if (!addr)
		return false;
	stamp(addr, SMALL, 1);
	return !unmap(fd, addr, SMALL);
}

#define TURNOVERS 300

static void *turn_over(void *refused)
{
	int i;

	for (i = 0; i < TURNOVERS; i++)
		*(uint64_t *)refused += !take_and_give(restless.fd);
	return NULL;
}

/* Two, so that each looks for pages while the other does. */
static uint64_t refused_to_two(void)
{
	uint64_t refused[2] = {};
	pthread_t thread;

	if (pthread_create(&thread, NULL, turn_over, &refused[1]))
		return -1;
	turn_over(&refused[0]);
	pthread_join(thread, NULL);
	return refused[0] + refused[1];
}

/*
 * Catches: freed pages that stay in quarantine for as long as their neighbours are
 * being used.
 */
TEST_F_TIMEOUT(pool_race, free_next_to_restless_neighbours, PATIENCE)
{
	pthread_t threads[2];
	size_t i;

	restless.fd = self->fd;
	for (i = 0; i < NEIGHBOURS; i++) {
		restless.areas[i] = alloc_map(self->fd, SMALL, PHYSVM_ALLOC_COMMIT);
		ASSERT_NE(NULL, restless.areas[i]);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, touch_restlessly, (void *)i));
	EXPECT_EQ(0, refused_to_two());
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_quarantined_pages);
	restless.stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < NEIGHBOURS; i++)
		EXPECT_EQ(0, unmap(self->fd, restless.areas[i], SMALL));
}

/* The same of the pages of one block that a region keeps, when it gives back the others. */

#define STAY 192

static void *touch_pages_restlessly(void *pages)
{
	size_t i;

	while (!restless.stop)
		for (i = 0; i < STAY; i++) {
			((char *)pages)[i * PAGE]++;
			((char *)pages)[BLOCK + i * PAGE]++;
		}
	return NULL;
}

/* Two blocks of a region but for the first pages of each, while a pipe holds some. */
static int give_back_while_held(struct region region, char *addr)
{
	char *const parts[] = { addr + STAY * PAGE, addr + BLOCK + STAY * PAGE };
	struct iovec held[] = { { parts[0], PAGE }, { parts[1], PAGE } };
	int ends[2];

	if (pipe(ends))
		return -1;
	if (vmsplice(ends[1], held, 2, 0) != 2 * PAGE ||
	    region_free(region, parts[0], BLOCK / PAGE - STAY) ||
	    region_free(region, parts[1], BLOCK / PAGE - STAY)) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

/* Catches: the same as the one above. */
TEST_F_TIMEOUT(pool_race, free_next_to_a_restless_region, PATIENCE)
{
	struct region region = region_make(self->fd, REGION_LENGTH, 0, 12);
	pthread_t threads[2];
	char *addr;
	size_t i;
	int end;

	ASSERT_LE(0, region.fd);
	addr = region_alloc(region, 2 * BLOCK / PAGE);
	ASSERT_NE(NULL, addr);
	restless.stop = false;
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, touch_pages_restlessly, addr));
	end = give_back_while_held(region, addr);
	EXPECT_LE(0, end);
	usleep(300000);
	EXPECT_NE(0, pool_stat(self->fd).out_quarantined_pages);
	close(end);
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_quarantined_pages);
	restless.stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	region_end(region, REGION_LENGTH);
}

/* Pipes against somebody who takes all there is, again and again. */

static struct {
	int fd;
	volatile bool stop;
	volatile unsigned long wrong;
	volatile unsigned long done;
} crew;

static void count(volatile unsigned long *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* Some pages through a pipe, which outlives them; the pool may be empty. */
static void send_through_pipe(unsigned long seed, unsigned int wait)
{
	char *addr = alloc_map(crew.fd, SMALL, PHYSVM_ALLOC_COMMIT);
	int end;

	if (!addr)
		return;
	if (!all_zero(addr, SMALL))
		count(&crew.wrong);
	stamp(addr, SMALL, seed);
	end = leave_in_pipe(crew.fd, addr);
	usleep(wait);
	count(comes_out_of_pipe(end, seed) ? &crew.done : &crew.wrong);
}

static void *send_through_pipes(void *arg)
{
	unsigned int seed = (size_t)arg;

	while (!crew.stop)
		send_through_pipe(rand_r(&seed), rand_r(&seed) % 20000);
	return NULL;
}

/* Taking and giving as a process, which ends with all of it in its hands. */
static void take_and_end_until(time_t end)
{
	while (time(NULL) < end)
		if (!child_succeeded(child_start(take_all_and_end, crew.fd, NULL)))
			count(&crew.wrong);
}

/*
 * Catches: a page in a pipe given to the next who asks, or its contents seen by
 * him.
 */
TEST_F_TIMEOUT(pool_race, take_all_while_pipes_hold_some, PATIENCE)
{
	pthread_t threads[3];
	size_t i;

	crew.fd = self->fd;
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, send_through_pipes, (void *)i));
	take_and_end_until(time(NULL) + SECONDS);
	crew.stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_GT(crew.done, 5);
}

/*
 * Two owners of pages whose bits are in one word of the block's. Processes, as
 * threads would spend their time flushing each other's translations.
 */

#define HALF_WORD (32 * PAGE)

struct half {
	uint64_t phys;
	volatile unsigned long rounds;
	volatile unsigned long wrong;
};

static void forget_and_look_once(int fd, char *addr, struct half *half)
{
	size_t page;

	for (page = 0; page < HALF_WORD; page += PAGE)
		addr[page] = 1;
	child_need(!decommit(fd, addr, HALF_WORD) && !commit(fd, addr, HALF_WORD));
	for (page = 0; page < HALF_WORD; page += PAGE)
		half->wrong += addr[page];
	half->rounds++;
}

static void forget_and_look(int fd, const void *arg)
{
	struct half *half = *(struct half *const *)arg;
	struct physvm_alloc args = alloc_args(HALF_WORD, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_PHYS);
	const time_t end = time(NULL) + SECONDS;

	args.phys_addr = half->phys;
	child_need(!call(fd, PHYSVM_ALLOC, &args));
	while (time(NULL) < end)
		forget_and_look_once(fd, (char *)(uintptr_t)args.out_addr, half);
}

static uint64_t free_word_phys(int fd)
{
	char *addr = alloc_map(fd, BLOCK, 0);
	const uint64_t phys = query(fd, addr).out_phys;

	unmap(fd, addr, BLOCK);
	return phys;
}

/* Catches: which pages are dirty changed without care for the neighbour's. */
TEST_F_TIMEOUT(pool_race, neighbours_in_one_word, PATIENCE)
{
	struct half *halves = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t children[2];
	int i;

	ASSERT_NE(MAP_FAILED, halves);
	halves[0].phys = free_word_phys(self->fd);
	halves[1].phys = halves[0].phys + HALF_WORD;
	for (i = 0; i < 2; i++) {
		struct half *half = &halves[i];

		children[i] = child_start(forget_and_look, self->fd, &half);
	}
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(child_succeeded(children[i]));
		TH_LOG("%lu rounds", halves[i].rounds);
		EXPECT_EQ(0, halves[i].wrong);
		EXPECT_GT(halves[i].rounds, 10);
	}
}

TEST_HARNESS_MAIN
