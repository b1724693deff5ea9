// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's search for places in a region, beside a plain one that looks at
 * every page: random histories, the same results. Runs on the machine that
 * builds, under sanitizers.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../module/region_place.h"

/* Memory, which can run out. */

static unsigned int fail_one_in;
static long allocations;
static uint64_t random_state = 1;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t limit)
{
	return (next_random() >> 11) % limit;
}

void *kzalloc(size_t size, int gfp)
{
	if (fail_one_in && !below(fail_one_in))
		return NULL;
	allocations++;
	return calloc(1, size);
}

void kfree(const void *memory)
{
	allocations -= !!memory;
	free((void *)memory);
}

/*
 * The model: a byte for each page, and the rules as the semantics has them, with
 * nothing clever.
 */
struct model {
	unsigned char *taken;
	uint64_t pages;
	uint64_t bitmap;
	uint64_t guard;
	uint64_t align;
	uint64_t start;
};

static bool model_init(struct model *model, uint64_t pages, uint64_t guard, uint64_t align)
{
	model->taken = calloc(pages, 1);
	model->pages = pages;
	model->bitmap = 0;
	while (model->bitmap * 4096 * 8 < pages)
		model->bitmap++;
	model->guard = guard;
	model->align = align;
	model->start = model->bitmap;
	memset(model->taken, 1, model->bitmap);
	return model->bitmap + 2 * guard < pages;
}

/* The first page of [from, to) in that state, or @to. */
static uint64_t model_scan(const struct model *model, uint64_t from, uint64_t to, int state)
{
	const unsigned char *found;

	if (from >= to)
		return to;
	found = memchr(model->taken + from, state, to - from);
	return found ? found - model->taken : to;
}

static uint64_t up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* Where the run, guards and all, begins; or -1. */
static int64_t model_first_fit(const struct model *model, uint64_t from, uint64_t run)
{
	uint64_t start, end;

	for (start = from; start + run <= model->pages; start = end) {
		start = model_scan(model, start, model->pages, 0);
		if (start + run > model->pages)
			break;
		end = model_scan(model, start, start + run, 1);
		if (end == start + run)
			return start;
	}
	return -1;
}

static int64_t model_aligned_fit(const struct model *model, uint64_t from, uint64_t run)
{
	uint64_t current = from, candidate, taken;

	for (;;) {
		candidate = up(current, model->align);
		if (candidate - current < model->guard)
			candidate += up(model->guard, model->align);
		candidate -= model->guard;
		if (candidate + run > model->pages)
			return -1;
		taken = model_scan(model, candidate, candidate + run, 1);
		if (taken == candidate + run)
			return candidate;
		current = model_scan(model, taken, model->pages, 0);
		if (current == model->pages)
			return -1;
	}
}

static int64_t model_find_from(const struct model *model, uint64_t from, uint64_t pages)
{
	const uint64_t run = pages + 2 * model->guard;
	int64_t found = -1;

	if (model->align > 1 && pages >= model->align)
		found = model_aligned_fit(model, from, run);
	return found < 0 ? model_first_fit(model, from, run) : found;
}

static int64_t model_alloc(struct model *model, uint64_t pages)
{
	int64_t found = model_find_from(model, model->start, pages);

	if (found < 0)
		found = model_find_from(model, model->bitmap, pages);
	if (found < 0)
		return -ENOSPC;
	found += model->guard;
	memset(model->taken + found, 1, pages);
	model->start = found + pages;
	return found;
}

static void model_free(struct model *model, uint64_t first, uint64_t pages)
{
	uint64_t back;

	memset(model->taken + first, 0, pages);
	if (first >= model->start)
		return;
	model->start = first;
	if (first < model->guard)
		return;
	for (back = 0; back < model->guard && !model->taken[first - back - 1]; back++)
		;
	model->start = first - back;
}

/* One history. */

FIXTURE(history)
{
};

FIXTURE_VARIANT(history)
{
	uint64_t pages;
	uint64_t guard;
	uint64_t align;
	uint64_t largest;	/* of most requests */
	unsigned int operations;
	unsigned int fail_one_in;
};

