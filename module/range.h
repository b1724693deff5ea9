/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_RANGE_H
#define PHYSVM_RANGE_H

#include "../uapi/physvm.h"

#include <linux/types.h>

int range_commit(unsigned long addr, unsigned long length);
int range_decommit(unsigned long addr, unsigned long length);
int range_check_protect(unsigned long addr, unsigned long length, u32 prot);
int range_populate(unsigned long addr, unsigned long length);
int range_unmap(unsigned long addr, unsigned long length);

#endif
