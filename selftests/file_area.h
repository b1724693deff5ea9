/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of known contents, and areas that show them. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_FILE_AREA_H
#define PHYSVM_SELFTESTS_FILE_AREA_H

#include <sys/stat.h>

#include "util.h"

#define RW (PROT_READ | PROT_WRITE)

/* What byte @i of a file says, in its @version: never zero. */
static inline unsigned char file_byte(size_t i, unsigned int version)
{
	return (i * 167 + (i >> 12) * 31 + version * 59) % 255 + 1;
}

static inline void fill_bytes(void *to, size_t offset, size_t length, unsigned int version)
{
	size_t i;

	for (i = 0; i < length; i++)
		((unsigned char *)to)[i] = file_byte(offset + i, version);
}

/* How many bytes from @addr on are those of the file from @offset on? */
static inline size_t same_bytes(const char *addr, size_t offset, size_t length,
				unsigned int version)
{
	size_t i = 0;

	while (i < length && (unsigned char)addr[i] == file_byte(offset + i, version))
		i++;
	return i;
}

static inline bool write_file(int fd, size_t length, unsigned int version)
{
	char *bytes = malloc(length + 1);
	bool written;

	fill_bytes(bytes, 0, length, version);
	written = pwrite(fd, bytes, length, 0) == (ssize_t)length;
	free(bytes);
	return written;
}

/* Its descriptor, or -1. @path is a template of mkostemp(3) and becomes the name. */
static inline int make_file(char *path, size_t length)
{
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 || write_file(fd, length, 0))
		return fd;
	close(fd);
	return -1;
}

static inline struct physvm_alloc file_args(int source, uint64_t length)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_FILE);

	args.source_fd = source;
	return args;
}

/* The address, or NULL with errno. */
static inline char *file_map(int fd, int source, uint64_t length)
{
	struct physvm_alloc args = file_args(source, length);

	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

#endif
