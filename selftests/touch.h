/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Touches that may fault, in any thread: after catch_faults() a signal only
 * means that the touch has failed.
 */
#ifndef PHYSVM_SELFTESTS_TOUCH_H
#define PHYSVM_SELFTESTS_TOUCH_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>

static __thread sigjmp_buf touch_failed;

static void on_failed_touch(int signal)
{
	siglongjmp(touch_failed, signal);
}

static inline void catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_failed_touch, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* 0, or the signal. */
static inline int try_load(const volatile unsigned long *from, unsigned long *value)
{
	const int signal = sigsetjmp(touch_failed, 0);

	if (!signal)
		*value = *from;
	return signal;
}

static inline int try_store(volatile unsigned long *to, unsigned long value)
{
	const int signal = sigsetjmp(touch_failed, 0);

	if (!signal)
		*to = value;
	return signal;
}

#endif
