// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the Möbius calls at a physical address. Those of devices need QEMU's
 * ivshmem-plain, in a guest of its own.
 */
#include "kselftest_harness.h"

#include "mobius.h"
#include "pci.h"

#include <physvm_mobius.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

static void *map_at(uint64_t phys, size_t pages, uint32_t flags)
{
	return VmmMap(pages, 0, (void *)phys, NULL, VM_AREA_MAP, flags);
}

static struct physvm_pool_range first_range(int fd)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	ioctl(fd, PHYSVM_POOL_RANGE, &range);
	return range;
}

/* The pool */

TEST_F(mobius, physical_address_of_the_pool)
{
	const uint64_t phys = first_range(self->fd).out_phys + 5 * PAGE;
	char *addr = map_at(phys, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(phys, query(self->fd, addr).out_phys);
	EXPECT_EQ(phys + SIZE - PAGE, query(self->fd, addr + SIZE - PAGE).out_phys);
	EXPECT_TRUE(all_zero(addr, SIZE));
	number_pages(addr, PAGES);
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_EQ(0, used(self->fd));
	addr = map_at(phys, PAGES, USER);
	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(all_zero(addr, SIZE));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
}

TEST_F(mobius, node_of_a_physical_address)
{
	const uint64_t phys = first_range(self->fd).out_phys + 5 * PAGE;
	char *addr = map_at(phys, PAGES, USER_RW);
	vm_node_t *node = node_at(addr + 3 * PAGE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(VM_AREA_MAP, node->u.desc->type);
	EXPECT_EQ(phys, node->u.desc->dest.phys_map);
	EXPECT_EQ(start_of(addr), node->base);
}

TEST_F(mobius, physical_address_at_a_virtual_one)
{
	const uint64_t phys = first_range(self->fd).out_phys;
	char *addr;

	addr = VmmMap(PAGES, start_of(self->hole) + 1, (void *)phys, NULL, VM_AREA_MAP, USER_RW);
	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(phys, query(self->fd, addr).out_phys);
	EXPECT_FAILS(EACCES, VmmMap(PAGES, start_of(addr), (void *)(phys + SIZE), NULL,
				    VM_AREA_MAP, USER_RW));
}

TEST_F(mobius, physical_address_that_is_taken)
{
	const uint64_t phys = first_range(self->fd).out_phys;
	char *addr = map_at(phys, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	EXPECT_FAILS(EBUSY, map_at(phys, PAGES, USER_RW));
	EXPECT_FAILS(EBUSY, map_at(phys + SIZE - PAGE, 2, USER_RW));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(mobius, physical_address_of_no_page)
{
	const uint64_t phys = first_range(self->fd).out_phys;

	EXPECT_FAILS(EINVAL, map_at(phys + 1, 1, USER_RW));
	EXPECT_FAILS(EINVAL, map_at(phys + PAGE / 2, 1, USER_RW));
}

TEST_F(mobius, physical_address_with_cache_modes)
{
	const uint64_t phys = first_range(self->fd).out_phys;
	char *addr;

	EXPECT_FAILS(EOPNOTSUPP, map_at(phys, 1, USER_RW | VM_MEM_CACHE_WT));
	addr = map_at(phys, PAGES, USER_RW | VM_MEM_CACHE_NONE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PHYSVM_CACHE_UC, query(self->fd, addr).out_cache);
}

/* System RAM */

/* Where the kernel itself is. */
TEST_F(mobius, system_ram_of_others)
{
	const struct physvm_pool_range range = first_range(self->fd);

	EXPECT_FAILS(ENXIO, map_at(16 << 20, 1, USER_RW));
	EXPECT_FAILS(ENXIO, map_at(range.out_phys + range.out_length - PAGE, 2, USER_RW));
}

TEST_F(mobius, no_memory_at_all)
{
	EXPECT_EQ(NULL, map_at(1ul << 52, 1, USER_RW));
	EXPECT_EQ(NULL, map_at(-PAGE, 2, USER_RW));
	EXPECT_EQ(NULL, map_at(-PAGE, SIZE_MAX / PAGE, USER_RW));
}

static void map_as_nobody(int fd, const void *arg)
{
	const uint64_t phys = first_range(fd).out_phys;

	child_need(!setuid(65534));
	child_need(ERRNO_OF(map_at(16 << 20, 1, USER_RW)) == EPERM);
	child_need(ERRNO_OF(map_at(0xfee00000, 1, USER_RW)) == EPERM);
	child_need(ERRNO_OF(map_at(phys, 1, USER_RW)) == 0);
}

TEST_F(mobius, only_the_pool_is_for_everybody)
{
	EXPECT_TRUE(child_succeeded(child_start(map_as_nobody, self->fd, NULL)));
}

/* Devices */

#define DEVICE_OR_SKIP(bar) \
	struct bar bar = pci_find_bar(SHARED, SHARED_BAR); \
	\
	if (!bar.length) \
		SKIP(return, "no QEMU with ivshmem-plain")

static char *by_sysfs(const struct bar *bar)
{
	int file = open(bar->resource, O_RDWR | O_CLOEXEC);
	void *addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	close(file);
	return addr == MAP_FAILED ? NULL : addr;
}

TEST_F(mobius, device_memory)
{
	DEVICE_OR_SKIP(bar);
	char *addr = map_at(bar.phys, PAGES, USER_RW), *other;
	vm_node_t *node = node_at(addr + PAGE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(bar.phys, query(self->fd, addr).out_phys);
	EXPECT_EQ(VM_AREA_MAP, node->u.desc->type);
	EXPECT_EQ(bar.phys, node->u.desc->dest.phys_map);
	number_pages(addr, PAGES);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_TRUE(VmmFree(addr));
	other = by_sysfs(&bar);
	ASSERT_NE(NULL, other);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
}

TEST_F(mobius, device_memory_is_uncached_unless_asked)
{
	DEVICE_OR_SKIP(bar);
	char *addr = map_at(bar.phys, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(USER_RW | VM_MEM_CACHE_NONE, node_at(addr)->flags);
	EXPECT_TRUE(VmmFree(addr));
	addr = map_at(bar.phys, PAGES, USER_RW | VM_MEM_CACHE_WT);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PHYSVM_CACHE_WT, query(self->fd, addr).out_cache);
}

TEST_F(mobius, device_memory_is_one_areas)
{
	DEVICE_OR_SKIP(bar);
	char *addr = map_at(bar.phys, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_FAILS(EBUSY, map_at(bar.phys, PAGES, USER_RW));
	EXPECT_FAILS(EBUSY, map_at(bar.phys + SIZE - PAGE, 1, USER_RW));
	EXPECT_NE(NULL, map_at(bar.phys + SIZE, 1, USER_RW));
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_NE(NULL, map_at(bar.phys, PAGES, USER_RW));
}

TEST_F(mobius, device_memory_faults_on_demand)
{
	DEVICE_OR_SKIP(bar);
	char *addr = map_at(bar.phys, PAGES, USER_RW);
	process_t *process = physvm_mobius_process();

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(VmmPageFault(process, start_of(addr), true));
	EXPECT_TRUE(VmmPageFault(process, start_of(addr) + SIZE - 1, false));
	EXPECT_EQ(0, write_signal(addr));
}

TEST_F(mobius, device_memory_leaves_no_trace)
{
	DEVICE_OR_SKIP(bar);
	struct traces before = traces(self->fd), after;
	const uint64_t resources = hash_file("/proc/iomem");
	char *addr = map_at(bar.phys, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_NE(resources, hash_file("/proc/iomem"));
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_EQ(resources, hash_file("/proc/iomem"));
	EXPECT_FAILS(EACCES, VmmMap(1, start_of((void *)map_at),
				    (void *)bar.phys, NULL, VM_AREA_MAP, USER_RW));
	EXPECT_EQ(resources, hash_file("/proc/iomem"));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_HARNESS_MAIN
