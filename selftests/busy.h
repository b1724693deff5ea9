/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What children are busy with when they are killed. Each kind of work leaves
 * nothing behind if it is not interrupted, has one area at a time, and ends the
 * child when a call fails or a page is not what it should be: fresh ones are
 * zero, others what this process wrote. Include after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_BUSY_H
#define PHYSVM_SELFTESTS_BUSY_H

#include <sys/uio.h>

#include "child.h"
#include "scratch.h"
#include "util.h"

#define RW (PROT_READ | PROT_WRITE)

static inline void touch(char *addr, size_t length)
{
	size_t i;

	for (i = 0; i < length; i += PAGE)
		addr[i] = 1;
}

/* The first and the last word of a page; the others are too many to look at. */
static inline volatile uint64_t *page_word(char *addr, size_t page, bool last)
{
	return (volatile uint64_t *)(addr + page * PAGE) + (last ? PAGE / 8 - 1 : 0);
}

static inline uint64_t mark_of(size_t page)
{
	return (uint64_t)getpid() << 32 | (page + 1);
}

/* Touches pages that nobody has touched since they were allocated. */
static inline void mark_fresh(char *addr, size_t length)
{
	size_t i;

	for (i = 0; i < length / PAGE; i++) {
		child_need(!*page_word(addr, i, false) && !*page_word(addr, i, true));
		*page_word(addr, i, false) = mark_of(i);
		*page_word(addr, i, true) = mark_of(i);
	}
}

static inline void check_marks(char *addr, size_t length)
{
	size_t i;

	for (i = 0; i < length / PAGE; i++)
		child_need(*page_word(addr, i, false) == mark_of(i) &&
			   *page_word(addr, i, true) == mark_of(i));
}

/* When others have all of the pool, waits for at most ten seconds. */
static inline void need_alloc(int fd, struct physvm_alloc *args)
{
	const struct physvm_alloc wanted = *args;
	int err = call(fd, PHYSVM_ALLOC, args), tries;

	for (tries = 0; err == ENOMEM && tries < 5000; tries++) {
		usleep(2000);
		*args = wanted;
		err = call(fd, PHYSVM_ALLOC, args);
	}
	child_need(!err);
}

static inline char *need_area(int fd, uint64_t length, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, flags);

	need_alloc(fd, &args);
	return (char *)(uintptr_t)args.out_addr;
}

static inline void need_unmapped(int fd, char *addr, uint64_t length)
{
	child_need(!unmap(fd, addr, length));
}

static inline void touch_small(int fd)
{
	char *addr = need_area(fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);

	mark_fresh(addr, 20 * PAGE);
	check_marks(addr, 20 * PAGE);
	need_unmapped(fd, addr, 20 * PAGE);
}

static inline void touch_large(int fd)
{
	char *addr = need_area(fd, BLOCK + 5 * PAGE, PHYSVM_ALLOC_COMMIT);

	mark_fresh(addr, BLOCK + 5 * PAGE);
	check_marks(addr, BLOCK + 5 * PAGE);
	need_unmapped(fd, addr, BLOCK + 5 * PAGE);
}

static inline void populate(int fd)
{
	char *addr = need_area(fd, 2 * BLOCK, PHYSVM_ALLOC_COMMIT |
			       PHYSVM_ALLOC_POPULATE | PHYSVM_ALLOC_LOW_GUARD |
			       PHYSVM_ALLOC_HIGH_GUARD);

	need_unmapped(fd, addr, 2 * BLOCK);
}

/* What was decommitted comes back as zeroes, its neighbours stay. */
static inline void commit_decommit(int fd)
{
	char *addr = need_area(fd, BLOCK, 0);

	child_need(!commit(fd, addr, BLOCK));
	mark_fresh(addr, BLOCK);
	child_need(!decommit(fd, addr + PAGE, 100 * PAGE));
	child_need(!range_call(fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE, addr + PAGE,
			       50 * PAGE));
	check_marks(addr, PAGE);
	mark_fresh(addr + PAGE, 50 * PAGE);
	need_unmapped(fd, addr, BLOCK);
}

static inline void protect(int fd)
{
	char *addr = need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT);

	mark_fresh(addr, BLOCK);
	child_need(!range_call(fd, PHYSVM_PROTECT_CHECK, PHYSVM_PROT_READ, addr, BLOCK));
	child_need(!mprotect(addr + 7 * PAGE, 9 * PAGE, PROT_READ));
	child_need(!mprotect(addr, BLOCK, PROT_NONE));
	child_need(!mprotect(addr, BLOCK, RW));
	check_marks(addr, BLOCK);
	need_unmapped(fd, addr, BLOCK);
}

static inline void unmap_pieces(int fd)
{
	char *addr = need_area(fd, BLOCK + BLOCK / 2, PHYSVM_ALLOC_COMMIT);

	mark_fresh(addr, BLOCK + BLOCK / 2);
	need_unmapped(fd, addr + 3 * PAGE, 5 * PAGE);
	need_unmapped(fd, addr + BLOCK, BLOCK / 2);
	check_marks(addr, 3 * PAGE);
	need_unmapped(fd, addr, 3 * PAGE);
	need_unmapped(fd, addr + 8 * PAGE, BLOCK - 8 * PAGE);
}

static inline void query_pages(int fd)
{
	char *addr = need_area(fd, 64 * PAGE, PHYSVM_ALLOC_COMMIT);
	size_t i;

	for (i = 0; i < 64 * PAGE; i += PAGE)
		child_need(query(fd, addr + i).size);
	need_unmapped(fd, addr, 64 * PAGE);
}

