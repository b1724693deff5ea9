// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the Möbius calls that show a file.
 */
#include "kselftest_harness.h"

#include "mobius.h"
#include "scratch.h"

#include <physvm.h>
#include <physvm_mobius.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define TAIL 100	/* bytes of the file in its last page */

FIXTURE(file)
{
	int fd;
	char *hole;
	int descriptor;		/* of PAGES pages and TAIL bytes, numbered */
	file_handle_t *file;
};

FIXTURE_SETUP(file)
{
	uint32_t page[PAGE / sizeof(uint32_t)] = { 0 };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->hole = free_addresses(64 * PAGE);
	self->descriptor = open_scratch(0);
	ASSERT_LE(0, self->descriptor);
	for (uint32_t i = 0; i <= PAGES; i++) {
		const size_t length = i < PAGES ? PAGE : TAIL;

		page[0] = i + 1;
		ASSERT_EQ(length, pwrite(self->descriptor, page, length, i * PAGE));
	}
	ASSERT_EQ(0, physvm_mobius_file(self->descriptor, &self->file));
	ASSERT_EQ(EINVAL, ERRNO_OF(VmmFree(self->hole)));
}

FIXTURE_TEARDOWN(file)
{
}

/* The first number in the file's page now. */
static uint32_t in_file(int descriptor, size_t page)
{
	uint32_t number = 0;

	return pread(descriptor, &number, sizeof(number), page * PAGE) < 0 ? 0 : number;
}

TEST_F(file, area_shows_the_file)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_LE(start_of(addr) + SIZE, TWO_GIB);
}

TEST_F(file, type_says_the_same)
{
	char *addr = VmmMap(PAGES, start_of(self->hole), self->file, NULL, VM_AREA_FILE, USER);

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(file, area_is_smaller_than_the_file)
{
	char *addr = VmmMapFile(self->file, start_of(self->hole), 2, USER);

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(2, numbered_pages(addr, 0, 2));
	EXPECT_EQ(SIGSEGV, read_signal(addr + 2 * PAGE));
}

TEST_F(file, writes_stay_in_the_area)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER_RW);
	char *other = VmmMapFile(self->file, 0, PAGES, USER_RW);

	ASSERT_TRUE(addr && other);
	*(uint32_t *)addr = 99;
	EXPECT_EQ(99, *(uint32_t *)addr);
	EXPECT_EQ(1, in_file(self->descriptor, 0));
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_EQ(1, in_file(self->descriptor, 0));
}

TEST_F(file, tail_of_the_last_page_is_zero)
{
	char *addr = VmmMapFile(self->file, 0, PAGES + 1, USER);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr + SIZE, PAGES, 1));
	for (size_t i = TAIL; i < PAGE; i++)
		ASSERT_EQ(0, addr[SIZE + i]);
}

TEST_F(file, page_behind_the_end)
{
	char *addr = VmmMapFile(self->file, 0, PAGES + 3, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGBUS, read_signal(addr + SIZE + PAGE));
	EXPECT_EQ(SIGBUS, write_signal(addr + SIZE + 2 * PAGE));
	EXPECT_EQ(PAGES + 1, numbered_pages(addr, 0, PAGES + 1));
}

TEST_F(file, handle_may_be_closed)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(HndClose(self->file));
	EXPECT_EQ(0, close(self->descriptor));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

/* The handle has a descriptor of its own. */
TEST_F(file, descriptor_may_be_closed)
{
	EXPECT_EQ(0, close(self->descriptor));
	EXPECT_NE(NULL, VmmMapFile(self->file, 0, PAGES, USER));
}

TEST_F(file, node_of_a_file)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER);
	vm_node_t *node = node_at(addr + PAGE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(USER, node->flags);
	EXPECT_EQ(VM_AREA_FILE, node->u.desc->type);
	EXPECT_EQ(PAGES, node->u.desc->num_pages);
	EXPECT_EQ(NULL, node->u.desc->dest.file);
	EXPECT_EQ(VM_AREA_FILE, self->file->type);
	EXPECT_EQ(PAGES + 1, self->file->num_pages);
}

