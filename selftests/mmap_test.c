// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas as the rest of the kernel sees them: mmap(2) of their descriptors, and
 * every system call that works on mappings and files without asking us.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)
#define BOTH_GUARDS (PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD)

/* Not in every libc, and numbers of kernels to come. */
#define FIRST_MEMORY_FAILURE_ADVICE 100		/* MADV_HWPOISON */
#define LAST_MEMORY_FAILURE_ADVICE 101		/* MADV_SOFT_OFFLINE */
#define GUARD_INSTALL 102			/* MADV_GUARD_INSTALL */
#define GUARD_REMOVE 103			/* MADV_GUARD_REMOVE */
#define LAST_ADVICE 110

/* An area, committed and numbered, mapped with guards, and its descriptor. */
FIXTURE(map)
{
	int fd;
	int area_fd;
	char *area;
	size_t length;
	struct traces before;
};

FIXTURE_VARIANT(map)
{
	size_t pages;
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(map, pages)
{
	.pages = 8,
	.flags = BOTH_GUARDS,
};

FIXTURE_VARIANT_ADD(map, blocks)
{
	.pages = 3 * BLOCK_PAGES + 8,
	.flags = BOTH_GUARDS,
};

FIXTURE_VARIANT_ADD(map, blocks_populated)
{
	.pages = 3 * BLOCK_PAGES,
	.flags = BOTH_GUARDS | PHYSVM_ALLOC_POPULATE,
};

FIXTURE_SETUP(map)
{
	struct physvm_alloc args = alloc_args(variant->pages * PAGE,
					      variant->flags | PHYSVM_ALLOC_COMMIT |
					      PHYSVM_ALLOC_FD);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->before = traces(self->fd);
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	self->area_fd = args.out_fd;
	self->area = (char *)(uintptr_t)args.out_addr;
	self->length = args.length;
	number_pages(self->area, variant->pages);
}

FIXTURE_TEARDOWN(map)
{
}

static bool all_numbered(const char *addr, size_t pages)
{
	return numbered_pages(addr, 0, pages) == pages;
}

/* All but page @but. */
static bool others_numbered(const char *addr, size_t pages, size_t but)
{
	return numbered_pages(addr, 0, but) == but &&
	       numbered_pages(addr + (but + 1) * PAGE, but + 1, pages - but - 1) ==
		       pages - but - 1;
}

#define EXPECT_CONTENTS() EXPECT_TRUE(all_numbered(self->area, variant->pages))

/* mmap(2) */

static int mmap_error(int area_fd, size_t length, int prot, int flags, off_t offset)
{
	return mmap(NULL, length, prot, flags, area_fd, offset) == MAP_FAILED ? errno : 0;
}

TEST_F(map, private)
{
	EXPECT_REFUSED(EINVAL, self->fd,
		       mmap_error(self->area_fd, PAGE, RW, MAP_PRIVATE, 0));
}

TEST_F(map, private_and_read_only)
{
	EXPECT_REFUSED(EINVAL, self->fd,
		       mmap_error(self->area_fd, PAGE, PROT_READ, MAP_PRIVATE, 0));
}

TEST_F(map, offset_at_the_end)
{
	EXPECT_REFUSED(ENXIO, self->fd,
		       mmap_error(self->area_fd, PAGE, RW, MAP_SHARED, self->length));
}

TEST_F(map, offset_beyond_the_end)
{
	for (int bit = 31; bit < 62; bit++) {
		EXPECT_REFUSED(ENXIO, self->fd,
			       mmap_error(self->area_fd, PAGE, RW, MAP_SHARED, 1ul << bit));
	}
}

/* However far beyond the end: no offset but an area's own means anything. */
TEST_F_TIMEOUT(map, offset_so_large_that_bits_of_it_may_have_a_meaning, 120)
{
	for (size_t page = 0; page < 2 * BLOCK_PAGES; page++) {
		ASSERT_EQ(ENXIO, mmap_error(self->area_fd, PAGE, RW, MAP_SHARED,
					    (1ul << 62) + page * PAGE)) {
			TH_LOG("page %zu", page);
		}
	}
}

TEST_F(map, offset_negative)
{
	EXPECT_REFUSED(ENXIO, self->fd,
		       mmap_error(self->area_fd, PAGE, RW, MAP_SHARED, -BLOCK));
}

TEST_F(map, length_beyond_the_end)
{
	EXPECT_REFUSED(ENXIO, self->fd,
		       mmap_error(self->area_fd, self->length + PAGE, RW, MAP_SHARED, 0));
}

TEST_F(map, length_beyond_the_end_from_an_offset)
{
	EXPECT_REFUSED(ENXIO, self->fd,
		       mmap_error(self->area_fd, self->length, RW, MAP_SHARED, PAGE));
}

TEST_F(map, synchronous)
{
	EXPECT_REFUSED(EOPNOTSUPP, self->fd,
		       mmap_error(self->area_fd, PAGE, RW,
				  MAP_SHARED_VALIDATE | MAP_SYNC, 0));
}

static int ceiling_fd(int fd, uint32_t max_prot)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT);

	args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT;
	args.prot = 0;
	args.max_prot = max_prot;
	return call(fd, PHYSVM_ALLOC, &args) ? -1 : args.out_fd;
}

