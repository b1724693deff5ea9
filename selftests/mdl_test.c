// SPDX-License-Identifier: GPL-2.0-only
/*
 * MDL buffers of KasperskyOS, and the handles they are behind.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "child.h"
#include "util.h"

#include <coresrv/vmm/vmm_api.h>
#include <physvm.h>
#include <physvm_kn.h>
#include <sys/resource.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define READ_WRITE (VMM_FLAG_READ | VMM_FLAG_WRITE)
#define EAGER (VMM_FLAG_RESERVE | VMM_FLAG_COMMIT | VMM_FLAG_LOCKED | READ_WRITE)
#define BOTH_GUARDS (VMM_FLAG_LOW_GUARD | VMM_FLAG_HIGH_GUARD)

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* More than there is room for. */
#define MANY_HANDLES 5000

/* Neither is a handle, and the second looks like one. */
static const Handle no_handles[] = { 0, 1, 3, INVALID_HANDLE, 0x40000fff, 0x80000000, 0x3fffffff };

FIXTURE(mdl)
{
	int fd;			/* of our own */
	uint64_t total;		/* pages in the pool */
	struct physvm *native;
	Handle mdl;		/* of SIZE bytes, to read and write */
};

FIXTURE_SETUP(mdl)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
	ASSERT_EQ(0, physvm_open(&self->native));
	ASSERT_EQ(rcInvalidArgument, KnVmUnmap((void *)PAGE, PAGE));
	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, READ_WRITE, &self->mdl));
}

FIXTURE_TEARDOWN(mdl)
{
}

static char *map_part(Handle mdl, rtl_size_t offset, rtl_size_t length, int flags)
{
	void *addr;

	return KnPmmMdlMap(mdl, offset, length, RTL_NULL, flags, &addr) == rcOk ? addr : NULL;
}

static char *map_all(Handle mdl, int flags)
{
	return map_part(mdl, 0, SIZE, flags);
}

/* The outcome of a call that makes a handle, which must be left alone on failure. */
static Retcode created(rtl_size_t size, int flags)
{
	Handle handle = 77;
	Retcode code = KnPmmMdlCreate(size, flags, &handle);

	return code != rcOk && handle != 77 ? rcInternalError : code;
}

static Retcode copied(const void *buf, rtl_size_t size, int flags)
{
	Handle handle = 77;
	Retcode code = KnPmmMdlCreateFromBuf(buf, size, flags, &handle);

	return code != rcOk && handle != 77 ? rcInternalError : code;
}

static Retcode shared(void *addr, rtl_size_t size, int flags)
{
	Handle handle = 77;
	Retcode code = KnPmmMdlCreateFromVm(addr, size, flags, &handle);

	return code != rcOk && handle != 77 ? rcInternalError : code;
}

static Retcode cloned(Handle mdl)
{
	Handle handle = 77;
	Retcode code = KnPmmMdlClone(mdl, &handle);

	return code != rcOk && handle != 77 ? rcInternalError : code;
}

static Retcode measured(Handle mdl)
{
	rtl_size_t size = 77;
	Retcode code = KnPmmMdlGetSize(mdl, &size);

	return code != rcOk && size != 77 ? rcInternalError : code;
}

static Retcode mapped(Handle mdl, rtl_size_t offset, rtl_size_t length, void *hint, int flags)
{
	void *addr = NULL;
	Retcode code = KnPmmMdlMap(mdl, offset, length, hint, flags, &addr);

	return code != rcOk && addr ? rcInternalError : code;
}

static Retcode mapped_whole(Handle mdl, int flags)
{
	return mapped(mdl, 0, SIZE, RTL_NULL, flags);
}

static int turned_into_handle(int fd)
{
	Handle handle = 77;
	int err = physvm_kn_handle_from_fd(fd, &handle);

	return err && handle != 77 ? -1 : err;
}

/* What is in it, and where */

TEST_F(mdl, row15_fresh_buffer_is_zero)
{
	char *addr = map_all(self->mdl, READ_WRITE);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(all_zero(addr, SIZE));
	number_pages(addr, PAGES);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
}

TEST_F(mdl, handle_is_no_descriptor)
{
	EXPECT_NE(0, self->mdl);
	EXPECT_NE(INVALID_HANDLE, self->mdl);
	EXPECT_EQ(-1, fcntl((int)self->mdl, F_GETFD));
	EXPECT_EQ(EBADF, errno);
	EXPECT_LT(1 << 29, self->mdl);
}

