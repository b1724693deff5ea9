// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl shrink: give free memory of a pool back.
 */
#include "resize.h"

int shrink_run(struct ctl *ctl, int argc, char **argv)
{
	return resize_run(ctl, argc, argv, physvm_nl_shrink, "smaller");
}