FIXTURE_SETUP(history)
{
}

FIXTURE_TEARDOWN(history)
{
}

struct history {
	const FIXTURE_VARIANT(history) *shape;
	struct region_place place;
	struct model model;
	uint64_t mismatches;
	unsigned int filling;	/* of 100 operations so many allocate */
	uint64_t places, full, no_memory, frees;
};

static void expect_same(struct history *h, const char *what, int64_t model, int64_t place)
{
	if (model == place && h->model.start == h->place.search_start)
		return;
	if (!h->mismatches++)
		printf("# %s: model %ld and place %ld, search starts %lu and %lu\n",
		       what, (long)model, (long)place,
		       (unsigned long)h->model.start, (unsigned long)h->place.search_start);
}

/* Mostly small; sometimes of an alignment or more, or absurd. */
static uint64_t some_pages(const struct history *h)
{
	switch (below(16)) {
	case 0:
		return h->shape->align + below(2);
	case 1:
		return h->shape->align * (1 + below(3)) + below(3);
	case 2:
		return 1 + below(h->shape->pages);
	case 3:
	case 4:
	case 5:
		return 1 + below(h->shape->largest);
	default:
		return 1 + below(h->shape->largest / 8 + 1);
	}
}

/* Now and then there is no memory for the pages: all is undone. */
static void allocate(struct history *h)
{
	const uint64_t pages = some_pages(h);
	const bool fails = !below(32);
	int64_t expected, err;
	u64 first = 0;

	err = region_place_find(&h->place, pages, &first);
	if (!err && region_place_prepare(&h->place, first, pages)) {
		h->no_memory++;
		return;
	}
	expected = model_alloc(&h->model, pages);
	if (!err && fails) {
		region_place_failed(&h->place, first);
		bittree_unprepare(&h->place.tree, first, pages);
		model_free(&h->model, expected, pages);
	} else if (!err) {
		region_place_found(&h->place, first, pages);
	}
	h->places += !err;
	h->full += err == -ENOSPC;
	expect_same(h, "alloc", expected, err ?: (int64_t)first);
}

/* Any part of anything that is allocated, over the seams of allocations too. */
static void give(struct history *h)
{
	const uint64_t from = h->model.bitmap + below(h->model.pages - h->model.bitmap);
	uint64_t first = model_scan(&h->model, from, h->model.pages, 1), end;

	if (first == h->model.pages)
		return;
	end = model_scan(&h->model, first, h->model.pages, 0);
	if (below(2))
		end = first + 1 + below(end - first);
	if (below(4) == 0)
		first += below(end - first);
	expect_same(h, "may be freed", 0,
		    region_place_allocated(&h->place, first, end - first));
	region_place_give(&h->place, first, end - first);
	model_free(&h->model, first, end - first);
	h->frees++;
	expect_same(h, "free", 0, 0);
}

static bool model_has(const struct model *model, uint64_t first, uint64_t pages)
{
	return pages && first >= model->bitmap && first < model->pages &&
	       pages <= model->pages - first;
}

/* What may be refused, and why. */
static void try_range(struct history *h)
{
	const uint64_t first = below(h->model.pages + 3), pages = below(h->shape->largest + 2);
	const uint64_t end = first + pages;
	const bool there = model_has(&h->model, first, pages);
	int64_t expected = there ? 0 : -EINVAL, err;

	if (there && model_scan(&h->model, first, end, 0) < end)
		expected = -ENOENT;
	expect_same(h, "of a range to be freed", expected,
		    region_place_allocated(&h->place, first, pages));

	expected = there && model_scan(&h->model, first, end, 1) < end ? -EEXIST :
		   there ? 0 : -EINVAL;
	err = region_place_at(&h->place, first, pages);
	expect_same(h, "of a range to be allocated", expected, err);
	if (err || h->filling < 50 || region_place_prepare(&h->place, first, pages))
		return;
	region_place_take(&h->place, first, pages);
	memset(h->model.taken + first, 1, pages);
	expect_same(h, "exactly there", 0, 0);
}

