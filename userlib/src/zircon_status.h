/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef ZIRCON_STATUS_H
#define ZIRCON_STATUS_H

#include "lib/virtual_alloc.h"

/* The code for 0 or -errno, as the calls of regions have them. */
zx_status_t physvm_zx_status(int err);

#endif
