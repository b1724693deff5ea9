// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Möbius' calls that make areas, and the one that frees them.
 */
#include "mobius/vmm.h"

#include <errno.h>
#include <sys/mman.h>

#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "mobius_place.h"
#include "sys.h"

/* Reserved addresses */

struct reserving {
	struct physvm_reserve reserve;
	addr_t start;
	bool literal;
};

static int attempt_reserve(struct physvm *handle, const struct physvm_vmm_place *place, void *arg)
{
	struct physvm_reserve *reserve = arg;
	void *addr;
	int err;

	reserve->flags = place->flags;
	reserve->virt_addr = place->virt_addr;
	err = physvm_reserve(handle, reserve);
	/* Of a length alone nothing can be wrong but that it is too much. */
	if (err == -EINVAL && !(place->flags & PHYSVM_ALLOC_VIRT))
		return -ENOMEM;
	if (err)
		return err;
	/* As all areas here are. */
	addr = (void *)(uintptr_t)reserve->out_addr;
	err = physvm_sys_madvise(addr, reserve->length, MADV_DONTFORK);
	if (err)
		physvm_sys_munmap(addr, reserve->length);
	return err;
}

static int reserve(struct physvm *handle, void *arg)
{
	struct reserving *reserving = arg;

	return physvm_vmm_place(handle, reserving->start, reserving->literal, attempt_reserve,
				&reserving->reserve);
}

static int reserve_pages(size_t pages, addr_t start, bool literal, __u64 *addr)
{
	struct reserving reserving = { .start = start, .literal = literal };
	uint64_t length;
	int err;

	if (!pages)
		return -EINVAL;
	if (__builtin_mul_overflow(pages, PAGE_SIZE, &length))
		return -ENOMEM;
	reserving.reserve.length = length;
	err = physvm_with_default_handle(reserve, &reserving);
	*addr = reserving.reserve.out_addr;
	return err;
}

EXPORT void *VmmReserveArea(size_t pages, addr_t base)
{
	__u64 addr = 0;
	int err = reserve_pages(pages, base, false, &addr);

	return physvm_vmm_pointer(err, addr);
}

/* Areas */

static int make_reserved(struct physvm_vmm_area *area)
{
	return reserve_pages(area->pages, area->start, area->flags & VM_MEM_LITERAL,
			     &area->alloc.out_addr);
}

/* The pages are there at once, and mapped when touched. */
int physvm_vmm_make_normal(struct physvm_vmm_area *area)
{
	if (area->flags & VM_MEM_RESERVED)
		return make_reserved(area);
	area->alloc.flags |= PHYSVM_ALLOC_COMMIT;
	return physvm_vmm_area_make_of_pools(area);
}

static int (*const makers[])(struct physvm_vmm_area *area) = {
	[VM_AREA_NORMAL] = physvm_vmm_make_normal,
	[VM_AREA_MAP] = physvm_vmm_make_physical,
	[VM_AREA_FILE] = physvm_vmm_make_file,
	[VM_AREA_IMAGE] = physvm_vmm_make_image,
	[VM_AREA_CALLBACK] = physvm_vmm_make_callback,
};

static int make(struct physvm_vmm_area *area, unsigned int type)
{
	int err = physvm_vmm_area_begin(area);

	if (err)
		return err;
	if (type >= sizeof(makers) / sizeof(makers[0]) || !makers[type])
		return -EINVAL;
	/* Reserved addresses have nothing behind them. */
	if (area->flags & VM_MEM_RESERVED && type != VM_AREA_NORMAL)
		return -EINVAL;
	return makers[type](area);
}

EXPORT void *VmmMap(size_t pages, addr_t start, void *dest1, void *dest2, unsigned type,
		    uint32_t flags)
{
	struct physvm_vmm_area area = { pages, start, flags, dest1, dest2, { 0 } };
	int err = make(&area, type);

	return physvm_vmm_pointer(err, area.alloc.out_addr);
}

EXPORT void *VmmAlloc(size_t pages, addr_t start, uint32_t flags)
{
	return VmmMap(pages, start, NULL, NULL, VM_AREA_NORMAL, flags);
}

/* Freeing */

static int free_area(struct physvm *handle, void *base)
{
	struct physvm_query page;
	int err = physvm_query(handle, base, &page);

	if (!err)
		err = physvm_unmap(handle, (void *)(uintptr_t)page.out_region_addr,
				   page.out_region_length);
	/* Another thread may have freed it since. */
	return err == -ENOENT ? -EINVAL : err;
}

EXPORT bool VmmFree(void *base)
{
	return physvm_vmm_succeeded(physvm_with_default_handle(free_area, base));
}