TEST_F(file, zero_changes_nothing)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER | VM_MEM_ZERO);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(file, uncached_file)
{
	char *addr = VmmMapFile(self->file, 0, PAGES, USER | VM_MEM_CACHE_NONE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(USER | VM_MEM_CACHE_NONE, node_at(addr)->flags);
	EXPECT_FAILS(EOPNOTSUPP, VmmMapFile(self->file, 0, PAGES, USER | VM_MEM_CACHE_WT));
}

TEST_F(file, inside_reserved_addresses)
{
	char *reserved = VmmReserveArea(PAGES, start_of(self->hole));

	ASSERT_NE(NULL, reserved);
	EXPECT_EQ(reserved + PAGE, VmmMapFile(self->file, start_of(reserved) + PAGE + 9, 2, USER));
	EXPECT_EQ(2, numbered_pages(reserved + PAGE, 0, 2));
	EXPECT_EQ(SIGSEGV, read_signal(reserved));
}

TEST_F(file, bad_values)
{
	char *taken = VmmAlloc(1, start_of(self->hole), USER);

	ASSERT_NE(NULL, taken);
	EXPECT_FAILS(EINVAL, VmmMapFile(self->file, 0, 0, USER));
	EXPECT_FAILS(ENOMEM, VmmMapFile(self->file, 0, SIZE_MAX, USER));
	EXPECT_FAILS(EPERM, VmmMapFile(self->file, 0, 1, VM_MEM_KERNEL));
	EXPECT_FAILS(EINVAL, VmmMapFile(self->file, 0, 1, VM_MEM_ZERO));
	EXPECT_FAILS(EINVAL, VmmMapFile(self->file, 0, 1, VM_MEM_RESERVED));
	EXPECT_FAILS(EINVAL, VmmMapFile(self->file, 0, 1, USER | 0x400));
	EXPECT_FAILS(EACCES, VmmMapFile(self->file, start_of(taken), 1, USER));
}

TEST_F(file, no_file)
{
	vm_desc_t desc = { .num_pages = 1 };
	int fd = alloc_fd(self->fd, PAGE, 0);
	handle_t area;

	ASSERT_EQ(0, physvm_mobius_from_fd(fd, &area));
	EXPECT_FAILS(EBADF, VmmMapFile(NULL, 0, 1, USER));
	EXPECT_FAILS(EBADF, VmmMapFile(&desc, 0, 1, USER));
	EXPECT_FAILS(EBADF, VmmMapFile(area, 0, 1, USER));
	EXPECT_TRUE(HndClose(self->file));
	EXPECT_FAILS(EBADF, VmmMapFile(self->file, 0, 1, USER));
}

TEST_F(file, file_that_cannot_be_read)
{
	file_handle_t *file;
	int descriptor = open("written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ASSERT_EQ(0, physvm_mobius_file(descriptor, &file));
	EXPECT_FAILS(EACCES, VmmMapFile(file, 0, 1, USER));
	unlink("written");
}

TEST_F(file, fault_on_demand)
{
	char *addr = VmmMapFile(self->file, 0, PAGES + 2, USER);
	process_t *process = physvm_mobius_process();

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(VmmPageFault(process, start_of(addr) + PAGE, false));
	EXPECT_TRUE(resident(addr + PAGE));
	EXPECT_FAILS(EFAULT, VmmPageFault(process, start_of(addr) + PAGE, true));
	EXPECT_FAILS(EFAULT, VmmPageFault(process, start_of(addr) + SIZE + PAGE, false));
}

static void use_shared(int fd, const void *arg)
{
	char *addr = VmmMapSharedArea((handle_t)arg, 0, USER);

	child_need(addr && numbered_pages(addr, 0, PAGES) == PAGES);
}

/* Whoever touches a page first has it read. */
TEST_F(file, shared_with_another_process)
{
	handle_t shared = VmmShare(VmmMapFile(self->file, 0, PAGES, USER), NULL);

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(child_succeeded(child_start(use_shared, self->fd, shared)));
	EXPECT_EQ(PAGES, used(self->fd));
}

TEST_F(file, everything_goes_back)
{
	struct traces before = traces(self->fd), after;
	char *addr = VmmMapFile(self->file, 0, PAGES, USER_RW);

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	EXPECT_TRUE(VmmFree(addr));
	/* Who has read a page drops its reference a moment later. */
	EXPECT_TRUE(pool_at_baseline(self->fd));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_HARNESS_MAIN
