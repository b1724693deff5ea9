// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device memory for drivers of KasperskyOS. Needs QEMU's edu, which answers to
 * what is written to its registers, and two of its ivshmem-plain that have the
 * same memory: what is written by way of one is seen by way of the other, which
 * no cache mode, claim or mapping of ours knows about.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"
#include "claim.h"
#include "pci.h"

#include <coresrv/io/mmio.h>
#include <coresrv/vmm/vmm_api.h>
#include <physvm_kn.h>

#define READ_WRITE (VMM_FLAG_READ | VMM_FLAG_WRITE)
#define BOTH_GUARDS (VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)
#define PAGES 16ul
#define SIZE (PAGES * PAGE)

/* A virtio device has a driver here, if only to tell the verdict. */
#define DRIVEN "0x1af4 0x1003"
#define DRIVEN_BAR 4

/* Registers of edu, and a bit of its status. */
#define EDU_ID 0
#define EDU_INVERTER 1
#define EDU_FACTORIAL 2
#define EDU_STATUS 8
#define EDU_COMPUTING 1

static struct bar edu, shared, twin;

static void __attribute__((constructor)) skip_without_devices(void)
{
	edu = pci_find_bar(EDU, EDU_BAR);
	shared = pci_find_bar(SHARED, SHARED_BAR);
	twin = pci_find_other_bar(SHARED, SHARED_BAR, 1);
	if (!edu.length || !twin.length)
		ksft_exit_skip("no QEMU with edu and two ivshmem-plain\n");
	if (access(PHYSVM_DEVICE, R_OK | W_OK))
		ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno));
}

/* Before the library is used for the first time. */

static void register_without_devices(int fd, const void *arg)
{
	Handle rid;

	child_need(!chroot("/proc"));
	child_need(KnRegisterPhyMem(shared.phys, SIZE, &rid) == rcDeviceNotFound);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(register_without_devices, -1, NULL)));
}

/* From here on the library has its descriptor, and a region. */

FIXTURE(mmio)
{
	int fd;			/* of our own */
	Handle rid;		/* SIZE bytes of what the twin shows as well */
	volatile uint64_t *other;	/* the same by way of the twin */
};

static volatile uint64_t *by_sysfs(const struct bar *bar)
{
	int file = open(bar->resource, O_RDWR | O_CLOEXEC);
	void *addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	close(file);
	return addr == MAP_FAILED ? NULL : addr;
}

FIXTURE_SETUP(mmio)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_TRUE(becomes_free(self->fd, shared.phys, shared.length));
	self->other = by_sysfs(&twin);
	ASSERT_NE(NULL, self->other);
	ASSERT_EQ(rcOk, KnRegisterPhyMem(shared.phys, SIZE, &self->rid));
}

FIXTURE_TEARDOWN(mmio)
{
}

/* Who has which physical addresses is a trace, too. */
#define EXPECT_REFUSED_AS(code, attempt) \
	do { \
		const uint64_t __resources = hash_file("/proc/iomem"); \
		EXPECT_REFUSED(code, self->fd, attempt); \
		EXPECT_EQ(__resources, hash_file("/proc/iomem")); \
	} while (0)

static Retcode register_error(uint64_t phys, rtl_size_t size)
{
	Handle rid = 77;
	Retcode code = KnRegisterPhyMem(phys, size, &rid);

	return code == rcOk || rid == 77 ? code : rcFail;
}

/* An error that has written anything is another error. */
static Retcode map_error(Handle rid, uint32_t prot, uint32_t attr)
{
	void *addr = &rid;
	Handle handle = 77;
	Retcode code = KnIoMapMem(rid, prot, attr, &addr, &handle);

	return code == rcOk || (addr == &rid && handle == 77) ? code : rcFail;
}

static char *map(Handle rid, uint32_t prot, uint32_t attr, Handle *handle)
{
	void *addr;

	return KnIoMapMem(rid, prot, attr, &addr, handle) == rcOk ? addr : NULL;
}

