// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of devices: claims, and areas made out of them. Needs QEMU's edu, whose
 * memory is registers below 4 GiB, and its ivshmem-plain, whose memory is memory
 * and lies above.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/resource.h>
#include <sys/uio.h>

#include "alloc.h"
#include "child.h"
#include "claim.h"
#include "kmod.h"
#include "pci.h"
#include "peek.h"
#include "ptes.h"

#define SCRATCH "/disk"
#define NOBODY 65534
#define PATTERN 0x9e3779b97f4a7c15ull
#define AREA (20 * PAGE)

/* Registers of edu. */
#define EDU_ID 0
#define EDU_INVERTER 1

static struct bar edu, shared;

static void __attribute__((constructor)) skip_without_devices(void)
{
	edu = pci_find_bar(EDU, EDU_BAR);
	shared = pci_find_bar(SHARED, SHARED_BAR);
	if (!edu.length || !shared.length)
		ksft_exit_skip("no QEMU with edu and ivshmem-plain\n");
	if (access(PHYSVM_DEVICE, R_OK | W_OK))
		ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno));
}

FIXTURE(device)
{
	int fd;
	int claim;	/* of all of the shared memory */
	struct physvm_alloc args;	/* of a call that works */
};

FIXTURE_SETUP(device)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_TRUE(becomes_free(self->fd, shared.phys, shared.length));
	self->claim = claim(self->fd, shared.phys, shared.length);
	ASSERT_LE(0, self->claim);
	self->args = device_args(self->claim, shared.phys, AREA, PHYSVM_CACHE_UC);
}

FIXTURE_TEARDOWN(device)
{
}

/* Who has what of the physical addresses is a trace, too. */
#define EXPECT_NOTHING_CHANGED(error, attempt) \
	do { \
		const uint64_t __resources = hash_file("/proc/iomem"); \
		EXPECT_REFUSED(error, self->fd, attempt); \
		EXPECT_EQ(__resources, hash_file("/proc/iomem")); \
	} while (0)

static void fill(char *addr, size_t length)
{
	volatile uint64_t *word = (volatile uint64_t *)addr;
	size_t i;

	for (i = 0; i < length / sizeof(*word); i++)
		word[i] = PATTERN + i;
}

static bool filled(const char *addr, size_t length)
{
	const volatile uint64_t *word = (const volatile uint64_t *)addr;
	size_t i;

	for (i = 0; i < length / sizeof(*word); i++)
		if (word[i] != PATTERN + i)
			return false;
	return true;
}

/* What the device sees. */

TEST_F(device, answers)
{
	const int claimed = claim(self->fd, edu.phys, edu.length);
	struct physvm_alloc args = device_args(claimed, edu.phys, PAGE, PHYSVM_CACHE_UC);
	volatile uint32_t *reg;

	ASSERT_LE(0, claimed);
	ASSERT_EQ(0, alloc(self->fd, &args));
	reg = (volatile uint32_t *)addr_of(&args);
	EXPECT_EQ(0xed, reg[EDU_ID] & 0xff);
	reg[EDU_INVERTER] = 0x12345678;
	EXPECT_EQ(~0x12345678u, reg[EDU_INVERTER]);
}

/* The kernel's own file of that memory is another way to it. */
static char *by_sysfs(size_t length)
{
	const int file = open(shared.resource, O_RDWR | O_CLOEXEC);
	char *addr = mmap(NULL, length, RW, MAP_SHARED, file, 0);

	close(file);
	return addr == MAP_FAILED ? NULL : addr;
}

TEST_F(device, memory_is_the_one_asked_for)
{
	char *other;

	self->args.phys_addr += 3 * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->args.phys_addr, self->args.out_phys);
	fill(addr_of(&self->args), AREA);
	release(self->fd, &self->args);
	ASSERT_EQ(0, close(self->claim));
	other = by_sysfs(3 * PAGE + AREA);
	ASSERT_NE(NULL, other);
	EXPECT_TRUE(filled(other + 3 * PAGE, AREA));
}

/* Claimed it is nobody else's, by no way. */
TEST_F(device, is_exclusive)
{
	EXPECT_EQ(NULL, by_sysfs(PAGE));
	EXPECT_EQ(EINVAL, errno);
}

/* Cache modes. */

FIXTURE(mode)
{
	int fd;
	int claim;
	struct physvm_alloc args;
};

FIXTURE_VARIANT(mode)
{
	uint32_t cache;
	const char *name;	/* as the kernel calls it */
};

