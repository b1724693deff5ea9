/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * physvm: memory out of a pool of reserved physical pages, through
 * /dev/physvm.
 */
#ifndef _UAPI_LINUX_PHYSVM_H
#define _UAPI_LINUX_PHYSVM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every ioctl of /dev/physvm takes a pointer to a struct whose first member,
 * size, is the size of the struct the caller was compiled with.  A caller
 * older than the module leaves out the tail it does not know and gets the
 * behaviour of a zero there.  A caller newer than the module may pass a longer
 * struct as long as everything the module does not know is zero.
 *
 * Members called out_* are results; they are ignored on the way in.  Members
 * called __reserved, unknown flag bits and unused values must be zero.
 * Lengths and addresses are in bytes and multiples of the page size unless
 * stated otherwise.  The structs have the same layout for 32-bit and 64-bit
 * programs.
 *
 * A call that fails has changed nothing.  The errors mean, everywhere:
 *
 * - EINVAL: a value that is understood and wrong: unaligned, zero, overflowing
 *   or contradictory; a struct shorter than its first published version.
 * - E2BIG: the struct is longer than the module's and not zero in its tail.
 * - EOPNOTSUPP: an unknown flag or value, a non-zero reserved member, or a
 *   value this machine cannot provide, such as a cache mode.
 * - ENOTTY: no such ioctl.
 * - EFAULT: the struct cannot be read or written.
 * - ENOMEM: the pool, the kernel or the caller's address space has not that
 *   much left.
 * - ENXIO: the physical range is not all pool memory, or an offset lies beyond
 *   the end of an area.
 * - EBUSY: the physical range is pool memory, and somebody else's.
 * - EEXIST: the virtual range already has a mapping.
 * - ENOENT: the virtual range is not all physvm memory; or no range follows.
 * - EACCES: the range has a guard page in it, or the protection asked for
 *   exceeds the area's ceiling.
 * - EPERM: a policy forbids it: the module's (writable and executable), or the
 *   system's (addresses below vm.mmap_min_addr).
 * - EMFILE, ENFILE: no file descriptor left.
 * - EINTR: a fatal signal came first.
 */

#define PHYSVM_DEVICE "/dev/physvm"

#define PHYSVM_TYPE 0xE9

enum {
	PHYSVM_CMD_INFO = 0,
	PHYSVM_CMD_POOL_STAT,
	PHYSVM_CMD_POOL_RANGE,
	PHYSVM_CMD_ALLOC,
	PHYSVM_CMD_COMMIT,
	PHYSVM_CMD_DECOMMIT,
	PHYSVM_CMD_PROTECT_CHECK,
	PHYSVM_CMD_UNMAP,
	PHYSVM_CMD_QUERY,
};

/* Protection, the values of PROT_READ, PROT_WRITE and PROT_EXEC. */
#define PHYSVM_PROT_READ	(1u << 0)
#define PHYSVM_PROT_WRITE	(1u << 1)
#define PHYSVM_PROT_EXEC	(1u << 2)
#define PHYSVM_PROT_VALID \
	(PHYSVM_PROT_READ | PHYSVM_PROT_WRITE | PHYSVM_PROT_EXEC)

/**
 * enum physvm_cache - Cache mode of an area
 * @PHYSVM_CACHE_WB: write-back, ordinary memory
 * @PHYSVM_CACHE_WT: write-through; the pool's System RAM cannot give it
 * @PHYSVM_CACHE_WC: write-combining
 * @PHYSVM_CACHE_UC: uncached (x86: UC-)
 *
 * An area has the cache mode it was asked for in every mapping and in the
 * kernel's own mapping, or it is not made: there is no silent downgrade.
 */
enum physvm_cache {
	PHYSVM_CACHE_WB = 0,
	PHYSVM_CACHE_WT = 1,
	PHYSVM_CACHE_WC = 2,
	PHYSVM_CACHE_UC = 3,
};

