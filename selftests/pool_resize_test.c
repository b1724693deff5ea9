// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool grows and shrinks: anywhere, at an address; as much as is asked or what
 * can be had; while others use it; and what is refused. pool_node_test: on a node.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "busy.h"
#include "inject.h"
#include "pool_admin.h"

SKIP_ALL_WITHOUT_DEVICE()

#define BLOCK_PAGES (BLOCK / PAGE)
#define SECONDS 5
#define MANY 64
#define TERABYTE (1ull << 40)

FIXTURE(resize) {
	int fd;
	uint64_t total;
};

FIXTURE_SETUP(resize)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	if (geteuid())
		SKIP(return, "only root may change the pool");
	ASSERT_NE(NULL, admin_nl());
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
}

/* Each test leaves the pool as large as it was. */
FIXTURE_TEARDOWN(resize)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

static struct physvm_pool_range range_after(int fd, uint64_t from)
{
	struct physvm_pool_range range = { .size = sizeof(range), .from = from };

	if (call(fd, PHYSVM_POOL_RANGE, &range))
		range.out_length = 0;
	return range;
}

/* Is the block there the pool's? */
static bool in_pool(int fd, uint64_t phys)
{
	const struct physvm_pool_range range = range_after(fd, phys);

	return range.out_length && range.out_phys <= phys;
}

/* Where the blocks are, in order; how many. */
static size_t list_blocks(int fd, uint64_t *blocks, size_t max)
{
	struct physvm_pool_range range;
	uint64_t from = 0, phys;
	size_t count = 0;

	while ((range = range_after(fd, from)).out_length) {
		from = range.out_phys + range.out_length;
		for (phys = range.out_phys; phys < from && count < max; phys += BLOCK)
			blocks[count++] = phys;
	}
	return count;
}

/* Grows by a block; where that is, or 0. */
static uint64_t grow_one(int fd)
{
	uint64_t before[1024], after[1024];
	const size_t count = list_blocks(fd, before, 1024);
	size_t i;

	if (admin_grow(BLOCK) || list_blocks(fd, after, 1024) != count + 1)
		return 0;
	for (i = 0; i < count && after[i] == before[i]; i++)
		;
	return after[i];
}

/* All there is of the pool, found to be zero and left with something in it. */
static bool use_all(int fd, uint64_t pages)
{
	uint64_t left = pages;
	bool right = true;
	char *addr;

	while (left && (addr = alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT))) {
		right &= all_zero(addr, BLOCK);
		number_pages(addr, BLOCK_PAGES);
		right &= numbered_pages(addr, 0, BLOCK_PAGES) == BLOCK_PAGES;
		left -= BLOCK_PAGES;
	}
	return right && !left && !pool_stat(fd).out_free_pages;
}

static void need_use_all(int fd, const void *pages)
{
	child_need(use_all(fd, *(const uint64_t *)pages));
}

TEST_F_TIMEOUT(resize, grow_and_shrink, PATIENCE)
{
	struct admin_resize resize = { .bytes = 8 * BLOCK };
	uint64_t more = self->total + 8 * BLOCK_PAGES;

	ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize));
	EXPECT_EQ(8 * BLOCK_PAGES, resize.changed);
	EXPECT_EQ(more, pool_stat(self->fd).out_total_pages);
	EXPECT_EQ(more, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(more / BLOCK_PAGES, pool_stat(self->fd).out_free_blocks);
	EXPECT_TRUE(child_succeeded(child_start(need_use_all, self->fd, &more)));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize));
	EXPECT_EQ(8 * BLOCK_PAGES, resize.changed);
	EXPECT_TRUE(child_succeeded(child_start(need_use_all, self->fd, &self->total)));
}

