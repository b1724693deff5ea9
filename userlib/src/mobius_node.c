// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Nodes: what is where, as the kernel has it.
 */
#include "mobius_node.h"

#include <errno.h>
#include <sys/mman.h>

#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "mobius_callback.h"
#include "mobius_flags.h"
#include "mobius_gap.h"
#include "physvm_mobius.h"
#include "sys.h"

#define SNAPSHOTS 8

/* The oldest is overwritten by the next. */
static __thread struct snapshot {
	vm_node_t node;
	vm_desc_t desc;
} snapshots[SNAPSHOTS];
static __thread unsigned int next_snapshot;

/* Anything but NULL leads to the same tree, so this is never looked into. */
static vm_node_t top;
static process_t process = { &top };

EXPORT process_t *physvm_mobius_process(void)
{
	return &process;
}

static struct snapshot *new_snapshot(void)
{
	struct snapshot *snapshot = &snapshots[next_snapshot++ % SNAPSHOTS];

	*snapshot = (struct snapshot){ .node = { .flags = 0 } };
	return snapshot;
}

const vm_node_t *physvm_vmm_node_of(const vm_desc_t *desc)
{
	for (unsigned int i = 0; i < SNAPSHOTS; i++)
		if (desc == &snapshots[i].desc && snapshots[i].node.u.desc == desc)
			return &snapshots[i].node;
	return NULL;
}

/* What there is */

static unsigned int type_of(const struct physvm_query *page)
{
	switch (page->out_type) {
	case PHYSVM_AREA_DEVICE:
		return VM_AREA_MAP;
	case PHYSVM_AREA_FILE:
		return VM_AREA_FILE;
	case PHYSVM_AREA_IMAGE:
		return VM_AREA_IMAGE;
	case PHYSVM_AREA_PAGED:
		return VM_AREA_CALLBACK;
	default:
		return page->out_alloc_flags & PHYSVM_ALLOC_PHYS ? VM_AREA_MAP : VM_AREA_NORMAL;
	}
}

/* Of an area that another process has made nothing is known. */
static void describe_callback(vm_desc_t *desc)
{
	struct physvm_vmm_callback callback;

	if (!physvm_vmm_callback_find_area(desc->area_id, &callback))
		return;
	desc->dest.callback.handler = callback.handler;
	desc->dest.callback.cookie = callback.cookie;
}

static void describe(const struct physvm_query *page, vm_desc_t *desc)
{
	desc->num_pages = page->out_region_length / PAGE_SIZE;
	desc->type = type_of(page);
	desc->area_id = page->out_area_id;
	if (desc->type == VM_AREA_MAP)
		desc->dest.phys_map = page->out_phys + page->out_region_addr - page->addr;
	if (desc->type == VM_AREA_CALLBACK)
		describe_callback(desc);
}

static vm_node_t *node_of(const struct physvm_query *page)
{
	struct snapshot *snapshot = new_snapshot();

	snapshot->node.base = page->out_region_addr;
	snapshot->node.flags = physvm_vmm_node_flags(page);
	if (snapshot->node.flags & VM_MEM_RESERVED) {
		snapshot->node.u.empty_pages = page->out_region_length / PAGE_SIZE;
		return &snapshot->node;
	}
	describe(page, &snapshot->desc);
	snapshot->node.u.desc = &snapshot->desc;
	return &snapshot->node;
}

static int empty_node(addr_t addr, vm_node_t **node)
{
	struct physvm_vmm_gap gap;
	int err = physvm_vmm_gap(addr, &gap);

	if (err)
		return err;
	*node = &new_snapshot()->node;
	(*node)->base = gap.start;
	(*node)->u.empty_pages = (gap.end - gap.start) / PAGE_SIZE;
	return 0;
}

static int ask(struct physvm *handle, void *arg)
{
	struct physvm_query *page = arg;

	return physvm_query(handle, (void *)(uintptr_t)page->addr, page);
}

int physvm_vmm_node(addr_t addr, vm_node_t **node)
{
	struct physvm_query page = { .addr = PAGE_ALIGN(addr) };
	int err = physvm_with_default_handle(ask, &page);

	if (err == -ENOENT)
		return empty_node(addr, node);
	if (!err)
		*node = node_of(&page);
	return err;
}

EXPORT vm_node_t *VmmLookupNode(int level, vm_node_t *parent, const void *ptr)
{
	vm_node_t *node;
	int err = parent ? physvm_vmm_node((addr_t)ptr, &node) : -EINVAL;

	(void)level;
	return physvm_vmm_succeeded(err) ? node : NULL;
}

/* Freeing */

static bool still_there(const vm_node_t *node, const struct physvm_query *page)
{
	const bool reserved = page->out_type == PHYSVM_AREA_RESERVATION;

	if (page->out_region_addr != node->base || reserved != !!(node->flags & VM_MEM_RESERVED))
		return false;
	if (reserved)
		return page->out_region_length / PAGE_SIZE == node->u.empty_pages;
	return page->out_area_id == node->u.desc->area_id;
}

static int free_node(struct physvm *handle, void *arg)
{
	const vm_node_t *node = arg;
	struct physvm_query page;
	int err = physvm_query(handle, (void *)node->base, &page);

	if (!err)
		err = still_there(node, &page) ? physvm_unmap(handle, (void *)node->base,
							      page.out_region_length) : -EINVAL;
	return err == -ENOENT ? -EINVAL : err;
}

EXPORT void VmmFreeNode(vm_node_t *node)
{
	int err = -EINVAL;

	if (node && !VMM_NODE_IS_EMPTY(node))
		err = physvm_with_default_handle(free_node, node);
	physvm_vmm_succeeded(err);
}

/* Faults */

struct fault {
	void *page;
	bool is_writing;
};

/* Where the kernel has no pages it populates nothing, but the device does. */
static int populate(struct physvm *handle, const struct physvm_query *page,
		    const struct fault *fault)
{
	if (page->out_type == PHYSVM_AREA_HIDDEN || page->out_type == PHYSVM_AREA_DEVICE)
		return physvm_commit(handle, fault->page, PAGE_SIZE, PHYSVM_COMMIT_POPULATE);
	return physvm_sys_madvise(fault->page, PAGE_SIZE,
				  fault->is_writing ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
}

/* A touch brings in the pages that are not there of such areas. */
static bool is_filled(const struct physvm_query *page)
{
	return page->out_type == PHYSVM_AREA_FILE || page->out_type == PHYSVM_AREA_IMAGE ||
	       page->out_type == PHYSVM_AREA_PAGED;
}

static bool can_be_touched(const struct physvm_query *page, const struct fault *fault)
{
	return page->out_prot & (fault->is_writing ? PHYSVM_PROT_WRITE : PHYSVM_PROT_READ) &&
	       (page->out_state == PHYSVM_PAGE_COMMITTED || is_filled(page));
}

static int bring_in(struct physvm *handle, void *arg)
{
	const struct fault *fault = arg;
	struct physvm_query page;
	int err = physvm_query(handle, fault->page, &page);

	if (!err)
		err = can_be_touched(&page, fault) ? populate(handle, &page, fault) : -EFAULT;
	return err ? -EFAULT : 0;
}

EXPORT bool VmmPageFault(process_t *proc, addr_t start, bool is_writing)
{
	struct fault fault = { (void *)PAGE_ALIGN(start), is_writing };
	int err = proc == &process ? physvm_with_default_handle(bring_in, &fault) : -EINVAL;

	return physvm_vmm_succeeded(err);
}
