// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_MAP: what mmap(2) of a descriptor does, and a place mmap(2) cannot find.
 */
#include <linux/file.h>
#include <linux/mm.h>

#include "map.h"
#include "mapping.h"
#include "policy.h"

static int check_args(const struct physvm_map *args)
{
	if (args->flags & ~PHYSVM_WHERE || !where_is_known(args->flags) ||
	    args->prot & ~PHYSVM_PROT_VALID)
		return -EOPNOTSUPP;
	if (!where_agrees(args->flags) ||
	    !where_is_range(args->flags, args->virt_addr, args->length))
		return -EINVAL;
	if (!PAGE_ALIGNED(args->offset) || args->offset + args->length < args->offset)
		return -EINVAL;
	return 0;
}

static int map_file(struct physvm_map *args, struct file *file)
{
	const struct physvm_view *view = file_view(file);
	unsigned long addr;

	if (args->offset >> PAGE_SHIFT >= view->pages ||
	    args->length >> PAGE_SHIFT > view->pages - (args->offset >> PAGE_SHIFT))
		return -ENXIO;
	if (args->prot & ~view->max_prot)
		return -EACCES;
	addr = mapping_map(file, args->flags, args->virt_addr, args->prot,
			   args->offset, args->length);
	if (IS_ERR_VALUE(addr))
		return addr;
	args->out_addr = addr;
	return 0;
}

/**
 * map_descriptor() - Do PHYSVM_MAP
 * @args: as the user gave them; the result is filled in
 *
 * Return: 0 or the error.
 */
int map_descriptor(struct physvm_map *args)
{
	int err = check_args(args) ?: policy_check_prot(args->prot);
	struct file *file;

	if (err)
		return err;
	file = fget(args->fd);
	if (!file)
		return -EBADF;
	err = mapping_is_file(file) ? map_file(args, file) : -EBADF;
	fput(file);
	return err;
}
