// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that leave paged areas, and pages that come from other areas.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "pager.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

#define LENGTH (64 * PAGE)
#define RW (PROT_READ | PROT_WRITE)

FIXTURE(evict)
{
	int fd;
	int pager;
	char *area;
	uint64_t id;
	char *data;
};

FIXTURE_SETUP(evict)
{
	size_t i;

	catch_faults();
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->pager = make_pager(self->fd, 0);
	ASSERT_LE(0, self->pager);
	self->area = alloc_paged(self->fd, self->pager, LENGTH, 1);
	ASSERT_NE(NULL, self->area);
	self->id = area_id(self->fd, self->area);
	self->data = mmap(NULL, LENGTH, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->data);
	for (i = 0; i < LENGTH / PAGE; i++)
		fill_page(self->data + i * PAGE, 1000 * (i + 1));
}

FIXTURE_TEARDOWN(evict)
{
	close(self->pager);
	unmap(self->fd, self->area, LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define ANSWER(offset, length, action, data) \
	give_answer(self->pager, answer_args(self->id, offset, length, action, data))

TEST_F(evict, pages_go)
{
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_EQ(0, ANSWER(0, LENGTH, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_TRUE(page_filled(self->area, 1000));
	ASSERT_EQ(0, ANSWER(0, LENGTH, PHYSVM_ANSWER_EVICT, NULL));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, resident_pages(self->area, LENGTH / PAGE));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_EQ(0, toucher.value);
	EXPECT_TRUE(all_zero(self->area, PAGE));
}

TEST_F(evict, contents_come_out)
{
	char *out = mmap(NULL, LENGTH, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, ANSWER(PAGE, 4 * PAGE, PHYSVM_ANSWER_COPY, self->data));
	ASSERT_EQ(0, commit(self->fd, self->area + 8 * PAGE, PAGE));
	fill_page(self->area + 2 * PAGE, 77);
	memset(out, 0xa5, LENGTH);
	ASSERT_EQ(0, ANSWER(0, LENGTH, PHYSVM_ANSWER_EVICT, out));
	EXPECT_TRUE(page_filled(out + PAGE, 1000));
	EXPECT_TRUE(page_filled(out + 2 * PAGE, 77));
	EXPECT_TRUE(page_filled(out + 3 * PAGE, 3000));
	EXPECT_TRUE(page_filled(out + 4 * PAGE, 4000));
	/* Committed and never touched. */
	EXPECT_TRUE(all_zero(out + 8 * PAGE, PAGE));
	/* Nothing was there. */
	EXPECT_EQ((char)0xa5, out[0]);
	EXPECT_EQ((char)0xa5, out[5 * PAGE]);
	EXPECT_EQ((char)0xa5, out[9 * PAGE]);
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_used_pages);
	munmap(out, LENGTH);
}

/* Nothing is kept, nor written, for the pages that are not there. */
TEST_F(evict, two_pages_far_apart)
{
	const uint64_t length = 64ul << 30, last = length - PAGE;
	char *area = alloc_paged(self->fd, self->pager, length, 2);
	char *out = mmap(NULL, length, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ASSERT_NE(NULL, area);
	ASSERT_NE(MAP_FAILED, out);
	self->id = area_id(self->fd, area);
	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_COPY, self->data));
	ASSERT_EQ(0, ANSWER(last, PAGE, PHYSVM_ANSWER_COPY, self->data + PAGE));
	ASSERT_EQ(0, ANSWER(0, length, PHYSVM_ANSWER_EVICT, out));
	EXPECT_TRUE(page_filled(out, 1000));
	EXPECT_TRUE(page_filled(out + last, 2000));
	EXPECT_EQ(0, resident_pages(out + length / 2, 2));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_used_pages);
	munmap(out, length);
	EXPECT_EQ(0, unmap(self->fd, area, length));
}

TEST_F(evict, unaligned_data)
{
	char out[PAGE + 8];

	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_COPY, self->data));
	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_EVICT, out + 3));
	EXPECT_EQ(0, memcmp(out + 3, self->data, PAGE));
}