static void give_all(struct history *h)
{
	uint64_t first = h->model.bitmap, end;

	while ((first = model_scan(&h->model, first, h->model.pages, 1)) < h->model.pages) {
		end = model_scan(&h->model, first, h->model.pages, 0);
		region_place_give(&h->place, first, end - first);
		for (; first < end; first++)
			model_free(&h->model, first, 1);
	}
	expect_same(h, "free all", 0, h->place.allocated);
}

static void compare_all(struct history *h)
{
	uint64_t page, taken = 0;

	for (page = 0; page < h->model.pages; page++) {
		taken += h->model.taken[page];
		if (bittree_test(&h->place.tree, page) != h->model.taken[page])
			expect_same(h, "page", page, -1);
	}
	expect_same(h, "pages allocated", taken - h->model.bitmap, h->place.allocated);
}

static void step(struct history *h)
{
	const unsigned int kind = below(100);

	if (kind < h->filling)
		allocate(h);
	else if (kind < 97)
		give(h);
	else
		try_range(h);
}

#define MIB 256ul	/* in pages */
#define HUGE 512ul

#define HISTORY(name, _pages, _guard, _align, _largest, _operations, _fail_one_in) \
	FIXTURE_VARIANT_ADD(history, name) \
	{ \
		.pages = _pages, \
		.guard = _guard, \
		.align = _align, \
		.largest = _largest, \
		.operations = _operations, \
		.fail_one_in = _fail_one_in, \
	}

/* More than a million operations. */
HISTORY(tiny, 16, 0, 1, 4, 50000, 0);
HISTORY(tiny_with_guards, 64, 1, 1, 8, 50000, 0);
HISTORY(a_leaf_and_a_bit, 515, 2, 1, 40, 50000, 0);
HISTORY(of_16_mib, 16 * MIB, 0, 1, 64, 60000, 0);
HISTORY(of_16_mib_guard_1, 16 * MIB, 1, 1, 64, 60000, 0);
HISTORY(of_16_mib_guard_2, 16 * MIB, 2, 1, 64, 60000, 0);
HISTORY(of_16_mib_guard_16, 16 * MIB, 16, 1, 64, 60000, 0);
HISTORY(of_16_mib_by_2_mib, 16 * MIB, 0, HUGE, 300, 60000, 0);
HISTORY(of_16_mib_by_2_mib_guard_1, 16 * MIB, 1, HUGE, 300, 60000, 0);
HISTORY(of_16_mib_by_2_mib_guard_2, 16 * MIB, 2, HUGE, 700, 60000, 0);
HISTORY(of_16_mib_by_2_mib_guard_16, 16 * MIB, 16, HUGE, 64, 60000, 0);
HISTORY(by_2_pages_guard_1, 3000, 1, 2, 20, 50000, 0);
HISTORY(by_4_pages_guard_3, 3000, 3, 4, 20, 50000, 0);
HISTORY(by_8_pages_guard_8, 4096, 8, 8, 40, 50000, 0);
HISTORY(by_2_pages_guard_3, 2048, 3, 2, 20, 50000, 0);
HISTORY(by_4_pages_guard_16, 4096, 16, 4, 50, 50000, 0);
HISTORY(by_32_pages_guard_100, 8192, 100, 32, 90, 50000, 0);
HISTORY(guards_of_64_pages, 8192, 64, 1, 30, 30000, 0);
HISTORY(without_memory, 32768, 1, HUGE, 900, 30000, 20);
HISTORY(of_4_bitmap_pages, 4 * 32768, 1, HUGE, 4000, 15000, 0);
HISTORY(of_9_bitmap_pages, 8 * 32768 + HUGE, 0, HUGE, 3000, 8000, 0);
HISTORY(larger_guards_than_alignment, 65536, 600, HUGE, 900, 8000, 0);
HISTORY(of_4_gib, 4096 * MIB, 2, HUGE, 30000, 2000, 0);

