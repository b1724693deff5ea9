/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What files of the module that know little of the kernel need of it, for
 * programs. Found before the system's headers of the same names.
 */
#ifndef PHYSVM_HOST_TYPES_H
#define PHYSVM_HOST_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;

#endif
