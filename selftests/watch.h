/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of which every read waits until the test allows or denies it. Include
 * after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_WATCH_H
#define PHYSVM_SELFTESTS_WATCH_H

#include <poll.h>
#include <sys/fanotify.h>

#include "util.h"

/* The descriptor, or -1. Only files opened from now on are sure to be watched. */
static inline int watch_file(const char *path)
{
	int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);

	if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM, AT_FDCWD, path)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* Is a read waiting? Waits for it, for @ms at most. */
static inline bool watch_waits(int watch, int ms)
{
	struct pollfd poll_fd = { .fd = watch, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1;
}

/* The next read, for watch_answer(); -1 when there is none within ten seconds. */
static inline int watch_next(int watch)
{
	struct fanotify_event_metadata event;

	if (!watch_waits(watch, 10000) || read(watch, &event, sizeof(event)) != sizeof(event))
		return -1;
	return event.fd;
}

static inline bool watch_answer(int watch, int read_fd, uint32_t answer)
{
	struct fanotify_response response = { .fd = read_fd, .response = answer };
	bool written = write(watch, &response, sizeof(response)) == sizeof(response);

	close(read_fd);
	return written;
}

/* Allows @count reads that come. */
static inline bool watch_allow(int watch, int count)
{
	while (count && watch_answer(watch, watch_next(watch), FAN_ALLOW))
		count--;
	return !count;
}

#endif
