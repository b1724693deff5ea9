// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of areas: adding, opening, removing, listing; what keeps what alive.
 */
#include "kselftest_harness.h"

#include "claim.h"
#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

static off_t size_of(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) ? -1 : stat.st_size;
}

/* Adding and opening. */

TEST_F(name, leads_to_the_pages)
{
	struct physvm_name_open args = open_args("ring", RW, 0);
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "ring", self->area, SIZE));
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_OPEN, &args));
	EXPECT_EQ(FD_CLOEXEC, fcntl(args.out_fd, F_GETFD));
	EXPECT_EQ(SIZE, size_of(args.out_fd));
	EXPECT_EQ(SIZE, args.out_length);
	EXPECT_EQ(0, args.out_uid);
	EXPECT_EQ(query(self->fd, self->area).out_area_id, args.out_area_id);
	addr = mmap(NULL, SIZE, RW, MAP_SHARED, args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	addr[5 * PAGE] = 77;
	EXPECT_EQ(77, self->area[5 * PAGE]);
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	close(args.out_fd);
}

TEST_F(name, leads_to_a_part)
{
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "part", self->area + 2 * PAGE, 3 * PAGE));
	addr = name_map(self->fd, "part", RW, 3 * PAGE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(3, numbered_pages(addr, 2, 3));
	EXPECT_EQ(NULL, name_map(self->fd, "part", RW, 4 * PAGE));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(0, unmap(self->fd, addr, 3 * PAGE));
}

TEST_F(name, of_a_descriptor)
{
	struct physvm_name_add args = add_args("tail", (void *)(3 * PAGE), 5 * PAGE);
	char *addr;

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	addr = name_map(self->fd, "tail", PROT_READ, 5 * PAGE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(5, numbered_pages(addr, 3, 5));
	EXPECT_EQ(0, unmap(self->fd, addr, 5 * PAGE));
}

TEST_F(name, of_a_name)
{
	struct physvm_name_add args = add_args("page", (void *)PAGE, PAGE);
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "part", self->area + 2 * PAGE, 3 * PAGE));
	args.flags = PHYSVM_NAME_FD;
	ASSERT_EQ(0, name_open(self->fd, "part", RW, 0, &args.fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	close(args.fd);
	ASSERT_EQ(0, name_remove(self->fd, "part"));
	addr = name_map(self->fd, "page", RW, PAGE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr, 3, 1));
	EXPECT_EQ(0, unmap(self->fd, addr, PAGE));
}

static uint64_t length_of(int fd, const char *name)
{
	struct physvm_name_open args = open_args(name, PROT_READ, 0);

	if (call(fd, PHYSVM_NAME_OPEN, &args))
		return 0;
	close(args.out_fd);
	return args.out_length;
}

TEST_F(name, of_everything_around_an_address)
{
	ASSERT_EQ(0, name_add(self->fd, "all", self->area + 5 * PAGE, 0));
	EXPECT_EQ(SIZE, length_of(self->fd, "all"));
	ASSERT_EQ(0, munmap(self->area + PAGE, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "all with a hole in the mapping", self->area, 0));
	EXPECT_EQ(SIZE, length_of(self->fd, "all with a hole in the mapping"));
}

TEST_F(name, of_everything_of_a_descriptor)
{
	struct physvm_name_add args = add_args("all", NULL, 0);

	args.flags = PHYSVM_NAME_FD;
	args.fd = self->area_fd;
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	EXPECT_EQ(SIZE, length_of(self->fd, "all"));
	args.start = PAGE;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_NAME_ADD, &args));
}

/* A part's mapping does not give a name to more than the part. */
TEST_F(name, of_everything_of_a_part)
{
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "part", self->area + 2 * PAGE, 3 * PAGE));
	addr = name_map(self->fd, "part", RW, 2 * PAGE);
	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, name_add(self->fd, "everything", addr + PAGE, 0));
	EXPECT_EQ(3 * PAGE, length_of(self->fd, "everything"));
	EXPECT_EQ(0, unmap(self->fd, addr, 2 * PAGE));
}