FIXTURE_VARIANT_ADD(mode, write_back) { PHYSVM_CACHE_WB, "write-back" };
FIXTURE_VARIANT_ADD(mode, write_through) { PHYSVM_CACHE_WT, "write-through" };
FIXTURE_VARIANT_ADD(mode, write_combining) { PHYSVM_CACHE_WC, "write-combining" };
FIXTURE_VARIANT_ADD(mode, uncached) { PHYSVM_CACHE_UC, "uncached-minus" };

FIXTURE_SETUP(mode)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	ASSERT_TRUE(info.out_other_cache_modes & 1u << variant->cache);
	self->claim = claim(self->fd, shared.phys, shared.length);
	ASSERT_LE(0, self->claim);
	self->args = device_args(self->claim, shared.phys, AREA, variant->cache);
}

FIXTURE_TEARDOWN(mode)
{
}

/*
 * The table from which mappings get their mode: does a line of it begin with
 * @phys, and what is the mode? NULL where the kernel does not show it.
 */
static const char *listed_mode(uint64_t phys)
{
	static char line[256];
	char *mode = "none";
	unsigned long long start, end;
	FILE *list = fopen("/sys/kernel/debug/x86/pat_memtype_list", "r");

	while (list && fgets(line, sizeof(line), list)) {
		char *name = strchr(line, ']');

		if (name && sscanf(line, "PAT: [mem %llx-%llx", &start, &end) == 2 &&
		    start == phys) {
			mode = name + 2;
			mode[strcspn(mode, "\n")] = '\0';
			break;
		}
	}
	if (list)
		fclose(list);
	return list ? mode : NULL;
}

TEST_F(mode, is_the_one_asked_for)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(variant->cache, query(self->fd, addr_of(&self->args)).out_cache);
	fill(addr_of(&self->args), AREA);
	EXPECT_TRUE(filled(addr_of(&self->args), AREA));
	if (!listed_mode(0))
		SKIP(return, "the kernel does not list its cache modes");
	EXPECT_STREQ(variant->name, listed_mode(shared.phys));
	release(self->fd, &self->args);
	EXPECT_STREQ("none", listed_mode(shared.phys));
}

TEST_F(mode, is_in_the_entries)
{
	struct ptes entries;
	uint64_t kernel;
	char *area;
	int ptes;

	PTES_OPEN_OR_SKIP(ptes);
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, write_signal(area));
	kernel = ptes_ioremapped(self->args.out_phys);
	entries = ptes_read(ptes, area, kernel);
	EXPECT_EQ(1, entries.user_level);
	EXPECT_EQ(self->args.out_phys, entries.phys);
	EXPECT_EQ(variant->cache, entries.user_cache);
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_READ));
	EXPECT_EQ(variant->cache, ptes_read(ptes, area, 0).user_cache);
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	EXPECT_EQ(PTES_ABSENT, ptes_read(ptes, area, 0).user_cache);
	ASSERT_EQ(0, commit(self->fd, area, PAGE));
	ASSERT_EQ(0, read_signal(area));
	EXPECT_EQ(variant->cache, ptes_read(ptes, area, 0).user_cache);
	if (!kernel)
		SKIP(return, "the kernel does not say where it has mapped what");
	EXPECT_EQ(variant->cache, entries.kernel_cache);
}

TEST_F(mode, rules_out_all_others)
{
	uint32_t cache;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	for (cache = PHYSVM_CACHE_WB; cache <= PHYSVM_CACHE_UC; cache++) {
		struct physvm_alloc other = device_args(self->claim, shared.phys + AREA - PAGE,
							AREA, cache);

		if (cache == variant->cache) {
			EXPECT_EQ(0, alloc(self->fd, &other));
			release(self->fd, &other);
		} else {
			EXPECT_REFUSED(EBUSY, self->fd, alloc(self->fd, &other));
		}
	}
}

TEST_F(mode, neighbours_may_have_others)
{
	uint32_t cache;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	for (cache = PHYSVM_CACHE_WB; cache <= PHYSVM_CACHE_UC; cache++) {
		struct physvm_alloc other = device_args(self->claim, shared.phys + AREA,
							AREA, cache);

		EXPECT_EQ(0, alloc(self->fd, &other));
		release(self->fd, &other);
	}
}

TEST_F(mode, ends_with_the_area)
{
	uint32_t cache;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	release(self->fd, &self->args);
	for (cache = PHYSVM_CACHE_WB; cache <= PHYSVM_CACHE_UC; cache++) {
		self->args = device_args(self->claim, shared.phys, AREA, cache);
		EXPECT_EQ(0, alloc(self->fd, &self->args));
		release(self->fd, &self->args);
	}
}

