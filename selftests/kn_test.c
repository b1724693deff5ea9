// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KnVm calls of KasperskyOS. Tests called rowN_… settle a question the
 * manual leaves open, by its number in the list of them.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

#include <coresrv/handle/handle_api.h>
#include <coresrv/vmm/vmm_api.h>
#include <physvm_kn.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)

#define READ_WRITE (VMM_FLAG_READ | VMM_FLAG_WRITE)
#define RESERVE (VMM_FLAG_RESERVE | READ_WRITE)
#define LAZY (RESERVE | VMM_FLAG_COMMIT)
#define EAGER (LAZY | VMM_FLAG_LOCKED)
#define BOTH_GUARDS (VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)

#define VALID_FLAGS (EAGER | BOTH_GUARDS | VMM_FLAG_EXECUTE | VMM_FLAG_CACHE_MASK | \
		     VMM_FLAG_GROW_DOWN)

/* Before the library is used for the first time. */

static void allocate_without_devices(int fd, const void *arg)
{
	child_need(!chroot("/proc"));
	errno = 0;
	child_need(!KnVmAllocate(RTL_NULL, PAGE, EAGER) && errno == ENODEV);
	child_need(KnVmCommit((void *)PAGE, PAGE, 0) == rcDeviceNotFound);
	child_need(KnVmUnmap((void *)PAGE, PAGE) == rcDeviceNotFound);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_without_devices, -1, NULL)));
}

static void allocate_as_nobody(int fd, const void *arg)
{
	child_need(!setuid(65534));
	if (!access(PHYSVM_DEVICE, R_OK | W_OK))
		return;
	errno = 0;
	child_need(!KnVmAllocate(RTL_NULL, PAGE, EAGER) && errno == EPERM);
	child_need(KnVmDecommit((void *)PAGE, PAGE) == rcSecurityDisallow);
}

TEST(no_permission)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_as_nobody, -1, NULL)));
}

static void allocate_without_descriptors(int fd, const void *arg)
{
	const struct rlimit none = { 0, 0 };

	child_need(!setrlimit(RLIMIT_NOFILE, &none));
	errno = 0;
	child_need(!KnVmAllocate(RTL_NULL, PAGE, EAGER) && errno == EMFILE);
	child_need(KnVmUnmap((void *)PAGE, PAGE) == rcQuotaExceeded);
}

TEST(no_descriptor_left)
{
	EXPECT_TRUE(child_succeeded(child_start(allocate_without_descriptors, -1, NULL)));
}

/* Clients switch over the codes, so they are constants and all different. */
static int number_of(Retcode code)
{
	switch (code) {
	case rcOk: return 0;
	case rcInvalidArgument: return 1;
	case rcNotConnected: return 2;
	case rcOutOfMemory: return 3;
	case rcBufferTooSmall: return 4;
	case rcInternalError: return 5;
	case rcTransferError: return 6;
	case rcReceiveError: return 7;
	case rcSourceFault: return 8;
	case rcTargetFault: return 9;
	case rcIpcInterrupt: return 10;
	case rcRestart: return 11;
	case rcFail: return 12;
	case rcNoCapability: return 13;
	case rcNotReady: return 14;
	case rcUnimplemented: return 15;
	case rcBufferTooLarge: return 16;
	case rcBusy: return 17;
	case rcResourceNotFound: return 18;
	case rcTimeout: return 19;
	case rcSecurityDisallow: return 20;
	case rcFutexWouldBlock: return 21;
	case rcAbort: return 22;
	case rcInvalidThreadState: return 23;
	case rcAlreadyExists: return 24;
	case rcInvalidOperation: return 25;
	case rcHandleRevoked: return 26;
	case rcQuotaExceeded: return 27;
	case rcDeviceNotFound: return 28;
	default: return -1;
	}
}

