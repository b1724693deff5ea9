/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images in files. Include after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_IMAGE_FILE_H
#define PHYSVM_SELFTESTS_IMAGE_FILE_H

#include "images.h"
#include "util.h"

/* The descriptor, or -1. */
static inline int memory_file(const void *bytes, size_t size)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, bytes, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

#endif
