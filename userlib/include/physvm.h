/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libphysvm: memory out of physvm's pool of physical pages.
 */
#ifndef PHYSVM_H
#define PHYSVM_H

#include <linux/physvm.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * Functions return 0 or a value that is not negative, and -errno when they
 * fail.  They leave errno alone, print nothing and never end the program.  A
 * call that fails has changed nothing, unless its comment says otherwise.
 *
 * Lengths and addresses are in bytes and multiples of the page size unless
 * stated otherwise.  Structs, PHYSVM_* constants and the meaning of every
 * error come from <linux/physvm.h>; a function names only the errors that say
 * something about its own arguments.  The member size of a struct is filled in
 * by the library.
 *
 * All functions may be called from several threads at once, with one handle or
 * with many.  Memory does not belong to a handle: it stays when the handle is
 * closed, and any handle of the process serves any memory of the process.
 */

/**
 * struct physvm - an open /dev/physvm
 */
struct physvm;

/**
 * physvm_open() - Open the device
 * @handle: set to the new handle on success
 *
 * The descriptor behind it is close-on-exec and never 0, 1 or 2.  A child of
 * fork(2) may go on using the handle.
 *
 * Return: 0, or -ENOENT or -ENXIO when the module is not loaded, -EACCES when
 * the permissions of /dev/physvm forbid it, -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_open(struct physvm **handle);

/**
 * physvm_close() - Close a handle
 * @handle: handle from physvm_open(), or NULL
 *
 * Memory stays mapped and areas stay alive.
 */
void physvm_close(struct physvm *handle);

/**
 * physvm_fd() - Descriptor behind a handle
 * @handle: handle from physvm_open()
 *
 * For ioctls this library does not know.  It is closed by physvm_close().
 *
 * Return: the descriptor.
 */
int physvm_fd(const struct physvm *handle);

/**
 * physvm_info() - What this module and this machine can do
 * @handle: handle from physvm_open()
 * @info: filled in on success
 *
 * The answer stays the same as long as the module is loaded.
 *
 * Return: 0 or -errno.
 */
int physvm_info(struct physvm *handle, struct physvm_info *info);

/**
 * physvm_pool_stat() - Count the pages of a pool
 * @handle: handle from physvm_open()
 * @pool: which; a pool there is not has no pages
 * @stat: filled in on success; counts are in pages
 *
 * Return: 0 or -errno.
 */
int physvm_pool_stat(struct physvm *handle, enum physvm_pool_kind pool,
		     struct physvm_pool_stat *stat);

/**
 * physvm_pool_range() - Find a physical range of a pool
 * @handle: handle from physvm_open()
 * @pool: which
 * @from: physical address to search from, any value
 * @range: filled in on success
 *
 * Finds the first range that ends above @from.  To see them all start with 0
 * and go on with @range->out_phys + @range->out_length.
 *
 * Return: 0, or -ENOENT when no range follows.
 */
int physvm_pool_range(struct physvm *handle, enum physvm_pool_kind pool, uint64_t from,
		      struct physvm_pool_range *range);

/**
 * physvm_alloc() - Make an area
 * @handle: handle from physvm_open()
 * @alloc: the wish, and on success the out_ members; see struct physvm_alloc
 *
 * Everything the ioctl can do.  Start from a zeroed struct; @alloc->size need
 * not be set.  When it fails @alloc has no meaningful out_ member.
 *
 * Return: 0, or -ENOMEM when the pool has not that much left, -EDQUOT when a limit of
 * the user or of a cgroup is in the way, -ENXIO when
 * phys_addr is not all pool memory, -EBUSY when some of it is taken, -EEXIST
 * when something is mapped at virt_addr, -EOPNOTSUPP when the machine cannot
 * give the cache mode, -EPERM when a policy forbids the protection, -EBADF when
 * claim_fd is not a claim or source_fd not a descriptor of the kind needed,
 * -EACCES when source_fd is a file not open for reading, -ESHUTDOWN when it is a
 * dead pager, -EINVAL.
 */
int physvm_alloc(struct physvm *handle, struct physvm_alloc *alloc);

/**
 * physvm_map() - Make an area and map it, in the usual case
 * @handle: handle from physvm_open()
 * @length: bytes
 * @prot: PHYSVM_PROT_* of the mapping; 0 is no access
 * @flags: PHYSVM_ALLOC_* but FD, PHYS, VIRT, DEVICE, FILE and PAGED, which need
 *	physvm_alloc()
 * @addr: set to the first usable byte on success
 *
 * Write-back memory whose protection may later be changed to anything.
 *
 * Return: 0, or as physvm_alloc(); -EINVAL for FD, PHYS, VIRT, DEVICE, FILE and
 * PAGED.
 */
