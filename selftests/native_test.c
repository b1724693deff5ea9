// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's native functions, where they are more than the ioctl behind
 * them: results, errors, errno.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "name.h"
#include "util.h"

#include <physvm.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define PAGES 8
#define SIZE (PAGES * PAGE)

static void open_without_device(int fd, const void *arg)
{
	struct physvm *physvm = NULL;

	child_need(!chroot("/proc"));
	errno = EBADMSG;
	child_need(physvm_open(&physvm) == -ENOENT && !physvm && errno == EBADMSG);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(open_without_device, -1, NULL)));
}

static void open_without_descriptors(int fd, const void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct physvm *physvm;

	child_need(!setrlimit(RLIMIT_NOFILE, &none));
	child_need(physvm_open(&physvm) == -EMFILE);
}

TEST(no_descriptor_left)
{
	EXPECT_TRUE(child_succeeded(child_start(open_without_descriptors, -1, NULL)));
}

static void open_without_streams(int fd, const void *arg)
{
	struct physvm *physvm;

	for (int stream = 0; stream < 3; stream++)
		close(stream);
	child_need(!physvm_open(&physvm) && physvm_fd(physvm) > 2);
}

TEST(descriptor_is_no_standard_stream)
{
	EXPECT_TRUE(child_succeeded(child_start(open_without_streams, -1, NULL)));
}

FIXTURE(native)
{
	struct physvm *physvm;
	int fd;			/* behind it */
	char *area;		/* of SIZE bytes, numbered */
};

FIXTURE_SETUP(native)
{
	void *addr;

	ASSERT_EQ(0, physvm_open(&self->physvm));
	self->fd = physvm_fd(self->physvm);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, physvm_map(self->physvm, SIZE, RW, PHYSVM_ALLOC_COMMIT, &addr));
	self->area = addr;
	number_pages(self->area, PAGES);
}

FIXTURE_TEARDOWN(native)
{
	EXPECT_TRUE(remove_all_names(physvm_fd(self->physvm)));
	physvm_close(self->physvm);
}