static char *map_forever(Handle rid, uint32_t attr)
{
	void *addr;

	return KnIoMapMem(rid, READ_WRITE, attr, &addr) == rcOk ? addr : NULL;
}

/* What the device sees. */

/* Every page of @seen says what was written to it by way of @written. */
static bool shows(volatile uint64_t *seen, volatile uint64_t *written, uint64_t stamp)
{
	size_t i;

	for (i = 0; i < PAGES; i++)
		written[i * PAGE / 8 + i] = stamp + i;
	for (i = 0; i < PAGES; i++)
		if (seen[i * PAGE / 8 + i] != stamp + i)
			return false;
	return true;
}

TEST_F(mmio, both_sides_see_what_the_other_writes)
{
	Handle handle;
	void *addr;

	ASSERT_EQ(rcOk, KnIoMapMem(self->rid, READ_WRITE, VMM_FLAG_CACHE_DISABLE, &addr, &handle));
	EXPECT_TRUE(shows(self->other, addr, 0x1234567812345678));
	EXPECT_TRUE(shows(addr, self->other, 0x8765432187654321));
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
}

TEST_F(mmio, four_arguments)
{
	void *addr;
	RID rid = self->rid;

	ASSERT_EQ(rcOk, KnIoMapMem(rid, READ_WRITE, 0, &addr));
	EXPECT_TRUE(shows(self->other, addr, 1));
	EXPECT_TRUE(shows(addr, self->other, 2));
	EXPECT_EQ(rcOk, KnVmUnmap(addr, SIZE));
}

TEST_F(mmio, arguments_are_evaluated_once)
{
	void *addr[3] = {}, **next = addr;
	int count = 0;

	ASSERT_EQ(rcOk, KnIoMapMem(self->rid, (count++, READ_WRITE), 0, next++));
	ASSERT_EQ(rcOk, KnIoMapMem((count++, self->rid), READ_WRITE, 0, next++, RTL_NULL));
	EXPECT_EQ(2, count);
	EXPECT_EQ(&addr[2], next);
	EXPECT_NE(addr[0], addr[1]);
}

TEST_F(mmio, the_function_has_an_address)
{
	Retcode (*function)(Handle, rtl_uint32_t, rtl_uint32_t, void **, Handle *) = KnIoMapMem;
	Handle handle;
	void *addr;

	ASSERT_EQ(rcOk, function(self->rid, READ_WRITE, 0, &addr, &handle));
	EXPECT_EQ(rcOk, KnIoClose(handle));
}

static bool computed(volatile uint32_t *reg)
{
	int tries;

	for (tries = 0; tries < 1000 && reg[EDU_STATUS] & EDU_COMPUTING; tries++)
		usleep(10000);
	return !(reg[EDU_STATUS] & EDU_COMPUTING);
}

TEST_F(mmio, registers_of_a_device)
{
	volatile uint32_t *reg;
	Handle rid, handle;

	ASSERT_EQ(rcOk, KnRegisterPhyMem(edu.phys, edu.length, &rid));
	reg = (void *)map(rid, READ_WRITE, VMM_FLAG_CACHE_DISABLE, &handle);
	ASSERT_NE(NULL, reg);
	EXPECT_EQ(0x010000edu, reg[EDU_ID]);
	reg[EDU_INVERTER] = 0x12345678;
	EXPECT_EQ(~0x12345678u, reg[EDU_INVERTER]);
	reg[EDU_FACTORIAL] = 10;
	ASSERT_TRUE(computed(reg));
	EXPECT_EQ(3628800, reg[EDU_FACTORIAL]);
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_EQ(rcOk, KnIoClose(rid));
}

TEST_F(mmio, query_tells_what_it_is)
{
	char *addr = map_forever(self->rid, 0);
	struct physvm_query page = query(self->fd, addr + 3 * PAGE);

	EXPECT_EQ(PHYSVM_AREA_DEVICE, page.out_type);
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, page.out_state);
	EXPECT_EQ(shared.phys + 3 * PAGE, page.out_phys);
	EXPECT_EQ((uintptr_t)addr, page.out_region_addr);
	EXPECT_EQ(SIZE, page.out_region_length);
	EXPECT_STREQ("KnIoMapMem", (const char *)page.out_label);
}

