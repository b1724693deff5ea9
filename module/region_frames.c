// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a region of frames go into its page table as VM_PFNMAP has them: by
 * their number alone. The kernel counts neither references nor mappings then,
 * which is what makes it cheap. It is safe because get_user_pages() passes by
 * such entries, so nobody can come to hold a page longer than it is mapped, and
 * because unmap_mapping_pages() finds them by the file, as it does any others.
 *
 * remap_pfn_range() would want mmap_lock for writing, frames that follow each
 * other, and on x86 look each of them up in the table of cache modes. Ours are
 * in the mode the mapping has anyway.
 */
#include "pagetable.h"
#include "region_frames.h"

struct filling {
	struct mm_struct *mm;
	struct page **pages;
	unsigned long count;
	pgprot_t prot;
};

/*
 * Called for the first entry only, but under the lock of all of the page table.
 * The region has unmapped what was here before it thought of the place as free,
 * so nothing is replaced.
 */
static int fill_entries(pte_t *pte, unsigned long addr, void *data)
{
	const struct filling *filling = data;
	unsigned long i;

	for (i = 0; i < filling->count; i++, pte++, addr += PAGE_SIZE) {
		if (pte_present(ptep_get(pte)))
			return -EINVAL;
		set_pte_at(filling->mm, addr, pte,
			   pte_mkspecial(pfn_pte(page_to_pfn(filling->pages[i]), filling->prot)));
	}
	return 0;
}

/* The entry of @addr with its table locked; NULL where there is none, or it cannot be. */
static pte_t *lock_table(struct mm_struct *mm, unsigned long addr, spinlock_t **lock)
{
	pmd_t *pmd = pagetable_find_pmd(mm, addr);

	return pmd && !pmd_none(READ_ONCE(*pmd)) ?
		       try_pte_offset_map_lock(mm, pmd, addr, lock) : NULL;
}

/* In one page table. */
static int fill_table(struct filling *filling, unsigned long addr)
{
	spinlock_t *lock; /* the table's */
	pte_t *pte = lock_table(filling->mm, addr, &lock);
	int err;

	if (!pte)
		return apply_to_page_range(filling->mm, addr, PAGE_SIZE, fill_entries, filling);
	err = fill_entries(pte, addr, filling);
	pte_unmap_unlock(pte, lock);
	return err;
}

/**
 * region_frames_insert() - Map pages by their numbers
 * @vma: VM_PFNMAP; its mmap_lock is held, so its page tables stay
 * @addr: of the first
 * @pages: the pages
 * @count: how many; the mapping has as many addresses
 *
 * Return: 0, or ENOMEM: then some are mapped.
 */
int region_frames_insert(struct vm_area_struct *vma, unsigned long addr,
			 struct page **pages, unsigned long count)
{
	struct filling filling = { .mm = vma->vm_mm, .prot = vma->vm_page_prot };
	int err = 0;

	for (; count && !err; count -= filling.count, pages += filling.count) {
		const unsigned long end = pmd_addr_end(addr, addr + (count << PAGE_SHIFT));

		filling.pages = pages;
		filling.count = (end - addr) >> PAGE_SHIFT;
		err = fill_table(&filling, addr);
		addr = end;
	}
	return err;
}
