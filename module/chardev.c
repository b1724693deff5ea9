// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/physvm. An open file owns nothing but its session and its hold on the file
 * system areas live in: areas belong to their mappings and descriptors and outlive it.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "areafs.h"
#include "chardev.h"
#include "event.h"
#include "ioctl.h"
#include "name_table.h"
#include "session.h"

static struct physvm_pool *device_pools;

static struct session *new_session(void)
{
	static atomic64_t last_id;
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);

	if (session)
		session->id = atomic64_inc_return(&last_id);
	return session;
}

static int chardev_open(struct inode *inode, struct file *file)
{
	struct session *session = new_session();
	int err = session ? areafs_pin() : -ENOMEM;

	if (err) {
		kfree(session);
		return err;
	}
	file->private_data = session;
	return nonseekable_open(inode, file);
}

static void tell_name_left(const struct name_state *state)
{
	struct event event = {
		.kind = PHYSVM_NL_EVENT_NAME_LEFT,
		.has = EVENT_NAME | EVENT_AREA_ID | EVENT_UID | EVENT_PID,
		.uid = from_kuid(&init_user_ns, state->uid),
		.pid = task_tgid_nr(current),
		.area_id = state->area_id,
	};

	memcpy(event.name, state->text, sizeof(event.name));
	event_post(&event);
}

/* A process exits with it: what it has added and not removed it has left behind. */
static void tell_names_left(const struct session *session)
{
	if (READ_ONCE(session->named) && current->flags & PF_EXITING && event_wanted())
		name_table_visit(session->id, tell_name_left);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct session *session = file->private_data;

	tell_names_left(session);
	kfree(session);
	areafs_unpin();
	return 0;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return ioctl_dispatch(device_pools, file->private_data, cmd, arg);
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
