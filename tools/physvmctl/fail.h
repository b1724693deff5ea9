/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling what went wrong, and the exit status for it.
 */
#ifndef FAIL_H
#define FAIL_H

#include "ctl.h"

/* @err is -errno; adds what the kernel said about it. */
int fail(const struct ctl *ctl, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A command line that makes no sense. */
int fail_usage(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* No connection. */
int fail_connect(int err);

/* A list that changed each time it was read is shown all the same. */
int list_result(const struct ctl *ctl, int result, const char *what);

#endif
