/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SUPPLY_H
#define PHYSVM_SUPPLY_H

#include "pool.h"

struct supply_sheet;

/**
 * struct physvm_supply - What pool_take() gave in one go
 * @payer: who is charged for them
 * @left: pages not given back
 * @sheet: what it is part of, if it has not been allocated for itself
 * @nr_runs: length of @runs
 * @runs: as the pool lists them: they stay where they are until the last of
 *	their pages is back
 */
struct physvm_supply {
	struct payer *payer;
	unsigned long left;
	struct supply_sheet *sheet;
	unsigned int nr_runs;
	struct physvm_run runs[];
};

struct physvm_supply *supply_take(struct physvm_pool *pool, const struct physvm_want *want,
				  struct supply_sheet **sheet);
void supply_drop_sheet(struct supply_sheet **sheet);
void supply_give(struct physvm_pool *pool, struct physvm_supply *supply);
void supply_give_part(struct physvm_pool *pool, const struct physvm_run *run,
		      unsigned long page, unsigned long count);
void supply_forget_part(struct physvm_pool *pool, const struct physvm_run *run,
			unsigned long count);
void *supply_address(struct physvm_supply *supply, unsigned long index,
		     unsigned long *contiguous);

#endif
