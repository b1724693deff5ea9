// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of an area that has none until they are committed, and gives them back
 * when they are decommitted.
 */
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "sparse.h"

/*
 * What pool_take() gave in one go. The runs stay where they are, as the pool
 * lists them, until the last of their pages is back.
 */
struct physvm_supply {
	unsigned long left;	/* pages not given back */
	unsigned int nr_runs;
	struct physvm_run runs[];
};

/*
 * One for all areas: a commit that spans several must be able to undo its part
 * of each, and nobody may rely on that part meanwhile.
 */
static DEFINE_MUTEX(lock);

int sparse_lock(void)
{
	return mutex_lock_killable(&lock);
}

void sparse_lock_uninterruptible(void)
{
	mutex_lock(&lock);
}

void sparse_unlock(void)
{
	mutex_unlock(&lock);
}

void sparse_pages_init(struct physvm_sparse *sparse, const struct physvm_want *want,
		       struct physvm_pool *pool)
{
	sparse->pool = pool;
	sparse->area = want->area;
	sparse->cache = want->cache;
	sparse->owner = want->owner;
	xa_init(&sparse->runs);
}

/* Supplying. */

static struct physvm_supply *take_supply(struct physvm_sparse *sparse,
					 unsigned long pages, unsigned long max_runs)
{
	const struct physvm_want want = {
		.area = sparse->area,
		.pages = pages,
		.cache = sparse->cache,
		.owner = sparse->owner,
		.divisible = true,
	};
	struct physvm_supply *supply = kvmalloc(struct_size(supply, runs, max_runs),
					 GFP_KERNEL_ACCOUNT);
	int ret;

	if (!supply)
		return ERR_PTR(-ENOMEM);
	ret = pool_take(sparse->pool, &want, supply->runs, max_runs);
	if (ret < 0) {
		kvfree(supply);
		return ERR_PTR(ret);
	}
	supply->nr_runs = ret;
	supply->left = pages;
	return supply;
}

static void index_supply(struct physvm_supply *supply, unsigned long page)
{
	unsigned int i;

	for (i = 0; i < supply->nr_runs; i++) {
		supply->runs[i].supply = supply;
		supply->runs[i].first = page;
		page += supply->runs[i].count;
	}
}

static int enter_run(struct physvm_sparse *sparse, struct physvm_run *run)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < run->count && !err; i++)
		err = xa_err(xa_store(&sparse->runs, run->first + i, run,
				      GFP_KERNEL_ACCOUNT));
	return err;
}

static void give_supply(struct physvm_pool *pool, struct physvm_supply *supply)
{
	pool_give(pool, supply->runs, supply->nr_runs);
	kvfree(supply);
}

static void forget_pages(struct physvm_sparse *sparse, unsigned long page,
			 unsigned long count)
{
	for (; count--; page++)
		xa_erase(&sparse->runs, page);
}

/* Pages [page, page + count), none of which has one. */
static int fill_hole(struct physvm_sparse *sparse, unsigned long page,
		     unsigned long count)
{
	struct physvm_supply *supply = take_supply(sparse, count,
					    count / PHYSVM_BLOCK_PAGES + 2);
	unsigned int i;
	int err = 0;

	if (supply == ERR_PTR(-ENOSPC))
		supply = take_supply(sparse, count, count);
	if (IS_ERR(supply))
		return PTR_ERR(supply);
	index_supply(supply, page);
	for (i = 0; i < supply->nr_runs && !err; i++) {
		err = enter_run(sparse, &supply->runs[i]);
		cond_resched();
	}
	if (err) {
		forget_pages(sparse, page, count);
		give_supply(sparse->pool, supply);
	}
	return err;
}

/* The end of the hole that begins at @page, if it is before @end. */
static unsigned long hole_end(struct physvm_sparse *sparse, unsigned long page,
			      unsigned long end)
{
	return xa_find(&sparse->runs, &page, end - 1, XA_PRESENT) ? page : end;
}

/**
 * sparse_supply() - See that pages are there
 * @sparse: locked
 * @page: the first
 * @count: how many
 *
 * Return: 0, or ENOMEM with some of them there: the caller withdraws what is
 * not committed.
 */
int sparse_supply(struct physvm_sparse *sparse, unsigned long page,
		  unsigned long count)
{
	const unsigned long end = page + count;
	unsigned long hole;
	int err = 0;

	lockdep_assert_held(&lock);
	for (; page < end && !err; page = max(hole, page + 1)) {
		hole = hole_end(sparse, page, end);
		if (hole - page > pool_pages(sparse->pool))
			return -ENOMEM;
		if (hole > page)
			err = fill_hole(sparse, page, hole - page);
	}
	return err;
}

/* Withdrawing. */

/* Pages of one run, which the area does not have any more. */
static void give_part(struct physvm_sparse *sparse, const struct physvm_run *run,
		      unsigned long page, unsigned long count)
{
	struct physvm_supply *supply = run->supply;
	const struct physvm_run part = {
		.block = run->block,
		.start = run->start + page - run->first,
		.count = count,
	};

	pool_give_part(sparse->pool, &part);
	supply->left -= count;
	if (supply->left)
		return;
	pool_stop_sharing(sparse->pool, supply->runs, supply->nr_runs);
	kvfree(supply);
}

/**
 * sparse_withdraw() - Give pages back to the pool
 * @sparse: locked, or with nobody else left
 * @page: the first; committed neither it nor the others, mapped nowhere
 * @count: how many, with or without a page
 */
void sparse_withdraw(struct physvm_sparse *sparse, unsigned long page,
		     unsigned long count)
{
	const unsigned long end = page + count;
	const struct physvm_run *run;

	for (; (run = sparse_next_run(sparse, &page, end)); page += count) {
		count = 1;
		while (page + count < end && sparse_run(sparse, page + count) == run)
			count++;
		forget_pages(sparse, page, count);
		give_part(sparse, run, page, count);
		cond_resched();
	}
}

void sparse_pages_destroy(struct physvm_sparse *sparse, unsigned long pages)
{
	sparse_withdraw(sparse, 0, pages);
	xa_destroy(&sparse->runs);
}
