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
 * - EDQUOT: a limit of the user, or of a cgroup, is in the way.
 * - ENXIO: the physical range is not all of the kind of memory asked for, or an
 *   offset lies beyond the end of what a descriptor shows.
 * - EBUSY: the physical range is of the kind asked for, and somebody else's; or
 *   somebody has the name open.
 * - EEXIST: the virtual range already has a mapping, or with CARVE is not all
 *   reserved; the physical range is claimed already; there is such a name.
 * - EBADF: not a descriptor of the kind that is needed here.
 * - ENOENT: the virtual range is not all physvm memory; no range, or no name,
 *   follows; there is no such name.
 * - EACCES: the range has a guard page or a reservation in it, or the protection
 *   asked for exceeds the area's ceiling, or what a name gives the caller; a file
 *   is not open for reading.
 * - EPERM: a policy forbids it: the module's (writable and executable; physical
 *   addresses, see below), or the system's (addresses below vm.mmap_min_addr); or
 *   the caller lacks a capability; or the name is somebody else's.
 * - EILSEQ: the name has bytes that are no characters, or control characters.
 * - ENOSPC: there are too many names.
 * - EMFILE, ENFILE: no file descriptor left.
 * - ENOSPC: a region has no place for that.
 * - EBADFD: a region's addresses are not mapped there any more, or not in this
 *   process.
 * - ESHUTDOWN: the pager is dead: the last process that served it has exited.
 * - EINTR: a fatal signal came first; for PHYSVM_SERVE, any signal.
 *
 * Where the module was loaded with show_phys=admin, and the caller has not
 * CAP_SYS_ADMIN in the initial user namespace, all physical addresses that are
 * results are 0, and so are lengths that go with them; and what is about nothing
 * else is EPERM: PHYSVM_ALLOC_PHYS, PHYSVM_POOL_RANGE.
 */

#define PHYSVM_DEVICE "/dev/physvm"

#define PHYSVM_TYPE 0xE9