/* Protection. */

TEST_F(mmio, read_only)
{
	char *addr = map(self->rid, VMM_FLAG_READ, 0, NULL);

	*self->other = 0x5eed;
	EXPECT_EQ(0x5eed, *(volatile uint64_t *)addr);
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(PROT_READ, query(self->fd, addr).out_prot);
}

TEST_F(mmio, row17_write_only)
{
	char *addr = map(self->rid, VMM_FLAG_WRITE, 0, NULL);

	*(volatile uint64_t *)addr = 0xfeed;
	EXPECT_EQ(0xfeed, *self->other);
	EXPECT_EQ(PROT_WRITE, query(self->fd, addr).out_prot);
}

static bool wx_denied(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	return !call(fd, PHYSVM_INFO, &info) && info.out_features & PHYSVM_FEATURE_WX_DENY;
}

TEST_F(mmio, full_access)
{
	char *addr;

	if (wx_denied(self->fd)) {
		EXPECT_REFUSED_AS(rcSecurityDisallow, map_error(self->rid, VMM_FLAG_RWX_MASK, 0));
		SKIP(return, "the module's policy forbids it");
	}
	addr = map(self->rid, VMM_FLAG_RWX_MASK, 0, NULL);
	ASSERT_NE(NULL, addr);
	*(volatile char *)addr = 0xc3;	/* return */
	((void (*)(void))(uintptr_t)addr)();
	EXPECT_EQ(VMM_FLAG_RWX_MASK, query(self->fd, addr).out_prot);
}

TEST_F(mmio, bad_protection)
{
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, 0, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, VMM_FLAG_EXECUTE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument,
			  map_error(self->rid, VMM_FLAG_EXECUTE | VMM_FLAG_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE | 1 << 3, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument,
			  map_error(self->rid, READ_WRITE | VMM_FLAG_CACHE_DISABLE, 0));
}

TEST_F(mmio, protection_can_change)
{
	char *addr = map_forever(self->rid, VMM_FLAG_WRITE_COMBINE);

	*addr = 1;
	EXPECT_EQ(rcOk, KnVmProtect(addr, SIZE, VMM_FLAG_READ));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(1, *addr);
	EXPECT_EQ(rcOk, KnVmProtect(addr, SIZE, READ_WRITE));
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_EQ(PHYSVM_CACHE_WC, query(self->fd, addr).out_cache);
}

/* A device's contents are its own, and not zeroed. */
TEST_F(mmio, decommitted_and_committed)
{
	char *addr = map_forever(self->rid, 0);

	number_pages(addr, PAGES);
	EXPECT_EQ(rcOk, KnVmDecommit(addr, SIZE));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(rcOk, KnVmCommit(addr, SIZE, 0));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

/* Attributes. */

FIXTURE(mode)
{
	int fd;
	Handle rid;
	volatile uint64_t *other;
};

FIXTURE_VARIANT(mode)
{
	uint32_t attr;
	uint32_t cache;
	bool caches;
};

FIXTURE_VARIANT_ADD(mode, none) { 0, PHYSVM_CACHE_UC, false };
FIXTURE_VARIANT_ADD(mode, disable) { VMM_FLAG_CACHE_DISABLE, PHYSVM_CACHE_UC, false };
FIXTURE_VARIANT_ADD(mode, combine) { VMM_FLAG_WRITE_COMBINE, PHYSVM_CACHE_WC, false };
FIXTURE_VARIANT_ADD(mode, through) { VMM_FLAG_WRITE_THROUGH, PHYSVM_CACHE_WT, true };
FIXTURE_VARIANT_ADD(mode, back) { VMM_FLAG_WRITE_BACK, PHYSVM_CACHE_WB, true };

FIXTURE_SETUP(mode)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	ASSERT_TRUE(info.out_other_cache_modes & 1u << variant->cache);
	self->other = by_sysfs(&twin);
	ASSERT_EQ(rcOk, KnRegisterPhyMem(shared.phys, SIZE, &self->rid));
}

