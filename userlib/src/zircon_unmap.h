/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef ZIRCON_UNMAP_H
#define ZIRCON_UNMAP_H

#include "lib/virtual_alloc.h"

/* Unmaps what is left of the object's region, and nothing else. */
void physvm_zx_unmap(const struct virtual_alloc *object);

#endif