TEST(row35_codes_are_negative_but_for_rcOk)
{
	static const Retcode errors[] = {
		rcInvalidArgument, rcNotConnected, rcOutOfMemory, rcBufferTooSmall,
		rcInternalError, rcTransferError, rcReceiveError, rcSourceFault,
		rcTargetFault, rcIpcInterrupt, rcRestart, rcFail,
		rcNoCapability, rcNotReady, rcUnimplemented, rcBufferTooLarge,
		rcBusy, rcResourceNotFound, rcTimeout, rcSecurityDisallow,
		rcFutexWouldBlock, rcAbort, rcInvalidThreadState, rcAlreadyExists,
		rcInvalidOperation, rcHandleRevoked, rcQuotaExceeded, rcDeviceNotFound,
	};

	EXPECT_EQ(0, rcOk);
	EXPECT_EQ(0, number_of(0));
	EXPECT_EQ(4, sizeof(Retcode));
	for (int i = 0; i < ARRAY_SIZE(errors); i++) {
		EXPECT_GT(0, errors[i]);
		EXPECT_EQ(i + 1, number_of(errors[i]));
	}
}

/* From here on the library has its descriptor. */

FIXTURE(kn)
{
	int fd;			/* of our own */
	uint64_t total;		/* pages in the pool */
	uint32_t cache_modes;
	bool wx_denied;
};

FIXTURE_SETUP(kn)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(rcInvalidArgument, KnVmUnmap((void *)PAGE, PAGE));
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	self->total = pool_stat(self->fd).out_total_pages;
	self->cache_modes = info.out_cache_modes;
	self->wx_denied = info.out_features & PHYSVM_FEATURE_WX_DENY;
}

FIXTURE_TEARDOWN(kn)
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

/* A region of eight pages, numbered. */
static char *numbered_region(int flags)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, flags);

	if (base)
		number_pages(base, 8);
	return base;
}

/* The fragment of the manual. */
TEST_F(kn, seed_coredump)
{
	struct { char *base; } buffer, *coredump = &buffer;
	rtl_size_t vmaSize = 33 * PAGE;

	coredump->base = KnVmAllocate(RTL_NULL, vmaSize,
				      VMM_FLAG_READ | VMM_FLAG_RESERVE |
				      VMM_FLAG_WRITE | VMM_FLAG_COMMIT |
				      VMM_FLAG_LOCKED);
	ASSERT_NE(RTL_NULL, coredump->base);
	EXPECT_EQ(33, resident_pages(coredump->base, 33));
	EXPECT_TRUE(all_zero(coredump->base, vmaSize));
	number_pages(coredump->base, 33);
	EXPECT_EQ(33, numbered_pages(coredump->base, 0, 33));
	EXPECT_EQ(rcOk, KnVmProtect(coredump->base, vmaSize, VMM_FLAG_READ));
	EXPECT_EQ(SIGSEGV, write_signal(coredump->base));
	EXPECT_EQ(rcOk, KnVmUnmap(coredump->base, vmaSize));
}

TEST_F(kn, everything_goes_back)
{
	const struct traces before = traces(self->fd);
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER | BOTH_GUARDS);

	ASSERT_NE(RTL_NULL, base);
	ASSERT_EQ(rcOk, KnVmUnmap(base, 8 * PAGE));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

/* The address is a physical one. */

static void *physical(int fd, const void *addr)
{
	return (void *)(uintptr_t)query(fd, addr).out_phys;
}

/* Of a region that is gone again, so that there is one to be had. */
static void *free_physical(int fd)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, LAZY);
	void *addr = physical(fd, base);

	return KnVmUnmap(base, 8 * PAGE) == rcOk ? addr : NULL;
}

TEST_F(kn, row1_addr_is_physical)
{
	void *addr = free_physical(self->fd);
	char *base = KnVmAllocate(addr, 8 * PAGE, EAGER);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(addr, physical(self->fd, base));
	EXPECT_EQ((char *)addr + 7 * PAGE, physical(self->fd, base + 7 * PAGE));
	EXPECT_TRUE(all_zero(base, 8 * PAGE));
}

TEST_F(kn, row2_addr_taken)
{
	char *base = numbered_region(EAGER);

	EXPECT_NO_REGION(EBUSY, physical(self->fd, base), 8 * PAGE, EAGER);
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row2_addr_partly_taken)
{
	void *addr = free_physical(self->fd);
	char *base = KnVmAllocate((char *)addr + 4 * PAGE, PAGE, EAGER);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_NO_REGION(EBUSY, addr, 8 * PAGE, EAGER);
}

TEST_F(kn, row2_addr_outside_the_pool)
{
	EXPECT_NO_REGION(ENXIO, (void *)PAGE, 8 * PAGE, EAGER);
}

