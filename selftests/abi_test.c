// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all ioctls have in common: sizes, unknown bits, bad pointers, results.
 */
#include "kselftest_harness.h"

#include "claim.h"
#include "name.h"
#include "region.h"

#include <stddef.h>

SKIP_ALL_WITHOUT_DEVICE()

static const unsigned char known_cmds[] = {
	PHYSVM_CMD_INFO, PHYSVM_CMD_POOL_STAT, PHYSVM_CMD_POOL_RANGE, PHYSVM_CMD_ALLOC,
	PHYSVM_CMD_COMMIT, PHYSVM_CMD_DECOMMIT, PHYSVM_CMD_PROTECT_CHECK, PHYSVM_CMD_UNMAP,
	PHYSVM_CMD_QUERY, PHYSVM_CMD_EXPORT, PHYSVM_CMD_CLAIM, PHYSVM_CMD_MAP,
	PHYSVM_CMD_RESERVE, PHYSVM_CMD_NAME_ADD, PHYSVM_CMD_NAME_OPEN, PHYSVM_CMD_NAME_REMOVE,
	PHYSVM_CMD_NAME_NEXT, PHYSVM_CMD_PAGER, PHYSVM_CMD_REGION,
};

/* The layout programs were compiled with, 32-bit ones as well as 64-bit ones. */

#define LAYOUT(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member)
#define SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)

SIZE(physvm_info, 40);
LAYOUT(physvm_info, __reserved, 4);
LAYOUT(physvm_info, out_features, 8);
LAYOUT(physvm_info, out_alloc_flags, 16);
LAYOUT(physvm_info, out_cache_modes, 24);
LAYOUT(physvm_info, out_page_size, 28);
LAYOUT(physvm_info, out_block_size, 32);
LAYOUT(physvm_info, out_other_cache_modes, 36);

SIZE(physvm_pool_stat, 64);
LAYOUT(physvm_pool_stat, pool, 4);
LAYOUT(physvm_pool_stat, out_total_pages, 8);
LAYOUT(physvm_pool_stat, out_free_pages, 16);
LAYOUT(physvm_pool_stat, out_used_pages, 24);
LAYOUT(physvm_pool_stat, out_quarantined_pages, 32);
LAYOUT(physvm_pool_stat, out_largest_free_pages, 40);
LAYOUT(physvm_pool_stat, out_free_blocks, 48);
LAYOUT(physvm_pool_stat, out_areas, 56);

SIZE(physvm_pool_range, 40);
LAYOUT(physvm_pool_range, pool, 4);
LAYOUT(physvm_pool_range, from, 8);
LAYOUT(physvm_pool_range, out_phys, 16);
LAYOUT(physvm_pool_range, out_length, 24);
LAYOUT(physvm_pool_range, out_free_pages, 32);

SIZE(physvm_alloc, 128);
LAYOUT(physvm_alloc, flags, 4);
LAYOUT(physvm_alloc, length, 8);
LAYOUT(physvm_alloc, phys_addr, 16);
LAYOUT(physvm_alloc, virt_addr, 24);
LAYOUT(physvm_alloc, prot, 32);
LAYOUT(physvm_alloc, max_prot, 36);
LAYOUT(physvm_alloc, cache, 40);
LAYOUT(physvm_alloc, out_fd, 44);
LAYOUT(physvm_alloc, out_addr, 48);
LAYOUT(physvm_alloc, out_phys, 56);
LAYOUT(physvm_alloc, claim_fd, 64);
LAYOUT(physvm_alloc, source_fd, 68);
LAYOUT(physvm_alloc, label, 72);
LAYOUT(physvm_alloc, cookie, 104);
LAYOUT(physvm_alloc, segments, 112);
LAYOUT(physvm_alloc, nr_segments, 120);
LAYOUT(physvm_alloc, __reserved, 124);

SIZE(physvm_segment, 24);
LAYOUT(physvm_segment, length, 8);
LAYOUT(physvm_segment, file_offset, 16);

SIZE(physvm_commit, 24);
LAYOUT(physvm_commit, flags, 4);
LAYOUT(physvm_commit, addr, 8);
LAYOUT(physvm_commit, length, 16);

SIZE(physvm_decommit, 24);
LAYOUT(physvm_decommit, flags, 4);
LAYOUT(physvm_decommit, addr, 8);
LAYOUT(physvm_decommit, length, 16);