TEST_F_TIMEOUT(history, gives_the_same_results, 120)
{
	const FIXTURE_VARIANT(history) *shape = variant;
	struct history h = { .shape = shape };
	unsigned int i;

	random_state = 0x9e3779b97f4a7c15ull ^ shape->pages ^ shape->guard << 40;
	fail_one_in = 0;
	ASSERT_TRUE(model_init(&h.model, shape->pages, shape->guard, shape->align));
	ASSERT_EQ(0, region_place_init(&h.place, shape->pages, shape->guard, shape->align));
	fail_one_in = shape->fail_one_in;
	for (i = 0; i < shape->operations && !h.mismatches; i++) {
		if (i % 1000 == 0)
			h.filling = 35 + below(60);
		if (i % 20000 == 19999)
			give_all(&h);
		if (i % (shape->operations / 8 + 1) == 0)
			compare_all(&h);
		step(&h);
	}
	compare_all(&h);
	TH_LOG("%u operations, %lu placed, %lu without a place, %lu without memory, %lu frees",
	       i, h.places, h.full, h.no_memory, h.frees);
	EXPECT_EQ(0, h.mismatches);
	EXPECT_LT(shape->operations / 100, h.places);
	EXPECT_LT(0, h.full);
	EXPECT_EQ(!!shape->fail_one_in, !!h.no_memory);
	region_place_destroy(&h.place);
	EXPECT_EQ(0, allocations);
	free(h.model.taken);
}

/* What the semantics has worked out by hand. */

static struct region_place new_place(uint64_t pages, uint64_t guard, uint64_t align)
{
	struct region_place place;

	fail_one_in = 0;
	if (region_place_init(&place, pages, guard, align))
		abort();
	return place;
}

static int64_t take(struct region_place *place, uint64_t pages)
{
	u64 first;
	int err = region_place_find(place, pages, &first);

	if (err)
		return err;
	if (region_place_prepare(place, first, pages))
		abort();
	region_place_found(place, first, pages);
	return first;
}

TEST(every_other_block_where_there_are_guards)
{
	struct region_place place = new_place(4096, 1, HUGE);

	EXPECT_EQ(512, take(&place, 512));
	EXPECT_EQ(1536, take(&place, 512));
	EXPECT_EQ(2560, take(&place, 512));
	EXPECT_EQ(3073, take(&place, 512));
	EXPECT_EQ(-ENOSPC, take(&place, 512));
	region_place_destroy(&place);
}

TEST(an_unaligned_place_ahead_before_an_aligned_one_behind)
{
	struct region_place place = new_place(5700, 0, HUGE);

	EXPECT_EQ(1, take(&place, 511));
	EXPECT_EQ(512, take(&place, 512));
	EXPECT_EQ(1024, take(&place, 2559));
	region_place_give(&place, 1024, 512);
	EXPECT_EQ(1024, place.search_start);
	EXPECT_EQ(3584, take(&place, 600));
	EXPECT_EQ(4608, take(&place, 513));
	EXPECT_EQ(5121, take(&place, 512));
	EXPECT_EQ(1024, take(&place, 512));
	region_place_destroy(&place);
}

TEST(taking_and_giving_does_not_creep)
{
	struct region_place place = new_place(4096, 3, 1);
	int i;

	EXPECT_EQ(4, take(&place, 10));
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(17, take(&place, 5));
		region_place_give(&place, 17, 5);
		EXPECT_EQ(14, place.search_start);
	}
	region_place_destroy(&place);
}

TEST(absurd_requests)
{
	struct region_place place = new_place(4096, 16, HUGE);
	u64 first;

	EXPECT_EQ(-EINVAL, region_place_find(&place, 0, &first));
	EXPECT_EQ(-ENOSPC, region_place_find(&place, UINT64_MAX, &first));
	EXPECT_EQ(-ENOSPC, region_place_find(&place, UINT64_MAX - 31, &first));
	EXPECT_EQ(-ENOSPC, region_place_find(&place, 4096, &first));
	EXPECT_EQ(-EINVAL, region_place_at(&place, 4095, UINT64_MAX));
	EXPECT_EQ(-EINVAL, region_place_at(&place, UINT64_MAX, 2));
	EXPECT_EQ(-EINVAL, region_place_allocated(&place, 1, UINT64_MAX));
	EXPECT_EQ(-EINVAL, region_place_allocated(&place, 0, 1));
	region_place_destroy(&place);
}