TEST_F(map, protection_beyond_the_ceiling)
{
	int readable = ceiling_fd(self->fd, PHYSVM_PROT_READ);
	int writable = ceiling_fd(self->fd, PHYSVM_PROT_READ | PHYSVM_PROT_WRITE);

	EXPECT_REFUSED(EACCES, self->fd, mmap_error(readable, PAGE, RW, MAP_SHARED, 0));
	EXPECT_REFUSED(EACCES, self->fd,
		       mmap_error(readable, PAGE, PROT_WRITE, MAP_SHARED, 0));
	EXPECT_REFUSED(EACCES, self->fd,
		       mmap_error(writable, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
}

TEST_F(map, protection_raised_beyond_the_ceiling)
{
	int readable = ceiling_fd(self->fd, PHYSVM_PROT_READ);
	char *addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, readable, 0);

	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_REFUSED(EACCES, self->fd, mprotect(addr, PAGE, RW) ? errno : 0);
	EXPECT_REFUSED(EACCES, self->fd,
		       mprotect(addr, PAGE, PROT_READ | PROT_EXEC) ? errno : 0);
	EXPECT_EQ(SIGSEGV, write_signal(addr));
}

TEST_F(map, whole)
{
	char *hole = free_addresses(self->length);
	char *again = mmap(hole, self->length, RW, MAP_SHARED | MAP_FIXED_NOREPLACE,
			   self->area_fd, 0);

	ASSERT_EQ(hole, again);
	EXPECT_TRUE(all_numbered(again, variant->pages));
	EXPECT_EQ(0, query(self->fd, again - PAGE).size);
	EXPECT_EQ(0, query(self->fd, again + self->length).size);
}

TEST_F(map, pages_by_themselves)
{
	for (size_t i = 0; i < variant->pages; i += 1 + variant->pages / 100) {
		char *page = mmap(NULL, PAGE, RW, MAP_SHARED, self->area_fd, i * PAGE);

		ASSERT_NE(MAP_FAILED, page);
		ASSERT_EQ(1, numbered_pages(page, i, 1));
		ASSERT_EQ(0, munmap(page, PAGE));
	}
}

TEST_F(map, from_an_offset)
{
	const size_t pages = variant->pages - 3;
	char *part = mmap(NULL, pages * PAGE, RW, MAP_SHARED, self->area_fd, 3 * PAGE);

	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(pages, numbered_pages(part, 3, pages));
}

TEST_F(map, at_addresses_that_do_not_suit_blocks)
{
	static const size_t shifts[] = { 1, 7, 256, 511 };
	char *hole = free_addresses(self->length + BLOCK);

	for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
		char *at = mmap(hole + shifts[i] * PAGE, self->length, RW,
				MAP_SHARED | MAP_FIXED_NOREPLACE, self->area_fd, 0);

		ASSERT_EQ(hole + shifts[i] * PAGE, at);
		EXPECT_TRUE(all_numbered(at, variant->pages));
		ASSERT_EQ(0, munmap(at, self->length));
	}
}

TEST_F(map, two_mappings_are_one_memory)
{
	char *again = mmap(NULL, self->length, RW, MAP_SHARED, self->area_fd, 0);

	ASSERT_NE(MAP_FAILED, again);
	memset(again, 0, self->length);
	EXPECT_TRUE(all_zero(self->area, self->length));
	number_pages(self->area, variant->pages);
	EXPECT_TRUE(all_numbered(again, variant->pages));
}

