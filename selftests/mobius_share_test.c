// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sharing of the Möbius calls: names, handles, and more than one node of an area.
 */
#include "kselftest_harness.h"

#include "mobius.h"

#include <physvm.h>
#include <physvm_mobius.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define NAME L"Möbius test"
#define MANY_HANDLES 5000

/* Names outlive programs: none is left by a test that passes. */
static void forget_names(int fd)
{
	struct physvm_name_next next = { .size = sizeof(next) };

	while (!ioctl(fd, PHYSVM_NAME_NEXT, &next)) {
		struct physvm_name_remove remove = { .size = sizeof(remove) };

		next.after = next.out_id;
		memcpy(remove.name, next.out_name, sizeof(remove.name));
		ioctl(fd, PHYSVM_NAME_REMOVE, &remove);
	}
}

static size_t names(int fd)
{
	struct physvm_name_next next = { .size = sizeof(next) };
	size_t count;

	for (count = 0; !ioctl(fd, PHYSVM_NAME_NEXT, &next); count++)
		next.after = next.out_id;
	return count;
}

/* A call that fails, and adds or removes no name either. */
#define EXPECT_SHARES_NOTHING(error, call) \
	do { \
		const size_t __names = names(self->fd); \
		\
		EXPECT_FAILS(error, call); \
		EXPECT_EQ(__names, names(self->fd)); \
	} while (0)

FIXTURE(share)
{
	int fd;
	char *hole;
	char *area;		/* of SIZE bytes, numbered */
};

FIXTURE_SETUP(share)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	forget_names(self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->hole = free_addresses(64 * PAGE);
	self->area = VmmAlloc(PAGES, 0, USER_RW);
	ASSERT_NE(NULL, self->area);
	number_pages(self->area, PAGES);
}

FIXTURE_TEARDOWN(share)
{
	forget_names(self->fd);
}

/* One name, one area */

TEST_F(share, shared_area_is_the_same_memory)
{
	handle_t shared = VmmShare(self->area, NAME), opened = VmmOpenSharedArea(NAME);
	char *other;

	ASSERT_TRUE(shared && opened);
	other = VmmMapSharedArea(opened, 0, USER_RW);
	ASSERT_TRUE(other && other != self->area);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	number_pages(other + PAGE, 1);
	EXPECT_EQ(1, numbered_pages(self->area + PAGE, 0, 1));
	EXPECT_EQ(query(self->fd, self->area).out_phys, query(self->fd, other).out_phys);
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_EQ(node_at(self->area)->u.desc->area_id, node_at(other)->u.desc->area_id);
}

TEST_F(share, any_address_shares_the_area)
{
	handle_t shared = VmmShare(self->area + SIZE / 2 + 5, NAME);

	ASSERT_NE(NULL, shared);
	EXPECT_EQ(PAGES, shared->num_pages);
	EXPECT_EQ(PAGES, VmmOpenSharedArea(NAME)->num_pages);
}

TEST_F(share, handle_shows_the_area)
{
	handle_t shared = VmmShare(self->area, NAME), opened = VmmOpenSharedArea(NAME);
	const uint64_t id = node_at(self->area)->u.desc->area_id;

	ASSERT_TRUE(shared && opened && shared != opened);
	EXPECT_EQ(VM_AREA_NORMAL, shared->type);
	EXPECT_EQ(id, shared->area_id);
	EXPECT_EQ(0, opened->type);
	EXPECT_EQ(id, opened->area_id);
}

TEST_F(share, names_differ_in_more_than_case)
{
	ASSERT_NE(NULL, VmmShare(self->area, L"One Name"));
	EXPECT_NE(NULL, VmmOpenSharedArea(L"one name"));
	EXPECT_NE(NULL, VmmOpenSharedArea(L"ONE NAME"));
	EXPECT_SHARES_NOTHING(ENOENT, VmmOpenSharedArea(L"One Nam"));
	EXPECT_SHARES_NOTHING(ENOENT, VmmOpenSharedArea(L"One Name "));
}

TEST_F(share, name_of_any_characters)
{
	static const wchar_t *const all[] = {
		L"a", L"grün", L"Μέμβιους", L"память", L"メモリ", L"\U0001f9e0", L"a/b\\c: d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		handle_t opened;

		EXPECT_NE(NULL, VmmShare(self->area, all[i]));
		opened = VmmOpenSharedArea(all[i]);
		EXPECT_NE(NULL, opened);
	}
	EXPECT_EQ(ARRAY_SIZE(all), names(self->fd));
}

