/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_CALLBACK_H
#define MOBIUS_CALLBACK_H

#include "mobius/vmm.h"

/* An area whose pages a function brings in. */
struct physvm_vmm_callback {
	uint64_t id;		/* ascending */
	uint64_t area_id;	/* 0 until it is made */
	addr_t base;		/* where it was made */
	size_t pages;
	VMM_CALLBACK handler;
	void *cookie;
};

/**
 * physvm_vmm_callback_add() - Keep a callback
 * @callback: is copied
 *
 * Return: its id, or 0 when there is no memory.
 */
uint64_t physvm_vmm_callback_add(const struct physvm_vmm_callback *callback);

/* The area is there, and where. */
void physvm_vmm_callback_made(uint64_t id, uint64_t area_id, addr_t base);
void physvm_vmm_callback_remove(uint64_t id);

/* By its own number, or its area's, which is in use; a copy. */
bool physvm_vmm_callback_find(uint64_t id, struct physvm_vmm_callback *callback);
bool physvm_vmm_callback_find_area(uint64_t area_id, struct physvm_vmm_callback *callback);

/* Another one each time, all in turn; false when there is none. */
bool physvm_vmm_callback_next(struct physvm_vmm_callback *callback);

#endif