TEST_F(map, populated_by_mmap)
{
	char *again = mmap(NULL, self->length, RW, MAP_SHARED | MAP_POPULATE,
			   self->area_fd, 0);

	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(variant->pages, resident_pages(again, variant->pages));
	EXPECT_TRUE(all_numbered(again, variant->pages));
}

TEST_F(map, reserved_area_populated_by_mmap)
{
	int reserved = alloc_fd(self->fd, self->length, 0);
	char *addr = mmap(NULL, self->length, RW, MAP_SHARED | MAP_POPULATE, reserved, 0);

	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_EQ(0, resident_pages(addr, variant->pages));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
}

TEST_F(map, remapped_page_by_page)
{
	const size_t last = variant->pages - 1;

	ASSERT_EQ(0, syscall(SYS_remap_file_pages, self->area, PAGE, 0, last, 0));
	EXPECT_EQ(1, numbered_pages(self->area, last, 1));
	EXPECT_EQ(last, numbered_pages(self->area + PAGE, 1, last));
}

/* munmap(2) and mappings over ours */

static const char *const where[] = { "first", "middle", "last" };

static size_t page_at(size_t i, size_t pages)
{
	return i * (pages - 1) / 2;
}

TEST_F(map, munmap_of_a_page)
{
	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		char *again = mmap(NULL, self->length, RW, MAP_SHARED, self->area_fd, 0);
		const size_t page = page_at(i, variant->pages);

		ASSERT_NE(MAP_FAILED, again);
		ASSERT_TRUE(all_numbered(again, variant->pages));
		ASSERT_EQ(0, munmap(again + page * PAGE, PAGE));
		EXPECT_EQ(SIGSEGV, read_signal(again + page * PAGE)) {
			TH_LOG("%s page", where[i]);
		}
		EXPECT_TRUE(others_numbered(again, variant->pages, page)) {
			TH_LOG("%s page", where[i]);
		}
		EXPECT_EQ(0, query(self->fd, again + page * PAGE).size);
	}
	EXPECT_CONTENTS();
}

TEST_F(map, munmap_of_all_with_its_guards)
{
	ASSERT_EQ(0, munmap(self->area - PAGE, self->length + 2 * PAGE));
	ASSERT_EQ(0, close(self->area_fd));
	EXPECT_TRUE(same_traces(self->before, traces(self->fd)));
}

TEST_F(map, munmap_of_all_leaves_the_guards)
{
	ASSERT_EQ(0, munmap(self->area, self->length));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, self->area - PAGE).out_state);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, self->area + self->length).out_state);
	EXPECT_EQ(SIGSEGV, read_signal(self->area - PAGE));
}

