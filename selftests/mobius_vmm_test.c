// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the Möbius calls: where it is, what it is like, how it ends.
 */
#include "kselftest_harness.h"

#include "mobius.h"

#include <physvm.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)

/* Before the library is used for the first time. */

static void alloc_without_device(int fd, const void *arg)
{
	child_need(!chroot("/proc"));
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW)) == ENODEV);
	child_need(ERRNO_OF(VmmReserveArea(1, 0)) == ENODEV);
	child_need(ERRNO_OF(VmmFree(&fd)) == ENODEV);
	child_need(ERRNO_OF(node_at(&fd)) == ENODEV);
}

TEST(no_device)
{
	EXPECT_TRUE(child_succeeded(child_start(alloc_without_device, -1, NULL)));
}

static void alloc_as_nobody(int fd, const void *arg)
{
	child_need(!setuid(65534));
	if (!access(PHYSVM_DEVICE, R_OK | W_OK))
		return;
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW)) == EPERM);
	child_need(ERRNO_OF(VmmFree(&fd)) == EPERM);
}

TEST(no_permission)
{
	EXPECT_TRUE(child_succeeded(child_start(alloc_as_nobody, -1, NULL)));
}

static void alloc_without_descriptors(int fd, const void *arg)
{
	const struct rlimit none = { 0, 0 };

	child_need(!setrlimit(RLIMIT_NOFILE, &none));
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW)) == EMFILE);
}

TEST(no_descriptor_left)
{
	EXPECT_TRUE(child_succeeded(child_start(alloc_without_descriptors, -1, NULL)));
}

/* Contents */

TEST_F(mobius, memory_is_zero)
{
	static const uint32_t flags[] = { USER_RW, USER_RW | VM_MEM_ZERO };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		char *addr = VmmAlloc(PAGES, 0, flags[i]);

		ASSERT_NE(NULL, addr);
		EXPECT_TRUE(all_zero(addr, SIZE));
		memset(addr, 0xff, SIZE);
		EXPECT_TRUE(VmmFree(addr));
	}
}

TEST_F(mobius, memory_is_of_the_pool)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_NE(0, query(self->fd, addr).out_phys);
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* All of it is there from the start, so nobody else can take it. */
TEST_F(mobius, pages_appear_when_touched)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_EQ(0, resident_pages(addr, PAGES));
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_TRUE(resident(addr));
}

/* Where */

TEST_F(mobius, null_is_chosen_below_2g)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW), *reserved = VmmReserveArea(PAGES, 0);

	ASSERT_TRUE(addr && reserved);
	EXPECT_LE(start_of(addr) + SIZE, TWO_GIB);
	EXPECT_LE(start_of(reserved) + SIZE, TWO_GIB);
}

/* All that nobody has yet. The kernel begins to look at a random address. */
static void use_up(uintptr_t start, size_t length)
{
	void *addr = mmap((void *)start, length, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (addr != MAP_FAILED || length == PAGE)
		return;
	use_up(start, length / 2);
	use_up(start + length / 2, length / 2);
}

static void use_up_addresses_below_2g(void)
{
	use_up(0, TWO_GIB);
}

TEST_F(mobius, null_is_chosen_anywhere_when_there_is_no_room)
{
	char *addr, *reserved;

	use_up_addresses_below_2g();
	addr = VmmAlloc(PAGES, 0, USER_RW);
	reserved = VmmReserveArea(PAGES, 0);
	ASSERT_TRUE(addr && reserved);
	EXPECT_LE(TWO_GIB, start_of(addr));
	EXPECT_LE(TWO_GIB, start_of(reserved));
	number_pages(addr, PAGES);
}

TEST_F(mobius, start_is_taken_exactly)
{
	char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);

	ASSERT_EQ(self->hole, addr);
	number_pages(addr, PAGES);
	EXPECT_EQ(SIGSEGV, read_signal(addr - 1));
	EXPECT_EQ(SIGSEGV, read_signal(addr + SIZE));
}

