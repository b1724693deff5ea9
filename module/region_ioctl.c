// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a region's descriptor. As in ioctl.c no lock is held around a
 * copy; but copies are few and small, for they are a part of what allocating a
 * page costs.
 */
#include <linux/uaccess.h>

#include "areafs.h"
#include "region.h"
#include "region_file.h"

/* The struct is that of the first version; what a newer caller adds is zeros. */
static int copy_any_size(void *args, u32 size, const void __user *user)
{
	u32 user_size;

	if (get_user(user_size, (const u32 __user *)user))
		return -EFAULT;
	if (user_size < size)
		return -EINVAL;
	return copy_struct_from_user(args, size, user, user_size);
}

/* Four words, as nearly every caller has them: a call of copy_from_user() costs more. */
static int copy_args(u64 *args, const u64 __user *user)
{
	const u32 size = 4 * sizeof(*args);

	if (!user_read_access_begin(user, size))
		return -EFAULT;
	unsafe_get_user(args[0], user, other);
	unsafe_get_user(args[1], user + 1, other);
	unsafe_get_user(args[2], user + 2, other);
	unsafe_get_user(args[3], user + 3, other);
	user_read_access_end();
	return *(u32 *)args == size ? 0 : copy_any_size(args, size, user);
other:
	user_read_access_end();
	return copy_any_size(args, size, user);
}

static int undo(struct region_state *region, u64 addr, u64 pages)
{
	region_free(region, addr, pages);
	return -EFAULT;
}

static int alloc_pages_of(struct region_state *region, struct physvm_region_alloc __user *user)
{
	struct physvm_region_alloc args;
	int err = copy_args((u64 *)&args, (const u64 __user *)user);

	BUILD_BUG_ON(sizeof(args) != 4 * sizeof(u64));
	if (err)
		return err;
	if (args.flags & ~PHYSVM_REGION_AT)
		return -EOPNOTSUPP;
	if (args.addr && !(args.flags & PHYSVM_REGION_AT))
		return -EINVAL;
	err = region_alloc(region, args.pages,
			   args.flags & PHYSVM_REGION_AT ? &args.addr : NULL, &args.out_addr);
	if (err)
		return err;
	return put_user(args.out_addr, &user->out_addr) ?
		       undo(region, args.out_addr, args.pages) : 0;
}

/* Nothing is freed if that cannot be told. */
static int free_pages_of(struct region_state *region, struct physvm_region_free __user *user)
{
	struct physvm_region_free args;
	int err = copy_args((u64 *)&args, (const u64 __user *)user);

	BUILD_BUG_ON(sizeof(args) != 4 * sizeof(u64));
	if (err)
		return err;
	if (args.flags & ~PHYSVM_REGION_FREE_ALL)
		return -EOPNOTSUPP;
	if (args.flags && (args.addr || args.pages))
		return -EINVAL;
	if (put_user(args.out_freed, &user->out_freed))
		return -EFAULT;
	if (args.flags)
		args.pages = region_free_all(region);
	else
		err = region_free(region, args.addr, args.pages);
	return err ?: put_user(args.pages, &user->out_freed);
}

static int stat_of(struct region_state *region, struct physvm_region_stat __user *user)
{
	struct physvm_region_stat args;
	int err = copy_any_size(&args, sizeof(args), user);
	u64 offset = 0;

	if (err)
		return err;
	if (args.flags)
		return -EOPNOTSUPP;
	if (args.addr) {
		offset = args.addr - region->base;
		if (args.addr < region->base || offset >> PAGE_SHIFT >= region->place.pages)
			return -EINVAL;
	}
	region_stat(region, offset >> PAGE_SHIFT, &args);
	return copy_to_user(user, &args, sizeof(args)) ? -EFAULT : 0;
}

long region_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct region_state *region = file_area(file)->region;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case PHYSVM_REGION_ALLOC:
		return alloc_pages_of(region, user);
	case PHYSVM_REGION_FREE:
		return free_pages_of(region, user);
	case PHYSVM_REGION_STAT:
		return stat_of(region, user);
	default:
		return -ENOTTY;
	}
}
