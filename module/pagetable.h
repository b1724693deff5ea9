/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page table says of a block of addresses. Its upper levels stay while the
 * mapping does, and mmap_lock keeps that.
 */
#ifndef PHYSVM_PAGETABLE_H
#define PHYSVM_PAGETABLE_H

#include <linux/mm.h>
#include <linux/pgtable.h>

/* Where the entry of @addr is, NULL where there is no table for it. */
static inline pmd_t *pagetable_find_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(READ_ONCE(*pgd)))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(READ_ONCE(*p4d)))
		return NULL;
	pud = pud_offset(p4d, addr);
	return pud_none(READ_ONCE(*pud)) ? NULL : pmd_offset(pud, addr);
}

/* The entry of @addr, none where there is no table for it. */
static inline pmd_t pagetable_pmd(struct mm_struct *mm, unsigned long addr)
{
	const pmd_t *pmd = pagetable_find_pmd(mm, addr);

	return pmd ? READ_ONCE(*pmd) : __pmd(0);
}

/* Does one entry map all of the block? */
static inline bool pmd_is_block(pmd_t pmd)
{
	return pmd_present(pmd) && pmd_trans_huge(pmd);
}

#endif
