/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom a limit is about.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account_text {
	char text[64];
};

/* "nobody", "cgroup:1234" */
struct account_text account_text(uint32_t account, uint64_t id);

/* A user's name or number, "cgroup:" and a number, or a cgroup's directory. */
bool parse_account(const char *text, uint32_t *account, uint64_t *id);

#endif