FIXTURE_TEARDOWN(mode)
{
}

TEST_F(mode, is_the_one_asked_for)
{
	char *addr = map_forever(self->rid, variant->attr);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(variant->cache, query(self->fd, addr).out_cache);
	EXPECT_TRUE(shows((void *)addr, self->other, 3));
	EXPECT_TRUE(shows(self->other, (void *)addr, 4));
}

TEST_F(mode, of_registers)
{
	Handle rid;

	ASSERT_EQ(rcOk, KnRegisterPhyMem(edu.phys, edu.length, &rid));
	if (variant->caches)
		EXPECT_REFUSED_AS(rcBusy, map_error(rid, READ_WRITE, variant->attr));
	else
		EXPECT_EQ(rcOk, map_error(rid, READ_WRITE, variant->attr));
}

TEST_F(mode, is_one_for_all_mappings)
{
	const uint32_t another = variant->cache == PHYSVM_CACHE_WC ? VMM_FLAG_CACHE_DISABLE :
								    VMM_FLAG_WRITE_COMBINE;
	char *addr = map_forever(self->rid, variant->attr);

	ASSERT_NE(NULL, addr);
	EXPECT_REFUSED_AS(rcBusy, map_error(self->rid, READ_WRITE, another));
	EXPECT_EQ(rcOk, map_error(self->rid, READ_WRITE, variant->attr));
}

TEST_F(mmio, bad_attributes)
{
	EXPECT_REFUSED_AS(rcInvalidArgument,
			  map_error(self->rid, READ_WRITE,
				    VMM_FLAG_CACHE_DISABLE | VMM_FLAG_WRITE_COMBINE));
	EXPECT_REFUSED_AS(rcInvalidArgument,
			  map_error(self->rid, READ_WRITE, VMM_FLAG_CACHE_MASK));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE, VMM_FLAG_RESERVE));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE, VMM_FLAG_GROW_DOWN));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE, VMM_FLAG_READ));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE, 1u << 31));
}

TEST_F(mmio, guards)
{
	const struct traces before = traces(self->fd);
	Handle handle;
	char *addr = map(self->rid, READ_WRITE, BOTH_GUARDS, &handle);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, read_signal(addr - 1));
	EXPECT_EQ(0, read_signal(addr));
	EXPECT_EQ(0, read_signal(addr + SIZE - 1));
	EXPECT_EQ(SIGSEGV, read_signal(addr + SIZE));
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, addr - 1).out_state);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, addr + SIZE).out_state);
	EXPECT_EQ(SIZE, query(self->fd, addr).out_region_length);
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

TEST_F(mmio, aliases)
{
	char *first = map_forever(self->rid, VMM_FLAG_ALIAS);
	char *second = map_forever(self->rid, VMM_FLAG_ALIAS);
	char *third = map_forever(self->rid, 0);

	ASSERT_NE(NULL, first);
	ASSERT_NE(NULL, second);
	ASSERT_NE(NULL, third);
	EXPECT_TRUE(shows((void *)second, (void *)first, 5));
	EXPECT_TRUE(shows((void *)first, (void *)second, 6));
	EXPECT_TRUE(shows((void *)third, (void *)second, 7));
	EXPECT_EQ(rcOk, KnVmUnmap(first, SIZE));
	EXPECT_TRUE(shows(self->other, (void *)second, 8));
}

/* What may be registered. */

TEST_F(mmio, row3_range_that_makes_no_sense)
{
	const uint64_t phys = shared.phys + SIZE;

	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(phys, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(phys, PAGE + 1));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(phys + 1, PAGE));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(phys, -PAGE));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(-PAGE, PAGE));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(1ull << physical_bits(), PAGE));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnRegisterPhyMem(phys, PAGE, NULL));
	EXPECT_EQ(rcOk, register_error(phys, PAGE));
}

