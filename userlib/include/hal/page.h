/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef HAL_PAGE_H
#define HAL_PAGE_H

/*
 * Constants, because clients size arrays with them.  A kernel with larger
 * pages refuses what is not aligned to them.  Spelled as in <sys/user.h>, so
 * that the two headers agree in either order.
 */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#endif
#ifndef PAGE_SIZE
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#endif

#endif /* HAL_PAGE_H */
