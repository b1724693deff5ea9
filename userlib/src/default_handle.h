/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef DEFAULT_HANDLE_H
#define DEFAULT_HANDLE_H

struct physvm;

/* Returns 0 or -errno.  What changes anything comes last: it may run again. */
typedef int physvm_action_t(struct physvm *handle, void *arg);

/**
 * physvm_with_default_handle() - Act for an interface that has no handles
 * @action: what to do
 * @arg: for @action
 *
 * Return: what @action does, or if the device cannot be opened -ENODEV when the
 * module is not loaded, -EPERM when the permissions forbid it, -EMFILE,
 * -ENFILE, -ENOMEM.  The next call tries again.
 */
int physvm_with_default_handle(physvm_action_t *action, void *arg);

#endif
