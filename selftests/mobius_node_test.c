// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes of the Möbius calls: what is said of an address, freeing by node, and
 * faults on demand.
 */
#include "kselftest_harness.h"

#include "mobius.h"

#include <physvm.h>
#include <pthread.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)

/* Looking */

TEST_F(mobius, node_of_an_area)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);
	vm_node_t *node = node_at(addr);

	ASSERT_NE(NULL, node);
	EXPECT_FALSE(VMM_NODE_IS_EMPTY(node));
	EXPECT_EQ(start_of(addr), node->base);
	EXPECT_EQ(USER_RW, node->flags);
	EXPECT_EQ(PAGES, node->u.desc->num_pages);
	EXPECT_EQ(VM_AREA_NORMAL, node->u.desc->type);
	EXPECT_EQ(query(self->fd, addr).out_area_id, node->u.desc->area_id);
	EXPECT_EQ(NULL, node->left);
	EXPECT_EQ(NULL, node->right);
}

TEST_F(mobius, node_of_every_address_in_it)
{
	static const size_t inside[] = { 0, 1, PAGE - 1, SIZE / 2 + 5, SIZE - 1 };
	char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);

	ASSERT_NE(NULL, addr);
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		EXPECT_EQ(start_of(addr), node_at(addr + inside[i])->base);
		EXPECT_EQ(PAGES, node_at(addr + inside[i])->u.desc->num_pages);
	}
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr - 1)));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr + SIZE)));
}

TEST_F(mobius, node_has_the_flags_in_effect)
{
	char *addr = VmmAlloc(PAGES, 0, VM_MEM_USER);

	EXPECT_EQ(USER, node_at(addr)->flags);
	ASSERT_EQ(0, mprotect(addr, SIZE, RW));
	EXPECT_EQ(USER_RW, node_at(addr)->flags);
	ASSERT_EQ(0, mprotect(addr, SIZE, PROT_NONE));
	EXPECT_EQ(VM_MEM_USER, node_at(addr)->flags);
	addr = VmmAlloc(PAGES, 0, USER_RW | VM_MEM_CACHE_NONE | VM_MEM_ZERO);
	EXPECT_EQ(USER_RW | VM_MEM_CACHE_NONE, node_at(addr)->flags);
}

TEST_F(mobius, node_mask_has_what_nodes_can_have)
{
	EXPECT_EQ(0x16f, VM_MEM_NODE_MASK);
	EXPECT_EQ(0, VM_MEM_NODE_MASK & (VM_MEM_ZERO | VM_MEM_LITERAL));
}

TEST_F(mobius, level_means_nothing)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);
	static const int levels[] = { 0, 1, -1, 1000, INT32_MIN };
	vm_node_t *top = physvm_mobius_process()->vmm_top;

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		EXPECT_EQ(start_of(addr), VmmLookupNode(levels[i], top, addr)->base);
}

TEST_F(mobius, any_parent_leads_to_the_whole_tree)
{
	char *one = VmmAlloc(PAGES, 0, USER_RW), *two = VmmAlloc(1, 0, USER_RW);
	vm_node_t *node = node_at(one);

	EXPECT_EQ(start_of(two), VmmLookupNode(0, node, two)->base);
	EXPECT_EQ(start_of(one), VmmLookupNode(0, node, one)->base);
}

TEST_F(mobius, no_parent_has_no_nodes)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);

	EXPECT_FAILS(EINVAL, VmmLookupNode(0, NULL, addr));
}

TEST_F(mobius, empty_node_is_what_is_free)
{
	char *low = VmmAlloc(1, start_of(self->hole), USER_RW);
	char *high = VmmAlloc(1, start_of(self->hole) + 5 * PAGE, USER_RW);
	vm_node_t *node = node_at(low + 3 * PAGE + 7);

	ASSERT_TRUE(low && high && node);
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node));
	EXPECT_EQ(start_of(low) + PAGE, node->base);
	EXPECT_EQ(4, node->u.empty_pages);
	EXPECT_EQ(low + PAGE, VmmAlloc(4, node->base, USER_RW));
}

TEST_F(mobius, empty_node_ends_at_memory_of_others)
{
	char *low = mmap(self->hole, PAGE, RW,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	char *high = VmmReserveArea(1, start_of(self->hole) + 3 * PAGE);

	ASSERT_EQ(self->hole, low);
	ASSERT_NE(NULL, high);
	EXPECT_EQ(start_of(low) + PAGE, node_at(low + PAGE)->base);
	EXPECT_EQ(2, node_at(low + 2 * PAGE)->u.empty_pages);
}

/* Page 1 is the first of all, in Möbius as well. */
TEST_F(mobius, empty_node_at_the_beginning)
{
	vm_node_t *node = node_at((void *)PAGE);

	ASSERT_NE(NULL, node);
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node));
	EXPECT_EQ(PAGE, node->base);
	EXPECT_LT(0, node->u.empty_pages);
}