TEST_F(mmio, system_ram)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	ASSERT_EQ(0, call(self->fd, PHYSVM_POOL_RANGE, &range));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(range.out_phys, PAGE));
	EXPECT_REFUSED_AS(rcInvalidArgument, register_error(0x100000, PAGE));
}

TEST_F(mmio, registered_already)
{
	EXPECT_REFUSED_AS(rcAlreadyExists, register_error(shared.phys, SIZE));
	EXPECT_REFUSED_AS(rcAlreadyExists, register_error(shared.phys, PAGE));
	EXPECT_REFUSED_AS(rcAlreadyExists, register_error(shared.phys + SIZE - PAGE, 2 * PAGE));
	EXPECT_EQ(rcOk, register_error(shared.phys + SIZE, PAGE));
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
	EXPECT_EQ(rcOk, register_error(shared.phys, SIZE));
}

TEST_F(mmio, what_a_driver_has)
{
	const struct bar driven = pci_find_bar(DRIVEN, DRIVEN_BAR);

	ASSERT_NE(0, driven.length);
	EXPECT_REFUSED_AS(rcBusy, register_error(driven.phys, PAGE));
}

static void drop_privilege(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	child_need(!syscall(SYS_capget, &header, data));
	data[0].effective &= ~(1u << CAP_SYS_RAWIO);
	child_need(!syscall(SYS_capset, &header, data));
}

/* With what was registered before that it may go on. */
static void register_without_privilege(int fd, const void *arg)
{
	const Handle *rid = arg;

	drop_privilege();
	child_need(KnVmAllocate(RTL_NULL, PAGE, VMM_FLAG_RESERVE));
	child_need(register_error(shared.phys + SIZE, PAGE) == rcSecurityDisallow);
	child_need(map_error(*rid, READ_WRITE, 0) == rcOk);
}

TEST_F(mmio, unprivileged)
{
	EXPECT_TRUE(child_succeeded(child_start(register_without_privilege, -1, &self->rid)));
	EXPECT_EQ(rcOk, register_error(shared.phys + SIZE, PAGE));
}

/* Lifetimes. */

TEST_F(mmio, mapping_survives_the_region)
{
	Handle handle;
	char *addr = map(self->rid, READ_WRITE, 0, &handle);

	EXPECT_EQ(rcOk, KnIoClose(self->rid));
	EXPECT_TRUE(shows(self->other, (void *)addr, 9));
	EXPECT_REFUSED_AS(rcAlreadyExists, register_error(shared.phys, SIZE));
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(rcOk, register_error(shared.phys, SIZE));
}

TEST_F(mmio, mapped_after_close)
{
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->rid, READ_WRITE, 0));
}

TEST_F(mmio, closed_twice)
{
	Handle handle;
	char *addr = map(self->rid, READ_WRITE, 0, &handle);

	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoClose(handle));
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoClose(self->rid));
}

TEST_F(mmio, general_close)
{
	const struct traces before = traces(self->fd);
	Handle handle;
	char *addr = map(self->rid, READ_WRITE, 0, &handle);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(rcOk, KnHandleClose(handle));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
	EXPECT_EQ(rcOk, KnHandleClose(self->rid));
	EXPECT_EQ(rcOk, register_error(shared.phys, SIZE));
}

