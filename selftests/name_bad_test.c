// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls about names with one thing wrong: what they say, and that nothing has
 * changed. Wrong names are name_text_test's.
 */
#include "kselftest_harness.h"

#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define EXPECT_ADD_REFUSED(error) \
	EXPECT_REFUSED(error, self->fd, call(self->fd, PHYSVM_NAME_ADD, &args))
#define EXPECT_OPEN_REFUSED(error) \
	EXPECT_REFUSED(error, self->fd, call(self->fd, PHYSVM_NAME_OPEN, &args))
#define EXPECT_REMOVE_REFUSED(error) \
	EXPECT_REFUSED(error, self->fd, call(self->fd, PHYSVM_NAME_REMOVE, &args))

/* Adding. */

TEST_F(name, add_with_unknown_bits)
{
	struct physvm_name_add args = add_args("x", self->area, SIZE);

	args.flags = 1u << 2;
	EXPECT_ADD_REFUSED(EOPNOTSUPP);
	args.flags = 0;
	args.max_prot |= 1u << 3;
	EXPECT_ADD_REFUSED(EOPNOTSUPP);
	args.max_prot = RW;
	args.__reserved = 1;
	EXPECT_ADD_REFUSED(EOPNOTSUPP);
	args.__reserved = 0;
	for (uint32_t bit = 01000; bit; bit <<= 1) {
		args.mode = 0600 | bit;
		EXPECT_ADD_REFUSED(EOPNOTSUPP);
	}
}

TEST_F(name, add_with_wrong_numbers)
{
	struct physvm_name_add args = add_args("x", self->area, SIZE);

	args.max_prot = 0;
	EXPECT_ADD_REFUSED(EINVAL);
	args.max_prot = RW;
	args.start++;
	EXPECT_ADD_REFUSED(EINVAL);
	args.length = 0;
	EXPECT_ADD_REFUSED(EINVAL);
	args.start--;
	args.length = PAGE + 1;
	EXPECT_ADD_REFUSED(EINVAL);
	args.length = PAGE;
	args.fd = self->area_fd;
	EXPECT_ADD_REFUSED(EINVAL);
	args.fd = 0;
	args.start = -PAGE;
	args.length = 2 * PAGE;
	EXPECT_ADD_REFUSED(EINVAL);
}

TEST_F(name, add_what_is_not_ours)
{
	char *foreign = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct physvm_name_add args = add_args("x", foreign, PAGE);

	EXPECT_ADD_REFUSED(ENOENT);
	args.length = 0;
	EXPECT_ADD_REFUSED(ENOENT);
	args.start = 0;
	EXPECT_ADD_REFUSED(ENOENT);
	args.start = -(uint64_t)PAGE;
	EXPECT_ADD_REFUSED(ENOENT);
	args.start = -(uint64_t)BLOCK;
	args.length = PAGE;
	EXPECT_ADD_REFUSED(ENOENT);
	munmap(foreign, PAGE);
}

TEST_F(name, add_guards)
{
	struct physvm_name_add args = add_args("x", self->area - PAGE, 2 * PAGE);

	EXPECT_ADD_REFUSED(EACCES);
	args.length = 0;
	EXPECT_ADD_REFUSED(EACCES);
	args.start = (uintptr_t)self->area + SIZE;
	EXPECT_ADD_REFUSED(EACCES);
}

TEST_F(name, add_reserved_addresses)
{
	struct physvm_reserve reserve = { .size = sizeof(reserve), .length = 2 * PAGE };
	struct physvm_name_add args;

	ASSERT_EQ(0, call(self->fd, PHYSVM_RESERVE, &reserve));
	args = add_args("x", (void *)(uintptr_t)reserve.out_addr, PAGE);
	EXPECT_ADD_REFUSED(EACCES);
	args.length = 0;
	EXPECT_ADD_REFUSED(EACCES);
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)reserve.out_addr, 2 * PAGE));
}

TEST_F(name, add_two_areas)
{
	char *room = free_addresses(8 * PAGE);
	struct physvm_name_add args = add_args("x", room + 3 * PAGE, 2 * PAGE);

	ASSERT_NE(NULL, alloc_at(self->fd, room, 4 * PAGE, PHYSVM_ALLOC_COMMIT));
	ASSERT_NE(NULL, alloc_at(self->fd, room + 4 * PAGE, 4 * PAGE, PHYSVM_ALLOC_COMMIT));
	EXPECT_ADD_REFUSED(ENOENT);
	EXPECT_EQ(0, unmap(self->fd, room, 8 * PAGE));
}

TEST_F(name, add_wrong_descriptors)
{
	struct physvm_name_add args = add_args("x", NULL, PAGE);
	const int others[] = { -1, 1000, self->fd };

	args.flags = PHYSVM_NAME_FD;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		args.fd = others[i];
		EXPECT_ADD_REFUSED(EBADF);
	}
	args.fd = self->area_fd;
	args.start = SIZE;
	EXPECT_ADD_REFUSED(ENXIO);
	args.start = SIZE - PAGE;
	args.length = 2 * PAGE;
	EXPECT_ADD_REFUSED(ENXIO);
}

