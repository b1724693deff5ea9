/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_RESERVE_H
#define PHYSVM_RESERVE_H

#include "../uapi/physvm.h"

int reserve_addresses(struct physvm_reserve *args);

#endif
