// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches how many pages of a pool are free, and has somebody told. What happens
 * is noted under pool->lock, where it happens; who is told is told by a worker, so
 * that telling may sleep. Events that come faster than they are told are told
 * once: the counts say how many there were.
 */
#include "pool.h"

/* With pool->lock. */
void watch_post(struct physvm_pool *pool, enum pool_event event)
{
	pool->watch.counts[event]++;
	pool->watch.pending |= BIT(event);
	if (pool->watch.notify)
		queue_work(pool->workqueue, &pool->watch.work);
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
		watch_post(pool, POOL_EVENT_LOW);
	} else if (watch->is_low && pool->nr_free >= watch->high) {
		watch->is_low = false;
		watch_post(pool, POOL_EVENT_HIGH);
	}
}

/* With pool->lock. Who asks in a loop is not told of in a loop. */
void watch_post_exhausted(struct physvm_pool *pool)
{
	if (pool->watch.is_exhausted)
		return;
	pool->watch.is_exhausted = true;
	watch_post(pool, POOL_EVENT_EXHAUSTED);
}

/* Of both crossings the last one told is the last one that was. */
static void tell(struct work_struct *work)
{
	struct physvm_pool *pool = container_of(work, struct physvm_pool, watch.work);
	struct pool_watch *watch = &pool->watch;
	typeof(watch->notify) notify;
	unsigned long pending;
	unsigned int event;
	bool is_low;

	spin_lock(&pool->lock);
	pending = watch->pending;
	watch->pending = 0;
	is_low = watch->is_low;
	notify = watch->notify;
	spin_unlock(&pool->lock);
	if (!notify)
		return;
	if (is_low && __test_and_clear_bit(POOL_EVENT_HIGH, &pending))
		notify(pool, POOL_EVENT_HIGH);
	for_each_set_bit(event, &pending, NR_POOL_EVENTS)
		notify(pool, event);
}

void watch_init(struct pool_watch *watch)
{
	INIT_WORK(&watch->work, tell);
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

/**
 * pool_set_notify() - Say who is to be told of events
 * @pool: the pool
 * @notify: called by a worker with nothing locked; NULL for nobody, from when
 *	this has returned
 */
void pool_set_notify(struct physvm_pool *pool,
		     void (*notify)(struct physvm_pool *pool, enum pool_event event))
{
	spin_lock(&pool->lock);
	pool->watch.notify = notify;
	pool->watch.pending = 0;
	spin_unlock(&pool->lock);
	if (!notify)
		cancel_work_sync(&pool->watch.work);
}
