// SPDX-License-Identifier: GPL-2.0-only
/*
 * KnVmQuery: what KasperskyOS programs are told about a page.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

#include <coresrv/vmm/vmm_api.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define READ_WRITE (VMM_FLAG_READ | VMM_FLAG_WRITE)
#define RESERVE (VMM_FLAG_RESERVE | READ_WRITE)
#define LAZY (RESERVE | VMM_FLAG_COMMIT)
#define EAGER (LAZY | VMM_FLAG_LOCKED)
#define BOTH_GUARDS (VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)
#define MADE_EAGER (VMM_FLAG_RESERVE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED | VMM_FLAG_WRITE_BACK)

#define PAGES 8
#define SIZE (PAGES * PAGE)

FIXTURE(kn_query)
{
	int fd;			/* of our own */
	uint32_t cache_modes;
};

FIXTURE_SETUP(kn_query)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(rcInvalidArgument, KnVmUnmap((void *)PAGE, PAGE));
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	self->cache_modes = info.out_cache_modes;
}

FIXTURE_TEARDOWN(kn_query)
{
}

/* Of no region at all when the call fails. */
static VmmPageInfo about(const char *addr)
{
	VmmPageInfo info;

	memset(&info, 0xa5, sizeof(info));
	if (KnVmQuery((void *)(uintptr_t)addr, &info) != rcOk)
		memset(&info, 0xff, sizeof(info));
	return info;
}

/* The call's answer when it has to leave the struct alone. */
static Retcode refused(void *addr)
{
	VmmPageInfo info, before;
	Retcode code;

	memset(&info, 0xa5, sizeof(info));
	before = info;
	code = KnVmQuery(addr, &info);
	return memcmp(&info, &before, sizeof(info)) ? rcInternalError : code;
}

TEST_F(kn_query, region)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);
	VmmPageInfo info = about(base + 3 * PAGE + 17);

	EXPECT_EQ(base, info.base);
	EXPECT_EQ(SIZE, info.size);
	EXPECT_EQ(VMM_PAGE_COMMITTED, info.state);
	EXPECT_EQ(VMM_AREA_NORMAL, info.type);
	EXPECT_EQ(READ_WRITE, info.protection);
	EXPECT_EQ(VMM_FLAG_RWX_MASK, info.ceiling);
	EXPECT_EQ(VMM_FLAG_WRITE_BACK, info.cache);
	EXPECT_EQ(0, info.guards);
	EXPECT_EQ(MADE_EAGER, info.flags);
	EXPECT_EQ(0, info.huge);
	EXPECT_STREQ("", info.label);
}

TEST_F(kn_query, physical_address)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);

	EXPECT_NE(0, about(base).phys);
	for (int page = 0; page < PAGES; page++)
		EXPECT_EQ(query(self->fd, base + page * PAGE).out_phys,
			  about(base + page * PAGE + 5).phys);
}

/* What it says is where the next one can be put. */
TEST_F(kn_query, row1_physical_address_can_be_asked_for)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);
	const uint64_t phys = about(base).phys;

	ASSERT_EQ(rcOk, KnVmUnmap(base, SIZE));
	base = KnVmAllocate((void *)(uintptr_t)phys, SIZE, EAGER);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(phys, about(base).phys);
}

TEST_F(kn_query, states)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);

	EXPECT_EQ(VMM_PAGE_RESERVED, about(base).state);
	EXPECT_EQ(VMM_FLAG_RESERVE | VMM_FLAG_WRITE_BACK, about(base).flags);
	ASSERT_EQ(rcOk, KnVmCommit(base + PAGE, PAGE, 0));
	EXPECT_EQ(VMM_PAGE_RESERVED, about(base).state);
	EXPECT_EQ(VMM_PAGE_COMMITTED, about(base + PAGE).state);
	ASSERT_EQ(rcOk, KnVmDecommit(base + PAGE, PAGE));
	EXPECT_EQ(VMM_PAGE_RESERVED, about(base + PAGE).state);
	EXPECT_EQ(VMM_FLAG_RESERVE | VMM_FLAG_WRITE_BACK, about(base + PAGE).flags);
}

