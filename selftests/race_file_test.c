// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings and descriptors of an area come and go while others touch it, ask
 * for it, or hold the last of them.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include "child.h"
#include "delay.h"
#include "touch.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define ROUNDS 10
#define SECONDS 2
#define RW (PROT_READ | PROT_WRITE)
#define STAMP 0x57a3f00000000000ul

/* Shared by the threads of a test. */
static struct {
	int fd;
	int area;
	char *addr;
	size_t pages;
	uint64_t phys;
	volatile bool stop;
	volatile unsigned long wrong;
	volatile unsigned long granted;
	volatile unsigned long refused;
} crew;

static void count(volatile unsigned long *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static size_t length(void)
{
	return crew.pages * PAGE;
}

static volatile unsigned long *word(const char *addr, size_t page)
{
	return (volatile unsigned long *)(addr + page * PAGE);
}

static void stamp_pages(char *addr, size_t pages)
{
	size_t page;

	for (page = 0; page < pages; page++)
		*word(addr, page) = STAMP + page;
}

static size_t stamped_pages(const char *addr, size_t pages)
{
	size_t page;

	for (page = 0; page < pages; page++)
		if (*word(addr, page) != STAMP + page)
			break;
	return page;
}

FIXTURE(file_race) {
	int fd;
};

FIXTURE_VARIANT(file_race) {
	size_t pages;
};

FIXTURE_VARIANT_ADD(file_race, small) { 64 };
FIXTURE_VARIANT_ADD(file_race, huge) { 2 * BLOCK / PAGE };

/* An area with a descriptor, mapped nowhere, with a stamp on every page. */
static bool make_area(void)
{
	char *addr;

	crew.area = alloc_fd(crew.fd, length(), PHYSVM_ALLOC_COMMIT);
	addr = mmap(NULL, length(), RW, MAP_SHARED, crew.area, 0);
	if (addr == MAP_FAILED)
		return false;
	crew.phys = query(crew.fd, addr).out_phys;
	stamp_pages(addr, crew.pages);
	return !munmap(addr, length());
}

FIXTURE_SETUP(file_race)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	catch_faults();
	crew.fd = self->fd;
	crew.pages = variant->pages;
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(file_race)
{
	delay_end();
	EXPECT_EQ(0, crew.wrong);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* The last descriptor. */

static void take_all_and_scribble(int fd, const void *arg)
{
	uint64_t size;
	char *addr;

	for (size = 4 * BLOCK; size >= PAGE; size /= 2) {
		while ((addr = alloc_map(fd, size, PHYSVM_ALLOC_COMMIT))) {
			child_need(all_zero(addr, size));
			memset(addr, 0xee, size);
		}
	}
}

static bool others_take_all(void)
{
	return child_succeeded(child_start(take_all_and_scribble, crew.fd, NULL));
}

static void *map_area(void *arg)
{
	delay_name("mapper");
	crew.addr = mmap(NULL, length(), RW, MAP_SHARED, crew.area, 0);
	return NULL;
}

/*
 * Catches: an area that ends with its last descriptor although somebody is
 * mapping it.
 */
TEST_F_TIMEOUT(file_race, close_what_is_being_mapped, PATIENCE)
{
	pthread_t thread;
	int round, hits;

	SKIP_WITHOUT_DELAY();
	ASSERT_EQ(0, delay_begin("symbol=mapping_mmap comm=mapper usecs=5000"));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(make_area());
		hits = delay_count(delay.hits);
		ASSERT_EQ(0, pthread_create(&thread, NULL, map_area, NULL));
		ASSERT_TRUE(delay_wait(hits));
		EXPECT_EQ(0, close(crew.area));
		pthread_join(thread, NULL);
		ASSERT_NE(MAP_FAILED, crew.addr);
		if (round < 2)
			EXPECT_TRUE(others_take_all());
		EXPECT_EQ(crew.pages, stamped_pages(crew.addr, crew.pages));
		EXPECT_EQ(0, munmap(crew.addr, length()));
		EXPECT_TRUE(pool_at_baseline(self->fd));
	}
}

static void *touch_area(void *arg)
{
	unsigned long value;

	delay_name("toucher");
	if (!try_load(word(crew.addr, 0), &value) && value != STAMP)
		count(&crew.wrong);
	return NULL;
}

/* Catches: an area that ends with its last mapping while a fault looks at it. */
TEST_F_TIMEOUT(file_race, unmap_the_last_while_touched, PATIENCE)
{
	pthread_t thread;
	int round, hits;

	SKIP_WITHOUT_DELAY();
	ASSERT_EQ(0, delay_begin("symbol=area_make_live comm=toucher usecs=5000"));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(make_area());
		map_area(NULL);
		close(crew.area);
		hits = delay_count(delay.hits);
		ASSERT_EQ(0, pthread_create(&thread, NULL, touch_area, NULL));
		ASSERT_TRUE(delay_wait(hits));
		EXPECT_EQ(0, munmap(crew.addr, length()));
		EXPECT_FALSE(delay_is_open());
		pthread_join(thread, NULL);
		EXPECT_TRUE(pool_at_baseline(self->fd));
	}
}

