/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef RTL_TYPES_H
#define RTL_TYPES_H

#include <rtl/stddef.h>
#include <rtl/stdint.h>

#endif /* RTL_TYPES_H */
