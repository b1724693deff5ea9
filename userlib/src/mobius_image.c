// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas that show an executable image, and the modules they are made of.
 */
#include <errno.h>
#include <stdlib.h>

#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "physvm_image.h"
#include "physvm_mobius.h"
#include "sys.h"

/* What is behind a module_t. */
struct module {
	module_t shown;
	struct physvm_image *image;
	int fd;
};

/* Modules */

static int read_module(struct module *module, int fd)
{
	int err = physvm_image_read(fd, &module->image);

	if (err)
		return err;
	module->fd = physvm_sys_dup(fd);
	if (module->fd < 0) {
		physvm_image_free(module->image);
		return module->fd;
	}
	module->shown = (module_t){
		.base = module->image->preferred,
		.length = module->image->length,
		.entry = module->image->entry,
	};
	return 0;
}

static struct module *new_module(void)
{
	int saved_errno = errno;
	struct module *module = malloc(sizeof(*module));

	errno = saved_errno;
	return module;
}

EXPORT int physvm_mobius_module(int fd, module_t **shown)
{
	struct module *module = new_module();
	int err;

	if (!module)
		return -ENOMEM;
	err = read_module(module, fd);
	if (err)
		free(module);
	else
		*shown = &module->shown;
	return err;
}

EXPORT void physvm_mobius_module_free(module_t *shown)
{
	struct module *module = (struct module *)shown;

	if (!module)
		return;
	physvm_image_free(module->image);
	physvm_sys_close(module->fd);
	free(module);
}

/* Areas */

struct protecting {
	const struct physvm_image *image;
	uint64_t base;
};

/* What lies between sections stays without access. */
static int protect_sections(struct physvm *handle, void *arg)
{
	const struct protecting *protecting = arg;
	const struct physvm_image *image = protecting->image;
	int err = 0;

	for (uint32_t i = 0; i < image->nr_sections && !err; i++) {
		const struct physvm_image_section *section = &image->sections[i];

		err = physvm_protect(handle, (void *)(uintptr_t)(protecting->base + section->offset),
				     section->length, section->prot);
	}
	return err;
}

static int make(struct physvm_vmm_area *area, const struct module *module)
{
	struct protecting protecting = { .image = module->image };
	int err;

	area->alloc.flags |= PHYSVM_ALLOC_FILE;
	area->alloc.source_fd = module->fd;
	area->alloc.segments = (uintptr_t)module->image->segments;
	area->alloc.nr_segments = module->image->nr_segments;
	area->alloc.prot = 0;
	err = physvm_vmm_area_make(area);
	if (err)
		return err;
	protecting.base = area->alloc.out_addr;
	err = physvm_with_default_handle(protect_sections, &protecting);
	if (err)
		physvm_sys_munmap((void *)(uintptr_t)area->alloc.out_addr, area->alloc.length);
	return err;
}

int physvm_vmm_make_image(struct physvm_vmm_area *area)
{
	const struct module *module = area->dest1;

	if (!module || area->alloc.length < module->image->length)
		return -EINVAL;
	return make(area, module);
}