/* Catches: a block in the array at a place where nobody looks for it. */
TEST_F(resize, new_blocks_are_found_by_address)
{
	const uint64_t phys = grow_one(self->fd);
	struct physvm_alloc args = alloc_args(BLOCK, PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(0, phys);
	args.phys_addr = phys;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_TRUE(all_zero((char *)(uintptr_t)args.out_addr, BLOCK));
	EXPECT_REFUSED(EBUSY, self->fd, admin_shrink_at(phys));
	EXPECT_EQ(0, unmap(self->fd, (char *)(uintptr_t)args.out_addr, BLOCK));
	EXPECT_EQ(0, admin_shrink_at(phys));
	EXPECT_FALSE(in_pool(self->fd, phys));
	EXPECT_EQ(ENXIO, call(self->fd, PHYSVM_ALLOC, &args));
}

/*
 * At an address: in memory where pages of ours are, which have to be moved. Of some
 * blocks not everything can be; of many of ours one can.
 */

static uint64_t phys_of(const void *addr)
{
	const off_t offset = (uintptr_t)addr / PAGE * sizeof(uint64_t);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (pread(fd, &entry, sizeof(entry), offset) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & ((1ull << 55) - 1)) * PAGE : 0;
}

static char *ordinary_memory(size_t pages)
{
	char *addr = mmap(NULL, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (addr == MAP_FAILED)
		return NULL;
	madvise(addr, pages * PAGE, MADV_NOHUGEPAGE);
	number_pages(addr, pages);
	return addr;
}

/* Where the pool has been grown, or 0. The last block of a node may not be all memory. */
static uint64_t grow_over(const char *addr, size_t pages, int *error)
{
	uint64_t phys, tried = 0;
	size_t i;

	*error = EBUSY;
	for (i = 0; i < pages && (*error == EBUSY || *error == ENXIO); i += BLOCK_PAGES / 4) {
		phys = phys_of(addr + i * PAGE) & ~(BLOCK - 1);
		if (!phys || phys == tried)
			continue;
		tried = phys;
		*error = admin_grow_at(phys);
	}
	return *error ? 0 : phys;
}

static size_t pages_there(const char *addr, size_t pages, uint64_t phys)
{
	size_t i, count = 0;

	for (i = 0; i < pages; i++)
		count += (phys_of(addr + i * PAGE) & ~(BLOCK - 1)) == phys;
	return count;
}

TEST_F_TIMEOUT(resize, grow_where_others_have_memory, PATIENCE)
{
	struct physvm_alloc args = alloc_args(BLOCK, PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_COMMIT);
	const size_t pages = 32 * BLOCK_PAGES;
	char *ours = ordinary_memory(pages);
	uint64_t phys;
	int error;

	ASSERT_NE(NULL, ours);
	phys = grow_over(ours, pages, &error);
	if (error == EOPNOTSUPP)
		SKIP(return, "this kernel has no chosen frames for modules");
	ASSERT_EQ(0, error);
	EXPECT_TRUE(in_pool(self->fd, phys));
	EXPECT_EQ(self->total + BLOCK_PAGES, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(0, pages_there(ours, pages, phys));
	EXPECT_EQ(pages, numbered_pages(ours, 0, pages));
	args.phys_addr = phys;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_TRUE(all_zero((char *)(uintptr_t)args.out_addr, BLOCK));
	number_pages((char *)(uintptr_t)args.out_addr, BLOCK_PAGES);
	EXPECT_EQ(pages, numbered_pages(ours, 0, pages));
	EXPECT_EQ(EBUSY, admin_grow_at(phys));
	EXPECT_EQ(0, unmap(self->fd, (char *)(uintptr_t)args.out_addr, BLOCK));
	EXPECT_EQ(0, admin_shrink_at(phys));
	EXPECT_EQ(pages, numbered_pages(ours, 0, pages));
	/* The kernel can do everything with it again. */
	EXPECT_EQ(0, admin_grow_at(phys));
	EXPECT_EQ(0, admin_shrink_at(phys));
	munmap(ours, pages * PAGE);
}

/* The errno of growing where a page is in a pipe; -1 if that cannot be tried. */
static int grow_over_held(char *page)
{
	struct iovec held = { page, PAGE };
	int ends[2], error = -1;

	if (pipe(ends))
		return -1;
	if (vmsplice(ends[1], &held, 1, 0) == PAGE)
		error = admin_grow_at(phys_of(page) & ~(BLOCK - 1));
	close(ends[0]);
	close(ends[1]);
	return error;
}

/* One that is held is one that cannot be moved. */
TEST_F(resize, grow_where_a_page_is_held)
{
	const size_t pages = 4 * BLOCK_PAGES;
	char *ours = ordinary_memory(pages);
	int error = ENXIO;
	size_t i;

	ASSERT_NE(NULL, ours);
	for (i = 0; i < pages && error == ENXIO; i += BLOCK_PAGES / 4)
		error = grow_over_held(ours + i * PAGE);
	if (error == EOPNOTSUPP)
		SKIP(return, "this kernel has no chosen frames for modules");
	EXPECT_EQ(EBUSY, error);
	EXPECT_EQ(pages, numbered_pages(ours, 0, pages));
	munmap(ours, pages * PAGE);
}

/* Refused. */

static int grow_with(struct admin_resize resize)
{
	return admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize);
}

static int shrink_with(struct admin_resize resize)
{
	return admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize);
}

#define BOTH_REFUSED(error, ...) \
	do { \
		EXPECT_REFUSED(error, self->fd, grow_with((struct admin_resize){ __VA_ARGS__ })); \
		EXPECT_REFUSED(error, self->fd, shrink_with((struct admin_resize){ __VA_ARGS__ })); \
		EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages); \
	} while (0)

