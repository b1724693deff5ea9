/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas nobody but us has. Nobody may change them, and without them and without
 * any program the pool is as it was in the beginning.
 */
#ifndef FUZZ_SENTINEL_H
#define FUZZ_SENTINEL_H

#include <stdbool.h>

bool sentinels_post(int device);
bool sentinels_intact(void);
void sentinels_dismiss(void);

#endif