TEST_F(map, other_memory_over_a_page)
{
	const size_t page = variant->pages / 2;
	char *over = mmap(self->area + page * PAGE, PAGE, RW,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ASSERT_EQ(self->area + page * PAGE, over);
	EXPECT_TRUE(all_zero(over, PAGE));
	EXPECT_TRUE(others_numbered(self->area, variant->pages, page));
	EXPECT_REFUSED(ENOENT, self->fd, unmap(self->fd, self->area, self->length));
	EXPECT_REFUSED(ENOENT, self->fd, decommit(self->fd, self->area, self->length));
}

TEST_F(map, other_memory_over_a_page_and_ours_again)
{
	const size_t page = variant->pages / 2;
	char *over = self->area + page * PAGE;

	ASSERT_EQ(over, mmap(over, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_EQ(over, mmap(over, PAGE, RW, MAP_SHARED | MAP_FIXED, self->area_fd,
			     page * PAGE));
	EXPECT_CONTENTS();
	EXPECT_EQ(self->length, query(self->fd, self->area).out_region_length);
}

/* mremap(2) */

static int mremap_error(void *addr, size_t old_length, size_t length, int flags, void *to)
{
	return mremap(addr, old_length, length, flags, to) == MAP_FAILED ? errno : 0;
}

TEST_F(map, mremap_to_grow)
{
	char *again = mmap(NULL, self->length, RW, MAP_SHARED, self->area_fd, 0);

	ASSERT_NE(MAP_FAILED, again);
	EXPECT_REFUSED(EFAULT, self->fd,
		       mremap_error(again, self->length, self->length + PAGE, 0, NULL));
	EXPECT_REFUSED(EFAULT, self->fd,
		       mremap_error(again, self->length, self->length + PAGE,
				    MREMAP_MAYMOVE, NULL));
	EXPECT_TRUE(all_numbered(again, variant->pages));
}

TEST_F(map, mremap_to_duplicate)
{
	EXPECT_REFUSED(EFAULT, self->fd,
		       mremap_error(self->area, 0, self->length, MREMAP_MAYMOVE, NULL));
	EXPECT_CONTENTS();
}

TEST_F(map, mremap_to_keep_the_old_mapping)
{
	EXPECT_REFUSED(EINVAL, self->fd,
		       mremap_error(self->area, PAGE, PAGE,
				    MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
	EXPECT_CONTENTS();
}

TEST_F(map, mremap_to_shrink)
{
	const size_t pages = variant->pages / 2;

	ASSERT_EQ(self->area, mremap(self->area, self->length, pages * PAGE, 0));
	EXPECT_TRUE(all_numbered(self->area, pages));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + pages * PAGE));
	EXPECT_EQ(pages * PAGE, query(self->fd, self->area).out_region_length);
}

/* Moves page @page and what follows to @to. */
static bool move(char *from, size_t pages, char *to)
{
	return mremap(from, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      to) == to;
}

TEST_F(map, mremap_to_move)
{
	char *hole = free_addresses(self->length);

	ASSERT_TRUE(move(self->area, variant->pages, hole));
	EXPECT_TRUE(all_numbered(hole, variant->pages));
	EXPECT_EQ(SIGSEGV, read_signal(self->area));
	EXPECT_EQ((uintptr_t)hole, query(self->fd, hole).out_region_addr);
	EXPECT_EQ(0, decommit(self->fd, hole + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(hole + PAGE));
	EXPECT_TRUE(others_numbered(hole, variant->pages, 1));
}

TEST_F(map, mremap_to_addresses_that_do_not_suit_blocks)
{
	char *hole = free_addresses(self->length + BLOCK) + 3 * PAGE;

	ASSERT_TRUE(move(self->area, variant->pages, hole));
	EXPECT_TRUE(all_numbered(hole, variant->pages));
	ASSERT_EQ(0, madvise(hole, self->length, MADV_DONTNEED));
	EXPECT_TRUE(all_numbered(hole, variant->pages));
}

TEST_F(map, mremap_from_and_back_to_addresses_that_suit_blocks)
{
	char *hole = free_addresses(self->length + BLOCK) + 3 * PAGE;

	ASSERT_TRUE(move(self->area, variant->pages, hole));
	ASSERT_TRUE(move(hole, variant->pages, self->area));
	EXPECT_CONTENTS();
}

TEST_F(map, mremap_of_a_page)
{
	const size_t page = variant->pages / 2;
	char *hole = free_addresses(PAGE);

	ASSERT_TRUE(move(self->area + page * PAGE, 1, hole));
	EXPECT_EQ(1, numbered_pages(hole, page, 1));
	EXPECT_TRUE(others_numbered(self->area, variant->pages, page));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + page * PAGE));
	EXPECT_EQ(PAGE, query(self->fd, hole).out_region_length);
}

TEST_F(map, mremap_of_all_with_its_guards)
{
	char *hole = free_addresses(self->length + 2 * PAGE);

	ASSERT_TRUE(move(self->area - PAGE, variant->pages + 2, hole));
	EXPECT_TRUE(all_numbered(hole + PAGE, variant->pages));
	EXPECT_EQ(SIGSEGV, read_signal(hole));
	EXPECT_EQ(SIGSEGV, read_signal(hole + PAGE + self->length));
	EXPECT_EQ(0, unmap(self->fd, hole + PAGE, self->length));
	EXPECT_EQ(0, query(self->fd, hole).size);
}

/* madvise(2): every verb there is, and some there are not. */

static bool spares_memory(int advice)
{
	return advice < FIRST_MEMORY_FAILURE_ADVICE || advice > LAST_MEMORY_FAILURE_ADVICE;
}

#define FOR_EACH_ADVICE(advice) \
	for (int advice = 0; advice <= LAST_ADVICE; advice++) \
		if (spares_memory(advice))

TEST_F_TIMEOUT(map, madvise_of_all, 120)
{
	FOR_EACH_ADVICE(advice) {
		madvise(self->area, self->length, advice);
		madvise(self->area, self->length, GUARD_REMOVE);
		EXPECT_CONTENTS() {
			TH_LOG("advice %d", advice);
		}
	}
	EXPECT_EQ(self->length, query(self->fd, self->area).out_region_length);
}

TEST_F_TIMEOUT(map, madvise_of_a_page, 120)
{
	char *page = self->area + variant->pages / 2 * PAGE;

	FOR_EACH_ADVICE(advice) {
		madvise(page, PAGE, advice);
		madvise(page, PAGE, GUARD_REMOVE);
		EXPECT_CONTENTS() {
			TH_LOG("advice %d", advice);
		}
	}
	EXPECT_EQ(self->length, query(self->fd, self->area).out_region_length);
}

TEST_F(map, madvise_of_reserved_pages)
{
	char *reserved = alloc_map(self->fd, self->length, 0);

	FOR_EACH_ADVICE(advice) {
		madvise(reserved, self->length, advice);
		madvise(reserved, self->length, GUARD_REMOVE);
		EXPECT_EQ(SIGSEGV, read_signal(reserved)) {
			TH_LOG("advice %d", advice);
		}
	}
	EXPECT_EQ(0, resident_pages(reserved, variant->pages));
}

TEST_F(map, madvise_of_guards)
{
	FOR_EACH_ADVICE(advice) {
		madvise(self->area - PAGE, PAGE, advice);
		madvise(self->area - PAGE, PAGE, GUARD_REMOVE);
		EXPECT_EQ(SIGSEGV, read_signal(self->area - PAGE)) {
			TH_LOG("advice %d", advice);
		}
	}
}

TEST_F(map, madvise_dontneed_gives_nothing_up)
{
	ASSERT_EQ(0, madvise(self->area, self->length, MADV_DONTNEED));
	EXPECT_EQ(0, resident_pages(self->area, variant->pages));
	EXPECT_CONTENTS();
}

TEST_F(map, madvise_remove)
{
	EXPECT_EQ(-1, madvise(self->area, self->length, MADV_REMOVE));
	EXPECT_CONTENTS();
}

/* Locked memory */

TEST_F(map, mlock_and_munlock)
{
	EXPECT_EQ(0, mlock(self->area, self->length));
	EXPECT_CONTENTS();
	EXPECT_EQ(0, munlock(self->area, self->length));
	EXPECT_CONTENTS();
}

TEST_F(map, mlock_of_a_page)
{
	char *page = self->area + variant->pages / 2 * PAGE;

	EXPECT_EQ(0, mlock(page, PAGE));
	EXPECT_CONTENTS();
	EXPECT_EQ(0, munmap(page, PAGE));
	EXPECT_TRUE(others_numbered(self->area, variant->pages, variant->pages / 2));
}

TEST_F(map, mlockall_of_what_is_there)
{
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	EXPECT_CONTENTS();
	EXPECT_EQ(SIGSEGV, read_signal(self->area - PAGE));
	ASSERT_EQ(0, munlockall());
}

TEST_F(map, mlockall_of_what_will_be)
{
	char *committed, *reserved;

	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	committed = alloc_map(self->fd, self->length, PHYSVM_ALLOC_COMMIT);
	reserved = alloc_map(self->fd, self->length, 0);
	ASSERT_TRUE(committed && reserved);
	EXPECT_TRUE(all_zero(committed, self->length));
	EXPECT_EQ(SIGSEGV, read_signal(reserved));
	EXPECT_EQ(0, unmap(self->fd, committed, self->length));
	ASSERT_EQ(0, munlockall());
}

/* Looking */

TEST_F(map, mincore_tells_what_is_mapped)
{
	unsigned char *map = calloc(variant->pages, 1);
	size_t present = 0;

	ASSERT_EQ(0, mincore(self->area, self->length, map));
	for (size_t i = 0; i < variant->pages; i++)
		present += map[i] & 1;
	EXPECT_EQ(variant->pages, present);
	free(map);
}

/* Is there a line with both in the file? */
static bool file_has_line(const char *path, const char *start, const char *text)
{
	static char line[4096];
	FILE *file = fopen(path, "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strncmp(line, start, strlen(start)) && strstr(line, text);
	if (file)
		fclose(file);
	return found;
}

TEST_F(map, proc_maps_shows_the_name)
{
	char start[32];

	snprintf(start, sizeof(start), "%lx-", (unsigned long)(self->area - PAGE));
	EXPECT_TRUE(file_has_line("/proc/self/maps", start, " /physvm:"));
	EXPECT_TRUE(file_has_line("/proc/self/smaps", start, " /physvm:"));
}

TEST_F(map, proc_smaps_counts_resident_pages)
{
	char rss[64];

	snprintf(rss, sizeof(rss), " %zu kB", self->length / 1024);
	EXPECT_TRUE(file_has_line("/proc/self/smaps", "Rss:", rss));
}

TEST_F(map, proc_numa_maps_survives)
{
	char start[32];

	if (access("/proc/self/numa_maps", R_OK))
		SKIP(return, "a kernel without NUMA");
	snprintf(start, sizeof(start), "%lx ", (unsigned long)(self->area - PAGE));
	EXPECT_TRUE(file_has_line("/proc/self/numa_maps", start, "file="));
}

TEST_F(map, proc_fd_shows_the_name)
{
	char path[64], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->area_fd);
	ASSERT_LT(0, readlink(path, target, sizeof(target) - 1));
	EXPECT_EQ(0, strncmp(target, "/physvm:", 8));
}

/* The descriptor as a file */

static int reopen_error(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

TEST_F(map, reopen_by_descriptor)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->area_fd);
	EXPECT_REFUSED(ENXIO, self->fd, reopen_error(path));
}

TEST_F(map, reopen_by_mapping)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)(self->area - PAGE),
		 (unsigned long)(self->area + self->length + PAGE));
	EXPECT_REFUSED(ENXIO, self->fd, reopen_error(path));
}

