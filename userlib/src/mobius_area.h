/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_AREA_H
#define MOBIUS_AREA_H

#include "mobius/vmm.h"
#include "physvm.h"

/* An area to be made. */
struct physvm_vmm_area {
	size_t pages;
	addr_t start;
	uint32_t flags;
	void *dest1;
	void *dest2;
	struct physvm_alloc alloc;	/* what it comes to; out_addr is where it is */
};

/* Checks pages and flags, and begins @alloc with what all types have. */
int physvm_vmm_area_begin(struct physvm_vmm_area *area);

/* Makes it, of @alloc; out of the pool that fits if it is not @alloc's business. */
int physvm_vmm_area_make(struct physvm_vmm_area *area);
int physvm_vmm_area_make_of_pools(struct physvm_vmm_area *area);

/*
 * An err of EBADF would be taken for news of the device's own descriptor: it goes
 * by another name until physvm_vmm_succeeded().
 */
int physvm_vmm_not_the_device(int err);

/* One for each type, after physvm_vmm_area_begin(). */
int physvm_vmm_make_normal(struct physvm_vmm_area *area);
int physvm_vmm_make_physical(struct physvm_vmm_area *area);
int physvm_vmm_make_file(struct physvm_vmm_area *area);
int physvm_vmm_make_image(struct physvm_vmm_area *area);
int physvm_vmm_make_callback(struct physvm_vmm_area *area);

/* What calls return, with errno if @err: whether there was none; @addr or NULL. */
bool physvm_vmm_succeeded(int err);
void *physvm_vmm_pointer(int err, uint64_t addr);

#endif