/* Rights. */

TEST_F(name, gives_no_more_than_its_ceiling)
{
	struct physvm_name_add args = add_args("read me", self->area, SIZE);
	char *addr;

	args.max_prot = PROT_READ;
	args.mode = 0666;
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	EXPECT_REFUSED(EACCES, self->fd, name_try(self->fd, "read me", RW, 0));
	EXPECT_REFUSED(EACCES, self->fd, name_try(self->fd, "read me", PROT_WRITE, 0));
	EXPECT_REFUSED(EACCES, self->fd, name_try(self->fd, "read me", PROT_EXEC, 0));
	addr = name_map(self->fd, "read me", PROT_READ, SIZE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(-1, mprotect(addr, SIZE, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
}

TEST_F(name, opened_for_less_stays_less)
{
	struct physvm_name_add again = add_args("copy", NULL, SIZE);
	int opened;

	ASSERT_EQ(0, name_add(self->fd, "both", self->area, SIZE));
	ASSERT_EQ(0, name_open(self->fd, "both", PROT_READ, 0, &opened));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE, RW, MAP_SHARED, opened, 0));
	EXPECT_EQ(EACCES, errno);
	again.flags = PHYSVM_NAME_FD;
	again.fd = opened;
	EXPECT_REFUSED(EACCES, self->fd, call(self->fd, PHYSVM_NAME_ADD, &again));
	close(opened);
}

/* Life. */

TEST_F(name, keeps_the_area)
{
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "kept", self->area, SIZE));
	ASSERT_EQ(0, unmap(self->fd, self->area, SIZE));
	close(self->area_fd);
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
	addr = name_map(self->fd, "kept", RW, SIZE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	ASSERT_EQ(0, name_remove(self->fd, "kept"));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(name, of_a_part_keeps_all)
{
	ASSERT_EQ(0, name_add(self->fd, "part", self->area + PAGE, PAGE));
	ASSERT_EQ(0, unmap(self->fd, self->area, SIZE));
	close(self->area_fd);
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
	ASSERT_EQ(0, name_remove(self->fd, "part"));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(name, removed_while_mapped)
{
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "mapped", self->area, SIZE));
	addr = name_map(self->fd, "mapped", RW, SIZE);
	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, name_remove(self->fd, "mapped"));
	ASSERT_EQ(0, unmap(self->fd, self->area, SIZE));
	close(self->area_fd);
	EXPECT_EQ(ENOENT, name_try(self->fd, "mapped", RW, 0));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	addr[0] = 78;
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(name, shows_what_is_decommitted)
{
	char *addr;

	ASSERT_EQ(0, name_add(self->fd, "holes", self->area, SIZE));
	addr = name_map(self->fd, "holes", RW, SIZE);
	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, decommit(self->fd, self->area + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(addr + PAGE));
	ASSERT_EQ(0, commit(self->fd, addr + PAGE, PAGE));
	EXPECT_TRUE(all_zero(self->area + PAGE, PAGE));
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
}

/* Areas of other kinds. */

