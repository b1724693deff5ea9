// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_ALLOC: what it refuses, and in which state memory is after it.
 */
#include "kselftest_harness.h"

#include "alloc.h"

#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* Refusals: one thing is wrong with the fixture's call. */

TEST_F(alloc, works)
{
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

TEST_F(alloc, length_zero)
{
	self->args.length = 0;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, length_unaligned)
{
	self->args.length = PAGE + 1;
	EXPECT_ALLOC_REFUSED(EINVAL);
	self->args.length = PAGE - 1;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, length_of_more_than_the_pool)
{
	self->args.length = (self->total + 1) * PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

TEST_F(alloc, length_beyond_all_memory)
{
	self->args.length = UINT64_MAX - PAGE + 1;
	EXPECT_ALLOC_REFUSED(ENOMEM);
	self->args.length = 1ull << 63;
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

TEST_F(alloc, length_of_four_gigabytes_and_a_page)
{
	self->args.length = (1ull << 32) + PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

TEST_F(alloc, length_of_frames_that_wrap_in_32_bits)
{
	self->args.length = (1ull << 44) + PAGE;
	EXPECT_ALLOC_REFUSED(ENOMEM);
}

TEST_F(alloc, neither_mapping_nor_descriptor)
{
	self->args.flags = PHYSVM_ALLOC_COMMIT;
	self->args.prot = 0;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, protection_without_mapping)
{
	self->args.flags = PHYSVM_ALLOC_FD;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, low_guard_without_mapping)
{
	self->args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_LOW_GUARD;
	self->args.prot = 0;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, high_guard_without_mapping)
{
	self->args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_HIGH_GUARD;
	self->args.prot = 0;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virtual_address_without_mapping)
{
	self->args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_VIRT;
	self->args.virt_addr = (uintptr_t)free_addresses(BLOCK);
	self->args.prot = 0;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, protection_beyond_the_ceiling)
{
	for (uint32_t bit = PHYSVM_PROT_READ; bit <= PHYSVM_PROT_EXEC; bit <<= 1) {
		self->args.prot = PHYSVM_PROT_READ | bit;
		self->args.max_prot = PHYSVM_PROT_VALID & ~bit;
		EXPECT_ALLOC_REFUSED(EINVAL);
	}
}

TEST_F(alloc, unknown_protection)
{
	for (uint32_t bit = PHYSVM_PROT_VALID + 1; bit; bit <<= 1) {
		self->args.prot = PHYSVM_PROT_READ | bit;
		EXPECT_ALLOC_REFUSED(EOPNOTSUPP);
	}
}

TEST_F(alloc, unknown_ceiling)
{
	for (uint32_t bit = PHYSVM_PROT_VALID + 1; bit; bit <<= 1) {
		self->args.max_prot = PHYSVM_PROT_VALID | bit;
		EXPECT_ALLOC_REFUSED(EOPNOTSUPP);
	}
}

TEST_F(alloc, unknown_cache_mode)
{
	static const uint32_t unknown[] = {
		PHYSVM_CACHE_UC + 1, 31, 32, 33, 1u << 16, 1u << 31, UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		self->args.cache = unknown[i];
		EXPECT_ALLOC_REFUSED(EOPNOTSUPP);
	}
}

TEST_F(alloc, write_through)
{
	self->args.cache = PHYSVM_CACHE_WT;
	EXPECT_ALLOC_REFUSED(EOPNOTSUPP);
}

TEST_F(alloc, physical_address_without_its_flag)
{
	self->args.phys_addr = PAGE;
	EXPECT_ALLOC_REFUSED(EINVAL);
}

TEST_F(alloc, virtual_address_without_its_flag)
{
	self->args.virt_addr = (uintptr_t)free_addresses(BLOCK);
	EXPECT_ALLOC_REFUSED(EINVAL);
}

/* COMMIT and POPULATE */

TEST_F(alloc, source_without_its_flag)
{
	self->args.source_fd = self->fd;
	EXPECT_ALLOC_REFUSED(EINVAL);
	self->args.source_fd = 0;
	self->args.cookie = 1;
	EXPECT_ALLOC_REFUSED(EINVAL);
	self->args.cookie = 0;
	self->args.segments = (uintptr_t)self;
	EXPECT_ALLOC_REFUSED(EINVAL);
	self->args.segments = 0;
	self->args.nr_segments = 1;
	EXPECT_ALLOC_REFUSED(EINVAL);
	self->args.nr_segments = 0;
	self->args.__reserved = 1;
	EXPECT_ALLOC_REFUSED(EOPNOTSUPP);
}

TEST_F(alloc, reserved_only)
{
	self->args.flags &= ~PHYSVM_ALLOC_COMMIT;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(SIGSEGV, read_signal(addr_of(&self->args)));
	EXPECT_EQ(SIGSEGV, write_signal(addr_of(&self->args) + 4 * PAGE - 1));
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
}

TEST_F(alloc, populate_without_commit_is_recorded_only)
{
	self->args.flags &= ~PHYSVM_ALLOC_COMMIT;
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->args.flags, query(self->fd, addr_of(&self->args)).out_alloc_flags);
	EXPECT_EQ(SIGSEGV, read_signal(addr_of(&self->args)));
	EXPECT_EQ(0, resident_pages(addr_of(&self->args), 4));
}

TEST_F(alloc, committed_pages_are_mapped_when_touched)
{
	self->args.length = BLOCK + 5 * PAGE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, resident_pages(addr_of(&self->args), BLOCK_PAGES + 5));
	EXPECT_EQ(0, read_signal(addr_of(&self->args) + 3 * PAGE));
	EXPECT_TRUE(resident(addr_of(&self->args) + 3 * PAGE));
}

TEST_F(alloc, populated_pages_are_mapped_at_once)
{
	self->args.length = BLOCK + 5 * PAGE;
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(BLOCK_PAGES + 5, resident_pages(addr_of(&self->args), BLOCK_PAGES + 5));
	EXPECT_TRUE(all_zero(addr_of(&self->args), self->args.length));
}

TEST_F(alloc, populated_pages_can_be_written_to_without_a_fault)
{
	struct rusage before, after;

	self->args.length = 64 * PAGE;
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	getrusage(RUSAGE_SELF, &before);
	number_pages(addr_of(&self->args), 64);
	getrusage(RUSAGE_SELF, &after);
	EXPECT_GE(before.ru_minflt + 2, after.ru_minflt);
}

TEST_F(alloc, populate_without_access)
{
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(SIGSEGV, read_signal(addr_of(&self->args)));
	ASSERT_EQ(0, mprotect(addr_of(&self->args), 4 * PAGE, RW));
	EXPECT_TRUE(all_zero(addr_of(&self->args), 4 * PAGE));
}

TEST_F(alloc, populate_a_descriptor)
{
	char *area;

	self->args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE;
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, self->args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, area);
	EXPECT_TRUE(all_zero(area, 4 * PAGE));
}

/* Protection of the mapping made. */

TEST_F(alloc, read_only)
{
	self->args.prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(0, read_signal(addr_of(&self->args)));
	EXPECT_EQ(SIGSEGV, write_signal(addr_of(&self->args)));
}

TEST_F(alloc, no_access)
{
	self->args.prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(SIGSEGV, read_signal(addr_of(&self->args)));
}

TEST_F(alloc, no_access_ever)
{
	self->args.prot = 0;
	self->args.max_prot = 0;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(-1, mprotect(addr_of(&self->args), PAGE, PROT_READ));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(alloc, populated_read_only_then_written)
{
	const size_t pages = BLOCK_PAGES + 5;

	self->args.length = pages * PAGE;
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	self->args.prot = PHYSVM_PROT_READ;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(pages, resident_pages(addr_of(&self->args), pages));
	ASSERT_EQ(0, mprotect(addr_of(&self->args), self->args.length, RW));
	number_pages(addr_of(&self->args), pages);
	EXPECT_EQ(pages, numbered_pages(addr_of(&self->args), 0, pages));
}

static bool wx_denied(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	return !call(fd, PHYSVM_INFO, &info) && info.out_features & PHYSVM_FEATURE_WX_DENY;
}

TEST_F(alloc, writable_and_executable)
{
	if (wx_denied(self->fd))
		SKIP(return, "the module's policy forbids it");
	self->args.prot = PHYSVM_PROT_VALID;
	EXPECT_EQ(0, alloc(self->fd, &self->args));
}

TEST_F(alloc, writable_and_executable_where_the_policy_forbids_it)
{
	if (!wx_denied(self->fd))
		SKIP(return, "the module's policy allows it");
	self->args.prot = PHYSVM_PROT_WRITE | PHYSVM_PROT_EXEC;
	EXPECT_ALLOC_REFUSED(EPERM);
	self->args.prot = PHYSVM_PROT_VALID;
	EXPECT_ALLOC_REFUSED(EPERM);
}

TEST_F(alloc, made_writable_and_executable_where_the_policy_forbids_it)
{
	const uint32_t all = PHYSVM_PROT_VALID;
	char *area;

	if (!wx_denied(self->fd))
		SKIP(return, "the module's policy allows it");
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	EXPECT_REFUSED(EPERM, self->fd,
		       range_call(self->fd, PHYSVM_PROTECT_CHECK, all, area, PAGE));
	EXPECT_REFUSED(EPERM, self->fd, mprotect(area, PAGE, all) ? errno : 0);
}

TEST_F(alloc, mapped_writable_and_executable_where_the_policy_forbids_it)
{
	int area_fd = alloc_fd(self->fd, PAGE, 0);

	if (!wx_denied(self->fd))
		SKIP(return, "the module's policy allows it");
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PHYSVM_PROT_VALID, MAP_SHARED, area_fd, 0));
	EXPECT_EQ(EPERM, errno);
}

#if defined(__x86_64__) || defined(__i386__)
TEST_F(alloc, code_runs_and_only_where_it_may)
{
	static const unsigned char return_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	int (*function)(void);
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	memcpy(area, return_42, sizeof(return_42));
	ASSERT_EQ(0, mprotect(area, PAGE, PROT_READ | PROT_EXEC));
	function = (int (*)(void))(uintptr_t)area;
	EXPECT_EQ(42, function());
	EXPECT_EQ(SIGSEGV, write_signal(area));
}
#endif

TEST_HARNESS_MAIN
