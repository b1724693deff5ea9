// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory calls of KasperskyOS, KosMem: what a malloc family needs of them,
 * and that the pool gets back what they took.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "util.h"

#include <coresrv/vmm/vmm_api.h>
#include <kos/alloc.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define CHUNK_PAGES 16ul	/* what a heap with nothing in it may keep */
#define SLOT_MAX 8192ul		/* what is larger has pages of its own */

/* Before the library is used for the first time. */

static void allocate_without_devices(int fd, const void *arg)
{
	child_need(!chroot("/proc"));
	errno = 0;
	child_need(!KosMemAlloc(1) && errno == ENODEV);
	errno = 0;
	child_need(!KosMemAlloc(SLOT_MAX + 1) && errno == ENODEV);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_without_devices, -1, NULL)));
}

static void allocate_as_nobody(int fd, const void *arg)
{
	child_need(!setuid(65534));
	if (!access(PHYSVM_DEVICE, R_OK | W_OK))
		return;
	errno = 0;
	child_need(!KosMemZalloc(1) && errno == EPERM);
}

TEST(no_permission)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_as_nobody, -1, NULL)));
}

static void allocate_without_descriptors(int fd, const void *arg)
{
	struct rlimit none = { 0, 0 };

	child_need(!setrlimit(RLIMIT_NOFILE, &none));
	errno = 0;
	child_need(!KosMemAllocEx(1, 1, 0) && errno == EMFILE);
}

TEST(no_descriptor_left)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_without_descriptors, -1, NULL)));
}

/* From here on the library has its descriptor, and each test an empty heap. */

FIXTURE(kosmem)
{
	int fd;			/* of our own */
	uint64_t total;		/* pages in the pool */
};

FIXTURE_SETUP(kosmem)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(rcInvalidArgument, KnVmUnmap((void *)PAGE, PAGE));
	self->total = pool_stat(self->fd).out_total_pages;
}

FIXTURE_TEARDOWN(kosmem)
{
}

