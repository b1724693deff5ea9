// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that touches a page is held for some milliseconds at a chosen place of
 * the fault, and then what it is about to map is changed. The places are those
 * where the module or the core lets go of one lock or relies on another.
 */
#include "kselftest_harness.h"

#include <semaphore.h>

#include "child.h"
#include "delay.h"
#include "touch.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define ROUNDS 3
#define RW (PROT_READ | PROT_WRITE)
#define TOUCHER "toucher"
#define WINDOW "usecs=5000 comm=" TOUCHER " symbol="

/* The page that is touched, and one that is not, far off. */
#define PAGE_TOUCHED 3
#define PAGE_HOLE 100

enum { TOUCHED, OLD };

#define OLD_VALUE 0x01d01d01d01d01d0ul
#define KEPT_VALUE 0x4e974e974e974e97ul

/* Each test is a process of its own. */
static struct {
	int fd;
	char *area;
	size_t pages;
	bool hole;
	unsigned long stamp;
	int signal;
	bool populate;
	sem_t go;
	sem_t done;
} it;

static volatile unsigned long *word_of(char *area, size_t page, unsigned int index)
{
	return (volatile unsigned long *)(area + page * PAGE) + index;
}

static volatile unsigned long *word(unsigned int index)
{
	return word_of(it.area, PAGE_TOUCHED, index);
}

static volatile unsigned long *kept(void)
{
	return word_of(it.area, it.pages - 1, 0);
}

static bool is_whole(void)
{
	return it.pages == BLOCK / PAGE && !it.hole;
}

static size_t length(void)
{
	return it.pages * PAGE;
}

static void touch(void)
{
	if (it.populate)
		it.signal = range_call(it.fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				       it.area + PAGE_TOUCHED * PAGE, PAGE) ? -1 : 0;
	else
		it.signal = try_store(word(TOUCHED), it.stamp);
}

static void *be_the_toucher(void *arg)
{
	delay_name(TOUCHER);
	while (!sem_wait(&it.go)) {
		touch();
		sem_post(&it.done);
	}
	return NULL;
}

/*
 * The kinds of mappings: pages put in by the module; pages of a block mapped by
 * the core, one by one because the block has a hole; a PMD.
 */
FIXTURE(window) {
	int fd;
};

FIXTURE_VARIANT(window) {
	const char *window;
	size_t pages;
	bool hole;
};

#define SMALL .pages = 40
#define PART .pages = BLOCK / PAGE, .hole = true
#define WHOLE .pages = BLOCK / PAGE

/* Nothing looked at so far. */
FIXTURE_VARIANT_ADD(window, small_begins) { WINDOW "fault_handle", SMALL };
FIXTURE_VARIANT_ADD(window, part_begins) { WINDOW "fault_handle", PART };
FIXTURE_VARIANT_ADD(window, whole_begins) { WINDOW "fault_handle", WHOLE };
/* The page is committed; it is going to be zeroed. */
FIXTURE_VARIANT_ADD(window, small_is_committed) { WINDOW "area_make_live", SMALL };
FIXTURE_VARIANT_ADD(window, part_is_committed) { WINDOW "area_make_live", PART };
FIXTURE_VARIANT_ADD(window, whole_is_committed) { WINDOW "area_make_live", WHOLE };
/* It is zero; it is not known to be live. */
FIXTURE_VARIANT_ADD(window, small_is_zero) { WINDOW "block_clean after=1", SMALL };
FIXTURE_VARIANT_ADD(window, part_is_zero) { WINDOW "block_clean after=1", PART };
FIXTURE_VARIANT_ADD(window, whole_is_zero) { WINDOW "block_clean after=1", WHOLE };
/* It is live; it is going to be mapped, by the core after the handler has returned. */
FIXTURE_VARIANT_ADD(window, small_is_live) { WINDOW "vm_insert_pages", SMALL };
FIXTURE_VARIANT_ADD(window, part_is_live) { WINDOW "finish_fault", PART };
FIXTURE_VARIANT_ADD(window, whole_is_live) { WINDOW "finish_fault", WHOLE };

static bool make_hole(void)
{
	return !it.hole || !decommit(it.fd, it.area + PAGE_HOLE * PAGE, PAGE);
}

static bool alloc_area(void)
{
	if (it.area)
		return alloc_at(it.fd, it.area, length(), PHYSVM_ALLOC_COMMIT) && make_hole();
	it.area = alloc_map(it.fd, length(), PHYSVM_ALLOC_COMMIT);
	return it.area && make_hole();
}

