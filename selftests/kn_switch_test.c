// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switches of the KnVm calls: which addresses KnVmAllocate is given, whether
 * VMM_FLAG_RESERVE is implied; and which pool it takes from.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

#include <coresrv/vmm/vmm_api.h>
#include <physvm_kn.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define READ_WRITE (VMM_FLAG_READ | VMM_FLAG_WRITE)
#define RESERVE (VMM_FLAG_RESERVE | READ_WRITE)
#define LAZY (RESERVE | VMM_FLAG_COMMIT)
#define EAGER (LAZY | VMM_FLAG_LOCKED)
#define BOTH_GUARDS (VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)

#define PAGES 8
#define SIZE (PAGES * PAGE)

FIXTURE(kn_switch)
{
	int fd;			/* of our own */
	uint64_t total;		/* pages in the pool */
	bool hidden;		/* there is a hidden pool */
	char *hole;		/* addresses with nothing in them */
};

FIXTURE_SETUP(kn_switch)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(rcInvalidArgument, KnVmUnmap((void *)PAGE, PAGE));
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	self->total = pool_stat(self->fd).out_total_pages;
	self->hidden = info.out_features & PHYSVM_FEATURE_HIDDEN;
	self->hole = free_addresses(4 * SIZE) + PAGE;
}

FIXTURE_TEARDOWN(kn_switch)
{
}

/* The errno of a KnVmAllocate() that returned RTL_NULL, else 0. */
static int allocate_error(void *addr, rtl_size_t size, int flags)
{
	errno = 0;
	return KnVmAllocate(addr, size, flags) ? 0 : errno;
}

#define EXPECT_NO_REGION(error, addr, size, flags) \
	EXPECT_REFUSED(error, self->fd, allocate_error(addr, size, flags))

static uint64_t used(int fd)
{
	return settled_pool_stat(fd).out_used_pages;
}

static VmmPageInfo about(void *addr)
{
	VmmPageInfo info;

	if (KnVmQuery(addr, &info) != rcOk)
		memset(&info, 0xff, sizeof(info));
	return info;
}

TEST_F(kn_switch, meaning_is_what_was_set)
{
	EXPECT_EQ(PHYSVM_ADDR_PHYSICAL, physvm_kn_set_addr_meaning(PHYSVM_ADDR_VIRTUAL));
	EXPECT_EQ(PHYSVM_ADDR_VIRTUAL, physvm_kn_set_addr_meaning(PHYSVM_ADDR_VIRTUAL));
	EXPECT_EQ(PHYSVM_ADDR_VIRTUAL, physvm_kn_set_addr_meaning(PHYSVM_ADDR_PHYSICAL));
	EXPECT_EQ(PHYSVM_ADDR_PHYSICAL, physvm_kn_set_addr_meaning(PHYSVM_ADDR_PHYSICAL));
}

TEST_F(kn_switch, meaning_there_is_not)
{
	EXPECT_EQ(-EINVAL, physvm_kn_set_addr_meaning((enum physvm_addr_meaning)2));
	EXPECT_EQ(-EINVAL, physvm_kn_set_addr_meaning((enum physvm_addr_meaning)-1));
	EXPECT_EQ(PHYSVM_ADDR_PHYSICAL, physvm_kn_set_addr_meaning(PHYSVM_ADDR_VIRTUAL));
	EXPECT_EQ(-EINVAL, physvm_kn_set_addr_meaning((enum physvm_addr_meaning)2));
	EXPECT_EQ(self->hole, KnVmAllocate(self->hole, SIZE, EAGER));
}

/* Physical again: the same address means something else. */
TEST_F(kn_switch, row1_addr_is_what_the_switch_says)
{
	physvm_kn_set_addr_meaning(PHYSVM_ADDR_VIRTUAL);
	EXPECT_EQ(self->hole, KnVmAllocate(self->hole, SIZE, EAGER));
	physvm_kn_set_addr_meaning(PHYSVM_ADDR_PHYSICAL);
	EXPECT_NO_REGION(ENXIO, self->hole + SIZE, SIZE, EAGER);
	EXPECT_EQ(0, write_signal(self->hole));
}

static void setup_virtual(void)
{
	physvm_kn_set_addr_meaning(PHYSVM_ADDR_VIRTUAL);
}

TEST_F(kn_switch, row2_free_addr_is_taken_exactly)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(self->hole, SIZE, EAGER);
	ASSERT_EQ(self->hole, base);
	EXPECT_EQ(PAGES, resident_pages(base, PAGES));
	EXPECT_TRUE(all_zero(base, SIZE));
	number_pages(base, PAGES);
	EXPECT_EQ(PAGES, used(self->fd));
}