int physvm_map(struct physvm *handle, size_t length, unsigned int prot, unsigned int flags,
	       void **addr);

/**
 * physvm_map_file() - Map memory that begins as a copy of a file
 * @handle: handle from physvm_open()
 * @fd: descriptor of a regular file, open for reading; may be closed afterwards
 * @length: bytes, whole pages; 0 for all that the file has now, rounded up
 * @prot: PHYSVM_PROT_* of the mapping; 0 is no access
 * @flags: PHYSVM_ALLOC_DONTFORK, _LOW_GUARD, _HIGH_GUARD, _BELOW_2G, or 0
 * @addr: set to the first byte on success
 *
 * Pages are read when they are touched, and then are the area's own: what is
 * written stays in memory.  Behind the end of the file there are zeros to the
 * end of the page, and SIGBUS from there on.
 *
 * Return: 0, or as physvm_alloc(); -EINVAL for what is no regular file, or an
 * empty one when @length is 0; -EACCES when @fd is not open for reading.
 */
int physvm_map_file(struct physvm *handle, int fd, size_t length, unsigned int prot,
		    unsigned int flags, void **addr);

/**
 * physvm_map_fd() - Map a descriptor of an area
 * @handle: handle from physvm_open()
 * @map: the wish, and on success out_addr; see struct physvm_map
 *
 * As mmap(2) with MAP_SHARED, which serves as well; with PHYSVM_ALLOC_VIRT it
 * never replaces a mapping, with PHYSVM_ALLOC_CARVE only a part of a
 * reservation.  @map->size need not be set.
 *
 * Return: 0, or -EBADF when fd is not of physvm memory, -ENXIO when the part
 * leads beyond its end, -EACCES when prot is more than it may have, -EEXIST when
 * something is mapped at virt_addr, or with CARVE not all of it is reserved,
 * -EPERM when a policy forbids prot or the address, -EINVAL, -EOPNOTSUPP, -ENOMEM.
 */
int physvm_map_fd(struct physvm *handle, struct physvm_map *map);

/**
 * physvm_reserve() - Take addresses out of use
 * @handle: handle from physvm_open()
 * @reserve: the wish, and on success out_addr; see struct physvm_reserve
 *
 * Nothing is behind them: touching one is SIGSEGV.  physvm_alloc() and
 * physvm_map_fd() with PHYSVM_ALLOC_CARVE put memory there, physvm_unmap() ends
 * it.  @reserve->size need not be set.
 *
 * Return: 0, or -EEXIST when something is mapped at virt_addr, or with CARVE not
 * all of it is reserved, -EPERM for an address the system keeps free, -EINVAL,
 * -EOPNOTSUPP, -ENOMEM, -EDQUOT.
 */
int physvm_reserve(struct physvm *handle, struct physvm_reserve *reserve);

/**
 * physvm_commit() - Make reserved pages touchable
 * @handle: handle from physvm_open()
 * @addr: first byte
 * @length: bytes; may span areas and part of one
 * @flags: PHYSVM_COMMIT_POPULATE to have the pages mapped at once, or 0
 *
 * Pages that are committed already keep their contents; others are zero.
 *
 * Return: 0, or -ENOENT when the range is not all physvm memory, -EACCES when
 * a guard page lies in it, -EINVAL; -ENOMEM and -EDQUOT where PHYSVM_ALLOC_NORESERVE
 * left the pages to be taken now.
 */
int physvm_commit(struct physvm *handle, void *addr, size_t length, unsigned int flags);

/**
 * physvm_decommit() - Take pages back to the reserved state
 * @handle: handle from physvm_open()
 * @addr: first byte
 * @length: bytes; may span areas and part of one
 *
 * The pages stay the area's unless PHYSVM_ALLOC_NORESERVE left them to commits,
 * their contents are lost, and touching them is SIGSEGV in every process that
 * maps the area.
 *
 * Return: 0, or -ENOENT when the range is not all physvm memory, -EACCES when
 * a guard page lies in it, -EINVAL.
 */
int physvm_decommit(struct physvm *handle, void *addr, size_t length);

/**
 * physvm_protect() - Change the protection of pages
 * @handle: handle from physvm_open()
 * @addr: first byte
 * @length: bytes; may span areas and part of one
 * @prot: PHYSVM_PROT_*; 0 is no access
 *
 * mprotect(2) that looks at the whole range before it changes any of it.  Pages
 * may be reserved or committed.
 *
 * Return: 0, or -ENOENT when the range is not all physvm memory, -EACCES when
 * a guard page lies in it or @prot exceeds an area's ceiling, -EPERM when a
 * policy forbids @prot, -EINVAL.  -ENOMEM when the kernel ran out of mappings:
 * only then may the beginning of the range have changed.
 */