TEST_F(resize, nonsense)
{
	BOTH_REFUSED(EINVAL, .bytes = 0);
	BOTH_REFUSED(EINVAL, .bytes = PAGE);
	BOTH_REFUSED(EINVAL, .bytes = BLOCK + PAGE);
	BOTH_REFUSED(EINVAL, .bytes = BLOCK, .phys = 64 * BLOCK + PAGE);
	BOTH_REFUSED(EINVAL, .bytes = BLOCK, .phys = 64 * BLOCK, .on_node = true);
	BOTH_REFUSED(EINVAL, .bytes = 2 * BLOCK, .phys = -BLOCK);
	BOTH_REFUSED(ERANGE, .bytes = BLOCK, .pool = 2);
}

/* Three blocks of the pool side by side: where the first is, or 0. */
static uint64_t three_blocks(int fd)
{
	struct physvm_pool_range range;
	uint64_t from = 0;

	while ((range = range_after(fd, from)).out_length) {
		if (range.out_length >= 3 * BLOCK)
			return range.out_phys;
		from = range.out_phys + range.out_length;
	}
	return 0;
}

/* Catches: a neighbour that goes in place of the one asked for; a hole not seen. */
TEST_F(resize, shrink_in_the_middle)
{
	const uint64_t phys = three_blocks(self->fd);
	struct admin_resize all = { .bytes = 3 * BLOCK, .phys = phys };

	ASSERT_NE(0, phys);
	ASSERT_EQ(0, admin_shrink_at(phys + BLOCK));
	EXPECT_TRUE(in_pool(self->fd, phys));
	EXPECT_FALSE(in_pool(self->fd, phys + BLOCK));
	EXPECT_TRUE(in_pool(self->fd, phys + 2 * BLOCK));
	EXPECT_REFUSED(ENXIO, self->fd, shrink_with(all));
	all.partial = true;
	EXPECT_REFUSED(ENXIO, self->fd, shrink_with(all));
	EXPECT_EQ(self->total - BLOCK_PAGES, pool_stat(self->fd).out_total_pages);
	EXPECT_EQ(0, admin_grow(BLOCK));
}

/* What was held for long is looked for, though it is not time for that. */
TEST_F(resize, shrink_by_what_is_held_no_more)
{
	char *addr = alloc_map(self->fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	struct iovec page = { addr, PAGE };
	uint64_t phys;
	int ends[2];

	ASSERT_NE(NULL, addr);
	phys = query(self->fd, addr).out_phys & ~(BLOCK - 1);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(PAGE, vmsplice(ends[1], &page, 1, 0));
	ASSERT_EQ(0, unmap(self->fd, addr, BLOCK));
	usleep(2000000);
	EXPECT_EQ(EBUSY, admin_shrink_at(phys));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
	EXPECT_EQ(BLOCK_PAGES, pool_stat(self->fd).out_quarantined_pages);
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, admin_shrink_at(phys));
	EXPECT_EQ(0, admin_grow(BLOCK));
}

TEST_F(resize, what_is_not_there)
{
	BOTH_REFUSED(ENXIO, .bytes = BLOCK, .on_node = true, .node = 1000);
	BOTH_REFUSED(ENXIO, .bytes = BLOCK, .on_node = true, .node = UINT32_MAX);
	BOTH_REFUSED(ENXIO, .bytes = BLOCK, .phys = TERABYTE);
	BOTH_REFUSED(ENXIO, .bytes = BLOCK, .phys = -BLOCK - BLOCK);
	BOTH_REFUSED(EOPNOTSUPP, .bytes = BLOCK, .pool = PHYSVM_POOL_HIDDEN);
}

static uint64_t kernel_code(void)
{
	FILE *file = fopen("/proc/iomem", "re");
	unsigned long long start, found = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "Kernel code") && sscanf(line, " %llx", &start) == 1)
			found = start;
	if (file)
		fclose(file);
	return found & ~(BLOCK - 1);
}

