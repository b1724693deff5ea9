/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the KasperskyOS calls (Kn*) need here and KasperskyOS itself has not.
 */
#ifndef PHYSVM_KN_H
#define PHYSVM_KN_H

#include <coresrv/handle/handle_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * physvm_kn_set_implied_reserve() - Let KnVmAllocate() imply VMM_FLAG_RESERVE
 * @on: not 0 to imply it, 0 to demand it
 *
 * For programs of the time before the flag was required.  Off at start; one
 * setting for the whole process, effective from the next call of
 * KnVmAllocate() in any thread.
 *
 * Return: the setting before, 0 or 1.  It cannot fail.
 */
int physvm_kn_set_implied_reserve(int on);

/**
 * physvm_kn_handle_to_fd() - Make a descriptor of a handle
 * @handle: of an MDL buffer or of device memory
 *
 * To be passed to another process, over a socket for instance.  The handle stays
 * as it is, and so does the object when the handle is closed: the descriptor is
 * the caller's, and close-on-exec.
 *
 * Return: the descriptor, or -EBADF when there is no such handle or its kind
 * has no descriptor, -EMFILE.
 */
int physvm_kn_handle_to_fd(Handle handle);

/**
 * physvm_kn_handle_from_fd() - Make a handle of a descriptor
 * @fd: from physvm_kn_handle_to_fd(), physvm_alloc() or physvm_export()
 * @handle: set on success
 *
 * The rights are the descriptor's.  It stays the caller's and may be closed.
 *
 * Return: 0, or -EBADF when @fd is not of physvm memory; -EMFILE when there are
 * too many handles or descriptors, -ENFILE, -ENOMEM; -ENODEV when the module is
 * not loaded, -EPERM when /dev/physvm may not be opened.
 */
int physvm_kn_handle_from_fd(int fd, Handle *handle);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_KN_H */