SIZE(physvm_protect_check, 24);
LAYOUT(physvm_protect_check, prot, 4);
LAYOUT(physvm_protect_check, addr, 8);
LAYOUT(physvm_protect_check, length, 16);

SIZE(physvm_unmap, 24);
LAYOUT(physvm_unmap, flags, 4);
LAYOUT(physvm_unmap, addr, 8);
LAYOUT(physvm_unmap, length, 16);

SIZE(physvm_query, 136);
LAYOUT(physvm_query, flags, 4);
LAYOUT(physvm_query, addr, 8);
LAYOUT(physvm_query, out_region_addr, 16);
LAYOUT(physvm_query, out_region_length, 24);
LAYOUT(physvm_query, out_phys, 32);
LAYOUT(physvm_query, out_run_length, 40);
LAYOUT(physvm_query, out_state, 48);
LAYOUT(physvm_query, out_prot, 52);
LAYOUT(physvm_query, out_max_prot, 56);
LAYOUT(physvm_query, out_cache, 60);
LAYOUT(physvm_query, out_alloc_flags, 64);
LAYOUT(physvm_query, out_flags, 68);
LAYOUT(physvm_query, out_type, 72);
LAYOUT(physvm_query, out_reserved, 76);
LAYOUT(physvm_query, out_area_id, 80);
LAYOUT(physvm_query, out_area_length, 88);
LAYOUT(physvm_query, out_area_offset, 96);
LAYOUT(physvm_query, out_label, 104);

SIZE(physvm_export, 40);
LAYOUT(physvm_export, flags, 4);
LAYOUT(physvm_export, start, 8);
LAYOUT(physvm_export, length, 16);
LAYOUT(physvm_export, fd, 24);
LAYOUT(physvm_export, max_prot, 28);
LAYOUT(physvm_export, out_fd, 32);
LAYOUT(physvm_export, out_reserved, 36);

SIZE(physvm_claim, 32);
LAYOUT(physvm_claim, flags, 4);
LAYOUT(physvm_claim, phys_addr, 8);
LAYOUT(physvm_claim, length, 16);
LAYOUT(physvm_claim, out_fd, 24);
LAYOUT(physvm_claim, out_reserved, 28);

SIZE(physvm_map, 48);
LAYOUT(physvm_map, flags, 4);
LAYOUT(physvm_map, fd, 8);
LAYOUT(physvm_map, prot, 12);
LAYOUT(physvm_map, offset, 16);
LAYOUT(physvm_map, length, 24);
LAYOUT(physvm_map, virt_addr, 32);
LAYOUT(physvm_map, out_addr, 40);

SIZE(physvm_reserve, 32);
LAYOUT(physvm_reserve, flags, 4);
LAYOUT(physvm_reserve, length, 8);
LAYOUT(physvm_reserve, virt_addr, 16);
LAYOUT(physvm_reserve, out_addr, 24);

SIZE(physvm_name_add, 296);
LAYOUT(physvm_name_add, flags, 4);
LAYOUT(physvm_name_add, start, 8);
LAYOUT(physvm_name_add, length, 16);
LAYOUT(physvm_name_add, fd, 24);
LAYOUT(physvm_name_add, max_prot, 28);
LAYOUT(physvm_name_add, mode, 32);
LAYOUT(physvm_name_add, __reserved, 36);
LAYOUT(physvm_name_add, name, 40);

SIZE(physvm_name_open, 296);
LAYOUT(physvm_name_open, flags, 4);
LAYOUT(physvm_name_open, max_prot, 8);
LAYOUT(physvm_name_open, __reserved, 12);
LAYOUT(physvm_name_open, name, 16);
LAYOUT(physvm_name_open, out_fd, 272);
LAYOUT(physvm_name_open, out_uid, 276);
LAYOUT(physvm_name_open, out_length, 280);
LAYOUT(physvm_name_open, out_area_id, 288);

SIZE(physvm_name_remove, 288);
LAYOUT(physvm_name_remove, flags, 4);
LAYOUT(physvm_name_remove, start, 8);
LAYOUT(physvm_name_remove, fd, 16);
LAYOUT(physvm_name_remove, __reserved, 20);
LAYOUT(physvm_name_remove, name, 24);
LAYOUT(physvm_name_remove, out_removed, 280);
LAYOUT(physvm_name_remove, out_reserved, 284);