TEST_F(kn_query, row7_lazy_page_is_committed)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, LAZY);

	EXPECT_EQ(VMM_PAGE_COMMITTED, about(base).state);
	EXPECT_EQ(MADE_EAGER & ~VMM_FLAG_LOCKED, about(base).flags);
	EXPECT_FALSE(resident(base));
}

TEST_F(kn_query, row9_locked_is_remembered)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, RESERVE | VMM_FLAG_LOCKED);

	EXPECT_EQ(MADE_EAGER & ~VMM_FLAG_COMMIT, about(base).flags);
}

TEST_F(kn_query, row25_grow_down_is_recorded)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | VMM_FLAG_GROW_DOWN);

	EXPECT_EQ(MADE_EAGER | VMM_FLAG_GROW_DOWN, about(base).flags);
}

TEST_F(kn_query, row16_protection_of_each_page)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, RESERVE);

	ASSERT_EQ(rcOk, KnVmProtect(base + PAGE, PAGE, VMM_FLAG_READ));
	ASSERT_EQ(rcOk, KnVmProtect(base + 2 * PAGE, PAGE, 0));
	ASSERT_EQ(rcOk, KnVmProtect(base + 3 * PAGE, PAGE, VMM_FLAG_READ | VMM_FLAG_EXECUTE));
	EXPECT_EQ(READ_WRITE, about(base).protection);
	EXPECT_EQ(VMM_FLAG_READ, about(base + PAGE).protection);
	EXPECT_EQ(0, about(base + 2 * PAGE).protection);
	EXPECT_EQ(VMM_FLAG_READ | VMM_FLAG_EXECUTE, about(base + 3 * PAGE).protection);
	EXPECT_EQ(READ_WRITE, about(base + 4 * PAGE).protection);
	EXPECT_EQ(base, about(base + 3 * PAGE).base);
	EXPECT_EQ(SIZE, about(base + 3 * PAGE).size);
}

TEST_F(kn_query, row23_guards)
{
	static const int wishes[] = {
		0, VMM_FLAG_LOW_GUARD, VMM_FLAG_HIGH_GUARD, BOTH_GUARDS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | wishes[i]);

		EXPECT_EQ(wishes[i], about(base + PAGE).guards);
		EXPECT_EQ(MADE_EAGER | wishes[i], about(base + PAGE).flags);
		EXPECT_EQ(base, about(base).base);
		EXPECT_EQ(SIZE, about(base).size);
	}
}

TEST_F(kn_query, row24_a_guard_itself)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | BOTH_GUARDS);
	VmmPageInfo low = about(base - 1), high = about(base + SIZE);

	EXPECT_EQ(VMM_PAGE_GUARD, low.state);
	EXPECT_EQ(VMM_PAGE_GUARD, high.state);
	EXPECT_EQ(0, low.phys);
	EXPECT_EQ(0, high.phys);
	EXPECT_EQ(base, low.base);
	EXPECT_EQ(SIZE, high.size);
}

TEST_F(kn_query, row26_what_is_left_of_a_region)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | BOTH_GUARDS);

	ASSERT_EQ(rcOk, KnVmUnmap(base + 3 * PAGE, PAGE));
	EXPECT_EQ(base, about(base + PAGE).base);
	EXPECT_EQ(3 * PAGE, about(base + PAGE).size);
	EXPECT_EQ(VMM_FLAG_LOW_GUARD, about(base + PAGE).guards);
	EXPECT_EQ(base + 4 * PAGE, about(base + 5 * PAGE).base);
	EXPECT_EQ(4 * PAGE, about(base + 5 * PAGE).size);
	EXPECT_EQ(VMM_FLAG_HIGH_GUARD, about(base + 5 * PAGE).guards);
	EXPECT_EQ(MADE_EAGER | BOTH_GUARDS, about(base + 5 * PAGE).flags);
	EXPECT_EQ(rcInvalidArgument, refused(base + 3 * PAGE));
}