/* What a file can do and an area cannot; each gives an errno and no more. */
#define EXPECT_NOT_A_FILE(error, attempt) \
	do { \
		EXPECT_REFUSED(error, self->fd, (attempt) < 0 ? errno : 0); \
		EXPECT_CONTENTS(); \
	} while (0)

TEST_F(map, read_and_write)
{
	char bytes[64] = {};

	EXPECT_NOT_A_FILE(EINVAL, read(self->area_fd, bytes, sizeof(bytes)));
	EXPECT_NOT_A_FILE(EINVAL, write(self->area_fd, bytes, sizeof(bytes)));
}

TEST_F(map, pread_pwrite_and_lseek)
{
	char bytes[64] = {};

	EXPECT_NOT_A_FILE(ESPIPE, pread(self->area_fd, bytes, sizeof(bytes), 0));
	EXPECT_NOT_A_FILE(ESPIPE, pwrite(self->area_fd, bytes, sizeof(bytes), 0));
	EXPECT_NOT_A_FILE(ESPIPE, lseek(self->area_fd, 0, SEEK_END));
}

TEST_F(map, ftruncate)
{
	EXPECT_NOT_A_FILE(EINVAL, ftruncate(self->area_fd, 0));
	EXPECT_NOT_A_FILE(EINVAL, ftruncate(self->area_fd, self->length + PAGE));
}