SIZE(physvm_name_next, 312);
LAYOUT(physvm_name_next, flags, 4);
LAYOUT(physvm_name_next, after, 8);
LAYOUT(physvm_name_next, out_id, 16);
LAYOUT(physvm_name_next, out_length, 24);
LAYOUT(physvm_name_next, out_area_id, 32);
LAYOUT(physvm_name_next, out_uid, 40);
LAYOUT(physvm_name_next, out_gid, 44);
LAYOUT(physvm_name_next, out_mode, 48);
LAYOUT(physvm_name_next, out_max_prot, 52);
LAYOUT(physvm_name_next, out_name, 56);

SIZE(physvm_region, 64);
LAYOUT(physvm_region, flags, 4);
LAYOUT(physvm_region, base, 8);
LAYOUT(physvm_region, length, 16);
LAYOUT(physvm_region, guard_pages, 24);
LAYOUT(physvm_region, align_log2, 32);
LAYOUT(physvm_region, page_state, 36);
LAYOUT(physvm_region, out_fd, 40);
LAYOUT(physvm_region, out_reserved, 44);
LAYOUT(physvm_region, out_base, 48);
LAYOUT(physvm_region, out_bitmap_pages, 56);

SIZE(physvm_region_alloc, 32);
LAYOUT(physvm_region_alloc, flags, 4);
LAYOUT(physvm_region_alloc, pages, 8);
LAYOUT(physvm_region_alloc, addr, 16);
LAYOUT(physvm_region_alloc, out_addr, 24);

SIZE(physvm_region_free, 32);
LAYOUT(physvm_region_free, flags, 4);
LAYOUT(physvm_region_free, addr, 8);
LAYOUT(physvm_region_free, pages, 16);
LAYOUT(physvm_region_free, out_freed, 24);

SIZE(physvm_region_stat, 80);
LAYOUT(physvm_region_stat, flags, 4);
LAYOUT(physvm_region_stat, addr, 8);
LAYOUT(physvm_region_stat, out_base, 16);
LAYOUT(physvm_region_stat, out_length, 24);
LAYOUT(physvm_region_stat, out_guard_pages, 32);
LAYOUT(physvm_region_stat, out_bitmap_pages, 40);
LAYOUT(physvm_region_stat, out_allocated_pages, 48);
LAYOUT(physvm_region_stat, out_search_start, 56);
LAYOUT(physvm_region_stat, out_align_log2, 64);
LAYOUT(physvm_region_stat, out_page_state, 68);
LAYOUT(physvm_region_stat, out_contiguous, 72);
LAYOUT(physvm_region_stat, out_allocated, 76);

SIZE(physvm_pager, 24);
LAYOUT(physvm_pager, flags, 4);
LAYOUT(physvm_pager, timeout_ms, 8);
LAYOUT(physvm_pager, __reserved, 12);
LAYOUT(physvm_pager, out_fd, 16);
LAYOUT(physvm_pager, out_reserved, 20);

SIZE(physvm_message, 40);
LAYOUT(physvm_message, area_id, 0);
LAYOUT(physvm_message, cookie, 8);
LAYOUT(physvm_message, offset, 16);
LAYOUT(physvm_message, addr, 24);
LAYOUT(physvm_message, pid, 32);
LAYOUT(physvm_message, flags, 36);

SIZE(physvm_answer, 40);
LAYOUT(physvm_answer, area_id, 0);
LAYOUT(physvm_answer, offset, 8);
LAYOUT(physvm_answer, length, 16);
LAYOUT(physvm_answer, data, 24);
LAYOUT(physvm_answer, action, 32);
LAYOUT(physvm_answer, out_error, 36);

SIZE(physvm_serve, 40);
LAYOUT(physvm_serve, flags, 4);
LAYOUT(physvm_serve, answers, 8);
LAYOUT(physvm_serve, messages, 16);
LAYOUT(physvm_serve, nr_answers, 24);
LAYOUT(physvm_serve, nr_messages, 28);
LAYOUT(physvm_serve, out_answered, 32);
LAYOUT(physvm_serve, out_messages, 36);

/* Each call in turn. */

/* Every struct begins with its size, then bits of which some are known. */
union args {
	struct {
		uint32_t size;
		uint32_t bits;
	};
	struct physvm_alloc alloc;
	struct physvm_commit range;
	struct physvm_query query;
	struct physvm_claim claim;
	struct physvm_map map;
	struct physvm_reserve reserve;
	struct physvm_name_add name_add;
	struct physvm_name_open name_open;
	struct physvm_name_remove name_remove;
	struct physvm_region region;
	struct physvm_region_alloc region_alloc;
	struct physvm_region_free region_free;
	unsigned char bytes[512];
};

