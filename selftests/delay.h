/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows of races, held open by kmod/physvm_delay. Include after
 * kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_DELAY_H
#define PHYSVM_SELFTESTS_DELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include "kmod.h"

#define DELAY "physvm_delay"
#define DELAY_FILE(name) "/sys/module/" DELAY "/parameters/" name

static struct {
	int hits;
	int left;
} delay = { -1, -1 };

/* Tests that need windows are skipped where nobody has built the module. */
#define SKIP_WITHOUT_DELAY() \
	do { \
		if (access("/lib/" DELAY ".ko", R_OK)) \
			SKIP(return, "no /lib/" DELAY ".ko to open windows with"); \
	} while (0)

static inline void delay_end(void)
{
	close(delay.hits);
	close(delay.left);
	kmod_unload(DELAY);
}

/* @params as physvm_delay.c has them; 0 or the errno. */
static inline int delay_begin(const char *params)
{
	int err = kmod_load(DELAY, params);

	if (err)
		return err;
	delay.hits = open(DELAY_FILE("hits"), O_RDONLY | O_CLOEXEC);
	delay.left = open(DELAY_FILE("left"), O_RDONLY | O_CLOEXEC);
	return 0;
}

/* The first window's count. */
static inline int delay_count(int fd)
{
	char text[64] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : -1;
}

/* Is somebody held just now? */
static inline bool delay_is_open(void)
{
	/* In this order: who comes in between must not be taken for one who stays. */
	const int hits = delay_count(delay.hits);

	return delay_count(delay.left) < hits;
}

/* Waits until somebody has come since there were @hits; false if nobody does. */
static inline bool delay_wait(int hits)
{
	const time_t end = time(NULL) + 20;

	while (delay_count(delay.hits) == hits)
		if (time(NULL) > end)
			return false;
	return true;
}

/* The task's own name: what windows tell tasks apart by. */
static inline void delay_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}

#endif
