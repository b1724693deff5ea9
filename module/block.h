/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_BLOCK_H
#define PHYSVM_BLOCK_H

#include <linux/huge_mm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/uidgid.h>

#include "../uapi/physvm.h"

/* Not of enum physvm_cache: no mode, so that it is changed before any use. */
#define CACHE_NONE 0xff

/* As HPAGE_PMD_ORDER, which a kernel without huge pages does not have. */
#define PHYSVM_BLOCK_ORDER (PMD_SHIFT - PAGE_SHIFT)
#define PHYSVM_BLOCK_PAGES ((unsigned int)BIT(PHYSVM_BLOCK_ORDER))
#define PHYSVM_BLOCK_SIZE ((unsigned long)PHYSVM_BLOCK_PAGES << PAGE_SHIFT)

/**
 * struct physvm_block - Memory of the size a PMD maps: a compound folio, or hidden
 * @folio: the memory; the pool's reference keeps it. NULL for hidden memory
 * @map: the kernel's mapping of hidden memory, in mode @cache; NULL after a
 *	failure to make one, then @cache is CACHE_NONE
 * @pfn: its first frame
 * @link: in a list while it is not in a pool
 * @node: NUMA node of the memory; NUMA_NO_NODE for hidden memory
 * @owner: user whose areas have pages of it, while one has
 * @payer: who is charged for those in @quarantined; NULL while there are none
 * @cache: enum physvm_cache of the kernel's own mapping
 * @busy: @cache is being changed: not to be taken from
 * @stuck: its quarantine has been reported as an old one
 * @kept_out: it is being looked whether anybody holds a page: who touches one waits
 *	for pool->unmap_lock, under which this is written
 * @nr_free: bits set in @free
 * @nr_quarantined: bits set in @quarantined
 * @quarantined_since: when there were none before, in jiffies
 * @sharers: runs of areas that have a part of it
 * @free: pages nobody owns; all of them zero
 * @quarantined: freed pages somebody may still hold
 * @dirty: pages that may hold something else than zero. Says nothing about a
 *	page whose area counts its contents as live.
 *
 * All but @kept_out, @dirty and, while @busy, @cache is protected by pool->lock; @sharers
 * lose an entry only under pool->unmap_lock as well. A bit of @dirty belongs to
 * whoever owns the page; neighbours may change at the same time, hence atomic
 * bit operations.
 */
struct physvm_block {
	struct folio *folio;
	void *map;
	unsigned long pfn;
	struct list_head link;
	int node;
	kuid_t owner;
	struct payer *payer;
	u8 cache;
	bool busy;
	bool stuck;
	bool kept_out;
	u16 nr_free;
	u16 nr_quarantined;
	unsigned long quarantined_since;
	struct hlist_head sharers;
	DECLARE_BITMAP(free, PHYSVM_BLOCK_PAGES);
	DECLARE_BITMAP(quarantined, PHYSVM_BLOCK_PAGES);
	DECLARE_BITMAP(dirty, PHYSVM_BLOCK_PAGES);
};

struct physvm_block *block_create(int node);
struct physvm_block *block_create_at(unsigned long pfn);
struct physvm_block *block_create_hidden(unsigned long pfn);
void block_destroy(struct physvm_block *block);

/* Neither in use nor in quarantine, in no special cache mode. */
static inline bool block_whole(const struct physvm_block *block)
{
	return block->nr_free == PHYSVM_BLOCK_PAGES && !block->busy;
}

static inline struct page *block_page(const struct physvm_block *block,
				      unsigned int index)
{
	return folio_page(block->folio, index);
}

void block_mark_dirty(struct physvm_block *block, unsigned int start,
		      unsigned int count);
bool block_is_clean(const struct physvm_block *block, unsigned int start,
		    unsigned int count);
void block_clean(struct physvm_block *block, unsigned int start,
		 unsigned int count);
unsigned long block_zeroed_pages(bool hidden);

bool block_held(struct physvm_block *block);
bool block_pinned(const struct physvm_block *block);

/*
 * Can the core map a folio by PMD, and can it be kept from it? PREEMPT_RT has no
 * huge pages; see block_allow_huge() for the rest.
 */
static inline bool block_can_be_huge(void)
{
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) && IS_ENABLED(CONFIG_MEMORY_FAILURE);
}

void block_allow_huge(struct physvm_block *block, bool allow);

bool cache_mode_available(u32 cache);
int block_set_cache(struct physvm_block *block, u32 cache);

#endif
