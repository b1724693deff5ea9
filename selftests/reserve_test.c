// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_RESERVE and PHYSVM_MAP: addresses with nothing behind them, and where
 * mappings go.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "mappings.h"
#include "alloc.h"

SKIP_ALL_WITHOUT_POOL(BLOCK / PAGE)

#define TWO_GIB (2ul << 30)
/* Of four levels of page tables. */
#define LAST_ADDRESS ((1ul << 47) - PAGE)
#define CARVE (PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE)

/* Sixteen reserved pages, a descriptor of four numbered ones. */
FIXTURE(reserve)
{
	int fd;
	int area_fd;
	char *addr;
	struct physvm_reserve args;	/* of a call that works */
	struct physvm_map map;		/* and of another */
};

static int reserve(int fd, struct physvm_reserve *args)
{
	return call(fd, PHYSVM_RESERVE, args);
}

static int map(int fd, struct physvm_map *args)
{
	return call(fd, PHYSVM_MAP, args);
}

static struct physvm_reserve reserve_args(uint64_t length)
{
	return (struct physvm_reserve){ .size = sizeof(struct physvm_reserve), .length = length };
}

static struct physvm_map map_args(int fd, uint64_t length)
{
	return (struct physvm_map){
		.size = sizeof(struct physvm_map), .fd = fd, .prot = RW, .length = length,
	};
}

static struct physvm_map map_args_at(int fd, uint64_t length, const void *addr, uint32_t flags)
{
	struct physvm_map args = map_args(fd, length);

	args.flags = flags;
	args.virt_addr = (uintptr_t)addr;
	return args;
}

static struct physvm_alloc alloc_args_at(uint64_t length, const void *addr, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_COMMIT | flags);

	args.virt_addr = (uintptr_t)addr;
	return args;
}

static int numbered_fd(int fd, size_t pages)
{
	struct physvm_alloc args = alloc_args(pages * PAGE,
					      PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD);

	if (alloc(fd, &args))
		return -1;
	number_pages(addr_of(&args), pages);
	unmap(fd, addr_of(&args), args.length);
	return args.out_fd;
}

FIXTURE_SETUP(reserve)
{
	struct physvm_reserve args = reserve_args(16 * PAGE);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->area_fd = numbered_fd(self->fd, 4);
	ASSERT_LE(0, self->area_fd);
	ASSERT_EQ(0, reserve(self->fd, &args));
	self->addr = (char *)(uintptr_t)args.out_addr;
	self->args = reserve_args(4 * PAGE);
	self->map = map_args(self->area_fd, 4 * PAGE);
}

FIXTURE_TEARDOWN(reserve)
{
	munmap(self->addr, 16 * PAGE);
	close(self->area_fd);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static bool is_reservation(int fd, const char *addr, size_t pages)
{
	for (size_t i = 0; i < pages; i++) {
		const struct physvm_query at = query(fd, addr + i * PAGE);

		if (at.out_type != PHYSVM_AREA_RESERVATION || at.out_phys ||
		    at.out_state != PHYSVM_PAGE_RESERVED || at.out_prot || at.out_max_prot)
			return false;
	}
	return true;
}

TEST_F(reserve, has_nothing_behind_it)
{
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 16));
	EXPECT_EQ(SIGSEGV, read_signal(self->addr));
	EXPECT_EQ(SIGSEGV, write_signal(self->addr + 15 * PAGE));
	EXPECT_EQ(-1, write(self->area_fd, self->addr, 1));
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
}

TEST_F(reserve, takes_no_page)
{
	EXPECT_REFUSED(EACCES, self->fd, commit(self->fd, self->addr, PAGE));
	EXPECT_REFUSED(EACCES, self->fd,
		       range_call(self->fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE,
				  self->addr, 16 * PAGE));
	EXPECT_REFUSED(EACCES, self->fd, decommit(self->fd, self->addr, PAGE));
	EXPECT_REFUSED(EACCES, self->fd,
		       range_call(self->fd, PHYSVM_PROTECT_CHECK, PROT_READ, self->addr, PAGE));
	EXPECT_EQ(-1, mprotect(self->addr, PAGE, PROT_READ));
	EXPECT_EQ(EACCES, errno);
	/* No access is what it has. */
	EXPECT_EQ(0, range_call(self->fd, PHYSVM_PROTECT_CHECK, 0, self->addr, PAGE));
	EXPECT_EQ(0, mprotect(self->addr, PAGE, PROT_NONE));
}

TEST_F(reserve, is_larger_than_the_pool)
{
	self->args.length = 1ul << 44;
	ASSERT_EQ(0, reserve(self->fd, &self->args));
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->args.out_addr, 1ul << 44));
}

