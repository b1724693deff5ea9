// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pseudo file system in which every area has an inode of its own. The VFS
 * counts references to areas, and unmap_mapping_range() finds their mappings.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "areafs.h"

#define AREAFS_MAGIC 0x50565641 /* "PVVA" */

static struct vfsmount *areafs_mount;
static int areafs_pins;

/* What /proc/PID/maps shows. Callers want it at the end of the buffer. */
static char *areafs_dname(struct dentry *dentry, char *buffer, int len)
{
	char name[sizeof("/physvm:") + 20];
	int size = 1 + scnprintf(name, sizeof(name), "/physvm:%llu",
				 (u64)d_inode(dentry)->i_ino);

	if (size > len)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(buffer + len - size, name, size);
}

static const struct dentry_operations areafs_dentry_ops = {
	.d_dname = areafs_dname,
};

static int areafs_init_context(struct fs_context *fc)
{
	struct pseudo_fs_context *context = init_pseudo(fc, AREAFS_MAGIC);

	if (!context)
		return -ENOMEM;
	context->dops = &areafs_dentry_ops;
	/* Pseudo file systems are noexec since 6.17; areas may be executable. */
	fc->s_iflags &= ~SB_I_NOEXEC;
	return 0;
}

static struct file_system_type areafs_type = {
	.name = "physvm",
	.owner = THIS_MODULE,
	.init_fs_context = areafs_init_context,
	.kill_sb = kill_anon_super,
};

/*
 * i_size covers the offsets below page 0 as well; users count from page 0. A
 * path leads here when the area is long gone, so the inode has the length, and
 * no pointer to the area.
 */
static int areafs_getattr(struct mnt_idmap *idmap, const struct path *path,
			  struct kstat *stat, u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(idmap, request_mask, inode, stat);
	stat->size = (loff_t)(unsigned long)inode->i_private << PAGE_SHIFT;
	return 0;
}

static const struct inode_operations areafs_inode_ops = {
	.getattr = areafs_getattr,
};

static struct inode *area_inode(struct physvm_area *area)
{
	struct inode *inode = alloc_anon_inode(areafs_mount->mnt_sb);

	if (IS_ERR(inode))
		return inode;
	inode->i_op = &areafs_inode_ops;
	inode->i_private = (void *)area->pages;
	inode->i_flags &= ~S_ANON_INODE;
	inode->i_flags |= S_NOCMTIME;
	i_size_write(inode, (loff_t)(area->base + area->pages) << PAGE_SHIFT);
	return inode;
}

/**
 * areafs_open() - Give an area its file
 * @area: the area; @fops' release destroys it from now on
 * @fops: of this module
 *
 * Return: the file with one reference, or an error pointer: the area is then
 * the caller's as before.
 */
struct file *areafs_open(struct physvm_area *area,
			 const struct file_operations *fops)
{
	struct inode *inode = area_inode(area);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	/* The last fput() drops a reference to @fops' owner nobody took yet. */
	__module_get(fops->owner);
	file = alloc_file_pseudo(inode, areafs_mount, "physvm",
				 O_RDWR | O_LARGEFILE, fops);
	if (IS_ERR(file)) {
		module_put(fops->owner);
		iput(inode);
		return file;
	}
	/* For area_unmap_run(), which may come upon it at any time. */
	smp_store_release(&area->inode, inode);
	file->private_data = area;
	return file;
}

/**
 * areafs_pin() - Have the file system while somebody may make areas
 *
 * The mount is not the module's for good: it holds a reference to the module,
 * through the file system type, until the last file of it is entirely gone.
 *
 * Return: 0 or an error of mounting.
 */
int areafs_pin(void)
{
	return simple_pin_fs(&areafs_type, &areafs_mount, &areafs_pins);
}

void areafs_unpin(void)
{
	simple_release_fs(&areafs_mount, &areafs_pins);
}
