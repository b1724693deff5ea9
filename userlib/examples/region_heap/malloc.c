// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The malloc family, for a program that is started with
 *
 *     LD_PRELOAD=region_heap.so program
 *
 * All of its memory of this kind is the pool's then.  What is small is a slot of a
 * slab, what is large is pages of its own.  Nothing looks at memory that is not
 * ours: the dynamic linker has some from before we were there.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define PUBLIC __attribute__((visibility("default")))
#define ALIGN_MIN ((size_t)16)

static size_t pages_for(size_t size)
{
	return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* @align is a power of two.  @zero: whether the caller wants it so. */
static void *allocate(size_t size, size_t align, bool zero)
{
	void *memory;

	if (size > PTRDIFF_MAX || align > PTRDIFF_MAX) {
		memory = NULL;
	} else if (align <= PAGE_SIZE && round_up(size, align) <= SLOT_MAX) {
		memory = slab_get(size, align);
		if (memory && zero)
			memset(memory, 0, size);
	} else {
		memory = pages_get(pages_for(size ? size : 1), align, PAGE_RUN);
	}
	if (!memory)
		errno = ENOMEM;
	return memory;
}

PUBLIC void *malloc(size_t size)
{
	return allocate(size, ALIGN_MIN, false);
}

PUBLIC void *calloc(size_t count, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(count, size, &total))
		return allocate(total, ALIGN_MIN, true);
	errno = ENOMEM;
	return NULL;
}

PUBLIC void free(void *memory)
{
	int saved_errno = errno;
	struct page_info info = page_info(memory);

	if (info.kind == PAGE_SLAB)
		slab_put(memory);
	else if (info.kind == PAGE_RUN)
		pages_put(memory, info.number);
	errno = saved_errno;
}

PUBLIC size_t malloc_usable_size(void *memory)
{
	struct page_info info = page_info(memory);

	switch (info.kind) {
	case PAGE_SLAB:
		return slab_slot_size(memory);
	case PAGE_RUN:
		return info.number * PAGE_SIZE;
	default:
		return 0;
	}
}

/* What it is now serves, or a part of it: at least half, lest memory be wasted. */
static bool resize(void *memory, size_t size)
{
	struct page_info info = page_info(memory);
	size_t now = malloc_usable_size(memory);

	if (size > now)
		return false;
	if (info.kind == PAGE_RUN && size > SLOT_MAX) {
		if (pages_for(size) < info.number)
			pages_shrink(memory, info.number, pages_for(size));
		return true;
	}
	return size >= now / 2;
}

static void *move(void *memory, size_t size)
{
	void *moved = allocate(size, ALIGN_MIN, false);
	size_t old = malloc_usable_size(memory);

	if (!moved)
		return NULL;
	memcpy(moved, memory, old < size ? old : size);
	free(memory);
	return moved;
}

PUBLIC void *realloc(void *memory, size_t size)
{
	if (!memory)
		return malloc(size);
	if (!size) {
		free(memory);
		return NULL;
	}
	return resize(memory, size) ? memory : move(memory, size);
}

PUBLIC void *reallocarray(void *memory, size_t count, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(count, size, &total))
		return realloc(memory, total);
	errno = ENOMEM;
	return NULL;
}

static bool is_power_of_two(size_t number)
{
	return number && !(number & (number - 1));
}

PUBLIC void *memalign(size_t align, size_t size)
{
	if (is_power_of_two(align))
		return allocate(size, align > ALIGN_MIN ? align : ALIGN_MIN, false);
	errno = EINVAL;
	return NULL;
}

PUBLIC void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

PUBLIC int posix_memalign(void **memory, size_t align, size_t size)
{
	int saved_errno = errno;
	void *made;

	if (!is_power_of_two(align) || align % sizeof(void *))
		return EINVAL;
	made = memalign(align, size);
	errno = saved_errno;
	if (!made)
		return ENOMEM;
	*memory = made;
	return 0;
}

PUBLIC void *valloc(size_t size)
{
	return memalign(PAGE_SIZE, size);
}

PUBLIC void *pvalloc(size_t size)
{
	return memalign(PAGE_SIZE, size > PTRDIFF_MAX ? size : round_up(size, PAGE_SIZE));
}
