/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users by name.
 */
#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <stdint.h>

struct user_text {
	char text[40];
};

/* The name, or the number where there is none. */
struct user_text user_word(uint32_t uid);

/* A name or a number. */
bool parse_user(const char *text, uint32_t *uid);

#endif