/* What is old must never be seen again; nothing of the touched page is mapped. */
static bool renew_area(void)
{
	*word(TOUCHED) = OLD_VALUE;
	*word(OLD) = OLD_VALUE;
	if (decommit(it.fd, it.area, length()) || commit(it.fd, it.area, length()) || !make_hole())
		return false;
	if (!is_whole())
		*kept() = KEPT_VALUE;
	return true;
}

/* Or the test would be one of another kind of mapping. */
static bool has_right_kind(void)
{
	size_t mapped;

	*word(TOUCHED) = 1;
	mapped = resident_pages(it.area, it.pages);
	if (is_whole())
		return mapped == it.pages;
	return it.hole ? mapped == 1 : mapped <= 16;
}

FIXTURE_SETUP(window)
{
	pthread_t thread;

	SKIP_WITHOUT_DELAY();
	OPEN_DEVICE_OR_SKIP(self->fd);
	/* Out of a set-up the harness of 6.1 runs the test after a skip: 255 is its skip. */
	if (variant->pages == BLOCK / PAGE && !have_huge(self->fd))
		SKIP(_exit(255), "no 2 MiB mappings here");
	catch_faults();
	it.fd = self->fd;
	it.pages = variant->pages;
	it.hole = variant->hole;
	sem_init(&it.go, 0, 0);
	sem_init(&it.done, 0, 0);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_TRUE(alloc_area());
	ASSERT_TRUE(has_right_kind());
	ASSERT_EQ(0, pthread_create(&thread, NULL, be_the_toucher, NULL));
	ASSERT_EQ(0, delay_begin(variant->window));
}

FIXTURE_TEARDOWN(window)
{
	delay_end();
	munmap(it.area, length());
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* Has the toucher come to the window? It is in there now. */
static bool window_opens(void)
{
	int hits;

	if (!renew_area())
		return false;
	hits = delay_count(delay.hits);
	it.stamp++;
	sem_post(&it.go);
	return delay_wait(hits);
}

static void window_closes(void)
{
	sem_wait(&it.done);
}

/* The value the touched page has if its contents count. */
static unsigned long stored(void)
{
	return it.signal || it.populate ? 0 : it.stamp;
}

static int signal_of(volatile unsigned long *from)
{
	unsigned long value;

	return try_load(from, &value);
}

/*
 * Catches: the page mapped after decommit has looked for mappings, and so left
 * there for the toucher to see.
 */
TEST_F_TIMEOUT(window, decommit_all, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, decommit(it.fd, it.area, length()));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		EXPECT_EQ(0, resident_pages(it.area, it.pages));
		ASSERT_EQ(0, commit(it.fd, it.area, length()));
		EXPECT_TRUE(all_zero(it.area, length()));
	}
}

/* The same of a page whose neighbours stay. */
TEST_F_TIMEOUT(window, decommit_the_page, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, decommit(it.fd, it.area + PAGE_TOUCHED * PAGE, PAGE));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		ASSERT_EQ(0, commit(it.fd, it.area + PAGE_TOUCHED * PAGE, PAGE));
		EXPECT_TRUE(all_zero(it.area + PAGE_TOUCHED * PAGE, PAGE));
	}
}

/* The same with the fault on behalf of an ioctl. */
TEST_F_TIMEOUT(window, decommit_what_is_populated, PATIENCE)
{
	int round;

	it.populate = true;
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, decommit(it.fd, it.area + PAGE_TOUCHED * PAGE, PAGE));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		ASSERT_EQ(0, commit(it.fd, it.area + PAGE_TOUCHED * PAGE, PAGE));
		EXPECT_TRUE(all_zero(it.area + PAGE_TOUCHED * PAGE, PAGE));
	}
}

static int decommit_and_commit(void)
{
	return decommit(it.fd, it.area, length()) ?: commit(it.fd, it.area, length());
}

/*
 * Catches: contents counted as live although forgotten since. The touch comes
 * before both, in between or after: so the page is zero or what was stored.
 */
TEST_F_TIMEOUT(window, recommit, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, decommit_and_commit());
		window_closes();
		EXPECT_TRUE(*word(TOUCHED) == 0 || *word(TOUCHED) == it.stamp);
		EXPECT_EQ(0, *word(OLD));
	}
}

/* Catches: pages given to the pool while they are about to be mapped. */
TEST_F_TIMEOUT(window, unmap, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, unmap(it.fd, it.area, length()));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		EXPECT_TRUE(pool_at_baseline(self->fd));
		ASSERT_TRUE(alloc_area());
		EXPECT_EQ(0, *word(TOUCHED));
	}
}