static bool uncacheable_by_mtrr(const struct bar *bar)
{
	unsigned long long base, size;
	bool found = false;
	char line[256];
	FILE *list = fopen("/proc/mtrr", "r");

	while (list && fgets(line, sizeof(line), list))
		if (strstr(line, "uncachable") &&
		    sscanf(line, "reg%*d: base=%llx (%*[^)]), size=%lluMB", &base, &size) == 2 &&
		    bar->phys >= base && bar->phys + bar->length <= base + (size << 20))
			found = true;
	if (list)
		fclose(list);
	return found;
}

/* Registers are where the MTRRs say uncached: caches cannot be had there. */
TEST_F(mode, is_had_unless_the_mtrrs_rule_it_out)
{
	const bool caches = variant->cache == PHYSVM_CACHE_WB ||
			    variant->cache == PHYSVM_CACHE_WT;
	const int claimed = claim(self->fd, edu.phys, edu.length);
	struct physvm_alloc args = device_args(claimed, edu.phys, PAGE, variant->cache);

	ASSERT_LE(0, claimed);
	if (!uncacheable_by_mtrr(&edu))
		SKIP(return, "the MTRRs say nothing about that memory");
	if (caches)
		EXPECT_REFUSED(EBUSY, self->fd, alloc(self->fd, &args));
	else
		EXPECT_EQ(0, alloc(self->fd, &args));
}

/* Page states. */

TEST_F(device, reserved_until_committed)
{
	char *area;

	self->args.flags &= ~PHYSVM_ALLOC_COMMIT;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(SIGSEGV, read_signal(area));
	ASSERT_EQ(0, commit(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 2 * PAGE));
	EXPECT_EQ(0, write_signal(area + 3 * PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + 4 * PAGE));
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, query(self->fd, area).out_state);
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, query(self->fd, area + 3 * PAGE).out_state);
}

TEST_F(device, decommitted_keeps_what_the_device_has)
{
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	fill(area, AREA);
	ASSERT_EQ(0, decommit(self->fd, area + PAGE, 2 * PAGE));
	EXPECT_EQ(0, read_signal(area));
	EXPECT_EQ(SIGSEGV, read_signal(area + PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(area + 2 * PAGE));
	EXPECT_EQ(0, read_signal(area + 3 * PAGE));
	ASSERT_EQ(0, commit(self->fd, area + PAGE, 2 * PAGE));
	EXPECT_TRUE(filled(area, AREA));
}

TEST_F(device, decommitted_in_every_mapping)
{
	char *again;

	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, self->args.out_fd, PAGE);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(shared.phys + PAGE, query(self->fd, again).out_phys);
	fill(addr_of(&self->args), AREA);
	EXPECT_EQ(0, memcmp(again, addr_of(&self->args) + PAGE, 2 * PAGE));
	ASSERT_EQ(0, decommit(self->fd, addr_of(&self->args) + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(again));
	EXPECT_EQ(0, read_signal(again + PAGE));
}

/* /proc/PID/pagemap shows nothing of such mappings, so count how often we stop. */
static long faults_of_reading(const char *addr, size_t pages)
{
	struct rusage before, after;
	size_t i;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < pages; i++)
		(void)*(const volatile char *)(addr + i * PAGE);
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

TEST_F(device, touch_maps_neighbours_that_are_committed)
{
	char *area = free_addresses(64 * PAGE);

	faults_of_reading((char *)self, 1);
	self->args.length = 64 * PAGE;
	self->args.virt_addr = (uintptr_t)area;
	self->args.flags |= PHYSVM_ALLOC_VIRT;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, decommit(self->fd, area + 18 * PAGE, PAGE));
	ASSERT_EQ(1, faults_of_reading(area + 20 * PAGE, 1));
	EXPECT_EQ(0, faults_of_reading(area + 16 * PAGE, 2));
	EXPECT_EQ(0, faults_of_reading(area + 19 * PAGE, 13));
	EXPECT_EQ(SIGSEGV, read_signal(area + 18 * PAGE));
	EXPECT_EQ(1, faults_of_reading(area, 16));
	EXPECT_EQ(2, faults_of_reading(area + 32 * PAGE, 32));
}