TEST_F(share, name_in_utf8)
{
	struct physvm_name_next next = { .size = sizeof(next) };

	ASSERT_NE(NULL, VmmShare(self->area, L"z\u00e9\u4e2d\U0001f9e0"));
	ASSERT_EQ(0, ioctl(self->fd, PHYSVM_NAME_NEXT, &next));
	EXPECT_STREQ("z\xc3\xa9\xe4\xb8\xad\xf0\x9f\xa7\xa0", (char *)next.out_name);
	EXPECT_EQ(0600, next.out_mode);
	EXPECT_EQ(geteuid(), next.out_uid);
	EXPECT_EQ(RW, next.out_max_prot);
}

TEST_F(share, bad_names)
{
	static const wchar_t surrogate[] = { 0xd800, 0 }, beyond[] = { 0x110000, 0 };
	static const wchar_t negative[] = { -1, 0 };
	wchar_t name[258];

	for (size_t i = 0; i < 257; i++)
		name[i] = 'x';
	name[256] = 0;
	EXPECT_SHARES_NOTHING(ENAMETOOLONG, VmmShare(self->area, name));
	EXPECT_SHARES_NOTHING(ENAMETOOLONG, VmmOpenSharedArea(name));
	name[255] = 0;
	EXPECT_NE(NULL, VmmShare(self->area, name));
	EXPECT_NE(NULL, VmmOpenSharedArea(name));
	name[253] = 0x4e2d;
	name[254] = 0;
	EXPECT_SHARES_NOTHING(ENAMETOOLONG, VmmShare(self->area, name));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(self->area, L""));
	EXPECT_SHARES_NOTHING(EINVAL, VmmOpenSharedArea(L""));
	EXPECT_SHARES_NOTHING(EINVAL, VmmOpenSharedArea(NULL));
	EXPECT_SHARES_NOTHING(EILSEQ, VmmShare(self->area, surrogate));
	EXPECT_SHARES_NOTHING(EILSEQ, VmmShare(self->area, beyond));
	EXPECT_SHARES_NOTHING(EILSEQ, VmmShare(self->area, negative));
	EXPECT_SHARES_NOTHING(EILSEQ, VmmOpenSharedArea(surrogate));
	EXPECT_SHARES_NOTHING(EILSEQ, VmmShare(self->area, L"a\001"));
}

TEST_F(share, name_there_is_not)
{
	EXPECT_SHARES_NOTHING(ENOENT, VmmOpenSharedArea(L"nobody has this"));
}

TEST_F(share, no_area_to_share)
{
	char *reserved = VmmReserveArea(1, 0);
	char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(self->hole, NAME));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(reserved, NAME));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(other, NAME));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(NULL, NAME));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare((void *)-1, NAME));
	EXPECT_SHARES_NOTHING(EINVAL, VmmShare(self->hole, NULL));
}

/* Many names, many areas */

TEST_F(share, area_with_several_names)
{
	handle_t one, two;

	ASSERT_TRUE(VmmShare(self->area, L"one") && VmmShare(self->area, L"two"));
	one = VmmOpenSharedArea(L"one");
	two = VmmOpenSharedArea(L"two");
	ASSERT_TRUE(one && two);
	EXPECT_EQ(one->area_id, two->area_id);
	EXPECT_EQ(2, names(self->fd));
}

TEST_F(share, first_of_a_name_wins)
{
	char *second = VmmAlloc(1, 0, USER_RW);
	const uint64_t first_id = node_at(self->area)->u.desc->area_id;
	const uint64_t second_id = node_at(second)->u.desc->area_id;

	ASSERT_TRUE(VmmShare(self->area, NAME) && VmmShare(second, NAME));
	EXPECT_EQ(first_id, VmmOpenSharedArea(NAME)->area_id);
	ASSERT_NE(NULL, VmmShare(self->area, NULL));
	EXPECT_EQ(second_id, VmmOpenSharedArea(NAME)->area_id);
}

TEST_F(share, null_takes_all_names_away)
{
	char *other = VmmAlloc(1, 0, USER_RW);
	handle_t handle;

	ASSERT_TRUE(VmmShare(self->area, L"one") && VmmShare(self->area, L"two"));
	ASSERT_NE(NULL, VmmShare(other, L"three"));
	handle = VmmShare(self->area + PAGE, NULL);
	ASSERT_NE(NULL, handle);
	EXPECT_SHARES_NOTHING(ENOENT, VmmOpenSharedArea(L"one"));
	EXPECT_SHARES_NOTHING(ENOENT, VmmOpenSharedArea(L"two"));
	EXPECT_NE(NULL, VmmOpenSharedArea(L"three"));
	EXPECT_NE(NULL, VmmMapSharedArea(handle, 0, USER));
}

