// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Handles as descriptors, which can leave the process, and back.
 */
#include <errno.h>

#include "default_handle.h"
#include "export.h"
#include "kasperskyos_handle.h"
#include "physvm.h"
#include "physvm_kn.h"
#include "sys.h"

EXPORT int physvm_kn_handle_to_fd(Handle handle)
{
	const struct physvm_kn_object *object;
	int fd;

	object = physvm_kn_handle_get(handle, PHYSVM_KN_NOTHING);
	if (!object)
		return -EBADF;
	fd = physvm_sys_dup(object->fd);
	physvm_kn_handle_put(handle);
	return fd;
}

/*
 * Of an area, and of nothing else, a page without rights can be exported.  EBADF
 * would be taken for news of the device's own descriptor.
 */
static int check_memory(struct physvm *handle, void *arg)
{
	const int *fd = arg;
	int part = physvm_export_fd(handle, *fd, 0, physvm_sys_page_size(), 0);

	if (part < 0)
		return part == -EBADF ? -EINVAL : part;
	physvm_sys_close(part);
	return 0;
}

EXPORT int physvm_kn_handle_from_fd(int fd, Handle *handle)
{
	struct physvm_kn_object object = { .kind = PHYSVM_KN_MDL };
	int err;

	object.fd = physvm_sys_dup(fd);
	if (object.fd < 0)
		return object.fd;
	err = physvm_with_default_handle(check_memory, &object.fd);
	if (!err)
		err = physvm_kn_handle_new(&object, handle);
	if (err)
		physvm_sys_close(object.fd);
	return err == -EINVAL ? -EBADF : err;
}