TEST_F(device, populate_maps_all)
{
	const size_t pages = BLOCK_PAGES + 3;

	faults_of_reading((char *)self, 1);
	self->args.length = pages * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_LE(pages / 16, faults_of_reading(addr_of(&self->args), pages));
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, faults_of_reading(addr_of(&self->args), pages));
}

TEST_F(device, populate_without_access_is_no_error)
{
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(SIGSEGV, read_signal(addr_of(&self->args)));
}

TEST_F(device, guards)
{
	char *area;

	self->args.flags |= BOTH_GUARDS | PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_EQ(SIGSEGV, write_signal(area - PAGE));
	EXPECT_EQ(0, write_signal(area));
	EXPECT_EQ(0, write_signal(area + AREA - PAGE));
	EXPECT_EQ(SIGSEGV, write_signal(area + AREA));
	EXPECT_EQ(shared.phys, query(self->fd, area).out_phys);
	EXPECT_EQ(PHYSVM_PAGE_GUARD, query(self->fd, area - PAGE).out_state);
	EXPECT_REFUSED(EACCES, self->fd, commit(self->fd, area - PAGE, 2 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, area, AREA));
	EXPECT_EQ(ENOENT, commit(self->fd, area - PAGE, PAGE));
}

TEST_F(device, protection)
{
	char *area;

	self->args.max_prot = RW;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, write_signal(area));
	ASSERT_EQ(0, mprotect(area, 2 * PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, write_signal(area));
	EXPECT_EQ(0, write_signal(area + 2 * PAGE));
	ASSERT_EQ(0, mprotect(area, PAGE, RW));
	EXPECT_EQ(0, write_signal(area));
	EXPECT_EQ(-1, mprotect(area, PAGE, PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(device, query_tells)
{
	struct physvm_query q;

	self->args.phys_addr += 5 * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	q = query(self->fd, addr_of(&self->args) + 2 * PAGE);
	EXPECT_EQ(PHYSVM_AREA_DEVICE, q.out_type);
	EXPECT_EQ(shared.phys + 7 * PAGE, q.out_phys);
	EXPECT_EQ(AREA - 2 * PAGE, q.out_run_length);
	EXPECT_EQ(self->args.out_addr, q.out_region_addr);
	EXPECT_EQ(AREA, q.out_region_length);
	EXPECT_EQ(PHYSVM_CACHE_UC, q.out_cache);
	EXPECT_EQ(self->args.flags, q.out_alloc_flags);
}

TEST_F(device, takes_no_page_of_the_pool)
{
	const struct physvm_pool_stat before = pool_stat(self->fd);
	struct physvm_pool_stat after;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	after = pool_stat(self->fd);
	EXPECT_EQ(before.out_free_pages, after.out_free_pages);
	EXPECT_EQ(before.out_areas + 1, after.out_areas);
}

TEST_F(device, more_than_the_pool_has)
{
	struct physvm_alloc args = device_args(self->claim, shared.phys, shared.length,
					       PHYSVM_CACHE_WC);

	ASSERT_LT(pool_stat(self->fd).out_total_pages * PAGE, shared.length);
	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_EQ(0, write_signal(addr_of(&args)));
	EXPECT_EQ(0, write_signal(addr_of(&args) + shared.length - PAGE));
	EXPECT_EQ(shared.phys + shared.length - PAGE,
		  query(self->fd, addr_of(&args) + shared.length - PAGE).out_phys);
}

TEST_F(device, moves_but_does_not_grow)
{
	char *area, *moved;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	fill(area, AREA);
	EXPECT_EQ(MAP_FAILED, mremap(area, AREA, 2 * AREA, MREMAP_MAYMOVE));
	moved = mremap(area, AREA, AREA, MREMAP_MAYMOVE | MREMAP_FIXED, free_addresses(AREA));
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_TRUE(filled(moved, AREA));
	EXPECT_EQ(shared.phys, query(self->fd, moved).out_phys);
}

/* Bad input: one thing wrong each. */

TEST_F(device, claims_refused_for_what_they_say)
{
	struct physvm_claim args = claim_args(edu.phys, PAGE);

	ASSERT_EQ(0, claim_error(self->fd, edu.phys, PAGE));
	EXPECT_NOTHING_CHANGED(EINVAL, claim_error(self->fd, edu.phys + 1, PAGE));
	EXPECT_NOTHING_CHANGED(EINVAL, claim_error(self->fd, edu.phys, PAGE / 2));
	EXPECT_NOTHING_CHANGED(EINVAL, claim_error(self->fd, edu.phys, 0));
	EXPECT_NOTHING_CHANGED(EINVAL, claim_error(self->fd, edu.phys, -PAGE));
	args.flags = 1;
	EXPECT_NOTHING_CHANGED(EOPNOTSUPP, call(self->fd, PHYSVM_CLAIM, &args));
}

/* First or last address of a line of /proc/iomem that ends in @name. */
static uint64_t iomem(const char *name, bool last)
{
	unsigned long long start, end, found = 0;
	char line[256];
	FILE *list = fopen("/proc/iomem", "r");

	while (list && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) > strlen(name) &&
		    !strcmp(line + strlen(line) - strlen(name), name) &&
		    sscanf(line, "%llx-%llx", &start, &end) == 2)
			found = last ? end : start;
	}
	if (list)
		fclose(list);
	return found;
}

TEST_F(device, claims_of_ram)
{
	const uint64_t start = iomem(" : System RAM", false);
	const uint64_t end = iomem(" : System RAM", true) + 1;
	struct physvm_alloc args = alloc_args(PAGE, 0);

	ASSERT_NE(0, start);
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, start, PAGE));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, end - PAGE, PAGE));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, end - PAGE, 2 * PAGE));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, PAGE, edu.phys));
	ASSERT_EQ(0, alloc(self->fd, &args));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, args.out_phys, PAGE));
}