FIXTURE(each)
{
	int fd;
	int target;		/* what is called, most often @fd */
	int area_fd;
	char *area;
	char *memory;		/* two pages, then one that is not there */
	union args args;	/* of a call that works */
};

FIXTURE_VARIANT(each)
{
	unsigned long cmd;
	uint32_t size;		/* of the struct's first version */
	uint32_t full_size;	/* and of this one */
	uint32_t in;		/* bytes before the first out_ member */
	uint32_t known_bits;
};

#define CALL(name, CMD, _size, _in, _known_bits) \
	FIXTURE_VARIANT_ADD(each, name) \
	{ \
		.cmd = CMD, \
		.size = _size, \
		.full_size = sizeof(struct physvm_##name), \
		.in = _in, \
		.known_bits = _known_bits, \
	}

CALL(info, PHYSVM_INFO, 40, 8, 0);
CALL(pool_stat, PHYSVM_POOL_STAT, 64, 8, PHYSVM_POOL_HIDDEN);
CALL(pool_range, PHYSVM_POOL_RANGE, 40, 16, PHYSVM_POOL_HIDDEN);
CALL(alloc, PHYSVM_ALLOC, 64, 44, PHYSVM_ALLOC_VALID);
CALL(commit, PHYSVM_COMMIT, 24, 24, PHYSVM_COMMIT_VALID);
CALL(decommit, PHYSVM_DECOMMIT, 24, 24, 0);
CALL(protect_check, PHYSVM_PROTECT_CHECK, 24, 24, PHYSVM_PROT_VALID);
CALL(unmap, PHYSVM_UNMAP, 24, 24, 0);
CALL(query, PHYSVM_QUERY, 72, 16, 0);
CALL(export, PHYSVM_EXPORT, 40, 32, PHYSVM_EXPORT_VALID);
CALL(claim, PHYSVM_CLAIM, 32, 24, 0);
CALL(map, PHYSVM_MAP, 48, 40, PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE | PHYSVM_ALLOC_BELOW_2G);
CALL(reserve, PHYSVM_RESERVE, 32, 24,
     PHYSVM_ALLOC_VIRT | PHYSVM_ALLOC_CARVE | PHYSVM_ALLOC_BELOW_2G);
CALL(name_add, PHYSVM_NAME_ADD, 296, 296, PHYSVM_NAME_ADD_VALID);
CALL(name_open, PHYSVM_NAME_OPEN, 296, 272, PHYSVM_NAME_OPEN_VALID);
CALL(name_remove, PHYSVM_NAME_REMOVE, 288, 280, PHYSVM_NAME_REMOVE_VALID);
CALL(name_next, PHYSVM_NAME_NEXT, 312, 16, 0);
CALL(pager, PHYSVM_PAGER, 24, 16, 0);
CALL(region, PHYSVM_REGION, 64, 40, PHYSVM_REGION_VALID);
CALL(region_alloc, PHYSVM_REGION_ALLOC, 32, 24, PHYSVM_REGION_AT);
CALL(region_free, PHYSVM_REGION_FREE, 32, 24, PHYSVM_REGION_FREE_ALL);
CALL(region_stat, PHYSVM_REGION_STAT, 80, 16, 0);

static bool is_of_region(unsigned long cmd)
{
	return cmd >= PHYSVM_REGION_ALLOC && cmd <= PHYSVM_REGION_STAT;
}

static union args args_of_region(unsigned long cmd, char *page)
{
	union args args = {};

	if (cmd == PHYSVM_REGION_ALLOC)
		args.region_alloc.pages = 1;
	if (cmd == PHYSVM_REGION_FREE)
		args.region_free.pages = 1;
	if (cmd == PHYSVM_REGION_FREE)
		args.region_free.addr = (uintptr_t)page;
	return args;
}

static union args working_args(unsigned long cmd, uint32_t size, char *area, int area_fd)
{
	union args args = { .size = size };

	if (cmd == PHYSVM_ALLOC)
		args.alloc = alloc_args(PAGE, PHYSVM_ALLOC_FD);
	else if (cmd == PHYSVM_MAP)
		args.map = (struct physvm_map){ .fd = area_fd, .length = PAGE };
	else if (cmd == PHYSVM_RESERVE)
		args.reserve.length = PAGE;
	else if (cmd == PHYSVM_REGION)
		args.region = region_args(16 * PAGE, 1, 12);
	else if (cmd != PHYSVM_POOL_RANGE)
		args.range.addr = (uintptr_t)area;
	if ((cmd >= PHYSVM_COMMIT && cmd <= PHYSVM_UNMAP) || cmd == PHYSVM_EXPORT)
		args.range.length = PAGE;
	if (cmd == PHYSVM_CLAIM)
		args.claim = claim_args((1ull << physical_bits()) - PAGE, PAGE);
	if (cmd == PHYSVM_INFO || cmd == PHYSVM_POOL_STAT || cmd == PHYSVM_NAME_NEXT ||
	    cmd == PHYSVM_PAGER)
		args.range.addr = 0;
	if (cmd == PHYSVM_NAME_ADD)
		args.name_add = add_args("new", area, PAGE);
	if (cmd == PHYSVM_NAME_OPEN)
		args.name_open = open_args("name", PROT_READ, 0);
	if (cmd == PHYSVM_NAME_REMOVE)
		args.name_remove = remove_args("name");
	args.size = size;
	return args;
}

FIXTURE_SETUP(each)
{
	struct region region;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->area = alloc_map(self->fd, 2 * PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_TRUE(!!self->area);
	ASSERT_EQ(0, name_add(self->fd, "name", self->area, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "name", self->area, PAGE));
	self->memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->memory != MAP_FAILED);
	ASSERT_EQ(0, munmap(self->memory + 2 * PAGE, PAGE));
	self->area_fd = alloc_fd(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);
	ASSERT_LE(0, self->area_fd);
	self->args = working_args(variant->cmd, variant->size, self->area, self->area_fd);
	self->target = self->fd;
	if (!is_of_region(variant->cmd))
		return;
	region = region_make(self->fd, 16 * PAGE, 1, 12);
	ASSERT_LE(0, region.fd);
	self->target = region.fd;
	self->args = args_of_region(variant->cmd, region_alloc(region, 1));
	self->args.size = variant->size;
}

FIXTURE_TEARDOWN(each)
{
	EXPECT_TRUE(remove_all_names(self->fd));
}

/* The struct, its last byte the last before the missing page plus @over. */
static void *args_at_edge(const FIXTURE_DATA(each) *self, size_t length, size_t over)
{
	char *at = self->memory + 2 * PAGE - (length - over);

	memcpy(at, &self->args, length - over);
	return at;
}

TEST_F(each, works)
{
	EXPECT_EQ(0, call(self->target, variant->cmd, &self->args));
}

TEST_F(each, reads_and_writes_no_byte_behind)
{
	void *args = args_at_edge(self, variant->size, 0);

	EXPECT_EQ(0, call(self->target, variant->cmd, args));
}

TEST_F(each, shorter_than_first_version)
{
	for (self->args.size = 0; self->args.size < variant->size; self->args.size++) {
		EXPECT_REFUSED(EINVAL, self->fd,
			       call(self->target, variant->cmd, &self->args));
	}
}

TEST_F(each, longer_with_zeros)
{
	self->args.size += 8;
	EXPECT_EQ(0, call(self->target, variant->cmd, &self->args));
}

TEST_F(each, longer_with_anything_else)
{
	const uint32_t size = variant->full_size;

	self->args.size = size + 8;
	for (unsigned char *byte = self->args.bytes + size;
	     byte < self->args.bytes + size + 8; byte++) {
		*byte = 0x80;
		EXPECT_REFUSED(E2BIG, self->fd,
			       call(self->target, variant->cmd, &self->args));
		*byte = 0;
	}
}

TEST_F(each, longer_by_more_than_a_page)
{
	union args *args = (union args *)self->memory;

	*args = self->args;
	args->size = 2 * PAGE;
	EXPECT_EQ(0, call(self->target, variant->cmd, args));
}

TEST_F(each, longer_by_more_than_a_page_not_zero_at_its_end)
{
	union args *args = (union args *)self->memory;

	*args = self->args;
	args->size = 2 * PAGE;
	self->memory[2 * PAGE - 1] = 1;
	EXPECT_REFUSED(E2BIG, self->fd, call(self->target, variant->cmd, args));
}

TEST_F(each, longer_than_memory)
{
	union args *args = (union args *)self->memory;

	*args = self->args;
	args->size = UINT32_MAX;
	EXPECT_REFUSED(EFAULT, self->fd, call(self->target, variant->cmd, args));
}

TEST_F(each, unknown_bits)
{
	const uint32_t bits = self->args.bits;

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (bit & variant->known_bits)
			continue;
		self->args.bits = bits | bit;
		EXPECT_REFUSED(EOPNOTSUPP, self->fd,
			       call(self->target, variant->cmd, &self->args));
	}
}

