// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Handles as descriptors, which can leave the process, and back.
 */
#include <errno.h>
#include <sys/stat.h>

#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "mobius_handle.h"
#include "physvm_mobius.h"
#include "sys.h"

EXPORT bool HndClose(handle_t handle)
{
	return physvm_vmm_succeeded(physvm_vmm_handle_close(handle));
}

EXPORT int physvm_mobius_to_fd(handle_t handle)
{
	int copy, fd = physvm_vmm_handle_get(handle, PHYSVM_VMM_NOTHING);

	if (fd < 0)
		return fd;
	copy = physvm_sys_dup(fd);
	physvm_vmm_handle_put(handle);
	return copy;
}

/* Of an area, and of nothing else, a page without rights can be exported. */
static int try_export(struct physvm *handle, void *arg)
{
	int fd = physvm_export_fd(handle, *(const int *)arg, 0, PAGE_SIZE, 0);

	if (fd < 0)
		return physvm_vmm_not_the_device(fd);
	physvm_sys_close(fd);
	return 0;
}

static int check_area(int fd)
{
	int err = physvm_with_default_handle(try_export, &fd);

	return err == -EBADFD ? -EBADF : err;
}

static int check_file(int fd)
{
	struct stat status;
	int err = physvm_sys_fstat(fd, &status);

	return err || S_ISREG(status.st_mode) ? err : -EINVAL;
}

static int make(int fd, enum physvm_vmm_kind kind, unsigned int type, handle_t *handle)
{
	const vm_desc_t desc = { .type = type };
	int copy = physvm_sys_dup(fd), err;

	if (copy < 0)
		return copy;
	err = kind == PHYSVM_VMM_FILE ? check_file(copy) : check_area(copy);
	if (!err)
		err = physvm_vmm_handle_new(kind, copy, &desc, handle);
	if (err)
		physvm_sys_close(copy);
	return err;
}

EXPORT int physvm_mobius_from_fd(int fd, handle_t *handle)
{
	return make(fd, PHYSVM_VMM_AREA, 0, handle);
}

EXPORT int physvm_mobius_file(int fd, file_handle_t **file)
{
	return make(fd, PHYSVM_VMM_FILE, VM_AREA_FILE, file);
}
