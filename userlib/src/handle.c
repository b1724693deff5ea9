// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The open device.
 */
#include "handle.h"

#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "sys.h"

static struct physvm *new_handle(void)
{
	int saved_errno = errno;
	struct physvm *handle = malloc(sizeof(*handle));

	errno = saved_errno;
	return handle;
}

int physvm_handle_init(struct physvm *handle)
{
	handle->fd = physvm_sys_open(PHYSVM_DEVICE);
	return handle->fd < 0 ? handle->fd : 0;
}

EXPORT int physvm_open(struct physvm **handle)
{
	struct physvm *made = new_handle();
	int err;

	if (!made)
		return -ENOMEM;
	err = physvm_handle_init(made);
	if (err)
		free(made);
	else
		*handle = made;
	return err;
}

EXPORT void physvm_close(struct physvm *handle)
{
	if (!handle)
		return;
	physvm_sys_close(handle->fd);
	free(handle);
}

EXPORT int physvm_fd(const struct physvm *handle)
{
	return handle->fd;
}

EXPORT int physvm_info(struct physvm *handle, struct physvm_info *info)
{
	*info = (struct physvm_info){ .size = sizeof(*info) };
	return physvm_sys_ioctl(handle->fd, PHYSVM_INFO, info);
}