enum {
	PHYSVM_CMD_INFO = 0,
	PHYSVM_CMD_POOL_STAT = 1,
	PHYSVM_CMD_POOL_RANGE = 2,
	PHYSVM_CMD_ALLOC = 3,
	PHYSVM_CMD_COMMIT = 4,
	PHYSVM_CMD_DECOMMIT = 5,
	PHYSVM_CMD_PROTECT_CHECK = 6,
	PHYSVM_CMD_UNMAP = 7,
	PHYSVM_CMD_QUERY = 8,
	PHYSVM_CMD_EXPORT = 9,
	PHYSVM_CMD_CLAIM = 10,
	PHYSVM_CMD_MAP = 11,
	PHYSVM_CMD_RESERVE = 12,
	PHYSVM_CMD_NAME_ADD = 13,
	PHYSVM_CMD_NAME_OPEN = 14,
	PHYSVM_CMD_NAME_REMOVE = 15,
	PHYSVM_CMD_NAME_NEXT = 16,
	PHYSVM_CMD_PAGER = 17,
	PHYSVM_CMD_SERVE = 18,
	PHYSVM_CMD_REGION = 19,
	PHYSVM_CMD_REGION_ALLOC = 20,
	PHYSVM_CMD_REGION_FREE = 21,
	PHYSVM_CMD_REGION_STAT = 22,
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
 * @PHYSVM_CACHE_WT: write-through; hidden and device memory only, System RAM
 *	cannot give it
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

/**
 * enum physvm_pool_kind - The pools there are
 * @PHYSVM_POOL_RAM: System RAM, reserved at load
 * @PHYSVM_POOL_HIDDEN: memory kept from the kernel at boot; empty unless the
 *	administrator made one
 *
 * Hidden memory is at an address known beforehand and can have every cache
 * mode.  The kernel knows no pages there, so it is no memory for O_DIRECT,
 * vmsplice(2), io_uring buffers, process_vm_readv(2) or core dumps: those see EFAULT,
 * or nothing.  Debuggers can read and write it.
 */
enum physvm_pool_kind {
	PHYSVM_POOL_RAM = 0,
	PHYSVM_POOL_HIDDEN = 1,
};

/* struct physvm_info.out_features */
#define PHYSVM_FEATURE_HUGE	(1ull << 0)	/* 2 MiB user mappings */
#define PHYSVM_FEATURE_WX_DENY	(1ull << 1)	/* W and X together: EPERM */
#define PHYSVM_FEATURE_HIDDEN	(1ull << 2)	/* there is a hidden pool */
#define PHYSVM_FEATURE_UNICODE	(1ull << 3)	/* names: case of all letters */
#define PHYSVM_FEATURE_CGROUP	(1ull << 4)	/* limits of cgroups, not of users only */

/**
 * struct physvm_info - ioctl(PHYSVM_INFO)
 * @size: sizeof(struct physvm_info)
 * @__reserved: Must be 0
 * @out_features: PHYSVM_FEATURE_* of the loaded module
 * @out_alloc_flags: the PHYSVM_ALLOC_* bits it knows
 * @out_cache_modes: bit n is set when enum physvm_cache value n can be had in
 *	System RAM
 * @out_page_size: bytes in a page
 * @out_block_size: bytes in a block, the unit of huge mappings and cache modes
 * @out_other_cache_modes: the same as @out_cache_modes, for hidden and device
 *	memory
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
	__u32 out_other_cache_modes;
};
#define PHYSVM_INFO _IO(PHYSVM_TYPE, PHYSVM_CMD_INFO)

/**
 * struct physvm_pool_stat - ioctl(PHYSVM_POOL_STAT)
 * @size: sizeof(struct physvm_pool_stat)
 * @pool: enum physvm_pool_kind; the counts of a pool there is not are 0
 * @out_total_pages: pages the pool owns
 * @out_free_pages: pages nobody owns. Those of a block that is partly used go
 *	only to the user who has the rest; whole blocks go to anybody
 * @out_used_pages: pages owned by areas, reserved or committed
 * @out_quarantined_pages: freed pages that an I/O request or a pipe holds, or
 *	may hold; they become free by themselves
 * @out_largest_free_pages: pages in the longest physically contiguous free run
 * @out_free_blocks: whole free blocks
 * @out_areas: areas alive, of every type and whatever @pool
 *
 * A consistent snapshot: total = free + used + quarantined, always.
 */
struct physvm_pool_stat {
	__u32 size;
	__u32 pool;
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
 * @pool: enum physvm_pool_kind
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
	__u32 pool;
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
#define PHYSVM_ALLOC_NORESERVE	(1u << 11)	/* no pages until committed */
#define PHYSVM_ALLOC_HIDDEN	(1u << 12)	/* from the hidden pool */
#define PHYSVM_ALLOC_DEVICE	(1u << 13)	/* device memory of a claim */
#define PHYSVM_ALLOC_PAGED	(1u << 14)	/* missing pages are asked of a pager */
#define PHYSVM_ALLOC_FILE	(1u << 15)	/* filled from a file when touched */
#define PHYSVM_ALLOC_CARVE	(1u << 16)	/* with VIRT: inside a reservation */
#define PHYSVM_ALLOC_BELOW_2G	(1u << 17)	/* at an address below 2 GiB */
#define PHYSVM_ALLOC_VALID	(((1u << 14) - 1) | PHYSVM_ALLOC_PAGED | \
				 PHYSVM_ALLOC_FILE | PHYSVM_ALLOC_CARVE | \
				 PHYSVM_ALLOC_BELOW_2G)

/* The most segments an area can have. */
#define PHYSVM_SEGMENTS_MAX 1024

/**
 * struct physvm_segment - Bytes of a file in an area
 * @offset: first byte in the area
 * @length: bytes, any number but 0
 * @file_offset: first byte in the file
 */
struct physvm_segment {
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 file_offset;
};

/* Bytes of a label, with the NUL. */
#define PHYSVM_LABEL_SIZE 32

/**
 * struct physvm_alloc - ioctl(PHYSVM_ALLOC)
 * @size: sizeof(struct physvm_alloc)
 * @flags: PHYSVM_ALLOC_*; at least one of MAP and FD
 * @length: bytes, not counting guards
 * @phys_addr: physical base with PHYSVM_ALLOC_PHYS or PHYSVM_ALLOC_DEVICE,
 *	else 0
 * @virt_addr: virtual base with PHYSVM_ALLOC_VIRT, else 0; it may be 0 where
 *	vm.mmap_min_addr allows it
 * @prot: PHYSVM_PROT_* of the mapping; 0 is no access.  0 without MAP
 * @max_prot: the most any mapping of the area may ever have; contains @prot
 * @cache: enum physvm_cache
 * @out_fd: descriptor of the area with PHYSVM_ALLOC_FD, else -1; close-on-exec
 * @out_addr: address of the first usable byte with PHYSVM_ALLOC_MAP, else 0
 * @out_phys: physical address of the first page; 0 with PHYSVM_ALLOC_NORESERVE
 *	unless it is committed
 * @claim_fd: descriptor from PHYSVM_CLAIM with PHYSVM_ALLOC_DEVICE, else 0
 * @source_fd: descriptor of a file with PHYSVM_ALLOC_FILE, of a pager
 *	(PHYSVM_PAGER) with PHYSVM_ALLOC_PAGED, else 0
 * @label: a name for people, shown by PHYSVM_QUERY and in /proc/PID/maps:
 *	printable ASCII, then zeros, at least one; empty for none
 * @cookie: handed back in each message, with PHYSVM_ALLOC_PAGED; else 0
 * @segments: address of an array of struct physvm_segment with
 *	PHYSVM_ALLOC_FILE, or 0 where all of the area shows the file
 * @nr_segments: its length, at most PHYSVM_SEGMENTS_MAX; 0 where @segments is
 * @__reserved: Must be 0
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
 * With CARVE all of the addresses, guards included, are reserved by PHYSVM_RESERVE,
 * and the mapping takes the reservation's place there.  BELOW_2G, which contradicts
 * VIRT, is for pointers of 31 bits; EOPNOTSUPP where the machine has no such wish.
 *
 * With NORESERVE the area has addresses only.  A commit takes pages out of the
 * pool and can fail for lack of them; a decommit gives them back.  PHYS, CONTIG,
 * HIDDEN and DEVICE contradict it.
 *
 * With HIDDEN the pages come from the hidden pool (see enum physvm_pool_kind),
 * and @phys_addr, with PHYS, is in it.  ENOMEM when there is none.
 *
 * With DEVICE the area is [@phys_addr, @phys_addr + @length) of the claim, which
 * lives as long as the area does.  Nothing is zeroed, PHYS and HIDDEN contradict
 * it, and a cache mode that another mapping of the range rules out is EBUSY.
 *
 * With FILE the area has no pages either until they are touched: then they are
 * read from @source_fd, a regular file open for reading, whose descriptor may be
 * closed as soon as the call returns.  What is written to the area stays in it.
 * Byte 0 of the area is byte 0 of the file; or each of @segments, which are in
 * order of their offsets and do not overlap, shows its part of the file and all
 * else is zero.  What lies behind the end of the file is zero too, but where a
 * page has nothing that is in the file a touch is SIGBUS; so it is where the
 * file cannot be read, and where the pool has no page left.  A page is read once:
 * what becomes of the file afterwards is not seen, unless the page is
 * decommitted, for that makes it missing again.  A commit makes missing pages
 * zero without reading.  PHYS, CONTIG, COMMIT, POPULATE, NORESERVE, HIDDEN and
 * DEVICE contradict it.
 *
 * With PAGED the area has no pages until they are supplied: one that is missing
 * when it is touched is asked of the pager @source_fd, see PHYSVM_PAGER.  What
 * contradicts FILE contradicts it, and so does FILE.
 *
 * Fails with EINVAL, EOPNOTSUPP, EFAULT, ENOMEM, EDQUOT, ENXIO and EBUSY
 * (@phys_addr), EEXIST (@virt_addr), EBADF (@claim_fd, @source_fd), EACCES
 * (@source_fd is not open for reading), ESHUTDOWN (@source_fd), EPERM, EMFILE,
 * ENFILE, EINTR.
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
	__s32 claim_fd;
	__s32 source_fd;
	__u8 label[PHYSVM_LABEL_SIZE];
	__aligned_u64 cookie;
	__aligned_u64 segments;
	__u32 nr_segments;
	__u32 __reserved;
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
 * others are zero, but those of devices.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT, EACCES (a guard), EINTR; and with
 * ENOMEM or EDQUOT where an area of PHYSVM_ALLOC_NORESERVE or _FILE is in the range.
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
 * stay the area's unless it was made with PHYSVM_ALLOC_NORESERVE, their contents
 * are gone, touching them is SIGSEGV.  Pages reserved already are left alone.
 * Those of an area of PHYSVM_ALLOC_FILE are read again when touched.
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
 * @PHYSVM_PAGE_RESERVED: SIGSEGV until it is committed; with PHYSVM_ALLOC_FILE
 *	reads it
 * @PHYSVM_PAGE_COMMITTED: gives the page
 * @PHYSVM_PAGE_GUARD: SIGSEGV for ever
 */
enum physvm_page_state {
	PHYSVM_PAGE_RESERVED = 0,
	PHYSVM_PAGE_COMMITTED = 1,
	PHYSVM_PAGE_GUARD = 2,
};

/**
 * enum physvm_area_type - Where an area's pages are from
 * @PHYSVM_AREA_NORMAL: the pool, all at once
 * @PHYSVM_AREA_NORESERVE: the pool, when committed
 * @PHYSVM_AREA_HIDDEN: the hidden pool
 * @PHYSVM_AREA_DEVICE: a claim
 * @PHYSVM_AREA_RESERVATION: nowhere, it has none
 * @PHYSVM_AREA_PAGED: the pool, when the pager supplies them
 * @PHYSVM_AREA_FILE: the pool, when touched, with what a file has
 * @PHYSVM_AREA_IMAGE: the same, with segments
 * @PHYSVM_AREA_REGION: the pool, by PHYSVM_REGION_ALLOC
 */
enum physvm_area_type {
	PHYSVM_AREA_NORMAL = 0,
	PHYSVM_AREA_NORESERVE = 1,
	PHYSVM_AREA_HIDDEN = 2,
	PHYSVM_AREA_DEVICE = 3,
	PHYSVM_AREA_RESERVATION = 4,
	PHYSVM_AREA_PAGED = 5,
	PHYSVM_AREA_FILE = 6,
	PHYSVM_AREA_IMAGE = 7,
	PHYSVM_AREA_REGION = 8,
};

/* struct physvm_query.out_flags */
#define PHYSVM_QUERY_HUGE	(1u << 0)	/* now mapped by an entry of a block */
#define PHYSVM_QUERY_LOW_GUARD	(1u << 1)	/* a guard lies below the region */
#define PHYSVM_QUERY_HIGH_GUARD	(1u << 2)	/* a guard lies above the region */

/**
 * struct physvm_query - ioctl(PHYSVM_QUERY)
 * @size: sizeof(struct physvm_query)
 * @flags: Must be 0
 * @addr: any address in a page of physvm memory
 * @out_region_addr: where the mapping around @addr begins, guards left out
 * @out_region_length: its length; the part that is still mapped without a hole.
 *	0 where all that is left around @addr is a guard
 * @out_phys: physical address of the page of @addr; 0 for a guard and where
 *	there is no page
 * @out_run_length: bytes physically contiguous from @out_phys on, within the
 *	area; 0 where @out_phys is
 * @out_state: enum physvm_page_state
 * @out_prot: PHYSVM_PROT_* of the page now
 * @out_max_prot: the ceiling of this mapping
 * @out_cache: enum physvm_cache in effect
 * @out_alloc_flags: the PHYSVM_ALLOC_* flags the area was made with
 * @out_flags: PHYSVM_QUERY_*
 * @out_type: enum physvm_area_type
 * @out_reserved: 0
 * @out_area_id: of the area, as in /proc/PID/maps: mappings with the same id
 *	show the same area
 * @out_area_length: bytes of the area, however much of it is mapped here
 * @out_area_offset: of the page of @addr in the area; 0 for a guard
 * @out_label: the area's label, zeros behind it
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
	__u32 out_flags;
	__u32 out_type;
	__u32 out_reserved;
	__aligned_u64 out_area_id;
	__aligned_u64 out_area_length;
	__aligned_u64 out_area_offset;
	__u8 out_label[PHYSVM_LABEL_SIZE];
};
#define PHYSVM_QUERY _IO(PHYSVM_TYPE, PHYSVM_CMD_QUERY)

/* struct physvm_export.flags */
#define PHYSVM_EXPORT_FD	(1u << 0)	/* out of a descriptor, not a mapping */
#define PHYSVM_EXPORT_VALID	PHYSVM_EXPORT_FD

/**
 * struct physvm_export - ioctl(PHYSVM_EXPORT)
 * @size: sizeof(struct physvm_export)
 * @flags: PHYSVM_EXPORT_*
 * @start: first byte: an address of the caller's, or with PHYSVM_EXPORT_FD an
 *	offset in @fd
 * @length: bytes
 * @fd: descriptor of an area, from PHYSVM_ALLOC or from here, with
 *	PHYSVM_EXPORT_FD; else 0
 * @max_prot: the most a mapping of the new descriptor may ever have; not more
 *	than the mapping, or @fd, may have
 * @out_fd: the new descriptor; close-on-exec
 * @out_reserved: 0
 *
 * Makes a descriptor of a part of an area, or of all of it with fewer rights.
 * It can be mapped with mmap(2), its offset 0 being @start, its size, as fstat(2)
 * says, being @length.  It keeps the area alive.  All mappings show the same
 * pages; what is decommitted is so in each.
 *
 * The range has to be in one area and in its order.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOENT (not physvm memory, or more than one
 * area), EACCES (a guard, or @max_prot), EBADF, ENXIO (beyond the end of @fd),
 * EMFILE, ENFILE, ENOMEM, EINTR.
 */
struct physvm_export {
	__u32 size;
	__u32 flags;
	__aligned_u64 start;
	__aligned_u64 length;
	__s32 fd;
	__u32 max_prot;
	__s32 out_fd;
	__u32 out_reserved;
};
#define PHYSVM_EXPORT _IO(PHYSVM_TYPE, PHYSVM_CMD_EXPORT)

/**
 * struct physvm_claim - ioctl(PHYSVM_CLAIM)
 * @size: sizeof(struct physvm_claim)
 * @flags: Must be 0
 * @phys_addr: first byte
 * @length: bytes
 * @out_fd: descriptor of the claim; close-on-exec
 * @out_reserved: 0
 *
 * Takes a range of physical addresses outside System RAM, such as the memory of
 * a PCI device, for PHYSVM_ALLOC_DEVICE.  Nobody else can have it meanwhile: not
 * a second claim, not a driver.  It ends with the last descriptor and the last
 * area made out of it.
 *
 * Needs CAP_SYS_RAWIO.  Whoever is passed the descriptor does not.
 *
 * Fails with EINVAL, EOPNOTSUPP, EPERM, ENXIO (System RAM, or no address of this
 * machine), EBUSY (a driver has it), EEXIST (claimed), ENOMEM, EMFILE, ENFILE.
 */
struct physvm_claim {
	__u32 size;
	__u32 flags;
	__aligned_u64 phys_addr;
	__aligned_u64 length;
	__s32 out_fd;
	__u32 out_reserved;
};
#define PHYSVM_CLAIM _IO(PHYSVM_TYPE, PHYSVM_CMD_CLAIM)

/**
 * struct physvm_map - ioctl(PHYSVM_MAP)
 * @size: sizeof(struct physvm_map)
 * @flags: PHYSVM_ALLOC_VIRT, PHYSVM_ALLOC_CARVE, PHYSVM_ALLOC_BELOW_2G
 * @fd: descriptor of an area, from PHYSVM_ALLOC or PHYSVM_EXPORT
 * @prot: PHYSVM_PROT_* of the mapping; 0 is no access
 * @offset: first byte, in @fd
 * @length: bytes
 * @virt_addr: with PHYSVM_ALLOC_VIRT, else 0
 * @out_addr: where it is
 *
 * Maps a descriptor as mmap(2) with MAP_SHARED does.  The flags mean what they
 * mean to PHYSVM_ALLOC, and nothing is ever replaced but a reservation.
 *
 * Fails with EINVAL, EOPNOTSUPP, EBADF, ENXIO (beyond the end of @fd), EACCES
 * (more than @fd may have), EPERM, EEXIST (@virt_addr), ENOMEM, EINTR.
 */
struct physvm_map {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 prot;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 virt_addr;
	__aligned_u64 out_addr;
};
#define PHYSVM_MAP _IO(PHYSVM_TYPE, PHYSVM_CMD_MAP)

/**
 * struct physvm_reserve - ioctl(PHYSVM_RESERVE)
 * @size: sizeof(struct physvm_reserve)
 * @flags: PHYSVM_ALLOC_VIRT, PHYSVM_ALLOC_CARVE, PHYSVM_ALLOC_BELOW_2G
 * @length: bytes
 * @virt_addr: with PHYSVM_ALLOC_VIRT, else 0
 * @out_addr: where it is
 *
 * Takes addresses out of use, so that nobody is given them: touching one is
 * SIGSEGV, no page can be committed there.  PHYSVM_ALLOC and PHYSVM_MAP with CARVE
 * put memory in their place; around it they stay reserved.  PHYSVM_UNMAP or
 * munmap(2) of the memory, or of the reservation, leaves the addresses free.
 *
 * Fails with EINVAL, EOPNOTSUPP, EEXIST (@virt_addr), EPERM, ENOMEM, EDQUOT, ENFILE,
 * EINTR.
 */
struct physvm_reserve {
	__u32 size;
	__u32 flags;
	__aligned_u64 length;
	__aligned_u64 virt_addr;
	__aligned_u64 out_addr;
};
#define PHYSVM_RESERVE _IO(PHYSVM_TYPE, PHYSVM_CMD_RESERVE)

/**
 * DOC: Names
 *
 * A name is the whole system's, whatever namespace a process is in.  It leads to
 * an area or a part of one, which it keeps alive: when all programs are gone, and
 * until somebody removes the name.
 *
 * It is 1 to 255 bytes of UTF-8 without control characters, else EILSEQ, then zeros
 * up to the end of the array.  Names that differ only in the case of letters, or in
 * the way that Unicode composes them, are the same, and characters that cannot be
 * seen do not count; a name of no others is EINVAL.  All of that is Unicode 12.1's,
 * and newer characters are as they are.  With no PHYSVM_FEATURE_UNICODE, names are
 * the same that differ only in the case of the letters A to Z.
 *
 * Several areas may have the same name.  The one that was first given it is found;
 * when that is removed, the next.
 *
 * Names have an owner and a group, the effective ones of whoever added it, and a
 * mode, as files have.  What somebody may open a name for is what the mode says
 * to the owner, to the group or to others, and never more than the name's own
 * max_prot.  CAP_DAC_OVERRIDE stands for all of the mode; CAP_FOWNER for being the
 * owner, who may remove it.
 */

/* Bytes of a name, with the NUL. */
#define PHYSVM_NAME_SIZE 256

/* struct physvm_name_add.flags, struct physvm_name_remove.flags */
#define PHYSVM_NAME_FD		(1u << 0)	/* a descriptor's area */
#define PHYSVM_NAME_UNIQUE	(1u << 1)	/* add: nothing else has the name */
#define PHYSVM_NAME_ADDR	(1u << 1)	/* remove: the area at an address */
#define PHYSVM_NAME_ADD_VALID	(PHYSVM_NAME_FD | PHYSVM_NAME_UNIQUE)
#define PHYSVM_NAME_REMOVE_VALID (PHYSVM_NAME_FD | PHYSVM_NAME_ADDR)

/**
 * struct physvm_name_add - ioctl(PHYSVM_NAME_ADD)
 * @size: sizeof(struct physvm_name_add)
 * @flags: PHYSVM_NAME_FD, PHYSVM_NAME_UNIQUE
 * @start: first byte: an address of the caller's, or with PHYSVM_NAME_FD an
 *	offset in @fd
 * @length: bytes; 0 for everything that the mapping's descriptor, or @fd, shows,
 *	wherever in it @start is; with @fd @start is 0 then
 * @fd: descriptor of an area, from PHYSVM_ALLOC, PHYSVM_EXPORT or
 *	PHYSVM_NAME_OPEN, with PHYSVM_NAME_FD; else 0
 * @max_prot: PHYSVM_PROT_*, the most anybody may open the name for; not 0, and
 *	not more than the mapping, or @fd, may have
 * @mode: who may open it for what: bits as chmod(2) has them, 0777 at most
 * @__reserved: Must be 0
 * @name: the name
 *
 * Gives memory a name.  Fails as PHYSVM_EXPORT does, and with EILSEQ, EEXIST
 * (PHYSVM_NAME_UNIQUE) and ENOSPC: the module's parameters limit the names of each
 * user (not with CAP_SYS_RESOURCE) and of all.
 */
struct physvm_name_add {
	__u32 size;
	__u32 flags;
	__aligned_u64 start;
	__aligned_u64 length;
	__s32 fd;
	__u32 max_prot;
	__u32 mode;
	__u32 __reserved;
	__u8 name[PHYSVM_NAME_SIZE];
};
#define PHYSVM_NAME_ADD _IO(PHYSVM_TYPE, PHYSVM_CMD_NAME_ADD)

/* struct physvm_name_open.flags */
#define PHYSVM_NAME_EXCL	(1u << 0)	/* nobody else has it open */
#define PHYSVM_NAME_OPEN_VALID	PHYSVM_NAME_EXCL

/**
 * struct physvm_name_open - ioctl(PHYSVM_NAME_OPEN)
 * @size: sizeof(struct physvm_name_open)
 * @flags: PHYSVM_NAME_EXCL
 * @max_prot: PHYSVM_PROT_*, the most a mapping of the descriptor may ever have;
 *	not 0
 * @__reserved: Must be 0
 * @name: the name
 * @out_fd: descriptor of what has the name, to be mapped with mmap(2);
 *	close-on-exec
 * @out_uid: who added the name
 * @out_length: bytes of it
 * @out_area_id: of the area, as in struct physvm_query
 *
 * Finds memory by its name.  The descriptor is as from PHYSVM_EXPORT and stays
 * what it is when the name is removed.
 *
 * With PHYSVM_NAME_EXCL nobody has opened this very name, and nobody can, until
 * the descriptor and its mappings are gone.  Others may have the memory all the
 * same: under other names, or from those who had it before.
 *
 * Fails with EINVAL, EOPNOTSUPP, EILSEQ, ENOENT, EACCES, EBUSY, EMFILE, ENFILE,
 * ENOMEM.
 */
struct physvm_name_open {
	__u32 size;
	__u32 flags;
	__u32 max_prot;
	__u32 __reserved;
	__u8 name[PHYSVM_NAME_SIZE];
	__s32 out_fd;
	__u32 out_uid;
	__aligned_u64 out_length;
	__aligned_u64 out_area_id;
};
#define PHYSVM_NAME_OPEN _IO(PHYSVM_TYPE, PHYSVM_CMD_NAME_OPEN)

/**
 * struct physvm_name_remove - ioctl(PHYSVM_NAME_REMOVE)
 * @size: sizeof(struct physvm_name_remove)
 * @flags: PHYSVM_NAME_FD or PHYSVM_NAME_ADDR, or neither
 * @start: an address in the area, a multiple of the page size, with
 *	PHYSVM_NAME_ADDR; else 0
 * @fd: descriptor of the area with PHYSVM_NAME_FD, else 0
 * @__reserved: Must be 0
 * @name: the name without either flag, else zeros
 * @out_removed: how many names were removed, never 0
 * @out_reserved: 0
 *
 * Removes the first such name that the caller may remove; or all names of an
 * area and of parts of it that the caller may remove.  Descriptors and mappings
 * stay.
 *
 * Fails with EINVAL, EOPNOTSUPP, EILSEQ, ENOENT (no such name, no physvm memory,
 * or an area without a name), EACCES (a guard), EBADF, EPERM (there are, but none
 * that the caller may remove), EINTR.
 */
struct physvm_name_remove {
	__u32 size;
	__u32 flags;
	__aligned_u64 start;
	__s32 fd;
	__u32 __reserved;
	__u8 name[PHYSVM_NAME_SIZE];
	__u32 out_removed;
	__u32 out_reserved;
};
#define PHYSVM_NAME_REMOVE _IO(PHYSVM_TYPE, PHYSVM_CMD_NAME_REMOVE)

/**
 * struct physvm_name_next - ioctl(PHYSVM_NAME_NEXT)
 * @size: sizeof(struct physvm_name_next)
 * @flags: Must be 0
 * @after: @out_id of the name before, or 0
 * @out_id: of the first name added after that one; no other name ever has it
 * @out_length: bytes of what it leads to
 * @out_area_id: of its area, as in struct physvm_query
 * @out_uid: its owner
 * @out_gid: its group
 * @out_mode: its mode
 * @out_max_prot: the most it can be opened for
 * @out_name: as it was added, zeros behind it
 *
 * Lists the names of all users in the order they were added: start with @after 0
 * and go on with @out_id until ENOENT.  Names that come and go meanwhile may or
 * may not be seen; all others are, once.
 *
 * Fails with EOPNOTSUPP, ENOENT.
 */
struct physvm_name_next {
	__u32 size;
	__u32 flags;
	__aligned_u64 after;
	__aligned_u64 out_id;
	__aligned_u64 out_length;
	__aligned_u64 out_area_id;
	__u32 out_uid;
	__u32 out_gid;
	__u32 out_mode;
	__u32 out_max_prot;
	__u8 out_name[PHYSVM_NAME_SIZE];
};
#define PHYSVM_NAME_NEXT _IO(PHYSVM_TYPE, PHYSVM_CMD_NAME_NEXT)

/* struct physvm_region.flags */
#define PHYSVM_REGION_FRAMES	(1u << 0)	/* mapped by number: cheaper, cannot be held */

#define PHYSVM_REGION_VALID	PHYSVM_REGION_FRAMES

/**
 * struct physvm_region - ioctl(PHYSVM_REGION)
 * @size: sizeof(struct physvm_region)
 * @flags: PHYSVM_REGION_FRAMES
 * @base: its address, aligned; 0 to have one chosen
 * @length: bytes, aligned
 * @guard_pages: how many pages to leave free at least between allocations, before
 *	the first and behind the last
 * @align_log2: alignment, as a power of two, of the region and of allocations of
 *	at least as many bytes where that is possible; at least that of a page
 * @page_state: any number; PHYSVM_REGION_STAT tells it
 * @out_fd: descriptor of the region; close-on-exec
 * @out_reserved: 0
 * @out_base: its address
 * @out_bitmap_pages: how many of its first pages are never allocated
 *
 * Makes a region: addresses, out of which PHYSVM_REGION_ALLOC hands out pages
 * that are mapped at once.  Where the allocations go is exactly where Zircon's
 * VirtualAlloc puts them, which keeps a bitmap in the region's first pages.
 * What is not allocated is SIGSEGV, and EFAULT for system calls.
 *
 * With PHYSVM_REGION_FRAMES the kernel counts neither references to the pages nor
 * mappings, so allocating and freeing many is several times cheaper.  What wants to
 * hold a page is EFAULT then: O_DIRECT, vmsplice(2), registered buffers of io_uring,
 * process_vm_readv(2), futex(2) shared between processes; madvise(2) of MADV_DONTNEED is
 * EINVAL, core files lack the pages, and no entry of the page table maps a block.
 * read(2), write(2) and ptrace(2) work as ever.
 *
 * A region is mapped in the process that made it, is not inherited by a forked
 * child, cannot be moved or made executable.  It ends with its last descriptor
 * and its last mapping; what is allocated then is freed.
 *
 * Fails with EINVAL, EOPNOTSUPP, EEXIST (@base is not all free), ENOMEM, EDQUOT,
 * EPERM, EMFILE, ENFILE, EINTR.
 */
struct physvm_region {
	__u32 size;
	__u32 flags;
	__aligned_u64 base;
	__aligned_u64 length;
	__aligned_u64 guard_pages;
	__u32 align_log2;
	__u32 page_state;
	__s32 out_fd;
	__u32 out_reserved;
	__aligned_u64 out_base;
	__aligned_u64 out_bitmap_pages;
};
#define PHYSVM_REGION _IO(PHYSVM_TYPE, PHYSVM_CMD_REGION)

/* struct physvm_region_alloc.flags */
#define PHYSVM_REGION_AT	(1u << 0)	/* exactly at addr */

/**
 * struct physvm_region_alloc - ioctl(PHYSVM_REGION_ALLOC) of a region's descriptor
 * @size: sizeof(struct physvm_region_alloc)
 * @flags: PHYSVM_REGION_*
 * @pages: how many
 * @addr: where, with PHYSVM_REGION_AT, whatever alignment and guards say; else 0
 * @out_addr: address of the first
 *
 * All of them are zero and mapped when the call returns, or nothing has changed
 * but where the next search begins, as in the original.  A whole block of an
 * aligned allocation is one entry of the page table if the pool has a whole
 * block; that it has none is no error.
 *
 * Fails with EINVAL, EOPNOTSUPP, ENOSPC, ENOMEM, EDQUOT, EEXIST (@addr is
 * allocated), EBADFD, EINTR.
 */
struct physvm_region_alloc {
	__u32 size;
	__u32 flags;
	__aligned_u64 pages;
	__aligned_u64 addr;
	__aligned_u64 out_addr;
};
#define PHYSVM_REGION_ALLOC _IO(PHYSVM_TYPE, PHYSVM_CMD_REGION_ALLOC)

/* struct physvm_region_free.flags */
#define PHYSVM_REGION_FREE_ALL	(1u << 0)	/* whatever is allocated */

/**
 * struct physvm_region_free - ioctl(PHYSVM_REGION_FREE) of a region's descriptor
 * @size: sizeof(struct physvm_region_free)
 * @flags: PHYSVM_REGION_FREE_*
 * @addr: of the first page; 0 with PHYSVM_REGION_FREE_ALL
 * @pages: how many; 0 with PHYSVM_REGION_FREE_ALL
 * @out_freed: how many there were
 *
 * Any pages that are allocated, no matter in how many calls.
 *
 * Fails with EINVAL (no pages of the region, or of its bitmap), EOPNOTSUPP, ENOENT
 * (one is not allocated).
 */
struct physvm_region_free {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 pages;
	__aligned_u64 out_freed;
};
#define PHYSVM_REGION_FREE _IO(PHYSVM_TYPE, PHYSVM_CMD_REGION_FREE)

/**
 * struct physvm_region_stat - ioctl(PHYSVM_REGION_STAT) of a region's descriptor
 * @size: sizeof(struct physvm_region_stat)
 * @flags: Must be 0
 * @addr: an address in the region, or 0
 * @out_base: as the region was made
 * @out_length: likewise
 * @out_guard_pages: likewise
 * @out_bitmap_pages: likewise
 * @out_allocated_pages: pages allocated
 * @out_search_start: page of the region at which the next search begins
 * @out_align_log2: as the region was made
 * @out_page_state: likewise
 * @out_contiguous: 1 if aligned allocations are given whole blocks where possible
 * @out_allocated: 1 if the page at @addr is allocated
 *
 * Fails with EINVAL (@addr), EOPNOTSUPP.
 */
struct physvm_region_stat {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 out_base;
	__aligned_u64 out_length;
	__aligned_u64 out_guard_pages;
	__aligned_u64 out_bitmap_pages;
	__aligned_u64 out_allocated_pages;
	__aligned_u64 out_search_start;
	__u32 out_align_log2;
	__u32 out_page_state;
	__u32 out_contiguous;
	__u32 out_allocated;
};
#define PHYSVM_REGION_STAT _IO(PHYSVM_TYPE, PHYSVM_CMD_REGION_STAT)

/**
 * struct physvm_pager - ioctl(PHYSVM_PAGER)
 * @size: sizeof(struct physvm_pager)
 * @flags: Must be 0
 * @timeout_ms: SIGBUS for a touch that is not answered in so many milliseconds;
 *	0 for no limit
 * @__reserved: Must be 0
 * @out_fd: descriptor of the pager; close-on-exec
 * @out_reserved: 0
 *
 * Makes a pager: a queue of the touches that found a page missing in areas made
 * with PHYSVM_ALLOC_PAGED and this descriptor.  Whoever has the descriptor can
 * make such areas, and can serve them: poll(2) says POLLIN when a message
 * waits, PHYSVM_SERVE fetches messages and answers them.
 *
 * The thread that touches waits.  It can be killed; in user mode any signal is
 * delivered meanwhile, and the touch begins anew afterwards.  Several threads
 * that wait for one page cost one message.  A system call that reads or writes
 * the page waits likewise and ends early, or with EFAULT, where a touch would
 * get a signal.  A thread that has fetched a message and not answered it does not
 * wait, for it would wait for itself: that is SIGBUS.
 *
 * A process is a server from its first PHYSVM_SERVE on, until it closes a
 * descriptor of the pager or exits; then the messages it has fetched and not
 * answered are queued again.  The pager is dead when its last descriptor is
 * closed, or when the last server exits, whoever else has the descriptor.  Then
 * whoever waits, and whoever touches a missing page later, gets SIGBUS; pages
 * that are there stay.  poll(2) says POLLHUP.
 *
 * PHYSVM_COMMIT puts zero pages where pages are missing, without a message;
 * PHYSVM_DECOMMIT makes pages missing.
 *
 * Fails with EOPNOTSUPP, ENOMEM, EMFILE, ENFILE.
 */
struct physvm_pager {
	__u32 size;
	__u32 flags;
	__u32 timeout_ms;
	__u32 __reserved;
	__s32 out_fd;
	__u32 out_reserved;
};
#define PHYSVM_PAGER _IO(PHYSVM_TYPE, PHYSVM_CMD_PAGER)

/* struct physvm_message.flags */
#define PHYSVM_MESSAGE_WRITE	(1u << 0)	/* it is touched to be written */

/**
 * struct physvm_message - A page is missing
 * @area_id: the area, as in PHYSVM_QUERY
 * @cookie: what the area was made with
 * @offset: of the page in the area, in bytes
 * @addr: of the page where it was touched
 * @pid: the process that waits, as the reader sees it; 0 if it cannot
 * @flags: PHYSVM_MESSAGE_*
 */
struct physvm_message {
	__aligned_u64 area_id;
	__aligned_u64 cookie;
	__aligned_u64 offset;
	__aligned_u64 addr;
	__u32 pid;
	__u32 flags;
};

/**
 * enum physvm_answer_action - What becomes of pages
 * @PHYSVM_ANSWER_COPY: they hold what is at data, at any address
 * @PHYSVM_ANSWER_ZERO: they are zero
 * @PHYSVM_ANSWER_MOVE: they are the committed pages at data, which has to be a
 *	mapping that may be written, of an area of PHYSVM_ALLOC_NORESERVE; the
 *	pages are decommitted there.  Their frames change hands where the areas
 *	were made by the same user with the same cache mode, else the contents
 *	are copied
 * @PHYSVM_ANSWER_FAIL: nothing; whoever waits there now gets SIGSEGV. A system call
 *	may try again once before it gives up
 * @PHYSVM_ANSWER_EVICT: they become missing.  What they held when no mapping could
 *	change it any more is written to data, unless that is 0; nothing is
 *	written for a page that was missing
 *
 * With COPY, ZERO and MOVE a page that is there already stays as it is; who
 * waits for it goes on.
 */
enum physvm_answer_action {
	PHYSVM_ANSWER_COPY = 1,
	PHYSVM_ANSWER_ZERO = 2,
	PHYSVM_ANSWER_MOVE = 3,
	PHYSVM_ANSWER_FAIL = 4,
	PHYSVM_ANSWER_EVICT = 5,
};

/**
 * struct physvm_answer - What to do with a range of an area
 * @area_id: the area
 * @offset: in the area, in bytes
 * @length: bytes
 * @data: for COPY, MOVE and EVICT: an address of the server's; else 0
 * @action: enum physvm_answer_action
 * @out_error: 0 when it has been carried out, else the errno
 *
 * It need not answer a message: pages may be supplied before anybody asks.
 *
 * Fails with EINVAL, EOPNOTSUPP (@action), ENOENT (no area of this pager; for
 * MOVE, no committed pages of one area at @data), EACCES (MOVE: a guard, or a
 * mapping that may not be written), ENXIO (beyond the area's end), ENOMEM (as many
 * pages as @length has are taken, whether they are there or not), EDQUOT, EFAULT
 * (@data), EINTR.
 */
struct physvm_answer {
	__aligned_u64 area_id;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 data;
	__u32 action;
	__s32 out_error;
};

/* struct physvm_serve.flags */
#define PHYSVM_SERVE_WAIT	(1u << 0)	/* until there is a message */
#define PHYSVM_SERVE_VALID	PHYSVM_SERVE_WAIT

/**
 * struct physvm_serve - ioctl(PHYSVM_SERVE), on a pager's descriptor
 * @size: sizeof(struct physvm_serve)
 * @flags: PHYSVM_SERVE_*; WAIT needs @nr_messages
 * @answers: address of an array of struct physvm_answer
 * @messages: address of an array of struct physvm_message, to be filled
 * @nr_answers: length of @answers
 * @nr_messages: length of @messages
 * @out_answered: how many answers have been carried out
 * @out_messages: how many messages there are
 *
 * Carries out the answers in order up to the first that fails, which has changed
 * nothing; what came before it counts.  The call itself succeeds then.  If none
 * has failed it fetches messages, as many as there are and fit.
 *
 * When EFAULT is about the struct itself, answers may have been carried out;
 * messages are queued again.
 *
 * Fails with EINVAL, EOPNOTSUPP, EFAULT, ENOMEM, ESHUTDOWN; EINTR when a signal
 * came while it waited and it had no answers.
 */
struct physvm_serve {
	__u32 size;
	__u32 flags;
	__aligned_u64 answers;
	__aligned_u64 messages;
	__u32 nr_answers;
	__u32 nr_messages;
	__u32 out_answered;
	__u32 out_messages;
};
#define PHYSVM_SERVE _IO(PHYSVM_TYPE, PHYSVM_CMD_SERVE)

#endif /* _UAPI_LINUX_PHYSVM_H */
