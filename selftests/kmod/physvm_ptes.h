/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(2) of /sys/kernel/debug/physvm_ptes: page table entries.
 */
#ifndef PHYSVM_PTES_H
#define PHYSVM_PTES_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PTES_FILE "/sys/kernel/debug/physvm_ptes"

/* What an entry says: enum physvm_cache, or one of these. */
#define PTES_OTHER 0x10u	/* none of those modes */
#define PTES_ABSENT 0x20u	/* no entry, or one that maps nothing */

/**
 * struct ptes - Two entries for one frame
 * @user: address of the caller's, or 0: then @phys is used as it is
 * @kernel: address of the kernel's that maps the frame, 0 for the direct map
 * @phys: of the page at @user
 * @user_level: 1 for an entry of a page, 2 of 2 MiB, 3 of 1 GiB; 0 for none
 * @user_cache: its cache mode
 * @kernel_level: as @user_level, of @kernel
 * @kernel_cache: as @user_cache, of @kernel
 */
struct ptes {
	__u64 user;
	__u64 kernel;
	__u64 phys;
	__u32 user_level;
	__u32 user_cache;
	__u32 kernel_level;
	__u32 kernel_cache;
};

#define PTES_READ _IOWR('P', 0, struct ptes)

#endif
