/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_IOCTL_CALLS_H
#define FUZZ_IOCTL_CALLS_H

#include "machine.h"

/* The first arguments of all ioctls. */
enum { DEV, AT, EXTRA, TAIL, REST };

/* Of every paged area. */
#define COOKIE 0x5e1f0ull

long device_call(struct machine *machine, const uint64_t *args, unsigned long cmd,
		 void *data, size_t size);
bool settled(const struct machine *machine, const uint64_t *args);
bool is_pager(int fd);
bool is_region(int fd);

#endif
