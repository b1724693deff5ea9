// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas that other processes know by a name, and mappings of what is known by a
 * handle.
 */
#include <errno.h>

#include "default_handle.h"
#include "export.h"
#include "mobius/vmm.h"
#include "mobius_area.h"
#include "mobius_flags.h"
#include "mobius_handle.h"
#include "mobius_name.h"
#include "mobius_node.h"
#include "physvm_mobius.h"
#include "sys.h"

/* There is no flag for executing. */
#define READ_WRITE (PHYSVM_PROT_READ | PHYSVM_PROT_WRITE)
#define OWNERS_ONLY 0600

/* Sharing */

struct sharing {
	const void *base;
	char name[PHYSVM_NAME_SIZE];	/* none: takes all names away */
	unsigned int mode;
	uint32_t rights;		/* 0: as many as there are */
	vm_node_t *node;
	handle_t area;
};

static int find_area(struct sharing *sharing)
{
	int err = physvm_vmm_node((addr_t)sharing->base, &sharing->node);

	if (err)
		return err == -EFAULT ? -EINVAL : err;
	if (VMM_NODE_IS_EMPTY(sharing->node) || sharing->node->flags & VM_MEM_RESERVED)
		return -EINVAL;
	return 0;
}

/* All that is mapped of it, with all the rights the mapping may have. */
static int make_handle(struct physvm *handle, struct sharing *sharing)
{
	const vm_node_t *node = sharing->node;
	struct physvm_query page;
	int fd, err = physvm_query(handle, (void *)node->base, &page);

	if (err)
		return err == -ENOENT ? -EINVAL : err;
	if (!sharing->rights)
		sharing->rights = page.out_max_prot & READ_WRITE;
	fd = physvm_export(handle, (void *)node->base, node->u.desc->num_pages * PAGE_SIZE,
			   page.out_max_prot);
	if (fd < 0)
		return fd == -ENOENT ? -EINVAL : fd;
	err = physvm_vmm_handle_new(PHYSVM_VMM_AREA, fd, node->u.desc, &sharing->area);
	if (err)
		physvm_sys_close(fd);
	return err;
}

/* An area may have none to take away. */
static int name_descriptor(struct physvm *handle, const struct sharing *sharing, int fd)
{
	int removed;

	if (sharing->name[0])
		return physvm_name_add_fd(handle, sharing->name, fd, 0, 0, sharing->rights,
					  sharing->mode, 0);
	removed = physvm_name_remove_fd(handle, fd);
	return removed < 0 && removed != -ENOENT ? removed : 0;
}

static int name_it(struct physvm *handle, const struct sharing *sharing)
{
	int fd = physvm_vmm_handle_get(sharing->area, PHYSVM_VMM_AREA), err;

	if (fd < 0)
		return fd;
	err = name_descriptor(handle, sharing, fd);
	physvm_vmm_handle_put(sharing->area);
	return err;
}

static int share(struct physvm *handle, void *arg)
{
	struct sharing *sharing = arg;
	int err = make_handle(handle, sharing);

	if (err)
		return physvm_vmm_not_the_device(err);
	err = name_it(handle, sharing);
	if (err)
		physvm_vmm_handle_close(sharing->area);
	return physvm_vmm_not_the_device(err);
}

static int share_under(struct sharing *sharing, const wchar_t *name)
{
	int err = name ? physvm_vmm_name(name, sharing->name) : 0;

	if (!err && name && !*name)
		err = -EINVAL;
	if (!err)
		err = find_area(sharing);
	return err ? err : physvm_with_default_handle(share, sharing);
}

EXPORT vm_desc_t *VmmShare(void *base, const wchar_t *name)
{
	struct sharing sharing = {
		.base = base,
		.mode = OWNERS_ONLY,
	};
	int err = share_under(&sharing, name);

	return physvm_vmm_succeeded(err) ? sharing.area : NULL;
}

EXPORT vm_desc_t *physvm_mobius_share(void *base, const wchar_t *name, unsigned int mode,
				      uint32_t flags)
{
	struct sharing sharing = { .base = base, .mode = mode };
	struct physvm_alloc rights;
	int err = physvm_vmm_flags(flags, &rights);

	if (!err && (!name || flags & ~(VM_MEM_USER | VM_MEM_READ | VM_MEM_WRITE)))
		err = -EINVAL;
	sharing.rights = rights.prot;
	if (!err)
		err = share_under(&sharing, name);
	return physvm_vmm_succeeded(err) ? sharing.area : NULL;
}

/* Opening */

struct opening {
	char name[PHYSVM_NAME_SIZE];
	handle_t area;
};

/* To read and write it, or if that is too much to read it. */
static int open_name(struct physvm *handle, const char *name, struct physvm_name_open *opened)
{
	int fd = physvm_name_open(handle, name, READ_WRITE, 0, opened);

	return fd == -EACCES ? physvm_name_open(handle, name, PHYSVM_PROT_READ, 0, opened) : fd;
}

static int open_area(struct physvm *handle, void *arg)
{
	struct opening *opening = arg;
	struct physvm_name_open opened;
	vm_desc_t desc = { .type = 0 };
	int fd = open_name(handle, opening->name, &opened), err;

	if (fd < 0)
		return fd;
	desc.area_id = opened.out_area_id;
	err = physvm_vmm_handle_new(PHYSVM_VMM_AREA, fd, &desc, &opening->area);
	if (err)
		physvm_sys_close(fd);
	return physvm_vmm_not_the_device(err);
}

EXPORT handle_t VmmOpenSharedArea(const wchar_t *name)
{
	struct opening opening = { .area = NULL };
	int err = physvm_vmm_name(name, opening.name);

	if (!err && !*name)
		err = -EINVAL;
	if (!err)
		err = physvm_with_default_handle(open_area, &opening);
	return physvm_vmm_succeeded(err) ? opening.area : NULL;
}
