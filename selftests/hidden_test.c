// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hidden pool. Needs a machine booted with memmap=SIZE$ADDRESS, and the
 * module loaded with hidden=SIZE@ADDRESS.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "alloc.h"
#include "child.h"
#include "claim.h"
#include "kmod.h"
#include "parameter.h"
#include "peek.h"
#include "ptes.h"

#define SCRATCH "/disk"
#define NOBODY 65534
#define AREA (20 * PAGE)
#define PATTERN 0xa7

static struct physvm_pool_stat hidden_stat(int fd)
{
	struct physvm_pool_stat args = { .size = sizeof(args), .pool = PHYSVM_POOL_HIDDEN };

	if (ioctl(fd, PHYSVM_POOL_STAT, &args))
		memset(&args, 0xff, sizeof(args));
	return args;
}

static struct physvm_pool_range hidden_range(int fd, uint64_t from)
{
	struct physvm_pool_range args = { .size = sizeof(args), .pool = PHYSVM_POOL_HIDDEN,
					  .from = from };

	if (ioctl(fd, PHYSVM_POOL_RANGE, &args))
		args.size = 0;
	return args;
}

static void __attribute__((constructor)) skip_without_hidden_pool(void)
{
	const int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno));
	if (hidden_stat(fd).out_total_pages < 4 * BLOCK_PAGES)
		ksft_exit_skip("no hidden pool, or a small one\n");
	close(fd);
}

FIXTURE(hidden)
{
	int fd;
	uint64_t phys;			/* of the pool */
	uint64_t length;
	struct physvm_alloc args;	/* of a call that works */
};

FIXTURE_SETUP(hidden)
{
	struct physvm_pool_stat stat;
	int tries;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	for (tries = 0; tries < 500; tries++) {
		stat = hidden_stat(self->fd);
		if (stat.out_free_pages == stat.out_total_pages)
			break;
		usleep(10000);
	}
	ASSERT_EQ(stat.out_total_pages, stat.out_free_pages);
	self->phys = hidden_range(self->fd, 0).out_phys;
	self->length = stat.out_total_pages * PAGE;
	self->args = alloc_args(AREA, PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_COMMIT);
}

FIXTURE_TEARDOWN(hidden)
{
}

/* As EXPECT_REFUSED(), with an eye on the hidden pool. */
#define EXPECT_NOTHING_TAKEN(error, attempt) \
	do { \
		const struct physvm_pool_stat __stat = hidden_stat(self->fd); \
		struct physvm_pool_stat __now; \
		EXPECT_REFUSED(error, self->fd, attempt); \
		__now = hidden_stat(self->fd); \
		EXPECT_EQ(0, memcmp(&__stat, &__now, sizeof(__now))); \
	} while (0)

/* The pool. */

TEST_F(hidden, info_says_so)
{
	struct physvm_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	EXPECT_NE(0, info.out_features & PHYSVM_FEATURE_HIDDEN);
	EXPECT_NE(0, info.out_other_cache_modes & 1u << PHYSVM_CACHE_WT);
}

TEST_F(hidden, range_is_outside_ram)
{
	const struct physvm_pool_range range = hidden_range(self->fd, 0);
	const struct physvm_pool_range next = hidden_range(self->fd, range.out_phys + range.out_length);
	unsigned long long start, end;
	char line[256];
	FILE *list = fopen("/proc/iomem", "r");
	bool ours = false;

	EXPECT_EQ(self->length, range.out_length);
	EXPECT_EQ(self->length / PAGE, range.out_free_pages);
	EXPECT_EQ(0, next.size);
	while (list && fgets(line, sizeof(line), list)) {
		ASSERT_EQ(2, sscanf(line, "%llx-%llx", &start, &end));
		if (start >= self->phys + self->length || end < self->phys)
			continue;
		EXPECT_EQ(NULL, strstr(line, "System RAM"));
		ours |= start == self->phys && end + 1 == self->phys + self->length &&
			strstr(line, ": physvm");
	}
	EXPECT_TRUE(ours);
}

