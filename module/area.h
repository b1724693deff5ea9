/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_AREA_H
#define PHYSVM_AREA_H

#include <linux/fs.h>

#include "content.h"
#include "device.h"
#include "pager.h"
#include "pool.h"
#include "sparse.h"

/* Of an area without pages of its own, in pages: its bits take 4 MiB. */
#define PHYSVM_SPARSE_MAX (16ul << 20)

/**
 * struct physvm_area - Pages of the pool with one life
 * @pool: where the pages come from
 * @listed: in the list of all areas
 * @file: the area's own, while it is listed
 * @uid: user who made it
 * @maker: process that made it; it may be gone
 * @payer: who is charged for it and its pages
 * @inode: the area's own; its i_mapping knows every mapping there is
 * @pages: length
 * @base: file page offset of page 0. Congruent to its frame number modulo a
 *	block, so that a suitably aligned mapping can have PMDs, and at least
 *	one block up, so that there is an offset for a guard page below
 * @type: enum physvm_area_type
 * @alloc_flags: PHYSVM_ALLOC_* it was made with
 * @max_prot: PHYSVM_PROT_* no mapping exceeds
 * @cache: enum physvm_cache
 * @label: for people
 * @published: users may have a descriptor of it
 * @huge: has whole blocks, each at a multiple of its size in the file
 * @runs: the pages, in order; constant
 * @nr_runs: length of @runs
 * @sparse: instead of @runs, where area_is_sparse()
 * @content: what is read into its pages, for PHYSVM_AREA_FILE and _IMAGE, else NULL
 * @pager: who is asked for missing pages of PHYSVM_AREA_PAGED, else NULL
 * @cookie: what @pager is told with it
 * @device: what there is in place of @runs for PHYSVM_AREA_DEVICE, else NULL
 * @region: likewise, for PHYSVM_AREA_REGION
 * @unmap_run: how the mappings of a run are found if it is not in one piece in
 *	the area; else NULL
 * @committed: pages that may be touched; NULL where there will never be one
 * @live: pages whose contents count: zeroed, then given to somebody
 *
 * @committed and @live are indexed by area_bit(), so that a block's bits fill
 * words of their own. They change with the mapping's invalidate_lock held
 * exclusively, or with it shared and the lock of the block's folio held.
 *
 * Lives as long as its file: references are file references.
 */
struct physvm_area {
	struct physvm_pool *pool;
	struct rb_node listed;
	struct file *file;
	kuid_t uid;
	struct pid *maker;
	struct payer *payer;
	struct inode *inode;
	unsigned long pages;
	pgoff_t base;
	u32 type;
	u32 alloc_flags;
	u32 max_prot;
	u32 cache;
	char label[PHYSVM_LABEL_SIZE];
	bool published;
	bool huge;
	struct physvm_run *runs;
	unsigned int nr_runs;
	struct physvm_sparse sparse;
	struct physvm_content *content;
	struct pager *pager;
	u64 cookie;
	struct physvm_device *device;
	struct region_state *region;
	void (*unmap_run)(const struct physvm_run *run);
	unsigned long *committed;
	unsigned long *live;
};

struct physvm_area *area_create(struct physvm_pool *pool,
				const struct physvm_alloc *args,
				const struct physvm_segment *segments);
struct physvm_area *area_create_empty(u32 type, unsigned long pages);
void area_destroy(struct physvm_area *area);
unsigned long area_count(void);
unsigned long area_committed(const struct physvm_area *area);
unsigned long area_owned(const struct physvm_area *area);

static inline unsigned long area_bit(const struct physvm_area *area,
				     unsigned long page)
{
	return area->base - PHYSVM_BLOCK_PAGES + page;
}

static inline bool area_has(const struct physvm_area *area, pgoff_t pgoff)
{
	return pgoff >= area->base && pgoff - area->base < area->pages;
}

/* The page below the first, if it is a guard. */
static inline bool area_low_guard(const struct physvm_area *area, pgoff_t pgoff)
{
	return area->alloc_flags & PHYSVM_ALLOC_LOW_GUARD &&
	       pgoff == area->base - 1;
}

/* The page above the last, if it is a guard. */
static inline bool area_high_guard(const struct physvm_area *area, pgoff_t pgoff)
{
	return area->alloc_flags & PHYSVM_ALLOC_HIGH_GUARD &&
	       pgoff == area->base + area->pages;
}

/* Does it get its pages one by one? */
static inline bool area_is_sparse(const struct physvm_area *area)
{
	return area->type == PHYSVM_AREA_NORESERVE ||
	       area->type == PHYSVM_AREA_PAGED ||
	       area->type == PHYSVM_AREA_FILE ||
	       area->type == PHYSVM_AREA_IMAGE;
}

/* Does the kernel have pages for it, or only frames? */
static inline bool area_has_folios(const struct physvm_area *area)
{
	return area->type != PHYSVM_AREA_HIDDEN && area->type != PHYSVM_AREA_DEVICE;
}

static inline bool area_guard(const struct physvm_area *area, pgoff_t pgoff)
{
	return area_low_guard(area, pgoff) || area_high_guard(area, pgoff);
}

/* Addresses only: no page can be committed, whatever is asked. */
static inline bool area_is_reservation(const struct physvm_area *area)
{
	return area->type == PHYSVM_AREA_RESERVATION;
}

const struct physvm_run *area_run(const struct physvm_area *area,
				  unsigned long page);
bool area_same_run(const struct physvm_area *area, const struct physvm_run *run,
		   unsigned long page);
unsigned long area_pfn(const struct physvm_area *area, unsigned long page);
unsigned long area_pfns_left(const struct physvm_area *area, unsigned long page);
bool area_is_committed(const struct physvm_area *area, unsigned long page);
bool area_run_committed(const struct physvm_area *area,
			const struct physvm_run *run);

void area_make_live(struct physvm_area *area, const struct physvm_run *run,
		    unsigned long page, unsigned long count);
void area_zero_ahead(struct physvm_area *area, unsigned long page,
		     unsigned long count);
void area_unmap_run(const struct physvm_run *run);
int area_supply(struct physvm_area *area, unsigned long page,
		unsigned long count);
void area_unsupply(struct physvm_area *area, unsigned long page,
		   unsigned long count);
struct physvm_supply *area_take(struct physvm_area *area, unsigned long count);
long area_enter(struct physvm_area *area, unsigned long page,
		struct physvm_supply *supply);
long area_enter_unless(struct physvm_area *area, unsigned long page,
		       struct physvm_supply *supply, const bool *stale);
long area_adopt(struct physvm_area *area, unsigned long page,
		struct physvm_supply *supply);
void area_commit(struct physvm_area *area, unsigned long page,
		 unsigned long count);
void area_decommit(struct physvm_area *area, unsigned long page,
		   unsigned long count);

#endif
