/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PHYSRANGE_H
#define PHYSVM_PHYSRANGE_H

#include <linux/types.h>

int physrange_check_not_ram(u64 phys, u64 length);

#endif
