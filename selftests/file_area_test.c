// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_ALLOC_FILE: which byte of a file is where, what is zero, what is
 * SIGBUS, and what is refused.
 */
#include "kselftest_harness.h"

#include <sys/socket.h>

#include "child.h"
#include "file_area.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define PAGES 40
#define LENGTH (PAGES * PAGE)
/* The last page of the file is a part of one. */
#define FILE_PAGES 21
#define FILE_LENGTH (FILE_PAGES * PAGE - 1234)

FIXTURE(file)
{
	int fd;
	int source;
	char path[64];
	char *area;
};

FIXTURE_VARIANT(file)
{
	const char *path;
};

FIXTURE_VARIANT_ADD(file, tmpfs)
{
	.path = "/tmp/file-XXXXXX",
};

/* Where there is no disk that is the file system of /. */
FIXTURE_VARIANT_ADD(file, disk)
{
	.path = "/disk/file-XXXXXX",
};

FIXTURE_VARIANT_ADD(file, root)
{
	.path = "/file-XXXXXX",
};

FIXTURE_SETUP(file)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	mkdir("/disk", 0755);
	strcpy(self->path, variant->path);
	self->source = make_file(self->path, FILE_LENGTH);
	ASSERT_LE(0, self->source);
	self->area = file_map(self->fd, self->source, LENGTH);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(file)
{
	munmap(self->area, LENGTH);
	close(self->source);
	unlink(self->path);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

/* Contents. */

TEST_F(file, is_where_it_should_be)
{
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(FILE_LENGTH, same_bytes(self->area, 0, FILE_LENGTH, 0));
	EXPECT_TRUE(all_zero(self->area + FILE_PAGES * PAGE - 1232, 1232));
	EXPECT_EQ(0, self->area[FILE_LENGTH] | self->area[FILE_LENGTH + 1]);
	EXPECT_EQ(FILE_PAGES, used(self->fd));
}

/* From the end to the beginning, a page at a time, by writing. */
TEST_F(file, is_read_before_it_is_written)
{
	int page;

	for (page = FILE_PAGES - 1; page >= 0; page--)
		EXPECT_EQ(0, write_signal(self->area + page * PAGE + 100));
	for (page = 0; page < FILE_PAGES - 1; page++) {
		char *addr = self->area + page * PAGE;

		EXPECT_EQ(100, same_bytes(addr, page * PAGE, 100, 0));
		EXPECT_EQ(1, addr[100]);
		EXPECT_EQ(PAGE - 101, same_bytes(addr + 101, page * PAGE + 101, PAGE - 101, 0));
	}
}

TEST_F(file, nothing_behind_its_end)
{
	int page;

	for (page = FILE_PAGES; page < PAGES; page++) {
		EXPECT_EQ(SIGBUS, read_signal(self->area + page * PAGE));
		EXPECT_EQ(SIGBUS, write_signal(self->area + page * PAGE));
	}
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(0, read_signal(self->area + (FILE_PAGES - 1) * PAGE));
}

TEST_F(file, descriptor_may_be_closed)
{
	close(self->source);
	unlink(self->path);
	EXPECT_EQ(FILE_LENGTH, same_bytes(self->area, 0, FILE_LENGTH, 0));
	self->source = -1;
}

TEST_F(file, never_sees_what_is_written)
{
	char bytes[PAGE];

	memset(self->area, 0xee, PAGE);
	ASSERT_EQ(PAGE, pread(self->source, bytes, PAGE, 0));
	EXPECT_EQ(PAGE, same_bytes(bytes, 0, PAGE, 0));
}

/* Each of the two has its own. */
TEST_F(file, areas_are_separate)
{
	char *other = file_map(self->fd, self->source, LENGTH);

	ASSERT_NE(NULL, other);
	memset(self->area, 0xee, PAGE);
	EXPECT_EQ(PAGE, same_bytes(other, 0, PAGE, 0));
	munmap(other, LENGTH);
}

TEST_F(file, page_is_read_once)
{
	EXPECT_EQ(PAGE, same_bytes(self->area, 0, PAGE, 0));
	ASSERT_TRUE(write_file(self->source, FILE_LENGTH, 1));
	EXPECT_EQ(PAGE, same_bytes(self->area, 0, PAGE, 0));
}

TEST_F(file, decommitted_page_is_read_again)
{
	EXPECT_EQ(3 * PAGE, same_bytes(self->area, 0, 3 * PAGE, 0));
	memset(self->area, 0xee, 3 * PAGE);
	ASSERT_TRUE(write_file(self->source, FILE_LENGTH, 1));
	ASSERT_EQ(0, decommit(self->fd, self->area + PAGE, PAGE));
	EXPECT_EQ(PAGE, same_bytes(self->area + PAGE, PAGE, PAGE, 1));
	EXPECT_EQ((char)0xee, self->area[0]);
	EXPECT_EQ((char)0xee, self->area[2 * PAGE]);
	ASSERT_EQ(0, decommit(self->fd, self->area, LENGTH));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(file, committed_page_is_not_read)
{
	EXPECT_EQ(0, read_signal(self->area + 20 * PAGE));
	ASSERT_EQ(0, commit(self->fd, self->area, LENGTH));
	EXPECT_TRUE(all_zero(self->area, 16 * PAGE));
	EXPECT_EQ(100, same_bytes(self->area + 20 * PAGE, 20 * PAGE, 100, 0));
	EXPECT_TRUE(all_zero(self->area + FILE_PAGES * PAGE, (PAGES - FILE_PAGES) * PAGE));
	EXPECT_EQ(PAGES, used(self->fd));
}

/* Pages that were read stay, those that were not are gone. */
TEST_F(file, truncated_meanwhile)
{
	EXPECT_EQ(0, read_signal(self->area));
	ASSERT_EQ(0, ftruncate(self->source, 0));
	EXPECT_EQ(PAGE, same_bytes(self->area, 0, PAGE, 0));
	EXPECT_EQ(SIGBUS, read_signal(self->area + 18 * PAGE));
	ASSERT_EQ(0, ftruncate(self->source, 19 * PAGE));
	EXPECT_EQ(0, read_signal(self->area + 18 * PAGE));
	EXPECT_TRUE(all_zero(self->area + 18 * PAGE, PAGE));
}

/* 16 pages at once, or as many as there are. */
TEST_F(file, neighbours_come_along)
{
	EXPECT_EQ(0, read_signal(self->area + 3 * PAGE));
	EXPECT_EQ(16, used(self->fd));
	EXPECT_EQ(0, read_signal(self->area + 20 * PAGE));
	EXPECT_EQ(FILE_PAGES, used(self->fd));
}

TEST_F(file, query)
{
	struct physvm_query query_before = query(self->fd, self->area), query_after;

	EXPECT_EQ(PHYSVM_AREA_FILE, query_before.out_type);
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, query_before.out_state);
	EXPECT_EQ(0, query_before.out_phys);
	EXPECT_TRUE(query_before.out_alloc_flags & PHYSVM_ALLOC_FILE);
	EXPECT_EQ(0, read_signal(self->area));
	query_after = query(self->fd, self->area);
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, query_after.out_state);
	EXPECT_NE(0, query_after.out_phys);
}