TEST_F(mdl, mappings_show_the_same_pages)
{
	char *one = map_all(self->mdl, READ_WRITE);
	char *other = map_all(self->mdl, VMM_FLAG_READ);

	ASSERT_TRUE(one && other && one != other);
	number_pages(one, PAGES);
	EXPECT_EQ(PAGES, numbered_pages(other, 0, PAGES));
	EXPECT_EQ(SIGSEGV, write_signal(other));
	EXPECT_EQ(query(self->fd, one).out_phys, query(self->fd, other).out_phys);
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
}

TEST_F(mdl, part_begins_at_its_offset)
{
	char *all = map_all(self->mdl, READ_WRITE);
	char *part = map_part(self->mdl, 3 * PAGE, 2 * PAGE, VMM_FLAG_READ);

	ASSERT_TRUE(all && part);
	number_pages(all, PAGES);
	EXPECT_EQ(2, numbered_pages(part, 3, 2));
	EXPECT_EQ(2 * PAGE, query(self->fd, part).out_region_length);
}

TEST_F(mdl, size)
{
	rtl_size_t size = 0;

	EXPECT_EQ(rcOk, KnPmmMdlGetSize(self->mdl, &size));
	EXPECT_EQ(SIZE, size);
}

/* Lifetimes */

TEST_F(mdl, row32_mapping_outlives_its_handle)
{
	char *addr = map_all(self->mdl, READ_WRITE);

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
	ASSERT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_used_pages);
}

TEST_F(mdl, row32_handle_outlives_its_mappings)
{
	char *addr = map_all(self->mdl, READ_WRITE);

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	ASSERT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
	addr = map_all(self->mdl, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(mdl, everything_goes_back)
{
	struct traces before, after;
	Handle mdl, clone;
	char *addr;

	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	before = traces(self->fd);
	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, READ_WRITE, &mdl));
	ASSERT_EQ(rcOk, KnPmmMdlClone(mdl, &clone));
	addr = map_all(clone, READ_WRITE);
	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	EXPECT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	EXPECT_EQ(rcOk, KnHandleClose(clone));
	EXPECT_EQ(rcOk, KnHandleClose(mdl));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_F(mdl, decommit_is_seen_in_every_mapping)
{
	char *one = map_all(self->mdl, READ_WRITE);
	char *other = map_all(self->mdl, VMM_FLAG_READ);

	ASSERT_TRUE(one && other);
	number_pages(one, PAGES);
	ASSERT_EQ(rcOk, KnVmDecommit(one + PAGE, PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(other + PAGE));
	ASSERT_EQ(rcOk, KnVmCommit(other + PAGE, PAGE, VMM_FLAG_LOCKED));
	EXPECT_TRUE(all_zero(one + PAGE, PAGE));
	EXPECT_EQ(6, numbered_pages(other + 2 * PAGE, 2, 6));
}

/* Rights */

TEST_F(mdl, row31_map_within_the_rights)
{
	Handle all;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_RWX_MASK, &all));
	EXPECT_EQ(rcOk, mapped_whole(all, VMM_FLAG_READ | VMM_FLAG_EXECUTE));
	EXPECT_EQ(rcOk, mapped_whole(all, VMM_FLAG_EXECUTE));
	EXPECT_EQ(rcOk, mapped_whole(all, READ_WRITE));
	EXPECT_EQ(rcOk, mapped_whole(all, VMM_FLAG_WRITE));
	EXPECT_EQ(rcOk, mapped_whole(all, 0));
}

TEST_F(mdl, row31_map_beyond_the_rights)
{
	Handle readable, writable;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_READ, &readable));
	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_WRITE, &writable));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(readable, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(readable, VMM_FLAG_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       mapped_whole(readable, VMM_FLAG_READ | VMM_FLAG_EXECUTE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(writable, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(self->mdl, VMM_FLAG_RWX_MASK));
}

TEST_F(mdl, row31_protect_beyond_the_rights)
{
	char *addr;
	Handle readable;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_READ, &readable));
	addr = map_all(readable, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(addr, SIZE, READ_WRITE));
	EXPECT_EQ(-1, mprotect(addr, SIZE, RW));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(rcOk, KnVmProtect(addr, SIZE, 0));
	EXPECT_EQ(rcOk, KnVmProtect(addr, SIZE, VMM_FLAG_READ));
	EXPECT_EQ(0, read_signal(addr));
}

TEST_F(mdl, row17_write_alone)
{
	Handle writable;
	char *addr, *seen;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_WRITE, &writable));
	addr = map_all(writable, VMM_FLAG_WRITE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_EQ(PHYSVM_PROT_WRITE, query(self->fd, addr).out_prot);
	seen = map_all(self->mdl, VMM_FLAG_WRITE);
	ASSERT_NE(NULL, seen);
	*(volatile char *)seen = 7;
	EXPECT_EQ(7, *map_all(self->mdl, VMM_FLAG_READ));
}

