/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the demo finds out what really happened: from the kernel, not from the
 * library that is being shown.
 */
#ifndef PHYSVM_DEMO_OBSERVE_H
#define PHYSVM_DEMO_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "../smaps.h"

/* Bytes that are mapped right now, without touching any: mincore(2). */
size_t resident(const void *addr, size_t size);

/* The protection of the mapping around @addr, such as "rw-s". */
const char *permissions(const void *addr);

/* Where the memory is: /proc/self/pagemap. For root; others get 0. */
unsigned long long physical_address(const void *addr);

/* The address at which @act gets SIGSEGV, or NULL if it does not. */
void *caught_at(void (*act)(char *addr), char *addr);

bool all_bytes(const char *addr, size_t size, char value);

#endif
