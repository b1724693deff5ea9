/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What grow and shrink have in common.
 */
#ifndef RESIZE_H
#define RESIZE_H

#include "ctl.h"

typedef int resize_fn(struct physvm_nl *nl, const struct physvm_nl_resize *resize,
		      struct physvm_nl_pool_info *info);

/* @done: "larger" or "smaller"; an exit status. */
int resize_run(struct ctl *ctl, int argc, char **argv, resize_fn *fn, const char *done);

#endif