TEST_F(mdl, row31_clone_has_the_same_rights)
{
	Handle readable, clone;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_READ, &readable));
	ASSERT_EQ(rcOk, KnPmmMdlClone(readable, &clone));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(clone, READ_WRITE));
	EXPECT_EQ(rcOk, mapped_whole(clone, VMM_FLAG_READ));
}

static bool wx_denied(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	return !call(fd, PHYSVM_INFO, &info) && info.out_features & PHYSVM_FEATURE_WX_DENY;
}

TEST_F(mdl, row19_write_and_execute_are_the_policys_business)
{
	Handle all;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_RWX_MASK, &all));
	if (wx_denied(self->fd)) {
		EXPECT_REFUSED(rcSecurityDisallow, self->fd, mapped_whole(all, VMM_FLAG_RWX_MASK));
	} else {
		EXPECT_EQ(rcOk, mapped_whole(all, VMM_FLAG_RWX_MASK));
	}
}

/* The preferred address */

TEST_F(mdl, hint_that_is_free)
{
	char *hole = free_addresses(SIZE);
	void *addr;

	ASSERT_EQ(rcOk, KnPmmMdlMap(self->mdl, 0, SIZE, hole + PAGE, READ_WRITE, &addr));
	EXPECT_EQ(hole + PAGE, (char *)addr);
}

TEST_F(mdl, row2_hint_that_is_taken)
{
	char *taken = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *addr;

	ASSERT_NE(MAP_FAILED, taken);
	number_pages(taken, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlMap(self->mdl, 0, SIZE, taken + PAGE, READ_WRITE, &addr));
	EXPECT_TRUE((char *)addr + SIZE <= taken || (char *)addr >= taken + SIZE);
	EXPECT_EQ(PAGES, numbered_pages(taken, 0, PAGES));
	EXPECT_TRUE(all_zero(addr, SIZE));
}

TEST_F(mdl, hint_that_cannot_be)
{
	void *addr;

	EXPECT_EQ(rcOk, KnPmmMdlMap(self->mdl, 0, SIZE, (void *)-PAGE, READ_WRITE, &addr));
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       mapped(self->mdl, 0, SIZE, free_addresses(SIZE) + 1, READ_WRITE));
}

/* Bad values */

