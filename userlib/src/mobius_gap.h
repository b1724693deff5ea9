/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_GAP_H
#define MOBIUS_GAP_H

#include "mobius/vmm.h"

struct physvm_vmm_gap {
	addr_t start;
	addr_t end;
};

/**
 * physvm_vmm_gap() - Find out how many addresses are free
 * @addr: one of them
 * @gap: all that are free around it, on success
 *
 * Return: 0, or -EFAULT when something is mapped at @addr, or nothing ever can
 * be; -EMFILE, -ENFILE; -ENOENT without /proc.
 */
int physvm_vmm_gap(addr_t addr, struct physvm_vmm_gap *gap);

#endif
