// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that fault while others change what they fault on. A touch gives
 * SIGSEGV or the right page: with zeroes, or with what was written to it since.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define WORKERS 3
#define SECONDS 2
#define ROUNDS 40
#define RW (PROT_READ | PROT_WRITE)

/* The words of a page: one for all workers, one for each, one for the changer. */
enum { COMMON, OWN, CHANGERS = OWN + WORKERS };

#define FAULTED 0xfa17ed00fa17ed00ul

/*
 * What the threads of a test share; each test is a process of its own. Half of
 * all touches are from page @hot on, where things change.
 */
static struct {
	int fd;
	char *area;
	size_t pages;
	volatile size_t hot;
	volatile bool stop;
	volatile unsigned long wrong;
	volatile unsigned long granted;
	volatile unsigned long refused;
} crew;

static volatile unsigned long *word(size_t page, unsigned int index)
{
	return (volatile unsigned long *)(crew.area + page * PAGE) + index;
}

static unsigned long stamp(size_t page)
{
	return 0x5afe000000000000ul + page;
}

static void count(volatile unsigned long *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static void expect(bool right)
{
	if (!right)
		count(&crew.wrong);
}

/* Touches that may fault, in any thread. */

static __thread sigjmp_buf jump;

static void on_fault(int signal)
{
	siglongjmp(jump, signal);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static unsigned long load(const volatile unsigned long *from)
{
	unsigned long value;

	if (sigsetjmp(jump, 0)) {
		count(&crew.refused);
		return FAULTED;
	}
	value = *from;
	count(&crew.granted);
	return value;
}

static bool store(volatile unsigned long *to, unsigned long value)
{
	if (sigsetjmp(jump, 0)) {
		count(&crew.refused);
		return false;
	}
	*to = value;
	count(&crew.granted);
	return true;
}

/* Runs @work in some threads and @change in this one, if there is one. */
static bool run(void *(*work)(void *arg), void (*change)(void))
{
	pthread_t threads[WORKERS];
	size_t i;

	for (i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return false;
	if (change)
		change();
	crew.stop = true;
	for (i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	return true;
}

FIXTURE(threads) {
	int fd;
};

FIXTURE_VARIANT(threads) {
	size_t pages;
};

FIXTURE_VARIANT_ADD(threads, small) { .pages = 40 };
FIXTURE_VARIANT_ADD(threads, huge) { .pages = 2 * BLOCK / PAGE + 20 };

static bool alloc_area(void)
{
	crew.area = alloc_map(crew.fd, crew.pages * PAGE,
			      PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_DONTFORK);
	return crew.area;
}

static int unmap_area(void)
{
	return unmap(crew.fd, crew.area, crew.pages * PAGE);
}

FIXTURE_SETUP(threads)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	crew.fd = self->fd;
	crew.pages = variant->pages;
	catch_faults();
	ASSERT_TRUE(alloc_area());
}

FIXTURE_TEARDOWN(threads)
{
	TH_LOG("%lu granted, %lu refused", crew.granted, crew.refused);
	EXPECT_EQ(0u, crew.wrong);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* First touches at the same time. */

static pthread_barrier_t start;

static void *count_on_every_page(void *arg)
{
	size_t page;

	pthread_barrier_wait(&start);
	for (page = 0; page < crew.pages; page++)
		__sync_fetch_and_add(word(page, COMMON), 1);
	return NULL;
}

static void *stamp_every_few_pages(void *arg)
{
	size_t page;

	pthread_barrier_wait(&start);
	for (page = (size_t)arg; page < crew.pages; page += WORKERS)
		expect(!*word(page, COMMON) && store(word(page, COMMON), stamp(page)));
	return NULL;
}

/* Each round in an area of its own, or nothing would be touched first. */
static void touch_first(struct __test_metadata *_metadata,
			void *(*work)(void *arg), unsigned long (*value)(size_t page))
{
	size_t page;
	int round;

	pthread_barrier_init(&start, NULL, WORKERS);
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(run(work, NULL));
		for (page = 0; page < crew.pages; page++)
			ASSERT_EQ(value(page), *word(page, COMMON));
		ASSERT_EQ(0, unmap_area());
		ASSERT_TRUE(alloc_area());
	}
	ASSERT_EQ(0, unmap_area());
}

static unsigned long all_workers(size_t page)
{
	return WORKERS;
}

TEST_F_TIMEOUT(threads, touch_the_same_pages, PATIENCE)
{
	touch_first(_metadata, count_on_every_page, all_workers);
}

TEST_F_TIMEOUT(threads, touch_different_pages, PATIENCE)
{
	touch_first(_metadata, stamp_every_few_pages, stamp);
}

/* Touches while pages come and go. */

static size_t random_page(unsigned int *seed)
{
	const size_t random = rand_r(seed);

	return (random % 2 ? crew.hot + random / 2 % 8 : random / 2) % crew.pages;
}

static void *stamp_at_random(void *arg)
{
	unsigned int seed = (size_t)arg;

	while (!crew.stop) {
		size_t page = random_page(&seed);
		unsigned long value = load(word(page, COMMON));

		expect(!value || value == FAULTED || value == stamp(page));
		store(word(page, COMMON), stamp(page));
	}
	return NULL;
}

/* A process whose pages must not turn up in ours, nor ours in its. */
static void be_a_stranger(int fd, const void *arg)
{
	const size_t length = crew.pages * PAGE;
	char *area;

	for (;;) {
		area = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
		child_need(area && all_zero(area, length));
		memset(area, 0xbd, length);
		child_need(!unmap(fd, area, length));
	}
}

static bool timed_out(void)
{
	static time_t end;

	if (!end)
		end = time(NULL) + SECONDS;
	return time(NULL) >= end;
}

struct part {
	size_t first;
	size_t pages;
};

static struct part random_part(unsigned int *seed)
{
	struct part part = { .first = rand_r(seed) % crew.pages };
	size_t left = crew.pages - part.first;

	part.pages = 1 + rand_r(seed) % (left < 40 ? left : 40);
	return part;
}

static void mark(struct part part)
{
	store(word(part.first, CHANGERS), 42);
	store(word(part.first + part.pages - 1, CHANGERS), 42);
}

static void expect_marks(struct part part, unsigned long value)
{
	expect(load(word(part.first, CHANGERS)) == value);
	expect(load(word(part.first + part.pages - 1, CHANGERS)) == value);
}

/* Over and over, so that touches of what was just committed meet the next. */
static void decommit_and_commit_part(struct part part)
{
	char *addr = crew.area + part.first * PAGE;
	int times;

	for (times = 0; times < 50; times++) {
		mark(part);
		expect(!decommit(crew.fd, addr, part.pages * PAGE));
		expect_marks(part, FAULTED);
		expect(!commit(crew.fd, addr, part.pages * PAGE));
		expect_marks(part, 0);
	}
}

static void decommit_and_commit(void)
{
	unsigned int seed = 1;

	while (!timed_out()) {
		struct part part = random_part(&seed);

		crew.hot = part.first;
		decommit_and_commit_part(part);
	}
}

static void unmap_and_alloc(void)
{
	unsigned int seed = 2;

	while (!timed_out()) {
		struct part part = random_part(&seed);

		mark(part);
		expect(!unmap_area());
		expect_marks(part, FAULTED);
		expect(alloc_at(crew.fd, crew.area, crew.pages * PAGE, PHYSVM_ALLOC_COMMIT));
		expect_marks(part, 0);
	}
}

static void run_with_stranger(struct __test_metadata *_metadata, void (*change)(void))
{
	pid_t stranger = child_start(be_a_stranger, crew.fd, NULL);

	ASSERT_TRUE(run(stamp_at_random, change));
	EXPECT_TRUE(child_kill(stranger));
	EXPECT_GT(crew.granted, 100);
	EXPECT_GT(crew.refused, 10);
	EXPECT_EQ(0, unmap_area());
}

TEST_F_TIMEOUT(threads, touch_what_is_decommitted, PATIENCE)
{
	run_with_stranger(_metadata, decommit_and_commit);
}

TEST_F_TIMEOUT(threads, touch_what_is_unmapped, PATIENCE)
{
	run_with_stranger(_metadata, unmap_and_alloc);
}

/* Protection loses nothing: what was stored is what is loaded. */
static void *count_in_own_words(void *arg)
{
	const unsigned int own = OWN + (size_t)arg;
	unsigned long *stored = calloc(crew.pages, sizeof(*stored));
	unsigned int seed = own;

	while (!crew.stop) {
		size_t page = random_page(&seed);
		unsigned long value = load(word(page, own));

		expect(value == stored[page] || value == FAULTED);
		stored[page] += store(word(page, own), stored[page] + 1);
	}
	free(stored);
	return NULL;
}

static void protect_and_back(void)
{
	const int protections[] = { PROT_READ, RW, PROT_NONE, RW };
	unsigned int seed = 3, i;

	for (i = 0; !timed_out(); i++) {
		struct part part = random_part(&seed);

		expect(!mprotect(crew.area + part.first * PAGE, part.pages * PAGE,
				 protections[i % 4]));
	}
	expect(!mprotect(crew.area, crew.pages * PAGE, RW));
}

TEST_F_TIMEOUT(threads, touch_what_is_protected, PATIENCE)
{
	ASSERT_TRUE(run(count_in_own_words, protect_and_back));
	EXPECT_GT(crew.granted, 100);
	EXPECT_GT(crew.refused, 10);
	EXPECT_EQ(0, unmap_area());
}

/* No page is two owners'. */

struct piece {
	unsigned long *words;
	size_t pages;
};

#define PIECES 20
#define PAGE_WORDS (PAGE / sizeof(long))

static unsigned long owned(const struct piece *piece, size_t page)
{
	return (uintptr_t)piece->words + page * PAGE + (unsigned long)pthread_self() * 31 +
	       ((unsigned long)getpid() << 40);
}

/* The pool may be empty at times. */
static void take(struct piece *piece, unsigned int *seed)
{
	size_t page;

	piece->pages = rand_r(seed) % 10 ? 1 + rand_r(seed) % 40 : BLOCK / PAGE + 3;
	piece->words = (void *)alloc_map(crew.fd, piece->pages * PAGE, PHYSVM_ALLOC_COMMIT);
	count(piece->words ? &crew.granted : &crew.refused);
	for (page = 0; piece->words && page < piece->pages; page++) {
		expect(all_zero(piece->words + page * PAGE_WORDS, PAGE));
		piece->words[page * PAGE_WORDS] = owned(piece, page);
		piece->words[(page + 1) * PAGE_WORDS - 1] = owned(piece, page);
	}
}

static void check_and_give(struct piece *piece)
{
	size_t page;

	for (page = 0; page < piece->pages; page++) {
		expect(piece->words[page * PAGE_WORDS] == owned(piece, page));
		expect(piece->words[(page + 1) * PAGE_WORDS - 1] == owned(piece, page));
	}
	expect(!unmap(crew.fd, piece->words, piece->pages * PAGE));
	piece->words = NULL;
}

static void *take_and_give(void *arg)
{
	struct piece pieces[PIECES] = {};
	unsigned int seed = (size_t)arg + getpid(), i;

	while (!crew.stop) {
		i = rand_r(&seed) % PIECES;
		if (pieces[i].words)
			check_and_give(&pieces[i]);
		else
			take(&pieces[i], &seed);
	}
	for (i = 0; i < PIECES; i++)
		if (pieces[i].words)
			check_and_give(&pieces[i]);
	return NULL;
}

static void wait_for_time(void)
{
	while (!timed_out())
		usleep(10000);
}

static void take_and_give_in_child(int fd, const void *arg)
{
	child_need(run(take_and_give, wait_for_time));
	child_need(!crew.wrong && crew.granted);
}

TEST_F_TIMEOUT(threads, take_and_give_pages, PATIENCE)
{
	pid_t pid = child_start(take_and_give_in_child, self->fd, NULL);

	ASSERT_TRUE(run(take_and_give, wait_for_time));
	EXPECT_TRUE(child_succeeded(pid));
	EXPECT_GT(crew.granted, WORKERS);
	EXPECT_EQ(0, unmap_area());
}

TEST_HARNESS_MAIN