TEST_F(mdl, row3_create_bad_size)
{
	EXPECT_REFUSED(rcInvalidArgument, self->fd, created(0, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, created(1, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, created(PAGE + 1, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, created((rtl_size_t)-1, READ_WRITE));
	EXPECT_REFUSED(rcOutOfMemory, self->fd, created((rtl_size_t)-PAGE, READ_WRITE));
	EXPECT_REFUSED(rcOutOfMemory, self->fd, created((self->total + 1) * PAGE, READ_WRITE));
}

TEST_F(mdl, row21_create_bad_flags)
{
	EXPECT_REFUSED(rcInvalidArgument, self->fd, created(SIZE, 0));
	for (unsigned int bit = 1; bit; bit <<= 1) {
		if (bit & VMM_FLAG_RWX_MASK)
			continue;
		EXPECT_REFUSED(rcInvalidArgument, self->fd, created(SIZE, READ_WRITE | bit));
	}
}

TEST_F(mdl, nowhere_to_store_the_answer)
{
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnPmmMdlCreate(SIZE, READ_WRITE, RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnPmmMdlCreateFromBuf("x", 1, READ_WRITE, RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnPmmMdlClone(self->mdl, RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnPmmMdlGetSize(self->mdl, RTL_NULL));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       KnPmmMdlMap(self->mdl, 0, SIZE, RTL_NULL, READ_WRITE, RTL_NULL));
}

TEST_F(mdl, row3_map_bad_part)
{
	static const struct { rtl_size_t offset, length; } parts[] = {
		{ 0, 0 }, { 0, 1 }, { 1, PAGE }, { 0, SIZE - 1 },
		{ 0, SIZE + PAGE }, { PAGE, SIZE }, { SIZE, PAGE }, { SIZE, 0 },
		{ -PAGE, PAGE }, { -PAGE, 2 * PAGE }, { PAGE, -PAGE }, { 0, -PAGE },
		{ (rtl_size_t)1 << 63, PAGE }, { 0, (rtl_size_t)1 << 63 },
		{ 0, (rtl_size_t)-1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		EXPECT_REFUSED(rcInvalidArgument, self->fd,
			       mapped(self->mdl, parts[i].offset, parts[i].length, RTL_NULL,
				      VMM_FLAG_READ));
	}
}

TEST_F(mdl, row21_map_bad_flags)
{
	for (unsigned int bit = 1; bit; bit <<= 1) {
		if (bit & VMM_FLAG_RWX_MASK)
			continue;
		EXPECT_REFUSED(rcInvalidArgument, self->fd,
			       mapped_whole(self->mdl, READ_WRITE | bit));
	}
}

TEST_F(mdl, bad_handles)
{
	for (size_t i = 0; i < ARRAY_SIZE(no_handles); i++) {
		EXPECT_REFUSED(rcInvalidArgument, self->fd,
			       mapped_whole(no_handles[i], VMM_FLAG_READ));
		EXPECT_REFUSED(rcInvalidArgument, self->fd, cloned(no_handles[i]));
		EXPECT_REFUSED(rcInvalidArgument, self->fd, measured(no_handles[i]));
		EXPECT_REFUSED(rcInvalidArgument, self->fd, KnHandleClose(no_handles[i]));
		EXPECT_REFUSED(-EBADF, self->fd, physvm_kn_handle_to_fd(no_handles[i]));
	}
}

/* Every bit of a good one changed. */
TEST_F(mdl, almost_a_handle)
{
	for (int bit = 0; bit < 32; bit++) {
		const Handle other = self->mdl ^ 1u << bit;

		EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(other, VMM_FLAG_READ));
		EXPECT_REFUSED(rcInvalidArgument, self->fd, KnHandleClose(other));
	}
	EXPECT_EQ(rcOk, mapped_whole(self->mdl, VMM_FLAG_READ));
}

TEST_F(mdl, closed_handle)
{
	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnHandleClose(self->mdl));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(self->mdl, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, cloned(self->mdl));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, measured(self->mdl));
	EXPECT_REFUSED(-EBADF, self->fd, physvm_kn_handle_to_fd(self->mdl));
}

/* Until its slot has come round and been used again, and then. */
TEST_F_TIMEOUT(mdl, closed_handle_is_not_the_one_that_came_after, PATIENCE)
{
	Handle clone;
	int rounds;

	ASSERT_EQ(rcOk, KnPmmMdlClone(self->mdl, &clone));
	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	for (rounds = 0; rounds < 2 * MANY_HANDLES; rounds++) {
		Handle next;

		if (KnPmmMdlClone(clone, &next) != rcOk || next == self->mdl ||
		    KnHandleClose(self->mdl) != rcInvalidArgument || KnHandleClose(next) != rcOk)
			break;
	}
	EXPECT_EQ(2 * MANY_HANDLES, rounds);
	EXPECT_EQ(rcOk, KnHandleClose(clone));
	EXPECT_EQ(0, settled_pool_stat(self->fd).out_areas);
}

/* Shortages */

static Retcode fill_table(Handle mdl, Handle *made, size_t *count)
{
	Retcode code = rcOk;

	for (*count = 0; *count < MANY_HANDLES; ++*count) {
		code = KnPmmMdlClone(mdl, &made[*count]);
		if (code != rcOk)
			break;
	}
	return code;
}

TEST_F_TIMEOUT(mdl, table_is_full, PATIENCE)
{
	static Handle made[MANY_HANDLES];
	const struct rlimit enough = { 2 * MANY_HANDLES, 2 * MANY_HANDLES };
	const int fd = physvm_kn_handle_to_fd(self->mdl);
	size_t count, again;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &enough));
	EXPECT_EQ(rcQuotaExceeded, fill_table(self->mdl, made, &count));
	EXPECT_EQ(4095, count);
	EXPECT_REFUSED(rcQuotaExceeded, self->fd, created(SIZE, READ_WRITE));
	EXPECT_REFUSED(rcQuotaExceeded, self->fd, copied("x", 1, READ_WRITE));
	EXPECT_REFUSED(-EMFILE, self->fd, turned_into_handle(fd));
	EXPECT_EQ(rcOk, KnHandleClose(made[1234]));
	EXPECT_EQ(rcOk, KnPmmMdlClone(self->mdl, &made[1234]));
	EXPECT_EQ(rcQuotaExceeded, cloned(self->mdl));
	for (again = 0; again < count && KnHandleClose(made[again]) == rcOk; again++)
		;
	EXPECT_EQ(count, again);
	EXPECT_EQ(rcOk, mapped_whole(self->mdl, VMM_FLAG_READ));
}

