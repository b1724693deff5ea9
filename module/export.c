// SPDX-License-Identifier: GPL-2.0-only
/*
 * New files that show some of an area, found by address or by descriptor, with no
 * more rights than were found there: for PHYSVM_EXPORT, and for names.
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
	if (!PAGE_ALIGNED(args->length) || !PAGE_ALIGNED(args->start) ||
	    args->start + args->length < args->start)
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

/* The mapping there, if it is of ours. */
static const struct vm_area_struct *find_mapping(unsigned long addr)
{
	const struct vm_area_struct *vma = find_vma(current->mm, addr);

	return vma && vma->vm_start <= addr && vma_area(vma) ? vma : NULL;
}

/* mmap_lock is held. */
static int find_range(const struct physvm_export *args, struct physvm_view *view)
{
	unsigned long addr = args->start;
	const unsigned long end = addr + args->length;
	int err = 0;

	while (addr < end && !err) {
		const struct vm_area_struct *vma = find_mapping(addr);
		unsigned long next;

		if (!vma)
			return -ENOENT;
		next = min(vma->vm_end, end);
		err = export_part(vma, addr, next, args, view);
		addr = next;
	}
	return err;
}

/* What is mapped there may be a part: but whoever has that can map the rest. */
static int find_all(const struct physvm_export *args, struct physvm_view *view)
{
	const struct vm_area_struct *vma = find_mapping(args->start);
	int err;

	if (!vma)
		return -ENOENT;
	err = export_part(vma, args->start, args->start + PAGE_SIZE, args, view);
	view->first = file_view(vma->vm_file)->first;
	view->pages = file_view(vma->vm_file)->pages;
	return err;
}

static int find_by_address(const struct physvm_export *args, struct physvm_view *view)
{
	int err = mmap_read_lock_killable(current->mm);

	if (err)
		return err;
	err = args->length ? find_range(args, view) : find_all(args, view);
	mmap_read_unlock(current->mm);
	return err;
}

static int find_in_file(const struct physvm_export *args, struct file *file,
			struct physvm_view *view)
{
	const struct physvm_view *from = file_view(file);
	const u64 first = args->start >> PAGE_SHIFT;
	const u64 pages = args->length >> PAGE_SHIFT ?: from->pages;

	if (!args->length && first)
		return -EINVAL;
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

/* @view->whole is a reference, or NULL, whether it works or not. */
static int find(const struct physvm_export *args, struct physvm_view *view)
{
	int err = check_args(args);

	if (err)
		return err;
	return args->flags & PHYSVM_EXPORT_FD ? find_by_descriptor(args, view) :
						find_by_address(args, view);
}

/**
 * export_open_all() - Open a file that shows some of an area, or all
 * @args: as the user gave them, but with @args->length 0 it shows all that the
 *	mapping's file, or the descriptor, shows
 *
 * Return: the new file, or an error pointer.
 */
struct file *export_open_all(const struct physvm_export *args)
{
	struct physvm_view view = { .max_prot = args->max_prot };
	const int err = find(args, &view);
	struct file *file = err ? ERR_PTR(err) : mapping_open_view(&view);

	/* The new file has a reference of its own. */
	if (view.whole)
		fput(view.whole);
	return file;
}

/**
 * export_open() - Do all of PHYSVM_EXPORT but the descriptor
 * @args: as the user gave them
 *
 * Return: the new file, or an error pointer.
 */
struct file *export_open(const struct physvm_export *args)
{
	return args->length ? export_open_all(args) : ERR_PTR(-EINVAL);
}

/**
 * export_find_whole() - Find an area
 * @args: where: as for export_open_all(), with @args->max_prot 0
 *
 * Return: a reference to the area's own file, or an error pointer.
 */
struct file *export_find_whole(const struct physvm_export *args)
{
	struct physvm_view view = {};
	const int err = find(args, &view);

	if (!err)
		return view.whole;
	if (view.whole)
		fput(view.whole);
	return ERR_PTR(err);
}
