// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas that show a file.
 */
#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "mobius_handle.h"

int physvm_vmm_make_file(struct physvm_vmm_area *area)
{
	const file_handle_t *file = area->dest1;
	int fd = physvm_vmm_handle_get(file, PHYSVM_VMM_FILE);
	int err;

	if (fd < 0)
		return fd;
	area->alloc.flags |= PHYSVM_ALLOC_FILE;
	area->alloc.source_fd = fd;
	err = physvm_vmm_area_make(area);
	physvm_vmm_handle_put(file);
	return err;
}

EXPORT void *VmmMapFile(file_handle_t *file, addr_t start, size_t pages, uint32_t flags)
{
	return VmmMap(pages, start, file, NULL, VM_AREA_FILE, flags);
}