TEST_F(map, fallocate)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	EXPECT_NOT_A_FILE(ENODEV, fallocate(self->area_fd, 0, 0, PAGE));
	EXPECT_NOT_A_FILE(ENODEV, fallocate(self->area_fd, punch, 0, PAGE));
}

TEST_F(map, splice_and_sendfile)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_NOT_A_FILE(EINVAL, splice(self->area_fd, NULL, ends[1], NULL, PAGE, 0));
	EXPECT_NOT_A_FILE(EINVAL, sendfile(ends[1], self->area_fd, NULL, PAGE));
}

TEST_F(map, ioctls_are_the_devices)
{
	struct physvm_info info = { .size = sizeof(info) };

	EXPECT_NOT_A_FILE(ENOTTY, ioctl(self->area_fd, PHYSVM_INFO, &info));
}

/* fchmod() changes the mode of a file nobody can open by name. */
TEST_F(map, chmod_does_not_let_it_be_reopened)
{
	char path[64];

	fchmod(self->area_fd, 0777);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->area_fd);
	EXPECT_EQ(ENXIO, reopen_error(path));
	EXPECT_CONTENTS();
}

TEST_F(map, msync)
{
	EXPECT_EQ(0, msync(self->area, self->length, MS_ASYNC));
	msync(self->area, self->length, MS_SYNC);
	EXPECT_CONTENTS();
}

/* Other processes */

TEST_F(map, child_writes_and_exits)
{
	pid_t child = fork();

	if (!child) {
		child_need(all_numbered(self->area, variant->pages));
		memset(self->area, 0, self->length);
		_exit(0);
	}
	ASSERT_TRUE(child_succeeded(child));
	EXPECT_TRUE(all_zero(self->area, self->length));
	number_pages(self->area, variant->pages);
	EXPECT_CONTENTS();
}

