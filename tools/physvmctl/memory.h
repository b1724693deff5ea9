/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is there, or the program ends.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

void out_of_memory(void) __attribute__((noreturn));

/* Twice the room, or if there is no array yet, @room. */
void *grow_array(void *array, size_t *room, size_t size);

#endif