TEST(regions_there_cannot_be)
{
	const uint64_t mib16 = 16 << 20;

	EXPECT_EQ(0, region_place_check(mib16, mib16, 0, 12));
	EXPECT_EQ(0, region_place_check(0, mib16, 16, 21));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, 0, 11));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, 0, 0));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, 0, 64));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, 0, 25));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, 0, 0, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16 + 1, 0, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16 + 4096, mib16, 0, 21));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16 + 4096, 0, 21));
	EXPECT_EQ(-EINVAL, region_place_check(-mib16, mib16, 0, 12));
	EXPECT_EQ(0, region_place_check(-2 * mib16, mib16, 0, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, 4096, 0, 12));
	EXPECT_EQ(0, region_place_check(mib16, 8192, 0, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, 16384, 2, 12));
	EXPECT_EQ(0, region_place_check(mib16, 24576, 2, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, 1ull << 63, 12));
	EXPECT_EQ(-EINVAL, region_place_check(mib16, mib16, UINT64_MAX, 12));
}

/* A region in fragments: of each @period pages, @gap are left free. */
struct fragments {
	uint64_t guard;
	uint64_t align;
	uint64_t period;
	uint64_t gap;
	uint64_t request;	/* and up to two pages more */
};

static void fragment(struct region_place *place, const struct fragments *fragments)
{
	const uint64_t pages = fragments->period - fragments->gap;
	uint64_t first = place->bitmap_pages;

	for (; first + pages <= place->pages; first += fragments->period) {
		if (region_place_prepare(place, first, pages))
			abort();
		region_place_take(place, first, pages);
	}
}

/* The most steps of many searches from anywhere. */
static uint64_t most_steps(struct region_place *place, uint64_t request)
{
	uint64_t most = 0, before, i;
	u64 first;

	for (i = 0; i < 10000; i++) {
		place->search_start = place->bitmap_pages +
				      below(place->pages - place->bitmap_pages);
		before = place->tree.steps;
		region_place_find(place, request + below(3), &first);
		if (place->tree.steps - before > most)
			most = place->tree.steps - before;
	}
	return most;
}

static uint64_t steps_in(uint64_t pages, const struct fragments *fragments)
{
	struct region_place place = new_place(pages, fragments->guard, fragments->align);
	uint64_t steps;

	random_state = 12345;
	fragment(&place, fragments);
	steps = most_steps(&place, fragments->request);
	region_place_destroy(&place);
	return steps;
}

/* Gaps that just do; gaps that nothing fits in but at places out of alignment. */
static const struct fragments fragmented[] = {
	{ 2, 8, 512, 30, 25 },
	{ 0, HUGE, 768, 767, 700 },
};

FIXTURE(sizes)
{
};

FIXTURE_SETUP(sizes)
{
}

FIXTURE_TEARDOWN(sizes)
{
}

/* Each level that is more costs its share, twice: a request is looked for in two ranges. */
TEST_F_TIMEOUT(sizes, steps_do_not_grow_with_the_region, 120)
{
	unsigned int i;

	for (i = 0; i < sizeof(fragmented) / sizeof(fragmented[0]); i++) {
		const uint64_t small = steps_in(1024 * MIB, &fragmented[i]);
		const uint64_t large = steps_in(1024 * 1024 * MIB, &fragmented[i]);

		TH_LOG("gaps of %lu pages, %lu asked: at most %lu steps in 1 GiB, %lu in 1 TiB",
		       fragmented[i].gap, fragmented[i].request, small, large);
		EXPECT_LE(large, 2 * small);
		EXPECT_LE(large, 2 * 4 * 2 * BITTREE_FANOUT);
	}
}

TEST_HARNESS_MAIN