TEST_F(name, add_with_more_rights_than_there_are)
{
	struct physvm_export export = {
		.size = sizeof(export),
		.start = (uintptr_t)self->area,
		.length = SIZE,
		.max_prot = PROT_READ,
	};
	struct physvm_name_add args = add_args("x", NULL, SIZE);
	char *addr;

	ASSERT_EQ(0, call(self->fd, PHYSVM_EXPORT, &export));
	args.flags = PHYSVM_NAME_FD;
	args.fd = export.out_fd;
	EXPECT_ADD_REFUSED(EACCES);
	addr = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, export.out_fd, 0);
	close(export.out_fd);
	args = add_args("x", addr, SIZE);
	EXPECT_ADD_REFUSED(EACCES);
	args.length = 0;
	EXPECT_ADD_REFUSED(EACCES);
	args.max_prot = PROT_READ;
	EXPECT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
}

/* Opening. */

TEST_F(name, open_with_wrong_members)
{
	struct physvm_name_open args = open_args("x", RW, 0);

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	args.flags = 1u << 1;
	EXPECT_OPEN_REFUSED(EOPNOTSUPP);
	args.flags = 0;
	args.max_prot |= 1u << 3;
	EXPECT_OPEN_REFUSED(EOPNOTSUPP);
	args.max_prot = 0;
	EXPECT_OPEN_REFUSED(EINVAL);
	args.max_prot = RW;
	args.__reserved = 1;
	EXPECT_OPEN_REFUSED(EOPNOTSUPP);
}

TEST_F(name, open_what_there_is_not)
{
	struct physvm_name_open args = open_args("xyz", RW, 0);

	EXPECT_OPEN_REFUSED(ENOENT);
	ASSERT_EQ(0, name_add(self->fd, "xy", self->area, SIZE));
	ASSERT_EQ(0, name_add(self->fd, "xyzz", self->area, SIZE));
	EXPECT_OPEN_REFUSED(ENOENT);
}

/* One that could not be told to its opener is not open. */
TEST_F(name, open_without_a_place_for_the_answer)
{
	struct physvm_name_open *args = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	*args = open_args("x", RW, PHYSVM_NAME_EXCL);
	ASSERT_EQ(0, mprotect(args, PAGE, PROT_READ));
	EXPECT_REFUSED(EFAULT, self->fd, call(self->fd, PHYSVM_NAME_OPEN, args));
	EXPECT_EQ(0, name_try(self->fd, "x", RW, PHYSVM_NAME_EXCL));
	munmap(args, PAGE);
}

/* Removing. */

TEST_F(name, remove_with_wrong_members)
{
	struct physvm_name_remove args = remove_args("x");

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	args.flags = 1u << 2;
	EXPECT_REMOVE_REFUSED(EOPNOTSUPP);
	args.flags = 0;
	args.__reserved = 1;
	EXPECT_REMOVE_REFUSED(EOPNOTSUPP);
	args.__reserved = 0;
	args.fd = self->area_fd;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.fd = 0;
	args.start = (uintptr_t)self->area;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.flags = PHYSVM_NAME_ADDR;
	EXPECT_REMOVE_REFUSED(EINVAL);
	set_name(args.name, "");
	args.fd = self->area_fd;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.flags = PHYSVM_NAME_FD;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.flags = PHYSVM_NAME_FD | PHYSVM_NAME_ADDR;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.flags = PHYSVM_NAME_ADDR;
	args.fd = 0;
	args.start++;
	EXPECT_REMOVE_REFUSED(EINVAL);
	args.start--;
	EXPECT_EQ(0, call(self->fd, PHYSVM_NAME_REMOVE, &args));
}

TEST_F(name, remove_what_there_is_not)
{
	struct physvm_name_remove args = remove_args("x");

	EXPECT_REMOVE_REFUSED(ENOENT);
	ASSERT_EQ(0, name_add(self->fd, "y", self->area, SIZE));
	EXPECT_REMOVE_REFUSED(ENOENT);
	ASSERT_EQ(0, name_remove(self->fd, "y"));
	args = (struct physvm_name_remove){ .size = sizeof(args), .flags = PHYSVM_NAME_FD };
	args.fd = self->area_fd;
	EXPECT_REMOVE_REFUSED(ENOENT);
	args.fd = self->fd;
	EXPECT_REMOVE_REFUSED(EBADF);
	args = (struct physvm_name_remove){ .size = sizeof(args), .flags = PHYSVM_NAME_ADDR };
	EXPECT_REMOVE_REFUSED(ENOENT);
	args.start = (uintptr_t)self->area;
	EXPECT_REMOVE_REFUSED(ENOENT);
	args.start -= PAGE;
	EXPECT_REMOVE_REFUSED(EACCES);
}

/* Names taken out are given back, to where they were. */
TEST_F(name, remove_without_a_place_for_the_answer)
{
	struct physvm_name_remove *args = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, name_add(self->fd, "X", self->area, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "y", self->area, PAGE));
	*args = remove_args("x");
	ASSERT_EQ(0, mprotect(args, PAGE, PROT_READ));
	EXPECT_REFUSED(EFAULT, self->fd, call(self->fd, PHYSVM_NAME_REMOVE, args));
	ASSERT_EQ(0, mprotect(args, PAGE, RW));
	*args = (struct physvm_name_remove){
		.size = sizeof(*args),
		.flags = PHYSVM_NAME_FD,
		.fd = self->area_fd,
	};
	ASSERT_EQ(0, mprotect(args, PAGE, PROT_READ));
	EXPECT_REFUSED(EFAULT, self->fd, call(self->fd, PHYSVM_NAME_REMOVE, args));
	EXPECT_EQ(3, count_names(self->fd));
	munmap(args, PAGE);
}

TEST_HARNESS_MAIN
