/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the demo prints: a heading, what is done, what was seen.
 */
#ifndef PHYSVM_DEMO_STAGE_H
#define PHYSVM_DEMO_STAGE_H

#include <stdbool.h>

void heading(const char *text);

/* Shows a statement and runs it: what is printed is what is done. */
#define DO(statement) \
	do { \
		show_code(#statement ";"); \
		statement; \
	} while (0)

void show_code(const char *text);

/* An observation, and whether it is as it should be. */
void saw(bool right, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An observation that could not be made. */
void not_seen(const char *why);

/* The exit status: were all observations right? */
int verdict(void);

#endif