/* struct physvm_info.out_features */
#define PHYSVM_FEATURE_HUGE	(1ull << 0)	/* 2 MiB user mappings */
#define PHYSVM_FEATURE_WX_DENY	(1ull << 1)	/* W and X together: EPERM */

/**
 * struct physvm_info - ioctl(PHYSVM_INFO)
 * @size: sizeof(struct physvm_info)
 * @__reserved: Must be 0
 * @out_features: PHYSVM_FEATURE_* of the loaded module
 * @out_alloc_flags: the PHYSVM_ALLOC_* bits it knows
 * @out_cache_modes: bit n is set when enum physvm_cache value n can be had
 * @out_page_size: bytes in a page
 * @out_block_size: bytes in a block, the unit of huge mappings and cache modes
 * @out_reserved: 0
 *
 * What this module and this machine can do.  Ask here, never for a version.
 */
struct physvm_info {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 out_features;
	__aligned_u64 out_alloc_flags;
	__u32 out_cache_modes;
	__u32 out_page_size;
	__u32 out_block_size;
	__u32 out_reserved;
};
#define PHYSVM_INFO _IO(PHYSVM_TYPE, PHYSVM_CMD_INFO)

/**
 * struct physvm_pool_stat - ioctl(PHYSVM_POOL_STAT)
 * @size: sizeof(struct physvm_pool_stat)
 * @__reserved: Must be 0
 * @out_total_pages: pages the pool owns
 * @out_free_pages: pages nobody owns. Those of a block that is partly used go
 *	only to the user who has the rest; whole blocks go to anybody
 * @out_used_pages: pages owned by areas, reserved or committed
 * @out_quarantined_pages: freed pages that an I/O request or a pipe holds, or
 *	may hold; they become free by themselves
 * @out_largest_free_pages: pages in the longest physically contiguous free run
 * @out_free_blocks: whole free blocks
 * @out_areas: areas alive
 *
 * A consistent snapshot: total = free + used + quarantined, always.
 */
struct physvm_pool_stat {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 out_total_pages;
	__aligned_u64 out_free_pages;
	__aligned_u64 out_used_pages;
	__aligned_u64 out_quarantined_pages;
	__aligned_u64 out_largest_free_pages;
	__aligned_u64 out_free_blocks;
	__aligned_u64 out_areas;
};
#define PHYSVM_POOL_STAT _IO(PHYSVM_TYPE, PHYSVM_CMD_POOL_STAT)

/**
 * struct physvm_pool_range - ioctl(PHYSVM_POOL_RANGE)
 * @size: sizeof(struct physvm_pool_range)
 * @__reserved: Must be 0
 * @from: physical address to search from, any value
 * @out_phys: start of the first pool range that ends above @from
 * @out_length: its length, the largest that is physically contiguous
 * @out_free_pages: pages free in it
 *
 * Enumerates the physical ranges of the pool: start with @from 0 and go on
 * with @out_phys + @out_length until ENOENT.
 */
struct physvm_pool_range {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 from;
	__aligned_u64 out_phys;
	__aligned_u64 out_length;
	__aligned_u64 out_free_pages;
};
#define PHYSVM_POOL_RANGE _IO(PHYSVM_TYPE, PHYSVM_CMD_POOL_RANGE)

/* struct physvm_alloc.flags */
#define PHYSVM_ALLOC_MAP	(1u << 0)	/* map it, fill out_addr */
#define PHYSVM_ALLOC_FD		(1u << 1)	/* make a descriptor, fill out_fd */
#define PHYSVM_ALLOC_COMMIT	(1u << 2)	/* pages may be touched at once */
#define PHYSVM_ALLOC_POPULATE	(1u << 3)	/* with COMMIT: and are mapped now */
#define PHYSVM_ALLOC_PHYS	(1u << 4)	/* exactly at phys_addr */
#define PHYSVM_ALLOC_VIRT	(1u << 5)	/* exactly at virt_addr */
#define PHYSVM_ALLOC_CONTIG	(1u << 6)	/* physically contiguous or not at all */
#define PHYSVM_ALLOC_LOW_GUARD	(1u << 7)	/* a guard page below out_addr */
#define PHYSVM_ALLOC_HIGH_GUARD	(1u << 8)	/* a guard page above the last page */
#define PHYSVM_ALLOC_GROW_DOWN	(1u << 9)	/* used like a stack: recorded */
#define PHYSVM_ALLOC_DONTFORK	(1u << 10)	/* a forked child does not get it */
#define PHYSVM_ALLOC_VALID	((1u << 11) - 1)