TEST_F(kn, row3_addr_unaligned)
{
	EXPECT_NO_REGION(EINVAL, (char *)free_physical(self->fd) + 1, 8 * PAGE, EAGER);
}

TEST_F(kn, row3_size)
{
	EXPECT_NO_REGION(EINVAL, RTL_NULL, 0, EAGER);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, 1, EAGER);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE + 1, EAGER);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, (rtl_size_t)-1, EAGER);
}

TEST_F(kn, row3_size_overflows)
{
	EXPECT_NO_REGION(EINVAL, (void *)(4 * PAGE), (rtl_size_t)-PAGE, EAGER);
}

TEST_F(kn, row3_ranges_unaligned)
{
	char *base = numbered_region(LAZY);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base + 1, PAGE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, PAGE + 1, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base + 1, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base, PAGE - 1));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base + 1, PAGE, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base, 1, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base + 1, PAGE));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row3_ranges_empty)
{
	char *base = numbered_region(LAZY);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, 0, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base, 0, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, 0));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row3_ranges_overflow)
{
	char *base = numbered_region(LAZY);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, -PAGE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base, -PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base, -PAGE, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, -PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, (rtl_size_t)-1));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row4_unmap_rounds_up)
{
	char *base = numbered_region(LAZY);

	ASSERT_EQ(rcOk, KnVmUnmap(base, PAGE + 1));
	EXPECT_EQ(SIGSEGV, read_signal(base + PAGE));
	EXPECT_EQ(6, numbered_pages(base + 2 * PAGE, 2, 6));
	EXPECT_EQ(rcOk, KnVmUnmap(base + 2 * PAGE, 1));
	EXPECT_EQ(5, numbered_pages(base + 3 * PAGE, 3, 5));
}

TEST_F(kn, row5_reserve_is_required)
{
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, READ_WRITE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, READ_WRITE);
}

TEST_F(kn, row5_reserve_can_be_implied)
{
	EXPECT_EQ(0, physvm_kn_set_implied_reserve(1));
	EXPECT_EQ(0, allocate_error(RTL_NULL, PAGE, READ_WRITE | VMM_FLAG_COMMIT));
	EXPECT_EQ(1, physvm_kn_set_implied_reserve(0));
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, READ_WRITE | VMM_FLAG_COMMIT);
}

TEST_F(kn, row6_reserve_alone)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base));
	EXPECT_EQ(8, pool_stat(self->fd).out_used_pages);
}

TEST_F(kn, row6_protection_is_applied_at_commit)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, VMM_FLAG_RESERVE | VMM_FLAG_READ);

	ASSERT_EQ(rcOk, KnVmCommit(base, 8 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, read_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base));
}

TEST_F(kn, row7_commit_is_lazy)
{
	char *base = KnVmAllocate(RTL_NULL, 64 * PAGE, LAZY);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(0, resident_pages(base, 64));
	EXPECT_EQ(0, write_signal(base + 40 * PAGE));
	EXPECT_TRUE(resident(base + 40 * PAGE));
}

TEST_F(kn, row8_locked_is_eager)
{
	char *base = KnVmAllocate(RTL_NULL, BLOCK + 5 * PAGE, EAGER);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(BLOCK_PAGES + 5, resident_pages(base, BLOCK_PAGES + 5));
}

TEST_F(kn, row8_shortage_is_reported_at_once)
{
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (self->total + 1) * PAGE, EAGER);
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (self->total + 1) * PAGE, LAZY);
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (self->total + 1) * PAGE, RESERVE);
}

TEST_F(kn, row8_shortage_of_a_used_pool)
{
	ASSERT_NE(RTL_NULL, KnVmAllocate(RTL_NULL, (self->total - 1) * PAGE, RESERVE));
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, 2 * PAGE, RESERVE);
	EXPECT_EQ(0, allocate_error(RTL_NULL, PAGE, RESERVE));
}

TEST_F(kn, row8_limit_on_locked_memory_does_not_matter)
{
	const struct rlimit none = { 0, 0 };

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &none));
	EXPECT_EQ(0, allocate_error(RTL_NULL, 64 * PAGE, EAGER));
}

