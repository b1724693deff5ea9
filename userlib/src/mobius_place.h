/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_PLACE_H
#define MOBIUS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "mobius/vmm.h"

struct physvm;

/* Where it goes, as the device is told. */
struct physvm_vmm_place {
	uint32_t flags;		/* PHYSVM_ALLOC_VIRT, _CARVE, _BELOW_2G */
	uint64_t virt_addr;
};

/* Tries a place; returns 0 or -errno. */
typedef int physvm_vmm_attempt_t(struct physvm *handle, const struct physvm_vmm_place *place,
				 void *arg);

/**
 * physvm_vmm_place() - Put something at an address
 * @handle: of the device
 * @start: any address; NULL, rounded down, for one of our choice
 * @literal: 0 is an address like others
 * @attempt: what to do with it; may be called twice
 * @arg: for @attempt
 *
 * Return: what @attempt does, but EACCES for EEXIST.
 */
int physvm_vmm_place(struct physvm *handle, addr_t start, bool literal,
		     physvm_vmm_attempt_t *attempt, void *arg);

#endif
