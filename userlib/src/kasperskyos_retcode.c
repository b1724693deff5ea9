// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * -errno as a Retcode.
 *
 * EACCES is a guard page or the ceiling of an area and so the caller's mistake;
 * a device that may not be opened and the policy of the module are EPERM.  EBADF
 * is a handle that is none, or not of the kind the call is for.
 */
#include "kasperskyos_retcode.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	int err;
	Retcode code;
} table[] = {
	{ 0, rcOk },
	{ EINVAL, rcInvalidArgument },
	{ ENOENT, rcInvalidArgument },
	{ EACCES, rcInvalidArgument },
	{ ENXIO, rcInvalidArgument },
	{ EOVERFLOW, rcInvalidArgument },
	{ EFAULT, rcInvalidArgument },
	{ EBADF, rcInvalidArgument },
	{ ENOMEM, rcOutOfMemory },
	{ EDQUOT, rcOutOfMemory },
	{ EPERM, rcSecurityDisallow },
	{ EOPNOTSUPP, rcUnimplemented },
	{ ENOTTY, rcUnimplemented },
	{ E2BIG, rcUnimplemented },
	{ EBUSY, rcBusy },
	{ EEXIST, rcAlreadyExists },
	{ EMFILE, rcQuotaExceeded },
	{ ENFILE, rcQuotaExceeded },
	{ ENODEV, rcDeviceNotFound },
};

Retcode physvm_kn_retcode(int err)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == -err)
			return table[i].code;
	return rcInternalError;
}