TEST_F(resize, what_others_have)
{
	const int error = admin_grow_at(kernel_code());

	EXPECT_NE(0, kernel_code());
	if (error != EOPNOTSUPP)
		EXPECT_EQ(EBUSY, error);
	EXPECT_REFUSED(EBUSY, self->fd, admin_grow_at(range_after(self->fd, 0).out_phys));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

TEST_F(resize, more_than_there_is)
{
	EXPECT_REFUSED(ENOMEM, self->fd, admin_grow(TERABYTE));
	EXPECT_REFUSED(EBUSY, self->fd, admin_shrink(self->total * PAGE + BLOCK));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

static void ask_as_nobody(int fd, const void *arg)
{
	child_need(!setresuid(65534, 65534, 65534));
	child_need(admin_grow(BLOCK) == EPERM);
	child_need(admin_shrink(BLOCK) == EPERM);
	child_need(admin_watermarks(1, 1) == EPERM);
}

TEST_F(resize, without_the_capability)
{
	EXPECT_TRUE(child_succeeded(child_start(ask_as_nobody, self->fd, NULL)));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

/* As much as there is. */

TEST_F(resize, shrink_by_what_is_free)
{
	struct admin_resize resize = { .bytes = self->total * PAGE, .partial = true };
	char *addr = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, addr);
	number_pages(addr, 1);
	EXPECT_REFUSED(EBUSY, self->fd, admin_shrink(self->total * PAGE));
	ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize));
	EXPECT_EQ(self->total - BLOCK_PAGES, resize.changed);
	EXPECT_EQ(BLOCK_PAGES, pool_stat(self->fd).out_total_pages);
	EXPECT_EQ(BLOCK_PAGES - 1, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(0, unmap(self->fd, addr, PAGE));
	/* Nothing is left, and everything that asks gets no memory. */
	EXPECT_EQ(0, admin_shrink(BLOCK));
	EXPECT_EQ(0, pool_stat(self->fd).out_total_pages);
	EXPECT_EQ(NULL, alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, range_after(self->fd, 0).out_length);
	EXPECT_EQ(0, admin_grow(self->total * PAGE));
}

static uint64_t available_pages(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib, found = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lu kB", &kib) == 1)
			found = kib;
	if (file)
		fclose(file);
	return found / 4;
}

/* The machine lives, and gets it back. */
TEST_F_TIMEOUT(resize, grow_by_what_can_be_had, PATIENCE)
{
	struct admin_resize resize = { .bytes = TERABYTE, .partial = true };
	const uint64_t before = available_pages();

	ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_GROW, &resize));
	TH_LOG("%lu of %lu available pages", resize.changed, before);
	EXPECT_LT(before / 2, resize.changed);
	EXPECT_LT(before / 64, available_pages());
	EXPECT_EQ(self->total + resize.changed, pool_stat(self->fd).out_free_pages);
	resize.bytes = resize.changed * PAGE;
	EXPECT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &resize));
	EXPECT_LT(before - before / 16, available_pages());
}

/*
 * Pages that come and go one by one: the block is free while what it came with is
 * still listed. Catches: a list of a block that is gone. (KASAN says so.)
 */
TEST_F(resize, shrink_by_a_block_that_is_still_listed)
{
	const uint64_t bytes = 2 * BLOCK;
	char *addr = alloc_map(self->fd, bytes, PHYSVM_ALLOC_NORESERVE);
	struct admin_resize all = { .bytes = self->total * PAGE, .partial = true };

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, commit(self->fd, addr, bytes));
	number_pages(addr, bytes / PAGE);
	ASSERT_EQ(0, decommit(self->fd, addr, BLOCK));
	settled_pool_stat(self->fd);
	ASSERT_EQ(0, admin_resize(PHYSVM_NL_CMD_POOL_SHRINK, &all));
	EXPECT_EQ(self->total - BLOCK_PAGES, all.changed);
	EXPECT_EQ(BLOCK_PAGES, numbered_pages(addr + BLOCK, BLOCK_PAGES, BLOCK_PAGES));
	EXPECT_EQ(0, admin_grow(all.changed * PAGE));
	EXPECT_EQ(0, commit(self->fd, addr, BLOCK));
	EXPECT_TRUE(all_zero(addr, BLOCK));
	EXPECT_EQ(0, unmap(self->fd, addr, bytes));
}

/* While others use it. */

static void be_busy(int fd, const void *arg)
{
	const time_t end = time(NULL) + SECONDS;

	srand(getpid());
	while (time(NULL) < end)
		everything(fd);
}

static bool adds_up(const struct physvm_pool_stat *stat)
{
	return stat->out_free_pages + stat->out_used_pages + stat->out_quarantined_pages ==
	       stat->out_total_pages && stat->out_free_pages <= stat->out_total_pages &&
	       stat->out_quarantined_pages <= stat->out_total_pages &&
	       stat->out_used_pages <= stat->out_total_pages &&
	       stat->out_free_blocks <= stat->out_total_pages / BLOCK_PAGES;
}