TEST_F(each, failure_leaves_the_struct_alone)
{
	union args before;

	memset(self->args.bytes + variant->in, 0xcc, variant->size - variant->in);
	self->args.bits |= 1u << 31;
	before = self->args;
	ASSERT_EQ(EOPNOTSUPP, call(self->target, variant->cmd, &self->args));
	EXPECT_EQ(0, memcmp(&before, &self->args, sizeof(before)));
}

TEST_F(each, success_leaves_all_but_results_alone)
{
	union args before;

	memset(self->args.bytes + variant->in, 0xcc, variant->size - variant->in);
	memset(self->args.bytes + variant->size, 0xcc,
	       sizeof(before) - variant->size);
	before = self->args;
	ASSERT_EQ(0, call(self->target, variant->cmd, &self->args));
	EXPECT_EQ(0, memcmp(&before, &self->args, variant->in));
	EXPECT_EQ(0, memcmp(before.bytes + variant->size,
			    self->args.bytes + variant->size,
			    sizeof(before) - variant->size));
}

TEST_F(each, success_leaves_a_longer_struct_its_size)
{
	self->args.size += 8;
	ASSERT_EQ(0, call(self->target, variant->cmd, &self->args));
	EXPECT_EQ(variant->size + 8, self->args.size);
}

static bool makes_something(unsigned long cmd)
{
	const unsigned long makers[] = {
		PHYSVM_ALLOC, PHYSVM_EXPORT, PHYSVM_CLAIM, PHYSVM_MAP, PHYSVM_RESERVE,
		PHYSVM_REGION, PHYSVM_REGION_ALLOC, PHYSVM_REGION_FREE,
		PHYSVM_NAME_OPEN, PHYSVM_PAGER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (cmd == makers[i])
			return true;
	return false;
}

/* Asks twice with different rubbish where the results go. */
TEST_F(each, results_are_all_written)
{
	const uint32_t out = variant->size - variant->in;
	union args other = self->args;

	if (!out || makes_something(variant->cmd))
		SKIP(return, "no results, or different ones each time");
	memset(self->args.bytes + variant->in, 0xcc, out);
	memset(other.bytes + variant->in, 0x33, out);
	ASSERT_EQ(0, call(self->target, variant->cmd, &self->args));
	ASSERT_EQ(0, call(self->target, variant->cmd, &other));
	EXPECT_EQ(0, memcmp(&other, &self->args, variant->size));
}

TEST_F(each, pointer_to_nothing)
{
	void *const nowhere[] = {
		NULL,
		self->memory + 2 * PAGE,
		(void *)-PAGE,			/* the kernel's, in any process */
		(void *)(INTPTR_MAX & -PAGE),	/* nobody's on 64 bits */
	};

	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		EXPECT_REFUSED(EFAULT, self->fd,
			       call(self->target, variant->cmd, nowhere[i]));
	}
}