TEST_F(kn, row9_locked_without_commit)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE | VMM_FLAG_LOCKED);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(0, resident_pages(base, 8));
	EXPECT_EQ(rcOk, KnVmCommit(base, 8 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row10_commit_ignores_its_flags)
{
	static const int flags[] = { 0, VMM_FLAG_LOCKED, -1, VMM_FLAG_WRITE, 1 << 30 };
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE);

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(rcOk, KnVmCommit(base + i * PAGE, PAGE, flags[i]));
		EXPECT_TRUE(resident(base + i * PAGE));
	}
	EXPECT_EQ(SIGSEGV, read_signal(base + 7 * PAGE));
}

TEST_F(kn, row11_commit_of_committed_keeps_contents)
{
	char *base = numbered_region(EAGER);

	EXPECT_EQ(rcOk, KnVmCommit(base, 8 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row11_commit_of_lazy_populates)
{
	char *base = KnVmAllocate(RTL_NULL, 64 * PAGE, LAZY);

	ASSERT_NE(RTL_NULL, base);
	*base = 1;
	EXPECT_EQ(rcOk, KnVmCommit(base, 64 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(64, resident_pages(base, 64));
	EXPECT_EQ(1, *base);
}

/* Ranges with something in them that is not a region, or more than one. */

TEST_F(kn, row12_commit_across_hole)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE);

	ASSERT_EQ(rcOk, KnVmUnmap(base + 4 * PAGE, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, 8 * PAGE, 0));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(SIGSEGV, read_signal(base + 7 * PAGE));
}

TEST_F(kn, row12_decommit_across_hole)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(rcOk, KnVmUnmap(base + 4 * PAGE, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base, 8 * PAGE));
	EXPECT_EQ(4, numbered_pages(base, 0, 4));
	EXPECT_EQ(3, numbered_pages(base + 5 * PAGE, 5, 3));
}

TEST_F(kn, row12_protect_across_hole)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(rcOk, KnVmUnmap(base + 4 * PAGE, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnVmProtect(base, 8 * PAGE, VMM_FLAG_READ));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row12_protect_into_others_memory)
{
	char *hole = free_addresses(16 * PAGE);
	char *base = alloc_at(self->fd, hole, 8 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *other = mmap(hole + 8 * PAGE, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ASSERT_TRUE(base && other == hole + 8 * PAGE);
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnVmProtect(base, 9 * PAGE, VMM_FLAG_READ));
	EXPECT_EQ(0, write_signal(base));
	EXPECT_EQ(0, write_signal(other));
}

TEST_F(kn, row12_adjacent_regions)
{
	char *hole = free_addresses(16 * PAGE);
	char *low = alloc_at(self->fd, hole, 8 * PAGE, 0);
	char *high = alloc_at(self->fd, hole + 8 * PAGE, 8 * PAGE, 0);

	ASSERT_TRUE(low && high);
	EXPECT_EQ(rcOk, KnVmCommit(low, 16 * PAGE, VMM_FLAG_LOCKED));
	number_pages(low, 16);
	EXPECT_EQ(rcOk, KnVmProtect(low, 16 * PAGE, VMM_FLAG_READ));
	EXPECT_EQ(16, numbered_pages(low, 0, 16));
	EXPECT_EQ(SIGSEGV, write_signal(high));
	EXPECT_EQ(rcOk, KnVmDecommit(low + 7 * PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(high));
	EXPECT_EQ(rcOk, KnVmUnmap(low, 16 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(kn, row13_decommit_of_reserved)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE);

	EXPECT_REFUSED(rcOk, self->fd, KnVmDecommit(base, 8 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(base));
}

TEST_F(kn, row14_decommitted_comes_back_zero)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(rcOk, KnVmDecommit(base + 2 * PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(base + 2 * PAGE));
	ASSERT_EQ(rcOk, KnVmCommit(base + 2 * PAGE, 2 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_TRUE(all_zero(base + 2 * PAGE, 2 * PAGE));
	EXPECT_EQ(2, numbered_pages(base, 0, 2));
	EXPECT_EQ(4, numbered_pages(base + 4 * PAGE, 4, 4));
}

TEST_F(kn, row15_fresh_pages_are_zero)
{
	void *addr;
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER);

	ASSERT_NE(RTL_NULL, base);
	addr = physical(self->fd, base);
	memset(base, 0xa5, 8 * PAGE);
	ASSERT_EQ(rcOk, KnVmUnmap(base, 8 * PAGE));
	base = KnVmAllocate(addr, 8 * PAGE, LAZY);
	ASSERT_NE(RTL_NULL, base);
	EXPECT_TRUE(all_zero(base, 8 * PAGE));
}

/* Protection */

TEST_F(kn, row16_protect_of_reserved_takes_effect_at_commit)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE);

	EXPECT_EQ(rcOk, KnVmProtect(base, 8 * PAGE, VMM_FLAG_READ));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	ASSERT_EQ(rcOk, KnVmCommit(base, 8 * PAGE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, read_signal(base));
	EXPECT_EQ(SIGSEGV, write_signal(base));
}

static const int without_read[] = {
	VMM_FLAG_WRITE,
	VMM_FLAG_EXECUTE,
	VMM_FLAG_WRITE | VMM_FLAG_EXECUTE,
};

TEST_F(kn, row17_allocate_without_read)
{
	for (size_t i = 0; i < ARRAY_SIZE(without_read); i++) {
		EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, VMM_FLAG_RESERVE | without_read[i]);
	}
}

TEST_F(kn, row17_protect_without_read)
{
	char *base = numbered_region(LAZY);

	for (size_t i = 0; i < ARRAY_SIZE(without_read); i++) {
		EXPECT_REFUSED(rcInvalidArgument, self->fd,
			       KnVmProtect(base, 8 * PAGE, without_read[i]));
	}
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row17_permitted_combinations)
{
	static const int permitted[] = {
		VMM_FLAG_READ,
		VMM_FLAG_READ | VMM_FLAG_WRITE,
		VMM_FLAG_READ | VMM_FLAG_EXECUTE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(permitted); i++) {
		char *base = KnVmAllocate(RTL_NULL, PAGE, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
							  permitted[i]);

		ASSERT_NE(RTL_NULL, base);
		EXPECT_EQ(0, read_signal(base));
		EXPECT_EQ(permitted[i] & VMM_FLAG_WRITE ? 0 : SIGSEGV, write_signal(base));
	}
}

TEST_F(kn, row18_allocate_without_access)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, VMM_FLAG_RESERVE | VMM_FLAG_COMMIT |
						      VMM_FLAG_LOCKED);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(SIGSEGV, read_signal(base));
	ASSERT_EQ(rcOk, KnVmProtect(base, 8 * PAGE, READ_WRITE));
	EXPECT_TRUE(all_zero(base, 8 * PAGE));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row18_protect_to_no_access_keeps_contents)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(rcOk, KnVmProtect(base, 8 * PAGE, 0));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	ASSERT_EQ(rcOk, KnVmProtect(base, 8 * PAGE, READ_WRITE));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

#define FULL (VMM_FLAG_RESERVE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED | VMM_FLAG_RWX_MASK)

TEST_F(kn, row19_full_access)
{
	if (self->wx_denied)
		SKIP(return, "the module's policy forbids it");
	EXPECT_EQ(VMM_FLAG_RWX_MASK, VMM_FLAG_READ | VMM_FLAG_WRITE | VMM_FLAG_EXECUTE);
	EXPECT_EQ(0, allocate_error(RTL_NULL, PAGE, FULL));
	EXPECT_EQ(rcOk, KnVmProtect(numbered_region(EAGER), 8 * PAGE, VMM_FLAG_RWX_MASK));
}

TEST_F(kn, row19_full_access_where_the_policy_forbids_it)
{
	char *base = numbered_region(EAGER);

	if (!self->wx_denied)
		SKIP(return, "the module's policy allows it");
	EXPECT_NO_REGION(EPERM, RTL_NULL, PAGE, FULL);
	EXPECT_REFUSED(rcSecurityDisallow, self->fd,
		       KnVmProtect(base, 8 * PAGE, VMM_FLAG_RWX_MASK));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

#ifdef __x86_64__
TEST_F(kn, row19_written_then_executed)
{
	static const unsigned char return_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *base = KnVmAllocate(RTL_NULL, PAGE, EAGER);

	ASSERT_NE(RTL_NULL, base);
	memcpy(base, return_42, sizeof(return_42));
	ASSERT_EQ(rcOk, KnVmProtect(base, PAGE, VMM_FLAG_READ | VMM_FLAG_EXECUTE));
	EXPECT_EQ(42, ((int (*)(void))(uintptr_t)base)());
	EXPECT_EQ(SIGSEGV, write_signal(base));
}
#endif

TEST_F(kn, row20_protect_tolerates_what_is_true)
{
	char *base = KnVmAllocate(RTL_NULL, PAGE, EAGER | BOTH_GUARDS);

	EXPECT_EQ(rcOk, KnVmProtect(base, PAGE, VMM_FLAG_READ | BOTH_GUARDS |
						VMM_FLAG_WRITE_BACK));
	EXPECT_EQ(SIGSEGV, write_signal(base));
}

TEST_F(kn, row20_protect_refuses_what_is_not)
{
	static const int others[] = {
		VMM_FLAG_LOW_GUARD, VMM_FLAG_WRITE_COMBINE, VMM_FLAG_CACHE_MASK,
		VMM_FLAG_COMMIT, VMM_FLAG_RESERVE, VMM_FLAG_LOCKED, VMM_FLAG_ALIAS, 1 << 30,
	};
	char *base = numbered_region(EAGER);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_REFUSED(rcInvalidArgument, self->fd,
			       KnVmProtect(base, 8 * PAGE, VMM_FLAG_READ | others[i]));
	}
	EXPECT_EQ(0, write_signal(base));
}

/* Of a region without guards, though the memory was made with some. */
TEST_F(kn, row20_protect_refuses_guards_that_are_not_there)
{
	char *base = numbered_region(EAGER | BOTH_GUARDS);
	void *view;
	Handle mdl;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, 8 * PAGE, READ_WRITE, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlMap(mdl, 0, 8 * PAGE, RTL_NULL, READ_WRITE, &view));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnVmProtect(view, 8 * PAGE, VMM_FLAG_READ | VMM_FLAG_LOW_GUARD));
	ASSERT_EQ(rcOk, KnVmUnmap(base + 7 * PAGE, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnVmProtect(base, 7 * PAGE, VMM_FLAG_READ | BOTH_GUARDS));
	EXPECT_EQ(rcOk, KnVmProtect(base, 7 * PAGE, VMM_FLAG_READ | VMM_FLAG_LOW_GUARD));
	EXPECT_EQ(SIGSEGV, write_signal(base));
	EXPECT_EQ(0, write_signal(view));
}

TEST_F(kn, row21_unknown_flags)
{
	for (unsigned int bit = 1; bit; bit <<= 1) {
		if (bit & VALID_FLAGS)
			continue;
		EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, EAGER | bit);
	}
}

