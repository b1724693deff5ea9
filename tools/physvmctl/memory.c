// SPDX-License-Identifier: GPL-2.0-only
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM_FIRST 64

void out_of_memory(void)
{
	fprintf(stderr, "physvmctl: out of memory\n");
	exit(EXIT_FAILURE);
}

void *grow_array(void *array, size_t *room, size_t size)
{
	if (array)
		*room *= 2;
	else if (!*room)
		*room = ROOM_FIRST;
	array = reallocarray(array, *room, size);
	if (!array)
		out_of_memory();
	return array;
}