int physvm_protect(struct physvm *handle, void *addr, size_t length, unsigned int prot);

/**
 * physvm_unmap() - Unmap pages
 * @handle: handle from physvm_open()
 * @addr: first byte
 * @length: bytes; may span areas and part of one
 *
 * munmap(2) that refuses what is not physvm's.  A guard page goes together
 * with the page it guards.  The pages return to the pool with the last mapping
 * and the last descriptor of their area.
 *
 * Return: 0, or -ENOENT when the range is not all physvm memory, -EACCES when
 * it begins or ends inside a guard, -EINVAL, -ENOMEM.
 */
int physvm_unmap(struct physvm *handle, void *addr, size_t length);

/**
 * physvm_query() - Ask about one page
 * @handle: handle from physvm_open()
 * @addr: any address in the page
 * @query: filled in on success
 *
 * Return: 0, or -ENOENT when @addr is not physvm memory.
 */
int physvm_query(struct physvm *handle, const void *addr, struct physvm_query *query);

/**
 * physvm_export() - Make a descriptor of mapped memory
 * @handle: handle from physvm_open()
 * @addr: first byte; anything physvm has made, in one area
 * @length: bytes
 * @max_prot: PHYSVM_PROT_*, the most a mapping of the descriptor may ever have;
 *	not more than the mapping at @addr may have
 *
 * Whoever gets the descriptor maps it with mmap(2) and MAP_SHARED; its offset 0
 * is @addr.  All mappings show the same pages, and it keeps them alive.  It is
 * close-on-exec.
 *
 * Return: the descriptor, or -ENOENT when the range is not all memory of one
 * area, in its order; -EACCES when a guard page lies in it or @max_prot is too
 * much; -EINVAL, -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_export(struct physvm *handle, const void *addr, size_t length, unsigned int max_prot);

/**
 * physvm_export_fd() - Make a descriptor of a part of another
 * @handle: handle from physvm_open()
 * @fd: descriptor of an area, from physvm_alloc(), physvm_export() or here
 * @offset: first byte of the part
 * @length: its bytes
 * @max_prot: PHYSVM_PROT_*; not more than a mapping of @fd may have
 *
 * As physvm_export(), without a mapping.  @fd stays as it is.
 *
 * Return: the descriptor, or -EBADF when @fd is not of physvm memory, -ENXIO
 * when the part leads beyond its end, -EACCES when @max_prot is too much;
 * -EINVAL, -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_export_fd(struct physvm *handle, int fd, uint64_t offset, uint64_t length,
		     unsigned int max_prot);

/**
 * physvm_claim() - Take device memory
 * @handle: handle from physvm_open()
 * @phys: physical address of the first byte, outside System RAM
 * @length: bytes
 *
 * Pass the descriptor to physvm_alloc(), as claim_fd with PHYSVM_ALLOC_DEVICE,
 * to map what was claimed.  It is close-on-exec, and cannot be mapped itself.
 * The range is the caller's until the descriptor and all areas made with it are
 * gone.
 *
 * Return: the descriptor, or -EPERM without CAP_SYS_RAWIO, -ENXIO for System
 * RAM, -EBUSY when a driver has the range, -EEXIST when some of it is claimed
 * already; -EINVAL, -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_claim(struct physvm *handle, uint64_t phys, uint64_t length);

/**
 * DOC: Names
 *
 * A name leads any process of the system to an area, and keeps the area alive, with
 * no program needed, until it is removed.  It is a string of 1 to 255 bytes of UTF-8
 * without control characters; the case of letters does not matter.  What is no name
 * is -EINVAL or -EILSEQ to all of these functions.
 */

/**
 * physvm_name_add() - Give memory a name
 * @handle: handle from physvm_open()
 * @name: the name
 * @addr: first byte; anything physvm has made, in one area
 * @length: bytes; 0 for all that the mapping at @addr is a part of
 * @max_prot: PHYSVM_PROT_*, the most anybody may open it for; not 0, and not more
 *	than the mapping at @addr may have
 * @mode: who may open it for what, as chmod(2) has it; 0600 is a good start
 * @flags: PHYSVM_NAME_UNIQUE, for -EEXIST if anything has the name; or 0
 *
 * The name is the caller's: of its effective user and group.  Of several that are
 * the same, the one added first is found.
 *
 * Return: 0, or as physvm_export(); -ENOSPC when the caller, or everybody together,
 * has too many names.
 */
int physvm_name_add(struct physvm *handle, const char *name, const void *addr, size_t length,
		    unsigned int max_prot, unsigned int mode, unsigned int flags);

