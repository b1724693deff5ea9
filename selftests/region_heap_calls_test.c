// SPDX-License-Identifier: GPL-2.0-only
/*
 * The malloc family of examples/region_heap.so. The program starts itself once
 * more with it, so here malloc() is the heap's, for the harness as well.
 */
#include "kselftest_harness.h"

#include <malloc.h>
#include <pthread.h>

#include "child.h"
#include "mappings.h"

#define HEAP "examples/region_heap.so"
#define SLOT_MAX 8192ul

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* Behind the one that looks for the pool: constructors run in their order. */
static void __attribute__((constructor)) preload(int argc, char **argv)
{
	char path[4096];

	if (getenv("LD_PRELOAD"))
		return;
	if (!realpath(HEAP, path))
		ksft_exit_skip("no " HEAP " here\n");
	setenv("LD_PRELOAD", path, 1);
	execv("/proc/self/exe", argv);
	ksft_exit_fail_msg("cannot start itself again: %s\n", strerror(errno));
}

FIXTURE(calls)
{
	int fd;
};

FIXTURE_SETUP(calls)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(calls)
{
}

static uint64_t used_pages(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

static bool aligned(const void *memory, size_t align)
{
	return memory && !((uintptr_t)memory & (align - 1));
}

static bool bytes_are(const unsigned char *memory, unsigned char value, size_t size)
{
	return !size || (*memory == value && !memcmp(memory, memory + 1, size - 1));
}

/* Calls the compiler must not see through. */
static void *(*volatile call_malloc)(size_t size) = malloc;
static void *(*volatile call_calloc)(size_t count, size_t size) = calloc;
static void *(*volatile call_realloc)(void *memory, size_t size) = realloc;
static void *(*volatile call_reallocarray)(void *memory, size_t count, size_t size) = reallocarray;
static void *(*volatile call_memalign)(size_t align, size_t size) = memalign;
static void (*volatile call_free)(void *memory) = free;

/* The start of the mapping around @addr if it is physvm's, else 0. */
static unsigned long region_around(const void *addr)
{
	struct mapping mapping;
	const char *line;

	for (line = mappings_text(); *line; line += strcspn(line, "\n") + 1)
		if (mapping_parse(&mapping, line) && mapping.start <= (uintptr_t)addr &&
		    (uintptr_t)addr < mapping.end)
			return strstr(mapping.file, "physvm") ? mapping.start : 0;
	return 0;
}

TEST_F(calls, memory_is_of_a_region)
{
	void *small = call_malloc(10), *large = call_malloc(100000);

	EXPECT_NE(0, region_around(small));
	EXPECT_EQ(region_around(small), region_around(large));
	EXPECT_EQ(0, region_around(&small));
}

TEST_F(calls, every_size)
{
	size_t size;

	for (size = 0; size < 3 * SLOT_MAX; size += size < 300 ? 1 : 41) {
		unsigned char *memory = call_malloc(size);
		size_t usable = malloc_usable_size(memory);

		ASSERT_TRUE(aligned(memory, 16));
		ASSERT_LE(size, usable);
		ASSERT_GE(size + size / 4 + PAGE, usable);
		memset(memory, 0xee, usable);
		call_free(memory);
	}
}

TEST_F(calls, size_zero)
{
	void *a = call_malloc(0), *b = call_malloc(0);

	EXPECT_TRUE(a && b && a != b);
	call_free(a);
	call_free(b);
	call_free(NULL);
	EXPECT_EQ(0, malloc_usable_size(NULL));
}

TEST_F(calls, calloc_is_zero)
{
	static const size_t sizes[] = { 1, 16, 100, 3000, SLOT_MAX, SLOT_MAX + 1, 100000 };
	size_t i, round;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (round = 0; round < 3; round++) {
			unsigned char *memory = call_calloc(sizes[i], 1);

			ASSERT_TRUE(memory && bytes_are(memory, 0, sizes[i]));
			memset(memory, 0xee, sizes[i]);
			call_free(memory);
		}
	}
}

TEST_F(calls, alignments)
{
	static const size_t sizes[] = { 1, 100, 5000, SLOT_MAX, SLOT_MAX + 1, 3 * PAGE };
	uint64_t before = used_pages(self->fd);
	void *made[2 * ARRAY_SIZE(sizes)];
	size_t align, i;

	for (align = 1; align <= 4 * BLOCK; align *= 2) {
		for (i = 0; i < ARRAY_SIZE(made); i++) {
			made[i] = memalign(align, sizes[i / 2]);
			ASSERT_TRUE(aligned(made[i], align));
			memset(made[i], 1, sizes[i / 2]);
		}
		for (i = 0; i < ARRAY_SIZE(made); i++)
			call_free(made[i]);
	}
	/* What lay before and behind is given back: slabs may stay, and a reserve. */
	EXPECT_GT(before + 2048, used_pages(self->fd));
	EXPECT_TRUE(aligned(valloc(1), PAGE));
	EXPECT_TRUE(aligned(aligned_alloc(64, 640), 64));
}