static uint64_t used_pages(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

static bool aligned(const void *ptr, size_t align)
{
	return ptr && !((uintptr_t)ptr & (align - 1));
}

static int allocate_error(size_t size, size_t align)
{
	errno = 0;
	return KosMemAllocEx(size, align, 0) ? 0 : errno;
}

/* The errno of freeing something, which it has to leave alone if it can. */
static int free_error(const void *ptr)
{
	errno = 0;
	KosMemFree((void *)ptr);
	return errno;
}

#define EXPECT_NO_MEMORY(error, size, align) \
	EXPECT_REFUSED(error, self->fd, allocate_error(size, align))

TEST_F(kosmem, null)
{
	struct traces before = traces(self->fd);

	EXPECT_EQ(0, free_error(NULL));
	EXPECT_EQ(0, KosMemGetSize(NULL));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(kosmem, size_zero)
{
	void *a = KosMemAlloc(0), *b = KosMemZalloc(0), *c = KosMemAllocEx(0, 1 << 20, 0);

	EXPECT_TRUE(aligned(a, 16));
	EXPECT_TRUE(aligned(b, 16));
	EXPECT_TRUE(aligned(c, 1 << 20));
	EXPECT_NE(a, b);
	EXPECT_EQ(0, free_error(a));
	EXPECT_EQ(0, free_error(b));
	EXPECT_EQ(0, free_error(c));
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

TEST_F(kosmem, every_size_can_be_used)
{
	size_t size, pages;

	for (size = 1; size < 12000; size += size < 300 ? 1 : 37) {
		unsigned char *ptr = KosMemAlloc(size);

		ASSERT_TRUE(aligned(ptr, 16));
		ASSERT_LE(size, KosMemGetSize(ptr));
		ASSERT_GE(size + size / 4 + PAGE, KosMemGetSize(ptr));
		memset(ptr, 0xee, KosMemGetSize(ptr));
		ASSERT_EQ(0, free_error(ptr));
	}
	for (pages = 4; pages < 2000; pages *= 3) {
		unsigned char *ptr = KosMemAlloc(pages * PAGE - 1);

		ASSERT_EQ(pages * PAGE, KosMemGetSize(ptr));
		number_pages((char *)ptr, pages);
		ASSERT_EQ(0, free_error(ptr));
	}
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

/* What the manual says of the memory: READ, WRITE, COMMIT, LOCKED. */
static void expect_locked(struct __test_metadata *_metadata, int fd, const char *ptr, size_t pages)
{
	struct physvm_query page = query(fd, ptr);

	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, page.out_state);
	EXPECT_EQ(PROT_READ | PROT_WRITE, page.out_prot);
	EXPECT_EQ(PHYSVM_CACHE_WB, page.out_cache);
	EXPECT_NE(0, page.out_alloc_flags & PHYSVM_ALLOC_COMMIT);
	EXPECT_NE(0, page.out_alloc_flags & PHYSVM_ALLOC_POPULATE);
	EXPECT_STREQ("KosMem", (const char *)page.out_label);
	EXPECT_EQ(pages, resident_pages(ptr, pages));
}

TEST_F(kosmem, memory_is_there_before_it_is_touched)
{
	char *large = KosMemAlloc(100 * PAGE), *page = KosMemAllocEx(PAGE, PAGE, 0);

	expect_locked(_metadata, self->fd, large, 100);
	expect_locked(_metadata, self->fd, page, 1);
}

TEST_F(kosmem, alignments)
{
	static const size_t sizes[] = { 1, 100, PAGE, PAGE + 1, SLOT_MAX, SLOT_MAX + 1, 100000 };
	void *made[3 * ARRAY_SIZE(sizes)];
	size_t align, i, size;

	for (align = 1; align <= 1ul << 30; align *= 2) {
		/* The first of its size is at the beginning of a page anyway. */
		for (i = 0; i < ARRAY_SIZE(made); i++) {
			size = sizes[i % ARRAY_SIZE(sizes)];
			made[i] = KosMemAllocEx(size, align, 0);
			ASSERT_TRUE(aligned(made[i], align));
			ASSERT_LE(size, KosMemGetSize(made[i]));
			memset(made[i], 1, size);
		}
		for (i = 0; i < ARRAY_SIZE(made); i++)
			ASSERT_EQ(0, free_error(made[i]));
	}
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

/* Addresses are cheap, the pool's pages are not. */
TEST_F(kosmem, alignment_costs_no_pages)
{
	void *ptr = KosMemAllocEx(3 * PAGE, 1ul << 30, 0);

	EXPECT_TRUE(aligned(ptr, 1ul << 30));
	EXPECT_EQ(3, used_pages(self->fd));
	EXPECT_EQ(0, free_error(ptr));
	EXPECT_EQ(0, used_pages(self->fd));
}

TEST_F(kosmem, bad_alignment)
{
	EXPECT_NO_MEMORY(EINVAL, 100, 0);
	EXPECT_NO_MEMORY(EINVAL, 100, 3);
	EXPECT_NO_MEMORY(EINVAL, 100, PAGE + 16);
	EXPECT_NO_MEMORY(EINVAL, 100, -1ul);
}

TEST_F(kosmem, sizes_that_overflow)
{
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX, 1);
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX - 15, 16);
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX - PAGE + 1, PAGE);
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX / 2, 1);
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX / 2 - PAGE, 1);
	EXPECT_NO_MEMORY(ENOMEM, SIZE_MAX / 2 - 2 * PAGE, 1ul << 63);
	EXPECT_NO_MEMORY(ENOMEM, 1, 1ul << 63);
	EXPECT_NO_MEMORY(ENOMEM, 1, 1ul << 50);
}

TEST_F(kosmem, more_than_the_pool)
{
	EXPECT_NO_MEMORY(ENOMEM, (self->total + 1) * PAGE, 1);
	EXPECT_NO_MEMORY(ENOMEM, (self->total + 1) * PAGE, 4 * PAGE);
}

static bool bytes_are(const unsigned char *ptr, unsigned char value, size_t size)
{
	while (size && ptr[size - 1] == value)
		size--;
	return !size;
}

TEST_F(kosmem, zeroed_also_where_something_was)
{
	size_t size;

	for (size = 1; size < 3 * SLOT_MAX; size += size / 3 + 1) {
		unsigned char *dirty = KosMemAlloc(size), *clean;
		size_t usable = KosMemGetSize(dirty);

		ASSERT_NE(NULL, dirty);
		memset(dirty, 0xdd, usable);
		KosMemFree(dirty);
		clean = size & 1 ? KosMemZalloc(size) : KosMemAllocEx(size, 16, 1);
		if (size <= SLOT_MAX)
			ASSERT_EQ(dirty, clean);
		ASSERT_TRUE(bytes_are(clean, 0, usable));
		KosMemFree(clean);
	}
}