TEST_F(mmio, handles_of_other_kinds)
{
	Handle mdl, handle;
	void *addr;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(PAGE, READ_WRITE, &mdl));
	ASSERT_NE(NULL, map(self->rid, READ_WRITE, 0, &handle));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(mdl, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(handle, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(0, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(INVALID_HANDLE, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, map_error(self->fd, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoMapMem(self->rid, READ_WRITE, 0, NULL, NULL));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoClose(mdl));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoClose(0));
	EXPECT_REFUSED_AS(rcInvalidArgument, KnIoClose(INVALID_HANDLE));
	EXPECT_REFUSED_AS(rcInvalidArgument,
			  KnPmmMdlMap(self->rid, 0, PAGE, RTL_NULL, READ_WRITE, &addr));
	EXPECT_EQ(rcOk, KnHandleClose(mdl));
}

/* What lies where a mapping was is left alone. */
TEST_F(mmio, unmapped_before_it_is_closed)
{
	const int fixed = MAP_FIXED_NOREPLACE | MAP_PRIVATE | MAP_ANONYMOUS;
	Handle handle, second;
	char *addr = map(self->rid, READ_WRITE, 0, &handle);
	char *region = map(self->rid, READ_WRITE, 0, &second), *mine;

	EXPECT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	ASSERT_EQ(addr, mmap(addr, SIZE, PROT_READ | PROT_WRITE, fixed, -1, 0));
	number_pages(addr, PAGES);
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));

	EXPECT_EQ(rcOk, KnVmUnmap(region, SIZE));
	mine = alloc_at(self->fd, region, SIZE, PHYSVM_ALLOC_COMMIT);
	ASSERT_EQ(region, mine);
	number_pages(mine, PAGES);
	EXPECT_EQ(rcOk, KnIoClose(second));
	EXPECT_EQ(PAGES, numbered_pages(mine, 0, PAGES));
}

TEST_F(mmio, partly_unmapped_before_it_is_closed)
{
	const struct traces before = traces(self->fd);
	Handle handle;
	char *addr = map(self->rid, READ_WRITE, BOTH_GUARDS, &handle);

	ASSERT_EQ(rcOk, KnVmUnmap(addr + 2 * PAGE, 3 * PAGE));
	ASSERT_EQ(rcOk, KnVmUnmap(addr, PAGE));
	ASSERT_EQ(rcOk, KnVmProtect(addr + 8 * PAGE, PAGE, VMM_FLAG_READ));
	EXPECT_EQ(rcOk, KnIoClose(handle));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

struct inheritance {
	Handle rid;
	Handle handle;
	char *addr;
};

/* The mapping it does not have, and what it closes it alone has not any more. */
static void close_all(int fd, const void *arg)
{
	const struct inheritance *parents = arg;
	char *mine;

	child_need(read_signal(parents->addr) == SIGSEGV);
	mine = alloc_at(fd, parents->addr, SIZE, PHYSVM_ALLOC_COMMIT);
	child_need(mine);
	number_pages(mine, PAGES);
	child_need(KnIoClose(parents->handle) == rcOk);
	child_need(numbered_pages(mine, 0, PAGES) == PAGES);
	child_need(KnIoClose(parents->rid) == rcOk);
	child_need(map_error(parents->rid, READ_WRITE, 0) == rcInvalidArgument);
}

TEST_F(mmio, row30_forked_child)
{
	struct inheritance mine = { .rid = self->rid };

	mine.addr = map(self->rid, READ_WRITE, 0, &mine.handle);
	EXPECT_TRUE(child_succeeded(child_start(close_all, self->fd, &mine)));
	EXPECT_TRUE(shows(self->other, (void *)mine.addr, 10));
	EXPECT_EQ(rcOk, map_error(self->rid, READ_WRITE, 0));
	EXPECT_EQ(rcOk, KnIoClose(mine.handle));
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
}

static void have_memory(int fd, const void *arg)
{
	Handle rid;

	child_need(KnRegisterPhyMem(shared.phys + SIZE, SIZE, &rid) == rcOk);
	child_need(map_error(rid, READ_WRITE, 0) == rcOk);
	raise(SIGSTOP);
}

TEST_F(mmio, killed)
{
	const pid_t pid = child_start(have_memory, -1, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_REFUSED_AS(rcAlreadyExists, register_error(shared.phys + SIZE, PAGE));
	EXPECT_TRUE(child_kill(pid));
	EXPECT_TRUE(becomes_free(self->fd, shared.phys + SIZE, SIZE));
}

/* To another process, by descriptor. */

static void map_what_comes(int socket, const void *arg)
{
	const int fd = receive_fd(socket);
	VmmPageInfo page;
	Handle rid;
	char *addr;

	drop_privilege();
	child_need(!physvm_kn_handle_from_fd(fd, &rid));
	close(fd);
	addr = map(rid, READ_WRITE, VMM_FLAG_CACHE_DISABLE, NULL);
	child_need(addr);
	child_need(*(uint64_t *)(addr + SIZE - 8) == 0x5eed);
	*(uint64_t *)addr = 0xfeed;
	child_need(KnVmQuery(addr, &page) == rcOk && page.size == SIZE);
	raise(SIGSTOP);
}

TEST_F(mmio, row33_region_in_another_process)
{
	int sockets[2], fd = physvm_kn_handle_to_fd(self->rid);
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = child_start(map_what_comes, sockets[1], NULL);
	self->other[SIZE / 8 - 1] = 0x5eed;
	ASSERT_TRUE(send_fd(sockets[0], fd));
	close(fd);
	ASSERT_EQ(rcOk, KnIoClose(self->rid));
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(0xfeed, *self->other);
	EXPECT_EQ(rcAlreadyExists, register_error(shared.phys, SIZE));
	EXPECT_TRUE(child_finish(pid));
	EXPECT_TRUE(becomes_free(self->fd, shared.phys, SIZE));
}

TEST_F(mmio, row33_region_leaves_no_trace)
{
	const int fd = physvm_kn_handle_to_fd(self->rid);
	const struct traces before = traces(self->fd);
	Handle again;

	ASSERT_EQ(0, physvm_kn_handle_from_fd(fd, &again));
	EXPECT_EQ(rcOk, KnIoClose(again));
	EXPECT_TRUE(same_traces(before, traces(self->fd)));
}

/* Also where a mapping rules the cache mode out in which it is tried. */
TEST_F(mmio, row33_region_there_and_back)
{
	const int fd = physvm_kn_handle_to_fd(self->rid);
	Handle again, handle;

	ASSERT_NE(NULL, map(self->rid, READ_WRITE, VMM_FLAG_WRITE_COMBINE, &handle));
	ASSERT_EQ(0, physvm_kn_handle_from_fd(fd, &again));
	EXPECT_NE(again, self->rid);
	EXPECT_EQ(rcOk, map_error(again, READ_WRITE, VMM_FLAG_WRITE_COMBINE));
	EXPECT_EQ(-EBADF, physvm_kn_handle_to_fd(handle));
	close(fd);
	EXPECT_EQ(rcOk, KnIoClose(again));
	EXPECT_EQ(rcOk, KnIoClose(self->rid));
}

TEST_F(mmio, row33_descriptor_of_something_else)
{
	Handle handle = 77;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_kn_handle_from_fd(pipes[0], &handle));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_kn_handle_from_fd(self->fd, &handle));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_kn_handle_from_fd(-1, &handle));
	EXPECT_EQ(77, handle);
}

