/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program: calls, one after the other, and possibly two threads' worth of
 * calls that run at the same time, several rounds of them. In writing, one call
 * a line; "1:" and "2:" are the threads; "rounds N" and "#" comments.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "call.h"

#define MAX_CALLS 32
#define LANES 3

struct program {
	unsigned int nr_calls;
	unsigned int rounds;
	struct call calls[MAX_CALLS];
};

bool program_races(const struct program *program);
void program_generate(struct rng *rng, struct program *program);
void program_mutate(struct rng *rng, struct program *program, const struct program *other);
void program_remove(struct program *program, unsigned int call);

void program_print(FILE *out, const struct program *program, const char *prefix);
bool program_parse(FILE *in, struct program *program);
uint32_t program_hash(const struct program *program);

#endif
