/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_HOST_BITOPS_H
#define PHYSVM_HOST_BITOPS_H

#define __ffs64(word) ((unsigned long)__builtin_ctzll(word))
#define fls64(word) ((word) ? 64 - __builtin_clzll(word) : 0)

#endif