TEST_F(share, null_where_there_is_no_name)
{
	handle_t handle = VmmShare(self->area, NULL);

	ASSERT_NE(NULL, handle);
	EXPECT_EQ(0, names(self->fd));
	EXPECT_NE(NULL, VmmMapSharedArea(handle, 0, USER_RW));
	EXPECT_TRUE(HndClose(handle));
}

/* What is mapped without a name stays so. */
TEST_F(share, taking_names_away_leaves_mappings)
{
	char *other;

	ASSERT_NE(NULL, VmmShare(self->area, NAME));
	other = VmmMapSharedArea(VmmOpenSharedArea(NAME), 0, USER_RW);
	ASSERT_NE(NULL, other);
	ASSERT_NE(NULL, VmmShare(self->area, NULL));
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
}

/* Nodes of a shared area */

TEST_F(share, protection_is_the_nodes)
{
	handle_t shared = VmmShare(self->area, NULL);
	char *readable = VmmMapSharedArea(shared, 0, USER);
	char *writable = VmmMapSharedArea(shared, 0, VM_MEM_WRITE);

	ASSERT_TRUE(readable && writable);
	EXPECT_EQ(SIGSEGV, write_signal(readable));
	EXPECT_EQ(0, write_signal(writable));
	EXPECT_EQ(USER, node_at(readable)->flags);
	EXPECT_EQ(USER_RW, node_at(writable)->flags);
}

TEST_F(share, place_of_a_shared_area)
{
	handle_t shared = VmmShare(self->area, NULL);
	char *reserved = VmmReserveArea(2 * PAGES, start_of(self->hole));

	ASSERT_NE(NULL, shared);
	ASSERT_EQ(self->hole, reserved);
	EXPECT_LE(start_of(VmmMapSharedArea(shared, 0, USER)), TWO_GIB);
	EXPECT_EQ(reserved + PAGE, VmmMapSharedArea(shared, start_of(reserved) + PAGE + 7, USER));
	EXPECT_EQ(VM_MEM_RESERVED, node_at(reserved)->flags);
	EXPECT_EQ(VM_MEM_RESERVED, node_at(reserved + SIZE + PAGE)->flags);
	EXPECT_FAILS(EACCES, VmmMapSharedArea(shared, start_of(reserved), USER));
	EXPECT_FAILS(EACCES, VmmMapSharedArea(shared, start_of(self->area), USER));
	EXPECT_FAILS(EACCES, VmmMapSharedArea(shared, start_of(reserved) + SIZE + 2 * PAGE, USER));
	EXPECT_EQ(PAGES, numbered_pages(self->area, 0, PAGES));
}

TEST_F(share, bad_flags_of_a_node)
{
	handle_t shared = VmmShare(self->area, NULL);

	EXPECT_FAILS(EPERM, VmmMapSharedArea(shared, 0, VM_MEM_KERNEL));
	EXPECT_FAILS(EPERM, VmmMapSharedArea(shared, 0, 1 | VM_MEM_READ));
	EXPECT_FAILS(EINVAL, VmmMapSharedArea(shared, 0, VM_MEM_ZERO));
	EXPECT_FAILS(EINVAL, VmmMapSharedArea(shared, 0, VM_MEM_RESERVED));
	EXPECT_FAILS(EINVAL, VmmMapSharedArea(shared, 0, USER | 0x200));
}

/* It is the area's: a node cannot have another one. */
TEST_F(share, cache_mode_of_a_node)
{
	char *uncached = VmmAlloc(1, 0, USER_RW | VM_MEM_CACHE_NONE);
	handle_t shared = VmmShare(self->area, NULL), other = VmmShare(uncached, NULL);
	char *addr;

	ASSERT_TRUE(shared && other);
	EXPECT_FAILS(EOPNOTSUPP, VmmMapSharedArea(shared, 0, USER | VM_MEM_CACHE_NONE));
	EXPECT_FAILS(EOPNOTSUPP, VmmMapSharedArea(shared, 0, USER | VM_MEM_CACHE_WT));
	EXPECT_FAILS(EOPNOTSUPP, VmmMapSharedArea(other, 0, USER | VM_MEM_CACHE_WT));
	EXPECT_NE(NULL, VmmMapSharedArea(other, 0, USER | VM_MEM_CACHE_NONE));
	addr = VmmMapSharedArea(other, 0, USER);
	EXPECT_EQ(USER | VM_MEM_CACHE_NONE, node_at(addr)->flags);
}