static char *map_fd(int fd, size_t length, int prot)
{
	char *addr = mmap(NULL, length, prot, MAP_SHARED, fd, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

TEST_F(native, close_of_nothing)
{
	const uint64_t descriptors = open_descriptors();

	errno = ENOTTY;
	physvm_close(NULL);
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(descriptors, open_descriptors());
}

TEST_F(native, memory_outlives_the_handle)
{
	struct physvm *other;

	ASSERT_EQ(0, physvm_open(&other));
	physvm_close(self->physvm);
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
	EXPECT_EQ(0, physvm_unmap(other, self->area, SIZE));
	self->physvm = other;
}

TEST_F(native, errors_leave_errno_alone)
{
	struct physvm_query query;
	void *addr = NULL;

	errno = EBADMSG;
	EXPECT_EQ(-EINVAL, physvm_map(self->physvm, 0, RW, 0, &addr));
	EXPECT_EQ(-EINVAL, physvm_commit(self->physvm, self->area, 0, 0));
	EXPECT_EQ(-EINVAL, physvm_decommit(self->physvm, self->area + 1, PAGE));
	EXPECT_EQ(-EOPNOTSUPP, physvm_protect(self->physvm, self->area, PAGE, 8));
	EXPECT_EQ(-ENOENT, physvm_unmap(self->physvm, NULL, PAGE));
	EXPECT_EQ(-ENOENT, physvm_query(self->physvm, &addr, &query));
	EXPECT_EQ(-ENOENT, physvm_export(self->physvm, NULL, PAGE, RW));
	EXPECT_EQ(-EBADF, physvm_export_fd(self->physvm, -1, 0, PAGE, RW));
	EXPECT_EQ(-EINVAL, physvm_claim(self->physvm, 0, 0));
	EXPECT_EQ(-ENOENT, physvm_name_add(self->physvm, "x", NULL, PAGE, RW, 0600, 0));
	EXPECT_EQ(-ENOENT, physvm_name_open(self->physvm, "x", RW, 0, NULL));
	EXPECT_EQ(-ENOENT, physvm_name_remove(self->physvm, "x"));
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_EQ(NULL, addr);
}

TEST_F(native, map_refuses_what_needs_the_struct)
{
	static const unsigned int flags[] = {
		PHYSVM_ALLOC_FD, PHYSVM_ALLOC_PHYS, PHYSVM_ALLOC_VIRT, PHYSVM_ALLOC_DEVICE,
	};
	void *addr;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_REFUSED(-EINVAL, self->fd,
			       physvm_map(self->physvm, PAGE, RW, flags[i], &addr));
	}
}

TEST_F(native, label_shows_in_maps)
{
	struct physvm_alloc alloc = alloc_args(PAGE, PHYSVM_ALLOC_COMMIT);
	char line[512];
	bool found = false;
	FILE *maps;

	strcpy((char *)alloc.label, "packet ring");
	ASSERT_EQ(0, physvm_alloc(self->physvm, &alloc));
	maps = fopen("/proc/self/maps", "r");
	while (!found && fgets(line, sizeof(line), maps))
		found = strtoull(line, NULL, 16) == alloc.out_addr &&
			strstr(line, "packet ring");
	fclose(maps);
	EXPECT_TRUE(found);
}

/* Exports */

TEST_F(native, export_of_a_mapping)
{
	const int fd = physvm_export(self->physvm, self->area + PAGE, 2 * PAGE, RW);
	char *view = map_fd(fd, 2 * PAGE, RW);

	ASSERT_TRUE(fd >= 0 && view);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(2, numbered_pages(view, 1, 2));
	number_pages(view, 2);
	EXPECT_EQ(2, numbered_pages(self->area + PAGE, 0, 2));
	EXPECT_EQ(NULL, map_fd(fd, 3 * PAGE, RW));
}

TEST_F(native, export_of_an_export)
{
	const int fd = physvm_export(self->physvm, self->area + PAGE, 4 * PAGE, RW);
	const int part = physvm_export_fd(self->physvm, fd, PAGE, 2 * PAGE, PROT_READ);
	char *view = map_fd(part, 2 * PAGE, PROT_READ);

	ASSERT_TRUE(part >= 0 && view);
	EXPECT_EQ(2, numbered_pages(view, 2, 2));
	EXPECT_EQ(NULL, map_fd(part, PAGE, RW));
	EXPECT_EQ(EACCES, errno);
	close(fd);
	EXPECT_EQ(0, physvm_unmap(self->physvm, self->area, SIZE));
	EXPECT_EQ(2, numbered_pages(view, 2, 2));
}

TEST_F(native, export_that_cannot_be)
{
	struct physvm *physvm = self->physvm;

	EXPECT_REFUSED(-EINVAL, self->fd, physvm_export(physvm, self->area, 0, RW));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_export(physvm, self->area + 1, PAGE, RW));
	EXPECT_REFUSED(-EOPNOTSUPP, self->fd, physvm_export(physvm, self->area, PAGE, 8));
	EXPECT_REFUSED(-ENOENT, self->fd, physvm_export(physvm, self->area, SIZE + BLOCK, RW));
}

TEST_F(native, export_fd_that_cannot_be)
{
	struct physvm *physvm = self->physvm;
	const int fd = physvm_export(physvm, self->area, SIZE, PROT_READ);

	EXPECT_REFUSED(-EACCES, self->fd, physvm_export_fd(physvm, fd, 0, PAGE, RW));
	EXPECT_REFUSED(-ENXIO, self->fd, physvm_export_fd(physvm, fd, PAGE, SIZE, PROT_READ));
	EXPECT_REFUSED(-ENXIO, self->fd, physvm_export_fd(physvm, fd, SIZE, PAGE, PROT_READ));
	EXPECT_REFUSED(-ENXIO, self->fd,
		       physvm_export_fd(physvm, fd, 1ull << 62, PAGE, PROT_READ));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_export_fd(physvm, fd, 1, PAGE, PROT_READ));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_export_fd(physvm, fd, -PAGE, 2 * PAGE, PROT_READ));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_export_fd(physvm, self->fd, 0, PAGE, PROT_READ));
}

