// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Pagers.
 */
#include "export.h"
#include "handle.h"
#include "sys.h"

EXPORT int physvm_pager(struct physvm *handle, uint32_t timeout_ms)
{
	struct physvm_pager pager = { .size = sizeof(pager), .timeout_ms = timeout_ms };
	int err = physvm_sys_ioctl(handle->fd, PHYSVM_PAGER, &pager);

	return err ? err : pager.out_fd;
}

EXPORT int physvm_serve(int pager, struct physvm_serve *serve)
{
	serve->size = sizeof(*serve);
	return physvm_sys_ioctl_once(pager, PHYSVM_SERVE, serve);
}
