/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_QUERY_H
#define PHYSVM_QUERY_H

#include "../uapi/physvm.h"

int query_address(unsigned long addr, struct physvm_query *query);

#endif
