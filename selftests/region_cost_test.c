// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to allocate pages of a region and to free them, beside what the
 * kernel's own mmap(2) and munmap(2) cost in the same boot. In instructions.
 */
#include "kselftest_harness.h"

#include <linux/version.h>
#include <sys/utsname.h>

#include "instructions.h"
#include "util.h"
#include "zx_region.h"

SKIP_ALL_WITHOUT_DEVICE()

#define RW (PROT_READ | PROT_WRITE)
#define SIZE (64ul << 20)
#define MANY 512ul		/* pages in one call, a whole block */
#define TIMES 16		/* so many calls are one measurement */
#define MANY_LIMIT 420		/* a page; the kernel counts each */
#define FRAMES_LIMIT 80		/* a page */
#define BLOCK_LIMIT 28		/* a page */

/*
 * Pages are clean as long as there are some that were not freed before: a region
 * takes a block's worth at once, and uses each of them before it uses one again.
 */
_Static_assert(ROUNDS * TIMES < MANY, "pages would be cleaned again");

enum kind { PAGES, FRAMES };

static struct virtual_alloc region;

FIXTURE(cost) {
	int fd;
};

FIXTURE_SETUP(cost)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	virtual_alloc_create(&region, VM_PAGE_STATE_ALLOC);
}

FIXTURE_TEARDOWN(cost)
{
	virtual_alloc_destroy(&region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void make_region(enum kind kind, size_t align_log2)
{
	virtual_alloc_destroy(&region);
	if ((kind == FRAMES && virtual_alloc_use_frames(&region)) ||
	    virtual_alloc_init(&region, 0, SIZE, 0, align_log2))
		abort();
}

static uint64_t do_nothing(int fd)
{
	uint64_t start = now();

	return now() - start;
}

/* Less what it takes to look at the clock. */
static uint64_t cost_of(uint64_t (*once)(int fd))
{
	uint64_t cost = measure(once, -1);

	return cost == UINT64_MAX ? cost : cost - measure(do_nothing, -1);
}

/* One page, again and again. */

/* At @where, or anywhere, which is beside something else and shares a page table with it. */
static uint64_t map_touch_unmap(char *where, int fixed)
{
	uint64_t start = now();
	int i;

	for (i = 0; i < TIMES; i++) {
		char *page = mmap(where, PAGE, RW,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | fixed, -1, 0);

		*page = 1;
		munmap(page, PAGE);
	}
	return now() - start;
}

static char *alone;

static uint64_t map_beside_others(int fd)
{
	return map_touch_unmap(NULL, 0);
}

static uint64_t map_alone(int fd)
{
	return map_touch_unmap(alone, MAP_FIXED_NOREPLACE);
}

static uint64_t alloc_touch_free(int fd)
{
	uint64_t start = now();
	bool done = true;
	int i;

	for (i = 0; i < TIMES; i++) {
		char *page = region_alloc(&region, 1);

		*page = 1;
		done &= !region_free(&region, page, 1);
	}
	return done ? now() - start : UINT64_MAX;
}

static bool kernel_before(int major, int minor)
{
	struct utsname name;
	int x = 0, y = 0;

	if (uname(&name) || sscanf(name.release, "%d.%d", &x, &y) != 2)
		return true;
	return KERNEL_VERSION(x, y, 0) < KERNEL_VERSION(major, minor, 0);
}

/* How often mmap(2) and munmap(2) must cost as much. */
static unsigned int least_ratio(enum kind kind)
{
	if (kind == FRAMES && kernel_before(6, 5))
		return 5;
	return kernel_before(7, 0) ? 4 : 3;
}

static void check_one_page(struct __test_metadata *_metadata, enum kind kind)
{
	const unsigned int ratio = least_ratio(kind);
	uint64_t ours, theirs, beside;

	make_region(kind, 12);
	region_alloc(&region, 1);
	alone = free_addresses(BLOCK) + BLOCK / 2;
	ours = cost_of(alloc_touch_free) / TIMES;
	theirs = cost_of(map_alone) / TIMES;
	beside = cost_of(map_beside_others) / TIMES;
	TH_LOG("a page: %lu instructions, limit 1/%u of mmap and munmap, %lu; beside others, %lu",
	       ours, ratio, theirs, beside);
	EXPECT_LE(ours * ratio, theirs);
}

TEST_F(cost, of_one_page)
{
	SKIP_UNLESS_COUNTING();
	check_one_page(_metadata, PAGES);
}

TEST_F(cost, of_one_frame)
{
	SKIP_UNLESS_COUNTING();
	check_one_page(_metadata, FRAMES);
}

/* Many in one call; each time others, which are clean. */

static char *allocated[ROUNDS + 1];
static unsigned int nr_allocated;

static uint64_t alloc_many(int fd)
{
	uint64_t start = now();
	char *pages = region_alloc(&region, MANY);
	uint64_t time = now() - start;

	allocated[nr_allocated++] = pages;
	return pages ? time : UINT64_MAX;
}

static uint64_t free_many(int fd)
{
	char *pages = allocated[--nr_allocated];
	uint64_t start;

	memset(pages, 1, MANY * PAGE);
	start = now();
	return region_free(&region, pages, MANY) ? UINT64_MAX : now() - start;
}

static uint64_t map_many(int fd)
{
	uint64_t start = now();
	char *pages = mmap(NULL, MANY * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
			   -1, 0);
	uint64_t time = now() - start;

	munmap(pages, MANY * PAGE);
	return time;
}

static uint64_t cost_of_many(struct __test_metadata *_metadata, enum kind kind, size_t align_log2)
{
	uint64_t alloc, put;

	make_region(kind, align_log2);
	nr_allocated = 0;
	alloc = cost_of(alloc_many) / MANY;
	put = cost_of(free_many) / MANY;
	TH_LOG("%lu pages: %lu instructions each, and %lu to free them", MANY, alloc, put);
	TH_LOG("%lu pages: mmap %lu each", MANY, cost_of(map_many) / MANY);
	return alloc;
}

TEST_F(cost, of_many_pages)
{
	SKIP_UNLESS_COUNTING();
	EXPECT_LE(cost_of_many(_metadata, PAGES, 12), MANY_LIMIT);
}

TEST_F(cost, of_many_frames)
{
	SKIP_UNLESS_COUNTING();
	EXPECT_LE(cost_of_many(_metadata, FRAMES, 12), FRAMES_LIMIT);
}

TEST_F(cost, of_a_block)
{
	SKIP_UNLESS_COUNTING();
	if (!have_huge(self->fd))
		SKIP(return, "no huge mappings here");
	EXPECT_LE(cost_of_many(_metadata, PAGES, 21), BLOCK_LIMIT);
}

TEST_HARNESS_MAIN