TEST_F(hidden, counts_apart_from_the_other_pool)
{
	const struct physvm_pool_stat ram = pool_stat(self->fd);
	struct physvm_alloc other = alloc_args(7 * PAGE, 0);

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(ram.out_free_pages, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(20, hidden_stat(self->fd).out_used_pages);
	ASSERT_EQ(0, alloc(self->fd, &other));
	EXPECT_EQ(20, hidden_stat(self->fd).out_used_pages);
	EXPECT_EQ(7, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(2, hidden_stat(self->fd).out_areas);
	EXPECT_TRUE(other.out_phys >= self->phys + self->length || other.out_phys < self->phys);
	EXPECT_TRUE(self->args.out_phys >= self->phys &&
		    self->args.out_phys < self->phys + self->length);
}

TEST_F(hidden, is_nobody_elses)
{
	EXPECT_EQ(EBUSY, claim_error(self->fd, self->phys, PAGE));
}

/* Cache modes. */

FIXTURE(mode)
{
	int fd;
	struct physvm_alloc args;
};

FIXTURE_VARIANT(mode)
{
	uint32_t cache;
	const char *name;	/* as the kernel calls it */
};

FIXTURE_VARIANT_ADD(mode, write_back) { PHYSVM_CACHE_WB, "write-back" };
FIXTURE_VARIANT_ADD(mode, write_through) { PHYSVM_CACHE_WT, "write-through" };
FIXTURE_VARIANT_ADD(mode, write_combining) { PHYSVM_CACHE_WC, "write-combining" };
FIXTURE_VARIANT_ADD(mode, uncached) { PHYSVM_CACHE_UC, "uncached-minus" };

FIXTURE_SETUP(mode)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->args = alloc_args(BLOCK + 3 * PAGE, PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_COMMIT);
	self->args.cache = variant->cache;
}

FIXTURE_TEARDOWN(mode)
{
}

/* The mode in the kernel's table of the block that begins at @phys, or NULL. */
static const char *listed_mode(uint64_t phys)
{
	static char line[256];
	unsigned long long start, end;
	const char *mode = "none";
	FILE *list = fopen("/sys/kernel/debug/x86/pat_memtype_list", "r");

	while (list && fgets(line, sizeof(line), list)) {
		char *name = strchr(line, ']');

		if (!name || sscanf(line, "PAT: [mem %llx-%llx", &start, &end) != 2 ||
		    start != phys)
			continue;
		name[strcspn(name, "\n")] = '\0';
		mode = name + 2;
		break;
	}
	if (list)
		fclose(list);
	return list ? mode : NULL;
}

TEST_F(mode, is_the_one_asked_for)
{
	uint64_t block;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	block = self->args.out_phys & -BLOCK;
	EXPECT_EQ(variant->cache, query(self->fd, addr_of(&self->args)).out_cache);
	EXPECT_EQ(PHYSVM_AREA_HIDDEN, query(self->fd, addr_of(&self->args)).out_type);
	if (!listed_mode(0))
		SKIP(return, "the kernel does not list its cache modes");
	EXPECT_STREQ(variant->name, listed_mode(block));
	EXPECT_STREQ(variant->name, listed_mode(block + BLOCK));
	EXPECT_STREQ("write-back", listed_mode(block + 2 * BLOCK));
	release(self->fd, &self->args);
	EXPECT_STREQ("write-back", listed_mode(block));
}

TEST_F(mode, is_in_the_entries)
{
	struct ptes entries;
	uint64_t kernel;
	char *area;
	int ptes;

	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, write_signal(area));
	kernel = ptes_ioremapped(self->args.out_phys & -BLOCK);
	entries = ptes_read(ptes, area, kernel);
	EXPECT_EQ(1, entries.user_level);
	EXPECT_EQ(self->args.out_phys, entries.phys);
	EXPECT_EQ(variant->cache, entries.user_cache);
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_READ));
	EXPECT_EQ(variant->cache, ptes_read(ptes, area, 0).user_cache);
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	EXPECT_EQ(PTES_ABSENT, ptes_read(ptes, area, 0).user_cache);
	ASSERT_EQ(0, commit(self->fd, area, PAGE));
	ASSERT_EQ(0, read_signal(area));
	EXPECT_EQ(variant->cache, ptes_read(ptes, area, 0).user_cache);
	if (!kernel)
		SKIP(return, "the kernel does not say where it has mapped what");
	EXPECT_EQ(variant->cache, entries.kernel_cache);
}