TEST_F(mobius, start_is_rounded_down)
{
	EXPECT_EQ(self->hole, VmmAlloc(1, start_of(self->hole) + PAGE - 1, USER_RW));
	EXPECT_EQ(self->hole + PAGE, VmmAlloc(1, start_of(self->hole) + PAGE + 1, USER_RW));
	EXPECT_EQ(self->hole + 2 * PAGE, VmmReserveArea(1, start_of(self->hole) + 2 * PAGE + 8));
}

/* What is rounded down to NULL is NULL. */
TEST_F(mobius, start_in_the_first_page_is_null)
{
	char *addr = VmmAlloc(1, PAGE - 1, USER_RW);

	EXPECT_LE(PAGE, start_of(addr));
	EXPECT_LE(PAGE, start_of(VmmReserveArea(1, PAGE - 1)));
}

TEST_F(mobius, start_that_is_taken)
{
	char *other = mmap(self->hole + SIZE, PAGE, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	char *own = VmmAlloc(1, start_of(self->hole), USER_RW);

	ASSERT_EQ(self->hole + SIZE, other);
	ASSERT_EQ(self->hole, own);
	number_pages(other, 1);
	number_pages(own, 1);
	EXPECT_FAILS(EACCES, VmmAlloc(1, start_of(own), USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(1, start_of(own) + 1, USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(1, start_of(other), USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(PAGES, start_of(own) + PAGE, USER_RW));
	EXPECT_FAILS(EACCES, VmmReserveArea(1, start_of(own)));
	EXPECT_FAILS(EACCES, VmmReserveArea(PAGES, start_of(own) + PAGE));
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
	EXPECT_EQ(1, numbered_pages(own, 0, 1));
}

/* NULL is an address here, and no error: errno tells. */
static void use_first_page(int fd, const void *arg)
{
	volatile char *addr;

	errno = 0;
	addr = VmmAlloc(1, 0, USER_RW | VM_MEM_LITERAL);
	__asm__ volatile ("" : "+r"(addr));
	child_need(!addr && !errno);
	child_need(query(fd, NULL).size && !query(fd, NULL).out_region_addr);
	child_need(!write_signal((void *)addr));
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW | VM_MEM_LITERAL)) == EACCES);
	child_need(VmmFree(NULL));
	child_need(read_signal((void *)addr) == SIGSEGV);
}

TEST_F(mobius, literal_null_is_the_first_page)
{
	EXPECT_TRUE(child_succeeded(child_start(use_first_page, self->fd, NULL)));
}

static void use_first_page_as_nobody(int fd, const void *arg)
{
	child_need(!setuid(65534));
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW | VM_MEM_LITERAL)) == EPERM);
	child_need(ERRNO_OF(VmmAlloc(1, 0, USER_RW)) == 0);
}

TEST_F(mobius, literal_null_is_up_to_the_system)
{
	EXPECT_TRUE(child_succeeded(child_start(use_first_page_as_nobody, self->fd, NULL)));
}

TEST_F(mobius, literal_changes_no_other_start)
{
	EXPECT_EQ(self->hole, VmmAlloc(1, start_of(self->hole), USER_RW | VM_MEM_LITERAL));
	EXPECT_FAILS(EACCES, VmmAlloc(1, start_of(self->hole), USER_RW | VM_MEM_LITERAL));
}

/* How much */

TEST_F(mobius, no_pages)
{
	for (unsigned int type = VM_AREA_NORMAL; type <= VM_AREA_CALLBACK; type++)
		EXPECT_FAILS(EINVAL, VmmMap(0, 0, NULL, NULL, type, USER_RW));
	EXPECT_FAILS(EINVAL, VmmAlloc(0, 0, USER_RW));
	EXPECT_FAILS(EINVAL, VmmReserveArea(0, 0));
}

