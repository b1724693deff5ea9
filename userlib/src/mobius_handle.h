/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_HANDLE_H
#define MOBIUS_HANDLE_H

#include "mobius/vmm.h"

enum physvm_vmm_kind {
	PHYSVM_VMM_NOTHING,
	PHYSVM_VMM_AREA,	/* the descriptor is an area's or a view's */
	PHYSVM_VMM_FILE,
};

/**
 * physvm_vmm_handle_new() - Make a handle
 * @kind: of what
 * @fd: belongs to the handle, on success
 * @desc: what it shows; num_pages is filled in
 * @handle: set on success
 *
 * Return: 0, -EMFILE when there are too many handles, -EBADF.
 */
int physvm_vmm_handle_new(enum physvm_vmm_kind kind, int fd, const vm_desc_t *desc,
			  handle_t *handle);

/**
 * physvm_vmm_handle_get() - Use what a handle stands for
 * @handle: any pointer
 * @kind: what it has to be
 *
 * Return: the descriptor, which stays until physvm_vmm_handle_put(), whoever
 * closes the handle; -EBADF when @handle is none, or not of that kind, or when the
 * program closed the descriptor itself.
 */
int physvm_vmm_handle_get(const vm_desc_t *handle, enum physvm_vmm_kind kind);
void physvm_vmm_handle_put(const vm_desc_t *handle);

/* HndClose(), but for errno. */
int physvm_vmm_handle_close(const vm_desc_t *handle);

#endif