TEST_F(mode, memory_is_memory)
{
	const size_t pages = BLOCK_PAGES + 3;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), pages * PAGE));
	number_pages(addr_of(&self->args), pages);
	EXPECT_EQ(pages, numbered_pages(addr_of(&self->args), 0, pages));
}

TEST_F(mode, debugger_sees_what_there_is)
{
	static unsigned char seen[2 * PAGE], sent[PAGE];
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	/* Where one block ends, and another begins. */
	ASSERT_EQ(sizeof(seen), mem_read(area + 2 * PAGE - 100, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(area + 2 * PAGE - 100, seen, sizeof(seen)));
	memset(sent, PATTERN, sizeof(sent));
	ASSERT_EQ(sizeof(sent), mem_write(area + 5 * PAGE + 33, sent, sizeof(sent)));
	EXPECT_EQ(0, memcmp(sent, area + 5 * PAGE + 33, sizeof(sent)));
	EXPECT_EQ(0, area[5 * PAGE + 32]);
	EXPECT_EQ(0, area[6 * PAGE + 33]);
	EXPECT_EQ(7 + 1, *(uint32_t *)(area + 7 * PAGE));
}

TEST_F(mode, next_owner_gets_zeroes)
{
	const uint64_t length = self->args.length;
	struct physvm_alloc next;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	memset(addr_of(&self->args), PATTERN, length);
	release(self->fd, &self->args);
	next = phys_args(self->args.out_phys, length);
	next.flags |= PHYSVM_ALLOC_HIDDEN;
	ASSERT_EQ(0, alloc(self->fd, &next));
	EXPECT_TRUE(all_zero(addr_of(&next), length));
}

TEST_F(mode, decommitted_comes_back_zero)
{
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, BLOCK_PAGES + 3);
	ASSERT_EQ(0, decommit(self->fd, area + 7 * PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 7 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 8 * PAGE));
	EXPECT_EQ(BLOCK_PAGES - 6, numbered_pages(area + 9 * PAGE, 9, BLOCK_PAGES - 6));
	ASSERT_EQ(0, commit(self->fd, area + 7 * PAGE, 2 * PAGE));
	EXPECT_TRUE(all_zero(area + 7 * PAGE, 2 * PAGE));
	EXPECT_EQ(7, numbered_pages(area, 0, 7));
}

TEST_F(mode, shares_no_block_with_another)
{
	struct physvm_alloc other = alloc_args(PAGE, PHYSVM_ALLOC_HIDDEN);

	if (variant->cache == PHYSVM_CACHE_WB)
		other.cache = PHYSVM_CACHE_UC;
	self->args.length = PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, alloc(self->fd, &other));
	EXPECT_NE(self->args.out_phys / BLOCK, other.out_phys / BLOCK);
	release(self->fd, &other);
	other.flags |= PHYSVM_ALLOC_PHYS;
	other.phys_addr = self->args.out_phys ^ PAGE;
	EXPECT_REFUSED(EBUSY, self->fd, alloc(self->fd, &other));
}

TEST_F(mode, all_of_the_pool)
{
	const struct physvm_pool_stat before = hidden_stat(self->fd);
	struct physvm_pool_stat after;

	self->args.length = before.out_total_pages * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, hidden_stat(self->fd).out_free_pages);
	EXPECT_EQ(0, write_signal(addr_of(&self->args) + self->args.length - PAGE));
	release(self->fd, &self->args);
	after = hidden_stat(self->fd);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* Placement. */

TEST_F(hidden, exactly_where_asked)
{
	const uint64_t places[] = { self->phys, self->phys + 3 * PAGE, self->phys + BLOCK - 5 * PAGE,
				    self->phys + self->length - AREA };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct physvm_alloc args = phys_args(places[i], AREA);

		args.flags |= PHYSVM_ALLOC_HIDDEN;
		ASSERT_EQ(0, alloc(self->fd, &args));
		EXPECT_EQ(places[i], args.out_phys);
		EXPECT_EQ(places[i] + AREA - PAGE,
			  query(self->fd, addr_of(&args) + AREA - PAGE).out_phys);
		release(self->fd, &args);
	}
}