TEST_F(each, end_of_struct_missing)
{
	for (size_t over = 4; over < variant->size; over += 4) {
		void *args = args_at_edge(self, variant->size, over);

		EXPECT_REFUSED(EFAULT, self->fd,
			       call(self->target, variant->cmd, args));
	}
}

TEST_F(each, not_even_all_of_the_size)
{
	EXPECT_REFUSED(EFAULT, self->fd,
		       call(self->target, variant->cmd, self->memory + 2 * PAGE - 3));
}

TEST_F(each, memory_not_readable)
{
	memcpy(self->memory, &self->args, variant->size);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_NONE));
	EXPECT_REFUSED(EFAULT, self->fd,
		       call(self->target, variant->cmd, self->memory));
}

/* Without results there is nothing to write. */
TEST_F(each, memory_not_writable)
{
	memcpy(self->memory, &self->args, variant->size);
	ASSERT_EQ(0, mprotect(self->memory, PAGE, PROT_READ));
	if (variant->in == variant->size) {
		EXPECT_EQ(0, call(self->target, variant->cmd, self->memory));
		return;
	}
	EXPECT_REFUSED(EFAULT, self->fd,
		       call(self->target, variant->cmd, self->memory));
}

/* The last eight bytes of every struct with results are results. */
TEST_F(each, end_of_struct_not_writable)
{
	char *args = self->memory + PAGE + 8 - variant->size;

	if (variant->in == variant->size)
		SKIP(return, "no results");
	memcpy(args, &self->args, variant->size);
	ASSERT_EQ(0, mprotect(self->memory + PAGE, PAGE, PROT_READ));
	EXPECT_REFUSED(EFAULT, self->fd, call(self->target, variant->cmd, args));
}

