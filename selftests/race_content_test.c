// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is decommitted is gone: whatever is found in a page later has been
 * written later. Writers number what they write and say how far they are; who
 * decommits notes that before, and finds nothing of it afterwards.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "touch.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define WRITERS 2
#define SECONDS 2
#define LONGEST_PART 40
#define PAGE_WORDS (PAGE / sizeof(long))
/* Those of a page that are written and looked at. */
#define WORDS 4

struct progress {
	unsigned long written[WRITERS];
};

/* Shared with children. */
static struct crew {
	int fd;
	char *area;
	size_t pages;
	size_t longest;
	volatile size_t hot;
	volatile bool stop;
	volatile unsigned long wrong;
	volatile unsigned long found;
	volatile unsigned long rounds;
	volatile struct progress progress;
} *crew;

static void count(volatile unsigned long *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static volatile unsigned long *word(size_t page, size_t index)
{
	return (volatile unsigned long *)(crew->area + page * PAGE) +
	       index * (PAGE_WORDS / WORDS);
}

/* A writer and the number of what it writes. */
#define WRITER_SHIFT 56

static unsigned long value_of(size_t writer, unsigned long number)
{
	return (writer + 1) << WRITER_SHIFT | number;
}

/* Was it written before the progress was noted? Zero was not written. */
static bool is_old(unsigned long value, const struct progress *noted)
{
	const size_t writer = (value >> WRITER_SHIFT) - 1;
	const unsigned long number = value & ((1ul << WRITER_SHIFT) - 1);

	return value && (writer >= WRITERS || number <= noted->written[writer]);
}

/* Half of it where things change. */
static size_t random_page(unsigned int *seed)
{
	const size_t random = rand_r(seed);

	return (random % 2 ? crew->hot + random / 2 % LONGEST_PART : random / 2) % crew->pages;
}

static void *write_numbers(void *arg)
{
	const size_t writer = (size_t)arg;
	unsigned int seed = writer + 1;
	unsigned long number;

	for (number = 1; !crew->stop; number++) {
		try_store(word(random_page(&seed), rand_r(&seed) % WORDS),
			  value_of(writer, number));
		crew->progress.written[writer] = number;
	}
	return NULL;
}

/* Changing. */

struct part {
	size_t first;
	size_t pages;
};

static struct part random_part(unsigned int *seed)
{
	struct part part = { 0, crew->pages };
	size_t left;

	if (crew->longest >= crew->pages)
		return part;
	part.first = rand_r(seed) % crew->pages;
	left = crew->pages - part.first;
	part.pages = 1 + rand_r(seed) % (left < crew->longest ? left : crew->longest);
	return part;
}

/* Another process may have taken the page back meanwhile. */
static void look_at(size_t page, const struct progress *noted)
{
	unsigned long value = 0;
	size_t index;

	for (index = 0; index < WORDS; index++) {
		if (try_load(word(page, index), &value))
			continue;
		if (is_old(value, noted))
			count(&crew->wrong);
		else if (value)
			count(&crew->found);
	}
}

static void look_at_part(struct part part, unsigned int *seed, const struct progress *noted)
{
	int i;

	look_at(part.first, noted);
	look_at(part.first + part.pages - 1, noted);
	for (i = 0; i < 6; i++)
		look_at(part.first + rand_r(seed) % part.pages, noted);
}

static void change_part(struct part part, unsigned int *seed, uint32_t flags)
{
	char *addr = crew->area + part.first * PAGE;
	struct progress noted;

	crew->hot = part.first;
	noted = crew->progress;
	if (decommit(crew->fd, addr, part.pages * PAGE) ||
	    range_call(crew->fd, PHYSVM_COMMIT, flags, addr, part.pages * PAGE))
		count(&crew->wrong);
	look_at_part(part, seed, &noted);
	count(&crew->rounds);
}

/* Each part a few times, so that touches of what is new meet the next. */
static void change(unsigned int *seed, uint32_t flags)
{
	const struct part part = random_part(seed);
	int times;

	for (times = 0; times < 10; times++)
		change_part(part, seed, flags);
}

FIXTURE(contents) {
	int fd;
	pthread_t writers[WRITERS];
	time_t end;
};

FIXTURE_VARIANT(contents) {
	size_t pages;
	size_t longest;
};

/* Pages put in by the module; pages of blocks with holes; PMDs come and go. */
FIXTURE_VARIANT_ADD(contents, small) { 60, LONGEST_PART };
FIXTURE_VARIANT_ADD(contents, parts) { 2 * BLOCK / PAGE, LONGEST_PART };
FIXTURE_VARIANT_ADD(contents, whole) { BLOCK / PAGE, BLOCK / PAGE };

FIXTURE_SETUP(contents)
{
	size_t i;

	OPEN_DEVICE_OR_SKIP(self->fd);
	catch_faults();
	crew = mmap(NULL, sizeof(*crew), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, crew);
	crew->fd = self->fd;
	crew->pages = variant->pages;
	crew->longest = variant->longest;
	crew->area = alloc_map(self->fd, crew->pages * PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_NE(NULL, crew->area);
	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_create(&self->writers[i], NULL, write_numbers, (void *)i));
	self->end = time(NULL) + SECONDS;
}

FIXTURE_TEARDOWN(contents)
{
	size_t i;

	crew->stop = true;
	for (i = 0; i < WRITERS; i++)
		pthread_join(self->writers[i], NULL);
	TH_LOG("%lu rounds, %lu times something new", crew->rounds, crew->found);
	EXPECT_EQ(0, crew->wrong);
	EXPECT_GT(crew->rounds, 5);
	EXPECT_EQ(0, unmap(self->fd, crew->area, crew->pages * PAGE));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/*
 * Catches: pages counted as zero that are not, mappings and translations that
 * outlive a decommit, contents counted as live that were forgotten.
 */
TEST_F_TIMEOUT(contents, decommit_and_commit, PATIENCE)
{
	unsigned int seed = 1;

	while (time(NULL) < self->end)
		change(&seed, 0);
}

/* Catches: populating that zeroes, or counts as live, what others decommit. */
TEST_F_TIMEOUT(contents, decommit_and_populate, PATIENCE)
{
	unsigned int seed = 2;

	while (time(NULL) < self->end)
		change(&seed, PHYSVM_COMMIT_POPULATE);
}

static void change_in_child(int fd, const void *arg)
{
	unsigned int seed = getpid();

	change(&seed, 0);
}

/*
 * The mappings of several processes, copied while they change. Catches: a
 * mapping that a decommit by another process does not find.
 */
TEST_F_TIMEOUT(contents, fork_and_decommit, PATIENCE)
{
	unsigned int seed = 3;
	pid_t child;

	while (time(NULL) < self->end) {
		child = child_start(change_in_child, self->fd, NULL);
		change(&seed, 0);
		EXPECT_TRUE(child_succeeded(child));
	}
}

TEST_HARNESS_MAIN
