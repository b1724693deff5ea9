/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of what areas have is committed.
 */
#ifndef COMMITMENT_H
#define COMMITMENT_H

#include "ctl.h"

/**
 * struct commitment - pages of one pool that areas have
 * @owned: all of them
 * @committed: those that may be touched
 */
struct commitment {
	uint64_t owned;
	uint64_t committed;
};

/* Of areas the caller may see.  As physvm_nl_areas(). */
int commitment_read(struct ctl *ctl, uint32_t pool, struct commitment *commitment);

#endif