/* Segments. */

static char *map_segments(int fd, int source, size_t length,
			  const struct physvm_segment *segments, uint32_t count)
{
	struct physvm_alloc args = file_args(source, length);

	args.segments = (uintptr_t)segments;
	args.nr_segments = count;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

/* By the byte, and in another order than in the file. */
TEST_F(file, segments)
{
	static const struct physvm_segment segments[] = {
		{ 3, 100, 2 * PAGE + 7 },
		{ 500, 2 * PAGE, 5 },
		{ 2 * PAGE + 500, 1, 0 },
		{ 4 * PAGE + 1, 10, FILE_LENGTH - 5 },
		{ 5 * PAGE + 1, PAGE - 2, FILE_LENGTH },
		{ 6 * PAGE, 30 * PAGE, 0 },
	};
	char *area = map_segments(self->fd, self->source, LENGTH, segments, 6);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(PHYSVM_AREA_IMAGE, query(self->fd, area).out_type);
	EXPECT_EQ(0, area[0] | area[1] | area[2]);
	EXPECT_EQ(100, same_bytes(area + 3, 2 * PAGE + 7, 100, 0));
	EXPECT_EQ(0, area[103]);
	EXPECT_TRUE(all_zero(area + 104, 392));
	EXPECT_EQ(2 * PAGE, same_bytes(area + 500, 5, 2 * PAGE, 0));
	EXPECT_EQ(1, same_bytes(area + 2 * PAGE + 500, 0, 1, 0));
	EXPECT_TRUE(all_zero(area + 2 * PAGE + 504, PAGE - 504));
	/* No segment has a byte of this one. */
	EXPECT_TRUE(all_zero(area + 3 * PAGE, PAGE));
	EXPECT_EQ(0, area[4 * PAGE]);
	EXPECT_EQ(5, same_bytes(area + 4 * PAGE + 1, FILE_LENGTH - 5, 10, 0));
	EXPECT_TRUE(all_zero(area + 4 * PAGE + 8, PAGE - 8));
	EXPECT_EQ(SIGBUS, read_signal(area + 5 * PAGE));
	EXPECT_EQ(FILE_LENGTH, same_bytes(area + 6 * PAGE, 0, FILE_LENGTH, 0));
	EXPECT_EQ(SIGBUS, read_signal(area + (6 + FILE_PAGES) * PAGE));
	EXPECT_TRUE(all_zero(area + 36 * PAGE, 4 * PAGE));
	munmap(area, LENGTH);
}

TEST_F(file, most_segments)
{
	struct physvm_segment segments[PHYSVM_SEGMENTS_MAX];
	const size_t length = PHYSVM_SEGMENTS_MAX * 16;
	char *area;
	uint32_t i;

	for (i = 0; i < PHYSVM_SEGMENTS_MAX; i++)
		segments[i] = (struct physvm_segment){ i * 16 + 8, 8, i * 8 };
	area = map_segments(self->fd, self->source, length, segments, PHYSVM_SEGMENTS_MAX);
	ASSERT_NE(NULL, area);
	for (i = 0; i < PHYSVM_SEGMENTS_MAX; i++) {
		ASSERT_EQ(8, same_bytes(area + i * 16 + 8, i * 8, 8, 0));
		ASSERT_TRUE(all_zero(area + i * 16, 8));
	}
	munmap(area, length);
}

TEST_F(file, bad_segments)
{
	static const struct physvm_segment bad[][2] = {
		{ { 0, 0, 0 }, { PAGE, 1, 0 } },
		{ { 0, PAGE + 1, 0 }, { PAGE, 1, 0 } },
		{ { PAGE, 1, 0 }, { 0, 1, 0 } },
		{ { 0, 1, 0 }, { LENGTH - 1, 2, 0 } },
		{ { 0, 1, 0 }, { LENGTH, 1, 0 } },
		{ { 0, 1, 0 }, { 1, -1ull, 0 } },
		{ { 0, 1, 0 }, { -1ull, 1, 0 } },
		{ { 0, 1, 0 }, { -PAGE, 2 * PAGE, 0 } },
		{ { 0, 1, 0 }, { 1, 1, -1ull } },
		{ { 0, 1, 0 }, { 1, 1, INT64_MAX } },
		{ { 0, 1, 0 }, { 1, 2, (1ull << 63) - 1 } },
	};
	struct physvm_alloc args = file_args(self->source, LENGTH);
	size_t i;

	args.nr_segments = 2;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		args.segments = (uintptr_t)bad[i];
		EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	}
	args.segments = 0;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args.segments = (uintptr_t)bad;
	args.nr_segments = 0;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args.nr_segments = PHYSVM_SEGMENTS_MAX + 1;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args.nr_segments = UINT32_MAX;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args.nr_segments = 2;
	args.segments = 8;
	EXPECT_REFUSED(EFAULT, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
}

/* Files that are none. */

static int refused_source(int fd, int source)
{
	struct physvm_alloc args = file_args(source, LENGTH);

	return call(fd, PHYSVM_ALLOC, &args);
}

#define EXPECT_SOURCE_REFUSED(error, opened) \
	do { \
		int __source = (opened); \
		ASSERT_LE(0, __source); \
		EXPECT_REFUSED(error, self->fd, refused_source(self->fd, __source)); \
		close(__source); \
	} while (0)

TEST_F(file, sources_that_are_refused)
{
	int ends[2], area = alloc_fd(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);

	EXPECT_REFUSED(EBADF, self->fd, refused_source(self->fd, -1));
	EXPECT_REFUSED(EBADF, self->fd, refused_source(self->fd, 1000));
	EXPECT_SOURCE_REFUSED(EBADF, open(self->path, O_PATH | O_CLOEXEC));
	EXPECT_SOURCE_REFUSED(EACCES, open(self->path, O_WRONLY | O_CLOEXEC));
	EXPECT_SOURCE_REFUSED(EINVAL, open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	EXPECT_SOURCE_REFUSED(EINVAL, open("/dev/zero", O_RDONLY | O_CLOEXEC));
	EXPECT_SOURCE_REFUSED(EINVAL, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	EXPECT_SOURCE_REFUSED(EINVAL, ends[0]);
	close(ends[1]);
	EXPECT_SOURCE_REFUSED(EINVAL, area);
	EXPECT_REFUSED(EINVAL, self->fd, refused_source(self->fd, self->fd));
}

TEST_F(file, contradictions)
{
	static const uint32_t wrong[] = {
		PHYSVM_ALLOC_PHYS, PHYSVM_ALLOC_CONTIG, PHYSVM_ALLOC_COMMIT,
		PHYSVM_ALLOC_POPULATE, PHYSVM_ALLOC_HIDDEN, PHYSVM_ALLOC_DEVICE,
		PHYSVM_ALLOC_NORESERVE,
	};
	struct physvm_alloc args;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		args = file_args(self->source, PAGE);
		args.flags |= wrong[i];
		EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	}
	args = file_args(self->source, PAGE);
	args.cookie = 1;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args = file_args(self->source, 1ull << 45);
	EXPECT_REFUSED(ENOMEM, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
}

TEST_HARNESS_MAIN