TEST_F(hidden, not_where_somebody_is)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	self->args.phys_addr = self->args.out_phys + PAGE;
	self->args.flags |= PHYSVM_ALLOC_PHYS;
	EXPECT_NOTHING_TAKEN(EBUSY, alloc(self->fd, &self->args));
}

TEST_F(hidden, not_where_the_pool_is_not)
{
	struct physvm_alloc ram = alloc_args(PAGE, 0);

	ASSERT_EQ(0, alloc(self->fd, &ram));
	release(self->fd, &ram);
	self->args.flags |= PHYSVM_ALLOC_PHYS;
	self->args.phys_addr = ram.out_phys;
	EXPECT_NOTHING_TAKEN(ENXIO, alloc(self->fd, &self->args));
	self->args.phys_addr = self->phys - PAGE;
	EXPECT_NOTHING_TAKEN(ENXIO, alloc(self->fd, &self->args));
	self->args.phys_addr = self->phys + self->length - AREA + PAGE;
	EXPECT_NOTHING_TAKEN(ENXIO, alloc(self->fd, &self->args));
	self->args.phys_addr = self->phys;
	self->args.flags &= ~PHYSVM_ALLOC_HIDDEN;
	EXPECT_NOTHING_TAKEN(ENXIO, alloc(self->fd, &self->args));
}

TEST_F(hidden, contiguous_or_not_at_all)
{
	struct physvm_alloc middle = phys_args(self->phys + self->length / 2, PAGE);

	middle.flags |= PHYSVM_ALLOC_HIDDEN;
	ASSERT_EQ(0, alloc(self->fd, &middle));
	self->args.length = self->length - BLOCK;
	self->args.flags |= PHYSVM_ALLOC_CONTIG;
	EXPECT_NOTHING_TAKEN(ENOMEM, alloc(self->fd, &self->args));
	self->args.flags &= ~PHYSVM_ALLOC_CONTIG;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
	release(self->fd, &self->args);
	self->args.length = self->length / 2;
	self->args.flags |= PHYSVM_ALLOC_CONTIG;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->length / 2, query(self->fd, addr_of(&self->args)).out_run_length);
}

TEST_F(hidden, exhausted)
{
	struct physvm_alloc all = self->args;

	self->args.length = self->length + PAGE;
	EXPECT_NOTHING_TAKEN(ENOMEM, alloc(self->fd, &self->args));
	all.length = self->length - PAGE;
	ASSERT_EQ(0, alloc(self->fd, &all));
	self->args.length = 2 * PAGE;
	EXPECT_NOTHING_TAKEN(ENOMEM, alloc(self->fd, &self->args));
	self->args.length = PAGE;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_NOTHING_TAKEN(ENOMEM, alloc(self->fd, &self->args));
}

TEST_F(hidden, of_two_kinds)
{
	const uint32_t flags = self->args.flags;

	self->args.flags = flags | PHYSVM_ALLOC_NORESERVE;
	EXPECT_NOTHING_TAKEN(EINVAL, alloc(self->fd, &self->args));
	self->args.flags = flags | PHYSVM_ALLOC_DEVICE;
	EXPECT_NOTHING_TAKEN(EINVAL, alloc(self->fd, &self->args));
	self->args.flags = flags;
	self->args.cache = PHYSVM_CACHE_UC + 1;
	EXPECT_NOTHING_TAKEN(EOPNOTSUPP, alloc(self->fd, &self->args));
}

/* Page states. */

TEST_F(hidden, guards_and_population)
{
	char *area;

	self->args.flags |= BOTH_GUARDS | PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(SIGSEGV, write_signal(area - PAGE));
	EXPECT_EQ(0, write_signal(area));
	EXPECT_EQ(0, write_signal(area + AREA - PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + AREA));
	EXPECT_EQ(0, unmap(self->fd, area, AREA));
}

TEST_F(hidden, reserved_until_committed)
{
	char *area;

	self->args.flags &= ~PHYSVM_ALLOC_COMMIT;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(SIGSEGV, read_signal(area));
	ASSERT_EQ(0, commit(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 2 * PAGE));
	EXPECT_EQ(0, write_signal(area + 3 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 4 * PAGE));
}

