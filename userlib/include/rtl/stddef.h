/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef RTL_STDDEF_H
#define RTL_STDDEF_H

/* Spelled with the compiler's own types, so that no libc header comes along. */
typedef __SIZE_TYPE__ rtl_size_t;
typedef __PTRDIFF_TYPE__ rtl_ptrdiff_t;

#ifdef __cplusplus
#define RTL_NULL __null
#else
#define RTL_NULL ((void *)0)
#endif

#endif /* RTL_STDDEF_H */
