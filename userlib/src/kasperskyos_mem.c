// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The memory calls of KasperskyOS: an allocator over the pool.
 *
 * What is small is a slot of a chunk, in a size of which there are four to each
 * power of two.  What is larger, or aligned to more than a page, is a region of
 * its own.  Chunks that are empty go back to the pool, but for one.
 *
 * malloc() may be made of this, so nothing here calls it.
 */
#include "kos/alloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "export.h"
#include "mem_area.h"
#include "mem_chunk.h"
#include "mem_table.h"
#include "sys.h"

#define CLASSES 32
#define SLOT_ALIGN_MAX 4096	/* a chunk is aligned to a page, and no more */

/* Protected by @lock. */
static struct {
	struct mem_table table;
	struct mem_chunk *open[CLASSES];	/* lists of those with free slots */
	struct mem_chunk *spare;		/* empty, and in no list */
} heap;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void acquire(void)
{
	pthread_mutex_lock(&lock);
}

static void release(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * The child does not have the memory.  It begins with an empty heap, to which
 * its parent's pointers are foreign.
 */
static void begin_anew(void)
{
	memset(heap.open, 0, sizeof(heap.open));
	heap.spare = NULL;
	heap.table.count = 0;
	release();
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(acquire, release, begin_anew);
}

/* 16, 32, 48, 64, then four to each power of two: 80, 96, 112, 128, 160 … */
static size_t class_size(unsigned int class)
{
	if (class < 4)
		return MEM_SLOT_MIN * (class + 1);
	return (size_t)MEM_SLOT_MIN * (class % 4 + 5) << (class / 4 - 1);
}

static unsigned int class_of(size_t size)
{
	unsigned int class = 0;

	while (class_size(class) < size)
		class++;
	return class;
}

/* @align is a power of two. */
static size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

/*
 * The size of a slot for @size bytes, 0 if they need a region of their own.
 * A multiple of @align is still one when it is rounded up to a size of slots.
 */
static size_t slot_size(size_t size, size_t align)
{
	if (size > MEM_SLOT_MAX || align > SLOT_ALIGN_MAX)
		return 0;
	size = round_up(size ? size : 1, align);
	return size > MEM_SLOT_MAX ? 0 : class_size(class_of(size));
}

static struct mem_chunk **list_of(const struct mem_chunk *chunk)
{
	return &heap.open[class_of(chunk->slot_size)];
}

static void link_chunk(struct mem_chunk *chunk)
{
	struct mem_chunk **list = list_of(chunk);

	chunk->next = *list;
	chunk->link = list;
	if (chunk->next)
		chunk->next->link = &chunk->next;
	*list = chunk;
}

static void unlink_chunk(struct mem_chunk *chunk)
{
	*chunk->link = chunk->next;
	if (chunk->next)
		chunk->next->link = chunk->link;
}

static int new_chunk(size_t slot_size, struct mem_chunk **chunk)
{
	void *memory;
	int err = physvm_mem_area_get(MEM_CHUNK_SIZE, 1, &memory);

	if (err)
		return err;
	*chunk = physvm_mem_chunk_make(memory, slot_size);
	err = physvm_mem_table_add(&heap.table, (struct mem_region){
		(uintptr_t)memory, MEM_CHUNK_SIZE, *chunk });
	if (err)
		physvm_mem_area_put(memory, MEM_CHUNK_SIZE);
	return err;
}

static struct mem_chunk *reuse_spare(size_t slot_size)
{
	void *memory = physvm_mem_chunk_memory(heap.spare);

	heap.spare = NULL;
	return physvm_mem_chunk_make(memory, slot_size);
}

static int open_chunk(size_t slot_size, struct mem_chunk **chunk)
{
	int err = 0;

	*chunk = heap.open[class_of(slot_size)];
	if (*chunk)
		return 0;
	if (heap.spare)
		*chunk = reuse_spare(slot_size);
	else
		err = new_chunk(slot_size, chunk);
	if (!err)
		link_chunk(*chunk);
	return err;
}

static int take_slot(size_t size, void **ptr)
{
	struct mem_chunk *chunk;
	int err;

	acquire();
	err = open_chunk(size, &chunk);
	if (!err) {
		*ptr = physvm_mem_chunk_take(chunk);
		if (physvm_mem_chunk_full(chunk))
			unlink_chunk(chunk);
	}
	release();
	return err;
}

/* Regions come and go without the lock: the kernel may take its time. */

static struct mem_region remove_region(struct mem_region *region)
{
	struct mem_region removed = *region;

	physvm_mem_table_remove(&heap.table, region);
	return removed;
}

static void put_region(struct mem_region region)
{
	if (region.size)
		physvm_mem_area_put((void *)region.start, region.size);
}

static bool put_spare(void)
{
	struct mem_region region = {};

	acquire();
	if (heap.spare)
		region = remove_region(physvm_mem_table_find(&heap.table, heap.spare));
	heap.spare = NULL;
	release();
	put_region(region);
	return region.size;
}

static int add_region(struct mem_region region)
{
	int err;

	acquire();
	err = physvm_mem_table_add(&heap.table, region);
	release();
	if (err)
		put_region(region);
	return err;
}

static int take_region(size_t size, size_t align, void **ptr)
{
	int err;

	size = round_up(size ? size : 1, physvm_sys_page_size());
	err = physvm_mem_area_get(size, align, ptr);
	if ((err == -ENOMEM || err == -EDQUOT) && put_spare())
		err = physvm_mem_area_get(size, align, ptr);
	return err ? err : add_region((struct mem_region){ (uintptr_t)*ptr, size, NULL });
}

static int allocate(size_t size, size_t align, bool zeroed, void **ptr)
{
	size_t slot;
	int err;

	if (!align || align & (align - 1))
		return -EINVAL;
	if (size > PTRDIFF_MAX - physvm_sys_page_size())
		return -ENOMEM;
	slot = slot_size(size, align);
	if (!slot)
		return take_region(size, align, ptr);
	err = take_slot(slot, ptr);
	if (!err && zeroed)
		memset(*ptr, 0, slot);
	return err;
}

EXPORT void *KosMemAllocEx(rtl_size_t size, rtl_size_t align, int zeroed)
{
	void *ptr;
	int err = allocate(size, align, zeroed, &ptr);

	if (err)
		errno = -err;
	return err ? RTL_NULL : ptr;
}

EXPORT void *KosMemAlloc(rtl_size_t size)
{
	return KosMemAllocEx(size, 1, 0);
}

EXPORT void *KosMemZalloc(rtl_size_t size)
{
	return KosMemAllocEx(size, 1, 1);
}

/* The region in which @ptr is an allocation, or NULL. */
static struct mem_region *owner_of(const void *ptr)
{
	struct mem_region *region = physvm_mem_table_find(&heap.table, ptr);
	bool owned;

	if (!region)
		return NULL;
	if (region->chunk)
		owned = physvm_mem_chunk_has(region->chunk, ptr);
	else
		owned = region->start == (uintptr_t)ptr;
	return owned ? region : NULL;
}

/* An empty chunk becomes the spare one, or is what the pool gets back. */
static struct mem_region retire(struct mem_region *region)
{
	unlink_chunk(region->chunk);
	if (heap.spare)
		return remove_region(region);
	heap.spare = region->chunk;
	return (struct mem_region){};
}

/* Returns what the pool gets back. */
static struct mem_region give_slot(struct mem_region *region, const void *ptr)
{
	struct mem_chunk *chunk = region->chunk;

	if (physvm_mem_chunk_full(chunk))
		link_chunk(chunk);
	physvm_mem_chunk_give(chunk, ptr);
	return chunk->used ? (struct mem_region){} : retire(region);
}

static bool give(const void *ptr)
{
	struct mem_region *region, unused = {};

	acquire();
	region = owner_of(ptr);
	if (region)
		unused = region->chunk ? give_slot(region, ptr) : remove_region(region);
	release();
	put_region(unused);
	return region;
}

EXPORT void KosMemFree(void *ptr)
{
	if (ptr && !give(ptr))
		errno = EINVAL;
}

EXPORT rtl_size_t KosMemGetSize(const void *ptr)
{
	struct mem_region *region;
	size_t size = 0;

	acquire();
	region = owner_of(ptr);
	if (region)
		size = region->chunk ? region->chunk->slot_size : region->size;
	release();
	return size;
}
