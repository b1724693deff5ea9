/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the Möbius calls (Vmm*) need here and Möbius itself has not.
 */
#ifndef PHYSVM_MOBIUS_H
#define PHYSVM_MOBIUS_H

#include <mobius/vmm.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * physvm_mobius_process() - The process
 *
 * What VmmPageFault() is given, and where the tree is that VmmLookupNode() looks
 * through: what current()->process is in Möbius' kernel.
 *
 * Return: the process that runs.  It cannot fail.
 */
process_t *physvm_mobius_process(void);

#ifdef __cplusplus
}
#endif

#endif /* PHYSVM_MOBIUS_H */