/* What follows RAM has struct pages, too: the kernel counts in larger units. */
TEST_F(device, claim_of_what_the_firmware_keeps)
{
	EXPECT_EQ(0, claim_error(self->fd, iomem(" : System RAM", true) + 1, PAGE));
}

TEST_F(device, claims_beyond_the_last_address)
{
	const uint64_t end = 1ull << physical_bits();

	ASSERT_LT(1, end);
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, end, PAGE));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, end - PAGE, 2 * PAGE));
	EXPECT_NOTHING_CHANGED(ENXIO, claim_error(self->fd, -2 * PAGE, PAGE));
}

TEST_F(device, claims_of_what_is_claimed)
{
	const uint64_t start = shared.phys, end = start + shared.length;

	EXPECT_NOTHING_CHANGED(EEXIST, claim_error(self->fd, start, shared.length));
	EXPECT_NOTHING_CHANGED(EEXIST, claim_error(self->fd, start, PAGE));
	EXPECT_NOTHING_CHANGED(EEXIST, claim_error(self->fd, end - PAGE, PAGE));
	EXPECT_NOTHING_CHANGED(EEXIST, claim_error(self->fd, end - PAGE, 2 * PAGE));
	EXPECT_NOTHING_CHANGED(EEXIST, claim_error(self->fd, start - PAGE, 2 * PAGE));
	ASSERT_EQ(0, close(self->claim));
	EXPECT_EQ(0, claim_error(self->fd, start, shared.length));
}

TEST_F(device, claims_side_by_side)
{
	int low, high;

	ASSERT_EQ(0, close(self->claim));
	low = claim(self->fd, shared.phys, PAGE);
	high = claim(self->fd, shared.phys + PAGE, PAGE);
	EXPECT_LE(0, low);
	EXPECT_LE(0, high);
	EXPECT_NE(low, high);
}

TEST_F(device, claim_of_what_a_driver_has)
{
	const uint64_t start = iomem(" : virtio-pci-modern", false);

	ASSERT_NE(0, start);
	EXPECT_NOTHING_CHANGED(EBUSY, claim_error(self->fd, start, PAGE));
	EXPECT_NOTHING_CHANGED(EBUSY, claim_error(self->fd, start - PAGE, 2 * PAGE));
}

#define EXPECT_ALLOC_FAILS(error) \
	do { \
		struct physvm_alloc __args = self->args; \
		EXPECT_NOTHING_CHANGED(error, alloc(self->fd, &self->args)); \
		EXPECT_EQ(0, memcmp(&__args, &self->args, sizeof(__args))); \
	} while (0)

TEST_F(device, area_outside_the_claim)
{
	self->args.phys_addr = shared.phys - PAGE;
	EXPECT_ALLOC_FAILS(ENXIO);
	self->args.phys_addr = shared.phys + shared.length;
	EXPECT_ALLOC_FAILS(ENXIO);
	self->args.phys_addr = shared.phys + shared.length - AREA + PAGE;
	EXPECT_ALLOC_FAILS(ENXIO);
	self->args.phys_addr = shared.phys;
	self->args.length = shared.length + PAGE;
	EXPECT_ALLOC_FAILS(ENXIO);
	self->args.phys_addr = 0;
	EXPECT_ALLOC_FAILS(ENXIO);
}

