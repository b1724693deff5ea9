/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's parameters that can be changed while it is loaded.
 */
#ifndef PHYSVM_SELFTESTS_PARAMETER_H
#define PHYSVM_SELFTESTS_PARAMETER_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline int parameter_open(const char *name, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/physvm/parameters/%s", name);
	return open(path, flags | O_CLOEXEC);
}

/* The errno, 0 for success. */
static inline int parameter_set(const char *name, const char *value)
{
	int fd = parameter_open(name, O_WRONLY);
	int err = write(fd, value, strlen(value)) < 0 ? errno : 0;

	close(fd);
	return err;
}

/* Without the end of line; "?" if it cannot be read. Valid until the next call. */
static inline const char *parameter(const char *name)
{
	static char value[64];
	int fd = parameter_open(name, O_RDONLY);
	ssize_t length = read(fd, value, sizeof(value) - 1);

	close(fd);
	if (length < 0)
		return "?";
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return value;
}

#endif
