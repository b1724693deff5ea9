/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's log: whether it complains, so that the program it complains
 * about can be told.
 */
#ifndef FUZZ_KERNEL_LOG_H
#define FUZZ_KERNEL_LOG_H

#include <stdbool.h>

bool kernel_log_open(const char *splats);
const char *kernel_log_complaint(void);

#endif
