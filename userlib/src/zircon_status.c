// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Zircon's codes for errors.
 */
#include "zircon_status.h"

#include <errno.h>

/* A descriptor that is no region's any more was closed by the program. */
zx_status_t physvm_zx_status(int err)
{
	switch (-err) {
	case 0:
		return ZX_OK;
	case EINVAL:
		return ZX_ERR_INVALID_ARGS;
	case EBADFD:
	case EBADF:
		return ZX_ERR_BAD_STATE;
	case ENOMEM:
	case EDQUOT:
		return ZX_ERR_NO_MEMORY;
	case ENOSPC:
	case EMFILE:
	case ENFILE:
		return ZX_ERR_NO_RESOURCES;
	case ENOENT:
		return ZX_ERR_NOT_FOUND;
	case EEXIST:
		return ZX_ERR_ALREADY_EXISTS;
	case EOPNOTSUPP:
	case ENOTTY:
		return ZX_ERR_NOT_SUPPORTED;
	case ENODEV:
		return ZX_ERR_UNAVAILABLE;
	case EPERM:
	case EACCES:
		return ZX_ERR_ACCESS_DENIED;
	default:
		return ZX_ERR_INTERNAL;
	}
}