TEST_F(name, of_an_area_without_pages)
{
	char *area = alloc_map(self->fd, SIZE, PHYSVM_ALLOC_NORESERVE), *addr;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, name_add(self->fd, "sparse", area, 0));
	ASSERT_EQ(0, unmap(self->fd, area, SIZE));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
	addr = name_map(self->fd, "sparse", RW, SIZE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(0, commit(self->fd, addr, PAGE));
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_EQ(PAGES + 1, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	EXPECT_EQ(PAGES + 1, pool_stat(self->fd).out_used_pages);
}

TEST_F(name, of_whole_blocks)
{
	char *area = alloc_map(self->fd, 2 * BLOCK, PHYSVM_ALLOC_COMMIT), *addr;

	ASSERT_NE(NULL, area);
	number_pages(area, 2 * BLOCK / PAGE);
	ASSERT_EQ(0, name_add(self->fd, "blocks", area, 0));
	ASSERT_EQ(0, unmap(self->fd, area, 2 * BLOCK));
	addr = name_map(self->fd, "blocks", RW, 2 * BLOCK);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(2 * BLOCK / PAGE, numbered_pages(addr, 0, 2 * BLOCK / PAGE));
	EXPECT_EQ(0, unmap(self->fd, addr, 2 * BLOCK));
}

/* The claim lasts as long as the name. Nothing is there to be touched. */
TEST_F(name, of_device_memory)
{
	const uint64_t phys = (1ull << physical_bits()) - PAGE;
	const int claimed = claim(self->fd, phys, PAGE);
	struct physvm_alloc args = device_args(claimed, phys, PAGE, PHYSVM_CACHE_UC);

	ASSERT_LE(0, claimed);
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	ASSERT_EQ(0, name_add(self->fd, "registers", (void *)(uintptr_t)args.out_addr, 0));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)args.out_addr, PAGE));
	close(claimed);
	EXPECT_EQ(PAGE, length_of(self->fd, "registers"));
	EXPECT_EQ(EEXIST, claim_error(self->fd, phys, PAGE));
	ASSERT_EQ(0, name_remove(self->fd, "registers"));
	EXPECT_TRUE(becomes_free(self->fd, phys, PAGE));
}

/* Several. */

TEST_F(name, added_first_is_found_first)
{
	ASSERT_EQ(0, name_add(self->fd, "same", self->area, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "other", self->area, 4 * PAGE));
	ASSERT_EQ(0, name_add(self->fd, "Same", self->area, 2 * PAGE));
	ASSERT_EQ(0, name_add(self->fd, "SAME", self->area, 3 * PAGE));
	EXPECT_EQ(PAGE, length_of(self->fd, "SAME"));
	ASSERT_EQ(0, name_remove(self->fd, "SAME"));
	EXPECT_EQ(2 * PAGE, length_of(self->fd, "same"));
	ASSERT_EQ(0, name_add(self->fd, "same", self->area, PAGE));
	ASSERT_EQ(0, name_remove(self->fd, "same"));
	EXPECT_EQ(3 * PAGE, length_of(self->fd, "same"));
	ASSERT_EQ(0, name_remove(self->fd, "same"));
	EXPECT_EQ(PAGE, length_of(self->fd, "same"));
	ASSERT_EQ(0, name_remove(self->fd, "same"));
	EXPECT_EQ(ENOENT, name_try(self->fd, "same", RW, 0));
	EXPECT_EQ(4 * PAGE, length_of(self->fd, "other"));
}

TEST_F(name, unique)
{
	struct physvm_name_add args = add_args("only one", self->area, SIZE);

	args.flags = PHYSVM_NAME_UNIQUE;
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	EXPECT_REFUSED(EEXIST, self->fd, call(self->fd, PHYSVM_NAME_ADD, &args));
	set_name(args.name, "Only One");
	EXPECT_REFUSED(EEXIST, self->fd, call(self->fd, PHYSVM_NAME_ADD, &args));
	set_name(args.name, "only one more");
	EXPECT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	set_name(args.name, "only");
	EXPECT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	/* It binds who asks for it. */
	EXPECT_EQ(0, name_add(self->fd, "only one", self->area, SIZE));
}

TEST_F(name, removed_by_area)
{
	struct physvm_name_remove args = {
		.size = sizeof(args),
		.flags = PHYSVM_NAME_FD,
		.fd = self->area_fd,
	};
	char *other = alloc_map(self->fd, PAGE, 0);

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, name_add(self->fd, "a", self->area, SIZE));
	ASSERT_EQ(0, name_add(self->fd, "b", other, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "c", self->area + PAGE, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "a", self->area, PAGE));
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_REMOVE, &args));
	EXPECT_EQ(3, args.out_removed);
	EXPECT_EQ(1, count_names(self->fd));
	EXPECT_EQ(ENOENT, call(self->fd, PHYSVM_NAME_REMOVE, &args));
	args = (struct physvm_name_remove){
		.size = sizeof(args),
		.flags = PHYSVM_NAME_ADDR,
		.start = (uintptr_t)other,
	};
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_REMOVE, &args));
	EXPECT_EQ(1, args.out_removed);
	EXPECT_EQ(0, count_names(self->fd));
	EXPECT_EQ(0, unmap(self->fd, other, PAGE));
}

