// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Giving the addresses of a region back.
 *
 * The program may have unmapped parts of it, and have something else there by
 * now.  So what is unmapped is what /proc says is of the region's file.  The
 * format is that of proc(5): start-end permissions offset major:minor inode, all
 * but the last hexadecimal.
 */
#include "zircon_unmap.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "sys.h"

struct mapping {
	uintptr_t start;
	uintptr_t end;
	uint64_t device;
	uint64_t inode;
};

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : 16;
}

/* A number and the character behind it. */
static uint64_t number(const char **text, unsigned int base)
{
	uint64_t value = 0;

	for (; digit(**text) < base; ++*text)
		value = value * base + digit(**text);
	if (**text)
		++*text;
	return value;
}

static struct mapping mapping_of(const char *line)
{
	struct mapping mapping;
	uint64_t major;

	mapping.start = number(&line, 16);
	mapping.end = number(&line, 16);
	line += strcspn(line, " ");
	line += strspn(line, " ");
	number(&line, 16);
	major = number(&line, 16);
	mapping.device = makedev(major, number(&line, 16));
	mapping.inode = number(&line, 10);
	return mapping;
}

static void unmap_if_ours(const struct virtual_alloc *object, struct mapping mapping)
{
	if (mapping.device == object->device && mapping.inode == object->inode)
		physvm_sys_munmap((void *)mapping.start, mapping.end - mapping.start);
}

/* The lines that are complete; returns how much of @text they are. */
static size_t unmap_lines(const struct virtual_alloc *object, const char *text)
{
	const char *line = text, *end;

	while ((end = strchr(line, '\n'))) {
		unmap_if_ours(object, mapping_of(line));
		line = end + 1;
	}
	return (size_t)(line - text);
}

static void unmap_by(const struct virtual_alloc *object, int maps)
{
	char text[8192];	/* more than a line */
	size_t size = 0, done;
	ssize_t got;

	while ((got = physvm_sys_read(maps, text + size, sizeof(text) - size - 1)) > 0) {
		size += (size_t)got;
		text[size] = '\0';
		done = unmap_lines(object, text);
		size -= done;
		memmove(text, text + done, size);
	}
}

/* Without /proc there is nobody to ask, and a hole is less likely than no hole. */
void physvm_zx_unmap(const struct virtual_alloc *object)
{
	int maps = physvm_sys_open_to_read("/proc/self/maps");

	if (maps < 0) {
		physvm_sys_munmap((void *)object->base, object->size);
		return;
	}
	unmap_by(object, maps);
	physvm_sys_close(maps);
}
