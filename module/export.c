// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_EXPORT: a new file that shows some of an area, found by address or by
 * descriptor, with no more rights than were found there.
 */
#include <linux/file.h>
#include <linux/mm.h>

#include "export.h"
#include "mapping.h"

static int check_args(const struct physvm_export *args)
{
	if (args->flags & ~PHYSVM_EXPORT_VALID ||
	    args->max_prot & ~PHYSVM_PROT_VALID)
		return -EOPNOTSUPP;
	if (!(args->flags & PHYSVM_EXPORT_FD) && args->fd)
		return -EINVAL;
	if (!args->length || !PAGE_ALIGNED(args->length) ||
	    !PAGE_ALIGNED(args->start) || args->start + args->length < args->start)
		return -EINVAL;
	return 0;
}

/* The file that keeps an area, whichever of its files this is. */
static struct file *whole_file(struct file *file)
{
	return file_view(file)->whole ?: file;
}

/* One mapping's share of the range; the first says which area it is. */
static int export_part(const struct vm_area_struct *vma, unsigned long addr,
		       unsigned long end, const struct physvm_export *args,
		       struct physvm_view *view)
{
	const struct physvm_area *area = vma_area(vma);
	const pgoff_t pgoff = vma_pgoff(vma, addr);

	/* Still being made by another thread: not there yet. */
	if (!READ_ONCE(area->published))
		return -ENOENT;
	if (!area_has(area, pgoff) || !area_has(area, vma_pgoff(vma, end - 1)))
		return -EACCES;
	if (args->max_prot & ~vma_max_prot(vma))
		return -EACCES;
	if (!view->area) {
		view->area = file_area(vma->vm_file);
		view->whole = get_file(whole_file(vma->vm_file));
		view->first = pgoff - area->base;
	} else if (view->area != area ||
		   pgoff != area->base + view->first + view->pages) {
		return -ENOENT;
	}
	view->pages += (end - addr) >> PAGE_SHIFT;
	return 0;
}

static int find_by_address(const struct physvm_export *args, struct physvm_view *view)
{
	unsigned long addr = args->start;
	const unsigned long end = addr + args->length;
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	while (addr < end && !err) {
		const struct vm_area_struct *vma = find_vma(current->mm, addr);
		unsigned long next;

		if (!vma || vma->vm_start > addr || !vma_area(vma)) {
			err = -ENOENT;
			break;
		}
		next = min(vma->vm_end, end);
		err = export_part(vma, addr, next, args, view);
		addr = next;
	}
	mmap_read_unlock(current->mm);
	return err;
}

static int find_in_file(const struct physvm_export *args, struct file *file,
			struct physvm_view *view)
{
	const struct physvm_view *from = file_view(file);
	const u64 first = args->start >> PAGE_SHIFT;
	const u64 pages = args->length >> PAGE_SHIFT;

	if (first >= from->pages || pages > from->pages - first)
		return -ENXIO;
	if (args->max_prot & ~from->max_prot)
		return -EACCES;
	view->area = from->area;
	view->whole = get_file(whole_file(file));
	view->first = from->first + first;
	view->pages = pages;
	return 0;
}

static int find_by_descriptor(const struct physvm_export *args, struct physvm_view *view)
{
	struct file *file = fget(args->fd);
	int err = -EBADF;

	if (!file)
		return err;
	if (mapping_is_file(file))
		err = find_in_file(args, file, view);
	fput(file);
	return err;
}

/**
 * export_open() - Do all of PHYSVM_EXPORT but the descriptor
 * @args: as the user gave them
 *
 * Return: the new file, or an error pointer.
 */
struct file *export_open(const struct physvm_export *args)
{
	struct physvm_view view = { .max_prot = args->max_prot };
	struct file *file;
	int err = check_args(args);

	if (err)
		return ERR_PTR(err);
	if (args->flags & PHYSVM_EXPORT_FD)
		err = find_by_descriptor(args, &view);
	else
		err = find_by_address(args, &view);
	file = err ? ERR_PTR(err) : mapping_open_view(&view);
	/* The new file has a reference of its own. */
	if (view.whole)
		fput(view.whole);
	return file;
}
