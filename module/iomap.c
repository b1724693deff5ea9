// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's mapping of what is not System RAM. To have one is also what fixes
 * the cache mode of the range: x86 keeps a table of them, which refuses what
 * contradicts it and from which mappings of users get theirs.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#ifdef CONFIG_X86
#include <asm/cacheflush.h>
#include <asm/memtype.h>
#include <asm/pgtable.h>
#endif

#include "../uapi/physvm.h"
#include "iomap.h"

#ifdef CONFIG_X86

static const enum page_cache_mode modes[] = {
	[PHYSVM_CACHE_WB] = _PAGE_CACHE_MODE_WB,
	[PHYSVM_CACHE_WT] = _PAGE_CACHE_MODE_WT,
	[PHYSVM_CACHE_WC] = _PAGE_CACHE_MODE_WC,
	[PHYSVM_CACHE_UC] = _PAGE_CACHE_MODE_UC_MINUS,
};

/* A processor that lacks one has uncached in its place. */
bool iomap_cache_available(u32 cache)
{
	if (cache >= ARRAY_SIZE(modes))
		return false;
	if (cache == PHYSVM_CACHE_WB || cache == PHYSVM_CACHE_UC)
		return true;
	return pat_enabled() && cachemode2protval(modes[cache]) !=
					cachemode2protval(_PAGE_CACHE_MODE_UC_MINUS);
}

static void *map(phys_addr_t phys, unsigned long size, u32 cache)
{
	switch (cache) {
	case PHYSVM_CACHE_WB:
		return (__force void *)ioremap_cache(phys, size);
	case PHYSVM_CACHE_WT:
		return (__force void *)ioremap_wt(phys, size);
	case PHYSVM_CACHE_WC:
		return (__force void *)ioremap_wc(phys, size);
	default:
		return (__force void *)ioremap(phys, size);
	}
}

static void unmap(void *addr)
{
	iounmap((__force void __iomem *)addr);
}

/* One call of ioremap() has one mode in all its entries, so one tells. */
static bool has_cache(void *addr, u32 cache)
{
	unsigned int level;
	const pte_t *pte = lookup_address((unsigned long)addr, &level);
	pgprot_t prot = __pgprot(pte_val(*pte));

	if (level != PG_LEVEL_4K)
		prot = pgprot_large_2_4k(prot);
	return (pgprot_val(prot) & _PAGE_CACHE_MASK) ==
	       cachemode2protval(modes[cache]);
}

/*
 * Write-back is given only where the MTRRs say so as well, as uncached
 * otherwise. For write-through nobody looks at them, and where they say
 * uncached it is only a word.
 */
static bool can_cache(phys_addr_t phys, unsigned long size)
{
	void *addr = map(phys, size, PHYSVM_CACHE_WB);
	bool can;

	if (!addr)
		return true;	/* no reason that will not be met again */
	can = has_cache(addr, PHYSVM_CACHE_WB) || has_cache(addr, PHYSVM_CACHE_WT);
	unmap(addr);
	return can;
}

/* Write-back never fails for another mapping's sake. */
static int why_not(phys_addr_t phys, unsigned long size)
{
	void *addr = map(phys, size, PHYSVM_CACHE_WB);

	if (!addr)
		return -ENOMEM;
	unmap(addr);
	return -EBUSY;
}

/**
 * iomap_get() - Map a range, and have its cache mode
 * @phys: first byte; nothing of the range is System RAM
 * @size: bytes
 * @cache: enum physvm_cache, available
 *
 * ioremap() may give another mode that does for drivers. Not for us.
 *
 * Return: the address, or an error pointer: EBUSY when another mapping or the
 * MTRRs rule the mode out, ENOMEM.
 */
void *iomap_get(phys_addr_t phys, unsigned long size, u32 cache)
{
	void *addr;

	if (cache == PHYSVM_CACHE_WT && !can_cache(phys, size))
		return ERR_PTR(-EBUSY);
	addr = map(phys, size, cache);
	if (!addr)
		return ERR_PTR(why_not(phys, size));
	if (!has_cache(addr, cache)) {
		unmap(addr);
		return ERR_PTR(-EBUSY);
	}
	return addr;
}

static void flush(void *addr, unsigned long size)
{
	unsigned long done;

	for (done = 0; done < size; done += PMD_SIZE) {
		clflush_cache_range(addr + done, min(size - done, PMD_SIZE));
		cond_resched();
	}
}

/**
 * iomap_put() - Give up the mapping and the cache mode
 * @addr: from iomap_get()
 * @size: as there
 * @cache: as there
 *
 * No line of the range stays in the processors' caches: whoever maps it next
 * may do so uncached.
 */
void iomap_put(void *addr, unsigned long size, u32 cache)
{
	if (cache == PHYSVM_CACHE_WB || cache == PHYSVM_CACHE_WT)
		flush(addr, size);
	unmap(addr);
}

#else

bool iomap_cache_available(u32 cache)
{
	return false;
}

void *iomap_get(phys_addr_t phys, unsigned long size, u32 cache)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void iomap_put(void *addr, unsigned long size, u32 cache)
{
}

#endif
