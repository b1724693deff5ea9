// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_ALLOC_NORESERVE: areas that have addresses, and pages while they are
 * committed.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "util.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define LENGTH (64 * PAGE)
#define BOTH_GUARDS (PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD)

FIXTURE(noreserve)
{
	int fd;
	uint64_t total;
	char *area;
};

FIXTURE_SETUP(noreserve)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
	self->area = alloc_map(self->fd, LENGTH, PHYSVM_ALLOC_NORESERVE | BOTH_GUARDS);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(noreserve)
{
	unmap(self->fd, self->area, LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

/* Neighbours of one block, so that freed pages go through quarantine. */
static char *neighbour(int fd)
{
	char *addr = alloc_map(fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	if (addr)
		number_pages(addr, 4);
	return addr;
}

TEST_F(noreserve, takes_nothing)
{
	const struct physvm_query page = query(self->fd, self->area);

	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, page.out_state);
	EXPECT_EQ(PHYSVM_AREA_NORESERVE, page.out_type);
	EXPECT_EQ(0, page.out_phys);
	EXPECT_EQ(0, page.out_run_length);
	EXPECT_EQ(LENGTH, page.out_region_length);
	EXPECT_EQ(SIGSEGV, read_signal(self->area));
}

TEST_F(noreserve, commit_takes_and_decommit_gives)
{
	ASSERT_EQ(0, commit(self->fd, self->area + 8 * PAGE, 16 * PAGE));
	EXPECT_EQ(16, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + 7 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + 24 * PAGE));
	EXPECT_TRUE(all_zero(self->area + 8 * PAGE, 16 * PAGE));
	number_pages(self->area + 8 * PAGE, 16);
	ASSERT_EQ(0, decommit(self->fd, self->area + 12 * PAGE, 4 * PAGE));
	EXPECT_EQ(12, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + 12 * PAGE));
	EXPECT_EQ(4, numbered_pages(self->area + 8 * PAGE, 0, 4));
	EXPECT_EQ(8, numbered_pages(self->area + 16 * PAGE, 8, 8));
	EXPECT_EQ(0, query(self->fd, self->area + 12 * PAGE).out_phys);
	EXPECT_NE(0, query(self->fd, self->area + 16 * PAGE).out_phys);
}

/* Commits what is missing, and only that. */
TEST_F(noreserve, commit_fills_holes)
{
	ASSERT_EQ(0, commit(self->fd, self->area + 4 * PAGE, 4 * PAGE));
	ASSERT_EQ(0, commit(self->fd, self->area + 20 * PAGE, 4 * PAGE));
	number_pages(self->area + 4 * PAGE, 4);
	number_pages(self->area + 20 * PAGE, 4);
	ASSERT_EQ(0, commit(self->fd, self->area, LENGTH));
	EXPECT_EQ(LENGTH / PAGE, used(self->fd));
	EXPECT_EQ(4, numbered_pages(self->area + 4 * PAGE, 0, 4));
	EXPECT_EQ(4, numbered_pages(self->area + 20 * PAGE, 0, 4));
	EXPECT_TRUE(all_zero(self->area, 4 * PAGE));
	EXPECT_TRUE(all_zero(self->area + 24 * PAGE, LENGTH - 24 * PAGE));
}

