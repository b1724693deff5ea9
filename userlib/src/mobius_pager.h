/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef MOBIUS_PAGER_H
#define MOBIUS_PAGER_H

#include <linux/physvm.h>
#include <stdbool.h>
#include <stdint.h>

struct physvm;

/**
 * physvm_vmm_pager() - The pager of this process
 * @handle: of the device
 *
 * Makes it when there is none.
 *
 * Return: its descriptor, or -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_vmm_pager(struct physvm *handle);

/* It has a thread from now on: 0 or -ENOMEM. */
int physvm_vmm_pager_start(void);

/* That descriptor leads nowhere, or somewhere else: the next will be another. */
void physvm_vmm_pager_lost(int fd);

/* One answer; 0 or -errno. */
int physvm_vmm_pager_answer(struct physvm_answer *answer);

/**
 * physvm_vmm_pager_asked() - What this thread is asked for right now
 * @start: set to the address of the page
 *
 * Return: the message, or NULL in any other thread.
 */
const struct physvm_message *physvm_vmm_pager_asked(uintptr_t *start);

/* It needs no other answer any more. */
void physvm_vmm_pager_answered(void);

#endif
