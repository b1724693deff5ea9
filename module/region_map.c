// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapping of a region: pages are put in when they are allocated. The fault
 * handler has only to bring back what was unmapped behind our back, and to let
 * the core map a block by a PMD.
 */
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>

#include "areafs.h"
#include "pagetable.h"
#include "region_file.h"
#include "region_frames.h"
#include "region_map.h"
#include "stats.h"

static const struct vm_operations_struct region_vm_ops;

static struct region_state *vma_region(const struct vm_area_struct *vma)
{
	return file_area(vma->vm_file)->region;
}

/* Faults. */

/* As in fault_block(): the core maps it with the folio locked, and we wait for that. */
static vm_fault_t give_to_core(struct vm_fault *vmf, struct physvm_block *block,
			       unsigned int index, bool huge)
{
	folio_lock(block->folio);
	block_allow_huge(block, huge);
	folio_get(block->folio);
	vmf->page = block_page(block, index);
	stats_inc(STAT_FAULT_BLOCKS);
	return VM_FAULT_LOCKED;
}

/* The leaf of a page that is allocated, or NULL. */
static const struct bittree_leaf *find_leaf(const struct region_state *region, u64 page)
{
	const struct bittree_leaf *leaf = bittree_peek_leaf(&region->place.tree, page);

	return bittree_leaf_test(leaf, page) && page >= region->place.bitmap_pages ? leaf : NULL;
}

static bool kept_out(const struct region_state *region, const struct bittree_leaf *leaf,
		     u64 page)
{
	const struct region_chunk *chunk = frame_chunk(&region->pages, leaf_frame(leaf, page));

	return READ_ONCE(chunk->run.block->kept_out);
}

/* As lock_run() of other areas, but shared: pages come and go under the whole lock. */
static const struct bittree_leaf *lock_leaf(struct region_state *region, u64 page)
{
	struct address_space *mapping = region->area->inode->i_mapping;
	const struct bittree_leaf *leaf;

	for (;;) {
		filemap_invalidate_lock_shared(mapping);
		leaf = find_leaf(region, page);
		if (likely(!leaf || !kept_out(region, leaf, page)))
			return leaf;
		filemap_invalidate_unlock_shared(mapping);
		pool_wait_for_look(region->pages.pool);
	}
}

static vm_fault_t map_page(struct vm_fault *vmf, struct region_state *region,
			   const struct bittree_leaf *leaf, u64 page)
{
	const u32 frame = leaf_frame(leaf, page);
	const struct region_chunk *chunk = frame_chunk(&region->pages, frame);
	const bool huge = leaf->tag && leaf->nr_set == BITTREE_LEAF_BITS;
	int err;

	if (region->frames)
		return vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK,
				      page_to_pfn(frame_page(&region->pages, frame)));
	if (!(vmf->vma->vm_flags & VM_MIXEDMAP))
		return give_to_core(vmf, chunk->run.block, frame % PHYSVM_BLOCK_PAGES, huge);
	err = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK,
			     frame_page(&region->pages, frame));
	stats_inc(STAT_FAULT_PAGES);
	return err && err != -EBUSY ? vmf_error(err) : VM_FAULT_NOPAGE;
}

static vm_fault_t region_fault(struct vm_fault *vmf)
{
	struct region_state *region = vma_region(vmf->vma);
	struct address_space *mapping = region->area->inode->i_mapping;
	const u64 page = vmf->pgoff - region->area->base;
	const struct bittree_leaf *leaf;
	vm_fault_t ret = VM_FAULT_SIGSEGV;

	if (READ_ONCE(region->mapper) == current)
		return give_to_core(vmf, region->mapped, vmf->pgoff % PHYSVM_BLOCK_PAGES, true);
	leaf = lock_leaf(region, page);
	if (leaf)
		ret = map_page(vmf, region, leaf, page);
	else
		stats_inc(STAT_FAULT_SEGV);
	filemap_invalidate_unlock_shared(mapping);
	return ret;
}

/* As fault_map_pages(). */
static vm_fault_t region_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/*
 * A process that has forked itself with MADV_DOFORK: before any of our pages is
 * mapped in the child, or in its children.
 */
static void region_inherited(struct vm_area_struct *vma)
{
	struct region_state *region = vma_region(vma);

	if (vma->vm_mm == region->mm)
		return;
	WRITE_ONCE(region->pages.inherited, true);
	smp_mb(); /* said before the first page is mapped, see chunk_held() */
}

/* Addresses that are told stay what they are. */
static int region_moved(struct vm_area_struct *vma)
{
	return -EINVAL;
}

/*
 * ptrace(2) and /proc/PID/mem, which cannot hold a page of a region of frames
 * while they look at it: so the region is locked.
 */