TEST_F(device, area_that_makes_no_sense)
{
	const struct physvm_alloc works = self->args;

	self->args.phys_addr += 1;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args = works;
	self->args.length -= 1;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args = works;
	self->args.length = 0;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args = works;
	self->args.length = -PAGE;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args = works;
	self->args.cache = PHYSVM_CACHE_UC + 1;
	EXPECT_ALLOC_FAILS(EOPNOTSUPP);
}

TEST_F(device, area_of_two_kinds)
{
	const uint32_t flags = self->args.flags;

	self->args.flags = flags | PHYSVM_ALLOC_PHYS;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args.flags = flags | PHYSVM_ALLOC_HIDDEN;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args.flags = flags | PHYSVM_ALLOC_NORESERVE;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args.flags = flags & ~PHYSVM_ALLOC_DEVICE;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args.phys_addr = 0;
	EXPECT_ALLOC_FAILS(EINVAL);
	self->args.claim_fd = 0;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

TEST_F(device, area_of_no_claim)
{
	const int area = alloc_fd(self->fd, PAGE, 0);
	const int file = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int wrong[] = { -1, 63, self->fd, area, file };
	size_t i;

	ASSERT_LE(0, area);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		self->args.claim_fd = wrong[i];
		EXPECT_ALLOC_FAILS(EBADF);
	}
}

TEST_F(device, area_where_something_is)
{
	self->args.flags |= PHYSVM_ALLOC_VIRT;
	self->args.virt_addr = (uintptr_t)alloc_map(self->fd, AREA, 0);
	EXPECT_ALLOC_FAILS(EEXIST);
	EXPECT_TRUE(!listed_mode(0) || !strcmp(listed_mode(shared.phys), "none"));
}

TEST_F(device, claim_is_no_area_and_no_file)
{
	char byte = 0;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_SHARED, self->claim, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, read(self->claim, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->claim, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(ENOTTY, call(self->claim, PHYSVM_CLAIM, &byte));
}

TEST_F(device, claim_is_closed_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->claim, F_GETFD));
}

/* No descriptor left: nothing stays claimed. */
TEST_F(device, claim_without_a_descriptor)
{
	struct rlimit limit;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(EMFILE, claim_error(self->fd, edu.phys, PAGE));
	limit.rlim_cur = limit.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, claim_error(self->fd, edu.phys, PAGE));
}

TEST_F(device, claim_whose_answer_cannot_be_written)
{
	struct physvm_claim *args = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, args);
	*args = claim_args(edu.phys, PAGE);
	ASSERT_EQ(0, mprotect(args, PAGE, PROT_READ));
	EXPECT_NOTHING_CHANGED(EFAULT, call(self->fd, PHYSVM_CLAIM, args));
}

/* Lives. */

TEST_F(device, claim_lives_while_an_area_does)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, close(self->claim));
	EXPECT_EQ(EEXIST, claim_error(self->fd, shared.phys, PAGE));
	EXPECT_EQ(EEXIST, claim_error(self->fd, shared.phys + shared.length - PAGE, PAGE));
	EXPECT_EQ(0, write_signal(addr_of(&self->args)));
	ASSERT_EQ(0, unmap(self->fd, addr_of(&self->args), AREA));
	EXPECT_EQ(0, claim_error(self->fd, shared.phys, PAGE));
}

TEST_F(device, claim_lives_while_an_area_has_a_descriptor)
{
	self->args.flags = PHYSVM_ALLOC_DEVICE | PHYSVM_ALLOC_FD;
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, close(self->claim));
	EXPECT_EQ(EEXIST, claim_error(self->fd, shared.phys, PAGE));
	ASSERT_EQ(0, close(self->args.out_fd));
	EXPECT_EQ(0, claim_error(self->fd, shared.phys, PAGE));
}

static void be_killed_with_a_claim(int fd, const void *arg)
{
	const int claimed = claim(fd, edu.phys, edu.length);
	struct physvm_alloc args = device_args(claimed, edu.phys, PAGE, PHYSVM_CACHE_UC);

	child_need(claimed >= 0 && !alloc(fd, &args));
	child_need(!write_signal(addr_of(&args)));
	raise(SIGSTOP);
}