TEST_F(kn_switch, row2_no_addr_lets_the_system_choose)
{
	setup_virtual();
	EXPECT_EQ(0, allocate_error(RTL_NULL, SIZE, EAGER));
	EXPECT_EQ(0, allocate_error(RTL_NULL, SIZE, RESERVE));
}

TEST_F(kn_switch, row2_what_is_mapped_there_stays)
{
	char *other = mmap(self->hole + SIZE, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ASSERT_EQ(self->hole + SIZE, other);
	number_pages(other, 1);
	setup_virtual();
	EXPECT_NO_REGION(EEXIST, other, PAGE, EAGER);
	EXPECT_NO_REGION(EEXIST, other, PAGE, RESERVE);
	EXPECT_NO_REGION(EEXIST, self->hole, SIZE + PAGE, EAGER);
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
	EXPECT_EQ(self->hole, KnVmAllocate(self->hole, SIZE, EAGER));
}

TEST_F(kn_switch, row2_own_region_stays)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(self->hole, SIZE, EAGER);
	ASSERT_EQ(self->hole, base);
	number_pages(base, PAGES);
	EXPECT_NO_REGION(EEXIST, base, SIZE, EAGER);
	EXPECT_NO_REGION(EEXIST, base + SIZE - PAGE, SIZE, RESERVE);
	EXPECT_EQ(PAGES, numbered_pages(base, 0, PAGES));
}

TEST_F(kn_switch, row3_bad_virtual_addr)
{
	setup_virtual();
	EXPECT_NO_REGION(EINVAL, self->hole + 1, SIZE, EAGER);
	EXPECT_NO_REGION(EINVAL, self->hole, 0, EAGER);
	EXPECT_NO_REGION(EINVAL, self->hole, PAGE + 1, RESERVE);
	EXPECT_NO_REGION(EINVAL, self->hole, -PAGE, RESERVE);
	EXPECT_NO_REGION(EINVAL, (void *)(1ul << 63), SIZE, EAGER);
	EXPECT_NO_REGION(EINVAL, (void *)-PAGE, PAGE, RESERVE);
	EXPECT_NO_REGION(EINVAL, (void *)-PAGE, 2 * PAGE, RESERVE);
}

TEST_F(kn_switch, row23_guards_need_their_addresses)
{
	char *other;

	setup_virtual();
	ASSERT_EQ(self->hole + PAGE, KnVmAllocate(self->hole + PAGE, SIZE, EAGER | BOTH_GUARDS));
	EXPECT_EQ(SIGSEGV, read_signal(self->hole));
	EXPECT_EQ(SIGSEGV, read_signal(self->hole + PAGE + SIZE));
	other = self->hole + PAGE + SIZE + PAGE;
	EXPECT_NO_REGION(EEXIST, other, PAGE, EAGER | VMM_FLAG_LOW_GUARD);
	EXPECT_NO_REGION(EEXIST, other - PAGE, PAGE, EAGER);
	EXPECT_EQ(other, KnVmAllocate(other, PAGE, EAGER | VMM_FLAG_HIGH_GUARD));
}

/* Reserved: addresses only */

TEST_F(kn_switch, row6_reserved_costs_nothing)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(self->hole, SIZE, RESERVE);
	ASSERT_EQ(self->hole, base);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base));
	EXPECT_EQ(VMM_AREA_UNRESERVED, about(base).type);
	EXPECT_EQ(VMM_PAGE_RESERVED, about(base).state);
	EXPECT_EQ(0, about(base).phys);
}

