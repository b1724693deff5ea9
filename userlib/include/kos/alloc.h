/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory of any size, out of physvm's pool.
 */
#ifndef KOS_ALLOC_H
#define KOS_ALLOC_H

#include <rtl/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * The memory can be read and written, and it is committed and locked: a touch
 * neither fails nor waits.  All of it is aligned to 16 bytes at least.
 *
 * Up to 8192 bytes share chunks of 64 KiB with others of about their size; more,
 * and what is aligned to more than a page, is pages of its own.  Chunks in which
 * nothing is left go back to the pool, but for one, which is kept to begin the
 * next with.  It goes back, too, when the pool is short.
 *
 * All functions may be called from several threads at once, but not from signal
 * handlers.  A child of fork(2) does not have the memory: a touch is SIGSEGV,
 * and to the functions its addresses are foreign.  The child may allocate for
 * itself.  For children made without the C library, nothing is promised.
 *
 * A foreign pointer is one that is not, or no longer, what these functions
 * returned.  Nothing is done to it or with it.
 */

/**
 * KosMemAlloc() - Allocate memory
 * @size: bytes, any number; 0 gives a pointer to free as well
 *
 * The memory is not initialized.
 *
 * Return: the memory.  RTL_NULL on failure, with errno: ENOMEM when the pool has
 * not that much left, EDQUOT when a limit is in the way, or as KnVmAllocate() when there is no pool.
 */
void *KosMemAlloc(rtl_size_t size);

/**
 * KosMemAllocEx() - Allocate aligned memory
 * @size: bytes, any number
 * @align: power of two; 1 if it does not matter
 * @zeroed: 1 to have all of it zero, also what is usable beyond @size; else 0
 *
 * Return: as KosMemAlloc(); EINVAL when @align is not a power of two.
 */
void *KosMemAllocEx(rtl_size_t size, rtl_size_t align, int zeroed);

/**
 * KosMemZalloc() - Allocate memory that is zero
 * @size: bytes, any number
 *
 * Return: as KosMemAlloc().
 */
void *KosMemZalloc(rtl_size_t size);

/**
 * KosMemFree() - Free memory
 * @ptr: what one of the above returned, or RTL_NULL
 *
 * Does nothing for a foreign pointer but to set errno to EINVAL; otherwise errno
 * stays.
 */
void KosMemFree(void *ptr);

/**
 * KosMemGetSize() - How many bytes can be used
 * @ptr: what one of the above returned, or RTL_NULL
 *
 * Return: at least the size that was asked for.  0 for RTL_NULL and for a
 * foreign pointer.
 */
rtl_size_t KosMemGetSize(const void *ptr);

#ifdef __cplusplus
}
#endif

#endif /* KOS_ALLOC_H */