TEST_F(mdl, no_descriptor_left)
{
	const struct rlimit none = { 0, 0 };
	const int fd = physvm_kn_handle_to_fd(self->mdl);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(rcQuotaExceeded, created(SIZE, READ_WRITE));
	EXPECT_EQ(rcQuotaExceeded, copied("x", 1, READ_WRITE));
	EXPECT_EQ(rcQuotaExceeded, cloned(self->mdl));
	EXPECT_EQ(-EMFILE, physvm_kn_handle_to_fd(self->mdl));
	EXPECT_EQ(-EMFILE, turned_into_handle(fd));
	EXPECT_EQ(rcOk, mapped_whole(self->mdl, VMM_FLAG_READ));
	EXPECT_EQ(rcOk, KnHandleClose(self->mdl));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
}

/* With a copy */

TEST_F(mdl, from_buf_copies)
{
	char text[PAGE + 5];
	Handle mdl;
	rtl_size_t size;
	char *addr;

	memset(text, 0xa5, sizeof(text));
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromBuf(text, sizeof(text), VMM_FLAG_READ, &mdl));
	EXPECT_EQ(rcOk, KnPmmMdlGetSize(mdl, &size));
	EXPECT_EQ(2 * PAGE, size);
	addr = map_part(mdl, 0, size, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	text[0] = 0;
	EXPECT_EQ((char)0xa5, addr[0]);
	EXPECT_EQ(0, memcmp(addr + 1, text + 1, sizeof(text) - 1));
	for (size = sizeof(text); size < 2 * PAGE && !addr[size]; size++)
		;
	EXPECT_EQ(2 * PAGE, size);
}

TEST_F(mdl, row31_from_buf_has_no_more_rights_than_asked)
{
	Handle mdl;
	char *addr;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromBuf("text", 5, VMM_FLAG_READ, &mdl));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped(mdl, 0, PAGE, RTL_NULL, READ_WRITE));
	addr = map_part(mdl, 0, PAGE, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_STREQ("text", addr);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnVmProtect(addr, PAGE, READ_WRITE));
}

TEST_F(mdl, from_buf_goes_back)
{
	struct traces before, after;
	Handle mdl;

	before = traces(self->fd);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromBuf("text", 5, VMM_FLAG_READ, &mdl));
	ASSERT_EQ(rcOk, KnHandleClose(mdl));
	after = traces(self->fd);
	EXPECT_TRUE(same_traces(before, after));
}

TEST_F(mdl, row3_from_buf_bad_values)
{
	EXPECT_REFUSED(rcInvalidArgument, self->fd, copied(RTL_NULL, PAGE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, copied("x", 0, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, copied("x", 1, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, copied("x", 1, VMM_FLAG_READ | 1 << 30));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, copied("x", (rtl_size_t)-1, READ_WRITE));
	EXPECT_REFUSED(rcOutOfMemory, self->fd, copied("x", (rtl_size_t)-PAGE, READ_WRITE));
	EXPECT_REFUSED(rcOutOfMemory, self->fd,
		       copied("x", self->total * PAGE + 1, READ_WRITE));
}

/* Of memory that is mapped */

TEST_F(mdl, from_vm_shows_the_callers_pages)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);
	Handle mdl;
	char *addr;

	ASSERT_NE(RTL_NULL, base);
	number_pages(base, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base + PAGE, 2 * PAGE, READ_WRITE, &mdl));
	addr = map_part(mdl, 0, 2 * PAGE, READ_WRITE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(2, numbered_pages(addr, 1, 2));
	number_pages(addr, 2);
	EXPECT_EQ(2, numbered_pages(base + PAGE, 0, 2));
	EXPECT_EQ(2 * PAGES, pool_stat(self->fd).out_used_pages);
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       mapped(mdl, 0, 3 * PAGE, RTL_NULL, VMM_FLAG_READ));
}

TEST_F(mdl, row32_from_vm_outlives_the_callers_mapping)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | BOTH_GUARDS);
	Handle mdl;
	char *addr;

	ASSERT_NE(RTL_NULL, base);
	number_pages(base, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, VMM_FLAG_READ, &mdl));
	ASSERT_EQ(rcOk, KnVmUnmap(base, SIZE));
	addr = map_all(mdl, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(rcOk, KnHandleClose(mdl));
	EXPECT_EQ(rcOk, KnVmUnmap(addr, SIZE));
	EXPECT_EQ(PAGES, settled_pool_stat(self->fd).out_used_pages);
}

TEST_F(mdl, row31_from_vm_beyond_what_the_mapping_may_have)
{
	Handle readable;
	char *addr;

	ASSERT_EQ(rcOk, KnPmmMdlCreate(SIZE, VMM_FLAG_READ, &readable));
	addr = map_all(readable, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(addr, SIZE, READ_WRITE));
	EXPECT_EQ(rcOk, shared(addr, SIZE, VMM_FLAG_READ));
}