TEST_F(share, area_of_a_node_is_mapped_again)
{
	vm_node_t *node = node_at(self->area);
	char *other = VmmMapSharedArea(node->u.desc, 0, USER);

	ASSERT_NE(NULL, other);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_TRUE(VmmFree(self->area));
	EXPECT_FAILS(EBADF, VmmMapSharedArea(node->u.desc, 0, USER));
	EXPECT_FAILS(EBADF, HndClose(node_at(other)->u.desc));
}

/* Handles */

TEST_F(share, closed_handle)
{
	handle_t shared = VmmShare(self->area, NULL);

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(HndClose(shared));
	EXPECT_FAILS(EBADF, HndClose(shared));
	EXPECT_FAILS(EBADF, VmmMapSharedArea(shared, 0, USER));
}

TEST_F(share, no_handle)
{
	vm_desc_t desc = { .num_pages = 1 };
	handle_t inside = VmmShare(self->area, NULL);

	EXPECT_FAILS(EBADF, HndClose(NULL));
	EXPECT_FAILS(EBADF, HndClose(&desc));
	EXPECT_FAILS(EBADF, HndClose((handle_t)-1));
	EXPECT_FAILS(EBADF, HndClose((handle_t)((char *)inside + 1)));
	EXPECT_FAILS(EBADF, VmmMapSharedArea(NULL, 0, USER));
	EXPECT_FAILS(EBADF, VmmMapSharedArea(&desc, 0, USER));
	EXPECT_FAILS(EBADF, VmmMapSharedArea((handle_t)self->area, 0, USER));
}

TEST_F(share, file_is_no_area)
{
	file_handle_t *file;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ASSERT_EQ(0, physvm_mobius_file(fd, &file));
	EXPECT_FAILS(EBADF, VmmMapSharedArea(file, 0, USER));
	EXPECT_TRUE(HndClose(file));
	EXPECT_FAILS(EBADF, HndClose(file));
}

TEST_F(share, each_handle_is_closed_for_itself)
{
	handle_t one = VmmShare(self->area, NAME), two = VmmOpenSharedArea(NAME);

	ASSERT_TRUE(one && two);
	EXPECT_TRUE(HndClose(one));
	EXPECT_NE(NULL, VmmMapSharedArea(two, 0, USER));
	EXPECT_NE(NULL, VmmOpenSharedArea(NAME));
	EXPECT_TRUE(HndClose(two));
}

