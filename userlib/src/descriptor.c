// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Descriptors of memory, to be passed on.
 */
#include "export.h"
#include "handle.h"
#include "sys.h"

static int export(struct physvm *handle, struct physvm_export *args)
{
	int err;

	args->size = sizeof(*args);
	err = physvm_sys_ioctl(handle->fd, PHYSVM_EXPORT, args);
	return err ? err : args->out_fd;
}

EXPORT int physvm_export(struct physvm *handle, const void *addr, size_t length,
			 unsigned int max_prot)
{
	struct physvm_export args = {
		.start = (uintptr_t)addr,
		.length = length,
		.max_prot = max_prot,
	};

	return export(handle, &args);
}

EXPORT int physvm_export_fd(struct physvm *handle, int fd, uint64_t offset, uint64_t length,
			    unsigned int max_prot)
{
	struct physvm_export args = {
		.flags = PHYSVM_EXPORT_FD,
		.start = offset,
		.length = length,
		.fd = fd,
		.max_prot = max_prot,
	};

	return export(handle, &args);
}

EXPORT int physvm_claim(struct physvm *handle, uint64_t phys, uint64_t length)
{
	struct physvm_claim args = {
		.size = sizeof(args),
		.phys_addr = phys,
		.length = length,
	};
	int err = physvm_sys_ioctl(handle->fd, PHYSVM_CLAIM, &args);

	return err ? err : args.out_fd;
}
