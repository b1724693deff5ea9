// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * More nodes of an area that is known by a handle, or by a node.
 */
#include <errno.h>
#include <sys/mman.h>

#include "default_handle.h"
#include "export.h"
#include "mobius/vmm.h"
#include "mobius_area.h"
#include "mobius_flags.h"
#include "mobius_handle.h"
#include "mobius_node.h"
#include "mobius_place.h"
#include "sys.h"

struct view {
	addr_t start;
	uint32_t flags;
	uint32_t cache;
	struct physvm_map map;
};

static bool cache_agrees(struct physvm *handle, const struct view *view)
{
	const uint32_t asked = view->flags & (VM_MEM_CACHE_WT | VM_MEM_CACHE_NONE);
	struct physvm_query page;

	return !asked || (!physvm_query(handle, (void *)(uintptr_t)view->map.out_addr, &page) &&
			  page.out_cache == view->cache);
}

/* The mode is the area's: who asks for another gets none. */
static int finish(struct physvm *handle, const struct view *view)
{
	void *addr = (void *)(uintptr_t)view->map.out_addr;
	int err = cache_agrees(handle, view) ? 0 : -EOPNOTSUPP;

	if (!err)
		err = physvm_sys_madvise(addr, view->map.length, MADV_DONTFORK);
	if (err)
		physvm_sys_munmap(addr, view->map.length);
	return err;
}

static int attempt(struct physvm *handle, const struct physvm_vmm_place *place, void *arg)
{
	struct view *view = arg;
	int err;

	view->map.flags = place->flags;
	view->map.virt_addr = place->virt_addr;
	err = physvm_map_fd(handle, &view->map);
	return err ? err : finish(handle, view);
}

static int map(struct physvm *handle, void *arg)
{
	struct view *view = arg;

	return physvm_vmm_not_the_device(physvm_vmm_place(handle, view->start,
							  view->flags & VM_MEM_LITERAL,
							  attempt, view));
}

static int map_descriptor(struct view *view, int fd)
{
	struct stat status;
	int err = physvm_sys_fstat(fd, &status);

	if (err)
		return err;
	view->map.fd = fd;
	view->map.length = (uint64_t)status.st_size;
	return physvm_with_default_handle(map, view);
}

static int map_handle(struct view *view, const vm_desc_t *handle)
{
	int fd = physvm_vmm_handle_get(handle, PHYSVM_VMM_AREA);
	int err;

	if (fd < 0)
		return fd;
	err = map_descriptor(view, fd);
	physvm_vmm_handle_put(handle);
	return err;
}

/* What a node shows has no descriptor. */

struct export {
	const vm_node_t *node;
	int fd;
};

static int export(struct physvm *handle, void *arg)
{
	struct export *export = arg;
	const vm_node_t *node = export->node;
	struct physvm_query page;
	int err = physvm_query(handle, (void *)node->base, &page);

	if (err || page.out_area_id != node->u.desc->area_id)
		return -EBADFD;
	export->fd = physvm_export(handle, (void *)node->base, node->u.desc->num_pages * PAGE_SIZE,
				   page.out_max_prot);
	return export->fd < 0 ? export->fd : 0;
}

static int map_node(struct view *view, const vm_node_t *node)
{
	struct export of = { .node = node };
	int err = physvm_with_default_handle(export, &of);

	if (err)
		return err;
	err = map_descriptor(view, of.fd);
	physvm_sys_close(of.fd);
	return err;
}

static int map_desc(struct view *view, const vm_desc_t *desc)
{
	const vm_node_t *node = physvm_vmm_node_of(desc);
	struct physvm_alloc wish;
	int err = physvm_vmm_flags(view->flags, &wish);

	if (err)
		return err;
	if (view->flags & VM_MEM_RESERVED)
		return -EINVAL;
	view->map.prot = wish.prot;
	view->cache = wish.cache;
	return node ? map_node(view, node) : map_handle(view, desc);
}

EXPORT void *VmmMapSharedArea(vm_desc_t *desc, addr_t start, uint32_t flags)
{
	struct view view = { .start = start, .flags = flags };
	int err = map_desc(&view, desc);

	return physvm_vmm_pointer(err, view.map.out_addr);
}
