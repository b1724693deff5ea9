// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Device memory for programs of KasperskyOS: claims behind handles, and mappings
 * of them behind others.
 */
#include <errno.h>
#include <stddef.h>

#include "coresrv/io/mmio.h"
#include "default_handle.h"
#include "export.h"
#include "kasperskyos_flags.h"
#include "kasperskyos_handle.h"
#include "kasperskyos_retcode.h"
#include "physvm.h"
#include "sys.h"

/* Every other descriptor of the library is one, so EBADF is no news of this one. */
static int not_the_device(int err)
{
	return err == -EBADF ? -EINVAL : err;
}

static int claim(struct physvm *handle, void *arg)
{
	struct physvm_kn_object *region = arg;

	region->fd = physvm_claim(handle, region->phys, region->size);
	return region->fd < 0 ? region->fd : 0;
}

EXPORT Retcode KnRegisterPhyMem(rtl_uint64_t addr, rtl_size_t size, Handle *outRid)
{
	struct physvm_kn_object region = {
		.kind = PHYSVM_KN_REGION,
		.phys = addr,
		.size = size,
	};
	int err;

	if (!outRid)
		return rcInvalidArgument;
	err = physvm_with_default_handle(claim, &region);
	if (err)
		return physvm_kn_retcode(err);
	err = physvm_kn_handle_new(&region, outRid);
	if (err)
		physvm_sys_close(region.fd);
	return physvm_kn_retcode(err);
}

/* Mappings. */

/*
 * Unmaps what there is at @at, if that is of the mapping still, and returns where
 * to go on.  The program may have unmapped some of it, and have something else
 * there by now.
 */
static uintptr_t unmap_piece(struct physvm *handle, const struct physvm_kn_object *mapping,
			     uintptr_t at, uintptr_t end)
{
	struct physvm_query page;
	uint64_t next;

	if (physvm_query(handle, (void *)at, &page) || page.out_area_id != mapping->area)
		return at + physvm_sys_page_size();
	next = page.out_region_addr + page.out_region_length;
	if (next > end)
		next = end;
	physvm_unmap(handle, (void *)at, next - at);
	return next;
}

static int unmap(struct physvm *handle, void *arg)
{
	const struct physvm_kn_object *mapping = arg;
	const uintptr_t end = (uintptr_t)mapping->addr + mapping->size;

	for (uintptr_t at = (uintptr_t)mapping->addr; at < end;)
		at = unmap_piece(handle, mapping, at, end);
	return 0;
}

static void end_mapping(const struct physvm_kn_object *mapping)
{
	physvm_with_default_handle(unmap, (void *)mapping);
}

struct io_map {
	struct physvm_alloc alloc;
	struct physvm_query page;	/* of what came of it */
};

/* Lazily, so that gigabytes of a device need no page tables until they are used. */
static int map(struct physvm *handle, void *arg)
{
	struct io_map *io = arg;
	void *addr;
	int err = not_the_device(physvm_alloc(handle, &io->alloc));

	if (err)
		return err;
	addr = (void *)(uintptr_t)io->alloc.out_addr;
	err = physvm_query(handle, addr, &io->page);
	if (err)
		physvm_unmap(handle, addr, io->alloc.length);
	return err;
}

static int map_region(Handle rid, struct physvm_kn_object *mapping, struct io_map *io)
{
	const struct physvm_kn_object *region = physvm_kn_handle_get(rid, PHYSVM_KN_REGION);
	int err;

	if (!region)
		return -EBADF;
	io->alloc.claim_fd = region->fd;
	io->alloc.phys_addr = region->phys;
	io->alloc.length = region->size;
	err = physvm_with_default_handle(map, io);
	physvm_kn_handle_put(rid);
	mapping->addr = (void *)(uintptr_t)io->alloc.out_addr;
	mapping->size = io->alloc.length;
	mapping->area = io->page.out_area_id;
	return err;
}

/* Who wants no handle has the mapping until it is unmapped. */
static int hand_over(struct physvm_kn_object *mapping, void **addr, Handle *handle)
{
	int err = handle ? physvm_kn_handle_new(mapping, handle) : 0;

	if (err)
		end_mapping(mapping);
	else
		*addr = mapping->addr;
	return err;
}

EXPORT Retcode (KnIoMapMem)(Handle rid, rtl_uint32_t prot, rtl_uint32_t attr, void **addr,
			    Handle *handle)
{
	struct physvm_kn_object mapping = {
		.kind = PHYSVM_KN_IO_MAPPING,
		.fd = -1,
		.end = end_mapping,
	};
	struct io_map io = { .alloc = {
		.flags = PHYSVM_ALLOC_DEVICE | PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_COMMIT |
			 PHYSVM_ALLOC_DONTFORK,
		.max_prot = PHYSVM_PROT_VALID,
		.label = "KnIoMapMem",
	} };
	int err = physvm_kn_io_flags(prot, attr, &io.alloc);

	if (err || !addr)
		return rcInvalidArgument;
	err = map_region(rid, &mapping, &io);
	if (!err)
		err = hand_over(&mapping, addr, handle);
	return physvm_kn_retcode(err);
}

EXPORT Retcode KnIoClose(Handle handle)
{
	int err = physvm_kn_handle_close(handle, PHYSVM_KN_REGION);

	if (err)
		err = physvm_kn_handle_close(handle, PHYSVM_KN_IO_MAPPING);
	return physvm_kn_retcode(err);
}
