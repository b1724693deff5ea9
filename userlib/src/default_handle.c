// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * One handle for the whole process, opened when first needed, for interfaces
 * whose calls take none.
 *
 * The program does not know of the descriptor and may close it: daemons close
 * every number they can think of.  The number may have been given to another
 * file by then.  Such a file refuses our ioctls, whose type is nobody else's,
 * so it is when one fails that we look what is behind the number.  Looking each
 * time would double the cost of the cheap calls.
 *
 * There is no lock, only one pointer that is exchanged atomically.  A fork in
 * the middle of anything therefore leaves the child with nothing to wait for,
 * and the child goes on with the handle it inherits.
 *
 * Nor is there a malloc(): the program's may be made of KosMemAlloc().
 */
#include "default_handle.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "handle.h"
#include "sys.h"

/* Invariant once published. */
struct device {
	struct physvm handle;
	struct stat status;		/* right after it was opened */
	struct device *replaced;	/* only to keep it reachable */
};

static struct device *current;

static bool still_open(const struct device *device)
{
	struct stat now;

	return !physvm_sys_fstat(device->handle.fd, &now) &&
	       now.st_rdev == device->status.st_rdev &&
	       now.st_dev == device->status.st_dev &&
	       now.st_ino == device->status.st_ino;
}

/* What the caller can do something about: the errors of memory mean others. */
static int about_device(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENXIO:
		return -ENODEV;
	case -EACCES:
		return -EPERM;
	default:
		return err;
	}
}

static void discard(struct device *device)
{
	physvm_sys_close(device->handle.fd);
	physvm_sys_munmap(device, sizeof(*device));
}

static int fill_device(struct device *device)
{
	int err = physvm_handle_init(&device->handle);

	if (err)
		return err;
	err = physvm_sys_fstat(device->handle.fd, &device->status);
	if (err)
		physvm_sys_close(device->handle.fd);
	return err;
}

static int open_device(struct device **device)
{
	void *memory;
	int err = physvm_sys_map_anonymous(sizeof(**device), PROT_READ | PROT_WRITE, &memory);

	if (err)
		return err;
	err = fill_device(memory);
	if (err)
		physvm_sys_munmap(memory, sizeof(**device));
	else
		*device = memory;
	return err;
}

/*
 * The device that is replaced stays as it is: its number is somebody else's
 * now, and another thread may be looking at the struct.  That is a page for
 * each time the program closed the descriptor.
 */
static int replace(struct device *seen, struct device **now)
{
	struct device *mine;
	int err = open_device(&mine);

	if (err)
		return about_device(err);
	mine->replaced = seen;
	if (!__atomic_compare_exchange_n(&current, &seen, mine, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		/* Another thread was faster, and what it opened is as good. */
		discard(mine);
		mine = seen;
	}
	*now = mine;
	return 0;
}

/*
 * A number that was closed during the call may be ours again when we look, if
 * another thread has just got it from open(2).
 */
static bool lost(const struct device *device, int err)
{
	return err == -EBADF || !still_open(device);
}

int physvm_with_default_handle(physvm_action_t *action, void *arg)
{
	struct device *device = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
	int err;

	if (device) {
		err = action(&device->handle, arg);
		if (!err || !lost(device, err))
			return err;
	}
	err = replace(device, &device);
	return err ? err : action(&device->handle, arg);
}
