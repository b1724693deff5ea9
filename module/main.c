// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring-up and its mirror.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "area.h"
#include "chardev.h"
#include "pool.h"

static unsigned long pool_size = 64ul << 20;
static struct physvm_pool pool;

/* What memparse() accepts, but with an end: it wraps around. */
static int parse_size(const char *value, unsigned long *size)
{
	char number[24] = {}, *end;
	unsigned long long digits;
	unsigned int shift = 0;

	if (strscpy(number, value, sizeof(number)) < 0)
		return -EINVAL;
	end = number + strcspn(number, "KkMmGg\n");
	if (*end && *end != '\n') {
		shift = tolower(*end) == 'k' ? 10 : tolower(*end) == 'm' ? 20 : 30;
		if (end[1] && strcmp(end + 1, "\n"))
			return -EINVAL;
	}
	*end = '\0';
	if (kstrtoull(number, 0, &digits) || check_shl_overflow(digits, shift, size))
		return -EINVAL;
	return 0;
}

static int pool_size_set(const char *value, const struct kernel_param *kp)
{
	if (!parse_size(value, &pool_size))
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
	int err = pool_init(&pool, pool_size, area_unmap_run);

	if (err)
		return err;
	err = chardev_register(&pool);
	if (err)
		goto err_destroy_pool;
	pr_info("%lu MiB reserved\n", pool_size >> 20);
	return 0;

err_destroy_pool:
	pool_destroy(&pool);
	return err;
}

static void __exit physvm_exit(void)
{
	chardev_unregister();
	pool_destroy(&pool);
}

module_init(physvm_init);
module_exit(physvm_exit);

MODULE_DESCRIPTION("Physical memory for processes: placed, typed, committed and shared as asked");
MODULE_AUTHOR("The physvm authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