/* What goes back, and what is kept. */

TEST_F(kosmem, large_goes_back_at_once)
{
	void *ptr = KosMemAlloc(100 * PAGE);

	EXPECT_EQ(100, used_pages(self->fd));
	EXPECT_EQ(0, free_error(ptr));
	EXPECT_EQ(0, used_pages(self->fd));
}

TEST_F(kosmem, one_chunk_is_kept)
{
	void *ptr[1000];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ptr); i++)
		ASSERT_NE(NULL, ptr[i] = KosMemAlloc(PAGE));
	EXPECT_LE(ARRAY_SIZE(ptr), used_pages(self->fd));
	EXPECT_GE(ARRAY_SIZE(ptr) + ARRAY_SIZE(ptr) / 10 + CHUNK_PAGES, used_pages(self->fd));
	for (i = 0; i < ARRAY_SIZE(ptr); i++)
		ASSERT_EQ(0, free_error(ptr[i]));
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
}

TEST_F(kosmem, the_kept_chunk_serves_any_size)
{
	size_t size;

	for (size = 1; size <= SLOT_MAX; size *= 2) {
		void *ptr = KosMemAlloc(size);

		EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
		EXPECT_EQ(0, free_error(ptr));
	}
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

/* Takes all but a few pages of the pool away. */
static bool leave_pages(int fd, uint64_t pages)
{
	uint64_t free = settled_pool_stat(fd).out_free_pages;

	return alloc_map(fd, (free - pages) * PAGE, 0);
}

TEST_F(kosmem, the_kept_chunk_goes_when_the_pool_is_short)
{
	char *ptr;

	KosMemFree(KosMemAlloc(1));
	ASSERT_EQ(CHUNK_PAGES, used_pages(self->fd));
	ASSERT_TRUE(leave_pages(self->fd, 0));
	ptr = KosMemAlloc(CHUNK_PAGES * PAGE);
	ASSERT_NE(NULL, ptr);
	number_pages(ptr, CHUNK_PAGES);
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(ENOMEM, allocate_error(1, 1));
	EXPECT_EQ(CHUNK_PAGES, numbered_pages(ptr, 0, CHUNK_PAGES));
	EXPECT_EQ(0, free_error(ptr));
	EXPECT_EQ(CHUNK_PAGES, settled_pool_stat(self->fd).out_free_pages);
}

/* Allocations of @size until there are no more, in a list through them. */
static size_t fill(size_t size, void ***list)
{
	size_t count = 0;
	void **made;

	while ((made = KosMemAlloc(size))) {
		memset(made, 0xab, size);
		*made = *list;
		*list = made;
		count++;
	}
	return count;
}

static size_t empty(void **list)
{
	size_t count = 0;

	while (list) {
		void **next = *list;

		if (free_error(list))
			break;
		list = next;
		count++;
	}
	return count;
}

TEST_F_TIMEOUT(kosmem, small_pool_exhausted, PATIENCE)
{
	void **large = NULL, **small = NULL;
	size_t larges, smalls, again;

	ASSERT_TRUE(leave_pages(self->fd, 500));
	larges = fill(30 * PAGE, &large);
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(500 / 30, larges);
	smalls = fill(1000, &small);
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(500 % 30 / CHUNK_PAGES * (CHUNK_PAGES * PAGE / 1024 - 1), smalls);
	EXPECT_NO_MEMORY(ENOMEM, 30 * PAGE, 1);
	EXPECT_NO_MEMORY(ENOMEM, 1000, 1);

	EXPECT_EQ(larges, empty(large));
	large = NULL;
	again = fill(30 * PAGE, &large);
	EXPECT_EQ(larges, again);
	EXPECT_EQ(again, empty(large));
	EXPECT_EQ(smalls, empty(small));
	EXPECT_EQ(500 - CHUNK_PAGES, settled_pool_stat(self->fd).out_free_pages);
}

/* Pointers that are none of ours. */

#define EXPECT_FOREIGN(ptr) \
	do { \
		const void *__ptr = (ptr); \
		EXPECT_EQ(0, KosMemGetSize(__ptr)); \
		EXPECT_REFUSED(EINVAL, self->fd, free_error(__ptr)); \
	} while (0)

TEST_F(kosmem, foreign_pointers)
{
	char *small = KosMemAlloc(100), *large = KosMemAlloc(9 * PAGE);
	static char data[PAGE];
	char local[100];
	char *region = KnVmAllocate(RTL_NULL, PAGE, VMM_FLAG_RESERVE | VMM_FLAG_READ);

	EXPECT_FOREIGN(data);
	EXPECT_FOREIGN(local);
	EXPECT_FOREIGN(region);
	EXPECT_FOREIGN((void *)1);
	EXPECT_FOREIGN((void *)-1ul);
	EXPECT_FOREIGN(small + 1);
	EXPECT_FOREIGN(small + 16);
	EXPECT_FOREIGN(small + KosMemGetSize(small));
	EXPECT_FOREIGN(large + 1);
	EXPECT_FOREIGN(large + PAGE);
	EXPECT_FOREIGN(large - 1);
	EXPECT_FOREIGN(large + 9 * PAGE);
	EXPECT_EQ(112, KosMemGetSize(small));
	EXPECT_EQ(9 * PAGE, KosMemGetSize(large));
}

/* The end of a chunk is the allocator's own. */
TEST_F(kosmem, nothing_in_a_chunk_is_ours_but_slots_in_use)
{
	char *slot = KosMemAlloc(SLOT_MAX);
	size_t offset;

	for (offset = 1; offset < CHUNK_PAGES * PAGE; offset++) {
		ASSERT_EQ(0, KosMemGetSize(slot + offset));
		ASSERT_EQ(EINVAL, free_error(slot + offset));
	}
	EXPECT_EQ(SLOT_MAX, KosMemGetSize(slot));
}

TEST_F(kosmem, freed_twice)
{
	char *kept = KosMemAlloc(100), *small = KosMemAlloc(100), *large = KosMemAlloc(9 * PAGE);

	KosMemFree(small);
	KosMemFree(large);
	EXPECT_FOREIGN(small);
	EXPECT_FOREIGN(large);
	EXPECT_EQ(small, KosMemAlloc(100));
	EXPECT_EQ(112, KosMemGetSize(kept));
}

/* Histories. */

struct thing {
	unsigned char *ptr;
	size_t size;
	unsigned char stamp;
};

static uint64_t rng_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 16;
}

