/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_MOVE_H
#define PHYSVM_MOVE_H

#include "area.h"

int move_into(struct physvm_area *to, unsigned long page, unsigned long count,
	      unsigned long addr);

#endif
