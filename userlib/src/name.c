// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Names of memory.
 */
#include <errno.h>
#include <string.h>

#include "export.h"
#include "handle.h"
#include "sys.h"

/* What lies behind the name is zero already. */
static int set_name(uint8_t name[PHYSVM_NAME_SIZE], const char *from)
{
	const size_t length = strnlen(from, PHYSVM_NAME_SIZE);

	if (length == PHYSVM_NAME_SIZE)
		return -EINVAL;
	memcpy(name, from, length);
	return 0;
}

static int add(struct physvm *handle, const char *name, struct physvm_name_add *args)
{
	const int err = set_name(args->name, name);

	args->size = sizeof(*args);
	return err ? err : physvm_sys_ioctl(handle->fd, PHYSVM_NAME_ADD, args);
}

EXPORT int physvm_name_add(struct physvm *handle, const char *name, const void *addr,
			   size_t length, unsigned int max_prot, unsigned int mode,
			   unsigned int flags)
{
	struct physvm_name_add args = {
		.flags = flags,
		.start = (uintptr_t)addr,
		.length = length,
		.max_prot = max_prot,
		.mode = mode,
	};

	return flags & PHYSVM_NAME_FD ? -EINVAL : add(handle, name, &args);
}

EXPORT int physvm_name_add_fd(struct physvm *handle, const char *name, int fd, uint64_t offset,
			      uint64_t length, unsigned int max_prot, unsigned int mode,
			      unsigned int flags)
{
	struct physvm_name_add args = {
		.flags = flags | PHYSVM_NAME_FD,
		.start = offset,
		.length = length,
		.fd = fd,
		.max_prot = max_prot,
		.mode = mode,
	};

	return add(handle, name, &args);
}

EXPORT int physvm_name_open(struct physvm *handle, const char *name, unsigned int max_prot,
			    unsigned int flags, struct physvm_name_open *opened)
{
	struct physvm_name_open args = {
		.size = sizeof(args),
		.flags = flags,
		.max_prot = max_prot,
	};
	int err = set_name(args.name, name);

	if (!err)
		err = physvm_sys_ioctl(handle->fd, PHYSVM_NAME_OPEN, &args);
	if (err)
		return err;
	if (opened)
		*opened = args;
	return args.out_fd;
}

static int remove_names(struct physvm *handle, struct physvm_name_remove *args)
{
	int err;

	args->size = sizeof(*args);
	err = physvm_sys_ioctl(handle->fd, PHYSVM_NAME_REMOVE, args);
	return err ? err : (int)args->out_removed;
}

EXPORT int physvm_name_remove(struct physvm *handle, const char *name)
{
	struct physvm_name_remove args = { 0 };
	int result = set_name(args.name, name);

	if (!result)
		result = remove_names(handle, &args);
	return result < 0 ? result : 0;
}

EXPORT int physvm_name_remove_addr(struct physvm *handle, const void *addr)
{
	struct physvm_name_remove args = {
		.flags = PHYSVM_NAME_ADDR,
		.start = (uintptr_t)addr,
	};

	return remove_names(handle, &args);
}

EXPORT int physvm_name_remove_fd(struct physvm *handle, int fd)
{
	struct physvm_name_remove args = { .flags = PHYSVM_NAME_FD, .fd = fd };

	return remove_names(handle, &args);
}

EXPORT int physvm_name_next(struct physvm *handle, uint64_t after,
			    struct physvm_name_next *next)
{
	*next = (struct physvm_name_next){ .size = sizeof(*next), .after = after };
	return physvm_sys_ioctl(handle->fd, PHYSVM_NAME_NEXT, next);
}