/* Mostly small, now and then some pages. */
static size_t random_size(uint64_t *rng)
{
	static const size_t limits[] = { 32, 200, 200, 1000, 1000, SLOT_MAX, SLOT_MAX, 100000 };

	return rng_next(rng) % (limits[rng_next(rng) % ARRAY_SIZE(limits)] + 1);
}

static bool make(struct thing *thing, uint64_t *rng)
{
	size_t align = 1ul << rng_next(rng) % (rng_next(rng) % 16 ? 8 : 20);
	bool zeroed = rng_next(rng) % 2;

	thing->size = random_size(rng);
	thing->stamp = rng_next(rng);
	thing->ptr = KosMemAllocEx(thing->size, align, zeroed);
	if (!aligned(thing->ptr, align) || KosMemGetSize(thing->ptr) < thing->size)
		return false;
	if (zeroed && !bytes_are(thing->ptr, 0, KosMemGetSize(thing->ptr)))
		return false;
	memset(thing->ptr, thing->stamp, thing->size);
	return true;
}

static bool unmake(struct thing *thing)
{
	bool intact = bytes_are(thing->ptr, thing->stamp, thing->size);

	intact = intact && !free_error(thing->ptr);
	thing->ptr = NULL;
	return intact;
}

#define THINGS 300

/* Makes things, and frees those it meets, as often as told. */
static bool live(struct thing *things, size_t steps, uint64_t rng)
{
	while (steps--) {
		struct thing *thing = &things[rng_next(&rng) % THINGS];

		if (!(thing->ptr ? unmake(thing) : make(thing, &rng)))
			return false;
	}
	return true;
}

static bool free_all(struct thing *things)
{
	size_t i;

	for (i = 0; i < THINGS; i++)
		if (things[i].ptr && !unmake(&things[i]))
			return false;
	return true;
}

TEST_F_TIMEOUT(kosmem, random_histories, PATIENCE)
{
	struct thing things[THINGS] = {};
	uint64_t seed;

	for (seed = 1; seed <= rounds_of(5); seed++) {
		TH_LOG("seed %lu", seed);
		ASSERT_TRUE(live(things, 3000, seed * 0x9e3779b97f4a7c15));
		ASSERT_TRUE(free_all(things));
		EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
	}
}

