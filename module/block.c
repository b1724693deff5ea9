// SPDX-License-Identifier: GPL-2.0-only
/*
 * One block of the pool: its folio, its zeroes, who holds it, its cache mode.
 */
#include <linux/highmem.h>
#include <linux/sched.h>
#ifdef CONFIG_X86
#include <asm/memtype.h>
#include <asm/set_memory.h>
#endif

#include "block.h"

/* Not a page offset any file reaches, see block_allow_huge(). */
#define INDEX_BEYOND_EOF (ULONG_MAX / 2)

int block_init(struct physvm_block *block)
{
	gfp_t gfp = GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN |
		    __GFP_RETRY_MAYFAIL;
	struct page *page = alloc_pages(gfp, PHYSVM_BLOCK_ORDER);

	if (!page)
		return -ENOMEM;
	block->folio = page_folio(page);
	block->pfn = page_to_pfn(page);
	block->cache = PHYSVM_CACHE_WB;
	block->nr_free = PHYSVM_BLOCK_PAGES;
	bitmap_fill(block->free, PHYSVM_BLOCK_PAGES);
	return 0;
}

/*
 * Somebody may still hold a page of it, a pipe for one. The memory then goes
 * back to the kernel when that reference does.
 */
void block_destroy(struct physvm_block *block)
{
	block_set_cache(block, PHYSVM_CACHE_WB);
	block_allow_huge(block, true);
	folio_put(block->folio);
}

void block_mark_dirty(struct physvm_block *block, unsigned int start,
		      unsigned int count)
{
	unsigned int i;

	for (i = start; i < start + count; i++)
		set_bit(i, block->dirty);
}

bool block_is_clean(const struct physvm_block *block, unsigned int start,
		    unsigned int count)
{
	return find_next_bit(block->dirty, start + count, start) >= start + count;
}

/* Zeroes what is not zero. Nobody else can reach the pages: they are yours. */
void block_clean(struct physvm_block *block, unsigned int start,
		 unsigned int count)
{
	unsigned int i = start;

	for_each_set_bit_from(i, block->dirty, start + count) {
		clear_highpage(block_page(block, i));
		clear_bit(i, block->dirty);
		cond_resched();
	}
}

/*
 * Does anything but the pool hold a page of it? All pages share the count, and
 * a mapping counts like I/O or a pipe. Once this is false it is certain that
 * nobody holds any page that is not mapped, and nobody can come to: whoever
 * wants a reference needs a mapping or has one already.
 */
bool block_held(struct physvm_block *block)
{
	return folio_ref_count(block->folio) > 1;
}

/*
 * May the core map all of the folio when one page of it is touched? It may not
 * while some page is reserved, a guard's or another area's. The core asks two
 * things under the folio lock, which the caller has: is a page of the folio
 * poisoned (6.1 on, for a PMD), does the folio reach past the end of the file
 * (6.18 and stable, for a PMD and for a table full of PTEs). Both answers are
 * ours to give: nothing else looks at either of a folio that is in no page
 * cache and on no LRU list.
 */
void block_allow_huge(struct physvm_block *block, bool allow)
{
	struct folio *folio = block->folio;

	if (allow) {
		if (folio_test_has_hwpoisoned(folio))
			folio_clear_has_hwpoisoned(folio);
		folio->index = 0;
	} else {
		if (!folio_test_has_hwpoisoned(folio))
			folio_set_has_hwpoisoned(folio);
		folio->index = INDEX_BEYOND_EOF;
	}
}

bool cache_mode_available(u32 cache)
{
	switch (cache) {
	case PHYSVM_CACHE_WB:
		return true;
#ifdef CONFIG_X86
	case PHYSVM_CACHE_WC:
		return pat_enabled();
	case PHYSVM_CACHE_UC:
		return true;
#endif
	default:
		return false;
	}
}

/*
 * Changes the kernel's own mapping, all of the block at once so that it keeps
 * its 2 MiB entry. The block is neither mapped nor owned meanwhile.
 */
int block_set_cache(struct physvm_block *block, u32 cache)
{
	int err = 0;
#ifdef CONFIG_X86
	unsigned long addr = (unsigned long)folio_address(block->folio);

	if (block->cache == cache)
		return 0;
	/* WC and UC are only ever entered from WB and left to it. */
	if (block->cache != PHYSVM_CACHE_WB)
		err = set_memory_wb(addr, PHYSVM_BLOCK_PAGES);
	if (!err)
		block->cache = PHYSVM_CACHE_WB;
	if (!err && cache == PHYSVM_CACHE_WC)
		err = set_memory_wc(addr, PHYSVM_BLOCK_PAGES);
	else if (!err && cache == PHYSVM_CACHE_UC)
		err = set_memory_uc(addr, PHYSVM_BLOCK_PAGES);
	if (!err)
		block->cache = cache;
#endif
	return err;
}
