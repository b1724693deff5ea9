// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hidden pool's memory: what the administrator has kept from the kernel at
 * boot, with memmap=64M$0x60000000 on the kernel's command line, and gives to us
 * with hidden=64M@0x60000000.
 */
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/string.h>

#include "hidden.h"
#include "physrange.h"
#include "resize.h"
#include "size.h"

static unsigned long hidden_size;
static unsigned long hidden_start;

static int hidden_set(const char *value, const struct kernel_param *kp)
{
	char size[32] = {};
	const char *at = strchr(value, '@');

	if (at && at - value < sizeof(size)) {
		memcpy(size, value, at - value);
		if (!size_parse(size, &hidden_size) && hidden_size &&
		    !size_parse(at + 1, &hidden_start))
			return 0;
	}
	pr_err("hidden is SIZE@ADDRESS, each a number or one with K, M or G behind it\n");
	return -EINVAL;
}

static int hidden_get(char *buffer, const struct kernel_param *kp)
{
	return hidden_size ? sysfs_emit(buffer, "%lu@%#lx\n", hidden_size, hidden_start) :
			     sysfs_emit(buffer, "\n");
}

static const struct kernel_param_ops hidden_ops = { .set = hidden_set, .get = hidden_get };
module_param_cb(hidden, &hidden_ops, NULL, 0444);
MODULE_PARM_DESC(hidden, "memory kept from the kernel by memmap=SIZE$ADDRESS: SIZE@ADDRESS, multiples of 2M");

static int check(void)
{
	if (hidden_size % PHYSVM_BLOCK_SIZE || !hidden_start ||
	    hidden_start % PHYSVM_BLOCK_SIZE || hidden_start + hidden_size < hidden_start)
		return -EINVAL;
	return physrange_check_not_ram(hidden_start, hidden_size);
}

static int reserve(void)
{
	return request_mem_region_exclusive(hidden_start, hidden_size, KBUILD_MODNAME) ?
		       0 : -EBUSY;
}

/**
 * hidden_init() - Make the hidden pool, empty if none was asked for
 * @pool: to be filled
 * @unmap: as for pool_init()
 *
 * Return: 0; EINVAL for what makes no sense, ENXIO for what is not memory or
 * not hidden, EBUSY for what a driver has or cannot be cached, ENOMEM.
 */
int hidden_init(struct physvm_pool *pool, void (*unmap)(const struct physvm_run *run))
{
	int err;

	if (!hidden_size)
		return pool_init_hidden(pool, 0, 0, unmap);
	err = check() ?: reserve();
	if (!err) {
		err = pool_init_hidden(pool, hidden_start, hidden_size, unmap);
		if (err)
			release_mem_region(hidden_start, hidden_size);
	}
	if (err)
		pr_err("hidden=%lu@%#lx: error %d\n", hidden_size, hidden_start, err);
	return err;
}

void hidden_destroy(struct physvm_pool *pool)
{
	pool_destroy(pool);
	if (hidden_size)
		release_mem_region(hidden_start, hidden_size);
}