TEST_F(mobius, no_node_outside)
{
	EXPECT_FAILS(EFAULT, node_at(NULL));
	EXPECT_FAILS(EFAULT, node_at((void *)(PAGE - 1)));
	EXPECT_FAILS(EFAULT, node_at((void *)-1));
	EXPECT_FAILS(EFAULT, node_at((void *)(1ul << 63)));
}

TEST_F(mobius, no_node_of_others)
{
	char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT_FAILS(EFAULT, node_at(other));
	EXPECT_FAILS(EFAULT, node_at(&other));
	EXPECT_FAILS(EFAULT, node_at((void *)node_at));
}

static void look_without_proc(int fd, const void *arg)
{
	child_need(!chroot("/test"));
	child_need(node_at(arg)->base == start_of(arg));
	child_need(ERRNO_OF(node_at((char *)arg - 1)) == ENOENT);
}

/* Where nothing of ours is, /proc says what is. */
TEST_F(mobius, empty_nodes_need_proc)
{
	char *addr = alloc_at(self->fd, self->hole, SIZE, 0);

	ASSERT_EQ(self->hole, addr);
	if (access("/test", X_OK))
		SKIP(return, "no /test to see as the root");
	EXPECT_TRUE(child_succeeded(child_start(look_without_proc, self->fd, addr)));
}

TEST_F(mobius, node_of_reserved_addresses)
{
	char *addr = VmmReserveArea(PAGES, start_of(self->hole));
	vm_node_t *node = node_at(addr + SIZE - 1);

	ASSERT_EQ(self->hole, addr);
	EXPECT_FALSE(VMM_NODE_IS_EMPTY(node));
	EXPECT_EQ(VM_MEM_RESERVED, node->flags);
	EXPECT_EQ(start_of(addr), node->base);
	EXPECT_EQ(PAGES, node->u.empty_pages);
}

/* The tree is the kernel's: what others did is seen. */
TEST_F(mobius, node_of_native_memory)
{
	char *addr = alloc_map(self->fd, SIZE, 0);
	vm_node_t *node = node_at(addr);

	EXPECT_EQ(USER_RW, node->flags);
	EXPECT_EQ(PAGES, node->u.desc->num_pages);
	EXPECT_EQ(VM_AREA_NORMAL, node->u.desc->type);
	EXPECT_TRUE(VmmFree(addr + PAGE));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(mobius, node_of_what_is_left)
{
	char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, munmap(addr + 3 * PAGE, PAGE));
	EXPECT_EQ(start_of(addr), node_at(addr + PAGE)->base);
	EXPECT_EQ(3, node_at(addr + PAGE)->u.desc->num_pages);
	EXPECT_EQ(1, node_at(addr + 3 * PAGE)->u.empty_pages);
	EXPECT_EQ(start_of(addr) + 4 * PAGE, node_at(addr + 6 * PAGE)->base);
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_EQ(0, write_signal(addr + 4 * PAGE));
	EXPECT_TRUE(VmmFree(addr + 4 * PAGE));
	EXPECT_EQ(0, used(self->fd));
}

/* However its pages are protected, it is one area. */
TEST_F(mobius, node_of_pages_with_different_protection)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);

	ASSERT_EQ(0, mprotect(addr + PAGE, PAGE, PROT_READ));
	EXPECT_EQ(USER, node_at(addr + PAGE)->flags);
	EXPECT_EQ(USER_RW, node_at(addr)->flags);
	EXPECT_EQ(start_of(addr), node_at(addr + 5 * PAGE)->base);
	EXPECT_TRUE(VmmFree(addr + 5 * PAGE));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr)));
}

TEST_F(mobius, eight_snapshots_are_kept)
{
	vm_node_t *nodes[8];
	char *addrs[8];

	for (size_t i = 0; i < 8; i++) {
		addrs[i] = VmmAlloc(i + 1, 0, USER_RW);
		nodes[i] = node_at(addrs[i]);
	}
	for (size_t i = 0; i < 8; i++) {
		EXPECT_EQ(start_of(addrs[i]), nodes[i]->base);
		EXPECT_EQ(i + 1, nodes[i]->u.desc->num_pages);
	}
}

static void *look_often(void *addr)
{
	for (int i = 0; i < 100; i++)
		if (node_at(addr)->base != start_of(addr))
			return addr;
	return NULL;
}

TEST_F(mobius, other_threads_have_their_own)
{
	char *one = VmmAlloc(PAGES, 0, USER_RW), *two = VmmAlloc(1, 0, USER_RW);
	vm_node_t *node = node_at(one);
	pthread_t thread;
	void *wrong;

	ASSERT_EQ(0, pthread_create(&thread, NULL, look_often, two));
	ASSERT_EQ(0, pthread_join(thread, &wrong));
	EXPECT_EQ(NULL, wrong);
	EXPECT_EQ(start_of(one), node->base);
	EXPECT_EQ(PAGES, node->u.desc->num_pages);
}