#define WORKERS 4

static void *worker(void *arg)
{
	struct thing *things = calloc(THINGS, sizeof(*things));
	uint64_t seed = (uintptr_t)arg * 0x9e3779b97f4a7c15;
	bool right = live(things, 2000, seed) && free_all(things);

	free(things);
	return (void *)(uintptr_t)right;
}

/* How many of them ended well. */
static size_t join(pthread_t *threads)
{
	size_t i, right = 0;
	void *result;

	for (i = 0; i < WORKERS; i++)
		if (!pthread_join(threads[i], &result))
			right += (uintptr_t)result;
	return right;
}

TEST_F_TIMEOUT(kosmem, threads_with_histories, PATIENCE)
{
	pthread_t threads[WORKERS];
	uintptr_t i;

	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, worker, (void *)(i + 1)));
	EXPECT_EQ(WORKERS, join(threads));
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

/* Whoever finds something in a place frees it, whoever made it. */
static struct {
	size_t *place[100];
	bool stop;
} market;

static bool trade(uint64_t *rng)
{
	size_t size = sizeof(size_t) + random_size(rng);
	size_t *mine = KosMemAlloc(size), *theirs;

	if (!mine)
		return false;
	*mine = size;
	theirs = __atomic_exchange_n(&market.place[rng_next(rng) % ARRAY_SIZE(market.place)],
				     mine, __ATOMIC_ACQ_REL);
	if (!theirs)
		return true;
	return *theirs <= KosMemGetSize(theirs) && !free_error(theirs);
}

static void *trader(void *arg)
{
	uint64_t rng = (uintptr_t)arg * 0x9e3779b97f4a7c15;
	unsigned int rounds;

	for (rounds = rounds_of(3000); rounds; rounds--)
		if (!trade(&rng))
			return NULL;
	return (void *)1;
}

TEST_F_TIMEOUT(kosmem, threads_free_what_others_made, PATIENCE)
{
	pthread_t threads[WORKERS];
	uintptr_t i;

	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, trader, (void *)(i + 1)));
	EXPECT_EQ(WORKERS, join(threads));
	for (i = 0; i < ARRAY_SIZE(market.place); i++)
		EXPECT_EQ(0, free_error(market.place[i]));
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

/* fork(2). */

struct inheritance {
	char *small;
	char *large;
};

static void live_without_it(int fd, const void *arg)
{
	const struct inheritance *parents = arg;
	char *own;

	child_need(read_signal(parents->small) == SIGSEGV);
	child_need(!KosMemGetSize(parents->small) && free_error(parents->small) == EINVAL);
	child_need(!KosMemGetSize(parents->large) && free_error(parents->large) == EINVAL);
	own = KosMemZalloc(100);
	child_need(own && bytes_are((void *)own, 0, 100) && !free_error(own));
	own = KosMemAlloc(9 * PAGE);
	child_need(own && !free_error(own));
}

TEST_F(kosmem, child_begins_with_an_empty_heap)
{
	struct inheritance mine = { KosMemAlloc(100), KosMemAlloc(9 * PAGE) };
	char *freed = KosMemAlloc(5000);

	KosMemFree(freed);
	strcpy(mine.small, "parent's");
	EXPECT_TRUE(child_succeeded(child_start(live_without_it, -1, &mine)));
	EXPECT_STREQ("parent's", mine.small);
	EXPECT_EQ(freed, KosMemAlloc(5000));
	EXPECT_EQ(0, free_error(mine.small));
	EXPECT_EQ(0, free_error(mine.large));
}

static void *churn(void *arg)
{
	while (!__atomic_load_n(&market.stop, __ATOMIC_RELAXED))
		KosMemFree(KosMemAlloc(100));
	return (void *)1;
}

static void allocate_in_time(int fd, const void *arg)
{
	alarm(60);
	child_need(!free_error(KosMemAlloc(100)));
}

TEST_F_TIMEOUT(kosmem, fork_while_threads_allocate, PATIENCE)
{
	pthread_t threads[WORKERS];
	size_t i;

	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, churn, NULL));
	for (i = 0; i < 30; i++)
		EXPECT_TRUE(child_succeeded(child_start(allocate_in_time, -1, NULL)));
	__atomic_store_n(&market.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(WORKERS, join(threads));
	EXPECT_EQ(CHUNK_PAGES, used_pages(self->fd));
}

TEST_HARNESS_MAIN