/**
 * struct physvm_alloc - ioctl(PHYSVM_ALLOC)
 * @size: sizeof(struct physvm_alloc)
 * @flags: PHYSVM_ALLOC_*; at least one of MAP and FD
 * @length: bytes, not counting guards
 * @phys_addr: physical base with PHYSVM_ALLOC_PHYS, else 0
 * @virt_addr: virtual base with PHYSVM_ALLOC_VIRT, else 0
 * @prot: PHYSVM_PROT_* of the mapping; 0 is no access.  0 without MAP
 * @max_prot: the most any mapping of the area may ever have; contains @prot
 * @cache: enum physvm_cache
 * @out_fd: descriptor of the area with PHYSVM_ALLOC_FD, else -1; close-on-exec
 * @out_addr: address of the first usable byte with PHYSVM_ALLOC_MAP, else 0
 * @out_phys: physical address of the first page
 *
 * Makes an area: takes @length bytes of pages out of the pool.  The pages are
 * the area's own from now on; whatever is committed later needs no more
 * memory.  They are zero.  The area lives until its last mapping and its last
 * descriptor are gone.
 *
 * Without COMMIT the pages are reserved: touching them is SIGSEGV until
 * PHYSVM_COMMIT.  With COMMIT they are mapped when touched, with POPULATE too
 * before the call returns.  POPULATE without COMMIT is recorded only.
 *
 * The descriptor can be mapped with mmap(2): MAP_SHARED, offset 0 is the first
 * page; beyond the end is ENXIO, more than @max_prot is EACCES.
 *
 * Guard pages lie outside @length, need PHYSVM_ALLOC_MAP, and are always
 * SIGSEGV.  A mapping at @virt_addr needs the guards' addresses free as well.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOMEM, ENXIO and EBUSY (@phys_addr), EEXIST
 * (@virt_addr), EPERM, EMFILE, ENFILE, EINTR.
 */
struct physvm_alloc {
	__u32 size;
	__u32 flags;
	__aligned_u64 length;
	__aligned_u64 phys_addr;
	__aligned_u64 virt_addr;
	__u32 prot;
	__u32 max_prot;
	__u32 cache;
	__s32 out_fd;
	__aligned_u64 out_addr;
	__aligned_u64 out_phys;
};
#define PHYSVM_ALLOC _IO(PHYSVM_TYPE, PHYSVM_CMD_ALLOC)

/* struct physvm_commit.flags */
#define PHYSVM_COMMIT_POPULATE	(1u << 0)	/* map the pages now */
#define PHYSVM_COMMIT_VALID	PHYSVM_COMMIT_POPULATE

/**
 * struct physvm_commit - ioctl(PHYSVM_COMMIT)
 * @size: sizeof(struct physvm_commit)
 * @flags: PHYSVM_COMMIT_*
 * @addr: first byte
 * @length: bytes
 *
 * Makes pages touchable.  The range may span areas and part of one, and must
 * be physvm memory throughout.  Pages committed already keep their contents;
 * others are zero.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT, EACCES (a guard), EINTR.
 */
struct physvm_commit {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 length;
};
#define PHYSVM_COMMIT _IO(PHYSVM_TYPE, PHYSVM_CMD_COMMIT)