TEST_F(share, mapping_outlives_its_handle)
{
	handle_t shared = VmmShare(self->area, NULL);
	char *other = VmmMapSharedArea(shared, 0, USER);

	ASSERT_NE(NULL, other);
	EXPECT_TRUE(HndClose(shared));
	EXPECT_TRUE(VmmFree(self->area));
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_EQ(PAGES, used(self->fd));
	EXPECT_TRUE(VmmFree(other));
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(share, handle_keeps_the_area)
{
	handle_t shared = VmmShare(self->area, NULL);
	char *other;

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(VmmFree(self->area));
	EXPECT_EQ(PAGES, used(self->fd));
	other = VmmMapSharedArea(shared, 0, USER);
	ASSERT_NE(NULL, other);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_TRUE(VmmFree(other));
	EXPECT_TRUE(HndClose(shared));
	EXPECT_EQ(0, used(self->fd));
}

/* Of the original the name was gone as soon as the handle was closed. */
TEST_F(share, name_keeps_the_area)
{
	char *other;

	ASSERT_TRUE(HndClose(VmmShare(self->area, NAME)));
	EXPECT_TRUE(VmmFree(self->area));
	EXPECT_EQ(PAGES, used(self->fd));
	other = VmmMapSharedArea(VmmOpenSharedArea(NAME), 0, USER);
	ASSERT_NE(NULL, other);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
}

TEST_F(share, descriptor_that_the_program_closed)
{
	handle_t shared = VmmShare(self->area, NULL);

	ASSERT_NE(NULL, shared);
	for (int fd = 3; fd < 64; fd++)
		if (fd != self->fd)
			close(fd);
	EXPECT_EQ(EBADF, ERRNO_OF(VmmMapSharedArea(shared, 0, USER)));
	EXPECT_NE(NULL, VmmShare(self->area, NULL));
	EXPECT_TRUE(HndClose(shared));
}

static void make_many_handles(int fd, const void *area)
{
	const struct rlimit many = { 2 * MANY_HANDLES, 2 * MANY_HANDLES };
	handle_t last = NULL, handle;
	int made = 0;

	child_need(!setrlimit(RLIMIT_NOFILE, &many));
	for (; made < MANY_HANDLES; made++) {
		errno = 0;
		handle = VmmShare((void *)area, NULL);
		if (!handle)
			break;
		last = handle;
	}
	child_need(made == 4096 && errno == EMFILE);
	child_need(HndClose(last) && VmmShare((void *)area, NULL) == last);
}

TEST_F_TIMEOUT(share, more_handles_than_there_can_be, PATIENCE)
{
	char *area = VmmAlloc(1, 0, USER_RW);
	handle_t shared = VmmShare(area, L"for the child");

	ASSERT_NE(NULL, shared);
	/* A child has no area of its parent's, but what it opens. */
	pid_t pid = fork();

	if (!pid) {
		handle_t opened = VmmOpenSharedArea(L"for the child");

		area = VmmMapSharedArea(opened, 0, USER_RW);
		child_need(area && HndClose(shared) && HndClose(opened));
		make_many_handles(-1, area);
		_exit(0);
	}
	EXPECT_TRUE(child_succeeded(pid));
}

/* Descriptors */

TEST_F(share, descriptor_and_back)
{
	handle_t shared = VmmShare(self->area, NULL), back;
	int fd = physvm_mobius_to_fd(shared);
	char *other;

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(0, physvm_mobius_from_fd(fd, &back));
	close(fd);
	EXPECT_TRUE(HndClose(shared));
	other = VmmMapSharedArea(back, 0, USER_RW);
	ASSERT_NE(NULL, other);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_EQ(PAGES, back->num_pages);
}

TEST_F(share, descriptor_of_something_else)
{
	handle_t handle = (handle_t)7;
	file_handle_t *file = (file_handle_t *)7;
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_mobius_from_fd(exe, &handle));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_mobius_from_fd(self->fd, &handle));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_mobius_from_fd(-1, &handle));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_mobius_file(pipes[0], &file));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_mobius_file(-1, &file));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_mobius_to_fd(NULL));
	EXPECT_TRUE(handle == (handle_t)7 && file == (file_handle_t *)7);
}

/* Processes */

static void read_only(int fd, const void *arg)
{
	handle_t opened = VmmOpenSharedArea(NAME);
	char *addr;

	child_need(opened);
	addr = VmmMapSharedArea(opened, 0, USER);
	child_need(addr && HndClose(opened));
	child_need(numbered_pages(addr, 0, PAGES) == PAGES);
	child_need(write_signal(addr) == SIGSEGV);
	raise(SIGSTOP);
	child_need(*addr == 77);
}

/* The reader was started first: the two have nothing but the name in common. */
TEST_F(share, writer_and_reader)
{
	pid_t reader;

	ASSERT_NE(NULL, VmmShare(self->area, NAME));
	reader = child_start(read_only, self->fd, NULL);
	ASSERT_TRUE(child_stopped(reader));
	*self->area = 77;
	EXPECT_TRUE(child_finish(reader));
}

static void share_and_end(int fd, const void *arg)
{
	char *area = VmmAlloc(PAGES, 0, USER_RW);

	child_need(area && VmmShare(area, arg));
	number_pages(area, PAGES);
}