/* Freeing */

static int error_of_free_node(vm_node_t *node)
{
	errno = 0;
	VmmFreeNode(node);
	return errno;
}

TEST_F(mobius, freed_by_node)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);
	char *reserved = VmmReserveArea(PAGES, 0);

	EXPECT_EQ(0, error_of_free_node(node_at(addr + PAGE)));
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr)));
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(0, error_of_free_node(node_at(reserved)));
	EXPECT_EQ(0, areas(self->fd));
}

TEST_F(mobius, nothing_to_free)
{
	vm_node_t *empty = node_at(self->hole);

	EXPECT_REFUSED(EINVAL, self->fd, error_of_free_node(NULL));
	EXPECT_REFUSED(EINVAL, self->fd, error_of_free_node(empty));
}

/* A node is of what was there: what came later is somebody else's. */
TEST_F(mobius, node_of_what_is_gone)
{
	char *addr = VmmAlloc(PAGES, start_of(self->hole), USER_RW);
	char *reserved = VmmReserveArea(1, start_of(addr) + SIZE);
	vm_node_t *node = node_at(addr), *second = node_at(reserved);

	ASSERT_TRUE(addr && reserved);
	EXPECT_TRUE(VmmFree(addr) && VmmFree(reserved));
	EXPECT_REFUSED(EINVAL, self->fd, error_of_free_node(node));
	ASSERT_EQ(addr, VmmAlloc(PAGES + 1, start_of(addr), USER_RW));
	EXPECT_REFUSED(EINVAL, self->fd, error_of_free_node(node));
	EXPECT_REFUSED(EINVAL, self->fd, error_of_free_node(second));
	EXPECT_EQ(0, write_signal(addr));
}

/* Faults */

static bool fault(const void *addr, bool is_writing)
{
	return VmmPageFault(physvm_mobius_process(), start_of(addr), is_writing);
}

TEST_F(mobius, fault_brings_a_page_in)
{
	char *addr = VmmAlloc(PAGES, 0, USER_RW);

	EXPECT_FALSE(resident(addr));
	EXPECT_TRUE(fault(addr + 5, false));
	EXPECT_TRUE(resident(addr));
	EXPECT_TRUE(fault(addr + SIZE - 1, true));
	EXPECT_TRUE(resident(addr + SIZE - PAGE));
	EXPECT_TRUE(fault(addr, true));
}

TEST_F(mobius, fault_where_a_touch_is_a_signal)
{
	char *readable = VmmAlloc(1, 0, USER), *reserved = VmmReserveArea(1, 0);
	char *uncommitted = alloc_map(self->fd, PAGE, 0);
	char *nothing = VmmAlloc(1, 0, USER);

	ASSERT_TRUE(readable && reserved && uncommitted && nothing);
	ASSERT_EQ(0, mprotect(nothing, PAGE, PROT_NONE));
	EXPECT_TRUE(fault(readable, false));
	EXPECT_FAILS(EFAULT, fault(readable, true));
	EXPECT_FAILS(EFAULT, fault(reserved, false));
	EXPECT_FAILS(EFAULT, fault(uncommitted, false));
	EXPECT_FAILS(EFAULT, fault(nothing, false));
	EXPECT_FAILS(EFAULT, fault(self->hole, false));
	EXPECT_FAILS(EFAULT, fault(NULL, false));
	EXPECT_FAILS(EFAULT, fault((void *)-1, true));
	EXPECT_FAILS(EFAULT, fault(&readable, false));
}

TEST_F(mobius, fault_of_another_process)
{
	char *addr = VmmAlloc(1, 0, USER_RW);
	process_t other = *physvm_mobius_process();

	EXPECT_FAILS(EINVAL, VmmPageFault(NULL, start_of(addr), false));
	EXPECT_FAILS(EINVAL, VmmPageFault(&other, start_of(addr), false));
}

/* Macros */

TEST_F(mobius, rounding)
{
	EXPECT_EQ(4096, PAGE_SIZE);
	EXPECT_EQ(0, PAGE_ALIGN((addr_t)0));
	EXPECT_EQ(0, PAGE_ALIGN((addr_t)4095));
	EXPECT_EQ(4096, PAGE_ALIGN((addr_t)4096));
	EXPECT_EQ(UINTPTR_MAX - 4095, PAGE_ALIGN(UINTPTR_MAX));
	EXPECT_EQ(0, PAGE_ALIGN_UP((addr_t)0));
	EXPECT_EQ(4096, PAGE_ALIGN_UP((addr_t)1));
	EXPECT_EQ(4096, PAGE_ALIGN_UP((addr_t)4096));
	EXPECT_EQ(8192, PAGE_ALIGN_UP((addr_t)4097));
	EXPECT_EQ(8192, PAGE_ALIGN_UP(4097));
}

TEST_HARNESS_MAIN