/* The pages of a run that were given back are not mapped with the others. */
TEST_F(noreserve, no_page_comes_back_with_its_neighbours)
{
	char *other;
	int i;

	ASSERT_EQ(0, commit(self->fd, self->area, LENGTH));
	ASSERT_EQ(0, decommit(self->fd, self->area + 4 * PAGE, 8 * PAGE));
	ASSERT_TRUE(pool_stat(self->fd).out_used_pages < LENGTH / PAGE);
	other = alloc_map(self->fd, 8 * PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_NE(NULL, other);
	number_pages(other, 8);
	ASSERT_EQ(0, commit(self->fd, self->area + 4 * PAGE, 8 * PAGE));
	number_pages(self->area, LENGTH / PAGE);
	for (i = 0; i < 8; i++)
		EXPECT_NE(query(self->fd, other + i * PAGE).out_phys,
			  query(self->fd, self->area + (4 + i) * PAGE).out_phys);
	EXPECT_EQ(8, numbered_pages(other, 0, 8));
	EXPECT_EQ(LENGTH / PAGE, numbered_pages(self->area, 0, LENGTH / PAGE));
	EXPECT_EQ(0, unmap(self->fd, other, 8 * PAGE));
}

TEST_F(noreserve, old_contents_never_come_back)
{
	char *other = neighbour(self->fd);
	int i;

	ASSERT_NE(NULL, other);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, commit(self->fd, self->area, 8 * PAGE));
		EXPECT_TRUE(all_zero(self->area, 8 * PAGE));
		memset(self->area, 0xa5, 8 * PAGE);
		ASSERT_EQ(0, decommit(self->fd, self->area, 8 * PAGE));
	}
	EXPECT_EQ(4, numbered_pages(other, 0, 4));
	EXPECT_EQ(0, unmap(self->fd, other, 4 * PAGE));
}

TEST_F(noreserve, committed_from_the_start)
{
	char *area = alloc_map(self->fd, LENGTH, PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(LENGTH / PAGE, used(self->fd));
	number_pages(area, LENGTH / PAGE);
	EXPECT_EQ(0, decommit(self->fd, area, LENGTH));
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(0, unmap(self->fd, area, LENGTH));
}

TEST_F(noreserve, populated)
{
	char *area = alloc_map(self->fd, LENGTH, PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT |
			       PHYSVM_ALLOC_POPULATE);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(LENGTH / PAGE, resident_pages(area, LENGTH / PAGE));
	EXPECT_EQ(0, unmap(self->fd, area, LENGTH));
	EXPECT_EQ(0, range_call(self->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				self->area + PAGE, 40 * PAGE));
	EXPECT_EQ(40, resident_pages(self->area + PAGE, 40));
}

/* Several blocks' worth, so several runs. */
TEST_F(noreserve, large)
{
	const size_t length = 3 * BLOCK + 5 * PAGE;
	char *area = alloc_map(self->fd, length, PHYSVM_ALLOC_NORESERVE);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, commit(self->fd, area, length));
	number_pages(area, length / PAGE);
	EXPECT_EQ(length / PAGE, numbered_pages(area, 0, length / PAGE));
	EXPECT_EQ(length / PAGE, used(self->fd));
	ASSERT_EQ(0, decommit(self->fd, area + BLOCK, BLOCK));
	EXPECT_EQ((length - BLOCK) / PAGE, used(self->fd));
	EXPECT_EQ(BLOCK / PAGE, numbered_pages(area, 0, BLOCK / PAGE));
	EXPECT_EQ(0, unmap(self->fd, area, length));
	EXPECT_EQ(0, used(self->fd));
}

/* What is left of a block is mapped; what was given back is free all the same. */
TEST_F(noreserve, part_of_a_block)
{
	char *area = alloc_map(self->fd, 2 * BLOCK, PHYSVM_ALLOC_NORESERVE);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, commit(self->fd, area, 2 * BLOCK));
	number_pages(area, 2 * BLOCK / PAGE);
	ASSERT_EQ(0, decommit(self->fd, area, 100 * PAGE));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_quarantined_pages);
	EXPECT_EQ(self->total - 2 * BLOCK / PAGE + 100, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(2 * BLOCK / PAGE - 100,
		  numbered_pages(area + 100 * PAGE, 100, 2 * BLOCK / PAGE - 100));
	EXPECT_EQ(0, unmap(self->fd, area, 2 * BLOCK));
}