/* Nobody waits for anybody: a name says that something is left. */
TEST_F(share, area_outlives_its_creator)
{
	handle_t opened;
	char *addr;

	EXPECT_TRUE(VmmFree(self->area));
	ASSERT_TRUE(child_succeeded(child_start(share_and_end, self->fd, L"left behind")));
	EXPECT_EQ(PAGES, used(self->fd));
	opened = VmmOpenSharedArea(L"Left Behind");
	ASSERT_NE(NULL, opened);
	addr = VmmMapSharedArea(opened, 0, USER_RW);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_TRUE(HndClose(opened));
	ASSERT_TRUE(HndClose(VmmShare(addr, NULL)));
	EXPECT_TRUE(VmmFree(addr));
	EXPECT_EQ(0, names(self->fd));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void open_as_nobody(int fd, const void *arg)
{
	const int expected = *(const int *)arg;
	handle_t opened;

	child_need(!setuid(65534));
	errno = 0;
	opened = VmmOpenSharedArea(NAME);
	child_need(opened ? !expected : errno == expected);
	if (!opened)
		return;
	child_need(VmmMapSharedArea(opened, 0, USER));
	child_need(ERRNO_OF(VmmMapSharedArea(opened, 0, USER_RW)) == EACCES);
	child_need(ERRNO_OF(VmmShare(VmmMapSharedArea(opened, 0, USER), NULL)) == EPERM);
}

TEST_F(share, shared_area_is_the_owners)
{
	ASSERT_NE(NULL, VmmShare(self->area, NAME));
	EXPECT_TRUE(child_succeeded(child_start(open_as_nobody, self->fd, &(int){ EACCES })));
}

TEST_F(share, mode_that_was_asked_for)
{
	handle_t shared = physvm_mobius_share(self->area, NAME, 0644, USER_RW);

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(child_succeeded(child_start(open_as_nobody, self->fd, &(int){ 0 })));
	EXPECT_EQ(1, names(self->fd));
}

TEST_F(share, rights_that_were_asked_for)
{
	handle_t shared = physvm_mobius_share(self->area, NAME, 0666, USER), opened;

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(child_succeeded(child_start(open_as_nobody, self->fd, &(int){ 0 })));
	opened = VmmOpenSharedArea(NAME);
	ASSERT_NE(NULL, opened);
	EXPECT_FAILS(EACCES, VmmMapSharedArea(opened, 0, USER_RW));
	EXPECT_NE(NULL, VmmMapSharedArea(opened, 0, USER));
	EXPECT_NE(NULL, VmmMapSharedArea(shared, 0, USER_RW));
}

TEST_F(share, rights_and_modes_there_are_not)
{
	EXPECT_SHARES_NOTHING(EINVAL, physvm_mobius_share(self->area, NULL, 0600, USER));
	EXPECT_SHARES_NOTHING(EINVAL, physvm_mobius_share(self->area, NAME, 0600,
							  USER | VM_MEM_CACHE_NONE));
	EXPECT_SHARES_NOTHING(EPERM, physvm_mobius_share(self->area, NAME, 0600, 0));
	EXPECT_EQ(NULL, physvm_mobius_share(self->area, NAME, 010000, USER));
	EXPECT_EQ(0, names(self->fd));
}

/* What was opened for reading cannot be made more of by sharing it again. */
TEST_F(share, reader_shares_no_more_than_it_has)
{
	handle_t again;
	char *readable;

	ASSERT_NE(NULL, physvm_mobius_share(self->area, NAME, 0600, USER));
	readable = VmmMapSharedArea(VmmOpenSharedArea(NAME), 0, USER);
	ASSERT_NE(NULL, readable);
	ASSERT_NE(NULL, VmmShare(readable, L"again"));
	again = VmmOpenSharedArea(L"again");
	EXPECT_FAILS(EACCES, VmmMapSharedArea(again, 0, USER_RW));
	EXPECT_SHARES_NOTHING(EACCES, physvm_mobius_share(readable, L"more", 0600, USER_RW));
}

static void use_handle(int fd, const void *arg)
{
	handle_t shared = (handle_t)arg;
	char *addr = VmmMapSharedArea(shared, 0, USER_RW);

	child_need(addr && numbered_pages(addr, 0, PAGES) == PAGES);
	child_need(VmmFree(addr) && HndClose(shared));
}

TEST_F(share, forked_child_has_the_handle)
{
	handle_t shared = VmmShare(self->area, NULL);

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(child_succeeded(child_start(use_handle, self->fd, shared)));
	EXPECT_NE(NULL, VmmMapSharedArea(shared, 0, USER));
}

static void look_for_mapping(int fd, const void *addr)
{
	child_need(read_signal(addr) == SIGSEGV);
}

TEST_F(share, forked_child_does_not_have_the_mapping)
{
	char *native = alloc_map(self->fd, SIZE, PHYSVM_ALLOC_COMMIT);
	char *addr = VmmMapSharedArea(VmmShare(native, NULL), 0, USER);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(child_succeeded(child_start(look_for_mapping, self->fd, addr)));
}

TEST_F(share, everything_goes_back)
{
	struct traces before = traces(self->fd), after;
	handle_t shared = VmmShare(self->area, NAME), opened = VmmOpenSharedArea(NAME);
	char *addr = VmmMapSharedArea(opened, 0, USER_RW);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(HndClose(VmmShare(addr, NULL)));
	EXPECT_TRUE(VmmFree(addr) && HndClose(shared) && HndClose(opened));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_HARNESS_MAIN
