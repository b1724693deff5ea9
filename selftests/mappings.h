/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped where, whatever number of mappings the kernel has for it: one
 * that it has split or not joined again looks like the whole. Include after
 * util.h.
 */
#ifndef PHYSVM_SELFTESTS_MAPPINGS_H
#define PHYSVM_SELFTESTS_MAPPINGS_H

#include "util.h"

struct mapping {
	unsigned long start;
	unsigned long end;
	unsigned long offset;
	char prot[8];
	char file[160];		/* device, inode, name */
};

static inline bool mapping_parse(struct mapping *mapping, const char *line)
{
	*mapping = (struct mapping){};
	return sscanf(line, "%lx-%lx %7s %lx %159[^\n]", &mapping->start, &mapping->end,
		      mapping->prot, &mapping->offset, mapping->file) >= 4;
}

/* Anonymous memory has no offset. */
static inline bool mapping_goes_on(const struct mapping *mapping, const struct mapping *next)
{
	return mapping->end == next->start && !strcmp(mapping->prot, next->prot) &&
	       !strcmp(mapping->file, next->file) &&
	       (!next->offset ||
		mapping->offset + mapping->end - mapping->start == next->offset);
}

static inline uint64_t mapping_hash(const struct mapping *mapping)
{
	const unsigned char *bytes = (const unsigned char *)mapping;
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < sizeof(*mapping); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

/* All of /proc/self/maps; in static memory, for mappings are being compared. */
static inline const char *mappings_text(void)
{
	static char text[256 << 10];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n, size = 0;

	while ((n = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += n;
	close(fd);
	text[size] = '\0';
	return text;
}

static inline uint64_t hash_mappings(void)
{
	struct mapping all = {}, next;
	const char *line;
	uint64_t hash = 0;

	for (line = mappings_text(); line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!mapping_parse(&next, line))
			break;
		if (mapping_goes_on(&all, &next)) {
			all.end = next.end;
			continue;
		}
		hash = hash * 31 + mapping_hash(&all);
		all = next;
	}
	return hash * 31 + mapping_hash(&all);
}

#endif