/* The second page has nowhere to go: neither does. */
TEST_F(evict, failure_changes_nothing)
{
	char *out = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(out + PAGE, PAGE);
	ASSERT_EQ(0, ANSWER(0, 3 * PAGE, PHYSVM_ANSWER_COPY, self->data));
	fill_page(self->area, 77);
	EXPECT_EQ(EFAULT, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_EVICT, out));
	EXPECT_EQ(3, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_TRUE(page_filled(self->area, 77));
	EXPECT_TRUE(page_filled(self->area + PAGE, 2000));
	EXPECT_TRUE(page_filled(self->area + 2 * PAGE, 3000));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, query(self->fd, self->area + 3 * PAGE).out_state);
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_EVICT, out));
	EXPECT_TRUE(page_filled(out, 77));
	munmap(out, PAGE);
}

/* What was evicted goes to the store and comes back; nothing written gets lost. */

#define WRITERS 4
#define EVICTIONS 150

static struct {
	int pager;
	uint64_t id;
	char *area;
	char *store;		/* one page for each of the area's first WRITERS */
	unsigned long brought_in;
	pthread_mutex_t lock;	/* store and area agree */
	volatile bool evicted;	/* often enough */
	volatile bool stop;
} shared;

static void *count_up(void *arg)
{
	volatile unsigned long *word = (unsigned long *)(shared.area + (uintptr_t)arg * PAGE);
	unsigned long i, value;

	for (i = 0; !shared.evicted; i++) {
		if (try_load(word, &value) || value != i || try_store(word, i + 1))
			return "lost a write, or got a signal";
		if (i % 16 == 0)
			sched_yield();
	}
	return NULL;
}

/* Answers and evictions of a page exclude each other, as for any cache. */
static void *bring_in(void *arg)
{
	struct physvm_message message;
	struct physvm_answer answer;

	while (!shared.stop) {
		struct pollfd poll_fd = { .fd = shared.pager, .events = POLLIN };

		if (poll(&poll_fd, 1, 100) != 1 || fetch_now(shared.pager, &message, 1) != 1)
			continue;
		pthread_mutex_lock(&shared.lock);
		answer = answer_args(shared.id, message.offset, PAGE, PHYSVM_ANSWER_COPY,
				     shared.store + message.offset);
		if (give_answer(shared.pager, answer))
			abort();
		pthread_mutex_unlock(&shared.lock);
		shared.brought_in++;
	}
	return NULL;
}

static void *take_out(void *arg)
{
	unsigned int seed = 1;
	struct physvm_answer answer;
	unsigned int i;

	for (i = 0; i < EVICTIONS; i++) {
		const uint64_t first = rand_r(&seed) % WRITERS;
		const uint64_t pages = rand_r(&seed) % (WRITERS - first) + 1;

		pthread_mutex_lock(&shared.lock);
		answer = answer_args(shared.id, first * PAGE, pages * PAGE, PHYSVM_ANSWER_EVICT,
				     shared.store + first * PAGE);
		if (give_answer(shared.pager, answer))
			abort();
		pthread_mutex_unlock(&shared.lock);
		usleep(rand_r(&seed) % 1000);
	}
	shared.evicted = true;
	return NULL;
}

TEST_F_TIMEOUT(evict, no_write_is_lost, PATIENCE)
{
	pthread_t writers[WRITERS], bringer, taker;
	void *wrong;
	uintptr_t i;

	shared.pager = self->pager;
	shared.id = self->id;
	shared.area = self->area;
	shared.store = calloc(WRITERS, PAGE);
	shared.stop = shared.evicted = false;
	pthread_mutex_init(&shared.lock, NULL);
	ASSERT_EQ(0, pthread_create(&bringer, NULL, bring_in, NULL));
	ASSERT_EQ(0, pthread_create(&taker, NULL, take_out, NULL));
	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_create(&writers[i], NULL, count_up, (void *)i));
	for (i = 0; i < WRITERS; i++) {
		pthread_join(writers[i], &wrong);
		EXPECT_TRUE(!wrong)
			TH_LOG("%s", (char *)wrong);
	}
	pthread_join(taker, NULL);
	shared.stop = true;
	pthread_join(bringer, NULL);
	TH_LOG("brought in %lu times", shared.brought_in);
	EXPECT_LE(EVICTIONS / 4, shared.brought_in);
	free(shared.store);
}