TEST_F(hidden, protection)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	ASSERT_EQ(0, mprotect(addr_of(&self->args), PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(addr_of(&self->args)));
	EXPECT_EQ(0, write_signal(addr_of(&self->args) + PAGE));
}

TEST_F(hidden, descriptor_shows_the_same)
{
	char *again;

	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = mmap(NULL, AREA, RW, MAP_SHARED, self->args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, again);
	number_pages(addr_of(&self->args), 20);
	EXPECT_EQ(20, numbered_pages(again, 0, 20));
	ASSERT_EQ(0, decommit(self->fd, addr_of(&self->args), PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(again));
}

/* Others. */

static void fill_pool_and_die(int fd, const void *arg)
{
	struct physvm_alloc args = alloc_args(*(const uint64_t *)arg,
					      PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_COMMIT);

	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
	child_need(!alloc(fd, &args));
	memset(addr_of(&args), PATTERN, args.length);
	raise(SIGSTOP);
}

TEST_F_TIMEOUT(hidden, killed_owner_leaves_zeroes, PATIENCE)
{
	pid_t pid;
	int tries;

	/* All of a pool is more than a user may have by default. */
	ASSERT_EQ(0, parameter_set("user_limit", "100%"));
	pid = child_start(fill_pool_and_die, self->fd, &self->length);
	EXPECT_TRUE(child_stopped(pid));
	ASSERT_EQ(0, parameter_set("user_limit", "50%"));
	ASSERT_EQ(0, hidden_stat(self->fd).out_free_pages);
	ASSERT_TRUE(child_kill(pid));
	for (tries = 0; tries < 500 && hidden_stat(self->fd).out_used_pages; tries++)
		usleep(10000);
	self->args.length = self->length;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), self->length));
}

TEST_F(hidden, users_share_no_block)
{
	const uint64_t length = PAGE;
	pid_t pid = child_start(fill_pool_and_die, self->fd, &length);

	ASSERT_TRUE(child_stopped(pid));
	self->args.length = self->length - BLOCK + PAGE;
	EXPECT_NOTHING_TAKEN(ENOMEM, alloc(self->fd, &self->args));
	self->args.length -= PAGE;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(child_kill(pid));
}