TEST_F(kn_query, row22_cache_modes)
{
	static const struct { uint32_t mode; int flag; } modes[] = {
		{ PHYSVM_CACHE_WB, VMM_FLAG_WRITE_BACK },
		{ PHYSVM_CACHE_WC, VMM_FLAG_WRITE_COMBINE },
		{ PHYSVM_CACHE_UC, VMM_FLAG_CACHE_DISABLE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		char *base;

		if (!(self->cache_modes & 1u << modes[i].mode))
			continue;
		base = KnVmAllocate(RTL_NULL, SIZE, EAGER | modes[i].flag);
		ASSERT_NE(RTL_NULL, base);
		EXPECT_EQ(modes[i].flag, about(base).cache);
		EXPECT_EQ(modes[i].flag, about(base).flags & VMM_FLAG_CACHE_MASK);
		EXPECT_EQ(rcOk, KnVmProtect(base, SIZE, VMM_FLAG_READ));
		EXPECT_EQ(modes[i].flag, about(base).cache);
	}
}

TEST_F(kn_query, huge_mapping)
{
	const int huge = have_huge(self->fd);
	char *base = KnVmAllocate(RTL_NULL, 2 * BLOCK, EAGER);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(huge, about(base + PAGE).huge);
	ASSERT_EQ(rcOk, KnVmDecommit(base + PAGE, PAGE));
	EXPECT_EQ(0, about(base).huge);
	EXPECT_EQ(huge, about(base + BLOCK).huge);
}

TEST_F(kn_query, label)
{
	struct physvm_alloc args = alloc_args(SIZE, PHYSVM_ALLOC_COMMIT);
	char *base;

	strcpy((char *)args.label, "framebuffer");
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	base = (char *)(uintptr_t)args.out_addr;
	EXPECT_STREQ("framebuffer", about(base).label);
	memset(args.label, 'x', sizeof(args.label) - 1);
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	base = (char *)(uintptr_t)args.out_addr;
	EXPECT_EQ(PHYSVM_LABEL_SIZE - 1, strlen(about(base).label));
}

TEST_F(kn_query, row31_mapping_of_a_buffer)
{
	VmmPageInfo info;
	void *addr;
	Handle mdl;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, READ_WRITE, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlMap(mdl, PAGE, 2 * PAGE, RTL_NULL, VMM_FLAG_READ, &addr));
	info = about(addr);
	EXPECT_EQ(addr, info.base);
	EXPECT_EQ(2 * PAGE, info.size);
	EXPECT_EQ(VMM_FLAG_READ, info.protection);
	EXPECT_EQ(READ_WRITE, info.ceiling);
	EXPECT_EQ(VMM_PAGE_COMMITTED, info.state);
	EXPECT_NE(0, info.phys);
}

/* A view of memory with guards has none. */
TEST_F(kn_query, row23_guards_are_not_in_other_mappings)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | BOTH_GUARDS);
	void *addr;
	Handle mdl;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, READ_WRITE, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlMap(mdl, 0, SIZE, RTL_NULL, READ_WRITE, &addr));
	EXPECT_EQ(0, about(addr).guards);
	EXPECT_EQ(BOTH_GUARDS, about(base).guards);
	EXPECT_EQ(about(base).phys, about(addr).phys);
}

TEST_F(kn_query, row27_memory_of_others)
{
	char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, refused(other));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, refused(free_addresses(PAGE)));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, refused(RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, refused((void *)-1));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, refused(&other));
}

TEST_F(kn_query, nowhere_to_store_the_answer)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmQuery(base, RTL_NULL));
}

TEST_F(kn_query, row28_freed_memory)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);

	ASSERT_EQ(rcOk, KnVmUnmap(base, SIZE));
	EXPECT_EQ(rcInvalidArgument, refused(base));
}

TEST_HARNESS_MAIN
