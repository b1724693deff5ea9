// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the allocator's memory is made of: areas of the pool, each with one
 * mapping and nothing else, so that munmap(2) is all it takes to free one.
 */
#include "mem_area.h"

#include <errno.h>
#include <sys/mman.h>

#include "default_handle.h"
#include "physvm.h"
#include "sys.h"

/* How often another thread may take the addresses we are about to use. */
#define TRIES 100

static int allocate(struct physvm *handle, void *arg)
{
	return physvm_alloc(handle, arg);
}

static int get(struct physvm_alloc *alloc)
{
	return physvm_with_default_handle(allocate, alloc);
}

/*
 * Where the kernel finds room for more than is needed there is an aligned part
 * of it.  Pages out of the pool to cut the ends off would be too dear.
 */
static int find_aligned(size_t size, size_t align, __u64 *addr)
{
	void *room;
	size_t around;
	int err;

	if (__builtin_add_overflow(size, align, &around))
		return -ENOMEM;
	err = physvm_sys_map_anonymous(around, PROT_NONE, &room);
	if (err)
		return err;
	physvm_sys_munmap(room, around);
	*addr = ((uintptr_t)room + align - 1) & ~(align - 1);
	return 0;
}

static int get_aligned(struct physvm_alloc *alloc, size_t align)
{
	int err = -EEXIST;

	alloc->flags |= PHYSVM_ALLOC_VIRT;
	for (int tries = 0; err == -EEXIST && tries < TRIES; tries++) {
		err = find_aligned(alloc->length, align, &alloc->virt_addr);
		if (!err)
			err = get(alloc);
	}
	return err == -EEXIST ? -ENOMEM : err;
}

/* A forked child does not get it: two heaps in the same pages would collide. */
int physvm_mem_area_get(size_t size, size_t align, void **addr)
{
	struct physvm_alloc alloc = {
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE |
			 PHYSVM_ALLOC_DONTFORK,
		.length = size,
		.prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.max_prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.label = "KosMem",
	};
	int err;

	if (align > physvm_sys_page_size())
		err = get_aligned(&alloc, align);
	else
		err = get(&alloc);
	if (!err)
		*addr = (void *)(uintptr_t)alloc.out_addr;
	return err;
}

void physvm_mem_area_put(void *addr, size_t size)
{
	physvm_sys_munmap(addr, size);
}
