// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Pages out of the region, each run of them with a guard on either side: what
 * overruns a large allocation, or a slab, is SIGSEGV.
 *
 * The map is memory of the process, not of the region, and most of it is never
 * touched.
 */
#include <lib/virtual_alloc.h>

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"

#define HEAP_PAGES ((size_t)4 << 20)	/* addresses: what is used of them costs */
#define GUARD_PAGES 1
#define BLOCK_LOG2 21			/* where large pages can be had */

static struct virtual_alloc region = VIRTUAL_ALLOC_INITIALIZER(VM_PAGE_STATE_HEAP);
static uintptr_t base;
static pthread_once_t started = PTHREAD_ONCE_INIT;

/* Protected by @lock, but what it says of an allocation is its owner's to read. */
static uint32_t map[HEAP_PAGES];
static size_t map_end;			/* behind the last page ever used */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool init_region(void)
{
	return virtual_alloc_init(&region, base, HEAP_PAGES * PAGE_SIZE, GUARD_PAGES,
				  BLOCK_LOG2) == ZX_OK;
}

/* Without a region there is no memory: a program that needs some will say so. */
static void start(void)
{
	static const char complaint[] = "region_heap: no region of /dev/physvm\n";

	if (init_region())
		base = virtual_alloc_base(&region);
	else if (write(STDERR_FILENO, complaint, sizeof(complaint) - 1) < 0)
		return;
	fork_watch();
}

static size_t page_of(const void *addr)
{
	return ((uintptr_t)addr - base) / PAGE_SIZE;
}

static void *address_of(size_t page)
{
	return (void *)(base + page * PAGE_SIZE);
}

static uint32_t entry(enum page_kind kind, size_t number)
{
	return (uint32_t)(number << 2 | kind);
}

struct page_info page_info(const void *addr)
{
	struct page_info info = { PAGE_NONE, 0 };

	if (page_of(addr) < HEAP_PAGES) {
		info.kind = map[page_of(addr)] & 3;
		info.number = map[page_of(addr)] >> 2;
	}
	return info;
}

static void enter(size_t page, size_t count, enum page_kind kind)
{
	if (kind == PAGE_RUN)
		map[page] = entry(kind, count);
	for (size_t i = 0; kind == PAGE_SLAB && i < count; i++)
		map[page + i] = entry(kind, i);
	if (map_end < page + count)
		map_end = page + count;
}

/* More than is needed has an aligned part, and a region takes ends back. */
static void *get_aligned(size_t count, size_t align)
{
	size_t spare = align / PAGE_SIZE - 1, head;
	vaddr_t addr;

	if (count + spare < count ||
	    virtual_alloc_alloc_pages(&region, count + spare, &addr) != ZX_OK)
		return NULL;
	head = (round_up(addr, align) - addr) / PAGE_SIZE;
	if (head)
		virtual_alloc_free_pages(&region, addr, head);
	addr += head * PAGE_SIZE;
	if (spare > head)
		virtual_alloc_free_pages(&region, addr + count * PAGE_SIZE, spare - head);
	return (void *)addr;
}

static void *get(size_t count, size_t align)
{
	vaddr_t addr;

	if (align > PAGE_SIZE)
		return get_aligned(count, align);
	return virtual_alloc_alloc_pages(&region, count, &addr) == ZX_OK ? (void *)addr : NULL;
}

/* Zero.  @align is a power of two. */
void *pages_get(size_t count, size_t align, enum page_kind kind)
{
	void *addr;

	pthread_once(&started, start);
	pages_lock();
	addr = get(count, align);
	if (addr)
		enter(page_of(addr), count, kind);
	pages_unlock();
	return addr;
}

void pages_put(void *addr, size_t count)
{
	bool is_slab = page_info(addr).kind == PAGE_SLAB;

	pages_lock();
	memset(&map[page_of(addr)], 0, (is_slab ? count : 1) * sizeof(map[0]));
	virtual_alloc_free_pages(&region, (vaddr_t)addr, count);
	pages_unlock();
}

/* Of a run. */
void pages_shrink(void *addr, size_t count, size_t kept)
{
	pages_lock();
	map[page_of(addr)] = entry(PAGE_RUN, kept);
	virtual_alloc_free_pages(&region, (vaddr_t)addr + kept * PAGE_SIZE, count - kept);
	pages_unlock();
}

/* For fork.c, which has all the locks. */

/* The first run or slab behind @after, which is one too or NULL; or NULL. */
void *page_next_used(const void *after, size_t *count)
{
	size_t page = after ? page_of(after) + 1 : 0;

	for (; page < map_end; page++) {
		struct page_info info = page_info(address_of(page));

		if (info.kind == PAGE_RUN || (info.kind == PAGE_SLAB && !info.number)) {
			*count = info.kind == PAGE_RUN ? info.number : SLAB_PAGES;
			return address_of(page);
		}
	}
	return NULL;
}

void pages_lock(void)
{
	pthread_mutex_lock(&lock);
}

void pages_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* In a child, where nothing is mapped any more: the same addresses. */
bool pages_begin_anew(void)
{
	return !base || init_region();
}

bool pages_get_again(void *addr, size_t count)
{
	return virtual_alloc_debug_allocate_vaddr_range(&region, (vaddr_t)addr, count) == ZX_OK;
}