TEST_F(mobius, more_than_the_pool)
{
	const uint64_t total = pool_stat(self->fd).out_total_pages;

	EXPECT_FAILS(ENOMEM, VmmAlloc(total + 1, 0, USER_RW));
	EXPECT_FAILS(ENOMEM, VmmAlloc(total + 1, start_of(self->hole), USER_RW));
}

TEST_F(mobius, more_than_all_addresses)
{
	EXPECT_FAILS(ENOMEM, VmmAlloc(SIZE_MAX, 0, USER_RW));
	EXPECT_FAILS(ENOMEM, VmmAlloc(SIZE_MAX / PAGE, 0, USER_RW));
	EXPECT_FAILS(ENOMEM, VmmAlloc(SIZE_MAX / PAGE + 2, 0, USER_RW));
	EXPECT_FAILS(ENOMEM, VmmReserveArea(SIZE_MAX, 0));
	EXPECT_FAILS(ENOMEM, VmmReserveArea(SIZE_MAX / PAGE, 0));
	EXPECT_FAILS(ENOMEM, VmmReserveArea(1ul << 47, 0));
}

/* Flags */

TEST_F(mobius, user_is_implied)
{
	char *addr = VmmAlloc(1, 0, VM_MEM_READ | VM_MEM_WRITE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_LE(start_of(addr), TWO_GIB);
	ASSERT_NE(NULL, VmmAlloc(1, 0, VM_MEM_READ));
}

TEST_F(mobius, kernel_memory_is_refused)
{
	for (unsigned int type = VM_AREA_NORMAL; type <= VM_AREA_MAP; type++) {
		EXPECT_FAILS(EPERM, VmmMap(1, 0, NULL, NULL, type, VM_MEM_KERNEL));
		EXPECT_FAILS(EPERM, VmmMap(1, 0, NULL, NULL, type, 1 | VM_MEM_WRITE));
		EXPECT_FAILS(EPERM, VmmMap(1, 0, NULL, NULL, type, 2 | VM_MEM_WRITE));
	}
}

TEST_F(mobius, flags_of_no_node)
{
	EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, VM_MEM_ZERO));
	EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, VM_MEM_LITERAL));
	EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, VM_MEM_ZERO | VM_MEM_LITERAL));
}

TEST_F(mobius, unknown_flags)
{
	for (int bit = 9; bit < 32; bit++)
		EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, USER_RW | 1u << bit));
}

TEST_F(mobius, unknown_type)
{
	static const unsigned int types[] = { 0, VM_AREA_CALLBACK + 1, 1u << 31, ~0u };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		EXPECT_FAILS(EINVAL, VmmMap(1, 0, NULL, NULL, types[i], USER_RW));
}

TEST_F(mobius, without_read_it_is_readable)
{
	char *addr = VmmAlloc(1, 0, VM_MEM_USER);
	char *writable = VmmAlloc(1, 0, VM_MEM_USER | VM_MEM_WRITE);

	ASSERT_TRUE(addr && writable);
	EXPECT_EQ(0, read_signal(addr));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(0, read_signal(writable));
	EXPECT_EQ(0, write_signal(writable));
}

TEST_F(mobius, without_write_it_is_not_writable)
{
	char *addr = VmmAlloc(1, 0, USER);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_TRUE(all_zero(addr, PAGE));
}

