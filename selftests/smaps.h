/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says about this process's mappings.
 */
#ifndef PHYSVM_SELFTESTS_SMAPS_H
#define PHYSVM_SELFTESTS_SMAPS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A line of /proc/self/smaps, in bytes, such as "Rss" or "FilePmdMapped": the
 * sum over all mappings that have something of [addr, addr + length).
 */
static inline size_t smaps(const void *addr, size_t length, const char *name)
{
	const unsigned long first = (uintptr_t)addr, last = first + length - 1;
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long start, end, kib = 0, value;
	char line[512], key[64];
	int inside = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start <= last && first < end;
		else if (inside && sscanf(line, "%63[^:]: %lu kB", key, &value) == 2 &&
			 !strcmp(key, name))
			kib += value;
	}
	fclose(file);
	return kib * 1024;
}

#endif