/* Exhaustion. */

#define MANY_HANDLES 5000

TEST_F_TIMEOUT(mmio, no_handle_left, PATIENCE)
{
	static Handle handles[MANY_HANDLES];
	const struct traces before = traces(self->fd);
	size_t count = 0;

	while (count < MANY_HANDLES && map(self->rid, READ_WRITE, 0, &handles[count]))
		count++;
	ASSERT_LT(count, MANY_HANDLES);
	EXPECT_REFUSED_AS(rcQuotaExceeded, map_error(self->rid, READ_WRITE, 0));
	EXPECT_REFUSED_AS(rcQuotaExceeded, register_error(shared.phys + SIZE, PAGE));
	EXPECT_NE(NULL, map_forever(self->rid, 0));
	while (count)
		ASSERT_EQ(rcOk, KnIoClose(handles[--count]));
	EXPECT_EQ(before.pool.out_areas + 1, pool_stat(self->fd).out_areas);
}

TEST_F(mmio, no_descriptor_left)
{
	struct rlimit limit, all;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &all));
	limit = all;
	limit.rlim_cur = next_descriptor(self->fd);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(rcQuotaExceeded, register_error(shared.phys + SIZE, PAGE));
	EXPECT_EQ(rcOk, map_error(self->rid, READ_WRITE, 0));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &all));
	EXPECT_EQ(rcOk, register_error(shared.phys + SIZE, PAGE));
}

TEST_HARNESS_MAIN