/* Addresses can be had beyond what the pool has, up to a limit. */
TEST_F(noreserve, more_than_the_pool)
{
	struct physvm_alloc args = alloc_args(16ull << 30, PHYSVM_ALLOC_NORESERVE);
	char *area;

	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	area = (char *)(uintptr_t)args.out_addr;
	ASSERT_EQ(0, commit(self->fd, area + (15ull << 30), 4 * PAGE));
	number_pages(area + (15ull << 30), 4);
	EXPECT_EQ(4, used(self->fd));
	EXPECT_REFUSED(ENOMEM, self->fd, commit(self->fd, area, 16ull << 30));
	EXPECT_EQ(4, numbered_pages(area + (15ull << 30), 0, 4));
	EXPECT_EQ(0, unmap(self->fd, area, 16ull << 30));
	args = alloc_args(1ull << 45, PHYSVM_ALLOC_NORESERVE);
	EXPECT_REFUSED(ENOMEM, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
}

/* Over two areas, of which the second has not enough: nothing changes in either. */
TEST_F(noreserve, commit_is_all_or_none)
{
	const size_t length = self->total * PAGE;
	char *room = free_addresses(LENGTH + length);

	ASSERT_NE(NULL, alloc_at(self->fd, room, LENGTH, PHYSVM_ALLOC_NORESERVE));
	ASSERT_NE(NULL, alloc_at(self->fd, room + LENGTH, length, PHYSVM_ALLOC_NORESERVE));
	ASSERT_EQ(0, commit(self->fd, room + PAGE, PAGE));
	room[PAGE] = 42;
	EXPECT_REFUSED(ENOMEM, self->fd, commit(self->fd, room, LENGTH + length));
	EXPECT_EQ(1, used(self->fd));
	EXPECT_EQ(42, room[PAGE]);
	EXPECT_EQ(SIGSEGV, read_signal(room));
	EXPECT_EQ(SIGSEGV, read_signal(room + 2 * PAGE));
	EXPECT_EQ(0, commit(self->fd, room, LENGTH));
	EXPECT_EQ(0, unmap(self->fd, room, LENGTH + length));
}

/* Over an area with pages and one that cannot have enough. */
TEST_F(noreserve, refused_commit_leaves_other_areas_alone)
{
	const size_t length = self->total * PAGE;
	char *room = free_addresses(LENGTH + length);

	ASSERT_NE(NULL, alloc_at(self->fd, room, LENGTH, 0));
	ASSERT_NE(NULL, alloc_at(self->fd, room + LENGTH, length, PHYSVM_ALLOC_NORESERVE));
	EXPECT_REFUSED(ENOMEM, self->fd, commit(self->fd, room, LENGTH + length));
	EXPECT_EQ(LENGTH / PAGE, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(room));
	EXPECT_EQ(0, unmap(self->fd, room, LENGTH + length));
}

/* Every other stretch of a block is taken, and every other block: many runs. */
TEST_F(noreserve, of_crumbs)
{
	struct physvm_pool_range range = { .size = sizeof(range) };
	char *crust[BLOCK / (32 * PAGE)], *rest;
	size_t i;

	ASSERT_EQ(0, call(self->fd, PHYSVM_POOL_RANGE, &range));
	for (i = 0; i < BLOCK / (32 * PAGE); i++) {
		struct physvm_alloc args = alloc_args(16 * PAGE, PHYSVM_ALLOC_PHYS);

		args.phys_addr = range.out_phys + i * 32 * PAGE;
		ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
		crust[i] = (char *)(uintptr_t)args.out_addr;
	}
	rest = alloc_map(self->fd, pool_stat(self->fd).out_free_blocks * BLOCK, 0);
	ASSERT_NE(NULL, rest);
	ASSERT_EQ(0, commit(self->fd, self->area, LENGTH));
	EXPECT_LE(query(self->fd, self->area).out_run_length, 16 * PAGE);
	number_pages(self->area, LENGTH / PAGE);
	EXPECT_EQ(LENGTH / PAGE, numbered_pages(self->area, 0, LENGTH / PAGE));
	ASSERT_EQ(0, decommit(self->fd, self->area + 8 * PAGE, 32 * PAGE));
	ASSERT_EQ(0, commit(self->fd, self->area, LENGTH));
	EXPECT_TRUE(all_zero(self->area + 8 * PAGE, 32 * PAGE));
	EXPECT_EQ(8, numbered_pages(self->area, 0, 8));
	for (i = 0; i < BLOCK / (32 * PAGE); i++)
		EXPECT_EQ(0, unmap(self->fd, crust[i], 16 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, rest, query(self->fd, rest).out_region_length));
}

TEST_F(noreserve, shared_by_descriptor)
{
	int area = alloc_fd(self->fd, LENGTH, PHYSVM_ALLOC_NORESERVE);
	char *a = mmap(NULL, LENGTH, RW, MAP_SHARED, area, 0);
	char *b = mmap(NULL, LENGTH, RW, MAP_SHARED, area, 0);

	ASSERT_TRUE(a != MAP_FAILED && b != MAP_FAILED);
	close(area);
	ASSERT_EQ(0, commit(self->fd, a, 2 * PAGE));
	a[PAGE] = 42;
	EXPECT_EQ(42, b[PAGE]);
	ASSERT_EQ(0, decommit(self->fd, b, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(a));
	munmap(a, LENGTH);
	munmap(b, LENGTH);
}

TEST_F(noreserve, guards)
{
	EXPECT_EQ(0, commit(self->fd, self->area, LENGTH));
	EXPECT_EQ(SIGSEGV, read_signal(self->area - 1));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + LENGTH));
	EXPECT_EQ(EACCES, commit(self->fd, self->area - PAGE, 2 * PAGE));
}

