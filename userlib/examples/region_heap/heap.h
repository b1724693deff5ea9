/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A heap on top of a region: what its parts know of each other.
 *
 *     malloc.c   the functions a program calls
 *     slab.c     small memory: slots of one size in a slab of 16 pages
 *     pages.c    pages out of the region, and which pages are what
 *     fork.c     a forked child gets a copy of the heap
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE ((size_t)4096)
#define SLAB_PAGES ((size_t)16)
#define SLOT_MAX ((size_t)8192)

/* What a page is, by what the map says of it. */
enum page_kind {
	PAGE_NONE,	/* not the first of anything, or not ours */
	PAGE_RUN,	/* the first of a run of pages; how many */
	PAGE_SLAB,	/* of a slab; which of its pages */
};

struct page_info {
	enum page_kind kind;
	size_t number;
};

static inline size_t round_up(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

/* pages.c */
void *pages_get(size_t count, size_t align, enum page_kind kind);
void pages_put(void *addr, size_t count);
void pages_shrink(void *addr, size_t count, size_t kept);
struct page_info page_info(const void *addr);
void *page_next_used(const void *after, size_t *count);
void pages_lock(void);
void pages_unlock(void);
bool pages_begin_anew(void);
bool pages_get_again(void *addr, size_t count);

/* slab.c */
void *slab_get(size_t size, size_t align);
void slab_put(void *slot);
size_t slab_slot_size(const void *slot);
void slabs_lock(void);
void slabs_unlock(void);

/* fork.c */
void fork_watch(void);

#endif
