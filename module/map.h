/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_MAP_H
#define PHYSVM_MAP_H

#include "../uapi/physvm.h"

int map_descriptor(struct physvm_map *args);

#endif
