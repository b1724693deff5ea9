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
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "area_list.h"
#include "areafs.h"
#include "event.h"
#include "trace.h"

#define AREAFS_MAGIC 0x50565641 /* "PVVA" */

static struct vfsmount *areafs_mount;
static int areafs_pins;

/* What can be asked about a file when its area is long gone: a path leads here. */
struct areafs_entry {
	unsigned long pages;
	char label[PHYSVM_LABEL_SIZE];
};

/* What /proc/PID/maps shows. Callers want it at the end of the buffer. */
static char *areafs_dname(struct dentry *dentry, char *buffer, int len)
{
	const struct areafs_entry *entry = dentry->d_fsdata;
	char name[sizeof("/physvm::") + 20 + PHYSVM_LABEL_SIZE];
	int size = 1 + scnprintf(name, sizeof(name), "/physvm:%llu%s%s",
				 (u64)d_inode(dentry)->i_ino,
				 entry->label[0] ? ":" : "", entry->label);

	if (size > len)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(buffer + len - size, name, size);
}

static void areafs_d_release(struct dentry *dentry)
{
	kfree(dentry->d_fsdata);
}

static const struct dentry_operations areafs_dentry_ops = {
	.d_dname = areafs_dname,
	.d_release = areafs_d_release,
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

/* i_size covers the offsets below page 0 as well; users count from page 0. */
static int areafs_getattr(struct mnt_idmap *idmap, const struct path *path,
			  struct kstat *stat, u32 request_mask, unsigned int flags)
{
	const struct areafs_entry *entry = path->dentry->d_fsdata;

	generic_fillattr(idmap, request_mask, d_inode(path->dentry), stat);
	stat->size = (loff_t)entry->pages << PAGE_SHIFT;
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
	inode->i_flags &= ~S_ANON_INODE;
	inode->i_flags |= S_NOCMTIME;
	i_size_write(inode, (loff_t)(area->base + area->pages) << PAGE_SHIFT);
	return inode;
}

static struct areafs_entry *new_entry(const struct physvm_view *view)
{
	struct areafs_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);

	if (entry) {
		entry->pages = view->pages;
		memcpy(entry->label, view->area->label, sizeof(entry->label));
	}
	return entry;
}

/* Takes over @view and the reference to @inode, unless it fails. */
static struct file *open_file(struct physvm_view *view, struct inode *inode,
			      const struct file_operations *fops)
{
	struct areafs_entry *entry = new_entry(view);
	struct file *file;

	if (!entry)
		return ERR_PTR(-ENOMEM);
	/* The last fput() drops a reference to @fops' owner nobody took yet. */
	__module_get(fops->owner);
	file = alloc_file_pseudo(inode, areafs_mount, "physvm",
				 O_RDWR | O_LARGEFILE, fops);
	if (IS_ERR(file)) {
		module_put(fops->owner);
		kfree(entry);
		return file;
	}
	file->f_path.dentry->d_fsdata = entry;
	file->private_data = view;
	return file;
}

/**
 * areafs_open() - Give an area its file
 * @area: the area; areafs_release() destroys it from now on
 * @fops: of this module
 *
 * Return: the file with one reference, or an error pointer: the area is then
 * the caller's as before.
 */
struct file *areafs_open(struct physvm_area *area,
			 const struct file_operations *fops)
{
	struct physvm_view *view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	struct inode *inode;
	struct file *file;

	if (!view)
		return ERR_PTR(-ENOMEM);
	view->area = area;
	view->pages = area->pages;
	view->max_prot = area->max_prot;
	inode = area_inode(area);
	file = IS_ERR(inode) ? ERR_CAST(inode) : open_file(view, inode, fops);
	if (IS_ERR(file)) {
		if (!IS_ERR(inode))
			iput(inode);
		kfree(view);
		return file;
	}
	/* For area_unmap_run(), which may come upon it at any time. */
	smp_store_release(&area->inode, inode);
	area_list_add(area, file);
	trace_physvm_area_create(area);
	return file;
}

/**
 * areafs_open_view() - Make another file of an area
 * @view: what it shows; @view->whole is open
 * @fops: as for areafs_open()
 *
 * It has the area's inode, so that unmapping reaches its mappings as well, and
 * keeps the area's own file open.
 *
 * Return: the file with one reference, or an error pointer.
 */
struct file *areafs_open_view(const struct physvm_view *view,
			      const struct file_operations *fops)
{
	struct physvm_view *copy = kmemdup(view, sizeof(*view), GFP_KERNEL_ACCOUNT);
	struct inode *inode = view->area->inode;
	struct file *file;

	if (!copy)
		return ERR_PTR(-ENOMEM);
	ihold(inode);
	file = open_file(copy, inode, fops);
	if (IS_ERR(file)) {
		iput(inode);
		kfree(copy);
		return file;
	}
	get_file(view->whole);
	return file;
}

/* With the process that has it, or the last of them: nobody has let go of it by itself. */
static bool returns_are_told(void)
{
	return current->flags & PF_EXITING && event_wanted();
}

static void tell_returned(const struct physvm_area *area, unsigned long pages)
{
	if (returns_are_told())
		event_post_returned(task_tgid_nr(current), from_kuid(&init_user_ns, area->uid),
				    pages);
}

static void end_area(struct physvm_area *area, unsigned long pages)
{
	area_list_remove(area);
	tell_returned(area, pages);
	area_destroy(area);
}

/* The end of a file: of the area too, if it was the area's own. */
void areafs_release(struct file *file)
{
	areafs_release_of(file, returns_are_told() ? area_owned(file_area(file)) : 0);
}

/* The same where it is not the area that knows how many pages it has had. */
void areafs_release_of(struct file *file, unsigned long pages)
{
	struct physvm_view *view = file_view(file);

	if (view->whole)
		fput(view->whole);
	else
		end_area(view->area, pages);
	if (view->ended)
		view->ended(view->name);
	kfree(view);
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