TEST_F(hidden, no_direct_io)
{
	int file = open(SCRATCH, O_TMPFILE | O_RDWR | O_CLOEXEC | O_DIRECT, 0600);
	char *memory = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);

	if (file < 0)
		SKIP(return, "no file with O_DIRECT: %s", strerror(errno));
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	EXPECT_EQ(-1, pwrite(file, addr_of(&self->args), PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(PAGE, pwrite(file, memory, PAGE, 0));
	EXPECT_EQ(-1, pread(file, addr_of(&self->args), PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(hidden, no_access_from_outside)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote;
	int ends[2];

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	remote = (struct iovec){ addr_of(&self->args), 1 };
	EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(-1, vmsplice(ends[1], &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* Debuggers. */

TEST_F(hidden, peek_and_poke)
{
	unsigned long word, *shared;
	pid_t child;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	shared = (unsigned long *)addr_of(&self->args);
	shared[PAGE / sizeof(word)] = 42;
	child = start_traced();
	ASSERT_LT(0, child);
	EXPECT_EQ(0, peek(child, shared + PAGE / sizeof(word), &word));
	EXPECT_EQ(42, word);
	EXPECT_EQ(0, poke(child, shared + PAGE / sizeof(word), 43));
	EXPECT_EQ(43, shared[PAGE / sizeof(word)]);
	/* Over the border of two pages. */
	EXPECT_EQ(0, poke(child, (char *)shared + 3 * PAGE - 4, 0x1122334455667788));
	EXPECT_EQ(0, peek(child, (char *)shared + 3 * PAGE - 4, &word));
	EXPECT_EQ(0x1122334455667788, word);
	EXPECT_EQ(0x11223344, *(uint32_t *)((char *)shared + 3 * PAGE));
	EXPECT_TRUE(child_kill(child));
}

/* What somebody else has left there least of all. */
TEST_F(hidden, peek_before_the_first_touch)
{
	static unsigned long seen[PAGE / sizeof(unsigned long)];
	struct physvm_alloc next;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	memset(addr_of(&self->args), PATTERN, AREA);
	ASSERT_EQ(0, decommit(self->fd, addr_of(&self->args), AREA));
	ASSERT_EQ(0, commit(self->fd, addr_of(&self->args), AREA));
	seen[0] = 1;
	ASSERT_EQ(PAGE, mem_read(addr_of(&self->args), seen, PAGE));
	EXPECT_TRUE(all_zero(seen, PAGE));
	release(self->fd, &self->args);
	next = phys_args(self->args.out_phys, AREA);
	next.flags |= PHYSVM_ALLOC_HIDDEN;
	ASSERT_EQ(0, alloc(self->fd, &next));
	/* What a debugger wrote first is not taken for what is to be zeroed. */
	seen[7] = 77;
	ASSERT_EQ(PAGE, mem_write(addr_of(&next) + PAGE, seen, PAGE));
	EXPECT_EQ(77, ((unsigned long *)(addr_of(&next) + PAGE))[7]);
	seen[7] = 0;
	ASSERT_EQ(PAGE, mem_write(addr_of(&next) + PAGE, seen, PAGE));
	EXPECT_TRUE(all_zero(addr_of(&next), AREA));
}

TEST_F(hidden, peek_of_a_reserved_page)
{
	static char bytes[2 * PAGE];
	unsigned long word;
	pid_t child;
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	number_pages(area, 20);
	ASSERT_EQ(0, decommit(self->fd, area + 2 * PAGE, PAGE));
	child = start_traced();
	ASSERT_LT(0, child);
	EXPECT_EQ(EIO, peek(child, area + 2 * PAGE, &word));
	EXPECT_EQ(EIO, poke(child, area + 2 * PAGE, 1));
	/* Not even a part of a word. */
	EXPECT_EQ(EIO, peek(child, area + 2 * PAGE - 4, &word));
	EXPECT_TRUE(child_kill(child));
	EXPECT_EQ(-EIO, mem_read(area + 2 * PAGE, bytes, PAGE));
	EXPECT_EQ(-EIO, mem_write(area + 2 * PAGE, bytes, PAGE));
	EXPECT_EQ(100, mem_read(area + 2 * PAGE - 100, bytes, 100 + PAGE) % PAGE);
	ASSERT_EQ(0, commit(self->fd, area + 2 * PAGE, PAGE));
	EXPECT_TRUE(all_zero(area + 2 * PAGE, PAGE));
	EXPECT_EQ(PAGE, mem_read(area + 2 * PAGE, bytes, PAGE));
}

TEST_F(hidden, peek_of_guards_and_beyond)
{
	char byte = 1;
	char *area;

	self->args.flags |= BOTH_GUARDS;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(1, mem_read(area, &byte, 1));
	EXPECT_EQ(1, mem_read(area + AREA - 1, &byte, 1));
	EXPECT_EQ(-EIO, mem_read(area - 1, &byte, 1));
	EXPECT_EQ(-EIO, mem_read(area + AREA, &byte, 1));
	EXPECT_EQ(-EIO, mem_write(area - 1, &byte, 1));
	EXPECT_EQ(-EIO, mem_write(area + AREA, &byte, 1));
}

/*
 * As where there are pages. What ptrace(2) may read /proc/PID/mem may not on kernels
 * that reserve that for ptrace(2), CONFIG_PROC_MEM_FORCE_PTRACE.
 */
TEST_F(hidden, poke_where_nobody_may_write)
{
	struct physvm_alloc pages = alloc_args(PAGE, PHYSVM_ALLOC_COMMIT);
	unsigned long word = 0;
	char byte = 1;
	char *area;
	pid_t child;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, alloc(self->fd, &pages));
	area = addr_of(&self->args);
	area[0] = 5;
	*addr_of(&pages) = 5;
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(addr_of(&pages), PAGE, PROT_READ));
	EXPECT_EQ(-EIO, mem_write(addr_of(&pages), &byte, 1));
	EXPECT_EQ(-EIO, mem_write(area, &byte, 1));
	EXPECT_EQ(5, area[0]);
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(addr_of(&pages), PAGE, PROT_NONE));
	child = start_traced();
	ASSERT_LT(0, child);
	EXPECT_EQ(0, peek(child, addr_of(&pages), &word));
	EXPECT_EQ(5, word);
	EXPECT_EQ(0, peek(child, area, &word));
	EXPECT_EQ(5, word);
	EXPECT_EQ(EIO, poke(child, area, 1));
	EXPECT_TRUE(child_kill(child));
	EXPECT_EQ(-EIO, mem_write(area, &byte, 1));
}

TEST_F(hidden, peek_where_nobody_may_ever_read)
{
	char byte = 1;
	char *again;

	self->args.flags |= PHYSVM_ALLOC_FD;
	self->args.prot = PROT_WRITE;
	self->args.max_prot = PROT_WRITE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, self->args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(-EIO, mem_read(again, &byte, 1));
	EXPECT_EQ(1, mem_write(again, &byte, 1));
}

/* What the memory had before belongs to nobody. Last: the module goes. */

static int load_hidden(const char *hidden)
{
	char params[100];

	snprintf(params, sizeof(params), "hidden=%s", hidden);
	return kmod_load("physvm", params);
}

TEST_F(hidden, zz_parameters)
{
	const unsigned long long phys = self->phys, length = self->length;
	char text[64], works[64];

	snprintf(works, sizeof(works), "%llu@%#llx", length, phys);
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, kmod_unload("physvm"));

#define EXPECT_LOAD(error, ...) \
	do { \
		snprintf(text, sizeof(text), __VA_ARGS__); \
		EXPECT_EQ(error, load_hidden(text)) { TH_LOG("hidden=%s", text); } \
	} while (0)

	EXPECT_LOAD(EINVAL, "%llu", length);
	EXPECT_LOAD(EINVAL, "@%#llx", phys);
	EXPECT_LOAD(EINVAL, "%llu@", length);
	EXPECT_LOAD(EINVAL, "0@%#llx", phys);
	EXPECT_LOAD(EINVAL, "much@%#llx", phys);
	EXPECT_LOAD(EINVAL, "%llu@here", length);
	EXPECT_LOAD(EINVAL, "%lluK@%#llx", length / 1024 + 4, phys);
	EXPECT_LOAD(EINVAL, "%llu@%#llx", length - BLOCK, phys + PAGE);
	EXPECT_LOAD(EINVAL, "%llu@%#llx", -(unsigned long long)BLOCK, 2ull * BLOCK);
	EXPECT_LOAD(ENXIO, "2M@16M");
	EXPECT_LOAD(ENXIO, "%llu@%#llx", length + BLOCK, phys);
	EXPECT_LOAD(ENXIO, "%llu@%#llx", length, phys - BLOCK);
	EXPECT_LOAD(ENXIO, "2M@%#llx", 1ull << physical_bits());
	/* No RAM, no device: nothing that would remember. */
	EXPECT_LOAD(ENXIO, "2M@%#llx", (1ull << (physical_bits() - 1)) + BLOCK);
	EXPECT_EQ(0, load_hidden(works));
}

TEST_F(hidden, zzz_contents_of_before_are_gone)
{
	char text[64];

	self->args.length = self->length;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), self->length));
	release(self->fd, &self->args);
	snprintf(text, sizeof(text), "%llu@%#llx", (unsigned long long)self->length,
		 (unsigned long long)self->phys);
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, kmod_unload("physvm"));

	/* With no hidden pool it is memory like a device's. */
	ASSERT_EQ(0, kmod_load("physvm", ""));
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, hidden_stat(self->fd).out_total_pages);
	EXPECT_EQ(0, hidden_range(self->fd, 0).size);
	self->args = alloc_args(PAGE, PHYSVM_ALLOC_HIDDEN);
	EXPECT_EQ(ENOMEM, alloc(self->fd, &self->args));
	self->args = device_args(claim(self->fd, self->phys, self->length), self->phys,
				 self->length, PHYSVM_CACHE_WB);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	memset(addr_of(&self->args), PATTERN, self->length);
	release(self->fd, &self->args);
	close(self->args.claim_fd);
	close(self->fd);
	ASSERT_EQ(0, kmod_unload("physvm"));

	ASSERT_EQ(0, load_hidden(text));
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	self->args = alloc_args(self->length, PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_COMMIT);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(all_zero(addr_of(&self->args), self->length));
}

TEST_HARNESS_MAIN
