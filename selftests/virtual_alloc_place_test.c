// SPDX-License-Identifier: GPL-2.0-only
/*
 * VirtualAlloc: where allocations come to lie. Some places are known, and on random
 * histories every address and code is compared with a model's.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

#include "zx_region.h"
#include "virtual_alloc_model.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

FIXTURE(place)
{
	int fd;			/* of our own */
	struct virtual_alloc region;
};

FIXTURE_SETUP(place)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	virtual_alloc_create(&self->region, VM_PAGE_STATE_HEAP);
}

FIXTURE_TEARDOWN(place)
{
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define INIT(pages, guard, align_log2) \
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, (pages) * PAGE, guard, align_log2))

/* The number of the page where so many come to lie. */
static size_t place(struct virtual_alloc *region, size_t pages)
{
	char *addr = region_alloc(region, pages);

	return addr ? region_page(region, addr) : NOWHERE;
}

static zx_status_t unplace(struct virtual_alloc *region, size_t place, size_t pages)
{
	return region_free(region, region_base(region) + place * PAGE, pages);
}

#define EXPECT_PLACE(expected, pages) EXPECT_EQ(expected, place(&self->region, pages))
#define UNPLACE(page, pages) ASSERT_EQ(ZX_OK, unplace(&self->region, page, pages))

TEST_F(place, first_one_is_a_guard_behind_the_bitmap)
{
	static const size_t guards[] = { 0, 1, 2, 16 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(guards); i++) {
		INIT(4096, guards[i], PAGE_LOG2);
		EXPECT_PLACE(1 + guards[i], 1);
		EXPECT_PLACE(2 + 2 * guards[i], 3);
		EXPECT_PLACE(5 + 3 * guards[i], 1);
		virtual_alloc_destroy(&self->region);
	}
}

