/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files for tests of I/O. Include after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_SCRATCH_H
#define PHYSVM_SELFTESTS_SCRATCH_H

#include <fcntl.h>

#define SCRATCH "/disk"

/* A nameless file, on the scratch disk of vm/run.sh or else here; or -1. */
static inline int open_scratch(int flags)
{
	int file = open(SCRATCH, O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);

	return file >= 0 ? file : open(".", O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);
}

#endif