TEST_F(reserve, ends_in_part)
{
	EXPECT_EQ(0, unmap(self->fd, self->addr + 4 * PAGE, 4 * PAGE));
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 4));
	EXPECT_TRUE(is_reservation(self->fd, self->addr + 8 * PAGE, 8));
	EXPECT_NE(NULL, alloc_at(self->fd, self->addr + 4 * PAGE, 4 * PAGE, 0));
}

TEST_F(reserve, at_an_address)
{
	char *hole = free_addresses(BLOCK);

	self->args.flags = PHYSVM_ALLOC_VIRT;
	self->args.virt_addr = (uintptr_t)hole;
	ASSERT_EQ(0, reserve(self->fd, &self->args));
	EXPECT_EQ((uintptr_t)hole, self->args.out_addr);
	EXPECT_REFUSED(EEXIST, self->fd, reserve(self->fd, &self->args));
	EXPECT_EQ(0, munmap(hole, 4 * PAGE));
}

/* Address 0 is one like any other, to those whom the system allows it. */
TEST_F(reserve, at_address_zero)
{
	self->args.flags = PHYSVM_ALLOC_VIRT;
	self->args.length = PAGE;
	ASSERT_EQ(0, reserve(self->fd, &self->args));
	EXPECT_EQ(0, self->args.out_addr);
	EXPECT_EQ(0, munmap(NULL, PAGE));
}

static void reserve_zero_as_nobody(int fd, const void *arg)
{
	struct physvm_reserve args = reserve_args(PAGE);

	args.flags = PHYSVM_ALLOC_VIRT;
	child_need(!setresuid(65534, 65534, 65534));
	child_need(reserve(fd, &args) == EPERM);
}

TEST_F(reserve, at_address_zero_which_the_system_keeps_free)
{
	EXPECT_TRUE(child_succeeded(child_start(reserve_zero_as_nobody, self->fd, NULL)));
}

/* Carving. */

TEST_F(reserve, memory_in_its_middle)
{
	struct physvm_alloc args = alloc_args_at(4 * PAGE, self->addr + 4 * PAGE, CARVE);

	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_EQ((uintptr_t)self->addr + 4 * PAGE, args.out_addr);
	number_pages(addr_of(&args), 4);
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 4));
	EXPECT_TRUE(is_reservation(self->fd, self->addr + 8 * PAGE, 8));
	EXPECT_EQ(4, numbered_pages(addr_of(&args), 0, 4));
	EXPECT_EQ(8, pool_stat(self->fd).out_used_pages);
}

TEST_F(reserve, memory_at_its_ends_and_then_in_the_rest)
{
	struct physvm_alloc low = alloc_args_at(PAGE, self->addr, CARVE);
	struct physvm_alloc high = alloc_args_at(PAGE, self->addr + 15 * PAGE, CARVE);
	struct physvm_alloc rest = alloc_args_at(14 * PAGE, self->addr + PAGE, CARVE);

	EXPECT_EQ(0, alloc(self->fd, &low));
	EXPECT_EQ(0, alloc(self->fd, &high));
	EXPECT_EQ(0, alloc(self->fd, &rest));
	EXPECT_EQ(4 + 16, pool_stat(self->fd).out_used_pages);
}

TEST_F(reserve, guards_are_inside_it)
{
	struct physvm_alloc args = alloc_args_at(2 * PAGE, self->addr + PAGE, CARVE | BOTH_GUARDS);

	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, self->addr).out_state);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, self->addr + 3 * PAGE).out_state);
	args = alloc_args_at(12 * PAGE, self->addr + 4 * PAGE, CARVE | PHYSVM_ALLOC_HIGH_GUARD);
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
}

TEST_F(reserve, what_was_carved_is_free_when_it_ends)
{
	struct physvm_alloc args = alloc_args_at(PAGE, self->addr + PAGE, CARVE);

	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_EQ(0, unmap(self->fd, self->addr + PAGE, PAGE));
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args.flags &= ~PHYSVM_ALLOC_CARVE;
	EXPECT_EQ(0, alloc(self->fd, &args));
}

TEST_F(reserve, is_not_given_to_who_does_not_carve)
{
	struct physvm_alloc args = alloc_args_at(PAGE, self->addr, PHYSVM_ALLOC_VIRT);
	struct physvm_map at = map_args_at(self->area_fd, PAGE, self->addr, PHYSVM_ALLOC_VIRT);

	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	EXPECT_REFUSED(EEXIST, self->fd, map(self->fd, &at));
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 16));
}