TEST_F(map, child_unmaps)
{
	pid_t child = fork();

	if (!child) {
		child_need(!unmap(self->fd, self->area, self->length));
		child_need(!query(self->fd, self->area).size);
		_exit(0);
	}
	ASSERT_TRUE(child_succeeded(child));
	EXPECT_CONTENTS();
}

TEST_F(map, grandchildren)
{
	pid_t child = fork();

	if (!child) {
		pid_t grandchild = fork();

		if (!grandchild)
			_exit(!all_numbered(self->area, variant->pages));
		_exit(!child_succeeded(grandchild));
	}
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_CONTENTS();
}

TEST_F(map, process_vm_readv_and_writev)
{
	uint32_t number = 0;
	struct iovec local = { &number, sizeof(number) };
	struct iovec remote = { self->area + 3 * PAGE, sizeof(number) };

	ASSERT_EQ(sizeof(number), process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(4, number);
	number = 77;
	ASSERT_EQ(sizeof(number), process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(1, numbered_pages(self->area + 3 * PAGE, 76, 1));
}

TEST_F(map, process_vm_readv_of_a_reserved_page)
{
	uint32_t number = 0;
	struct iovec local = { &number, sizeof(number) };
	struct iovec remote = { self->area + 3 * PAGE, sizeof(number) };

	ASSERT_EQ(0, decommit(self->fd, self->area + 3 * PAGE, PAGE));
	EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, number);
}

static void be_traced(int fd, const void *arg)
{
	child_need(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
}

TEST_F(map, ptrace_peek_and_poke)
{
	pid_t child = child_start(be_traced, self->fd, NULL);
	char *page = self->area + 3 * PAGE;

	ASSERT_TRUE(child_stopped(child));
	EXPECT_EQ(4, ptrace(PTRACE_PEEKDATA, child, page, NULL));
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, child, page, 77ul));
	EXPECT_EQ(1, numbered_pages(page, 76, 1));
	EXPECT_TRUE(child_kill(child));
}

TEST_F(map, ptrace_peek_and_poke_of_a_guard)
{
	pid_t child = child_start(be_traced, self->fd, NULL);

	ASSERT_TRUE(child_stopped(child));
	errno = 0;
	EXPECT_EQ(-1, ptrace(PTRACE_PEEKDATA, child, self->area - PAGE, NULL));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, child, self->area - PAGE, 77ul));
	EXPECT_EQ(EIO, errno);
	EXPECT_TRUE(child_kill(child));
}

/* A debugger may write where the process may not: never beyond the ceiling. */
TEST_F(map, poke_of_memory_that_is_never_writable)
{
	int readable = ceiling_fd(self->fd, PHYSVM_PROT_READ);
	char *addr = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, readable, 0);
	pid_t child;

	ASSERT_NE(MAP_FAILED, addr);
	child = child_start(be_traced, self->fd, NULL);
	ASSERT_TRUE(child_stopped(child));
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, child, addr, 77ul));
	EXPECT_EQ(EIO, errno);
	EXPECT_TRUE(all_zero(addr, PAGE));
	EXPECT_TRUE(child_kill(child));
}

TEST_F(map, proc_mem_read_and_write)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint32_t number = 0;

	ASSERT_LE(0, mem);
	ASSERT_EQ(4, pread(mem, &number, 4, (uintptr_t)self->area + 2 * PAGE));
	EXPECT_EQ(3, number);
	ASSERT_EQ(4, pwrite(mem, &number, 4, (uintptr_t)self->area + PAGE));
	EXPECT_EQ(1, numbered_pages(self->area + PAGE, 2, 1));
	EXPECT_EQ(-1, pread(mem, &number, 4, (uintptr_t)self->area - PAGE));
	EXPECT_EQ(EIO, errno);
}

/* Futexes: a word that is not what the waiter thinks is EAGAIN. */

static int futex_wait_error(void *addr, int flags)
{
	return syscall(SYS_futex, addr, FUTEX_WAIT | flags, 0, NULL, NULL, 0) ? errno : 0;
}

TEST_F(map, futex_of_one_process)
{
	EXPECT_EQ(EAGAIN, futex_wait_error(self->area + 3 * PAGE, FUTEX_PRIVATE_FLAG));
}

/* Referenced and soft-dirty bits */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