TEST_F(mdl, row31_from_vm_with_fewer_rights_than_the_mapping)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER);
	Handle mdl;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, VMM_FLAG_READ, &mdl));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped_whole(mdl, READ_WRITE));
	EXPECT_EQ(0, write_signal(base));
}

TEST_F(mdl, row3_from_vm_bad_values)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, EAGER | BOTH_GUARDS);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, 0, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, 1, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base + 1, PAGE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, -PAGE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, SIZE, 0));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, SIZE, READ_WRITE | 1 << 30));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base - PAGE, SIZE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(base, SIZE + PAGE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(RTL_NULL, PAGE, READ_WRITE));
}

TEST_F(mdl, row27_from_vm_of_others)
{
	char *other = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(other, SIZE, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       shared(free_addresses(SIZE), SIZE, READ_WRITE));
}

TEST_F(mdl, row12_from_vm_of_two_regions)
{
	char *hole = free_addresses(2 * SIZE);
	char *low = alloc_at(self->fd, hole, SIZE, PHYSVM_ALLOC_COMMIT);
	char *high = alloc_at(self->fd, hole + SIZE, SIZE, PHYSVM_ALLOC_COMMIT);

	ASSERT_TRUE(low && high);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, shared(low, 2 * SIZE, READ_WRITE));
	EXPECT_EQ(rcOk, shared(low, SIZE, READ_WRITE));
}

TEST_F(mdl, from_vm_of_reserved_pages)
{
	char *base = KnVmAllocate(RTL_NULL, SIZE, VMM_FLAG_RESERVE | READ_WRITE);
	Handle mdl;
	char *addr;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, READ_WRITE, &mdl));
	addr = map_all(mdl, READ_WRITE);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	ASSERT_EQ(rcOk, KnVmCommit(base, SIZE, VMM_FLAG_LOCKED));
	EXPECT_EQ(0, write_signal(addr));
}

TEST_F(mdl, from_vm_of_a_mapped_buffer)
{
	char *all = map_all(self->mdl, READ_WRITE);
	char *again;
	Handle part;

	number_pages(all, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(all + 2 * PAGE, 3 * PAGE, VMM_FLAG_READ, &part));
	again = map_part(part, PAGE, 2 * PAGE, VMM_FLAG_READ);
	ASSERT_NE(NULL, again);
	EXPECT_EQ(2, numbered_pages(again, 3, 2));
}

TEST_F(mdl, clone_is_of_the_same_pages)
{
	Handle clone;
	char *addr = map_all(self->mdl, READ_WRITE);
	rtl_size_t size;

	ASSERT_NE(NULL, addr);
	number_pages(addr, PAGES);
	ASSERT_EQ(rcOk, KnPmmMdlClone(self->mdl, &clone));
	EXPECT_NE(clone, self->mdl);
	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	ASSERT_EQ(rcOk, KnPmmMdlGetSize(clone, &size));
	EXPECT_EQ(SIZE, size);
	addr = map_all(clone, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, pool_stat(self->fd).out_used_pages);
}

/* Descriptors, and other processes */

TEST_F(mdl, row33_descriptor_and_back)
{
	const int fd = physvm_kn_handle_to_fd(self->mdl);
	char *addr = map_all(self->mdl, READ_WRITE);
	Handle back;

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	number_pages(addr, PAGES);
	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	ASSERT_EQ(0, physvm_kn_handle_from_fd(fd, &back));
	ASSERT_EQ(0, close(fd));
	EXPECT_NE(back, self->mdl);
	addr = map_all(back, VMM_FLAG_READ);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(mdl, row33_descriptor_of_something_else)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, null);
	EXPECT_REFUSED(-EBADF, self->fd, turned_into_handle(-1));
	EXPECT_REFUSED(-EBADF, self->fd, turned_into_handle(63));
	EXPECT_REFUSED(-EBADF, self->fd, turned_into_handle(null));
	EXPECT_REFUSED(-EBADF, self->fd, turned_into_handle(self->fd));
	EXPECT_REFUSED(-EBADF, self->fd, turned_into_handle((int)self->mdl));
}

TEST_F(mdl, row33_native_descriptors_are_buffers_too)
{
	const int area = alloc_fd(self->fd, SIZE, PHYSVM_ALLOC_COMMIT);
	const int part = physvm_export_fd(self->native, area, PAGE, 2 * PAGE, PHYSVM_PROT_READ);
	Handle whole, some;

	ASSERT_LE(0, part);
	ASSERT_EQ(0, physvm_kn_handle_from_fd(area, &whole));
	ASSERT_EQ(0, physvm_kn_handle_from_fd(part, &some));
	number_pages(map_all(whole, READ_WRITE), PAGES);
	EXPECT_EQ(2, numbered_pages(map_part(some, 0, 2 * PAGE, VMM_FLAG_READ), 1, 2));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped(some, 0, PAGE, RTL_NULL, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd,
		       mapped(some, 0, 3 * PAGE, RTL_NULL, VMM_FLAG_READ));
}

