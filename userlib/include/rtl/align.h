/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef RTL_ALIGN_H
#define RTL_ALIGN_H

#include <rtl/types.h>

/**
 * rtl_align_up() - Round up to a multiple
 * @value: number to round
 * @alignment: power of two; evaluated twice
 *
 * Return: the smallest multiple of @alignment that is not below @value, an
 * rtl_size_t; 0 when there is none.
 */
#define rtl_align_up(value, alignment) \
	(((rtl_size_t)(value) + ((rtl_size_t)(alignment) - 1)) & \
	 ~((rtl_size_t)(alignment) - 1))

/**
 * rtl_roundup_order() - Order of the power of two that holds a number
 * @value: 1 to 2^63, evaluated once
 *
 * The bit shifted in below keeps 1 from becoming 0, whose leading zeros are
 * undefined.
 *
 * Return: the smallest n with 2^n not below @value.
 */
#define rtl_roundup_order(value) \
	((rtl_uint32_t)(63 - __builtin_clzll((((rtl_uint64_t)(value) - 1) << 1) | 1)))

#endif /* RTL_ALIGN_H */