TEST_F(place, bitmap_of_each_size)
{
	static const size_t sizes[][2] = {
		{ 32767, 1 }, { 32768, 1 }, { 32769, 2 }, { 65536, 2 }, { 262144, 8 }, { 262145, 9 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		INIT(sizes[i][0], 1, PAGE_LOG2);
		EXPECT_EQ(sizes[i][1], virtual_alloc_debug_bitmap_pages(&self->region));
		EXPECT_PLACE(sizes[i][1] + 1, 1);
		virtual_alloc_destroy(&self->region);
	}
}

TEST_F(place, last_one_leaves_a_guard)
{
	INIT(4096, 2, PAGE_LOG2);
	EXPECT_PLACE(3, 4080);
	EXPECT_PLACE(4085, 9);
	EXPECT_PLACE(NOWHERE, 1);
	UNPLACE(4085, 9);
	EXPECT_PLACE(NOWHERE, 10);
	EXPECT_PLACE(4085, 9);
}

TEST_F(place, aligned_when_there_are_enough)
{
	INIT(4096, 0, BLOCK_LOG2);
	EXPECT_PLACE(1, 511);
	EXPECT_PLACE(512, 512);
	EXPECT_PLACE(1024, 1);
	EXPECT_PLACE(1536, 513);
	EXPECT_PLACE(2049, 511);
	EXPECT_PLACE(2560, 1024);
}

TEST_F(place, guards_make_every_other_block_useless)
{
	INIT(4096, 1, BLOCK_LOG2);
	EXPECT_PLACE(512, 512);
	EXPECT_PLACE(1536, 512);
	EXPECT_PLACE(2560, 512);
	EXPECT_PLACE(3073, 512);
	EXPECT_PLACE(NOWHERE, 512);
}

TEST_F(place, unaligned_further_on_before_aligned_behind)
{
	INIT(4096, 0, BLOCK_LOG2);
	EXPECT_PLACE(1, 1);
	EXPECT_PLACE(512, 512);
	EXPECT_PLACE(1024, 2500);
	UNPLACE(1024, 1);
	EXPECT_PLACE(1024, 1);
	/* 3524 to 4096 are free, and so is nothing aligned but 3584 to 4095. */
	EXPECT_PLACE(3584, 512);
	UNPLACE(3584, 512);
	ASSERT_EQ(ZX_OK, region_alloc_at(&self->region,
					 region_base(&self->region) + 4095 * PAGE, 1));
	UNPLACE(512, 512);
	EXPECT_PLACE(512, 512);
	EXPECT_PLACE(1025 + 2499, 512);
}

TEST_F(place, goes_on_where_it_was_and_begins_again)
{
	INIT(64, 1, PAGE_LOG2);
	EXPECT_PLACE(2, 10);
	EXPECT_PLACE(13, 10);
	EXPECT_PLACE(24, 10);
	UNPLACE(2, 10);
	EXPECT_PLACE(2, 1);
	EXPECT_PLACE(4, 1);
	EXPECT_PLACE(35, 10);
	EXPECT_PLACE(46, 10);
	EXPECT_PLACE(57, 6);
	EXPECT_PLACE(6, 1);
}

TEST_F(place, freed_and_allocated_again_is_the_same)
{
	size_t i;

	INIT(4096, 16, PAGE_LOG2);
	EXPECT_PLACE(17, 3);
	for (i = 0; i < 10; i++) {
		EXPECT_PLACE(36, 5);
		UNPLACE(36, 5);
	}
}

TEST_F(place, freed_further_on_does_not_matter)
{
	INIT(4096, 0, PAGE_LOG2);
	EXPECT_PLACE(1, 10);
	EXPECT_PLACE(11, 10);
	UNPLACE(1, 10);
	EXPECT_PLACE(1, 4);
	UNPLACE(15, 1);
	EXPECT_PLACE(5, 1);
}

TEST_F(place, allocations_at_an_address_do_not_move_the_search)
{
	INIT(4096, 0, PAGE_LOG2);
	EXPECT_PLACE(1, 1);
	ASSERT_EQ(ZX_OK, region_alloc_at(&self->region,
					 region_base(&self->region) + 100 * PAGE, 5));
	EXPECT_PLACE(2, 1);
	EXPECT_PLACE(3, 97);
	EXPECT_PLACE(105, 1);
}

/* Random histories */

struct history {
	uint64_t random;
	struct virtual_alloc *region;
	struct model model;
	size_t limit;		/* pages to be allocated at a time */
	size_t failures[3];	/* no room, not allocated, allocated already */
};

static size_t below(struct history *history, size_t limit)
{
	history->random ^= history->random << 13;
	history->random ^= history->random >> 7;
	history->random ^= history->random << 17;
	return history->random % limit;
}

static char *addr_of(const struct history *history, size_t page)
{
	return region_base(history->region) + page * PAGE;
}

/* Every page says which it is, from when it is allocated to when it is freed. */
static void stamp(const struct history *history, size_t page, size_t pages)
{
	for (; pages; pages--, page++)
		*(size_t *)addr_of(history, page) = ~page;
}

static bool zero_or_stamped(const struct history *history, size_t page, size_t pages, bool zero)
{
	for (; pages; pages--, page++)
		if (*(size_t *)addr_of(history, page) != (zero ? 0 : ~page))
			return false;
	return true;
}

/* Each step says whether the region did what the model did. */

static size_t random_count(struct history *history)
{
	switch (below(history, 16)) {
	case 0:
		return 1 + below(history, history->model.pages);
	case 1:
		return history->model.align + below(history, 2 * history->model.align);
	case 2 ... 4:
		return 1 + below(history, 100);
	default:
		return 1 + below(history, 6);
	}
}

static bool allocate(struct history *history)
{
	size_t pages = random_count(history), expected;
	vaddr_t vaddr = 0;
	zx_status_t status;

	if (history->model.allocated + pages > history->limit)
		return true;
	expected = model_alloc(&history->model, pages);
	status = virtual_alloc_alloc_pages(history->region, pages, &vaddr);
	if (expected == NOWHERE) {
		history->failures[0]++;
		return status == ZX_ERR_NO_RESOURCES && !vaddr;
	}
	if (status || (char *)vaddr != addr_of(history, expected))
		return false;
	if (!zero_or_stamped(history, expected, pages, true))
		return false;
	stamp(history, expected, pages);
	return true;
}

static bool allocate_at(struct history *history)
{
	struct model *model = &history->model;
	size_t page = model->bitmap + below(history, model->pages - model->bitmap);
	size_t pages = 1 + below(history, 8);
	zx_status_t status;

	if (page + pages > model->pages || model->allocated + pages > history->limit)
		return true;
	status = region_alloc_at(history->region, addr_of(history, page), pages);
	if (!model_all(model, page, pages, false)) {
		history->failures[2]++;
		return status == ZX_ERR_ALREADY_EXISTS;
	}
	if (status || !zero_or_stamped(history, page, pages, true))
		return false;
	model_set(model, page, pages, true);
	stamp(history, page, pages);
	return true;
}

/* Some of what is allocated in a row, whichever allocations those are. */
static bool free_some(struct history *history)
{
	struct model *model = &history->model;
	size_t from = model->bitmap + below(history, model->pages - model->bitmap);
	size_t page = model_next(model, from, model->pages, true), end, pages;

	if (page == model->pages)
		return true;
	end = model_next(model, page, model->pages, false);
	pages = 1 + below(history, end - page);
	if (below(history, 2))
		pages = end - page;
	if (!zero_or_stamped(history, page, pages, false))
		return false;
	model_free(model, page, pages);
	return !unplace(history->region, page, pages);
}

static bool free_anything(struct history *history)
{
	struct model *model = &history->model;
	size_t page = model->bitmap + below(history, model->pages - model->bitmap);
	size_t pages = 1 + below(history, 8);

	if (page + pages > model->pages || model_all(model, page, pages, true))
		return true;
	history->failures[1]++;
	return unplace(history->region, page, pages) == ZX_ERR_NOT_FOUND;
}

/* One after the other, from below. */
static bool free_all(struct history *history)
{
	struct model *model = &history->model;
	size_t page = model->bitmap;

	while ((page = model_next(model, page, model->pages, true)) < model->pages)
		model_free(model, page, 1);
	return !virtual_alloc_debug_free_all_allocations(history->region);
}

static bool step(struct history *history)
{
	switch (below(history, 256)) {
	case 0:
		return free_all(history);
	case 1 ... 12:
		return allocate_at(history);
	case 13 ... 24:
		return free_anything(history);
	case 25 ... 110:
		return free_some(history);
	default:
		return allocate(history);
	}
}

FIXTURE(history)
{
	int fd;			/* of our own */
	struct virtual_alloc region;
	struct history history;
};

FIXTURE_VARIANT(history)
{
	size_t pages, guard, align_log2, steps;
};

#define SMALL_STEPS 1500
#define SMALL(guard_pages, log2) { 4096, guard_pages, log2, SMALL_STEPS }
FIXTURE_VARIANT_ADD(history, guard_0) SMALL(0, 12);
FIXTURE_VARIANT_ADD(history, guard_1) SMALL(1, 12);
FIXTURE_VARIANT_ADD(history, guard_2) SMALL(2, 12);
FIXTURE_VARIANT_ADD(history, guard_16) SMALL(16, 12);
FIXTURE_VARIANT_ADD(history, guard_0_blocks) SMALL(0, 21);
FIXTURE_VARIANT_ADD(history, guard_1_blocks) SMALL(1, 21);
FIXTURE_VARIANT_ADD(history, guard_2_blocks) SMALL(2, 21);
FIXTURE_VARIANT_ADD(history, guard_16_blocks) SMALL(16, 21);
FIXTURE_VARIANT_ADD(history, guard_3_of_8_pages) SMALL(3, 15);
FIXTURE_VARIANT_ADD(history, guard_beyond_alignment) SMALL(20, 16);
FIXTURE_VARIANT_ADD(history, tiny) { 64, 1, 14, SMALL_STEPS };
FIXTURE_VARIANT_ADD(history, many_bitmap_pages) { 100 * 1024, 1, 21, 300 };
FIXTURE_VARIANT_ADD(history, many_bitmap_pages_dense) { 100 * 1024, 0, 12, 300 };

FIXTURE_SETUP(history)
{
	const size_t align = 1ul << (variant->align_log2 - 12);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	virtual_alloc_create(&self->region, VM_PAGE_STATE_HEAP);
	self->history = (struct history){
		.random = variant->pages * 97 + variant->guard * 31 + variant->align_log2,
		.region = &self->region,
		.limit = pool_stat(self->fd).out_total_pages,
	};
	ASSERT_TRUE(model_make(&self->history.model, variant->pages, variant->guard, align));
	ASSERT_EQ(ZX_OK, virtual_alloc_init(&self->region, 0, variant->pages * PAGE,
					    variant->guard, variant->align_log2));
}

FIXTURE_TEARDOWN(history)
{
	virtual_alloc_destroy(&self->region);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F_TIMEOUT(history, same_as_the_model, 300)
{
	const size_t steps = rounds_of(variant->steps);
	struct history *history = &self->history;
	size_t i;

	for (i = 0; i < steps; i++) {
		ASSERT_TRUE(step(history)) {
			TH_LOG("step %zu", i);
		}
	}
	EXPECT_EQ(history->model.allocated, virtual_alloc_debug_allocated_pages(history->region));
	EXPECT_EQ(history->model.bitmap, virtual_alloc_debug_bitmap_pages(history->region));
	/* The histories are worth something: large regions never fill up. */
	for (i = 0; i < ARRAY_SIZE(history->failures) && steps == SMALL_STEPS; i++)
		EXPECT_NE(0, history->failures[i]);
}

/* The pool runs out in between, which moves where the next search begins. */
TEST_F_TIMEOUT(history, same_as_the_model_without_memory, 300)
{
	struct history *history = &self->history;
	const size_t steps = rounds_of(variant->steps / 4);
	const size_t more = history->limit + 1;
	size_t i, place;
	vaddr_t vaddr;

	for (i = 0; i < steps; i++) {
		ASSERT_TRUE(step(history)) {
			TH_LOG("step %zu", i);
		}
		if (i % 8)
			continue;
		place = model_alloc(&history->model, more);
		if (place != NOWHERE)
			model_free(&history->model, place, more);
		ASSERT_EQ(place == NOWHERE ? ZX_ERR_NO_RESOURCES : ZX_ERR_NO_MEMORY,
			  virtual_alloc_alloc_pages(history->region, more, &vaddr));
	}
}

TEST_HARNESS_MAIN
