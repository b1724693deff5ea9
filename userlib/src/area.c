// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas and the mappings of them.
 */
#include <errno.h>
#include <sys/mman.h>

#include "export.h"
#include "handle.h"
#include "sys.h"

_Static_assert(PHYSVM_PROT_READ == PROT_READ && PHYSVM_PROT_WRITE == PROT_WRITE &&
	       PHYSVM_PROT_EXEC == PROT_EXEC, "handed to mprotect(2) as they are");

static uint64_t address(const void *addr)
{
	return (uintptr_t)addr;
}

EXPORT int physvm_alloc(struct physvm *handle, struct physvm_alloc *alloc)
{
	alloc->size = sizeof(*alloc);
	return physvm_sys_ioctl(handle->fd, PHYSVM_ALLOC, alloc);
}

/* They come with a member of the struct the caller of the usual case cannot reach. */
#define NEEDS_ALLOC (PHYSVM_ALLOC_FD | PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_VIRT | \
		     PHYSVM_ALLOC_DEVICE | PHYSVM_ALLOC_FILE | PHYSVM_ALLOC_PAGED)

static int alloc_mapped(struct physvm *handle, struct physvm_alloc *alloc, void **addr)
{
	int err = physvm_alloc(handle, alloc);

	if (!err)
		*addr = (void *)(uintptr_t)alloc->out_addr;
	return err;
}

EXPORT int physvm_map(struct physvm *handle, size_t length, unsigned int prot, unsigned int flags,
		      void **addr)
{
	struct physvm_alloc alloc = {
		.flags = flags | PHYSVM_ALLOC_MAP,
		.length = length,
		.prot = prot,
		.max_prot = PHYSVM_PROT_VALID,
	};

	return flags & NEEDS_ALLOC ? -EINVAL : alloc_mapped(handle, &alloc, addr);
}

/* All of it, in whole pages. */
static int length_of(int fd, size_t *length)
{
	struct stat status;
	int err = physvm_sys_fstat(fd, &status);

	if (!err)
		*length = physvm_sys_whole_pages((size_t)status.st_size);
	return err;
}

EXPORT int physvm_map_file(struct physvm *handle, int fd, size_t length, unsigned int prot,
			   unsigned int flags, void **addr)
{
	struct physvm_alloc alloc = {
		.flags = flags | PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_FILE,
		.prot = prot,
		.max_prot = PHYSVM_PROT_VALID,
		.source_fd = fd,
	};
	int err;

	if (flags & NEEDS_ALLOC)
		return -EINVAL;
	err = length ? 0 : length_of(fd, &length);
	alloc.length = length;
	return err ? err : alloc_mapped(handle, &alloc, addr);
}

EXPORT int physvm_map_fd(struct physvm *handle, struct physvm_map *map)
{
	map->size = sizeof(*map);
	return physvm_sys_ioctl(handle->fd, PHYSVM_MAP, map);
}

EXPORT int physvm_reserve(struct physvm *handle, struct physvm_reserve *reserve)
{
	reserve->size = sizeof(*reserve);
	return physvm_sys_ioctl(handle->fd, PHYSVM_RESERVE, reserve);
}

EXPORT int physvm_commit(struct physvm *handle, void *addr, size_t length, unsigned int flags)
{
	struct physvm_commit commit = {
		.size = sizeof(commit),
		.flags = flags,
		.addr = address(addr),
		.length = length,
	};

	return physvm_sys_ioctl(handle->fd, PHYSVM_COMMIT, &commit);
}

EXPORT int physvm_decommit(struct physvm *handle, void *addr, size_t length)
{
	struct physvm_decommit decommit = {
		.size = sizeof(decommit),
		.addr = address(addr),
		.length = length,
	};

	return physvm_sys_ioctl(handle->fd, PHYSVM_DECOMMIT, &decommit);
}

/*
 * mprotect(2) stops at the first mapping that refuses, with those before it
 * changed; hence the question first.
 */
EXPORT int physvm_protect(struct physvm *handle, void *addr, size_t length, unsigned int prot)
{
	struct physvm_protect_check check = {
		.size = sizeof(check),
		.prot = prot,
		.addr = address(addr),
		.length = length,
	};
	int err = physvm_sys_ioctl(handle->fd, PHYSVM_PROTECT_CHECK, &check);

	return err ? err : physvm_sys_mprotect(addr, length, (int)prot);
}

EXPORT int physvm_unmap(struct physvm *handle, void *addr, size_t length)
{
	struct physvm_unmap unmap = {
		.size = sizeof(unmap),
		.addr = address(addr),
		.length = length,
	};

	return physvm_sys_ioctl(handle->fd, PHYSVM_UNMAP, &unmap);
}

EXPORT int physvm_query(struct physvm *handle, const void *addr, struct physvm_query *query)
{
	*query = (struct physvm_query){ .size = sizeof(*query), .addr = address(addr) };
	return physvm_sys_ioctl(handle->fd, PHYSVM_QUERY, query);
}