TEST_F(each, struct_in_pool_memory)
{
	char *page = self->area + PAGE;

	memcpy(page, &self->args, variant->size);
	EXPECT_EQ(0, call(self->target, variant->cmd, page));
}

TEST_F(each, number_with_direction_or_size)
{
	const unsigned int nr = _IOC_NR(variant->cmd);
	const unsigned long other[] = {
		_IOC(_IOC_READ, PHYSVM_TYPE, nr, 0),
		_IOC(_IOC_WRITE, PHYSVM_TYPE, nr, 0),
		_IOC(_IOC_NONE, PHYSVM_TYPE, nr, 1),
		_IOC(_IOC_READ | _IOC_WRITE, PHYSVM_TYPE, nr, variant->size),
	};

	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		EXPECT_REFUSED(ENOTTY, self->fd,
			       call(self->target, other[i], &self->args));
	}
}

TEST_F(each, number_of_another_type)
{
	const unsigned int nr = _IOC_NR(variant->cmd);

	for (unsigned int bit = 1; bit < 256; bit <<= 1) {
		EXPECT_REFUSED(ENOTTY, self->fd,
			       call(self->target, _IO(PHYSVM_TYPE ^ bit, nr), &self->args));
	}
}

/* The device as a whole. */

FIXTURE(device)
{
	int fd;
};

FIXTURE_SETUP(device)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(device)
{
}

TEST_F(device, numbers_nobody_has)
{
	union args args = { .size = 8 };

	for (unsigned int nr = 0; nr < 256; nr++) {
		if (memchr(known_cmds, nr, sizeof(known_cmds)))
			continue;
		EXPECT_REFUSED(ENOTTY, self->fd,
			       call(self->fd, _IO(PHYSVM_TYPE, nr), &args));
	}
}

TEST_F(device, is_no_file)
{
	char byte = 0;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_F(device, cannot_be_mapped)
{
	EXPECT_TRUE(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0) == MAP_FAILED);
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(device, serves_a_reader_as_well)
{
	int fd = open(PHYSVM_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(!!alloc_map(fd, PAGE, 0));
}

/* INFO */

static struct physvm_info get_info(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	if (ioctl(fd, PHYSVM_INFO, &info))
		memset(&info, 0xff, sizeof(info));
	return info;
}

TEST_F(device, info_matches_the_header)
{
	const struct physvm_info info = get_info(self->fd);

	EXPECT_EQ(PHYSVM_ALLOC_VALID, info.out_alloc_flags);
	EXPECT_EQ(0, info.out_features & ~(PHYSVM_FEATURE_HUGE | PHYSVM_FEATURE_WX_DENY |
					   PHYSVM_FEATURE_HIDDEN | PHYSVM_FEATURE_UNICODE |
					   PHYSVM_FEATURE_CGROUP));
}

TEST_F(device, info_matches_the_machine)
{
	const struct physvm_info info = get_info(self->fd);

	EXPECT_EQ(sysconf(_SC_PAGESIZE), info.out_page_size);
	EXPECT_EQ(BLOCK, info.out_block_size);
}

TEST_F(device, info_always_has_write_back_and_never_write_through)
{
	const uint32_t modes = get_info(self->fd).out_cache_modes;

	EXPECT_NE(0, modes & 1u << PHYSVM_CACHE_WB);
	EXPECT_EQ(0, modes & 1u << PHYSVM_CACHE_WT);
	EXPECT_EQ(0, modes >> (PHYSVM_CACHE_UC + 1));
}

/* POOL_STAT and POOL_RANGE */

static int get_range(int fd, uint64_t from, struct physvm_pool_range *range)
{
	*range = (struct physvm_pool_range){ .size = sizeof(*range), .from = from };
	return call(fd, PHYSVM_POOL_RANGE, range);
}

TEST_F(device, stat_of_an_unused_pool)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);

	EXPECT_NE(0, stat.out_total_pages);
	EXPECT_EQ(stat.out_total_pages, stat.out_free_pages);
	EXPECT_EQ(0, stat.out_used_pages);
	EXPECT_EQ(0, stat.out_quarantined_pages);
	EXPECT_EQ(stat.out_total_pages, stat.out_free_blocks * (BLOCK / PAGE));
}

