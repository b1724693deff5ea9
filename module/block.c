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
#include "iomap.h"
#include "trace.h"

/* Not a page offset any file reaches, see block_allow_huge(). */
#define INDEX_BEYOND_EOF (ULONG_MAX / 2)

static void set_free(struct physvm_block *block)
{
	block->cache = PHYSVM_CACHE_WB;
	block->nr_free = PHYSVM_BLOCK_PAGES;
	bitmap_fill(block->free, PHYSVM_BLOCK_PAGES);
}

int block_init(struct physvm_block *block)
{
	gfp_t gfp = GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN |
		    __GFP_RETRY_MAYFAIL;
	struct page *page = alloc_pages(gfp, PHYSVM_BLOCK_ORDER);

	if (!page)
		return -ENOMEM;
	block->folio = page_folio(page);
	block->pfn = page_to_pfn(page);
	set_free(block);
	return 0;
}

static int set_hidden_cache(struct physvm_block *block, u32 cache)
{
	if (block->map)
		iomap_put(block->map, PHYSVM_BLOCK_SIZE, block->cache);
	block->cache = CACHE_NONE;
	block->map = iomap_get(PFN_PHYS(block->pfn), PHYSVM_BLOCK_SIZE, cache);
	if (IS_ERR(block->map)) {
		const int err = PTR_ERR(block->map);

		block->map = NULL;
		return err;
	}
	block->cache = cache;
	return 0;
}

/* Where there is no memory, what is written does not come back. No caches. */
static bool remembers(const struct physvm_block *block)
{
	unsigned long *word = block->map;
	const unsigned int step = PAGE_SIZE / sizeof(*word);
	unsigned int i;

	for (i = 0; i < PHYSVM_BLOCK_PAGES; i++)
		WRITE_ONCE(word[i * step], ~(block->pfn + i));
	mb(); /* written before read */
	for (i = 0; i < PHYSVM_BLOCK_PAGES; i++)
		if (READ_ONCE(word[i * step]) != ~(block->pfn + i))
			return false;
	return true;
}

/**
 * block_init_hidden() - Make a block of memory the kernel does not know
 * @block: to be filled
 * @pfn: its first frame
 *
 * Whatever is in it goes: it has been anybody's.
 *
 * Return: 0; ENXIO where there is no memory; EBUSY, ENOMEM as iomap_get().
 */
int block_init_hidden(struct physvm_block *block, unsigned long pfn)
{
	int err;

	block->pfn = pfn;
	err = set_hidden_cache(block, PHYSVM_CACHE_UC);
	if (err)
		return err;
	err = remembers(block) ? set_hidden_cache(block, PHYSVM_CACHE_WB) : -ENXIO;
	if (err) {
		block_destroy(block);
		return err;
	}
	set_free(block);
	bitmap_fill(block->dirty, PHYSVM_BLOCK_PAGES);
	block_clean(block, 0, PHYSVM_BLOCK_PAGES);
	return 0;
}

/*
 * Somebody may still hold a page of it, a pipe for one. The memory then goes
 * back to the kernel when that reference does.
 */
void block_destroy(struct physvm_block *block)
{
	if (!block->folio) {
		if (block->map)
			iomap_put(block->map, PHYSVM_BLOCK_SIZE, block->cache);
		return;
	}
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

static void clear(const struct physvm_block *block, unsigned int index)
{
	if (block->folio)
		clear_highpage(block_page(block, index));
	else
		clear_page(block->map + index * PAGE_SIZE);
}

/* Counted only for who looks. */
static noinline void trace_clean(const struct physvm_block *block, unsigned int start,
				 unsigned int end)
{
	unsigned long pages = 0;
	unsigned int i = start;

	for_each_set_bit_from(i, block->dirty, end)
		pages++;
	if (pages)
		trace_physvm_zero(block, pages);
}

/* Zeroes what is not zero. Nobody else can reach the pages: they are yours. */
void block_clean(struct physvm_block *block, unsigned int start,
		 unsigned int count)
{
	unsigned int i = start;

	if (trace_physvm_zero_enabled())
		trace_clean(block, start, start + count);
	for_each_set_bit_from(i, block->dirty, start + count) {
		clear(block, i);
		clear_bit(i, block->dirty);
		cond_resched();
	}
}

/*
 * Does anything but the pool hold a page of it? All pages share the count, and
 * a mapping counts like I/O or a pipe. Once this is false it is certain that
 * nobody holds any page that is not mapped, and nobody can come to: whoever
 * wants a reference needs a mapping or has one already. Hidden memory has no
 * references at all.
 */
bool block_held(struct physvm_block *block)
{
	return block->folio && folio_ref_count(block->folio) > 1;
}

/*
 * Does anything but the pool and mappings hold a page of it? May only be asked
 * where no mapping can come into being: of those that go meanwhile too few are
 * counted, never too many.
 */
bool block_pinned(const struct physvm_block *block)
{
	const int references = folio_ref_count(block->folio);

	smp_rmb(); /* mappings are counted after references */
	return references != 1 + folio_mapcount(block->folio);
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
	unsigned long addr;

	if (block->cache == cache)
		return 0;
	if (!block->folio)
		return set_hidden_cache(block, cache);
	addr = (unsigned long)folio_address(block->folio);
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