/* Cache modes */

TEST_F(kn, row22_no_mode_is_write_back)
{
	char *base = KnVmAllocate(RTL_NULL, PAGE, EAGER);

	EXPECT_EQ(PHYSVM_CACHE_WB, query(self->fd, base).out_cache);
	base = KnVmAllocate(RTL_NULL, PAGE, EAGER | VMM_FLAG_WRITE_BACK);
	EXPECT_EQ(PHYSVM_CACHE_WB, query(self->fd, base).out_cache);
}

TEST_F(kn, row22_more_than_one_mode)
{
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE,
			 EAGER | VMM_FLAG_WRITE_BACK | VMM_FLAG_CACHE_DISABLE);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE,
			 EAGER | VMM_FLAG_WRITE_COMBINE | VMM_FLAG_WRITE_THROUGH);
	EXPECT_NO_REGION(EINVAL, RTL_NULL, PAGE, EAGER | VMM_FLAG_CACHE_MASK);
}

/* As asked in every page and after a change of protection, or not at all. */
static bool mode_is_kept(int fd, int flag, uint32_t mode)
{
	char *base = KnVmAllocate(RTL_NULL, BLOCK + PAGE, EAGER | flag);

	if (!base || KnVmProtect(base, BLOCK + PAGE, VMM_FLAG_READ) != rcOk)
		return false;
	return query(fd, base).out_cache == mode &&
	       query(fd, base + BLOCK).out_cache == mode && all_zero(base, BLOCK + PAGE);
}