TEST_F(kn_switch, row6_reserved_may_be_larger_than_the_pool)
{
	const rtl_size_t size = (self->total + BLOCK / PAGE) * PAGE;
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, size, RESERVE);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(rcOk, KnVmCommit(base + size - PAGE, PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, write_signal(base + size - 1));
	EXPECT_EQ(1, used(self->fd));
	EXPECT_EQ(rcOk, KnVmUnmap(base, size));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(kn_switch, row6_commit_takes_pages)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	ASSERT_EQ(rcOk, KnVmCommit(base + PAGE, 2 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(2, used(self->fd));
	EXPECT_EQ(2, resident_pages(base, PAGES));
	EXPECT_TRUE(all_zero(base + PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(SIGSEGV, read_signal(base + 3 * PAGE));
	EXPECT_NE(0, about(base + PAGE).phys);
}

TEST_F(kn_switch, row14_decommit_gives_pages_back)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	ASSERT_EQ(rcOk, KnVmCommit(base, SIZE, VMM_FLAG_LOCKED));
	number_pages(base, PAGES);
	ASSERT_EQ(rcOk, KnVmDecommit(base + PAGE, 2 * PAGE));
	EXPECT_EQ(PAGES - 2, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(base + PAGE));
	ASSERT_EQ(rcOk, KnVmCommit(base + PAGE, 2 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_TRUE(all_zero(base + PAGE, 2 * PAGE));
	EXPECT_EQ(1, numbered_pages(base, 0, 1));
	EXPECT_EQ(5, numbered_pages(base + 3 * PAGE, 3, 5));
}

TEST_F(kn_switch, row6_commit_without_memory_changes_nothing)
{
	const rtl_size_t size = (self->total + 1) * PAGE;
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, size, RESERVE);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(rcOk, KnVmCommit(base, PAGE, VMM_FLAG_LOCKED));
	number_pages(base, 1);
	EXPECT_REFUSED(rcOutOfMemory, self->fd, KnVmCommit(base, size, VMM_FLAG_LOCKED));
	EXPECT_EQ(1, numbered_pages(base, 0, 1));
	EXPECT_EQ(SIGSEGV, read_signal(base + PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(base + size - PAGE));
	EXPECT_EQ(rcOk, KnVmCommit(base, size - PAGE, VMM_FLAG_LOCKED));
}

TEST_F(kn_switch, row8_shortage_of_committed_memory_is_reported_at_once)
{
	setup_virtual();
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (self->total + 1) * PAGE, EAGER);
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (self->total + 1) * PAGE, LAZY);
	EXPECT_NO_REGION(ENOMEM, self->hole, (self->total + 1) * PAGE, LAZY);
}

TEST_F(kn_switch, row16_protection_waits_for_the_commit)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	ASSERT_EQ(rcOk, KnVmProtect(base, SIZE, VMM_FLAG_READ));
	ASSERT_EQ(rcOk, KnVmCommit(base, SIZE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, read_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base));
}

TEST_F(kn_switch, row9_locked_without_commit)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE | VMM_FLAG_LOCKED);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_NE(0, about(base).flags & VMM_FLAG_LOCKED);
}

TEST_F(kn_switch, row23_guards_of_reserved)
{
	char *base;

	setup_virtual();
	base = KnVmAllocate(self->hole + PAGE, SIZE, RESERVE | BOTH_GUARDS);
	ASSERT_EQ(self->hole + PAGE, base);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base - PAGE, PAGE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, SIZE + PAGE, 0));
	EXPECT_EQ(rcOk, KnVmCommit(base, SIZE, 0));
	EXPECT_EQ(SIGSEGV, read_signal(base - PAGE));
	EXPECT_EQ(BOTH_GUARDS, about(base).guards);
}

TEST_F(kn_switch, row32_buffer_of_reserved_addresses)
{
	char *base;
	void *addr;
	Handle mdl;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	ASSERT_EQ(rcOk, KnVmCommit(base, PAGE, VMM_FLAG_LOCKED));
	number_pages(base, 1);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, READ_WRITE, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlMap(mdl, 0, SIZE, RTL_NULL, READ_WRITE, &addr));
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(SIGSEGV, read_signal((char *)addr + PAGE));
	ASSERT_EQ(rcOk, KnVmUnmap(base, SIZE));
	EXPECT_EQ(rcOk, KnVmCommit((char *)addr + PAGE, PAGE, 0));
	EXPECT_EQ(2, used(self->fd));
	EXPECT_EQ(rcOk, KnHandleClose(mdl));
	EXPECT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(kn_switch, row30_child_does_not_have_reserved_addresses)
{
	char *base;
	pid_t child;

	setup_virtual();
	base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	child = fork();
	if (!child)
		_exit(KnVmCommit(base, SIZE, 0) != rcInvalidArgument);
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_EQ(rcOk, KnVmCommit(base, SIZE, 0));
}

/* With both switches */

TEST_F(kn_switch, row5_reserve_is_implied_here_as_well)
{
	setup_virtual();
	EXPECT_NO_REGION(EINVAL, self->hole, SIZE, READ_WRITE);
	EXPECT_EQ(0, physvm_kn_set_implied_reserve(1));
	EXPECT_EQ(self->hole, KnVmAllocate(self->hole, SIZE, READ_WRITE));
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(1, physvm_kn_set_implied_reserve(1));
	EXPECT_EQ(1, physvm_kn_set_implied_reserve(0));
}

/* Regions keep what they were made with. */
TEST_F(kn_switch, switching_back_leaves_regions_alone)
{
	char *base, *other;

	setup_virtual();
	base = KnVmAllocate(self->hole, SIZE, RESERVE);
	physvm_kn_set_addr_meaning(PHYSVM_ADDR_PHYSICAL);
	other = KnVmAllocate(RTL_NULL, SIZE, RESERVE);
	EXPECT_EQ(VMM_AREA_UNRESERVED, about(base).type);
	EXPECT_EQ(VMM_AREA_NORMAL, about(other).type);
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_EQ(rcOk, KnVmCommit(base, SIZE, 0));
	EXPECT_EQ(2 * PAGES, used(self->fd));
}

/* The hidden pool */