/**
 * struct physvm_decommit - ioctl(PHYSVM_DECOMMIT)
 * @size: sizeof(struct physvm_decommit)
 * @flags: Must be 0
 * @addr: first byte
 * @length: bytes
 *
 * Takes pages back to the reserved state, in every mapping of the area: they
 * stay the area's, their contents are gone, touching them is SIGSEGV.  Pages
 * reserved already are left alone.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT, EACCES (a guard), EINTR.
 */
struct physvm_decommit {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 length;
};
#define PHYSVM_DECOMMIT _IO(PHYSVM_TYPE, PHYSVM_CMD_DECOMMIT)

/**
 * struct physvm_protect_check - ioctl(PHYSVM_PROTECT_CHECK)
 * @size: sizeof(struct physvm_protect_check)
 * @prot: PHYSVM_PROT_* wanted
 * @addr: first byte
 * @length: bytes
 *
 * Tells whether mprotect(2) of the whole range to @prot would succeed, so that
 * a caller can refuse before anything changed.  mprotect(2) itself applies the
 * same rules, one mapping after the other.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT, EACCES (a guard, or the ceiling),
 * EPERM, EINTR.
 */
struct physvm_protect_check {
	__u32 size;
	__u32 prot;
	__aligned_u64 addr;
	__aligned_u64 length;
};
#define PHYSVM_PROTECT_CHECK _IO(PHYSVM_TYPE, PHYSVM_CMD_PROTECT_CHECK)

/**
 * struct physvm_unmap - ioctl(PHYSVM_UNMAP)
 * @size: sizeof(struct physvm_unmap)
 * @flags: Must be 0
 * @addr: first byte
 * @length: bytes
 *
 * munmap(2) that refuses to touch memory that is not physvm's.  A guard page
 * goes together with the page it guards; a range that begins or ends inside a
 * guard is refused.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT, EACCES (a guard), EINTR, ENOMEM.
 */
struct physvm_unmap {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 length;
};
#define PHYSVM_UNMAP _IO(PHYSVM_TYPE, PHYSVM_CMD_UNMAP)

/**
 * enum physvm_page_state - What a touch of a page does
 * @PHYSVM_PAGE_RESERVED: SIGSEGV until it is committed
 * @PHYSVM_PAGE_COMMITTED: gives the page
 * @PHYSVM_PAGE_GUARD: SIGSEGV for ever
 */
enum physvm_page_state {
	PHYSVM_PAGE_RESERVED = 0,
	PHYSVM_PAGE_COMMITTED = 1,
	PHYSVM_PAGE_GUARD = 2,
};

/**
 * struct physvm_query - ioctl(PHYSVM_QUERY)
 * @size: sizeof(struct physvm_query)
 * @flags: Must be 0
 * @addr: any address in a page of physvm memory
 * @out_region_addr: where the mapping around @addr begins, guards left out
 * @out_region_length: its length; the part that is still mapped without a hole.
 *	0 where all that is left around @addr is a guard
 * @out_phys: physical address of the page of @addr; 0 for a guard
 * @out_run_length: bytes physically contiguous from @out_phys on; 0 for a guard
 * @out_state: enum physvm_page_state
 * @out_prot: PHYSVM_PROT_* of the page now
 * @out_max_prot: the area's ceiling
 * @out_cache: enum physvm_cache in effect
 * @out_alloc_flags: the PHYSVM_ALLOC_* flags the area was made with
 * @out_reserved: 0
 *
 * Fails with EOPNOTSUPP, ENOENT, EINTR.
 */
struct physvm_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 out_region_addr;
	__aligned_u64 out_region_length;
	__aligned_u64 out_phys;
	__aligned_u64 out_run_length;
	__u32 out_state;
	__u32 out_prot;
	__u32 out_max_prot;
	__u32 out_cache;
	__u32 out_alloc_flags;
	__u32 out_reserved;
};
#define PHYSVM_QUERY _IO(PHYSVM_TYPE, PHYSVM_CMD_QUERY)

#endif /* _UAPI_LINUX_PHYSVM_H */