TEST_F(kn, row22_write_combine)
{
	if (!(self->cache_modes & 1u << PHYSVM_CACHE_WC))
		SKIP(return, "this machine has not this cache mode");
	EXPECT_TRUE(mode_is_kept(self->fd, VMM_FLAG_WRITE_COMBINE, PHYSVM_CACHE_WC));
}

TEST_F(kn, row22_cache_disable)
{
	if (!(self->cache_modes & 1u << PHYSVM_CACHE_UC))
		SKIP(return, "this machine has not this cache mode");
	EXPECT_TRUE(mode_is_kept(self->fd, VMM_FLAG_CACHE_DISABLE, PHYSVM_CACHE_UC));
}

/* Guards */

TEST_F(kn, row23_guards_lie_outside)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER | BOTH_GUARDS);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_EQ(8, pool_stat(self->fd).out_used_pages);
	number_pages(base, 8);
	EXPECT_EQ(SIGSEGV, read_signal(base - 1));
	EXPECT_EQ(SIGSEGV, write_signal(base - 1));
	EXPECT_EQ(SIGSEGV, read_signal(base + 8 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(base + 8 * PAGE));
}

TEST_F(kn, row23_guards_cannot_be_committed)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, RESERVE | BOTH_GUARDS);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base - PAGE, PAGE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(base, 9 * PAGE, 0));
	EXPECT_EQ(SIGSEGV, read_signal(base));
	EXPECT_EQ(SIGSEGV, read_signal(base - PAGE));
}