TEST_F(device, killed_process_leaves_no_claim)
{
	pid_t pid = child_start(be_killed_with_a_claim, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(EEXIST, claim_error(self->fd, edu.phys, PAGE));
	EXPECT_TRUE(child_kill(pid));
	EXPECT_TRUE(becomes_free(self->fd, edu.phys, edu.length));
}

static void look_at_parents_area(int fd, const void *arg)
{
	child_need(filled(arg, AREA));
	child_need(!write_signal(arg));
}

static void miss_parents_area(int fd, const void *arg)
{
	child_need(read_signal(arg) == SIGSEGV);
}

TEST_F(device, forked_child_has_it)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	fill(addr_of(&self->args), AREA);
	EXPECT_TRUE(child_succeeded(child_start(look_at_parents_area, self->fd,
						addr_of(&self->args))));
	EXPECT_EQ(1, addr_of(&self->args)[0]);
}

TEST_F(device, forked_child_has_it_not)
{
	self->args.flags |= PHYSVM_ALLOC_DONTFORK;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(child_succeeded(child_start(miss_parents_area, self->fd,
						addr_of(&self->args))));
}

/* Privileges. */

static void claim_unprivileged(int fd, const void *arg)
{
	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
	child_need(claim_error(fd, edu.phys, PAGE) == EPERM);
	/* RAM is no more told than the rest. */
	child_need(claim_error(fd, PAGE, PAGE) == EPERM);
}

TEST_F(device, unprivileged_claim_nothing)
{
	const uint64_t before = hash_file("/proc/iomem");

	EXPECT_TRUE(child_succeeded(child_start(claim_unprivileged, self->fd, NULL)));
	EXPECT_EQ(before, hash_file("/proc/iomem"));
	EXPECT_EQ(0, claim_error(self->fd, edu.phys, PAGE));
}

static void use_passed_claim(int fd, const void *arg)
{
	const int socket = *(const int *)arg;
	struct physvm_alloc args;

	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
	args = device_args(receive_fd(socket), shared.phys, AREA, PHYSVM_CACHE_UC);
	child_need(!alloc(fd, &args));
	fill(addr_of(&args), AREA);
}

TEST_F(device, passed_claim_needs_no_privilege)
{
	int ends[2];
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = child_start(use_passed_claim, self->fd, &ends[1]);
	ASSERT_TRUE(send_fd(ends[0], self->claim));
	EXPECT_TRUE(child_succeeded(pid));
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_TRUE(filled(addr_of(&self->args), AREA));
}

/* It is no memory for the kernel. */

