/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The virtual memory manager of the Möbius operating system.
 */
#ifndef MOBIUS_VMM_H
#define MOBIUS_VMM_H

#include <hal/page.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * An area is memory, and a node the addresses at which one process sees it; two
 * nodes may show one area.  Calls that return a pointer return NULL, and calls
 * that return a bool return false, when they fail.  Then errno says why, and
 * nothing has changed; otherwise errno stays as it is.
 *
 * EINVAL	a value makes no sense: no pages, an unknown type or flag, flags
 *		that contradict each other, no area at an address
 * EACCES	something is mapped there already, and is never replaced; or the
 *		protection is more than the area gives
 * EPERM	memory of the kernel's; memory of a device without CAP_SYS_RAWIO; an
 *		address that the system does not allow; /dev/physvm may not be opened
 * ENOMEM	the pool, or the address space, has not that much left
 * EDQUOT	a limit of the user, or of a cgroup, is in the way
 * EOPNOTSUPP	this machine cannot give the cache mode
 * EBADF	not a handle of the kind that is needed
 * ENODEV	the module is not loaded
 * EMFILE, ENFILE	no handle or no file descriptor left
 *
 * A function names only the errors that it has besides, or that say something
 * about its own arguments.
 *
 * A child of fork(2) has none of the memory, and all of the handles.  All
 * functions may be called from several threads at once.
 */

/**
 * typedef addr_t - A virtual address, or a physical one
 */
typedef uintptr_t addr_t;

typedef struct vm_desc_t vm_desc_t;
typedef struct vm_node_t vm_node_t;

/**
 * typedef handle_t - Stands for an area or a file
 *
 * A pointer, and so the prototypes with handles, of the user mode, and those with
 * descriptors, of the kernel, are the same.  HndClose() gives it back.
 */
typedef vm_desc_t *handle_t;

/**
 * typedef file_handle_t - A file; physvm_mobius_file() makes one
 */
typedef struct vm_desc_t file_handle_t;

/**
 * typedef module_t - An executable image; physvm_mobius_module() makes one
 */
typedef struct module_t module_t;

/**
 * struct process_t - A process
 * @vmm_top: where VmmLookupNode() begins to look
 *
 * There is one that a program can have: physvm_mobius_process().
 */
typedef struct process_t {
	vm_node_t *vmm_top;
} process_t;

/* Types of areas */
#define VM_AREA_NORMAL		1	/* memory of the pool */
#define VM_AREA_MAP		2	/* a physical address */
#define VM_AREA_FILE		3	/* a file's contents */
#define VM_AREA_IMAGE		4	/* an executable's */
#define VM_AREA_CALLBACK	5	/* what a function supplies */

/* VM_MEM_USER is implied: a program cannot have memory of the kernel's. */
#define VM_MEM_KERNEL		0x00000000
#define VM_MEM_USER		0x00000003
#define VM_MEM_PL_MASK		0x00000003
#define VM_MEM_READ		0x00000004	/* memory can be read without it, too */
#define VM_MEM_WRITE		0x00000008
#define VM_MEM_ZERO		0x00000010	/* memory is zero without it, too */
#define VM_MEM_CACHE_WT		0x00000020	/* write-through, or the call fails */
#define VM_MEM_CACHE_NONE	0x00000040	/* uncached, or the call fails */
#define VM_MEM_LITERAL		0x00000080	/* a start of 0 is address 0 */
#define VM_MEM_RESERVED		0x00000100	/* as VmmReserveArea() */

/* Flags that are valid for nodes (as opposed to areas). */
#define VM_MEM_NODE_MASK \
	(VM_MEM_PL_MASK | VM_MEM_READ | VM_MEM_WRITE | \
	 VM_MEM_CACHE_WT | VM_MEM_CACHE_NONE | VM_MEM_RESERVED)

/* Nothing is mapped there. */
#define VMM_NODE_IS_EMPTY(n)	((n)->flags == 0)

/* PAGE_SIZE, 4096, is <hal/page.h>'s: it agrees with <sys/user.h>. */
#ifndef PAGE_ALIGN
#define PAGE_ALIGN(addr)	((addr) & -PAGE_SIZE)
#endif
#ifndef PAGE_ALIGN_UP
#define PAGE_ALIGN_UP(addr)	(((addr) + PAGE_SIZE - 1) & -PAGE_SIZE)
#endif

/**
 * typedef VMM_CALLBACK - Brings a page of an area of VmmAllocCallback() in
 * @cookie: as given there
 * @node: where the area is in this process; until the function returns
 * @start: address of the page
 * @is_writing: somebody writes to it
 *
 * Somebody, in this process or in one that shares the area, has touched a page
 * that is not there.  physvm_mobius_supply() says what is in it; if nobody has
 * when the function returns true, the page is zero.
 *
 * Runs in a thread of the library, with all signals blocked but those of its own
 * faults; one at a time, whatever areas there are.  It may take its time, and
 * call everything here, VmmFree() of its own area included.  What it must not do
 * is touch a page that is not there of such an area: that is SIGBUS.
 *
 * Return: false if there is no such page: who touched it gets SIGSEGV, and who
 * touches it again asks again.
 */
