/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a program in a process of its own, for a while at most.
 */
#ifndef FUZZ_RUNNER_H
#define FUZZ_RUNNER_H

#include "features.h"

enum end {
	END_EXITED,
	END_KILLED,	/* by us: on purpose, or because it took too long */
	END_DIED,	/* of something else */
	END_STUCK,	/* does not even go when killed */
};

struct run {
	enum end end;
	struct features features;
	struct report *report;	/* valid until the next run */
};

bool runner_init(const struct setting *setting);
void runner_run(const struct program *program, uint32_t id, unsigned int kill_after_us,
		struct run *run);

#endif
