// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests on a kernel with KASAN and kmemleak: has leaks not looked for in KASAN's
 * shadow of the memory. 6.1's kmemleak reads it on x86, although there are no pointers
 * in it: an eighth of the memory.
 */
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/module.h>

#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_DEBUG_KMEMLEAK)
/* The shadow of a block of memory, allocated as one if it is mapped as one. */
static void ignore(const void *shadow)
{
	unsigned int level;
	const pte_t *pte = lookup_address((unsigned long)shadow, &level);

	if (pte && pte_present(*pte) && level == PG_LEVEL_2M)
		kmemleak_ignore_phys(PFN_PHYS(pte_pfn(*pte)));
}

static int __init shadow_init(void)
{
	const unsigned long step = PMD_SIZE << KASAN_SHADOW_SCALE_SHIFT;
	unsigned long addr;

	for (addr = PAGE_OFFSET; addr + step <= (unsigned long)high_memory; addr += step)
		ignore(kasan_mem_to_shadow((void *)addr));
	return 0;
}
#else
static int __init shadow_init(void)
{
	return -ENODEV;
}
#endif
module_init(shadow_init);

static void __exit shadow_exit(void)
{
}
module_exit(shadow_exit);

MODULE_DESCRIPTION("Has leaks not looked for in KASAN's shadow");
MODULE_LICENSE("GPL");
