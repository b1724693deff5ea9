// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches a pool, and tells those who listen. All of it happens where it is noticed,
 * with pool->lock held: event_post() may be called there.
 */
#include <linux/cred.h>
#include <linux/sched.h>

#include "event.h"
#include "pool.h"

static void post(const struct physvm_pool *pool, u32 kind, unsigned long pages)
{
	const struct event event = {
		.kind = kind,
		.has = EVENT_POOL | EVENT_PAGES,
		.pool = pool_kind(pool),
		.pages = pages,
	};

	lockdep_assert_held(&pool->lock);
	event_post(&event);
}

/**
 * watch_free_pages() - Notice that pool->nr_free has changed
 * @pool: the pool, locked
 * @more: to more than it was
 */
void watch_free_pages(struct physvm_pool *pool, bool more)
{
	struct pool_watch *watch = &pool->watch;

	if (more)
		watch->is_exhausted = false;
	if (!watch->is_low && pool->nr_free < watch->low) {
		watch->is_low = true;
		post(pool, PHYSVM_NL_EVENT_POOL_LOW, pool->nr_free);
	} else if (watch->is_low && pool->nr_free >= watch->high) {
		watch->is_low = false;
		post(pool, PHYSVM_NL_EVENT_POOL_HIGH, pool->nr_free);
	}
}

/**
 * watch_failed() - Notice that somebody got no pages, because there are too few
 * @pool: the pool, locked
 * @pages: asked for
 *
 * Told once until some come back: who asks in a loop is not told of in a loop.
 */
void watch_failed(struct physvm_pool *pool, unsigned long pages)
{
	const struct event event = {
		.kind = PHYSVM_NL_EVENT_POOL_EXHAUSTED,
		.has = EVENT_POOL | EVENT_PAGES | EVENT_UID | EVENT_PID,
		.pool = pool_kind(pool),
		.pages = pages,
		.uid = from_kuid(&init_user_ns, current_euid()),
		.pid = task_tgid_nr(current),
	};

	if (!pool->watch.is_exhausted)
		event_post(&event);
	pool->watch.is_exhausted = event_wanted();
}

/* Pages of a block have been in quarantine for long. With pool->lock. */
void watch_held(const struct physvm_pool *pool, const struct physvm_block *block)
{
	post(pool, PHYSVM_NL_EVENT_QUARANTINE_STUCK, block->nr_quarantined);
}

/* With pool->lock. */
void watch_resized(const struct physvm_pool *pool)
{
	post(pool, PHYSVM_NL_EVENT_POOL_RESIZED, pool_pages(pool));
}

/**
 * pool_set_watermarks() - Say of how many free pages there is to be news
 * @pool: the pool
 * @low_pages: of fewer than that; 0 for never
 * @high_pages: then of as many as that again
 *
 * Return: 0; -EINVAL if the high one is below the low one.
 */
int pool_set_watermarks(struct physvm_pool *pool, unsigned long low_pages,
			unsigned long high_pages)
{
	if (high_pages < low_pages)
		return -EINVAL;
	spin_lock(&pool->lock);
	pool->watch.low = low_pages;
	pool->watch.high = high_pages;
	watch_free_pages(pool, false);
	spin_unlock(&pool->lock);
	return 0;
}

void pool_watermarks(struct physvm_pool *pool, unsigned long *low_pages,
		     unsigned long *high_pages)
{
	spin_lock(&pool->lock);
	*low_pages = pool->watch.low;
	*high_pages = pool->watch.high;
	spin_unlock(&pool->lock);
}