TEST_F(calls, bad_alignments)
{
	void *memory = &memory;

	errno = EBADMSG;
	EXPECT_EQ(EINVAL, posix_memalign(&memory, 0, 1));
	EXPECT_EQ(EINVAL, posix_memalign(&memory, 4, 1));
	EXPECT_EQ(EINVAL, posix_memalign(&memory, 24, 1));
	EXPECT_EQ(ENOMEM, posix_memalign(&memory, 16, SIZE_MAX - PAGE));
	EXPECT_EQ(&memory, memory);
	EXPECT_EQ(0, posix_memalign(&memory, 4096, 1));
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_TRUE(aligned(memory, 4096));
	EXPECT_EQ(NULL, memalign(3, 1));
	EXPECT_EQ(EINVAL, errno);
}

static bool refused(void *memory)
{
	bool right = !memory && errno == ENOMEM;

	errno = 0;
	return right;
}

TEST_F(calls, sizes_that_overflow)
{
	unsigned char *memory = call_malloc(100);

	errno = 0;
	memset(memory, 5, 100);
	EXPECT_TRUE(refused(call_malloc(SIZE_MAX)));
	EXPECT_TRUE(refused(call_malloc((size_t)PTRDIFF_MAX + 1)));
	EXPECT_TRUE(refused(call_malloc(PTRDIFF_MAX)));
	EXPECT_TRUE(refused(call_calloc(SIZE_MAX / 2, 3)));
	EXPECT_TRUE(refused(call_calloc(1ul << 32, 1ul << 32)));
	EXPECT_TRUE(refused(call_reallocarray(memory, 1ul << 33, 1ul << 33)));
	EXPECT_TRUE(refused(call_realloc(memory, SIZE_MAX - 15)));
	EXPECT_TRUE(refused(call_memalign(1ul << 62, 1)));
	EXPECT_TRUE(refused(call_memalign(PAGE, SIZE_MAX - 100)));
	EXPECT_TRUE(bytes_are(memory, 5, 100));
}

TEST_F(calls, realloc_keeps_what_was_there)
{
	static const size_t sizes[] = {
		1, 17, 64, 5000, 100, SLOT_MAX, SLOT_MAX + 1, 300000, 3 * BLOCK, 20000, 9000, 40, 7,
	};
	unsigned char *memory = NULL;
	size_t i, old = 0;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memory = call_realloc(memory, sizes[i]);
		ASSERT_NE(NULL, memory);
		ASSERT_LE(sizes[i], malloc_usable_size(memory));
		ASSERT_TRUE(bytes_are(memory, i, old < sizes[i] ? old : sizes[i]));
		memset(memory, i + 1, sizes[i]);
		old = sizes[i];
	}
	EXPECT_EQ(NULL, call_realloc(memory, 0));
}