/* Listing. */

TEST_F(name, listed_as_it_was_added)
{
	struct physvm_name_add args = add_args("Third Part", self->area + PAGE, 3 * PAGE);
	struct physvm_name_next first, second;

	args.mode = 0754;
	args.max_prot = PROT_READ;
	EXPECT_EQ(ENOENT, name_next(self->fd, 0, &first));
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_ADD, &args));
	ASSERT_EQ(0, name_add(self->fd, "a", self->area, SIZE));
	ASSERT_EQ(0, name_next(self->fd, 0, &first));
	ASSERT_EQ(0, name_next(self->fd, first.out_id, &second));
	EXPECT_EQ(ENOENT, call(self->fd, PHYSVM_NAME_NEXT, &(struct physvm_name_next){
		.size = sizeof(second), .after = second.out_id }));
	EXPECT_LT(first.out_id, second.out_id);
	EXPECT_EQ(0, memcmp(args.name, first.out_name, PHYSVM_NAME_SIZE));
	EXPECT_EQ(3 * PAGE, first.out_length);
	EXPECT_EQ(query(self->fd, self->area).out_area_id, first.out_area_id);
	EXPECT_EQ(first.out_area_id, second.out_area_id);
	EXPECT_EQ(0754, first.out_mode);
	EXPECT_EQ(PROT_READ, first.out_max_prot);
	EXPECT_EQ(0, first.out_uid);
	EXPECT_EQ(0, first.out_gid);
	EXPECT_STREQ("a", (char *)second.out_name);
	EXPECT_EQ(RW, second.out_max_prot);
	EXPECT_EQ(0600, second.out_mode);
}

TEST_F(name, id_is_never_used_again)
{
	struct physvm_name_next before, after;

	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, name_next(self->fd, 0, &before));
	ASSERT_EQ(0, name_remove(self->fd, "x"));
	EXPECT_EQ(ENOENT, name_next(self->fd, 0, &after));
	ASSERT_EQ(0, name_add(self->fd, "x", self->area, SIZE));
	ASSERT_EQ(0, name_next(self->fd, before.out_id, &after));
	EXPECT_LT(before.out_id, after.out_id);
}

/* Two processes that have nothing in common but the name. */

static void write_and_leave(int fd, const void *arg)
{
	struct physvm_name_add args;
	char *area;

	fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	area = alloc_map(fd, SIZE, PHYSVM_ALLOC_COMMIT);
	child_need(fd >= 0 && area);
	number_pages(area, PAGES);
	args = add_args("left behind", area, 0);
	args.mode = 0644;
	child_need(!call(fd, PHYSVM_NAME_ADD, &args));
}

static void read_only(int fd, const void *arg)
{
	char *area;

	fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	child_need(fd >= 0 && !setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
	child_need(name_try(fd, "left behind", RW, 0) == EACCES);
	area = name_map(fd, "left behind", PROT_READ, SIZE);
	child_need(area && numbered_pages(area, 0, PAGES) == PAGES);
	child_need(write_signal(area) == SIGSEGV);
	child_need(mprotect(area, SIZE, RW) && errno == EACCES);
	child_need(name_remove(fd, "left behind") == EPERM);
}

TEST_F(name, shared_by_unrelated_processes)
{
	char *addr;

	ASSERT_TRUE(child_succeeded(child_start(write_and_leave, -1, NULL)));
	ASSERT_TRUE(child_succeeded(child_start(read_only, -1, NULL)));
	EXPECT_EQ(2 * PAGES, pool_stat(self->fd).out_used_pages);
	addr = name_map(self->fd, "left behind", RW, SIZE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(0, unmap(self->fd, addr, SIZE));
	ASSERT_EQ(0, name_remove(self->fd, "left behind"));
	EXPECT_EQ(PAGES, settled_pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
}

TEST_HARNESS_MAIN
