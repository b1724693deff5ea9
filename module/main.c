// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring-up and its mirror.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "area.h"
#include "chardev.h"
#include "fill.h"
#include "hidden.h"
#include "limits.h"
#include "name_key.h"
#include "netlink.h"
#include "region_create.h"
#include "resize.h"
#include "size.h"

static unsigned long pool_size = 64ul << 20;
static struct physvm_pool pools[PHYSVM_NR_POOLS];

static int pool_size_set(const char *value, const struct kernel_param *kp)
{
	if (!size_parse(value, &pool_size))
		return 0;
	pr_err("pool_size is a number of bytes, or one with K, M or G behind it\n");
	return -EINVAL;
}

static const struct kernel_param_ops pool_size_ops = {
	.set = pool_size_set,
	.get = param_get_ulong,
};
module_param_cb(pool_size, &pool_size_ops, &pool_size, 0444);
MODULE_PARM_DESC(pool_size, "memory reserved at load: bytes, K, M or G; default 64M; a multiple of 2M");

static int __init physvm_init(void)
{
	int err = pool_init(&pools[PHYSVM_POOL_RAM], pool_size, area_unmap_run);

	if (err)
		return err;
	pools[PHYSVM_POOL_RAM].reclaim = region_reclaim;
	err = hidden_init(&pools[PHYSVM_POOL_HIDDEN], area_unmap_run);
	if (err)
		goto err_destroy_pool;
	err = fill_init();
	if (err)
		goto err_destroy_hidden;
	err = name_key_init();
	if (err)
		goto err_exit_fill;
	err = netlink_register(pools);
	if (err)
		goto err_exit_names;
	err = chardev_register(pools);
	if (err)
		goto err_unregister_netlink;
	pr_info("%lu MiB reserved\n", pool_size >> 20);
	return 0;

err_unregister_netlink:
	netlink_unregister();
err_exit_names:
	name_key_exit();
err_exit_fill:
	fill_exit();
err_destroy_hidden:
	hidden_destroy(&pools[PHYSVM_POOL_HIDDEN]);
err_destroy_pool:
	pool_destroy(&pools[PHYSVM_POOL_RAM]);
	return err;
}

static void __exit physvm_exit(void)
{
	chardev_unregister();
	netlink_unregister();
	name_key_exit();
	fill_exit();
	hidden_destroy(&pools[PHYSVM_POOL_HIDDEN]);
	pool_destroy(&pools[PHYSVM_POOL_RAM]);
	limits_exit();
}

module_init(physvm_init);
module_exit(physvm_exit);

MODULE_DESCRIPTION("Physical memory for processes: placed, typed, committed and shared as asked");
MODULE_AUTHOR("The physvm authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
