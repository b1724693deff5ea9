/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_NAME_CALLS_H
#define FUZZ_NAME_CALLS_H

void forget_names(int device);

#endif
