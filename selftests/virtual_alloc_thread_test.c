// SPDX-License-Identifier: GPL-2.0-only
/*
 * VirtualAlloc used by several threads at once, for one object and for several.
 * What a thread allocates is zero, nobody else's, and keeps what was written to it.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "zx_fixture.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define THREADS 4
#define ROUNDS 300
#define HELD 16

/* What the threads of a test share; each test is a process of its own. */
static struct {
	struct virtual_alloc *region;
	pthread_barrier_t start;
	unsigned long wrong;
	unsigned long initialised;
} crew;

struct holding {
	char *addr;
	size_t pages;
	unsigned long mark;
};

static void expect(bool right)
{
	if (!right)
		__sync_fetch_and_add(&crew.wrong, 1);
}

static unsigned long random_number(unsigned long *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* All pages, both ends of each. */
static void mark_pages(const struct holding *held)
{
	size_t i;

	for (i = 0; i < held->pages; i++) {
		unsigned long *page = (unsigned long *)(held->addr + i * PAGE);

		expect(!page[0] && !page[511]);
		page[0] = page[511] = held->mark + i;
	}
}

static void check_marks(const struct holding *held)
{
	size_t i;

	for (i = 0; i < held->pages; i++) {
		unsigned long *page = (unsigned long *)(held->addr + i * PAGE);

		expect(page[0] == held->mark + i && page[511] == held->mark + i);
	}
}

static void hold(struct holding *held, unsigned long random)
{
	held->pages = random % 32 ? 1 + random % 7 : BLOCK / PAGE;
	held->addr = region_alloc(crew.region, held->pages);
	held->mark = random | 1;
	if (held->addr)
		mark_pages(held);
}

/* Sometimes in two parts. */
static void let_go(struct holding *held, unsigned long random)
{
	size_t head = random % held->pages;

	check_marks(held);
	if (head)
		expect(region_free(crew.region, held->addr, head) == ZX_OK);
	expect(region_free(crew.region, held->addr + head * PAGE, held->pages - head) == ZX_OK);
	held->addr = NULL;
}

static void *allocate_and_free(void *arg)
{
	struct holding held[HELD] = {};
	unsigned long state = (unsigned long)arg * 7919 + 1;
	size_t i;

	pthread_barrier_wait(&crew.start);
	for (i = 0; i < ROUNDS; i++) {
		unsigned long random = random_number(&state);
		struct holding *one = &held[random / 64 % HELD];

		if (one->addr)
			let_go(one, random >> 20);
		else
			hold(one, random >> 20);
	}
	for (i = 0; i < HELD; i++)
		if (held[i].addr)
			let_go(&held[i], i);
	return NULL;
}

static void run_threads(void *(*work)(void *))
{
	pthread_t threads[THREADS];
	size_t i;

	pthread_barrier_init(&crew.start, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		expect(!pthread_create(&threads[i], NULL, work, (void *)i));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

TEST_F_TIMEOUT(region, threads_share_it, PATIENCE)
{
	crew.region = &self->region;
	run_threads(allocate_and_free);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(&self->region));
	EXPECT_USED_PAGES(0);
}

static void *initialise_and_allocate(void *arg)
{
	zx_status_t status;

	pthread_barrier_wait(&crew.start);
	status = virtual_alloc_init(crew.region, 0, SIZE, 1, PAGE_LOG2);
	if (!status)
		__sync_fetch_and_add(&crew.initialised, 1);
	expect(!status || status == ZX_ERR_BAD_STATE);
	while (!virtual_alloc_base(crew.region))
		;
	expect(region_alloc(crew.region, 1));
	return NULL;
}

TEST_F_TIMEOUT(region, one_thread_initialises_it, PATIENCE)
{
	int i;

	crew.region = &self->region;
	for (i = 0; i < 20; i++) {
		virtual_alloc_destroy(&self->region);
		crew.initialised = 0;
		run_threads(initialise_and_allocate);
		ASSERT_EQ(1, crew.initialised);
		ASSERT_EQ(0, crew.wrong);
		ASSERT_EQ(THREADS, virtual_alloc_debug_allocated_pages(&self->region));
	}
}

static void *have_a_region(void *arg)
{
	struct virtual_alloc region = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_ALLOC);
	size_t i;

	pthread_barrier_wait(&crew.start);
	for (i = 0; i < 80; i++) {
		zx_status_t status = virtual_alloc_init(&region, 0, SIZE, i % 3, PAGE_LOG2);
		struct holding held = { NULL, 1 + i % 10, i + 1 };

		expect(!status);
		held.addr = region_alloc(&region, held.pages);
		expect(held.addr);
		if (held.addr) {
			mark_pages(&held);
			check_marks(&held);
		}
		virtual_alloc_destroy(&region);
	}
	return NULL;
}

/* Also while they are being chosen addresses are one thread's. */
TEST_F_TIMEOUT(region, each_thread_has_its_own, PATIENCE)
{
	run_threads(have_a_region);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_USED_PAGES(0);
}

/* fork(2) while other threads are in the middle of it. */

static void begin_anew(int fd, const void *arg)
{
	struct virtual_alloc *region = (struct virtual_alloc *)arg;

	child_need(region_alloc_status(region, 1) == ZX_ERR_BAD_STATE);
	child_need(!virtual_alloc_init(region, (vaddr_t)region->base, SIZE, 1, PAGE_LOG2));
	child_need(region_alloc(region, 10));
}

static void *fork_again_and_again(void *arg)
{
	int i;

	if (arg)
		return allocate_and_free(arg);
	pthread_barrier_wait(&crew.start);
	for (i = 0; i < 8; i++)
		expect(child_succeeded(child_start(begin_anew, -1, crew.region)));
	return NULL;
}

TEST_F_TIMEOUT(region, fork_while_threads_allocate, PATIENCE)
{
	crew.region = &self->region;
	run_threads(fork_again_and_again);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_EQ(0, virtual_alloc_debug_allocated_pages(&self->region));
}

TEST_HARNESS_MAIN