/* Mappings that are cut up. */

struct part {
	size_t first;
	size_t pages;
};

static struct part random_part(unsigned int *seed)
{
	struct part part = { .first = rand_r(seed) % crew.pages };
	size_t left = crew.pages - part.first;

	part.pages = 1 + rand_r(seed) % (rand_r(seed) % 2 && left > 8 ? 8 : left);
	return part;
}

/* Signal, or the page's contents. */
static void *touch_at_random(void *arg)
{
	unsigned int seed = (size_t)arg;
	unsigned long value;

	while (!crew.stop) {
		const size_t page = rand_r(&seed) % crew.pages;

		if (try_load(word(crew.addr, page), &value))
			count(&crew.refused);
		else
			count(value == STAMP + page ? &crew.granted : &crew.wrong);
	}
	return NULL;
}

static void need_one_of(int error, int a, int b)
{
	if (error != a && error != b)
		count(&crew.wrong);
}

/* What there is is physvm memory, or there is nothing. */
static void *ask_at_random(void *arg)
{
	unsigned int seed = 77;

	while (!crew.stop) {
		const struct part part = random_part(&seed);
		char *addr = crew.addr + part.first * PAGE;
		const size_t size = part.pages * PAGE;
		struct physvm_query args = { .size = sizeof(args), .addr = (uintptr_t)addr };

		need_one_of(call(crew.fd, PHYSVM_QUERY, &args), 0, ENOENT);
		if (args.out_phys && args.out_phys != crew.phys + part.first * PAGE)
			count(&crew.wrong);
		need_one_of(commit(crew.fd, addr, size), 0, ENOENT);
		need_one_of(range_call(crew.fd, PHYSVM_PROTECT_CHECK, PROT_READ, addr, size),
			    0, ENOENT);
	}
	return NULL;
}

static void *populate_at_random(void *arg)
{
	unsigned int seed = 78;

	while (!crew.stop) {
		const struct part part = random_part(&seed);

		need_one_of(range_call(crew.fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				       crew.addr + part.first * PAGE, part.pages * PAGE),
			    0, ENOENT);
	}
	return NULL;
}

/* A part goes, and comes back from the descriptor. */
static bool cut_out_and_back(struct part part, bool ioctl)
{
	char *addr = crew.addr + part.first * PAGE;
	const size_t size = part.pages * PAGE;

	if (ioctl ? unmap(crew.fd, addr, size) : munmap(addr, size))
		return false;
	return mmap(addr, size, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, crew.area,
		    part.first * PAGE) == addr;
}

/* Another mapping of the part takes its place, by mmap(2) or by mremap(2). */
static bool replace(struct part part, bool move)
{
	char *addr = crew.addr + part.first * PAGE, *new;
	const size_t size = part.pages * PAGE;
	const off_t offset = part.first * PAGE;

	if (!move)
		return mmap(addr, size, RW, MAP_SHARED | MAP_FIXED, crew.area, offset) == addr;
	new = mmap(NULL, size, RW, MAP_SHARED, crew.area, offset);
	return new != MAP_FAILED &&
	       mremap(new, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, addr) == addr;
}