TEST_F(map, clear_refs_of_every_kind)
{
	static const char *const kinds[] = { "1", "2", "3", "4", "5" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		write_text("/proc/self/clear_refs", kinds[i]);
		EXPECT_CONTENTS();
		number_pages(self->area, variant->pages);
		EXPECT_CONTENTS();
	}
}

static bool soft_dirty(const char *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (pread(fd, &entry, 8, (uintptr_t)addr / PAGE * 8) != 8)
		entry = 0;
	close(fd);
	return entry >> 55 & 1;
}

TEST_F(map, soft_dirty_after_a_write)
{
	char *page = self->area + variant->pages / 2 * PAGE;
	volatile char variable;

	ASSERT_TRUE(write_text("/proc/self/clear_refs", "4"));
	variable = 1;
	if (!soft_dirty((const char *)&variable))
		SKIP(return, "a kernel without soft-dirty bits");
	EXPECT_FALSE(soft_dirty(page));
	ASSERT_EQ(0, write_signal(page));
	EXPECT_TRUE(soft_dirty(page));
}

/* userfaultfd(2) */

static int register_error(int uffd, void *addr, size_t length, uint64_t mode)
{
	struct uffdio_register args = {
		.range = { (uintptr_t)addr, length },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_REGISTER, &args) ? errno : 0;
}

TEST_F(map, userfaultfd_is_not_let_in)
{
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		SKIP(return, "no userfaultfd: %s", strerror(errno));
	EXPECT_EQ(EINVAL, register_error(uffd, self->area, self->length,
					 UFFDIO_REGISTER_MODE_MISSING));
	EXPECT_EQ(EINVAL, register_error(uffd, self->area, self->length,
					 UFFDIO_REGISTER_MODE_WP));
	EXPECT_EQ(EINVAL, register_error(uffd, self->area, self->length,
					 UFFDIO_REGISTER_MODE_MINOR));
	EXPECT_CONTENTS();
}

/* Pages of the pool stay where they are. */

static uint64_t physical(const FIXTURE_DATA(map) *self)
{
	return query(self->fd, self->area).out_phys;
}

TEST_F(map, move_pages_moves_nothing)
{
	const uint64_t before = physical(self);
	void *page = self->area;
	int node = 0, status = 0;

	syscall(SYS_move_pages, 0, 1ul, &page, &node, &status, MPOL_MF_MOVE_ALL);
	EXPECT_EQ(before, physical(self));
	EXPECT_CONTENTS();
}

TEST_F(map, mbind_moves_nothing)
{
	const uint64_t before = physical(self);
	const unsigned long nodes = 1;

	syscall(SYS_mbind, self->area, self->length, MPOL_BIND, &nodes, 8 * sizeof(nodes),
		MPOL_MF_MOVE_ALL | MPOL_MF_STRICT);
	EXPECT_EQ(before, physical(self));
	EXPECT_CONTENTS();
}

TEST_F(map, compaction_moves_nothing)
{
	const uint64_t before = physical(self);

	if (!write_text("/proc/sys/vm/compact_memory", "1"))
		SKIP(return, "compaction cannot be asked for here");
	write_text("/proc/sys/vm/drop_caches", "3");
	EXPECT_EQ(before, physical(self));
	EXPECT_CONTENTS();
}

/* Core dumps */

/* Where a core file may be written, empty; and emptied again. */

static void make_core_dir(char *path)
{
	child_need(mkdtemp(path) && !chdir(path));
}

static void remove_core_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static void dump_core(int fd, const void *arg)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	child_need(!chdir(arg) && !setrlimit(RLIMIT_CORE, &all));
	child_need(write_text("/proc/self/coredump_filter", "0x1ff"));
	signal(SIGABRT, SIG_DFL);
	abort();
}

TEST_F(map, core_dump)
{
	char path[] = "/tmp/physvm-core-XXXXXX";
	pid_t child;
	int status;

	make_core_dir(path);
	ASSERT_NE(NULL, alloc_map(self->fd, self->length, BOTH_GUARDS));
	ASSERT_EQ(0, decommit(self->fd, self->area + PAGE, PAGE));
	child = child_start(dump_core, self->fd, path);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	remove_core_dir(path);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	EXPECT_TRUE(others_numbered(self->area, variant->pages, 1));
	EXPECT_EQ(SIGSEGV, read_signal(self->area + PAGE));
}

TEST_HARNESS_MAIN