typedef bool (*VMM_CALLBACK)(void *cookie, vm_node_t *node, addr_t start, bool is_writing);

/**
 * struct vm_desc_t - An area of memory, possibly shared between processes
 * @num_pages: its pages
 * @type: VM_AREA_*; 0 in a handle of VmmOpenSharedArea()
 * @dest: what it was made of; only the member of its @type means anything
 * @dest.phys_map: physical address of the first page
 * @dest.file: NULL: an area does not tell which file it shows
 * @dest.mod: NULL
 * @dest.callback: handler and cookie, or NULL if they are another process's
 * @area_id: a number no other area has
 *
 * A snapshot, and for reading only.
 */
struct vm_desc_t {
	size_t num_pages;
	unsigned int type;
	union {
		addr_t phys_map;
		file_handle_t *file;
		module_t *mod;
		struct {
			VMM_CALLBACK handler;
			void *cookie;
		} callback;
	} dest;
	uint64_t area_id;
};

/**
 * struct vm_node_t - Addresses of one process
 * @left: NULL
 * @right: NULL
 * @base: the first; a multiple of the page size
 * @flags: VM_MEM_*, those of VM_MEM_NODE_MASK: VM_MEM_USER and VM_MEM_READ, and
 *	the others as they are now; VM_MEM_RESERVED and nothing else of what was
 *	reserved; 0 where nothing is
 * @u: what is there
 * @u.desc: the area, of which all pages are there
 * @u.empty_pages: how many pages, where nothing is or they are reserved
 *
 * A snapshot, and for reading only: the tree is the kernel's.
 */
struct vm_node_t {
	vm_node_t *left;
	vm_node_t *right;
	addr_t base;
	uint32_t flags;
	union {
		vm_desc_t *desc;
		size_t empty_pages;
	} u;
};

/**
 * VmmMap() - Make an area of any type
 * @pages: its pages
 * @start: address of the first, rounded down to a page.  NULL lets the system
 *	choose, below 2 GiB while there is room, but with VM_MEM_LITERAL
 * @dest1: what it is made of; see @type
 * @dest2: the same
 * @type: VM_AREA_NORMAL: memory of the pool;
 *	VM_AREA_MAP: @dest1 is the physical address, of the pool or of a device;
 *	VM_AREA_FILE: @dest1 is a file_handle_t *;
 *	VM_AREA_IMAGE: @dest1 is a module_t *; sections have the protection that the
 *	image says, what lies between them none;
 *	VM_AREA_CALLBACK: @dest1 is a VMM_CALLBACK, @dest2 its cookie
 * @flags: VM_MEM_*
 *
 * All of a given start has to be free, or to be inside what VmmReserveArea()
 * reserved; the rest of that stays reserved.
 *
 * Memory of the pool and of files is zero where nothing else is in it.  A device's
 * is uncached unless a cache mode is asked for.
 *
 * Return: the address of the first page, or NULL.  ENXIO when System RAM that is
 * not the pool's is in the physical range, EBUSY when somebody has some of it; EINVAL
 * when the image has more than @pages; EPERM when the module's policy forbids what the
 * image says.
 */
void *VmmMap(size_t pages, addr_t start, void *dest1, void *dest2, unsigned type, uint32_t flags);

/**
 * VmmAlloc() - Allocate memory
 * @pages: how many
 * @start: as for VmmMap()
 * @flags: VM_MEM_*
 *
 * All pages are set aside at once, so a touch never runs out of memory.
 *
 * Return: the address of the first page, or NULL.
 */
void *VmmAlloc(size_t pages, addr_t start, uint32_t flags);

/**
 * VmmMapFile() - Map a file
 * @file: handle of the file; may be closed afterwards
 * @start: as for VmmMap()
 * @pages: how many, from the beginning of the file on
 * @flags: VM_MEM_*
 *
 * Pages are read when they are touched, and then are the area's own: what is written
 * stays in memory.  What is behind the end of the file is zero to the end of the page;
 * a page that is all behind it, or cannot be read, is SIGBUS.
 *
 * Return: the address of the first page, or NULL.  EACCES also when the file is not
 * open for reading.
 */
void *VmmMapFile(file_handle_t *file, addr_t start, size_t pages, uint32_t flags);