TEST_F(kn, row23_guards_cannot_be_protected)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER | BOTH_GUARDS);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base - PAGE, PAGE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnVmProtect(base - PAGE, 10 * PAGE, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(base + 8 * PAGE, PAGE, 0));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row23_guards_cannot_be_decommitted_or_unmapped)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER | BOTH_GUARDS);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(base - PAGE, 2 * PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base - PAGE, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base + 8 * PAGE, PAGE));
}

TEST_F(kn, row24_low_is_below_and_high_above)
{
	char *low = KnVmAllocate(RTL_NULL, PAGE, EAGER | VMM_FLAG_LOW_GUARD);
	char *high = KnVmAllocate(RTL_NULL, PAGE, EAGER | VMM_FLAG_HIGH_GUARD);

	ASSERT_TRUE(low && high);
	EXPECT_EQ(PHYSVM_ALLOC_LOW_GUARD, query(self->fd, low).out_alloc_flags &
		  (PHYSVM_ALLOC_LOW_GUARD | PHYSVM_ALLOC_HIGH_GUARD));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, low - PAGE).out_state);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, high + PAGE).out_state);
	EXPECT_EQ((uintptr_t)high, query(self->fd, high).out_region_addr);
}

TEST_F(kn, row24_whichever_way_it_grows)
{
	char *low = KnVmAllocate(RTL_NULL, PAGE, EAGER | VMM_FLAG_LOW_GUARD | VMM_FLAG_GROW_DOWN);

	ASSERT_NE(RTL_NULL, low);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, low - PAGE).out_state);
	EXPECT_EQ(SIGSEGV, read_signal(low - PAGE));
}

TEST_F(kn, row25_grow_down_is_recorded_and_does_not_grow)
{
	char *base = KnVmAllocate(RTL_NULL, 8 * PAGE, EAGER | VMM_FLAG_GROW_DOWN);

	ASSERT_NE(RTL_NULL, base);
	EXPECT_NE(0, query(self->fd, base).out_alloc_flags & PHYSVM_ALLOC_GROW_DOWN);
	EXPECT_EQ(0, write_signal(base + 8 * PAGE - 1));
	EXPECT_EQ(0, write_signal(base));
	EXPECT_EQ((uintptr_t)base, query(self->fd, base).out_region_addr);
	EXPECT_EQ(8 * PAGE, query(self->fd, base).out_region_length);
}

/* Unmap and free */

