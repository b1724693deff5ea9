// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: reads page table entries, the caller's and the kernel's, and tells
 * which cache mode they have. What the processor obeys is nowhere else to be
 * seen.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <asm/memtype.h>
#include <asm/pgtable.h>

#include "physvm_ptes.h"

static const enum page_cache_mode modes[] = {
	_PAGE_CACHE_MODE_WB,
	_PAGE_CACHE_MODE_WT,
	_PAGE_CACHE_MODE_WC,
	_PAGE_CACHE_MODE_UC_MINUS,
};

static u32 cache_of(unsigned long entry, unsigned int level)
{
	pgprot_t prot = __pgprot(entry);
	unsigned int i;

	if (!(entry & _PAGE_PRESENT))
		return PTES_ABSENT;
	if (level != PG_LEVEL_4K)
		prot = pgprot_large_2_4k(prot);
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if ((pgprot_val(prot) & _PAGE_CACHE_MASK) == cachemode2protval(modes[i]))
			return i;
	return PTES_OTHER;
}

/* The lowest level there is; 0 where there is none. */
static unsigned long walk(struct mm_struct *mm, unsigned long addr, unsigned int *level)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	*level = 0;
	if (pgd_none(*pgd))
		return 0;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return 0;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return 0;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return 0;
	*level = PG_LEVEL_2M;
	if (pmd_leaf(*pmd))
		return pmd_val(*pmd);
	*level = PG_LEVEL_4K;
	return pte_val(*pte_offset_kernel(pmd, addr));
}

static void read_user(struct ptes *ptes)
{
	unsigned long entry, offset;
	unsigned int level;

	mmap_read_lock(current->mm);
	entry = walk(current->mm, ptes->user, &level);
	mmap_read_unlock(current->mm);
	ptes->user_level = level;
	ptes->user_cache = cache_of(entry, level);
	if (level == PG_LEVEL_2M) {
		offset = ptes->user & (PMD_SIZE - 1);
		ptes->phys = (entry & PHYSICAL_PMD_PAGE_MASK) + (offset & PAGE_MASK);
	} else {
		ptes->phys = entry & PTE_PFN_MASK;
	}
}

static void read_kernel(struct ptes *ptes)
{
	unsigned int level = 0;
	const unsigned long addr = ptes->kernel ?: (unsigned long)__va(ptes->phys);
	const pte_t *pte = lookup_address(addr, &level);

	ptes->kernel_level = pte ? level : 0;
	ptes->kernel_cache = pte ? cache_of(pte_val(*pte), level) : PTES_ABSENT;
}

static long ptes_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct ptes ptes;

	if (cmd != PTES_READ)
		return -ENOTTY;
	if (copy_from_user(&ptes, user, sizeof(ptes)))
		return -EFAULT;
	if (ptes.user >= TASK_SIZE)
		return -EINVAL;
	if (ptes.user)
		read_user(&ptes);
	read_kernel(&ptes);
	return copy_to_user(user, &ptes, sizeof(ptes)) ? -EFAULT : 0;
}

static const struct file_operations ptes_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.unlocked_ioctl = ptes_ioctl,
};

static struct dentry *ptes_file;

static int __init physvm_ptes_init(void)
{
	ptes_file = debugfs_create_file("physvm_ptes", 0600, NULL, NULL, &ptes_fops);
	return PTR_ERR_OR_ZERO(ptes_file);
}
module_init(physvm_ptes_init);

static void __exit physvm_ptes_exit(void)
{
	debugfs_remove(ptes_file);
}
module_exit(physvm_ptes_exit);

MODULE_DESCRIPTION("Page table entries, for the tests of physvm");
MODULE_LICENSE("GPL");
