/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the Möbius calls (Vmm*) need here and Möbius itself has not.
 */
#ifndef PHYSVM_MOBIUS_H
#define PHYSVM_MOBIUS_H

#include <mobius/vmm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * physvm_mobius_process() - The process
 *
 * What VmmPageFault() is given, and where the tree is that VmmLookupNode() looks
 * through: what current()->process is in Möbius' kernel.
 *
 * Return: the process that runs.  It cannot fail.
 */
process_t *physvm_mobius_process(void);

/**
 * physvm_mobius_share() - Make an area known under a name, and say to whom
 * @base: any address in it
 * @name: as for VmmShare(), but for NULL
 * @mode: who may open it, and for what, as chmod(2) has it; VmmShare() takes 0600
 * @flags: VM_MEM_READ, and VM_MEM_WRITE if it may be mapped to be written by anybody
 *
 * Return: as VmmShare(); EACCES when there may not be written to the memory here.
 */
vm_desc_t *physvm_mobius_share(void *base, const wchar_t *name, unsigned int mode,
			       uint32_t flags);

/**
 * physvm_mobius_file() - Make a handle of a file
 * @fd: descriptor of a regular file; may be closed afterwards
 * @file: set on success; HndClose() gives it back
 *
 * Return: 0, or -EINVAL for what is no regular file; -EBADF, -EMFILE.
 */
int physvm_mobius_file(int fd, file_handle_t **file);

/**
 * struct module_t - An executable image
 * @base: address it was made for; 0 where it does not mind
 * @length: bytes, whole pages
 * @entry: offset of the first instruction, 0 if there is none
 */
struct module_t {
	addr_t base;
	size_t length;
	addr_t entry;
};

/**
 * physvm_mobius_module() - Read the headers of an executable image
 * @fd: descriptor of a regular file, PE32+ or ELF64 of x86-64; may be closed
 *	afterwards
 * @module: set on success, for VmmMap(); physvm_mobius_module_free() frees it
 *
 * Nothing is relocated: that is its user's business, as where it is mapped.
 *
 * Return: 0, or -ENOEXEC for what is no such image; -EINVAL, -EBADF, -EMFILE, -ENOMEM.
 */
int physvm_mobius_module(int fd, module_t **module);

/**
 * physvm_mobius_module_free() - Free what physvm_mobius_module() has made
 * @module: the module, or NULL
 *
 * What is mapped of it stays.
 */
void physvm_mobius_module_free(module_t *module);

/**
 * physvm_mobius_supply() - Bring pages of an area of VmmAllocCallback() in
 * @start: address of the first
 * @data: what they hold, or NULL for zeros
 * @length: bytes, whole pages
 *
 * By the handler, for the page it was asked for, and others as well; or by anybody
 * in this process before somebody asks.  Pages that are there stay as they are.
 * physvm_decommit() makes pages go, to be asked for again.
 *
 * Return: 0, or -ENOENT when there is no such area at @start, or it is another
 * process's; -ENXIO when it ends before the pages do; -EFAULT when @data cannot be
 * read, -ENOMEM when the pool has not that much left; -EINVAL.
 */
int physvm_mobius_supply(addr_t start, const void *data, size_t length);

/**
 * physvm_mobius_to_fd() - Make a descriptor of a handle
 * @handle: of an area or a file
 *
 * To be passed to another process, over a socket for instance.  The handle stays as
 * it is, and the descriptor is the caller's, and close-on-exec.
 *
 * Return: the descriptor, or -EBADF when it is no handle, or not any more; -EMFILE.
 */
int physvm_mobius_to_fd(handle_t handle);

/**
 * physvm_mobius_from_fd() - Make a handle of an area's descriptor
 * @fd: from physvm_mobius_to_fd(), physvm_alloc(), physvm_export() or
 *	physvm_name_open(); may be closed afterwards
 * @handle: set on success; HndClose() gives it back
 *
 * Return: 0, or -EBADF when @fd is not of physvm memory; -EMFILE, -ENFILE, -ENOMEM;
 * -ENODEV when the module is not loaded, -EPERM when /dev/physvm may not be opened.
 */
int physvm_mobius_from_fd(int fd, handle_t *handle);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_MOBIUS_H */
