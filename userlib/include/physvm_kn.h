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
 * enum physvm_addr_meaning - What the first argument of KnVmAllocate() is
 * @PHYSVM_ADDR_PHYSICAL: the physical address of the first page
 * @PHYSVM_ADDR_VIRTUAL: the virtual address of the first page
 */
enum physvm_addr_meaning {
	PHYSVM_ADDR_PHYSICAL = 0,
	PHYSVM_ADDR_VIRTUAL = 1,
};

/**
 * physvm_kn_set_addr_meaning() - Say which addresses KnVmAllocate() is given
 * @meaning: PHYSVM_ADDR_PHYSICAL, as at start, or PHYSVM_ADDR_VIRTUAL
 *
 * Manuals of KasperskyOS differ.  With PHYSVM_ADDR_VIRTUAL a region is made at
 * the address or not at all: what is mapped there stays, and errno is EEXIST.
 *
 * Pages are then spent when they are committed: KnVmAllocate() without
 * VMM_FLAG_COMMIT holds addresses only, KnVmCommit() takes the pages out of the
 * pool and may return rcOutOfMemory, having changed nothing, and KnVmDecommit()
 * gives them back.  Only write-through memory is taken at once.
 *
 * One setting for the whole process, effective from the next call of
 * KnVmAllocate() in any thread.  Regions stay what they are.
 *
 * Return: the setting before, or -EINVAL for another @meaning.
 */
int physvm_kn_set_addr_meaning(enum physvm_addr_meaning meaning);

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
 * @fd: from physvm_kn_handle_to_fd(), physvm_alloc(), physvm_export() or
 *	physvm_claim()
 * @handle: set on success: of an MDL buffer, or of a region of device memory
 *
 * The rights are the descriptor's.  It stays the caller's and may be closed.
 * For device memory /proc has to be mounted.
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
