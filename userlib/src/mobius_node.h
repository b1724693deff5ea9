/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_NODE_H
#define MOBIUS_NODE_H

#include "mobius/vmm.h"

/**
 * physvm_vmm_node() - Take a snapshot of the node an address is in
 * @addr: any address
 * @node: set on success; this thread's, until it has taken eight more
 *
 * Return: 0, or -EFAULT where what is mapped is not physvm's; or as
 * physvm_with_default_handle().
 */
int physvm_vmm_node(addr_t addr, vm_node_t **node);

/* The node whose snapshot of its area that is, if it is one of this thread's; or NULL. */
const vm_node_t *physvm_vmm_node_of(const vm_desc_t *desc);

#endif