/**
 * VmmAllocCallback() - Make an area whose pages a function brings in
 * @pages: how many; only those that are touched cost memory
 * @start: as for VmmMap()
 * @flags: VM_MEM_*
 * @handler: called when a page is touched that is not there
 * @cookie: for @handler
 *
 * Where the area is shared, @handler is called in this process, whoever touches it.
 * When this process ends, a page that is not there by then is SIGBUS.
 *
 * Return: the address of the first page, or NULL.  EINVAL also when @handler is NULL.
 */
void *VmmAllocCallback(size_t pages, addr_t start, uint32_t flags, VMM_CALLBACK handler,
		       void *cookie);

/**
 * VmmFree() - Free the area an address is in
 * @base: any address in it
 *
 * Frees an area of any type, or what is left of a reserved range on both sides of
 * the address.  The memory lives on where it is shared.
 *
 * Return: true; false, and EINVAL, when there is none, or none any more.
 */
bool VmmFree(void *base);

/**
 * VmmReserveArea() - Keep addresses free
 * @pages: how many
 * @base: the first, rounded down to a page; NULL lets the system choose
 *
 * Nobody is given the addresses but who asks for them: calls with a start inside.
 * A touch is SIGSEGV.  What is freed there is not reserved again.
 *
 * Return: the first address, or NULL.
 */
void *VmmReserveArea(size_t pages, addr_t base);

/**
 * VmmShare() - Make an area known under a name
 * @base: any address in it
 * @name: 1 to 255 bytes in UTF-8; or NULL, to take all names of the area away
 *
 * Names are the whole system's and do not differ in case.  The area lives until the
 * name is taken away, by whoever gave it or by an administrator, even when all
 * programs are gone.  Several areas may have one name: the first to get it is found.
 *
 * Only the same user can open it; see physvm_mobius_share().
 *
 * Return: a handle of the area, to be closed; or NULL.  EINVAL also for a name of no
 * characters, ENAMETOOLONG, EILSEQ for what is no character, or none of names, ENOSPC
 * when there are too many names, EPERM when the names are another user's.
 */
vm_desc_t *VmmShare(void *base, const wchar_t *name);

/**
 * VmmOpenSharedArea() - Find an area by its name
 * @name: as given to VmmShare(), in upper or lower case
 *
 * Return: a handle of the area, to be closed; or NULL.  ENOENT when there is no such
 * name, EACCES when it is another user's; EINVAL, ENAMETOOLONG and EILSEQ as of
 * VmmShare().
 */
handle_t VmmOpenSharedArea(const wchar_t *name);

/**
 * VmmMapSharedArea() - Map an area once more
 * @desc: handle of the area, which stays open; or the area of a node that
 *	VmmLookupNode() has found
 * @start: as for VmmMap()
 * @flags: VM_MEM_*, for this node alone; the cache mode is the area's
 *
 * All nodes of an area show the same memory.
 *
 * Return: the address of the first page, or NULL.  EACCES also when the area was
 * shared to be read only, and @flags has VM_MEM_WRITE.
 */
void *VmmMapSharedArea(vm_desc_t *desc, addr_t start, uint32_t flags);

/**
 * HndClose() - Give a handle back
 * @handle: of an area or a file
 *
 * What is mapped stays mapped, and named what is named.
 *
 * Return: true; false, and EBADF, when it is no handle, or not any more.
 */
bool HndClose(handle_t handle);

/**
 * VmmLookupNode() - Find what is at an address
 * @level: means nothing
 * @parent: physvm_mobius_process()->vmm_top, or any other node; NULL is a tree
 *	with nothing in it
 * @ptr: any address
 *
 * What is found is a snapshot, which stays until the thread that asked has asked
 * eight more times, or ends.
 *
 * Return: the node; of an address at which nothing is an empty one, with the
 * addresses around that are free.  NULL for the first page of all, for addresses
 * no program has, and for memory that is not of physvm, such as the stack.
 */
vm_node_t *VmmLookupNode(int level, vm_node_t *parent, const void *ptr);

/**
 * VmmFreeNode() - Free what a node shows
 * @node: from VmmLookupNode(), or given to a VMM_CALLBACK
 *
 * As VmmFree() of its base, but only if that is still what it shows.  Does nothing
 * else for NULL, for an empty node and for one of what is gone, but sets errno to
 * EINVAL.
 */
void VmmFreeNode(vm_node_t *node);

/**
 * VmmPageFault() - Bring a page in
 * @proc: physvm_mobius_process()
 * @start: any address in the page
 * @is_writing: to write to it
 *
 * Does what a touch does, but for the signal.
 *
 * Return: true if the page is there now; false, and EFAULT, where a touch would
 * have been a signal; EINVAL for another @proc.
 */
bool VmmPageFault(process_t *proc, addr_t start, bool is_writing);

#ifdef __cplusplus
}
#endif

#endif /* MOBIUS_VMM_H */
