// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_RESERVE: addresses with nothing behind them, a mapping of an area
 * without pages.
 */
#include <linux/file.h>
#include <linux/mm.h>

#include "area.h"
#include "mapping.h"
#include "reserve.h"

static int check_args(const struct physvm_reserve *args)
{
	if (args->flags & ~PHYSVM_WHERE || !where_is_known(args->flags))
		return -EOPNOTSUPP;
	if (!where_agrees(args->flags) ||
	    !where_is_range(args->flags, args->virt_addr, args->length))
		return -EINVAL;
	return 0;
}

static struct file *open_reservation(unsigned long pages)
{
	struct physvm_area *area = area_create_empty(PHYSVM_AREA_RESERVATION, pages);
	struct file *file;

	if (IS_ERR(area))
		return ERR_CAST(area);
	file = mapping_open(area);
	if (IS_ERR(file))
		area_destroy(area);
	return file;
}

/**
 * reserve_addresses() - Do PHYSVM_RESERVE
 * @args: as the user gave them; the result is filled in
 *
 * Return: 0 or the error.
 */
int reserve_addresses(struct physvm_reserve *args)
{
	int err = check_args(args);
	unsigned long addr;
	struct file *file;

	if (err)
		return err;
	file = open_reservation(args->length >> PAGE_SHIFT);
	if (IS_ERR(file))
		return PTR_ERR(file);
	addr = mapping_place(file, args->flags, args->virt_addr, 0);
	WRITE_ONCE(file_area(file)->published, true);
	fput(file);
	if (IS_ERR_VALUE(addr))
		return addr;
	args->out_addr = addr;
	return 0;
}
