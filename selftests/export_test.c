// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_EXPORT: descriptors of parts of areas, with fewer rights.
 */
#include "kselftest_harness.h"

#include <sys/stat.h>

#include "child.h"
#include "name.h"
#include "region.h"
#include "util.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define ALL PHYSVM_PROT_VALID

/* An area, numbered, mapped and with a descriptor; and a call that works. */
FIXTURE(view)
{
	int fd;
	int area_fd;
	char *area;
	size_t length;
	struct physvm_export args;
};

FIXTURE_VARIANT(view)
{
	size_t pages;
};

FIXTURE_VARIANT_ADD(view, pages)
{
	.pages = 8,
};

FIXTURE_VARIANT_ADD(view, blocks)
{
	.pages = 3 * BLOCK / PAGE + 8,
};

FIXTURE_SETUP(view)
{
	struct physvm_alloc args = alloc_args(variant->pages * PAGE,
					      PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD |
					      PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	self->area = (char *)(uintptr_t)args.out_addr;
	self->area_fd = args.out_fd;
	self->length = args.length;
	number_pages(self->area, variant->pages);
	self->args = (struct physvm_export){
		.size = sizeof(self->args),
		.start = args.out_addr + 2 * PAGE,
		.length = 3 * PAGE,
		.max_prot = ALL,
		.out_fd = -1,
	};
}

FIXTURE_TEARDOWN(view)
{
	unmap(self->fd, self->area, self->length);
	close(self->area_fd);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static int export(int fd, struct physvm_export *args)
{
	return call(fd, PHYSVM_EXPORT, args);
}

static off_t size_of(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) ? -1 : stat.st_size;
}

static char *map(int fd, size_t length, int prot, off_t offset)
{
	char *addr = mmap(NULL, length, prot, MAP_SHARED, fd, offset);

	return addr == MAP_FAILED ? NULL : addr;
}

static int map_errno(int fd, size_t length, int prot, off_t offset)
{
	char *addr = map(fd, length, prot, offset);

	if (!addr)
		return errno;
	munmap(addr, length);
	return 0;
}

TEST_F(view, shows_the_pages_asked)
{
	char *view;

	ASSERT_EQ(0, export(self->fd, &self->args));
	EXPECT_EQ(3 * PAGE, size_of(self->args.out_fd));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->args.out_fd, F_GETFD));
	view = map(self->args.out_fd, 3 * PAGE, RW, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(3, numbered_pages(view, 2, 3));
	view[PAGE] = 77;
	EXPECT_EQ(77, self->area[3 * PAGE]);
	EXPECT_EQ(0, unmap(self->fd, view, 3 * PAGE));
	close(self->args.out_fd);
}