/* Moving. */

static char *numbered_source(int fd, uint32_t cache, size_t pages)
{
	struct physvm_alloc args = alloc_args(pages * PAGE, PHYSVM_ALLOC_NORESERVE);
	char *addr;
	size_t i;

	args.cache = cache;
	if (ioctl(fd, PHYSVM_ALLOC, &args))
		return NULL;
	addr = (char *)(uintptr_t)args.out_addr;
	if (commit(fd, addr, pages * PAGE))
		return NULL;
	for (i = 0; i < pages; i++)
		fill_page(addr + i * PAGE, 10 * (i + 1));
	return addr;
}

TEST_F(evict, frames_change_hands)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 16);
	uint64_t phys[4];
	int i;

	ASSERT_NE(NULL, source);
	for (i = 0; i < 4; i++)
		phys[i] = query(self->fd, source + (3 + i) * PAGE).out_phys;
	ASSERT_EQ(0, ANSWER(8 * PAGE, 4 * PAGE, PHYSVM_ANSWER_MOVE, source + 3 * PAGE));
	EXPECT_EQ(16, settled_pool_stat(self->fd).out_used_pages);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(phys[i], query(self->fd, self->area + (8 + i) * PAGE).out_phys);
		EXPECT_TRUE(page_filled(self->area + (8 + i) * PAGE, 10 * (4 + i)));
		EXPECT_EQ(PHYSVM_PAGE_RESERVED, query(self->fd, source + (3 + i) * PAGE).out_state);
		EXPECT_EQ(SIGSEGV, read_signal(source + (3 + i) * PAGE));
	}
	EXPECT_TRUE(page_filled(source + 2 * PAGE, 30));
	EXPECT_TRUE(page_filled(source + 7 * PAGE, 80));
	/* Nor does it matter who goes first. */
	EXPECT_EQ(0, unmap(self->fd, source, 16 * PAGE));
	EXPECT_EQ(4, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_TRUE(page_filled(self->area + 8 * PAGE, 40));
	EXPECT_EQ(0, ANSWER(9 * PAGE, PAGE, PHYSVM_ANSWER_EVICT, self->data));
	EXPECT_TRUE(page_filled(self->data, 50));
	EXPECT_EQ(3, settled_pool_stat(self->fd).out_used_pages);
}

TEST_F(evict, another_cache_mode_is_copied)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WC, 4);
	uint64_t phys;

	ASSERT_NE(NULL, source);
	phys = query(self->fd, source).out_phys;
	ASSERT_EQ(0, ANSWER(0, 2 * PAGE, PHYSVM_ANSWER_MOVE, source));
	EXPECT_NE(phys, query(self->fd, self->area).out_phys);
	EXPECT_TRUE(page_filled(self->area, 10));
	EXPECT_TRUE(page_filled(self->area + PAGE, 20));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, query(self->fd, source).out_state);
	EXPECT_EQ(4, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, source, 4 * PAGE));
}

/* Those that are there stay; what should have taken their place is gone. */
TEST_F(evict, moved_over_what_is_there)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 4);

	ASSERT_NE(NULL, source);
	ASSERT_EQ(0, ANSWER(PAGE, PAGE, PHYSVM_ANSWER_COPY, self->data));
	ASSERT_EQ(0, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_MOVE, source));
	EXPECT_TRUE(page_filled(self->area, 10));
	EXPECT_TRUE(page_filled(self->area + PAGE, 1000));
	EXPECT_TRUE(page_filled(self->area + 2 * PAGE, 30));
	EXPECT_EQ(4, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, source, 4 * PAGE));
	EXPECT_EQ(4, settled_pool_stat(self->fd).out_used_pages);
}

/* All of them there already: every one goes. */
TEST_F(evict, moved_in_vain)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 4);

	ASSERT_NE(NULL, source);
	ASSERT_EQ(0, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_COPY, self->data));
	ASSERT_EQ(0, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_MOVE, source));
	EXPECT_TRUE(page_filled(self->area, 1000));
	EXPECT_EQ(4, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, source, 4 * PAGE));
}