static bool cut_up(unsigned int how, struct part part)
{
	switch (how % 6) {
	case 0:
	case 1:
		return cut_out_and_back(part, how % 6);
	case 2:
	case 3:
		return replace(part, how % 6 == 3);
	default:
		return !mprotect(crew.addr + part.first * PAGE, part.pages * PAGE,
				 how % 6 == 4 ? PROT_READ : RW);
	}
}

/*
 * Catches: a page taken from the wrong place of the file after a split, contents
 * lost or confused on the way, calls that fail for what is there.
 */
TEST_F_TIMEOUT(file_race, cut_up_what_is_touched, PATIENCE)
{
	void *(*const works[])(void *arg) = {
		touch_at_random, touch_at_random, ask_at_random, populate_at_random,
	};
	const time_t end = time(NULL) + SECONDS;
	pthread_t threads[4];
	unsigned int seed = 1;
	size_t i;

	ASSERT_TRUE(make_area());
	map_area(NULL);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, works[i], (void *)i));
	while (time(NULL) < end)
		if (!cut_up(rand_r(&seed), random_part(&seed)))
			count(&crew.wrong);
	crew.stop = true;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("%lu touches granted, %lu refused", crew.granted, crew.refused);
	EXPECT_EQ(crew.pages, stamped_pages(crew.addr, crew.pages));
	EXPECT_GT(crew.granted, 100);
	EXPECT_EQ(0, munmap(crew.addr, length()));
	close(crew.area);
}

/* Areas that begin and end on all processors. */

/* Descriptors of areas, passed from thread to thread through this. */
#define SLOTS 4
static int slots[SLOTS];

/* Whoever swaps a descriptor out of a slot is the one who closes it. */
static void close_area(int area)
{
	if (area >= 0)
		close(area);
}

/*
 * Maps what is in a slot at the moment, or what another area's descriptor has
 * become meanwhile: each is stamped throughout or still without any.
 */
static void map_and_look(int area)
{
	unsigned long value = 0;
	char *addr = mmap(NULL, length(), RW, MAP_SHARED, area, 0);

	if (addr == MAP_FAILED) {
		count(&crew.refused);
		return;
	}
	if (try_load(word(addr, crew.pages - 1), &value) ||
	    (value && value != STAMP + crew.pages - 1))
		count(&crew.wrong);
	munmap(addr, length());
	count(&crew.granted);
}

static void *exchange_areas(void *arg)
{
	unsigned int seed = (size_t)arg;

	while (!crew.stop) {
		const unsigned int slot = rand_r(&seed) % SLOTS;
		int area;

		if (rand_r(&seed) % 4) {
			area = __atomic_load_n(&slots[slot], __ATOMIC_SEQ_CST);
			if (area >= 0)
				map_and_look(area);
			continue;
		}
		area = alloc_fd(crew.fd, length(), PHYSVM_ALLOC_COMMIT);
		if (area >= 0) {
			char *addr = mmap(NULL, length(), RW, MAP_SHARED, area, 0);

			if (addr == MAP_FAILED || *word(addr, 0) || *word(addr, crew.pages - 1))
				count(&crew.wrong);
			else
				stamp_pages(addr, crew.pages);
			munmap(addr, length());
		}
		close_area(__atomic_exchange_n(&slots[slot], area, __ATOMIC_SEQ_CST));
	}
	return NULL;
}

/* Catches: areas that end too early or not at all, contents of the ones before. */
TEST_F_TIMEOUT(file_race, map_what_others_close, PATIENCE)
{
	pthread_t threads[3];
	size_t i;

	memset(slots, 0xff, sizeof(slots));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, exchange_areas, (void *)i));
	sleep(SECONDS);
	crew.stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < SLOTS; i++)
		close_area(slots[i]);
	TH_LOG("%lu mapped, %lu refused", crew.granted, crew.refused);
	EXPECT_GT(crew.granted, 5);
}

TEST_HARNESS_MAIN
