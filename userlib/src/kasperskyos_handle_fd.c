// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Handles as descriptors, which can leave the process, and back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* An EBADF would be taken for news of the device's own descriptor. */
static int close_trial(int fd)
{
	if (fd < 0)
		return fd == -EBADF ? -EINVAL : fd;
	physvm_sys_close(fd);
	return 0;
}

/* Of an area, and of nothing else, a page without rights can be exported. */
static int check_memory(struct physvm *handle, void *arg)
{
	const struct physvm_kn_object *object = arg;

	return close_trial(physvm_export_fd(handle, object->fd, 0, physvm_sys_page_size(), 0));
}

/* What of a claim the kernel shows to whoever has its descriptor. */
static int read_range(struct physvm_kn_object *object)
{
	unsigned long long phys, size;
	char text[1024];
	const char *at;
	int err = physvm_sys_fdinfo(object->fd, text, sizeof(text));

	if (err)
		return err;
	at = strstr(text, "physvm-phys:");
	if (!at || sscanf(at, "physvm-phys: %llx physvm-length: %llx", &phys, &size) != 2)
		return -EINVAL;
	object->phys = phys;
	object->size = size;
	return 0;
}

/* Of a claim, and of nothing else, device memory can be had, or is EBUSY. */
static int check_region(struct physvm *handle, void *arg)
{
	const struct physvm_kn_object *object = arg;
	struct physvm_alloc alloc = {
		.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_DEVICE,
		.length = physvm_sys_page_size(),
		.phys_addr = object->phys,
		.cache = PHYSVM_CACHE_UC,
		.claim_fd = object->fd,
	};
	int err = physvm_alloc(handle, &alloc);

	return err == -EBUSY ? 0 : close_trial(err ? err : alloc.out_fd);
}

static int recognize(struct physvm_kn_object *object)
{
	int err = physvm_with_default_handle(check_memory, object);

	object->kind = PHYSVM_KN_MDL;
	if (err != -EINVAL)
		return err;
	object->kind = PHYSVM_KN_REGION;
	err = read_range(object);
	return err ? err : physvm_with_default_handle(check_region, object);
}

EXPORT int physvm_kn_handle_from_fd(int fd, Handle *handle)
{
	struct physvm_kn_object object = { .fd = physvm_sys_dup(fd) };
	int err;

	if (object.fd < 0)
		return object.fd;
	err = recognize(&object);
	if (!err)
		err = physvm_kn_handle_new(&object, handle);
	if (err)
		physvm_sys_close(object.fd);
	return err == -EINVAL ? -EBADF : err;
}
