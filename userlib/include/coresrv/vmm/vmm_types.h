/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef CORESRV_VMM_VMM_TYPES_H
#define CORESRV_VMM_VMM_TYPES_H

#include <rtl/types.h>

/**
 * enum VmmPageState - What a touch of a page does
 * @VMM_PAGE_RESERVED: SIGSEGV until it is committed
 * @VMM_PAGE_COMMITTED: gives the page
 * @VMM_PAGE_GUARD: SIGSEGV for ever
 */
typedef enum {
	VMM_PAGE_RESERVED = 0,
	VMM_PAGE_COMMITTED = 1,
	VMM_PAGE_GUARD = 2,
} VmmPageState;

/**
 * enum VmmAreaType - Where pages come from
 * @VMM_AREA_NORMAL: the pool, when they were reserved
 * @VMM_AREA_UNRESERVED: the pool, when they are committed
 * @VMM_AREA_HIDDEN: the hidden pool
 * @VMM_AREA_DEVICE: a device
 */
typedef enum {
	VMM_AREA_NORMAL = 0,
	VMM_AREA_UNRESERVED = 1,
	VMM_AREA_HIDDEN = 2,
	VMM_AREA_DEVICE = 3,
} VmmAreaType;

/* Bytes of a label, with the NUL. */
#define VMM_LABEL_SIZE 32

/**
 * struct VmmPageInfo - What KnVmQuery() tells about a page
 * @base: where the region around it begins, guards left out
 * @size: bytes of the region; 0 when all that is left of it is a guard
 * @phys: physical address of the page; 0 for a guard, and where there is none
 * @state: whether it may be touched
 * @type: where the region's pages come from
 * @protection: of the page now, bits of VMM_FLAG_RWX_MASK
 * @ceiling: the most KnVmProtect() can give it, bits of VMM_FLAG_RWX_MASK
 * @cache: cache mode in effect, one flag of VMM_FLAG_CACHE_MASK
 * @guards: VMM_FLAG_LOW_GUARD, VMM_FLAG_HIGH_GUARD: what lies next to the region
 * @flags: what the region was made with: VMM_FLAG_RESERVE, COMMIT, LOCKED,
 *	GROW_DOWN, the guards, the cache mode.  Its protection then is not kept
 * @huge: 1 when the page is mapped now with all its 2 MiB by one entry of the
 *	page table, else 0
 * @label: a name for people, or an empty string
 */
typedef struct {
	void *base;
	rtl_size_t size;
	rtl_uint64_t phys;
	VmmPageState state;
	VmmAreaType type;
	int protection;
	int ceiling;
	int cache;
	int guards;
	int flags;
	int huge;
	char label[VMM_LABEL_SIZE];
} VmmPageInfo;

#endif /* CORESRV_VMM_VMM_TYPES_H */