/*
 * Catches: a block looked at after it has left, pages of it given away, an array
 * read that is not the pool's any more. Those who use the pool fail at nothing.
 */
TEST_F_TIMEOUT(resize, while_others_use_it, PATIENCE)
{
	const time_t end = time(NULL) + SECONDS;
	unsigned long grown = 0, shrunk = 0, wrong = 0;
	struct physvm_pool_stat stat;
	uint64_t total = self->total;
	pid_t children[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		children[i] = child_start(be_busy, self->fd, NULL);
	srand(1);
	while (time(NULL) < end) {
		const uint64_t blocks = 1 + rand() % 4;

		if (rand() % 2 && total < self->total + MANY * BLOCK_PAGES &&
		    !admin_grow(blocks * BLOCK)) {
			total += blocks * BLOCK_PAGES;
			grown++;
		} else if (total > self->total && !admin_shrink(BLOCK)) {
			total -= BLOCK_PAGES;
			shrunk++;
		}
		stat = pool_stat(self->fd);
		wrong += !adds_up(&stat) || stat.out_total_pages != total;
	}
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(child_succeeded(children[i]));
	TH_LOG("grown %lu times, shrunk %lu times", grown, shrunk);
	EXPECT_EQ(0, wrong);
	EXPECT_LT(3, grown);
	EXPECT_LT(3, shrunk);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	if (total > self->total)
		EXPECT_EQ(0, admin_shrink((total - self->total) * PAGE));
}

/* Killed in the middle: nothing has happened, or all of it. */

static void grow_much(int fd, const void *bytes)
{
	child_need(!admin_grow(*(const uint64_t *)bytes));
}

TEST_F_TIMEOUT(resize, killed_while_growing, PATIENCE)
{
	const uint64_t much = available_pages() / 2 / BLOCK_PAGES * BLOCK;
	const uint64_t before = available_pages();
	unsigned int round, killed = 0;
	uint64_t total;

	for (round = 0; round < 5; round++) {
		const pid_t pid = child_start(grow_much, self->fd, &much);

		usleep(5000 << round);
		killed += child_kill(pid);
		total = pool_stat(self->fd).out_total_pages;
		EXPECT_TRUE(total == self->total || total == self->total + much / PAGE);
		if (total > self->total)
			EXPECT_EQ(0, admin_shrink(much));
	}
	EXPECT_LT(0, killed);
	EXPECT_LT(before - before / 16, available_pages());
}

/* Each allocation of growing failing in turn. */
TEST_F_TIMEOUT(resize, growing_with_every_failure, PATIENCE)
{
	const char *missing = injector_missing();
	struct injector injector;
	unsigned int kind, n, failed = 0;
	enum fault fault;
	int error;

	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_NE(NULL, admin_nl());
	ASSERT_TRUE(injector_open(&injector));
	for (kind = FAULT_SLAB; kind <= FAULT_PAGES; kind++) {
		injector_choose(kind);
		for (n = 1, fault = kind; n < 500 && fault != FAULT_NONE; n++) {
			fault_arm(&injector, n);
			error = admin_grow(2 * BLOCK);
			fault = fault_disarm(&injector);
			/* It may have grown, and only the answer have failed. */
			if (pool_stat(self->fd).out_total_pages > self->total)
				admin_shrink(2 * BLOCK);
			failed += error == ENOMEM;
			EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
		}
		EXPECT_EQ(FAULT_NONE, fault);
	}
	injector_close(&injector);
	TH_LOG("%u failed", failed);
	EXPECT_LT(4, failed);
}

/* Watermarks. */

struct marks {
	uint64_t low, high, total;
};

static void see_marks(const struct nl_attrs *attrs, void *data)
{
	*(struct marks *)data = (struct marks){
		.low = nl_number(attrs, PHYSVM_NL_A_POOL_LOW),
		.high = nl_number(attrs, PHYSVM_NL_A_POOL_HIGH),
		.total = nl_number(attrs, PHYSVM_NL_A_POOL_TOTAL),
	};
}

TEST_F(resize, watermarks)
{
	struct marks marks = {};

	EXPECT_EQ(EINVAL, admin_watermarks(3, 2));
	ASSERT_EQ(0, admin_watermarks(2, 3));
	ASSERT_EQ(0, admin_look(see_marks, &marks));
	EXPECT_EQ(2, marks.low);
	EXPECT_EQ(3, marks.high);
	EXPECT_EQ(self->total, marks.total);
	EXPECT_EQ(0, admin_watermarks(0, 0));
}

TEST_HARNESS_MAIN