TEST_F(native, export_without_a_descriptor_left)
{
	const struct rlimit none = { 0, 0 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, physvm_export(self->physvm, self->area, SIZE, RW));
}

/* Names */

TEST_F(native, name_for_a_mapping)
{
	struct physvm *physvm = self->physvm;
	struct physvm_name_open opened;
	int fd;

	ASSERT_EQ(0, physvm_name_add(physvm, "Ring", self->area + PAGE, 2 * PAGE, RW, 0600, 0));
	fd = physvm_name_open(physvm, "ring", PROT_READ, 0, &opened);
	ASSERT_LE(0, fd);
	EXPECT_EQ(fd, opened.out_fd);
	EXPECT_EQ(2 * PAGE, opened.out_length);
	EXPECT_EQ(getuid(), opened.out_uid);
	EXPECT_EQ(2, numbered_pages(map_fd(fd, 2 * PAGE, PROT_READ), 1, 2));
	EXPECT_EQ(NULL, map_fd(fd, 2 * PAGE, RW));
	EXPECT_EQ(0, physvm_name_remove(physvm, "RING"));
	EXPECT_EQ(-ENOENT, physvm_name_open(physvm, "ring", PROT_READ, 0, NULL));
	EXPECT_EQ(-ENOENT, physvm_name_remove(physvm, "ring"));
}

TEST_F(native, name_for_a_descriptor)
{
	struct physvm *physvm = self->physvm;
	const int fd = physvm_export(physvm, self->area, SIZE, RW);
	int alone;

	ASSERT_EQ(0, physvm_name_add_fd(physvm, "all", fd, 0, 0, RW, 0600, 0));
	ASSERT_EQ(0, physvm_name_add_fd(physvm, "some", fd, PAGE, PAGE, RW, 0600, 0));
	EXPECT_EQ(-EEXIST, physvm_name_add_fd(physvm, "All", fd, 0, 0, RW, 0600,
					      PHYSVM_NAME_UNIQUE));
	alone = physvm_name_open(physvm, "all", RW, PHYSVM_NAME_EXCL, NULL);
	EXPECT_LE(0, alone);
	EXPECT_EQ(-EBUSY, physvm_name_open(physvm, "all", RW, 0, NULL));
	EXPECT_EQ(2, physvm_name_remove_fd(physvm, fd));
	EXPECT_EQ(-ENOENT, physvm_name_remove_fd(physvm, fd));
	EXPECT_EQ(-EBADF, physvm_name_remove_fd(physvm, self->fd));
}

TEST_F(native, names_are_listed)
{
	struct physvm *physvm = self->physvm;
	struct physvm_name_next next = { 0 };

	EXPECT_EQ(-ENOENT, physvm_name_next(physvm, 0, &next));
	ASSERT_EQ(0, physvm_name_add(physvm, "One", self->area, 0, RW, 0640, 0));
	ASSERT_EQ(0, physvm_name_add(physvm, "two", self->area, 0, RW, 0600, 0));
	ASSERT_EQ(0, physvm_name_next(physvm, 0, &next));
	EXPECT_STREQ("One", (char *)next.out_name);
	EXPECT_EQ(0640, next.out_mode);
	ASSERT_EQ(0, physvm_name_next(physvm, next.out_id, &next));
	EXPECT_STREQ("two", (char *)next.out_name);
	EXPECT_EQ(-ENOENT, physvm_name_next(physvm, next.out_id, &next));
	EXPECT_EQ(2, physvm_name_remove_addr(physvm, self->area + 3 * PAGE));
	EXPECT_EQ(-ENOENT, physvm_name_remove_addr(physvm, NULL));
}