/* There is no flag for it; what a program writes it can make executable. */
TEST_F(mobius, memory_is_not_executable_at_first)
{
	char *addr = VmmAlloc(1, 0, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(RW, query(self->fd, addr).out_prot);
	EXPECT_EQ(0, mprotect(addr, PAGE, PROT_READ | PROT_EXEC));
}

/* Cache modes */

TEST_F(mobius, cache_none_is_uncached)
{
	char *addr;

	addr = VmmAlloc(PAGES, 0, USER_RW | VM_MEM_CACHE_NONE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PHYSVM_CACHE_UC, query(self->fd, addr).out_cache);
	number_pages(addr, PAGES);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(mobius, cache_wt_is_write_through_or_refused)
{
	struct physvm_info info = { .size = sizeof(info) };
	char *addr;

	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	if (!(info.out_features & PHYSVM_FEATURE_HIDDEN)) {
		EXPECT_FAILS(EOPNOTSUPP, VmmAlloc(1, 0, USER_RW | VM_MEM_CACHE_WT));
		return;
	}
	addr = VmmAlloc(PAGES, 0, USER_RW | VM_MEM_CACHE_WT);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PHYSVM_CACHE_WT, query(self->fd, addr).out_cache);
	number_pages(addr, PAGES);
	EXPECT_EQ(VM_MEM_CACHE_WT | USER_RW, node_at(addr)->flags);
}

TEST_F(mobius, two_cache_modes)
{
	EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, USER_RW | VM_MEM_CACHE_WT | VM_MEM_CACHE_NONE));
}

/* Freeing */

TEST_F(mobius, any_address_frees_the_area)
{
	static const size_t inside[] = { 0, 1, PAGE, SIZE / 2 + 5, SIZE - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);

		ASSERT_EQ(self->hole, addr);
		number_pages(addr, PAGES);
		EXPECT_TRUE(VmmFree(addr + inside[i]));
		EXPECT_EQ(SIGSEGV, read_signal(addr));
		EXPECT_EQ(SIGSEGV, read_signal(addr + SIZE - 1));
		EXPECT_EQ(0, used(self->fd));
	}
}

TEST_F(mobius, freed_twice)
{
	char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);
	char *next = VmmAlloc(1, start_of(self->hole) + SIZE, USER_RW);

	ASSERT_TRUE(addr && next);
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_FAILS(EINVAL, VmmFree(addr));
	EXPECT_FAILS(EINVAL, VmmFree(addr + SIZE - 1));
	EXPECT_EQ(0, write_signal(next));
}

TEST_F(mobius, memory_of_others_is_not_freed)
{
	char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	number_pages(other, 1);
	EXPECT_FAILS(EINVAL, VmmFree(other));
	EXPECT_FAILS(EINVAL, VmmFree(NULL));
	EXPECT_FAILS(EINVAL, VmmFree((void *)-1));
	EXPECT_FAILS(EINVAL, VmmFree(&other));
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
}

TEST_F(mobius, neighbours_stay_when_one_is_freed)
{
	char *addrs[3];

	for (size_t i = 0; i < 3; i++) {
		addrs[i] = VmmAlloc(1, start_of(self->hole) + i * PAGE, USER_RW);
		ASSERT_NE(NULL, addrs[i]);
		number_pages(addrs[i], 1);
	}
	EXPECT_TRUE(VmmFree(addrs[1]));
	EXPECT_EQ(1, numbered_pages(addrs[0], 0, 1));
	EXPECT_EQ(SIGSEGV, read_signal(addrs[1]));
	EXPECT_EQ(1, numbered_pages(addrs[2], 0, 1));
}

TEST_F(mobius, freed_runs_are_one)
{
	char *one = VmmAlloc(2, start_of(self->hole), USER_RW);
	char *two = VmmAlloc(2, start_of(self->hole) + 2 * PAGE, USER_RW);

	ASSERT_TRUE(one && two);
	EXPECT_TRUE(VmmFree(one) && VmmFree(two));
	EXPECT_EQ(4, node_at(one + PAGE)->u.empty_pages > 4 ? 4 : 0);
	EXPECT_EQ(one, VmmAlloc(4, start_of(one), USER_RW));
}

TEST_F(mobius, success_leaves_errno_alone)
{
	char *addr;

	errno = EBADMSG;
	addr = VmmAlloc(PAGES, 0, USER_RW);
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_NE(NULL, node_at(addr));
	EXPECT_NE(NULL, node_at(self->hole));
	EXPECT_EQ(EBADMSG, errno);
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_NE(NULL, VmmReserveArea(PAGES, 0));
	EXPECT_EQ(EBADMSG, errno);
}

