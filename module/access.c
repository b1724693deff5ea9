// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a debugger reads and writes where the kernel has no pages, only frames:
 * ptrace(2) and /proc/PID/mem ask the core, which finds none and asks us.
 *
 * The kernel's own mapping is used, which has the cache mode that the users' have.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/string.h>

#include "access.h"
#include "area.h"
#include "areafs.h"

/*
 * The core has not asked yet. A debugger may read what the process could be allowed
 * to, as it may where there are pages; and write only what can be written now, for
 * our mappings are shared.
 */
static bool permitted(const struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & (write ? VM_WRITE : VM_MAYREAD);
}

/*
 * Registers are read as well: the process could do the same. Aligned words are
 * accessed with 32 bits at a time.
 */
static void access_device(const struct physvm_area *area, unsigned long at, void *buf,
			  int len, bool write)
{
	void __iomem *map = (void __iomem *)area->device->map + at;

	if (write)
		memcpy_toio(map, buf, len);
	else
		memcpy_fromio(buf, map, len);
}

/* What nobody has touched yet is to be zero first. */
static void access_hidden(struct physvm_area *area, unsigned long at, void *buf, int len,
			  bool write)
{
	const unsigned long page = at >> PAGE_SHIFT;
	const struct physvm_run *run = area_run(area, page);
	void *map = run->block->map + ((run->start + page - run->first) << PAGE_SHIFT) +
		    offset_in_page(at);

	area_make_live(area, run, page, 1);
	if (write)
		memcpy(map, buf, len);
	else
		memcpy(buf, map, len);
}

static int access_page(struct physvm_area *area, pgoff_t pgoff, unsigned long offset,
		       void *buf, int len, bool write)
{
	const unsigned long page = pgoff - area->base;
	const unsigned long at = (page << PAGE_SHIFT) + offset;

	if (!area_has(area, pgoff) || !area_is_committed(area, page))
		return -EFAULT;
	if (area->device)
		access_device(area, at, buf, len, write);
	else
		access_hidden(area, at, buf, len, write);
	return len;
}

/**
 * access_memory() - Read or write for a debugger
 * @vma: a mapping of ours, its mmap_lock held
 * @addr: where in it
 * @buf: the kernel's memory
 * @len: bytes, which may go on behind the page and the mapping
 * @write: from @buf
 *
 * Return: how many bytes of @addr's page were done, the core coming back for the
 * others; or EFAULT. It is also asked where there are pages and they could not be had:
 * then they cannot.
 */
int access_memory(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		  int write)
{
	struct physvm_area *area = file_area(vma->vm_file);
	struct address_space *mapping = area->inode->i_mapping;
	const unsigned long offset = offset_in_page(addr);
	int ret;

	if (!(vma->vm_flags & VM_PFNMAP) || !permitted(vma, write))
		return -EFAULT;
	len = min_t(unsigned long, len, PAGE_SIZE - offset);
	/* As in a fault: no decommit meanwhile, and one who zeroes. */
	filemap_invalidate_lock(mapping);
	ret = access_page(area, linear_page_index(vma, addr), offset, buf, len, write);
	filemap_invalidate_unlock(mapping);
	return ret;
}
