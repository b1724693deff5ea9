/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions of the library, for tests. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_ZX_REGION_H
#define PHYSVM_SELFTESTS_ZX_REGION_H

#include <lib/virtual_alloc.h>

#define PAGE_LOG2 12ul
#define BLOCK_LOG2 21ul

/* The pages, or NULL. */
static inline char *region_alloc(struct virtual_alloc *region, size_t pages)
{
	vaddr_t vaddr;

	return virtual_alloc_alloc_pages(region, pages, &vaddr) ? NULL : (char *)vaddr;
}

/* The code of an allocation, whose pages are given back. */
static inline zx_status_t region_alloc_status(struct virtual_alloc *region, size_t pages)
{
	vaddr_t vaddr = 0;
	zx_status_t status = virtual_alloc_alloc_pages(region, pages, &vaddr);

	if (!status)
		virtual_alloc_free_pages(region, vaddr, pages);
	return status;
}

static inline zx_status_t region_free(struct virtual_alloc *region, const void *addr, size_t pages)
{
	return virtual_alloc_free_pages(region, (vaddr_t)addr, pages);
}

static inline zx_status_t region_alloc_at(struct virtual_alloc *region, const void *addr,
					  size_t pages)
{
	return virtual_alloc_debug_allocate_vaddr_range(region, (vaddr_t)addr, pages);
}

static inline char *region_base(const struct virtual_alloc *region)
{
	return (char *)virtual_alloc_base(region);
}

/* Which page of the region is it? */
static inline size_t region_page(const struct virtual_alloc *region, const void *addr)
{
	return ((vaddr_t)addr - virtual_alloc_base(region)) / PAGE;
}

#endif