/* Untouched pages are zero on the other side, whatever they held before. */
TEST_F(evict, untouched_pages_move)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 4);

	ASSERT_NE(NULL, source);
	ASSERT_EQ(0, decommit(self->fd, source, 4 * PAGE));
	ASSERT_EQ(0, commit(self->fd, source, 4 * PAGE));
	ASSERT_EQ(0, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_MOVE, source));
	EXPECT_TRUE(all_zero(self->area, 4 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, source, 4 * PAGE));
}

TEST_F(evict, large_move)
{
	const size_t length = 3 * BLOCK;
	char *source = alloc_map(self->fd, length, PHYSVM_ALLOC_NORESERVE);
	char *area = alloc_paged(self->fd, self->pager, length, 0);

	ASSERT_NE(NULL, source);
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, commit(self->fd, source, length));
	number_pages(source, length / PAGE);
	ASSERT_EQ(0, give_answer(self->pager, answer_args(area_id(self->fd, area), 0, length,
							  PHYSVM_ANSWER_MOVE, source)));
	EXPECT_EQ(length / PAGE, numbered_pages(area, 0, length / PAGE));
	EXPECT_EQ(length / PAGE, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, area, length));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, source, length));
}

#define EXPECT_MOVE_REFUSED(error, pages, from) \
	EXPECT_REFUSED(error, self->fd, ANSWER(0, (pages) * PAGE, PHYSVM_ANSWER_MOVE, from))

TEST_F(evict, bad_sources)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 4);
	char *normal = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);
	struct physvm_alloc guarded = alloc_args(PAGE, PHYSVM_ALLOC_NORESERVE |
						 PHYSVM_ALLOC_HIGH_GUARD);
	struct physvm_alloc readable = alloc_args(PAGE, PHYSVM_ALLOC_NORESERVE |
						  PHYSVM_ALLOC_COMMIT);

	guarded.flags |= PHYSVM_ALLOC_COMMIT;
	readable.prot = readable.max_prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &guarded));
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &readable));
	ASSERT_NE(NULL, source);
	ASSERT_NE(NULL, normal);
	EXPECT_MOVE_REFUSED(ENOENT, 1, NULL);
	EXPECT_MOVE_REFUSED(ENOENT, 1, self->data);
	EXPECT_MOVE_REFUSED(ENOENT, 1, normal);
	EXPECT_MOVE_REFUSED(ENOENT, 1, self->area);
	EXPECT_MOVE_REFUSED(EACCES, 1, (void *)(uintptr_t)readable.out_addr);
	EXPECT_MOVE_REFUSED(EACCES, 2, (void *)(uintptr_t)guarded.out_addr);
	ASSERT_EQ(0, decommit(self->fd, source + PAGE, PAGE));
	EXPECT_MOVE_REFUSED(ENOENT, 4, source);
	EXPECT_TRUE(page_filled(source, 10));
	EXPECT_EQ(0, unmap(self->fd, source, 4 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, normal, PAGE));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)readable.out_addr, PAGE));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)guarded.out_addr, PAGE));
}

/* A page that a pipe holds moves, and is not given to others before the pipe is empty. */
TEST_F(evict, held_page_moves)
{
	char *source = numbered_source(self->fd, PHYSVM_CACHE_WB, 1);
	struct iovec from = { source, PAGE };
	char got[PAGE];
	int ends[2];

	ASSERT_NE(NULL, source);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(PAGE, vmsplice(ends[1], &from, 1, 0));
	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_MOVE, source));
	EXPECT_TRUE(page_filled(self->area, 10));
	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_EVICT, NULL));
	EXPECT_EQ(1, pool_stat(self->fd).out_quarantined_pages);
	EXPECT_EQ(PAGE, read(ends[0], got, PAGE));
	EXPECT_TRUE(page_filled(got, 10));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, unmap(self->fd, source, PAGE));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_quarantined_pages);
}

TEST_HARNESS_MAIN
