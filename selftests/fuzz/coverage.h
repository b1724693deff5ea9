/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which places in the module a program came by, from KCOV. Without it, or with
 * a module built without it, the fuzzer is blind and goes by errors alone.
 */
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include "features.h"

bool coverage_open(void);
void coverage_reset(void);
void coverage_begin(unsigned int lane);
void coverage_collect(struct features *features);
void coverage_print(const struct features *features);

#endif