/* fork */

static void look_for_memory(int fd, const void *arg)
{
	void *const *addrs = arg;
	char *own;

	for (int i = 0; i < 2; i++) {
		child_need(read_signal(addrs[i]) == SIGSEGV);
		child_need(ERRNO_OF(VmmFree(addrs[i])) == EINVAL);
	}
	own = VmmAlloc(1, start_of(addrs[0]), USER_RW);
	child_need(own == addrs[0] && !write_signal(own));
}

TEST_F(mobius, forked_child_does_not_have_it)
{
	void *addrs[] = { VmmAlloc(1, 0, USER_RW), VmmReserveArea(1, 0) };

	ASSERT_TRUE(addrs[0] && addrs[1]);
	number_pages(addrs[0], 1);
	EXPECT_TRUE(child_succeeded(child_start(look_for_memory, self->fd, addrs)));
	EXPECT_EQ(1, numbered_pages(addrs[0], 0, 1));
}

/* Reserved addresses */

TEST_F(mobius, reserved_addresses_have_nothing_behind_them)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(SIGSEGV, write_signal(addr + SIZE - 1));
	EXPECT_EQ(0, used(self->fd));
}

/* Far more than the pool has. */
TEST_F(mobius, reserved_addresses_cost_no_pages)
{
	EXPECT_NE(NULL, VmmReserveArea(1ul << 28, 0));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(mobius, reserved_addresses_are_not_chosen)
{
	char *addr, *reserved;

	use_up_addresses_below_2g();
	addr = VmmAlloc(1, 0, USER_RW);
	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(VmmFree(addr));
	reserved = VmmReserveArea(1, start_of(addr));
	ASSERT_EQ(addr, reserved);
	EXPECT_NE(addr, VmmAlloc(1, 0, USER_RW));
	EXPECT_NE(addr, mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

TEST_F(mobius, carved_at_start_middle_and_end)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(addr, VmmAlloc(1, start_of(addr), USER_RW));
	EXPECT_EQ(addr + 3 * PAGE, VmmAlloc(2, start_of(addr) + 3 * PAGE, USER_RW));
	EXPECT_EQ(addr + 7 * PAGE, VmmAlloc(1, start_of(addr) + 7 * PAGE, USER_RW));
	for (size_t i = 0; i < PAGES; i++) {
		const bool carved = i == 0 || i == 3 || i == 4 || i == 7;

		EXPECT_EQ(carved ? 0 : SIGSEGV, write_signal(addr + i * PAGE));
		EXPECT_EQ(carved ? USER_RW : VM_MEM_RESERVED, node_at(addr + i * PAGE)->flags);
	}
	EXPECT_EQ(2, node_at(addr + PAGE)->u.empty_pages);
	EXPECT_EQ(2, node_at(addr + 5 * PAGE)->u.empty_pages);
	EXPECT_EQ(4, used(self->fd));
}

TEST_F(mobius, carved_wholly)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(addr, VmmAlloc(PAGES, start_of(addr), USER_RW));
	number_pages(addr, PAGES);
	EXPECT_EQ(1, areas(self->fd));
}

TEST_F(mobius, carved_out_of_two_side_by_side)
{
	char *one = VmmReserveArea(2, start_of(self->hole));
	char *two = VmmReserveArea(2, start_of(self->hole) + 2 * PAGE);

	ASSERT_TRUE(one && two);
	EXPECT_EQ(one + PAGE, VmmAlloc(2, start_of(one) + PAGE, USER_RW));
	EXPECT_EQ(VM_MEM_RESERVED, node_at(one)->flags);
	EXPECT_EQ(VM_MEM_RESERVED, node_at(two + PAGE)->flags);
}

TEST_F(mobius, carving_stays_inside)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));
	char *inside;

	ASSERT_NE(NULL, addr);
	EXPECT_FAILS(EACCES, VmmAlloc(PAGES + 1, start_of(addr), USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(2, start_of(addr) + SIZE - PAGE, USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(2, start_of(addr) - PAGE, USER_RW));
	inside = VmmAlloc(1, start_of(addr) + PAGE, USER_RW);
	ASSERT_EQ(addr + PAGE, inside);
	EXPECT_FAILS(EACCES, VmmAlloc(3, start_of(addr), USER_RW));
	EXPECT_FAILS(EACCES, VmmAlloc(1, start_of(inside), USER_RW));
}

TEST_F(mobius, freed_inside_is_free)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));
	char *inside = VmmAlloc(1, start_of(addr) + PAGE, USER_RW);

	ASSERT_EQ(addr + PAGE, inside);
	EXPECT_TRUE(VmmFree(inside));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(inside)));
	EXPECT_EQ(1, node_at(inside)->u.empty_pages);
	EXPECT_EQ(VM_MEM_RESERVED, node_at(addr)->flags);
	EXPECT_FAILS(EACCES, VmmAlloc(2, start_of(addr), USER_RW));
	EXPECT_EQ(inside, VmmAlloc(1, start_of(inside), USER_RW));
}