TEST_F(native, name_that_is_none)
{
	struct physvm *physvm = self->physvm;
	char name[300] = "";

	memset(name, 'x', 256);
	EXPECT_EQ(-EINVAL, physvm_name_add(physvm, name, self->area, 0, RW, 0600, 0));
	EXPECT_EQ(-EINVAL, physvm_name_open(physvm, name, RW, 0, NULL));
	EXPECT_EQ(-EINVAL, physvm_name_remove(physvm, name));
	name[255] = '\0';
	EXPECT_EQ(0, physvm_name_add(physvm, name, self->area, 0, RW, 0600, 0));
	EXPECT_EQ(0, physvm_name_remove(physvm, name));
	EXPECT_EQ(-EINVAL, physvm_name_add(physvm, "", self->area, 0, RW, 0600, 0));
	EXPECT_EQ(-EILSEQ, physvm_name_add(physvm, "\xff", self->area, 0, RW, 0600, 0));
	/* It is not for callers to say which of the two functions they have called. */
	EXPECT_EQ(-EINVAL, physvm_name_add(physvm, "x", self->area, 0, RW, 0600, PHYSVM_NAME_FD));
	EXPECT_EQ(-EOPNOTSUPP, physvm_name_add(physvm, "x", self->area, 0, RW, 0600, 1u << 9));
}

/* Pools */

TEST_F(native, pools_are_counted_apart)
{
	struct physvm_pool_stat ram, hidden;

	ASSERT_EQ(0, physvm_pool_stat(self->physvm, PHYSVM_POOL_RAM, &ram));
	ASSERT_EQ(0, physvm_pool_stat(self->physvm, PHYSVM_POOL_HIDDEN, &hidden));
	EXPECT_EQ(PAGES, ram.out_used_pages);
	EXPECT_EQ(0, hidden.out_used_pages);
	EXPECT_EQ(ram.out_areas, hidden.out_areas);
}

TEST_F(native, pool_there_is_not)
{
	struct physvm_pool_stat stat;
	struct physvm_pool_range range;

	EXPECT_EQ(-EOPNOTSUPP, physvm_pool_stat(self->physvm, (enum physvm_pool_kind)2, &stat));
	EXPECT_EQ(-EOPNOTSUPP,
		  physvm_pool_range(self->physvm, (enum physvm_pool_kind)2, 0, &range));
}

/* The pages of all ranges are those of the pool, for either. */
TEST_F(native, ranges_are_all_of_the_pool)
{
	for (int pool = PHYSVM_POOL_RAM; pool <= PHYSVM_POOL_HIDDEN; pool++) {
		struct physvm_pool_stat stat;
		struct physvm_pool_range range = { 0 };
		uint64_t pages = 0;
		int err;

		ASSERT_EQ(0, physvm_pool_stat(self->physvm, pool, &stat));
		while (!(err = physvm_pool_range(self->physvm, pool,
						 range.out_phys + range.out_length, &range)))
			pages += range.out_length / PAGE;
		EXPECT_EQ(-ENOENT, err);
		EXPECT_EQ(stat.out_total_pages, pages);
	}
}

/* Claims */

TEST_F(native, claim_of_memory_of_the_pool)
{
	const uint64_t phys = query(self->fd, self->area).out_phys;

	EXPECT_REFUSED(-ENXIO, self->fd, physvm_claim(self->physvm, phys, PAGE));
}

static void claim_as_nobody(int fd, const void *arg)
{
	struct physvm *physvm = (struct physvm *)(uintptr_t)arg;

	child_need(!setuid(65534));
	child_need(physvm_claim(physvm, 0, PAGE) == -EPERM);
}

TEST_F(native, claim_without_the_capability)
{
	EXPECT_TRUE(child_succeeded(child_start(claim_as_nobody, -1, self->physvm)));
}

TEST_HARNESS_MAIN
