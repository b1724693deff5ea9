/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef RTL_STDINT_H
#define RTL_STDINT_H

typedef __INT8_TYPE__ rtl_int8_t;
typedef __INT16_TYPE__ rtl_int16_t;
typedef __INT32_TYPE__ rtl_int32_t;
typedef __INT64_TYPE__ rtl_int64_t;
typedef __UINT8_TYPE__ rtl_uint8_t;
typedef __UINT16_TYPE__ rtl_uint16_t;
typedef __UINT32_TYPE__ rtl_uint32_t;
typedef __UINT64_TYPE__ rtl_uint64_t;
typedef __INTPTR_TYPE__ rtl_intptr_t;
typedef __UINTPTR_TYPE__ rtl_uintptr_t;

#endif /* RTL_STDINT_H */
