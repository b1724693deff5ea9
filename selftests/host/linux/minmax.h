/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_HOST_MINMAX_H
#define PHYSVM_HOST_MINMAX_H

#define min_t(type, a, b) ({ type __a = (a), __b = (b); __a < __b ? __a : __b; })
#define max_t(type, a, b) ({ type __a = (a), __b = (b); __a > __b ? __a : __b; })
#define min(a, b) min_t(__typeof__((a) + (b)), a, b)
#define max(a, b) max_t(__typeof__((a) + (b)), a, b)

#endif
