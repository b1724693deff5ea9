/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef POOLS_H
#define POOLS_H

struct physvm;
struct physvm_alloc;

/**
 * physvm_pools_alloc() - Make an area out of the pool that can give it
 * @handle: of the device
 * @alloc: without PHYSVM_ALLOC_HIDDEN, which is added when that pool it is
 *
 * Return: as physvm_alloc().
 */
int physvm_pools_alloc(struct physvm *handle, struct physvm_alloc *alloc);

#endif