static int region_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			 int write)
{
	struct region_state *region = vma_region(vma);
	struct address_space *mapping = region->area->inode->i_mapping;
	const u64 page = linear_page_index(vma, addr) - region->area->base;
	const struct bittree_leaf *leaf;

	if (write && !(vma->vm_flags & VM_WRITE))
		return -EFAULT;
	len = min_t(unsigned int, len, PAGE_SIZE - offset_in_page(addr));
	filemap_invalidate_lock_shared(mapping);
	leaf = find_leaf(region, page);
	if (leaf) {
		void *there = page_address(frame_page(&region->pages, leaf_frame(leaf, page))) +
			      offset_in_page(addr);

		memcpy(write ? there : buf, write ? buf : there, len);
	}
	filemap_invalidate_unlock_shared(mapping);
	return leaf ? len : -EFAULT;
}

static const struct vm_operations_struct region_vm_ops = {
	.open = region_inherited,
	.fault = region_fault,
	.map_pages = region_map_pages,
	.mremap = region_moved,
	.access = region_access,
};

/* The mapping as it is made. */

/* VM_IO: no madvise(2) has a child inherit it, as with VM_MIXEDMAP it can. */
static vm_flags_t kind_of_mapping(const struct region_state *region)
{
	if (region->frames)
		return VM_PFNMAP | VM_IO | VM_DONTDUMP;
	return region->huge ? 0 : VM_MIXEDMAP;
}

/* Once, by region_map(): its descriptor is not to be mapped by anybody. */
static int region_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct region_state *region = file_area(file)->region;

	if (file_area(file)->published)
		return -ENODEV;
	vm_flags_clear(vma, VM_MAYEXEC);
	/* VM_SEQ_READ: no book is kept of which pages were touched lately. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTCOPY | VM_SEQ_READ |
			  kind_of_mapping(region));
	vma->vm_ops = &region_vm_ops;
	return 0;
}

static int region_release(struct inode *inode, struct file *file)
{
	struct region_state *region = file_area(file)->region;
	const struct region_count count = region_count(region);

	region_destroy(region);
	areafs_release_of(file, count.allocated + count.kept);
	return 0;
}

static const struct file_operations region_fops = {
	.owner = THIS_MODULE,
	.mmap = region_mmap,
	.release = region_release,
	.unlocked_ioctl = region_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/**
 * region_open() - Make the file of a region
 * @region: the region, the file's from now on
 *
 * Return: the file with one reference, or an error pointer.
 */
struct file *region_open(struct region_state *region)
{
	return areafs_open(region->area, &region_fops);
}

static int map_at(struct region_state *region, struct file *file, unsigned long addr, int fixed)
{
	addr = vm_mmap(file, addr, region->area->pages << PAGE_SHIFT,
		       PROT_READ | PROT_WRITE, MAP_SHARED | fixed,
		       region->area->base << PAGE_SHIFT);
	if (IS_ERR_VALUE(addr))
		return addr;
	region->base = addr;
	return 0;
}

static int unmap_room(unsigned long start, unsigned long end)
{
	return end > start ? vm_munmap(start, end - start) : 0;
}

/*
 * More addresses than it needs have an aligned part. They stay taken until it is
 * there: other threads look for some, too.
 */
