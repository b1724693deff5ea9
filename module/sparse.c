// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of an area that has none until they are committed, and gives them back
 * when they are decommitted.
 */
#include "sparse.h"

/* Locking. */

/*
 * A commit that spans areas must be able to undo its part of each, and nobody
 * may rely on that part meanwhile, so it locks them all. One task at a time does
 * so: whoever else waits for a lock holds none that it could wait for.
 */
static DEFINE_MUTEX(several);

int sparse_lock(struct physvm_sparse *sparse)
{
	return mutex_lock_killable(&sparse->lock);
}

void sparse_lock_uninterruptible(struct physvm_sparse *sparse)
{
	mutex_lock(&sparse->lock);
}

void sparse_unlock(struct physvm_sparse *sparse)
{
	mutex_unlock(&sparse->lock);
}

int sparse_begin_several(void)
{
	return mutex_lock_killable(&several);
}

void sparse_end_several(void)
{
	mutex_unlock(&several);
}

/* Nothing when it is among the several already: nobody else sets current. */
void sparse_lock_another(struct physvm_sparse *sparse)
{
	if (READ_ONCE(sparse->holder) == current)
		return;
	mutex_lock_nest_lock(&sparse->lock, &several);
	WRITE_ONCE(sparse->holder, current);
}

void sparse_unlock_another(struct physvm_sparse *sparse)
{
	if (READ_ONCE(sparse->holder) != current)
		return;
	WRITE_ONCE(sparse->holder, NULL);
	mutex_unlock(&sparse->lock);
}

void sparse_pages_init(struct physvm_sparse *sparse, const struct physvm_want *want,
		       struct physvm_pool *pool)
{
	mutex_init(&sparse->lock);
	sparse->pool = pool;
	sparse->area = want->area;
	sparse->cache = want->cache;
	sparse->owner = want->owner;
	sparse->payer = want->payer;
	sparse->sheet = NULL;
	xa_init(&sparse->runs);
}

/* Supplying. */

/* Pages for the area, not in it yet: supply_take(). */
struct physvm_supply *sparse_take(struct physvm_sparse *sparse, unsigned long pages)
{
	const struct physvm_want want = {
		.area = sparse->area,
		.pages = pages,
		.cache = sparse->cache,
		.owner = sparse->owner,
		.divisible = true,
		.payer = sparse->payer,
	};

	return supply_take(sparse->pool, &want, &sparse->sheet);
}

/* Returns how many pages there was room for, or an error. */
static int enter_run(struct physvm_sparse *sparse, struct physvm_run *run)
{
	XA_STATE(xas, &sparse->runs, run->first);
	unsigned int i = 0;
	int entered = 0;

	do {
		xas_lock(&xas);
		while (i < run->count) {
			if (!xas_load(&xas)) {
				xas_store(&xas, run);
				if (xas_error(&xas))
					break;
				entered++;
			}
			if (++i < run->count)
				xas_next(&xas);
		}
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL_ACCOUNT));
	return xas_error(&xas) ?: entered;
}

static bool is_entered(const struct physvm_sparse *sparse, unsigned long page,
		       const struct physvm_supply *supply)
{
	const struct physvm_run *run = sparse_run(sparse, page);

	return run && run->supply == supply;
}

static void remove_entered(struct physvm_sparse *sparse, unsigned long page,
			   const struct physvm_supply *supply)
{
	const unsigned long end = page + supply->left;

	for (; page < end; page++)
		if (is_entered(sparse, page, supply))
			xa_erase(&sparse->runs, page);
}

/* How many pages there was room for; or an error, with none of them entered. */
static long enter_all(struct physvm_sparse *sparse, unsigned long page,
		      struct physvm_supply *supply)
{
	unsigned long entered = 0;
	unsigned int i;

	lockdep_assert_held(&sparse->lock);
	for (i = 0; i < supply->nr_runs; i++)
		supply->runs[i].first += page;
	for (i = 0; i < supply->nr_runs; i++) {
		int ret = enter_run(sparse, &supply->runs[i]);

		if (ret < 0) {
			remove_entered(sparse, page, supply);
			return ret;
		}
		entered += ret;
		if (i + 1 < supply->nr_runs)
			cond_resched();
	}
	return entered;
}

/* The last of them may be the last of the supply. */
static void give_surplus(struct physvm_sparse *sparse, struct physvm_supply *supply,
			 unsigned long surplus)
{
	const struct physvm_run *run = supply->runs;
	unsigned int i = 0;

	while (surplus) {
		if (i == run->count) {
			run++;
			i = 0;
		} else if (sparse_run(sparse, run->first + i) != run) {
			surplus--;
			supply_give_part(sparse->pool, run, run->first + i++, 1);
		} else {
			i++;
		}
	}
}

/**
 * sparse_enter() - Give the area the pages of a supply
 * @sparse: locked
 * @page: where the first goes, and the others follow it; those for which
 *	there is one already go back to the pool
 * @supply: from sparse_take(); used up in any case
 *
 * Return: how many have found room, or ENOMEM.
 */
long sparse_enter(struct physvm_sparse *sparse, unsigned long page,
		  struct physvm_supply *supply)
{
	const unsigned long count = supply->left;
	const long entered = enter_all(sparse, page, supply);

	if (entered < 0)
		supply_give(sparse->pool, supply);
	else if (entered < count)
		give_surplus(sparse, supply, count - entered);
	return entered;
}

/**
 * sparse_adopt() - Give the area the pages of a supply that were another's
 * @sparse: locked
 * @page: as for sparse_enter()
 * @supply: not listed with the pool so far; used up unless this fails
 *
 * Return: how many have found room, or ENOMEM.
 */
long sparse_adopt(struct physvm_sparse *sparse, unsigned long page,
		  struct physvm_supply *supply)
{
	const unsigned long count = supply->left;
	const long entered = enter_all(sparse, page, supply);

	if (entered < 0)
		return entered;
	pool_share(sparse->pool, supply->runs, supply->nr_runs);
	give_surplus(sparse, supply, count - entered);
	return entered;
}

/* Pages [page, page + count), none of which has one. */
static int fill_hole(struct physvm_sparse *sparse, unsigned long page,
		     unsigned long count)
{
	struct physvm_supply *supply = sparse_take(sparse, count);
	long entered = IS_ERR(supply) ? PTR_ERR(supply) : sparse_enter(sparse, page, supply);

	return min(entered, 0l);
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
 * Return: 0, or ENOMEM, EDQUOT with some of them there: the caller withdraws what is
 * not committed.
 */
int sparse_supply(struct physvm_sparse *sparse, unsigned long page,
		  unsigned long count)
{
	const unsigned long end = page + count;
	unsigned long hole;
	int err = 0;

	lockdep_assert_held(&sparse->lock);
	for (; page < end && !err; page = max(hole, page + 1)) {
		hole = hole_end(sparse, page, end);
		if (hole > page)
			err = fill_hole(sparse, page, hole - page);
	}
	return err;
}

/* Withdrawing. */

static void forget_pages(struct physvm_sparse *sparse, unsigned long page,
			 unsigned long count)
{
	for (; count--; page++)
		xa_erase(&sparse->runs, page);
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
		supply_give_part(sparse->pool, run, page, count);
		cond_resched();
	}
}

void sparse_pages_destroy(struct physvm_sparse *sparse, unsigned long pages)
{
	sparse_withdraw(sparse, 0, pages);
	supply_drop_sheet(&sparse->sheet);
	xa_destroy(&sparse->runs);
}