TEST_F(noreserve, write_combining)
{
	struct physvm_alloc args = alloc_args(8 * PAGE, PHYSVM_ALLOC_NORESERVE);
	char *area;

	args.cache = PHYSVM_CACHE_WC;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	area = (char *)(uintptr_t)args.out_addr;
	ASSERT_EQ(0, commit(self->fd, area, 4 * PAGE));
	number_pages(area, 4);
	EXPECT_EQ(4, numbered_pages(area, 0, 4));
	EXPECT_EQ(PHYSVM_CACHE_WC, query(self->fd, area).out_cache);
	EXPECT_EQ(0, unmap(self->fd, area, 8 * PAGE));
}

TEST_F(noreserve, contradictions)
{
	static const uint32_t wrong[] = {
		PHYSVM_ALLOC_PHYS, PHYSVM_ALLOC_CONTIG, PHYSVM_ALLOC_HIDDEN, PHYSVM_ALLOC_DEVICE,
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct physvm_alloc args = alloc_args(PAGE, PHYSVM_ALLOC_NORESERVE | wrong[i]);

		EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	}
}

TEST_F(noreserve, killed)
{
	pid_t pid = fork();

	if (!pid) {
		child_need(!commit(self->fd, self->area, LENGTH));
		number_pages(self->area, LENGTH / PAGE);
		raise(SIGKILL);
	}
	EXPECT_FALSE(child_succeeded(pid));
	EXPECT_EQ(LENGTH / PAGE, used(self->fd));
	EXPECT_EQ(LENGTH / PAGE, numbered_pages(self->area, 0, LENGTH / PAGE));
}

/* Threads that commit, write, check and decommit one area's pages: each its own. */

#define THREADS 4
#define PART (LENGTH / THREADS)
#define ROUNDS 200

static struct {
	int fd;
	char *area;
} threads;