/* Catches: the fault taking its place in the file from a mapping split since. */
TEST_F_TIMEOUT(window, unmap_the_half, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, munmap(it.area, length() / 2));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		EXPECT_EQ(is_whole() ? 0 : KEPT_VALUE, *kept());
		munmap(it.area + length() / 2, length() / 2);
		ASSERT_TRUE(alloc_area());
	}
}

TEST_F_TIMEOUT(window, unmap_the_other_half, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, munmap(it.area + length() / 2, length() / 2));
		window_closes();
		EXPECT_EQ(0, it.signal);
		EXPECT_EQ(it.stamp, *word(TOUCHED));
		EXPECT_EQ(SIGSEGV, signal_of(kept()));
		munmap(it.area, length() / 2);
		ASSERT_TRUE(alloc_area());
	}
}

/* Catches: a mapping that may do more than its protection says; lost contents. */
TEST_F_TIMEOUT(window, protect, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, mprotect(it.area, length(), PROT_NONE));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		ASSERT_EQ(0, mprotect(it.area, length(), RW));
		EXPECT_EQ(stored(), *word(TOUCHED));
		EXPECT_EQ(0, *word(OLD));
	}
}

TEST_F_TIMEOUT(window, protect_from_writing, PATIENCE)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, mprotect(it.area, length(), PROT_READ));
		window_closes();
		EXPECT_EQ(stored(), *word(TOUCHED));
		EXPECT_EQ(SIGSEGV, try_store(word(TOUCHED), 1));
		ASSERT_EQ(0, mprotect(it.area, length(), RW));
	}
}

static int move(char *from, char *to)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	return mremap(from, length(), length(), flags, to) == to ? 0 : errno;
}

/* Catches: a page left behind at the old addresses, or lost on the way. */
TEST_F_TIMEOUT(window, move, PATIENCE)
{
	int round;
	char *new = free_addresses(length()), *old = it.area;
	unsigned long value;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, move(old, new));
		window_closes();
		EXPECT_EQ(SIGSEGV, signal_of(word(TOUCHED)));
		EXPECT_EQ(0, try_load(word_of(new, PAGE_TOUCHED, TOUCHED), &value));
		EXPECT_EQ(stored(), value);
		ASSERT_EQ(0, move(new, old));
	}
}

/* In the child: what the parent has decommitted is gone here as well. */
static void expect_decommitted(int fd, const void *arg)
{
	raise(SIGSTOP);
	child_need(signal_of(word(TOUCHED)) == SIGSEGV);
}

static int start_child(pid_t *pid)
{
	*pid = child_start(expect_decommitted, it.fd, NULL);
	return *pid < 0 ? errno : 0;
}

/* Catches: a mapping copied to the child that decommit does not find there. */
TEST_F_TIMEOUT(window, fork_and_decommit, PATIENCE)
{
	int round;
	pid_t child;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, start_child(&child));
		window_closes();
		EXPECT_EQ(stored(), *word(TOUCHED));
		ASSERT_TRUE(child_stopped(child));
		EXPECT_EQ(0, decommit(it.fd, it.area, length()));
		EXPECT_TRUE(child_finish(child));
		ASSERT_EQ(0, commit(it.fd, it.area, length()));
		ASSERT_TRUE(make_hole());
	}
}

/* A failed allocation has the quarantine's worker look at once. */
static int end_neighbour(char *neighbour)
{
	const int err = unmap(it.fd, neighbour, PAGE);

	if (alloc_map(it.fd, pool_stat(it.fd).out_total_pages * PAGE, 0))
		return EEXIST;
	return err;
}

/*
 * Small areas share a block: the end of one has the others' pages unmapped for a
 * moment. Catches: contents lost by that; pages that stay in quarantine.
 */
TEST_F_TIMEOUT(window, end_the_neighbour, PATIENCE)
{
	int round;
	char *neighbour;

	for (round = 0; round < ROUNDS; round++) {
		neighbour = alloc_map(it.fd, PAGE, PHYSVM_ALLOC_COMMIT);
		ASSERT_NE(NULL, neighbour);
		*neighbour = 1;
		ASSERT_TRUE(window_opens());
		EXPECT_EQ(0, end_neighbour(neighbour));
		window_closes();
		EXPECT_EQ(0, it.signal);
		EXPECT_EQ(it.stamp, *word(TOUCHED));
		EXPECT_EQ(0, settled_pool_stat(it.fd).out_quarantined_pages);
	}
}

TEST_HARNESS_MAIN
