// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas of the Möbius calls, as far as all types of them are alike.
 */
#include "mobius_area.h"

#include <errno.h>

#include "default_handle.h"
#include "mobius_flags.h"
#include "mobius_place.h"
#include "pools.h"

bool physvm_vmm_succeeded(int err)
{
	if (err)
		errno = err == -EBADFD ? EBADF : -err;
	return !err;
}

void *physvm_vmm_pointer(int err, uint64_t addr)
{
	return physvm_vmm_succeeded(err) ? (void *)(uintptr_t)addr : NULL;
}

int physvm_vmm_not_the_device(int err)
{
	return err == -EBADF ? -EBADFD : err;
}

int physvm_vmm_area_begin(struct physvm_vmm_area *area)
{
	uint64_t length;

	area->alloc = (struct physvm_alloc){
		.flags = PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_DONTFORK,
		.max_prot = PHYSVM_PROT_VALID,
	};
	if (!area->pages)
		return -EINVAL;
	if (__builtin_mul_overflow(area->pages, PAGE_SIZE, &length))
		return -ENOMEM;
	area->alloc.length = length;
	return physvm_vmm_flags(area->flags, &area->alloc);
}

typedef int maker_t(struct physvm *handle, struct physvm_alloc *alloc);

struct making {
	struct physvm_vmm_area *area;
	maker_t *maker;
};

/* On a copy: a second attempt begins with what the first began with. */
static int attempt(struct physvm *handle, const struct physvm_vmm_place *place, void *arg)
{
	const struct making *making = arg;
	struct physvm_alloc alloc = making->area->alloc;
	int err;

	alloc.flags |= place->flags;
	alloc.virt_addr = place->virt_addr;
	err = making->maker(handle, &alloc);
	if (!err)
		making->area->alloc = alloc;
	return err;
}

static int make(struct physvm *handle, void *arg)
{
	const struct making *making = arg;
	const struct physvm_vmm_area *area = making->area;

	return physvm_vmm_not_the_device(physvm_vmm_place(handle, area->start,
							  area->flags & VM_MEM_LITERAL,
							  attempt, arg));
}

int physvm_vmm_area_make(struct physvm_vmm_area *area)
{
	return physvm_with_default_handle(make, &(struct making){ area, physvm_alloc });
}

int physvm_vmm_area_make_of_pools(struct physvm_vmm_area *area)
{
	return physvm_with_default_handle(make, &(struct making){ area, physvm_pools_alloc });
}
