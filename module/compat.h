/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack. The sources speak the newest kernel; each shim
 * names the release that lets it go. No version test stands anywhere else.
 */
#ifndef PHYSVM_COMPAT_H
#define PHYSVM_COMPAT_H

/* Forced in front of everything else, so this is the place for it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/version.h>

/* Since 6.3; delete when the minimum is 6.3. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* struct mnt_idmap since 6.3; delete when the minimum is 6.3. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define mnt_idmap user_namespace
#endif

/*
 * A module cannot lock a page table since 6.5. Before, that costs less than
 * apply_to_page_range(); delete when the minimum is 6.5.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define try_pte_offset_map_lock pte_offset_map_lock
#else
static inline pte_t *try_pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd,
					     unsigned long addr, spinlock_t **lock)
{
	return NULL;
}
#endif

/*
 * A fault may hold the lock of its mapping alone since 6.6; delete when the
 * minimum is 6.6.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
static inline void release_fault_lock(struct vm_fault *vmf)
{
	mmap_read_unlock(vmf->vma->vm_mm);
}
#endif

/*
 * generic_fillattr() takes the request mask since 6.6; delete when the minimum
 * is 6.6.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define generic_fillattr(idmap, request_mask, inode, stat) \
	generic_fillattr(idmap, inode, stat)
#endif

/* Since 6.7; delete when the minimum is 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct file *get_file_active(struct file **file)
{
	return get_file_rcu(*file) ? *file : NULL;
}
#endif

/*
 * For modules since 6.10. Before, the mappings of a large folio are counted page
 * by page; before 6.2 one of all of it is also counted as one of each page.
 * Delete when the minimum is 6.10.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static inline int large_folio_mapcount(struct folio *folio)
{
	const long pages = folio_nr_pages(folio);
	const int entire = folio_entire_mapcount(folio);
	int count = LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0) ? entire - entire * pages : entire;
	long i;

	smp_rmb(); /* a mapping that goes is taken from the pages first */
	for (i = 0; i < pages; i++)
		count += atomic_read(&folio_page(folio, i)->_mapcount) + 1;
	return count;
}

#define folio_mapcount large_folio_mapcount
#endif

/*
 * mm_get_unmapped_area() since 6.10, without the mm since 6.19; delete when the
 * minimum is 6.19.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define mm_get_unmapped_area(...) current->mm->get_unmapped_area(__VA_ARGS__)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define mm_get_unmapped_area(...) mm_get_unmapped_area(current->mm, __VA_ARGS__)
#endif

/*
 * alloc_contig_frozen_range(), whose pages have no reference yet, since 7.0; a
 * compound page in one go since 6.12. Before, pages come one by one, and only on
 * 6.1 is all that a compound page consists of in headers. The kernel looks at
 * whole pageblocks: of less, a larger free page might stick out, about which 6.12
 * and later complain. Delete all but the last when the minimum is 7.0.
 */
#define CONTIG_GFP (GFP_KERNEL | __GFP_NOWARN)
#ifndef CONFIG_CONTIG_ALLOC
static inline int alloc_compound_at(unsigned long pfn, unsigned int order)
{
	return -EOPNOTSUPP;
}
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static inline void make_compound(struct page *head, unsigned int order)
{
	unsigned int i;

	__SetPageHead(head);
	for (i = 1; i < 1u << order; i++) {
		head[i].mapping = TAIL_MAPPING;
		set_compound_head(head + i, head);
		set_page_private(head + i, 0);
	}
	set_compound_page_dtor(head, COMPOUND_PAGE_DTOR);
	set_compound_order(head, order);
	atomic_set(compound_mapcount_ptr(head), -1);
	atomic_set(compound_pincount_ptr(head), 0);
}

/* All but the first lose their reference, unless somebody has taken another. */
static inline bool freeze_tails(struct page *head, unsigned int count)
{
	unsigned int i;

	for (i = 1; i < count; i++)
		if (!page_ref_freeze(head + i, 1))
			break;
	if (i == count)
		return true;
	while (--i)
		page_ref_unfreeze(head + i, 1);
	return false;
}

static inline int alloc_compound_at(unsigned long pfn, unsigned int order)
{
	const unsigned int count = 1u << order;
	int err = alloc_contig_range(pfn, pfn + count, MIGRATE_MOVABLE, CONTIG_GFP);

	if (err)
		return err;
	if (!freeze_tails(pfn_to_page(pfn), count)) {
		free_contig_range(pfn, count);
		return -EBUSY;
	}
	make_compound(pfn_to_page(pfn), order);
	return 0;
}
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
static inline int alloc_compound_at(unsigned long pfn, unsigned int order)
{
	return -EOPNOTSUPP;
}
#else
static inline int alloc_compound_at(unsigned long pfn, unsigned int order)
{
	int err;

	if (order < pageblock_order)
		return -EOPNOTSUPP;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
	err = alloc_contig_range(pfn, pfn + (1ul << order), MIGRATE_MOVABLE,
				 CONTIG_GFP | __GFP_COMP);
#elif LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	err = alloc_contig_range(pfn, pfn + (1ul << order), ACR_FLAGS_NONE,
				 CONTIG_GFP | __GFP_COMP);
#else
	err = alloc_contig_frozen_range(pfn, pfn + (1ul << order), ACR_FLAGS_NONE,
					CONTIG_GFP | __GFP_COMP);
	if (!err)
		set_page_count(pfn_to_page(pfn), 1);
#endif
	return err;
}
#endif

/* On x86 only. It is refused elsewhere, see alloc.c. */
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

/*
 * An inode marked anonymous must not be executable since 6.17, and ours is to
 * be: it holds memory that may be mapped PROT_EXEC.
 */
#ifndef S_ANON_INODE
#define S_ANON_INODE 0
#endif

#endif