/* Below it, behind it, over all of it; other memory of ours; no memory at all. */
TEST_F(reserve, carving_where_not_all_is_reserved)
{
	struct physvm_alloc args = alloc_args_at(2 * PAGE, self->addr - PAGE, CARVE);

	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args = alloc_args_at(2 * PAGE, self->addr + 15 * PAGE, CARVE);
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args = alloc_args_at(17 * PAGE, self->addr, CARVE);
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args = alloc_args_at(PAGE, free_addresses(BLOCK), CARVE);
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args = alloc_args_at(PAGE, self->addr, CARVE);
	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
	args.virt_addr = LAST_ADDRESS - PAGE;
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
}

TEST_F(reserve, carving_over_the_hole_of_what_ended)
{
	struct physvm_alloc args = alloc_args_at(3 * PAGE, self->addr + 3 * PAGE, CARVE);

	ASSERT_EQ(0, unmap(self->fd, self->addr + 4 * PAGE, PAGE));
	EXPECT_REFUSED(EEXIST, self->fd, alloc(self->fd, &args));
}

TEST_F(reserve, a_reservation_in_a_reservation)
{
	self->args.flags = CARVE;
	self->args.virt_addr = (uintptr_t)self->addr + PAGE;
	ASSERT_EQ(0, reserve(self->fd, &self->args));
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 16));
}

static int carve_once(int fd, char *addr)
{
	struct physvm_alloc args = alloc_args_at(PAGE, addr, CARVE);

	return alloc(fd, &args);
}

struct carver {
	pthread_t thread;
	int fd;
	char *addr;
	unsigned int won;
};

#define CARVINGS 200

static void *carve_all(void *arg)
{
	struct carver *carver = arg;

	for (size_t i = 0; i < CARVINGS; i++)
		carver->won += !carve_once(carver->fd, carver->addr + i * PAGE);
	return NULL;
}

/* Nobody's page is ever replaced by another's. */
TEST_F(reserve, two_carve_at_once)
{
	struct physvm_reserve args = reserve_args(CARVINGS * PAGE);
	struct carver carvers[2];

	ASSERT_EQ(0, reserve(self->fd, &args));
	for (int i = 0; i < 2; i++) {
		carvers[i] = (struct carver){
			.fd = self->fd, .addr = (char *)(uintptr_t)args.out_addr,
		};
		ASSERT_EQ(0, pthread_create(&carvers[i].thread, NULL, carve_all, &carvers[i]));
	}
	for (int i = 0; i < 2; i++)
		pthread_join(carvers[i].thread, NULL);
	EXPECT_EQ(CARVINGS, carvers[0].won + carvers[1].won);
	EXPECT_EQ(4 + CARVINGS, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, munmap((void *)(uintptr_t)args.out_addr, CARVINGS * PAGE));
}

/* Mapping a descriptor. */

TEST_F(reserve, map_all_of_a_descriptor)
{
	ASSERT_EQ(0, map(self->fd, &self->map));
	EXPECT_EQ(4, numbered_pages((char *)(uintptr_t)self->map.out_addr, 0, 4));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->map.out_addr, 4 * PAGE));
}

TEST_F(reserve, map_a_part_of_a_descriptor)
{
	self->map.offset = 2 * PAGE;
	self->map.length = PAGE;
	ASSERT_EQ(0, map(self->fd, &self->map));
	EXPECT_EQ(1, numbered_pages((char *)(uintptr_t)self->map.out_addr, 2, 1));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->map.out_addr, PAGE));
}

TEST_F(reserve, map_into_a_reservation)
{
	struct physvm_map at = map_args_at(self->area_fd, 4 * PAGE, self->addr + PAGE, CARVE);

	ASSERT_EQ(0, map(self->fd, &at));
	EXPECT_EQ((uintptr_t)self->addr + PAGE, at.out_addr);
	EXPECT_EQ(4, numbered_pages(self->addr + PAGE, 0, 4));
	EXPECT_TRUE(is_reservation(self->fd, self->addr, 1));
	EXPECT_TRUE(is_reservation(self->fd, self->addr + 5 * PAGE, 11));
}

TEST_F(reserve, map_with_less_than_all_rights)
{
	self->map.prot = PROT_READ;
	ASSERT_EQ(0, map(self->fd, &self->map));
	EXPECT_EQ(SIGSEGV, write_signal((void *)(uintptr_t)self->map.out_addr));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->map.out_addr, 4 * PAGE));
}

TEST_F(reserve, map_with_more_than_its_rights)
{
	struct physvm_export export = {
		.size = sizeof(export), .flags = PHYSVM_EXPORT_FD, .length = 4 * PAGE,
		.fd = self->area_fd, .max_prot = PROT_READ,
	};

	ASSERT_EQ(0, call(self->fd, PHYSVM_EXPORT, &export));
	self->map.fd = export.out_fd;
	EXPECT_REFUSED(EACCES, self->fd, map(self->fd, &self->map));
	self->map.prot = PROT_READ;
	EXPECT_EQ(0, map(self->fd, &self->map));
	close(export.out_fd);
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->map.out_addr, 4 * PAGE));
}