static void *churn(void *arg)
{
	const uintptr_t me = (uintptr_t)arg;
	char *mine = threads.area + me * PART;
	unsigned int seed = me;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		const size_t offset = rand_r(&seed) % (PART / PAGE) * PAGE;
		const size_t length = (rand_r(&seed) % ((PART - offset) / PAGE) + 1) * PAGE;

		if (commit(threads.fd, mine + offset, length) ||
		    !all_zero(mine + offset, length))
			return "not zero after commit";
		memset(mine + offset, me + 1, length);
		sched_yield();
		if (mine[offset] != me + 1 || mine[offset + length - 1] != me + 1)
			return "lost what was written";
		if (decommit(threads.fd, mine, PART))
			return "decommit";
	}
	return NULL;
}

TEST_F_TIMEOUT(noreserve, threads, PATIENCE)
{
	pthread_t thread[THREADS];
	void *wrong;
	uintptr_t i;

	threads.fd = self->fd;
	threads.area = self->area;
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, churn, (void *)i));
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		EXPECT_TRUE(!wrong)
			TH_LOG("%s", (char *)wrong);
	}
	EXPECT_EQ(0, used(self->fd));
}

/* Two threads commit the same two areas, which lie in the order of each. */

#define SIDE (LENGTH / 2)

static char *areas_in_order(int fd, int first_fd, int second_fd)
{
	struct physvm_reserve room = { .size = sizeof(room), .length = 2 * SIDE };
	struct physvm_map map = {
		.size = sizeof(map), .flags = PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE,
		.prot = PROT_READ | PROT_WRITE, .length = SIDE,
	};

	if (call(fd, PHYSVM_RESERVE, &room))
		return NULL;
	map.fd = first_fd;
	map.virt_addr = room.out_addr;
	if (call(fd, PHYSVM_MAP, &map))
		return NULL;
	map.fd = second_fd;
	map.virt_addr += SIDE;
	return call(fd, PHYSVM_MAP, &map) ? NULL : (char *)(uintptr_t)room.out_addr;
}

static void *commit_both(void *area)
{
	for (int i = 0; i < ROUNDS; i++)
		if (commit(threads.fd, area, 2 * SIDE) || decommit(threads.fd, area, 2 * SIDE))
			return "commit or decommit";
	return NULL;
}

TEST_F_TIMEOUT(noreserve, several_areas_in_either_order, PATIENCE)
{
	const int a = alloc_fd(self->fd, SIDE, PHYSVM_ALLOC_NORESERVE);
	const int b = alloc_fd(self->fd, SIDE, PHYSVM_ALLOC_NORESERVE);
	char *both[2] = { areas_in_order(self->fd, a, b), areas_in_order(self->fd, b, a) };
	pthread_t thread[2];
	void *wrong;

	ASSERT_TRUE(both[0] && both[1]);
	threads.fd = self->fd;
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, commit_both, both[i]));
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &wrong);
		EXPECT_TRUE(!wrong)
			TH_LOG("%s", (char *)wrong);
		EXPECT_EQ(0, munmap(both[i], 2 * SIDE));
	}
	EXPECT_EQ(0, used(self->fd));
	close(a);
	close(b);
}

/* One area twice in a range is one area. */
TEST_F(noreserve, an_area_twice_in_a_range)
{
	const int a = alloc_fd(self->fd, SIDE, PHYSVM_ALLOC_NORESERVE);
	const int b = alloc_fd(self->fd, SIDE, PHYSVM_ALLOC_NORESERVE);
	char *twice = areas_in_order(self->fd, a, a);
	char *with_another = areas_in_order(self->fd, a, b);

	ASSERT_TRUE(twice && with_another);
	EXPECT_EQ(0, commit(self->fd, twice, 2 * SIDE));
	EXPECT_EQ(SIDE / PAGE, used(self->fd));
	EXPECT_EQ(0, commit(self->fd, with_another, 2 * SIDE));
	EXPECT_EQ(2 * SIDE / PAGE, used(self->fd));
	EXPECT_EQ(0, munmap(twice, 2 * SIDE));
	EXPECT_EQ(0, munmap(with_another, 2 * SIDE));
	close(a);
	close(b);
}

TEST_HARNESS_MAIN