/* Makes a buffer to read only, sends it and ends, in whatever way. */
static void produce(int socket, const void *arg)
{
	Handle mdl;
	int fd;

	child_need(KnPmmMdlCreateFromBuf("from the dead", 14, VMM_FLAG_READ, &mdl) == rcOk);
	fd = physvm_kn_handle_to_fd(mdl);
	child_need(fd >= 0 && send_fd(socket, fd));
	raise(SIGSTOP);
}

TEST_F(mdl, row33_buffer_of_a_dead_process)
{
	int sockets[2], fd;
	pid_t producer;
	Handle mdl;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	producer = child_start(produce, sockets[1], NULL);
	ASSERT_TRUE(child_stopped(producer));
	ASSERT_TRUE(child_kill(producer));
	fd = receive_fd(sockets[0]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, physvm_kn_handle_from_fd(fd, &mdl));
	close(fd);
	EXPECT_STREQ("from the dead", map_part(mdl, 0, PAGE, VMM_FLAG_READ));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped(mdl, 0, PAGE, RTL_NULL, READ_WRITE));
	EXPECT_EQ(rcOk, KnHandleClose(mdl));
}

/* It never got there: the socket has the last reference. */
TEST_F(mdl, buffer_nobody_receives_goes_back)
{
	int sockets[2];
	pid_t producer;

	ASSERT_EQ(rcOk, KnHandleClose(self->mdl));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	producer = child_start(produce, sockets[1], NULL);
	ASSERT_TRUE(child_stopped(producer));
	ASSERT_TRUE(child_kill(producer));
	EXPECT_EQ(1, pool_stat(self->fd).out_used_pages);
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* A number of another process means nothing here. */
static void hold_handles(int fd, const void *arg)
{
	Handle mdl;

	for (int i = 0; i < 20; i++)
		child_need(KnPmmMdlCreate(PAGE, READ_WRITE, &mdl) == rcOk);
	*(Handle *)(uintptr_t)arg = mdl;
	raise(SIGSTOP);
}

TEST_F(mdl, number_of_another_process)
{
	Handle *theirs = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t holder = child_start(hold_handles, -1, theirs);

	ASSERT_TRUE(child_stopped(holder));
	EXPECT_NE(0, *theirs);
	EXPECT_REFUSED(rcInvalidArgument, self->fd, mapped(*theirs, 0, PAGE, RTL_NULL, READ_WRITE));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnHandleClose(*theirs));
	EXPECT_TRUE(child_finish(holder));
	EXPECT_REFUSED(rcInvalidArgument, self->fd, KnHandleClose(*theirs));
}

/* A forked child */

TEST_F(mdl, row30_child_has_the_handle_and_not_the_mapping)
{
	char *addr = map_all(self->mdl, READ_WRITE);
	pid_t child;

	number_pages(addr, PAGES);
	child = fork();
	if (!child) {
		child_need(read_signal(addr) == SIGSEGV);
		addr = map_all(self->mdl, VMM_FLAG_READ);
		child_need(addr && numbered_pages(addr, 0, PAGES) == PAGES);
		_exit(KnHandleClose(self->mdl) != rcOk);
	}
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_EQ(rcOk, mapped_whole(self->mdl, VMM_FLAG_READ));
}

TEST_F(mdl, row30_child_does_not_have_a_mapping_of_native_memory)
{
	char *base = alloc_map(self->fd, SIZE, PHYSVM_ALLOC_COMMIT);
	Handle mdl;
	char *addr;
	pid_t child;

	ASSERT_EQ(rcOk, KnPmmMdlCreateFromVm(base, SIZE, READ_WRITE, &mdl));
	addr = map_all(mdl, READ_WRITE);
	ASSERT_NE(NULL, addr);
	child = fork();
	if (!child)
		_exit(read_signal(base) || read_signal(addr) != SIGSEGV);
	EXPECT_TRUE(child_succeeded(child));
}

/* Nor if it is mapped in another way: a fork may come between any two calls. */
TEST_F(mdl, row30_child_does_not_have_what_was_made_here)
{
	const int fd = physvm_kn_handle_to_fd(self->mdl);
	char *addr = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	pid_t child;

	ASSERT_NE(MAP_FAILED, addr);
	child = fork();
	if (!child)
		_exit(read_signal(addr) != SIGSEGV);
	EXPECT_TRUE(child_succeeded(child));
}

