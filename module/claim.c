// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: ranges of physical addresses outside System RAM, somebody's for as
 * long as a file lives. The file is all there is to a claim: descriptors and
 * areas have references to it.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "claim.h"
#include "physrange.h"

struct claim {
	struct list_head node;
	u64 phys;
	u64 length;
};

/* To tell our own claims from drivers'. */
static LIST_HEAD(claims);
static DEFINE_MUTEX(claims_lock);

/* What may be claimed. */

static int check_range(u64 phys, u64 length)
{
	if (!length || !PAGE_ALIGNED(phys) || !PAGE_ALIGNED(length) ||
	    phys + length < phys)
		return -EINVAL;
	return 0;
}

/* As for /dev/mem: who can write to devices can have them write to memory. */
static int check_privilege(void)
{
	return capable(CAP_SYS_RAWIO) ? security_locked_down(LOCKDOWN_DEV_MEM) :
					-EPERM;
}

/* Having it. */

static bool claimed(u64 phys, u64 length)
{
	const struct claim *claim;

	list_for_each_entry(claim, &claims, node)
		if (phys < claim->phys + claim->length &&
		    claim->phys < phys + length)
			return true;
	return false;
}

/* Exclusive: not by way of /dev/mem or sysfs either. */
static int reserve(struct claim *claim)
{
	int err = 0;

	mutex_lock(&claims_lock);
	if (claimed(claim->phys, claim->length))
		err = -EEXIST;
	else if (!request_mem_region_exclusive(claim->phys, claim->length,
					       KBUILD_MODNAME))
		err = -EBUSY;
	else
		list_add(&claim->node, &claims);
	mutex_unlock(&claims_lock);
	return err;
}

static void release(struct claim *claim)
{
	mutex_lock(&claims_lock);
	list_del(&claim->node);
	release_mem_region(claim->phys, claim->length);
	mutex_unlock(&claims_lock);
	kfree(claim);
}

static struct claim *make_claim(u64 phys, u64 length)
{
	struct claim *claim = kzalloc(sizeof(*claim), GFP_KERNEL_ACCOUNT);
	int err;

	if (!claim)
		return ERR_PTR(-ENOMEM);
	claim->phys = phys;
	claim->length = length;
	err = reserve(claim);
	if (err) {
		kfree(claim);
		return ERR_PTR(err);
	}
	return claim;
}

/* Its file. */

static int claim_release(struct inode *inode, struct file *file)
{
	release(file->private_data);
	return 0;
}

static void claim_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct claim *claim = file->private_data;

	seq_printf(m, "physvm-phys:\t%#llx\nphysvm-length:\t%#llx\n",
		   claim->phys, claim->length);
}

/* The inode is the kernel's, so nothing of ours runs once release has returned. */
static const struct file_operations claim_fops = {
	.owner = THIS_MODULE,
	.release = claim_release,
	.show_fdinfo = claim_show_fdinfo,
	.llseek = noop_llseek,
};

/**
 * claim_open() - Claim a range
 * @phys: first byte
 * @length: bytes
 *
 * Return: the claim's file with one reference, or an error pointer: EINVAL,
 * EPERM, ENXIO, EEXIST, EBUSY, ENOMEM, ENFILE, EINTR.
 */
struct file *claim_open(u64 phys, u64 length)
{
	int err = check_range(phys, length) ?: check_privilege() ?:
		  physrange_check_not_ram(phys, length);
	struct claim *claim;
	struct file *file;

	if (err)
		return ERR_PTR(err);
	claim = make_claim(phys, length);
	if (IS_ERR(claim))
		return ERR_CAST(claim);
	file = anon_inode_getfile("[physvm-claim]", &claim_fops, claim, O_RDWR);
	if (IS_ERR(file))
		release(claim);
	return file;
}

/* A reference to the claim a descriptor is, or EBADF. */
struct file *claim_get(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &claim_fops) {
		fput(file);
		return ERR_PTR(-EBADF);
	}
	return file;
}

bool claim_covers(const struct file *file, u64 phys, u64 length)
{
	const struct claim *claim = file->private_data;

	return phys >= claim->phys && length <= claim->length &&
	       phys - claim->phys <= claim->length - length;
}
