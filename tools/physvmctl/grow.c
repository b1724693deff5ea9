// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl grow: add memory to a pool.
 */
#include "resize.h"

int grow_run(struct ctl *ctl, int argc, char **argv)
{
	return resize_run(ctl, argc, argv, physvm_nl_grow, "larger");
}
