// SPDX-License-Identifier: GPL-2.0-only
/*
 * One block of the pool: its folio, its zeroes, who holds it, its cache mode.
 */
#include <linux/highmem.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#ifdef CONFIG_X86
#include <asm/memtype.h>
#include <asm/set_memory.h>
#endif

#include "block.h"
#include "iomap.h"
#include "trace.h"

/* Not a page offset any file reaches, see block_allow_huge(). */
#define INDEX_BEYOND_EOF (ULONG_MAX / 2)

/* Pages zeroed on each processor, by whether they are hidden memory's. */
static DEFINE_PER_CPU(unsigned long [2], zeroed);

static struct physvm_block *new_block(void)
{
	struct physvm_block *block = kzalloc(sizeof(*block), GFP_KERNEL);

	if (block)
		block->node = NUMA_NO_NODE;
	return block;
}

static void set_free(struct physvm_block *block)
{
	block->cache = PHYSVM_CACHE_WB;
	block->nr_free = PHYSVM_BLOCK_PAGES;
	bitmap_fill(block->free, PHYSVM_BLOCK_PAGES);
}

static void set_folio(struct physvm_block *block, struct page *page)
{
	block->folio = page_folio(page);
	block->pfn = page_to_pfn(page);
	block->node = page_to_nid(page);
	set_free(block);
}

static struct page *alloc_folio(int node)
{
	gfp_t gfp = GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN |
		    __GFP_RETRY_MAYFAIL;

	if (node == NUMA_NO_NODE)
		return alloc_pages(gfp, PHYSVM_BLOCK_ORDER);
	return alloc_pages_node(node, gfp | __GFP_THISNODE, PHYSVM_BLOCK_ORDER);
}

/**
 * block_create() - Make a block of memory the kernel has to spare
 * @node: the NUMA node it is to be of, NUMA_NO_NODE for any
 *
 * Return: the block, free, clean and write-back; or an error pointer: ENOMEM.
 */
struct physvm_block *block_create(int node)
{
	struct physvm_block *block = new_block();
	struct page *page = block ? alloc_folio(node) : NULL;

	if (!page) {
		kfree(block);
		return ERR_PTR(-ENOMEM);
	}
	set_folio(block, page);
	return block;
}

/**
 * block_create_at() - Make a block of certain memory, moving away what is there
 * @pfn: its first frame
 *
 * Return: the block, as block_create() makes it; or an error pointer: EBUSY when
 * something in it cannot be moved, EINTR when killed, ENOMEM, EOPNOTSUPP where
 * the kernel does not let a module have chosen frames in one piece.
 */
struct physvm_block *block_create_at(unsigned long pfn)
{
	struct physvm_block *block = new_block();
	int err = block ? alloc_compound_at(pfn, PHYSVM_BLOCK_ORDER) : -ENOMEM;

	if (err) {
		kfree(block);
		return ERR_PTR(err);
	}
	set_folio(block, pfn_to_page(pfn));
	bitmap_fill(block->dirty, PHYSVM_BLOCK_PAGES);
	block_clean(block, 0, PHYSVM_BLOCK_PAGES);
	return block;
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

static int init_hidden(struct physvm_block *block)
{
	int err = set_hidden_cache(block, PHYSVM_CACHE_UC);

	if (!err)
		err = remembers(block) ? set_hidden_cache(block, PHYSVM_CACHE_WB) : -ENXIO;
	return err;
}

/**
 * block_create_hidden() - Make a block of memory the kernel does not know
 * @pfn: its first frame
 *
 * Whatever is in it goes: it has been anybody's.
 *
 * Return: the block; or an error pointer: ENXIO where there is no memory; EBUSY,
 * ENOMEM as iomap_get().
 */
struct physvm_block *block_create_hidden(unsigned long pfn)
{
	struct physvm_block *block = new_block();
	int err;

	if (!block)
		return ERR_PTR(-ENOMEM);
	block->pfn = pfn;
	err = init_hidden(block);
	if (err) {
		block_destroy(block);
		return ERR_PTR(err);
	}
	set_free(block);
	bitmap_fill(block->dirty, PHYSVM_BLOCK_PAGES);
	block_clean(block, 0, PHYSVM_BLOCK_PAGES);
	return block;
}

static void drop_hidden(struct physvm_block *block)
{
	if (block->map)
		iomap_put(block->map, PHYSVM_BLOCK_SIZE, block->cache);
}

static void drop_folio(struct physvm_block *block)
{
	block_set_cache(block, PHYSVM_CACHE_WB);
	block_allow_huge(block, true);
	folio_put(block->folio);
}

/*
 * Somebody may still hold a page of it, a pipe for one. The memory then goes
 * back to the kernel when that reference does.
 */
void block_destroy(struct physvm_block *block)
{
	if (block->folio)
		drop_folio(block);
	else
		drop_hidden(block);
	kfree(block);
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
		this_cpu_inc(zeroed[!block->folio]);
		cond_resched();
	}
}

/* Pages zeroed since the module was loaded, all blocks together. */
unsigned long block_zeroed_pages(bool hidden)
{
	unsigned long pages = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		pages += per_cpu(zeroed, cpu)[hidden];
	return pages;
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
