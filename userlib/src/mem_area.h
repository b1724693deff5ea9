/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MEM_AREA_H
#define MEM_AREA_H

#include <stddef.h>

/**
 * physvm_mem_area_get() - Take memory out of the pool
 * @size: bytes, whole pages, at most PTRDIFF_MAX
 * @align: power of two
 * @addr: set on success
 *
 * Read-write, zero, and there: a touch does not fault.
 *
 * Return: 0 or -errno.
 */
int physvm_mem_area_get(size_t size, size_t align, void **addr);

/* Gives it back, all of it. */
void physvm_mem_area_put(void *addr, size_t size);

#endif