TEST_F(reserve, map_beyond_the_end)
{
	self->map.offset = PAGE;
	EXPECT_REFUSED(ENXIO, self->fd, map(self->fd, &self->map));
	self->map.offset = 4 * PAGE;
	self->map.length = PAGE;
	EXPECT_REFUSED(ENXIO, self->fd, map(self->fd, &self->map));
	self->map.offset = -2 * PAGE;
	EXPECT_REFUSED(ENXIO, self->fd, map(self->fd, &self->map));
	self->map.offset = -PAGE;
	EXPECT_REFUSED(EINVAL, self->fd, map(self->fd, &self->map));
}

TEST_F(reserve, map_what_is_no_area)
{
	const int wrong[] = { -1, 9999, self->fd, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		self->map.fd = wrong[i];
		EXPECT_REFUSED(EBADF, self->fd, map(self->fd, &self->map));
	}
}

/* Below 2 GiB. */

TEST_F(reserve, below_two_gib)
{
	struct physvm_alloc args = alloc_args(4 * PAGE,
					      PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_BELOW_2G);

	self->args.flags = PHYSVM_ALLOC_BELOW_2G;
	self->map.flags = PHYSVM_ALLOC_BELOW_2G;
	ASSERT_EQ(0, reserve(self->fd, &self->args));
	ASSERT_EQ(0, map(self->fd, &self->map));
	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_GE(TWO_GIB, self->args.out_addr + 4 * PAGE);
	EXPECT_GE(TWO_GIB, self->map.out_addr + 4 * PAGE);
	EXPECT_GE(TWO_GIB, args.out_addr + 4 * PAGE);
	release(self->fd, &args);
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->args.out_addr, 4 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, (void *)(uintptr_t)self->map.out_addr, 4 * PAGE));
}

TEST_F(reserve, below_two_gib_is_full)
{
	self->args.flags = PHYSVM_ALLOC_BELOW_2G;
	self->args.length = TWO_GIB;
	EXPECT_REFUSED(ENOMEM, self->fd, reserve(self->fd, &self->args));
}

/* What is wrong with both. */

TEST_F(reserve, bad_ranges)
{
	const uint64_t lengths[] = { 0, 1, PAGE - 1, PAGE + 1, -PAGE, 1ul << 63 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->args.length = lengths[i];
		self->map.length = lengths[i];
		EXPECT_REFUSED(EINVAL, self->fd, reserve(self->fd, &self->args));
		EXPECT_REFUSED(EINVAL, self->fd, map(self->fd, &self->map));
	}
}

TEST_F(reserve, bad_addresses)
{
	const uint64_t addrs[] = { 1, PAGE / 2, -PAGE, -4 * PAGE, 1ul << 63 };

	self->args.flags = PHYSVM_ALLOC_VIRT;
	self->map.flags = PHYSVM_ALLOC_VIRT;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		self->args.virt_addr = addrs[i];
		self->map.virt_addr = addrs[i];
		EXPECT_REFUSED(EINVAL, self->fd, reserve(self->fd, &self->args));
		EXPECT_REFUSED(EINVAL, self->fd, map(self->fd, &self->map));
	}
}

TEST_F(reserve, flags_that_contradict)
{
	const uint32_t flags[] = {
		PHYSVM_ALLOC_CARVE, PHYSVM_ALLOC_CARVE | PHYSVM_ALLOC_BELOW_2G,
		PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_BELOW_2G,
	};
	struct physvm_alloc args = alloc_args(PAGE, 0);

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		self->args.flags = flags[i];
		self->map.flags = flags[i];
		args.flags = PHYSVM_ALLOC_MAP | flags[i];
		EXPECT_REFUSED(EINVAL, self->fd, reserve(self->fd, &self->args));
		EXPECT_REFUSED(EINVAL, self->fd, map(self->fd, &self->map));
		EXPECT_REFUSED(EINVAL, self->fd, alloc(self->fd, &args));
	}
	args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_BELOW_2G;
	args.prot = 0;
	EXPECT_REFUSED(EINVAL, self->fd, alloc(self->fd, &args));
}

TEST_F(reserve, an_address_without_its_flag)
{
	self->args.virt_addr = PAGE;
	self->map.virt_addr = PAGE;
	EXPECT_REFUSED(EINVAL, self->fd, reserve(self->fd, &self->args));
	EXPECT_REFUSED(EINVAL, self->fd, map(self->fd, &self->map));
}

TEST_HARNESS_MAIN