TEST_F(device, stat_counts_an_area)
{
	const struct physvm_pool_stat before = pool_stat(self->fd);
	struct physvm_pool_stat stat;

	ASSERT_TRUE(!!alloc_map(self->fd, 3 * PAGE, 0));
	stat = pool_stat(self->fd);
	EXPECT_EQ(before.out_free_pages - 3, stat.out_free_pages);
	EXPECT_EQ(3, stat.out_used_pages);
	EXPECT_EQ(0, stat.out_quarantined_pages);
	EXPECT_EQ(before.out_free_blocks - 1, stat.out_free_blocks);
	EXPECT_EQ(1, stat.out_areas);
}

TEST_F(device, ranges_are_all_of_the_pool)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);
	struct physvm_pool_range range = {};
	uint64_t pages = 0, free_pages = 0, longest = 0, from = 0;

	for (; !get_range(self->fd, from, &range); from = range.out_phys + range.out_length) {
		ASSERT_EQ(0, range.out_phys % BLOCK);
		ASSERT_NE(0, range.out_length);
		ASSERT_LT(from, range.out_phys + !from);
		pages += range.out_length / PAGE;
		free_pages += range.out_free_pages;
		longest = range.out_length > longest ? range.out_length : longest;
	}
	EXPECT_EQ(stat.out_total_pages, pages);
	EXPECT_EQ(stat.out_free_pages, free_pages);
	EXPECT_EQ(stat.out_largest_free_pages, longest / PAGE);
}

TEST_F(device, range_is_found_from_its_last_byte)
{
	struct physvm_pool_range range, again;

	ASSERT_EQ(0, get_range(self->fd, 0, &range));
	ASSERT_EQ(0, get_range(self->fd, range.out_phys + range.out_length - 1, &again));
	EXPECT_EQ(range.out_phys, again.out_phys);
	EXPECT_EQ(range.out_length, again.out_length);
}

TEST_F(device, range_is_not_found_from_behind)
{
	struct physvm_pool_range range, next;
	int err;

	ASSERT_EQ(0, get_range(self->fd, 0, &range));
	err = get_range(self->fd, range.out_phys + range.out_length, &next);
	EXPECT_TRUE(err == ENOENT || next.out_phys > range.out_phys);
}

TEST_F(device, no_range_follows)
{
	struct physvm_pool_range range;

	EXPECT_EQ(ENOENT, get_range(self->fd, UINT64_MAX, &range));
}

TEST_F(device, range_counts_what_is_taken_of_it)
{
	struct physvm_alloc args = alloc_args(5 * PAGE, 0);
	struct physvm_pool_range range;

	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	ASSERT_EQ(0, get_range(self->fd, args.out_phys, &range));
	EXPECT_EQ(range.out_length / PAGE - 5, range.out_free_pages);
}

/* ALLOC's results depend on what was asked. */

static struct physvm_alloc rubbish_results(struct physvm_alloc args)
{
	args.out_fd = 0x33333333;
	args.out_addr = args.out_phys = 0xcccccccccccccccc;
	return args;
}

TEST_F(device, alloc_results_of_a_mapping)
{
	struct physvm_alloc args = rubbish_results(alloc_args(PAGE, 0));

	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_EQ(-1, args.out_fd);
	EXPECT_EQ(args.out_addr, query(self->fd, (void *)(uintptr_t)args.out_addr).out_region_addr);
	EXPECT_EQ(args.out_phys, query(self->fd, (void *)(uintptr_t)args.out_addr).out_phys);
}

TEST_F(device, alloc_results_of_a_descriptor)
{
	struct physvm_alloc args = rubbish_results(alloc_args(PAGE, PHYSVM_ALLOC_FD));
	struct physvm_pool_range range;

	args.flags = PHYSVM_ALLOC_FD;
	args.prot = 0;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	EXPECT_EQ(FD_CLOEXEC, fcntl(args.out_fd, F_GETFD));
	EXPECT_EQ(0, args.out_addr);
	ASSERT_EQ(0, get_range(self->fd, args.out_phys, &range));
	EXPECT_LE(range.out_phys, args.out_phys);
}

TEST_HARNESS_MAIN
