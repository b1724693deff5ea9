// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/physvm. An open file owns nothing but its hold on the file system areas
 * live in: areas belong to their mappings and descriptors and outlive it.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "areafs.h"
#include "chardev.h"
#include "ioctl.h"

static struct physvm_pool *device_pools;

static int chardev_open(struct inode *inode, struct file *file)
{
	return areafs_pin() ?: nonseekable_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	areafs_unpin();
	return 0;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return ioctl_dispatch(device_pools, cmd, arg);
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "physvm",
	.fops = &chardev_fops,
	.mode = 0600,
};

bool chardev_is_file(const struct file *file)
{
	return file->f_op == &chardev_fops;
}

int chardev_register(struct physvm_pool *pools)
{
	device_pools = pools;
	return misc_register(&chardev);
}

void chardev_unregister(void)
{
	misc_deregister(&chardev);
}