/* A program that closes whatever it finds */

static void close_all_but(int fd)
{
	for (int other = 3; other < 64; other++)
		if (other != fd)
			close(other);
}

TEST_F(mdl, descriptors_closed_behind_its_back)
{
	Handle mdl;

	close_all_but(self->fd);
	EXPECT_EQ(rcInvalidArgument, mapped_whole(self->mdl, VMM_FLAG_READ));
	EXPECT_EQ(rcInvalidArgument, cloned(self->mdl));
	EXPECT_EQ(-EBADF, physvm_kn_handle_to_fd(self->mdl));
	EXPECT_EQ(rcOk, KnPmmMdlCreate(SIZE, READ_WRITE, &mdl));
	EXPECT_EQ(rcOk, KnHandleClose(self->mdl));
	EXPECT_EQ(rcOk, mapped_whole(mdl, READ_WRITE));
}

/* Somebody else has the number by then: not to be mapped, and not to be closed. */
TEST_F(mdl, descriptor_is_now_another_files)
{
	int other;

	close_all_but(self->fd);
	for (other = 3; other < 64; other++)
		if (other != self->fd)
			dup2(alloc_fd(self->fd, SIZE, PHYSVM_ALLOC_COMMIT), other);
	EXPECT_EQ(rcInvalidArgument, mapped_whole(self->mdl, VMM_FLAG_READ));
	EXPECT_EQ(rcOk, KnHandleClose(self->mdl));
	for (other = 3; other < 64; other++)
		EXPECT_NE(-1, fcntl(other, F_GETFD));
}

/* Threads that use what others close */

static struct {
	volatile Handle handle;
	volatile bool stop;
	volatile unsigned long wrong;
	volatile unsigned long used;
} crew;

/* A view of another buffer, or a wrong code, would show. */
static void *use_handles(void *arg)
{
	while (!crew.stop) {
		void *addr;
		Retcode code = KnPmmMdlMap(crew.handle, 0, PAGE, RTL_NULL, READ_WRITE, &addr);

		if (code == rcOk) {
			__sync_fetch_and_add(&crew.used, 1);
			if (*(volatile uint64_t *)addr != 0x5afe)
				__sync_fetch_and_add(&crew.wrong, 1);
			if (KnVmUnmap(addr, PAGE) != rcOk)
				__sync_fetch_and_add(&crew.wrong, 1);
		} else if (code != rcInvalidArgument) {
			__sync_fetch_and_add(&crew.wrong, 1);
		}
	}
	return NULL;
}

/* Makes one, shows it, and gives the number of its descriptor to another file. */
static bool replace_handle(int decoy)
{
	const uint64_t mark = 0x5afe;
	int decoys[4];
	Handle mdl;

	if (KnPmmMdlCreateFromBuf(&mark, sizeof(mark), READ_WRITE, &mdl) != rcOk)
		return false;
	crew.handle = mdl;
	sched_yield();
	if (KnHandleClose(mdl) != rcOk)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(decoys); i++)
		decoys[i] = dup(decoy);
	sched_yield();
	for (size_t i = 0; i < ARRAY_SIZE(decoys); i++)
		close(decoys[i]);
	return KnHandleClose(mdl) == rcInvalidArgument;
}

TEST_F_TIMEOUT(mdl, handles_closed_while_in_use, PATIENCE)
{
	const int decoy = alloc_fd(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);
	const time_t end = time(NULL) + 3;
	pthread_t threads[8];
	bool right = true;

	crew.handle = INVALID_HANDLE;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_handles, NULL));
	while (right && (time(NULL) < end || !crew.used) && time(NULL) < end + 60)
		right = replace_handle(decoy);
	crew.stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	EXPECT_TRUE(right);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_NE(0, crew.used);
	close(decoy);
	EXPECT_EQ(PAGES, settled_pool_stat(self->fd).out_used_pages);
}

/* Closed by many at once, one succeeds. */
static void *close_once(void *arg)
{
	return (void *)(uintptr_t)(KnHandleClose(crew.handle) == rcOk);
}

TEST_F(mdl, handle_closed_by_many_at_once)
{
	for (int round = 0; round < 200; round++) {
		pthread_t threads[4];
		uintptr_t closed = 0;

		ASSERT_EQ(rcOk, KnPmmMdlClone(self->mdl, (Handle *)&crew.handle));
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, close_once, NULL));
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
			void *result;

			ASSERT_EQ(0, pthread_join(threads[i], &result));
			closed += (uintptr_t)result;
		}
		ASSERT_EQ(1, closed);
	}
}

TEST_HARNESS_MAIN
