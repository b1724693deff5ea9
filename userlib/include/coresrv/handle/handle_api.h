/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Handles of KasperskyOS, which here stand for memory buffers and device memory.
 */
#ifndef CORESRV_HANDLE_HANDLE_API_H
#define CORESRV_HANDLE_HANDLE_API_H

#include <rtl/retcode.h>
#include <rtl/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * typedef Handle - Names an object to the calls of KasperskyOS
 *
 * A number that means something in this process only.  It is never 0 and never
 * the number of a file descriptor.  Of a handle that was closed the number is
 * not used again for a long time, so calls can tell and refuse it.
 *
 * A child of fork(2) has all handles of its parent; what it closes the parent
 * still has.  After execve(2) there are none.  <physvm_kn.h> has the calls that
 * take an object to another process.
 */
typedef rtl_uint32_t Handle;

/* What no call ever returns, and every call refuses. */
#define INVALID_HANDLE ((Handle)-1)

/**
 * KnHandleClose() - Give a handle back
 * @handle: of any kind
 *
 * The object lives on in its other handles, in descriptors and in mappings; but
 * the handle KnIoMapMem() gives is the mapping, which is unmapped.  A call in
 * another thread that uses the handle at the same time comes to its end first.
 *
 * Return: rcOk, or rcInvalidArgument when there is no such handle, or not any
 * more.
 */
Retcode KnHandleClose(Handle handle);

#ifdef __cplusplus
}
#endif

#endif /* CORESRV_HANDLE_HANDLE_API_H */