TEST_F(view, all_of_the_area)
{
	char *view;

	self->args.start = (uintptr_t)self->area;
	self->args.length = self->length;
	ASSERT_EQ(0, export(self->fd, &self->args));
	view = map(self->args.out_fd, self->length, PROT_READ, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(self->length / PAGE, numbered_pages(view, 0, self->length / PAGE));
	munmap(view, self->length);
	close(self->args.out_fd);
}

TEST_F(view, nothing_beyond_its_ends)
{
	ASSERT_EQ(0, export(self->fd, &self->args));
	EXPECT_EQ(ENXIO, map_errno(self->args.out_fd, 4 * PAGE, PROT_READ, 0));
	EXPECT_EQ(ENXIO, map_errno(self->args.out_fd, PAGE, PROT_READ, 3 * PAGE));
	EXPECT_EQ(ENXIO, map_errno(self->args.out_fd, PAGE, PROT_READ, -2 * (off_t)PAGE));
	EXPECT_EQ(ENXIO, map_errno(self->args.out_fd, PAGE, PROT_READ, 1l << 40));
	EXPECT_EQ(0, map_errno(self->args.out_fd, PAGE, PROT_READ, 2 * PAGE));
	close(self->args.out_fd);
}

TEST_F(view, rights_are_a_ceiling)
{
	char *view;

	self->args.max_prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, export(self->fd, &self->args));
	EXPECT_EQ(EACCES, map_errno(self->args.out_fd, PAGE, RW, 0));
	view = map(self->args.out_fd, 3 * PAGE, PROT_READ, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(-1, mprotect(view, PAGE, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(EACCES, range_call(self->fd, PHYSVM_PROTECT_CHECK, PROT_WRITE, view, PAGE));
	EXPECT_EQ(PHYSVM_PROT_READ, query(self->fd, view).out_max_prot);
	EXPECT_EQ(ALL, query(self->fd, self->area).out_max_prot);
	EXPECT_EQ(SIGSEGV, write_signal(view));
	munmap(view, 3 * PAGE);
	close(self->args.out_fd);
}

/* Not by way of a second export either, from the mapping or the descriptor. */
TEST_F(view, rights_do_not_grow)
{
	struct physvm_export again = self->args;
	char *view;

	self->args.max_prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, export(self->fd, &self->args));
	view = map(self->args.out_fd, 3 * PAGE, PROT_READ, 0);
	ASSERT_NE(NULL, view);
	again.start = (uintptr_t)view;
	again.max_prot = RW;
	EXPECT_REFUSED(EACCES, self->fd, export(self->fd, &again));
	again.flags = PHYSVM_EXPORT_FD;
	again.fd = self->args.out_fd;
	again.start = 0;
	EXPECT_REFUSED(EACCES, self->fd, export(self->fd, &again));
	again.max_prot = PHYSVM_PROT_READ;
	EXPECT_EQ(0, export(self->fd, &again));
	close(again.out_fd);
	munmap(view, 3 * PAGE);
	close(self->args.out_fd);
}

TEST_F(view, of_a_view_is_part_of_that)
{
	struct physvm_export inner = self->args;
	char *view;

	ASSERT_EQ(0, export(self->fd, &self->args));
	inner.flags = PHYSVM_EXPORT_FD;
	inner.fd = self->args.out_fd;
	inner.start = PAGE;
	inner.length = 2 * PAGE;
	ASSERT_EQ(0, export(self->fd, &inner));
	close(self->args.out_fd);
	view = map(inner.out_fd, 2 * PAGE, PROT_READ, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(2, numbered_pages(view, 3, 2));
	munmap(view, 2 * PAGE);
	inner.fd = inner.out_fd;
	EXPECT_REFUSED(ENXIO, self->fd, export(self->fd, &inner));
	inner.start = 0;
	inner.length = 3 * PAGE;
	EXPECT_REFUSED(ENXIO, self->fd, export(self->fd, &inner));
	close(inner.out_fd);
}

TEST_F(view, keeps_the_area)
{
	char *view;

	ASSERT_EQ(0, export(self->fd, &self->args));
	unmap(self->fd, self->area, self->length);
	close(self->area_fd);
	EXPECT_EQ(self->length / PAGE, pool_stat(self->fd).out_used_pages);
	view = map(self->args.out_fd, 3 * PAGE, PROT_READ, 0);
	close(self->args.out_fd);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(3, numbered_pages(view, 2, 3));
	EXPECT_EQ(self->length / PAGE, pool_stat(self->fd).out_used_pages);
	munmap(view, 3 * PAGE);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(view, decommit_reaches_it)
{
	char *view;

	ASSERT_EQ(0, export(self->fd, &self->args));
	view = map(self->args.out_fd, 3 * PAGE, RW, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(3, numbered_pages(view, 2, 3));
	ASSERT_EQ(0, decommit(self->fd, self->area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(view + PAGE));
	EXPECT_EQ(0, read_signal(view + 2 * PAGE));
	ASSERT_EQ(0, commit(self->fd, view + PAGE, PAGE));
	EXPECT_EQ(0, read_signal(self->area + 3 * PAGE));
	EXPECT_TRUE(all_zero(view + PAGE, PAGE));
	munmap(view, 3 * PAGE);
	close(self->args.out_fd);
}

TEST_F(view, says_whose_it_is)
{
	struct physvm_query there, here;
	char *view;

	ASSERT_EQ(0, export(self->fd, &self->args));
	view = map(self->args.out_fd, 3 * PAGE, RW, 0);
	ASSERT_NE(NULL, view);
	here = query(self->fd, self->area + 3 * PAGE);
	there = query(self->fd, view + PAGE);
	EXPECT_EQ(here.out_area_id, there.out_area_id);
	EXPECT_EQ(here.out_phys, there.out_phys);
	EXPECT_EQ(3 * PAGE, there.out_area_offset);
	EXPECT_EQ(self->length, there.out_area_length);
	EXPECT_EQ((uintptr_t)view, there.out_region_addr);
	EXPECT_EQ(3 * PAGE, there.out_region_length);
	EXPECT_EQ(PHYSVM_QUERY_LOW_GUARD | PHYSVM_QUERY_HIGH_GUARD,
		  here.out_flags & ~PHYSVM_QUERY_HUGE);
	EXPECT_EQ(0, there.out_flags & ~PHYSVM_QUERY_HUGE);
	munmap(view, 3 * PAGE);
	close(self->args.out_fd);
}

/* A mapping in pieces is one range of the area all the same. */
TEST_F(view, over_a_split_mapping)
{
	char *view;

	ASSERT_EQ(0, mprotect(self->area + 3 * PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, export(self->fd, &self->args));
	view = map(self->args.out_fd, 3 * PAGE, RW, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(3, numbered_pages(view, 2, 3));
	munmap(view, 3 * PAGE);
	close(self->args.out_fd);
}

TEST_F(view, survives_its_maker)
{
	int sockets[2], received;
	pid_t pid;
	char *view;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	pid = fork();
	if (!pid) {
		char *mine = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);
		struct physvm_export args = self->args;

		child_need(mine);
		number_pages(mine, 4);
		args.start = (uintptr_t)mine;
		args.length = 2 * PAGE;
		args.max_prot = PHYSVM_PROT_READ;
		child_need(!export(self->fd, &args));
		child_need(send_fd(sockets[1], args.out_fd));
		_exit(0);
	}
	EXPECT_TRUE(child_succeeded(pid));
	received = receive_fd(sockets[0]);
	ASSERT_LE(0, received);
	view = map(received, 2 * PAGE, PROT_READ, 0);
	ASSERT_NE(NULL, view);
	EXPECT_EQ(2, numbered_pages(view, 0, 2));
	munmap(view, 2 * PAGE);
	close(received);
	close(sockets[0]);
	close(sockets[1]);
}

/* Bad input: one thing wrong each. */

#define EXPECT_EXPORT_REFUSED(error) \
	EXPECT_REFUSED(error, self->fd, export(self->fd, &self->args))

TEST_F(view, refuses_unknown_bits)
{
	self->args.flags = 1u << 31;
	EXPECT_EXPORT_REFUSED(EOPNOTSUPP);
	self->args.flags = 0;
	self->args.max_prot = 1u << 3;
	EXPECT_EXPORT_REFUSED(EOPNOTSUPP);
}

TEST_F(view, refuses_wrong_numbers)
{
	const uint64_t start = self->args.start;

	self->args.length = 0;
	EXPECT_EXPORT_REFUSED(EINVAL);
	self->args.length = PAGE + 1;
	EXPECT_EXPORT_REFUSED(EINVAL);
	self->args.length = PAGE;
	self->args.start = start + 1;
	EXPECT_EXPORT_REFUSED(EINVAL);
	self->args.start = -PAGE;
	self->args.length = 2 * PAGE;
	EXPECT_EXPORT_REFUSED(EINVAL);
	self->args.start = start;
	self->args.fd = self->area_fd;
	EXPECT_EXPORT_REFUSED(EINVAL);
}

TEST_F(view, refuses_what_is_not_ours)
{
	char *foreign = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	self->args.start = (uintptr_t)foreign;
	self->args.length = PAGE;
	EXPECT_EXPORT_REFUSED(ENOENT);
	self->args.start = -(uint64_t)BLOCK;
	EXPECT_EXPORT_REFUSED(ENOENT);
	munmap(foreign, PAGE);
}

TEST_F(view, refuses_guards)
{
	self->args.start = (uintptr_t)self->area - PAGE;
	EXPECT_EXPORT_REFUSED(EACCES);
	self->args.start = (uintptr_t)self->area + self->length - PAGE;
	self->args.length = 2 * PAGE;
	EXPECT_EXPORT_REFUSED(EACCES);
}

TEST_F(view, refuses_two_areas)
{
	char *room = free_addresses(8 * PAGE);

	ASSERT_NE(NULL, alloc_at(self->fd, room, 4 * PAGE, PHYSVM_ALLOC_COMMIT));
	ASSERT_NE(NULL, alloc_at(self->fd, room + 4 * PAGE, 4 * PAGE, PHYSVM_ALLOC_COMMIT));
	self->args.start = (uintptr_t)room + 3 * PAGE;
	self->args.length = 2 * PAGE;
	EXPECT_EXPORT_REFUSED(ENOENT);
	EXPECT_EQ(0, unmap(self->fd, room, 8 * PAGE));
}

TEST_F(view, refuses_wrong_descriptors)
{
	self->args.flags = PHYSVM_EXPORT_FD;
	self->args.start = 0;
	self->args.fd = -1;
	EXPECT_EXPORT_REFUSED(EBADF);
	self->args.fd = 1000;
	EXPECT_EXPORT_REFUSED(EBADF);
	self->args.fd = self->fd;
	EXPECT_EXPORT_REFUSED(EBADF);
	self->args.fd = self->area_fd;
	self->args.start = self->length;
	EXPECT_EXPORT_REFUSED(ENXIO);
	self->args.start = self->length - 2 * PAGE;
	EXPECT_EXPORT_REFUSED(ENXIO);
	self->args.start = 0;
	EXPECT_EQ(0, export(self->fd, &self->args));
	close(self->args.out_fd);
}

TEST_F(view, gives_its_descriptor_back_when_the_answer_cannot_be_written)
{
	void *readonly = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(readonly, &self->args, sizeof(self->args));
	mprotect(readonly, PAGE, PROT_READ);
	EXPECT_REFUSED(EFAULT, self->fd, call(self->fd, PHYSVM_EXPORT, readonly));
	munmap(readonly, PAGE);
}

/* Labels. */

static bool maps_has(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[512];

	while (fgets(line, sizeof(line), maps))
		found |= strstr(line, text) != NULL;
	fclose(maps);
	return found;
}

TEST_F(view, label_is_shown)
{
	struct physvm_alloc args = alloc_args(PAGE, PHYSVM_ALLOC_COMMIT);

	strcpy((char *)args.label, "frame buffer");
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_STREQ("frame buffer",
		     (char *)query(self->fd, (void *)(uintptr_t)args.out_addr).out_label);
	EXPECT_TRUE(maps_has(":frame buffer"));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)args.out_addr, PAGE));
	EXPECT_FALSE(maps_has(":frame buffer"));
}

/* Whichever way a mapping has come to be, when none of the others is left. */
TEST_F(view, label_is_shown_of_a_part_and_by_name)
{
	struct physvm_alloc args = alloc_args(4 * PAGE, PHYSVM_ALLOC_COMMIT);
	struct physvm_export export = { .size = sizeof(export), .length = PAGE };
	char *part, *named;

	strcpy((char *)args.label, "parted");
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	export.start = args.out_addr + PAGE;
	export.max_prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, call(self->fd, PHYSVM_EXPORT, &export));
	ASSERT_EQ(0, name_add(self->fd, "label", (void *)(uintptr_t)args.out_addr, 4 * PAGE));
	ASSERT_EQ(0, unmap(self->fd, (void *)(uintptr_t)args.out_addr, 4 * PAGE));
	EXPECT_FALSE(maps_has(":parted"));
	part = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, export.out_fd, 0);
	close(export.out_fd);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_TRUE(maps_has(":parted"));
	ASSERT_EQ(0, munmap(part, PAGE));
	EXPECT_FALSE(maps_has(":parted"));
	named = name_map(self->fd, "label", PROT_READ, 4 * PAGE);
	ASSERT_EQ(0, name_remove(self->fd, "label"));
	ASSERT_NE(NULL, named);
	EXPECT_TRUE(maps_has(":parted"));
	ASSERT_EQ(0, munmap(named, 4 * PAGE));
}

/* A region has none, but is known by its number. */
TEST_F(view, region_is_shown)
{
	const struct region region = region_make(self->fd, REGION_LENGTH, 0, 12);
	char text[64];
	struct stat stat;

	ASSERT_LE(0, region.fd);
	ASSERT_EQ(0, fstat(region.fd, &stat));
	snprintf(text, sizeof(text), " /physvm:%lu\n", (unsigned long)stat.st_ino);
	EXPECT_TRUE(maps_has(text));
	region_end(region, REGION_LENGTH);
	EXPECT_FALSE(maps_has(text));
}

TEST_F(view, label_must_be_printable)
{
	static const char *const wrong[] = { "a\nb", "\x7f", "\xc3\xa4", "a\0b" };
	struct physvm_alloc args = alloc_args(PAGE, PHYSVM_ALLOC_COMMIT);
	int i;

	for (i = 0; i < 4; i++) {
		memset(args.label, 0, sizeof(args.label));
		memcpy(args.label, wrong[i], 3);
		EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	}
	memset(args.label, 'x', sizeof(args.label));
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args.label[PHYSVM_LABEL_SIZE - 1] = '\0';
	EXPECT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)args.out_addr, PAGE));
}

TEST_F(view, query_tells_huge_from_small)
{
	const bool huge = variant->pages > BLOCK / PAGE && have_huge(self->fd);

	EXPECT_EQ(huge, !!(query(self->fd, self->area).out_flags & PHYSVM_QUERY_HUGE));
	ASSERT_EQ(0, mprotect(self->area, PAGE, PROT_READ));
	EXPECT_EQ(0, query(self->fd, self->area).out_flags & PHYSVM_QUERY_HUGE);
}

TEST_HARNESS_MAIN