TEST_F(mobius, reserved_addresses_are_freed)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(VmmFree(addr + SIZE - 1));
	EXPECT_FAILS(EINVAL, VmmFree(addr));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr)));
	EXPECT_EQ(0, areas(self->fd));
}

TEST_F(mobius, rest_of_reserved_is_freed_by_its_parts)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));
	char *inside = VmmAlloc(1, start_of(addr) + 3 * PAGE, USER_RW);

	ASSERT_NE(NULL, inside);
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr + 2 * PAGE)));
	EXPECT_EQ(VM_MEM_RESERVED, node_at(addr + 4 * PAGE)->flags);
	EXPECT_EQ(0, write_signal(inside));
	EXPECT_TRUE(VmmFree(addr + SIZE - PAGE));
	EXPECT_TRUE(VmmFree(inside));
	EXPECT_EQ(0, areas(self->fd));
}

TEST_F(mobius, reserved_inside_reserved)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(addr + PAGE, VmmReserveArea(2, start_of(addr) + PAGE));
	EXPECT_TRUE(VmmFree(addr + PAGE));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr + 2 * PAGE)));
	EXPECT_EQ(VM_MEM_RESERVED, node_at(addr)->flags);
}

TEST_F(mobius, flag_reserves)
{
	char *addr = VmmAlloc(PAGES, start_of(self->hole), VM_MEM_RESERVED);
	char *chosen = VmmAlloc(PAGES, 0, USER_RW | VM_MEM_RESERVED);

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(VM_MEM_RESERVED, node_at(addr)->flags);
	EXPECT_EQ(VM_MEM_RESERVED, node_at(chosen)->flags);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(addr, VmmAlloc(1, start_of(addr), USER_RW));
}

/* A type says what is behind the addresses. */
TEST_F(mobius, flag_reserves_nothing_else)
{
	const addr_t phys = 1 << 20;

	EXPECT_FAILS(EINVAL, VmmMap(1, 0, (void *)phys, NULL, VM_AREA_MAP, VM_MEM_RESERVED));
	EXPECT_FAILS(EINVAL, VmmAlloc(1, 0, VM_MEM_RESERVED | VM_MEM_CACHE_NONE));
}

TEST_F(mobius, everything_goes_back)
{
	struct traces before = traces(self->fd), after;
	char *addr = VmmAlloc(PAGES, 0, USER_RW), *reserved = VmmReserveArea(PAGES, 0);
	char *inside = VmmAlloc(1, start_of(reserved), USER_RW);

	ASSERT_TRUE(addr && inside);
	number_pages(addr, PAGES);
	number_pages(inside, 1);
	EXPECT_TRUE(VmmFree(addr) && VmmFree(inside) && VmmFree(reserved + PAGE));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_HARNESS_MAIN
