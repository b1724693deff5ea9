/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_SPARSE_H
#define PHYSVM_SPARSE_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include "supply.h"

/**
 * struct physvm_sparse - The pages of an area that has none until committed
 * @lock: held while pages come and go
 * @holder: who has @lock as one of several
 * @pool: where they come from
 * @area: whose they are
 * @cache: enum physvm_cache
 * @owner: user to whom they go
 * @payer: who is charged for them
 * @sheet: where supplies of one page come from
 * @runs: by page of the area, the run it is in
 *
 * Which page has one can be asked under @lock, or under any lock under which a
 * committed page stays committed. Outside @lock the pages that are there are
 * those committed.
 */
struct physvm_sparse {
	struct mutex lock; /* which pages there are */
	struct task_struct *holder;
	struct physvm_pool *pool;
	struct physvm_area *area;
	u8 cache;
	kuid_t owner;
	struct payer *payer;
	struct supply_sheet *sheet;
	struct xarray runs;
};

int sparse_lock(struct physvm_sparse *sparse);
void sparse_lock_uninterruptible(struct physvm_sparse *sparse);
void sparse_unlock(struct physvm_sparse *sparse);

int sparse_begin_several(void);
void sparse_lock_another(struct physvm_sparse *sparse);
void sparse_unlock_another(struct physvm_sparse *sparse);
void sparse_end_several(void);

void sparse_pages_init(struct physvm_sparse *sparse, const struct physvm_want *want,
		       struct physvm_pool *pool);
void sparse_pages_destroy(struct physvm_sparse *sparse, unsigned long pages);

struct physvm_supply *sparse_take(struct physvm_sparse *sparse, unsigned long pages);
long sparse_enter(struct physvm_sparse *sparse, unsigned long page,
		  struct physvm_supply *supply);
long sparse_adopt(struct physvm_sparse *sparse, unsigned long page,
		  struct physvm_supply *supply);
int sparse_supply(struct physvm_sparse *sparse, unsigned long page,
		  unsigned long count);
void sparse_withdraw(struct physvm_sparse *sparse, unsigned long page,
		     unsigned long count);

/* The run at the first page from @page on that has one; NULL when none has. */
static inline const struct physvm_run *
sparse_next_run(struct physvm_sparse *sparse, unsigned long *page, unsigned long end)
{
	return *page < end ? xa_find(&sparse->runs, page, end - 1, XA_PRESENT) : NULL;
}

static inline const struct physvm_run *
sparse_run(const struct physvm_sparse *sparse, unsigned long page)
{
	return xa_load((struct xarray *)&sparse->runs, page);
}

#endif
