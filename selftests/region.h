/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions, for tests. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_REGION_H
#define PHYSVM_SELFTESTS_REGION_H

#include "util.h"

#define REGION_LENGTH (16ul << 20)
#define REGION_PAGES (REGION_LENGTH / PAGE)

static inline struct physvm_region region_args(uint64_t length, uint64_t guard,
					       uint32_t align_log2)
{
	return (struct physvm_region){
		.size = sizeof(struct physvm_region),
		.length = length,
		.guard_pages = guard,
		.align_log2 = align_log2,
		.page_state = 7,
	};
}

/* A region as tests use it. */
struct region {
	int fd;
	char *base;
	uint64_t bitmap_pages;
};

/* fd is -1, with errno, if there is none. */
static inline struct region region_make_kind(int device, uint32_t flags, uint64_t length,
					     uint64_t guard, uint32_t align_log2)
{
	struct physvm_region args = region_args(length, guard, align_log2);

	args.flags = flags;
	if (ioctl(device, PHYSVM_REGION, &args))
		return (struct region){ .fd = -1 };
	return (struct region){ args.out_fd, (char *)(uintptr_t)args.out_base,
				args.out_bitmap_pages };
}

static inline struct region region_make(int device, uint64_t length, uint64_t guard,
					uint32_t align_log2)
{
	return region_make_kind(device, 0, length, guard, align_log2);
}

static inline void region_end(struct region region, uint64_t length)
{
	munmap(region.base, length);
	close(region.fd);
}

/* The address, or NULL with errno. */
static inline char *region_alloc(struct region region, uint64_t pages)
{
	struct physvm_region_alloc args = { .size = sizeof(args), .pages = pages };

	return ioctl(region.fd, PHYSVM_REGION_ALLOC, &args) ? NULL :
							      (char *)(uintptr_t)args.out_addr;
}

/* The errno. */
static inline int region_alloc_at(struct region region, const char *addr, uint64_t pages)
{
	struct physvm_region_alloc args = {
		.size = sizeof(args),
		.flags = PHYSVM_REGION_AT,
		.pages = pages,
		.addr = (uintptr_t)addr,
	};

	return call(region.fd, PHYSVM_REGION_ALLOC, &args);
}

static inline int region_free(struct region region, const char *addr, uint64_t pages)
{
	struct physvm_region_free args = {
		.size = sizeof(args),
		.addr = (uintptr_t)addr,
		.pages = pages,
	};

	return call(region.fd, PHYSVM_REGION_FREE, &args);
}

/* How many pages it freed, or -1. */
static inline int64_t region_free_all(struct region region)
{
	struct physvm_region_free args = {
		.size = sizeof(args),
		.flags = PHYSVM_REGION_FREE_ALL,
	};

	return ioctl(region.fd, PHYSVM_REGION_FREE, &args) ? -1 : (int64_t)args.out_freed;
}

static inline struct physvm_region_stat region_stat(struct region region, const char *addr)
{
	struct physvm_region_stat args = { .size = sizeof(args), .addr = (uintptr_t)addr };

	if (ioctl(region.fd, PHYSVM_REGION_STAT, &args))
		memset(&args, 0xff, sizeof(args));
	return args;
}

static inline bool region_has(struct region region, const char *addr)
{
	return region_stat(region, addr).out_allocated;
}

/* Page of the region an address is, and back. */
static inline int64_t page_of(struct region region, const char *addr)
{
	return addr ? (addr - region.base) / (int64_t)PAGE : -1;
}

static inline char *page_addr(struct region region, uint64_t page)
{
	return region.base + page * PAGE;
}

#endif