TEST_F(device, no_direct_io)
{
	int file = open(SCRATCH, O_TMPFILE | O_RDWR | O_CLOEXEC | O_DIRECT, 0600);
	char *memory = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);

	if (file < 0)
		SKIP(return, "no file with O_DIRECT: %s", strerror(errno));
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	EXPECT_EQ(-1, pwrite(file, addr_of(&self->args), PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(PAGE, pwrite(file, memory, PAGE, 0));
	EXPECT_EQ(-1, pread(file, addr_of(&self->args), PAGE, 0));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(device, no_access_from_outside)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote;
	int ends[2];

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	remote = (struct iovec){ addr_of(&self->args), 1 };
	EXPECT_EQ(-1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(-1, vmsplice(ends[1], &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* By the registers' width, with all they do. */
TEST_F(device, debugger_reads_registers)
{
	const int claimed = claim(self->fd, edu.phys, edu.length);
	struct physvm_alloc args = device_args(claimed, edu.phys, PAGE, PHYSVM_CACHE_UC);
	volatile uint32_t *reg;
	uint32_t value = 0;

	ASSERT_LE(0, claimed);
	ASSERT_EQ(0, alloc(self->fd, &args));
	reg = (volatile uint32_t *)addr_of(&args);
	EXPECT_EQ(4, mem_read((char *)(reg + EDU_ID), &value, 4));
	EXPECT_EQ(0xed, value & 0xff);
	value = 0x12345678;
	EXPECT_EQ(4, mem_write((char *)(reg + EDU_INVERTER), &value, 4));
	EXPECT_EQ(~0x12345678u, reg[EDU_INVERTER]);
	EXPECT_EQ(4, mem_read((char *)(reg + EDU_INVERTER), &value, 4));
	EXPECT_EQ(~0x12345678u, value);
}

TEST_F(device, debugger_reads_memory)
{
	static unsigned char seen[2 * PAGE];
	unsigned long word;
	pid_t child;
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	fill(area, AREA);
	ASSERT_EQ(sizeof(seen), mem_read(area + PAGE - 101, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(area + PAGE - 101, seen, sizeof(seen)));
	ASSERT_EQ(7, mem_write(area + 3 * PAGE - 3, "debugs", 7));
	EXPECT_EQ(0, memcmp("debugs", area + 3 * PAGE - 3, 7));
	child = start_traced();
	ASSERT_LT(0, child);
	EXPECT_EQ(0, peek(child, area + 8, &word));
	EXPECT_EQ(PATTERN + 1, word);
	EXPECT_EQ(0, poke(child, area + 8, 42));
	EXPECT_EQ(42, *(volatile unsigned long *)(area + 8));
	EXPECT_TRUE(child_kill(child));
}

TEST_F(device, debugger_meets_what_is_closed)
{
	char byte = 1;
	char *area;

	self->args.flags |= BOTH_GUARDS;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, write_signal(area));
	ASSERT_EQ(0, decommit(self->fd, area + PAGE, PAGE));
	EXPECT_EQ(-EIO, mem_read(area + PAGE, &byte, 1));
	EXPECT_EQ(-EIO, mem_write(area + PAGE, &byte, 1));
	EXPECT_EQ(-EIO, mem_read(area - 1, &byte, 1));
	EXPECT_EQ(-EIO, mem_read(area + AREA, &byte, 1));
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_READ));
	EXPECT_EQ(1, mem_read(area, &byte, 1));
	EXPECT_EQ(-EIO, mem_write(area, &byte, 1));
}

/* What copies is a touch like any other. */
TEST_F(device, io_that_copies)
{
	int ends[2];
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, pipe(ends));
	area = addr_of(&self->args);
	ASSERT_EQ(5, write(ends[1], "hello", 5));
	EXPECT_EQ(5, read(ends[0], area + PAGE, 5));
	EXPECT_EQ(0, memcmp("hello", area + PAGE, 5));
	EXPECT_EQ(5, write(ends[1], area + PAGE, 5));
}

static void dump_core(int fd, const void *arg)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const int filter = open("/proc/self/coredump_filter", O_WRONLY);

	child_need(!chdir(arg) && !setrlimit(RLIMIT_CORE, &all));
	child_need(write(filter, "0x1ff", 5) == 5);
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* Looks for a page of the pattern of fill(). */
static bool has_pattern(const char *path)
{
	static uint64_t page[PAGE / sizeof(uint64_t)];
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;

	while (!found && read(file, page, PAGE) == PAGE)
		found = page[1] == page[0] + 1 && page[2] == page[0] + 2 &&
			page[0] >= PATTERN && page[0] < PATTERN + AREA;
	close(file);
	return found;
}

/* The control is memory of the pool with the same contents. */
static bool dumped(struct __test_metadata *_metadata, int fd)
{
	char path[] = "/tmp/physvm-core-XXXXXX", core[64];
	bool found = false;
	struct dirent *entry;
	DIR *dir;
	pid_t pid;
	int status;

	ASSERT_NE(NULL, mkdtemp(path));
	pid = child_start(dump_core, fd, path);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status) && WCOREDUMP(status));
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(core, sizeof(core), "%s/%.20s", path, entry->d_name);
		found |= has_pattern(core);
		unlink(core);
	}
	closedir(dir);
	rmdir(path);
	return found;
}

TEST_F_TIMEOUT(device, core_dump_leaves_it_out, PATIENCE)
{
	char *control;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	fill(addr_of(&self->args), AREA);
	EXPECT_EQ(-1, madvise(addr_of(&self->args), AREA, MADV_DODUMP));
	EXPECT_FALSE(dumped(_metadata, self->fd));
	control = alloc_map(self->fd, AREA, PHYSVM_ALLOC_COMMIT);
	ASSERT_NE(NULL, control);
	fill(control, AREA);
	EXPECT_TRUE(dumped(_metadata, self->fd));
}

/* The module stays as long as it is needed. Last, for it goes. */
TEST_F(device, zz_module_stays_with_a_claim)
{
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, close(self->fd));
	EXPECT_EQ(EAGAIN, kmod_unload("physvm"));
	ASSERT_EQ(0, munmap(addr_of(&self->args), AREA));
	EXPECT_EQ(EAGAIN, kmod_unload("physvm"));
	ASSERT_EQ(0, close(self->claim));
	EXPECT_EQ(0, kmod_unload("physvm"));
	EXPECT_EQ(0, kmod_load("physvm", ""));
	EXPECT_EQ(0, access(PHYSVM_DEVICE, R_OK | W_OK));
}

TEST_HARNESS_MAIN