static uint64_t hidden_base(int fd)
{
	struct physvm_pool_range range = { .size = sizeof(range), .pool = PHYSVM_POOL_HIDDEN };

	return call(fd, PHYSVM_POOL_RANGE, &range) ? 0 : range.out_phys;
}

TEST_F(kn_switch, row22_write_through_is_hidden_memory)
{
	char *base;

	if (!self->hidden)
		SKIP(return, "there is no hidden pool");
	base = KnVmAllocate(RTL_NULL, SIZE, EAGER | VMM_FLAG_WRITE_THROUGH);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(VMM_FLAG_WRITE_THROUGH, about(base).cache);
	EXPECT_EQ(VMM_AREA_HIDDEN, about(base).type);
	EXPECT_TRUE(all_zero(base, SIZE));
	EXPECT_EQ(0, write_signal(base));
	EXPECT_EQ(rcOk, KnVmProtect(base, SIZE, VMM_FLAG_READ));
	EXPECT_EQ(VMM_FLAG_WRITE_THROUGH, about(base).cache);
}

TEST_F(kn_switch, row22_write_through_without_hidden_memory)
{
	if (self->hidden)
		SKIP(return, "there is a hidden pool");
	EXPECT_NO_REGION(EOPNOTSUPP, RTL_NULL, SIZE, EAGER | VMM_FLAG_WRITE_THROUGH);
	setup_virtual();
	EXPECT_NO_REGION(EOPNOTSUPP, RTL_NULL, SIZE, RESERVE | VMM_FLAG_WRITE_THROUGH);
}

TEST_F(kn_switch, row22_write_through_at_a_virtual_addr)
{
	char *base;

	if (!self->hidden)
		SKIP(return, "there is no hidden pool");
	setup_virtual();
	base = KnVmAllocate(self->hole, SIZE, RESERVE | VMM_FLAG_WRITE_THROUGH);
	ASSERT_EQ(self->hole, base);
	EXPECT_EQ(VMM_AREA_HIDDEN, about(base).type);
	EXPECT_EQ(SIGSEGV, read_signal(base));
	ASSERT_EQ(rcOk, KnVmCommit(base, SIZE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn_switch, row1_physical_addr_of_the_hidden_pool)
{
	const uint64_t phys = hidden_base(self->fd);
	char *base;

	if (!self->hidden)
		SKIP(return, "there is no hidden pool");
	ASSERT_NE(0, phys);
	base = KnVmAllocate((void *)(uintptr_t)phys, SIZE, EAGER);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(phys, about(base).phys);
	EXPECT_EQ(VMM_AREA_HIDDEN, about(base).type);
	EXPECT_NO_REGION(EBUSY, (void *)(uintptr_t)phys, SIZE, EAGER);
	EXPECT_EQ(rcOk, KnVmUnmap(base, SIZE));
}

TEST_F(kn_switch, row32_buffer_of_hidden_memory)
{
	char *base, *view;
	void *addr;
	Handle mdl;

	if (!self->hidden)
		SKIP(return, "there is no hidden pool");
	base = KnVmAllocate(RTL_NULL, SIZE, EAGER | VMM_FLAG_WRITE_THROUGH);
	ASSERT_NE(RTL_NULL, base);
	number_pages(base, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base + PAGE, 2 * PAGE, VMM_FLAG_READ, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlMap(mdl, 0, 2 * PAGE, RTL_NULL, VMM_FLAG_READ, &addr));
	ASSERT_EQ(rcOk, KnHandleClose(mdl));
	ASSERT_EQ(rcOk, KnVmUnmap(base, SIZE));
	view = addr;
	EXPECT_EQ(2, numbered_pages(view, 1, 2));
	EXPECT_EQ(VMM_FLAG_WRITE_THROUGH, about(view).cache);
	EXPECT_EQ(SIGSEGV, write_signal(view));
	EXPECT_EQ(rcOk, KnVmUnmap(view, 2 * PAGE));
}

/* Hidden memory at an address in System RAM there is none of. */
TEST_F(kn_switch, row22_write_through_at_an_addr_of_the_other_pool)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	if (!self->hidden)
		SKIP(return, "there is no hidden pool");
	ASSERT_EQ(0, call(self->fd, PHYSVM_POOL_RANGE, &range));
	EXPECT_NO_REGION(ENXIO, (void *)(uintptr_t)range.out_phys, SIZE,
			 EAGER | VMM_FLAG_WRITE_THROUGH);
}

TEST_F(kn_switch, row1_physical_addr_of_no_pool)
{
	EXPECT_NO_REGION(ENXIO, (void *)PAGE, SIZE, EAGER);
	EXPECT_NO_REGION(ENXIO, (void *)(1ul << 45), SIZE, EAGER);
}

TEST_HARNESS_MAIN
