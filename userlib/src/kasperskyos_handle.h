/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef KASPERSKYOS_HANDLE_H
#define KASPERSKYOS_HANDLE_H

#include <sys/types.h>

#include "coresrv/handle/handle_api.h"

enum physvm_kn_kind {
	PHYSVM_KN_NOTHING,
	PHYSVM_KN_MDL,		/* fd is an area's or a view's */
	PHYSVM_KN_REGION,	/* fd is a claim's */
	PHYSVM_KN_IO_MAPPING,	/* addr and size say where */
};

/* Invariant while it has a handle. */
struct physvm_kn_object {
	enum physvm_kn_kind kind;
	int fd;			/* or -1; closed with the last user of the handle */
	dev_t dev;		/* what fd leads to, from physvm_kn_handle_new() */
	ino_t ino;
	rtl_uint64_t phys;	/* this and the next are their kind's business */
	void *addr;
	rtl_size_t size;
	rtl_uint64_t area;
	void (*end)(const struct physvm_kn_object *object);	/* or NULL; before fd goes */
};

/**
 * physvm_kn_handle_new() - Make a handle
 * @object: is copied
 * @handle: set on success, and then fd belongs to the handle
 *
 * Return: 0, -EMFILE when there are too many handles, -EBADF.
 */
int physvm_kn_handle_new(const struct physvm_kn_object *object, Handle *handle);

/**
 * physvm_kn_handle_get() - Use what a handle stands for
 * @handle: any number
 * @kind: what it has to be, or PHYSVM_KN_NOTHING for any
 *
 * Return: the object, which stays until physvm_kn_handle_put(), whoever closes
 * the handle; NULL when @handle is none, or not of that kind, or when the
 * program closed the descriptor itself.
 */
const struct physvm_kn_object *physvm_kn_handle_get(Handle handle, enum physvm_kn_kind kind);
void physvm_kn_handle_put(Handle handle);

/**
 * physvm_kn_handle_close() - Give a handle back
 * @handle: any number
 * @kind: what it has to be, or PHYSVM_KN_NOTHING for any
 *
 * Return: 0 or -EBADF.
 */
int physvm_kn_handle_close(Handle handle, enum physvm_kn_kind kind);

#endif