/* Pages are given back when memory shrinks, and it stays where it is. */
TEST_F(calls, realloc_in_place)
{
	unsigned char *memory = call_malloc(1000 * PAGE);
	uint64_t before = used_pages(self->fd);

	memset(memory, 5, 1000 * PAGE);
	EXPECT_EQ(memory, call_realloc(memory, 100 * PAGE - 1));
	EXPECT_EQ(100 * PAGE, malloc_usable_size(memory));
	EXPECT_GT(before, used_pages(self->fd) + 300);
	EXPECT_TRUE(bytes_are(memory, 5, 100 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(memory + 100 * PAGE));
}

TEST_F(calls, overrun_faults)
{
	char *memory = call_malloc(10 * PAGE);

	EXPECT_EQ(0, write_signal(memory + 10 * PAGE - 1));
	EXPECT_EQ(SIGSEGV, write_signal(memory + 10 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(memory - 1));
	call_free(memory);
	EXPECT_EQ(SIGSEGV, read_signal(memory));
}

TEST_F(calls, free_of_what_is_not_ours)
{
	static char variable[64];
	char *anonymous = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	errno = EBADMSG;
	call_free(variable + 16);
	call_free(anonymous);
	call_free((void *)-16ul);
	EXPECT_EQ(EBADMSG, errno);
}

/* More than there is, then again something. */
TEST_F_TIMEOUT(calls, out_of_memory, PATIENCE)
{
	const size_t total = pool_stat(self->fd).out_total_pages;
	void *chain = NULL, *next;
	size_t count = 0;

	errno = 0;
	EXPECT_TRUE(refused(call_malloc((total + 1) * PAGE)));
	while ((next = call_malloc(64 * PAGE))) {
		*(void **)next = chain;
		chain = next;
		count++;
	}
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_LT(total / 64 / 2, count);
	for (; chain; chain = next) {
		next = *(void **)chain;
		call_free(chain);
	}
	EXPECT_NE(NULL, call_malloc(64 * PAGE));
}

/* Random histories, also in threads that free each other's memory. */

#define HELD 400
#define ROUNDS 3000
#define THREADS 3

struct holding {
	unsigned char *memory;
	size_t size;
	unsigned char mark;
};

static struct holding shared[HELD];
static unsigned long wrong;

static unsigned long random_number(unsigned long *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t random_size(unsigned long random)
{
	if (random % 64 == 0)
		return random / 64 % 300000;
	return random / 64 % (random % 4 ? 300 : 3 * SLOT_MAX);
}

static void expect(bool right)
{
	if (!right)
		__sync_fetch_and_add(&wrong, 1);
}

static void renew(struct holding *held, unsigned long random)
{
	const size_t size = random_size(random) + 1;
	unsigned char *memory;

	expect(bytes_are(held->memory, held->mark, held->size));
	if (random % 3 == 0) {
		memory = call_realloc(held->memory, size);
		expect(bytes_are(memory, held->mark, held->size < size ? held->size : size));
	} else {
		call_free(held->memory);
		memory = random % 3 == 1 ? call_malloc(size) : call_calloc(1, size);
		expect(random % 3 == 1 || bytes_are(memory, 0, size));
	}
	*held = (struct holding){ memory, size, random };
	memset(memory, held->mark, size);
}

/* Takes one out of the shared ones, and puts another there. */
static struct holding swap(struct holding *held, struct holding *place)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct holding taken;

	pthread_mutex_lock(&lock);
	taken = *place;
	*place = *held;
	pthread_mutex_unlock(&lock);
	return taken;
}

static void *renew_many(void *arg)
{
	unsigned long state = (unsigned long)arg * 7919 + 5;
	struct holding held = {};
	size_t i;

	for (i = 0; i < ROUNDS; i++) {
		held = swap(&held, &shared[random_number(&state) % HELD]);
		renew(&held, random_number(&state));
	}
	call_free(held.memory);
	return NULL;
}

static void check_and_free_shared(void)
{
	size_t i;

	for (i = 0; i < HELD; i++) {
		expect(bytes_are(shared[i].memory, shared[i].mark, shared[i].size));
		call_free(shared[i].memory);
	}
}

TEST_F_TIMEOUT(calls, random_history, PATIENCE)
{
	renew_many(NULL);
	check_and_free_shared();
	EXPECT_EQ(0, wrong);
}

TEST_F_TIMEOUT(calls, random_history_of_threads, PATIENCE)
{
	pthread_t threads[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, renew_many, (void *)i));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check_and_free_shared();
	EXPECT_EQ(0, wrong);
}

static void go_on_alone(int fd, const void *arg)
{
	renew_many((void *)99ul);
	check_and_free_shared();
	child_need(!wrong);
}

/* Each has all of it, and neither sees what the other does. */
TEST_F_TIMEOUT(calls, forked_child_has_a_copy, PATIENCE)
{
	pid_t pid;

	renew_many(NULL);
	pid = child_start(go_on_alone, -1, NULL);
	renew_many((void *)5ul);
	EXPECT_TRUE(child_succeeded(pid));
	check_and_free_shared();
	EXPECT_EQ(0, wrong);
}

static void fork_some(unsigned int depth)
{
	unsigned char *memory = call_malloc(1000);
	pid_t pid;

	memset(memory, depth, 1000);
	pid = depth ? fork() : 0;
	if (!pid) {
		if (depth)
			fork_some(depth - 1);
		child_need(bytes_are(memory, depth, 1000));
		_exit(0);
	}
	child_need(child_succeeded(pid) && bytes_are(memory, depth, 1000));
	call_free(memory);
}

static void fork_in_forks(int fd, const void *arg)
{
	fork_some(4);
}

TEST_F_TIMEOUT(calls, child_of_a_child, PATIENCE)
{
	EXPECT_TRUE(child_succeeded(child_start(fork_in_forks, -1, NULL)));
}

/* Not even a thread's, that was at it when another one forked. */
static void *renew_until_told(void *arg)
{
	while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED))
		renew_many((void *)3ul);
	return NULL;
}

TEST_F_TIMEOUT(calls, fork_while_threads_allocate, PATIENCE)
{
	bool stop = false;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, pthread_create(&thread, NULL, renew_until_told, &stop));
	for (i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(call_malloc(5000) && call_malloc(100000) ? 0 : 1);
		EXPECT_TRUE(child_succeeded(pid));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