TEST_F(kn, row26_partial_unmap)
{
	char *base = numbered_region(EAGER | BOTH_GUARDS);

	ASSERT_EQ(rcOk, KnVmUnmap(base + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(3, numbered_pages(base, 0, 3));
	EXPECT_EQ(SIGSEGV, read_signal(base + 3 * PAGE));
	EXPECT_EQ(3, numbered_pages(base + 5 * PAGE, 5, 3));
	EXPECT_EQ(rcOk, KnVmProtect(base + 5 * PAGE, 3 * PAGE, VMM_FLAG_READ));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(kn, row27_memory_of_others)
{
	char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, other);
	number_pages(other, 1);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(other, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(other, PAGE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmDecommit(other, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(other, PAGE, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmFree(other));
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
}

TEST_F(kn, row27_nothing_at_all)
{
	char *hole = free_addresses(PAGE);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(hole, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(RTL_NULL, PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmFree(RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmCommit(RTL_NULL, PAGE, 0));
}

TEST_F(kn, row28_unmap_twice)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(rcOk, KnVmUnmap(base, 8 * PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, 8 * PAGE));
}

TEST_F(kn, row29_munmap_behind_its_back)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(0, munmap(base, 4 * PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, 8 * PAGE));
	EXPECT_EQ(4, numbered_pages(base + 4 * PAGE, 4, 4));
	EXPECT_EQ(rcOk, KnVmUnmap(base + 4 * PAGE, 4 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(kn, row29_mprotect_behind_its_back)
{
	char *base = numbered_region(EAGER);

	ASSERT_EQ(0, mprotect(base, 4 * PAGE, PROT_READ));
	EXPECT_EQ(rcOk, KnVmProtect(base, 8 * PAGE, READ_WRITE));
	EXPECT_EQ(0, write_signal(base));
	EXPECT_EQ(rcOk, KnVmUnmap(base, 8 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(kn, row29_mremap_behind_its_back)
{
	char *base = numbered_region(EAGER);
	char *hole = free_addresses(8 * PAGE);

	EXPECT_EQ(MAP_FAILED, mremap(base, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE));
	ASSERT_EQ(hole, mremap(base, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, hole));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmUnmap(base, 8 * PAGE));
	EXPECT_EQ(8, numbered_pages(hole, 0, 8));
	EXPECT_EQ(rcOk, KnVmUnmap(hole, 8 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(kn, row30_forked_child_does_not_have_it)
{
	char *base = numbered_region(EAGER);
	pid_t child = fork();

	if (!child) {
		child_need(read_signal(base) == SIGSEGV);
		_exit(KnVmUnmap(base, 8 * PAGE) != rcInvalidArgument);
	}
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_F(kn, row30_forked_child_can_have_its_own)
{
	pid_t child = fork();

	if (!child)
		_exit(!numbered_region(EAGER));
	EXPECT_TRUE(child_succeeded(child));
}

TEST_F(kn, row34_errno_tells_why)
{
	char *base;

	errno = EBADMSG;
	base = KnVmAllocate(RTL_NULL, PAGE, EAGER);
	EXPECT_NE(RTL_NULL, base);
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_EQ(RTL_NULL, KnVmAllocate(RTL_NULL, 0, EAGER));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(RTL_NULL, KnVmAllocate(RTL_NULL, (self->total + 1) * PAGE, EAGER));
	EXPECT_EQ(ENOMEM, errno);
}

TEST_F(kn, row34_retcodes_leave_errno_alone)
{
	errno = EBADMSG;
	EXPECT_EQ(rcInvalidArgument, KnVmUnmap(RTL_NULL, PAGE));
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_EQ(rcInvalidArgument, KnHandleClose(INVALID_HANDLE));
	EXPECT_EQ(EBADMSG, errno);
}

TEST_F(kn, row36_size_beyond_everything)
{
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (rtl_size_t)-PAGE, EAGER);
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (rtl_size_t)-PAGE, EAGER | BOTH_GUARDS);
	EXPECT_NO_REGION(ENOMEM, RTL_NULL, (rtl_size_t)1 << 63, EAGER | BOTH_GUARDS);
}

TEST_F(kn, free_ends_the_whole_region)
{
	const struct traces before = traces(self->fd);
	char *base = numbered_region(EAGER | BOTH_GUARDS);

	ASSERT_EQ(rcOk, KnVmFree(base));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(kn, free_of_a_region_with_pages_of_several_protections)
{
	const struct traces before = traces(self->fd);
	char *base = numbered_region(EAGER | BOTH_GUARDS);

	ASSERT_EQ(rcOk, KnVmProtect(base + 3 * PAGE, PAGE, VMM_FLAG_READ));
	ASSERT_EQ(rcOk, KnVmDecommit(base + 5 * PAGE, PAGE));
	ASSERT_EQ(rcOk, KnVmFree(base));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(kn, free_of_the_middle_of_a_region)
{
	char *base = numbered_region(EAGER | BOTH_GUARDS);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmFree(base + PAGE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmFree(base + 1));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmFree(base - PAGE));
	EXPECT_EQ(8, numbered_pages(base, 0, 8));
}

TEST_HARNESS_MAIN
