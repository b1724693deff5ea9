/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef DEFAULT_HANDLE_H
#define DEFAULT_HANDLE_H

struct physvm;

/**
 * physvm_default_handle() - Handle of the interfaces that have none
 * @handle: set to a handle that is open now; not the caller's to close
 *
 * Return: 0, -ENODEV when the module is not loaded, -EPERM when the device may
 * not be opened, -EMFILE, -ENFILE, -ENOMEM.  The next call tries again.
 */
int physvm_default_handle(struct physvm **handle);

#endif