/**
 * physvm_name_add_fd() - Give a descriptor's memory a name
 * @handle: handle from physvm_open()
 * @name: the name
 * @fd: descriptor of an area, from physvm_alloc(), physvm_export() or
 *	physvm_name_open()
 * @offset: first byte
 * @length: bytes; 0, with @offset 0, for all of it
 * @max_prot: as for physvm_name_add(); not more than a mapping of @fd may have
 * @mode: as for physvm_name_add()
 * @flags: as for physvm_name_add()
 *
 * Return: 0, or as physvm_export_fd(); -EEXIST, -ENOSPC as physvm_name_add().
 */
int physvm_name_add_fd(struct physvm *handle, const char *name, int fd, uint64_t offset,
		       uint64_t length, unsigned int max_prot, unsigned int mode,
		       unsigned int flags);

/**
 * physvm_name_open() - Find memory by its name
 * @handle: handle from physvm_open()
 * @name: the name
 * @max_prot: PHYSVM_PROT_*, the most a mapping of the descriptor may ever have; not 0
 * @flags: PHYSVM_NAME_EXCL to have this name open alone, until the descriptor and
 *	its mappings are gone; or 0
 * @opened: filled in on success, if not NULL: out_length is how much there is to
 *	map, out_uid who added the name
 *
 * The descriptor is as from physvm_export().  It stays what it is when the name is
 * removed.
 *
 * Return: the descriptor, or -ENOENT when there is no such name, -EACCES when the
 * caller may not have @max_prot, -EBUSY when somebody has it open, and either of
 * them wants to be alone; -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_name_open(struct physvm *handle, const char *name, unsigned int max_prot,
		     unsigned int flags, struct physvm_name_open *opened);

/**
 * physvm_name_remove() - Remove a name
 * @handle: handle from physvm_open()
 * @name: the name
 *
 * Of several that are the same, the first added that the caller may remove: its own,
 * or any with CAP_FOWNER.  Who has it open or mapped keeps the memory.
 *
 * Return: 0, or -ENOENT when there is no such name, -EPERM when all such names are
 * others'.
 */
int physvm_name_remove(struct physvm *handle, const char *name);

/**
 * physvm_name_remove_addr() - Remove all names of an area
 * @handle: handle from physvm_open()
 * @addr: any page of it, wherever it is mapped
 *
 * Of all of it and of parts; those that the caller may remove.
 *
 * Return: how many, or -ENOENT when it has none or @addr is not physvm memory, -EPERM
 * when all are others', -EACCES when there is a guard page.
 */
int physvm_name_remove_addr(struct physvm *handle, const void *addr);

/**
 * physvm_name_remove_fd() - Remove all names of a descriptor's area
 * @handle: handle from physvm_open()
 * @fd: as for physvm_name_add_fd()
 *
 * Return: as physvm_name_remove_addr(); -EBADF when @fd is not of physvm memory.
 */
int physvm_name_remove_fd(struct physvm *handle, int fd);

/**
 * physvm_name_next() - List names
 * @handle: handle from physvm_open()
 * @after: 0 to begin with, then out_id of the last one
 * @next: filled in on success; out_name ends with a NUL
 *
 * Names of all users, in the order they were added.
 *
 * Return: 0, or -ENOENT when there are no more.
 */
int physvm_name_next(struct physvm *handle, uint64_t after, struct physvm_name_next *next);

/**
 * physvm_pager() - Make a pager
 * @handle: handle from physvm_open()
 * @timeout_ms: SIGBUS for a touch not answered in so many milliseconds; 0 for no
 *	limit
 *
 * Pass the descriptor to physvm_alloc(), as source_fd with PHYSVM_ALLOC_PAGED, to
 * make areas whose missing pages are asked of it, and to physvm_serve() to answer.
 * poll(2) and epoll(7) say POLLIN when a message waits.  It is close-on-exec, and
 * can be passed to other processes, which need no handle to serve.
 *
 * Return: the descriptor, or -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_pager(struct physvm *handle, uint32_t timeout_ms);

/**
 * physvm_serve() - Answer messages and fetch the next ones
 * @pager: descriptor from physvm_pager()
 * @serve: what to do, and on success the out_ members; see struct physvm_serve
 *
 * Everything the ioctl can do.  Start from a zeroed struct; @serve->size need
 * not be set.  When some answers have been carried out and one has failed, the
 * call succeeds: out_answered says how many, out_error of the next one why.
 *
 * Return: 0, or -EINTR when a signal came while it waited, -ESHUTDOWN when the
 * pager is dead, -EBADF or -ENOTTY when @pager is none; -EINVAL, -EFAULT, -ENOMEM.
 */
int physvm_serve(int pager, struct physvm_serve *serve);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_H */