static inline void map_descriptor(int fd)
{
	struct physvm_alloc args = alloc_args(BLOCK, PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT);
	char *second;

	need_alloc(fd, &args);
	second = mmap(NULL, BLOCK, RW, MAP_SHARED, args.out_fd, 0);
	child_need(second != MAP_FAILED);
	close(args.out_fd);
	mark_fresh(second, BLOCK);
	need_unmapped(fd, second, BLOCK);
	check_marks((char *)(uintptr_t)args.out_addr, BLOCK);
	need_unmapped(fd, (char *)(uintptr_t)args.out_addr, BLOCK);
}

/* The grandchild outlives a killed child by a moment. */
static inline void fork_inside(int fd)
{
	char *addr = need_area(fd, 40 * PAGE, PHYSVM_ALLOC_COMMIT);
	pid_t pid = fork();

	touch(addr, 40 * PAGE);
	if (!pid)
		_exit(0);
	child_need(child_succeeded(pid));
	need_unmapped(fd, addr, 40 * PAGE);
}

static inline void ask(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };
	struct physvm_pool_range range = { .size = sizeof(range) };

	child_need(!call(fd, PHYSVM_INFO, &info));
	child_need(pool_stat(fd).size == sizeof(struct physvm_pool_stat));
	while (!call(fd, PHYSVM_POOL_RANGE, &range))
		range.from = range.out_phys + range.out_length;
	child_need(errno == ENOENT);
}

static inline void move(int fd)
{
	char *addr = need_area(fd, 40 * PAGE, PHYSVM_ALLOC_COMMIT), *moved;

	mark_fresh(addr, 40 * PAGE);
	child_need(mremap(addr, 40 * PAGE, 41 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	moved = mremap(addr, 40 * PAGE, 30 * PAGE, 0);
	child_need(moved == addr);
	moved = mmap(NULL, 30 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	child_need(mremap(addr, 30 * PAGE, 30 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			  moved) == moved);
	check_marks(moved, 30 * PAGE);
	need_unmapped(fd, moved, 30 * PAGE);
}

/* At an address somebody else has by then, perhaps. */
static inline void place(int fd)
{
	struct physvm_pool_range range = { .size = sizeof(range) };
	struct physvm_alloc args = alloc_args(30 * PAGE, PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_COMMIT);
	int err = call(fd, PHYSVM_POOL_RANGE, &range);

	child_need(!err);
	args.phys_addr = range.out_phys + rand() % (range.out_length / PAGE - 30) * PAGE;
	err = call(fd, PHYSVM_ALLOC, &args);
	child_need(!err || err == EBUSY);
	if (err)
		return;
	mark_fresh((char *)(uintptr_t)args.out_addr, 30 * PAGE);
	need_unmapped(fd, (char *)(uintptr_t)args.out_addr, 30 * PAGE);
}

static inline void change_cache(int fd)
{
	struct physvm_alloc args = alloc_args(12 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *addr;

	args.cache = rand() % 2 ? PHYSVM_CACHE_WC : PHYSVM_CACHE_UC;
	need_alloc(fd, &args);
	addr = (char *)(uintptr_t)args.out_addr;
	mark_fresh(addr, 12 * PAGE);
	check_marks(addr, 12 * PAGE);
	need_unmapped(fd, addr, 12 * PAGE);
}

/* The pages are in the pipe when the area is gone already. */
static inline void fill_pipe(int fd)
{
	char *addr = need_area(fd, 8 * PAGE, PHYSVM_ALLOC_COMMIT), contents[PAGE];
	struct iovec pages = { addr, 8 * PAGE };
	int ends[2];

	child_need(!pipe(ends));
	mark_fresh(addr, 8 * PAGE);
	child_need(vmsplice(ends[1], &pages, 1, 0) == 8 * PAGE);
	need_unmapped(fd, addr, 8 * PAGE);
	child_need(read(ends[0], contents, PAGE) == PAGE);
	child_need(*(uint64_t *)contents == mark_of(0));
	close(ends[0]);
	close(ends[1]);
}

/* Where there is no O_DIRECT the kernel copies, and faults itself. */
static inline void do_io(int fd)
{
	int file = open_scratch(O_DIRECT);
	char *addr = need_area(fd, 40 * PAGE, PHYSVM_ALLOC_COMMIT);

	if (file < 0)
		file = open_scratch(0);
	mark_fresh(addr, 20 * PAGE);
	child_need(pwrite(file, addr, 20 * PAGE, 0) == 20 * PAGE);
	child_need(pread(file, addr + 20 * PAGE, 20 * PAGE, 0) == 20 * PAGE);
	check_marks(addr + 20 * PAGE, 20 * PAGE);
	need_unmapped(fd, addr, 40 * PAGE);
	close(file);
}

static inline void read_as_another(int fd)
{
	char *addr = need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	struct iovec from = { addr, 20 * PAGE }, to = { addr + 100 * PAGE, 20 * PAGE };

	mark_fresh(addr, 20 * PAGE);
	child_need(process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 20 * PAGE);
	check_marks(addr + 100 * PAGE, 20 * PAGE);
	need_unmapped(fd, addr, BLOCK);
}

static inline void everything(int fd)
{
	static void (*const things[])(int fd) = {
		touch_small, touch_large, populate, commit_decommit, protect,
		unmap_pieces, query_pages, map_descriptor, fork_inside, ask, move, place,
		change_cache, fill_pipe, do_io, read_as_another,
	};

	things[rand() % (sizeof(things) / sizeof(things[0]))](fd);
}

#endif
