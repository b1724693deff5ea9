/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef VMM_FLAGS_H
#define VMM_FLAGS_H

/*
 * Flags of KnVmAllocate() and its kin.  Every flag is a bit of its own, so that
 * contradictions such as two cache modes can be told from a third mode.
 */

/* Protection: no bit, READ, READ|WRITE, READ|EXECUTE or all three. */
#define VMM_FLAG_READ		(1 << 0)
#define VMM_FLAG_WRITE		(1 << 1)
#define VMM_FLAG_EXECUTE	(1 << 2)
#define VMM_FLAG_RWX_MASK	(VMM_FLAG_READ | VMM_FLAG_WRITE | VMM_FLAG_EXECUTE)

/* Cache mode: at most one; none is WRITE_BACK.  The mask is not a mode. */
#define VMM_FLAG_WRITE_BACK	(1 << 4)
#define VMM_FLAG_WRITE_THROUGH	(1 << 5)
#define VMM_FLAG_WRITE_COMBINE	(1 << 6)
#define VMM_FLAG_CACHE_DISABLE	(1 << 7)
#define VMM_FLAG_CACHE_MASK \
	(VMM_FLAG_WRITE_BACK | VMM_FLAG_WRITE_THROUGH | \
	 VMM_FLAG_WRITE_COMBINE | VMM_FLAG_CACHE_DISABLE)

/* State of the pages */
#define VMM_FLAG_RESERVE	(1 << 8)	/* required */
#define VMM_FLAG_COMMIT		(1 << 9)	/* pages appear when touched */
#define VMM_FLAG_LOCKED		(1 << 10)	/* with COMMIT: are there at once */

/* Layout */
#define VMM_FLAG_LOW_GUARD	(1 << 12)	/* a protective page below */
#define VMM_FLAG_HIGH_GUARD	(1 << 13)	/* a protective page above */
#define VMM_FLAG_GROW_DOWN	(1 << 14)	/* touched from high addresses down */

/* Of device memory only: KnVmAllocate() refuses it. */
#define VMM_FLAG_ALIAS		(1 << 15)

#endif /* VMM_FLAGS_H */