static int map_anywhere(struct region_state *region, struct file *file)
{
	const u64 length = (u64)region->area->pages << PAGE_SHIFT;
	const u64 align = 1ull << region->align_log2;
	const u64 around = length + align - PAGE_SIZE;
	unsigned long room, addr;
	int err;

	if (around > TASK_SIZE)
		return -ENOMEM;
	room = vm_mmap(NULL, 0, around, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
	if (IS_ERR_VALUE(room))
		return room;
	addr = ALIGN(room, align);
	err = map_at(region, file, addr, MAP_FIXED) ?: unmap_room(room, addr) ?:
	      unmap_room(addr + length, room + around);
	if (err)
		vm_munmap(room, around);
	return err;
}

/**
 * region_map() - Map a region into the current process
 * @region: the region
 * @file: its own
 * @base: where; 0 for anywhere
 *
 * Return: 0 or the error: ENOMEM, EEXIST, EPERM, EINTR.
 */
int region_map(struct region_state *region, struct file *file, u64 base)
{
	return base ? map_at(region, file, base, MAP_FIXED_NOREPLACE) :
		      map_anywhere(region, file);
}

/* Pages. */

/* Whatever has been unmapped or mapped there behind our back: is it ours? */
static struct vm_area_struct *find_mapping(const struct region_state *region, u64 page)
{
	const unsigned long addr = region_addr(region, page);
	struct vm_area_struct *vma = vma_lookup(region->mm, addr);

	return vma && vma->vm_ops == &region_vm_ops && vma_region(vma) == region ? vma : NULL;
}

/**
 * region_exclude_faults() - Wait for faults that have only the VMA's lock
 * @region: not locked; its mmap_lock is held for writing
 *
 * vm_insert_pages() would wait for them, with the region locked, and they for the
 * region. No others begin before mmap_lock is dropped.
 */
void region_exclude_faults(const struct region_state *region)
{
	const unsigned long end = region->base + (region->area->pages << PAGE_SHIFT);
	struct vm_area_struct *vma = find_vma(region->mm, region->base);

	for (; vma && vma->vm_start < end; vma = find_vma(region->mm, vma->vm_end))
		if (vma->vm_ops == &region_vm_ops)
			vm_flags_set(vma, 0);
}

/*
 * vm_insert_pages() makes any mapping a VM_MIXEDMAP, and in such a one no PMD must
 * go. So it is one only while none can: mmap_lock is held for writing, the region
 * is locked, and the pool waits for @mixed.
 */
static int insert_pages(struct region_state *region, struct vm_area_struct *vma,
			unsigned long addr, struct page **pages, unsigned long count)
{
	int err;

	if (region->frames)
		return region_frames_insert(vma, addr, pages, count);
	if (vma->vm_flags & VM_MIXEDMAP)
		return count == 1 ? vm_insert_page(vma, addr, *pages) :
				    vm_insert_pages(vma, addr, pages, &count);
	mutex_lock(&region->mixed);
	err = vm_insert_pages(vma, addr, pages, &count);
	vm_flags_clear(vma, VM_MIXEDMAP);
	mutex_unlock(&region->mixed);
	return err;
}

/**
 * region_insert() - Map pages
 * @region: locked, and its mmap_lock held
 * @page: the first
 * @count: how many are in region->batch
 *
 * Return: 0; ENOMEM; EBADFD where the region is not mapped any more: then some
 * are mapped.
 */
int region_insert(struct region_state *region, u64 page, unsigned int count)
{
	unsigned int done = 0;
	unsigned long part;
	int err = 0;

	for (; done < count && !err; done += part) {
		const unsigned long addr = region_addr(region, page + done);
		struct vm_area_struct *vma = find_mapping(region, page + done);

		if (!vma)
			return -EBADFD;
		part = min_t(unsigned long, count - done, (vma->vm_end - addr) >> PAGE_SHIFT);
		err = insert_pages(region, vma, addr, region->batch + done, part);
	}
	return err;
}

/* Can a PMD be where nothing is mapped? Not in place of a page table. */
static bool pmd_fits(const struct region_state *region, const struct vm_area_struct *vma,
		     unsigned long addr)
{
	return vma && !(vma->vm_flags & VM_MIXEDMAP) &&
	       vma->vm_flags & (VM_READ | VM_WRITE) && vma->vm_end - addr >= PHYSVM_BLOCK_SIZE &&
	       pmd_none(pagetable_pmd(region->mm, addr));
}

/**
 * region_insert_block() - Map a block by one entry
 * @region: as for region_insert()
 * @page: where it goes
 * @chunk: the block
 *
 * Return: 0, or an error: then nothing is mapped.
 */
int region_insert_block(struct region_state *region, u64 page,
			const struct region_chunk *chunk)
{
	const unsigned long addr = region_addr(region, page);
	const struct vm_area_struct *vma = find_mapping(region, page);
	int err;

	if (!pmd_fits(region, vma, addr))
		return -EAGAIN;
	region->mapped = chunk->run.block;
	WRITE_ONCE(region->mapper, current);
	err = fixup_user_fault(region->mm, addr,
			       vma->vm_flags & VM_WRITE ? FAULT_FLAG_WRITE : 0, NULL);
	WRITE_ONCE(region->mapper, NULL);
	if (!err && pmd_is_block(pagetable_pmd(region->mm, addr)))
		return 0;
	region_unmap(region, page, PHYSVM_BLOCK_PAGES);
	return err ?: -EAGAIN;
}

void region_unmap(struct region_state *region, u64 page, u64 count)
{
	unmap_mapping_pages(region->area->inode->i_mapping, region_pgoff(region, page),
			    count, true);
}

/* For the pool, which wants to see who else holds pages. Frames do not get in its way. */
void region_unmap_run(const struct physvm_run *run)
{
	struct region_state *region = run->area->region;

	if (region->frames)
		return;
	mutex_lock(&region->mixed);
	region_pages_unmap(run);
	mutex_unlock(&region->mixed);
}
