/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_WATCH_H
#define PHYSVM_WATCH_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct physvm_pool;

/**
 * enum pool_event - What an administrator is told about
 * @POOL_EVENT_LOW: fewer pages are free than the low watermark
 * @POOL_EVENT_HIGH: after that, as many as the high one
 * @POOL_EVENT_EXHAUSTED: somebody got no pages; told once until some come back
 * @POOL_EVENT_STUCK: pages of a block have been in quarantine for long; told once
 *	until that block has none
 */
enum pool_event {
	POOL_EVENT_LOW,
	POOL_EVENT_HIGH,
	POOL_EVENT_EXHAUSTED,
	POOL_EVENT_STUCK,
	NR_POOL_EVENTS,
};

/**
 * struct pool_watch - When to tell somebody how the pool is doing
 * @low: watermark, in pages; 0 for none
 * @high: watermark, not below @low
 * @is_low: @low was crossed, and @high has not been since
 * @is_exhausted: somebody got no pages, and none have come back since
 * @pending: a bit for each enum pool_event that nobody has been told of
 * @counts: how often each event has come about
 * @notify: tells; called by @work, with nothing locked. May be NULL
 * @work: calls it
 *
 * All but @work is protected by pool->lock.
 */
struct pool_watch {
	unsigned long low;
	unsigned long high;
	bool is_low;
	bool is_exhausted;
	unsigned long pending;
	u64 counts[NR_POOL_EVENTS];
	void (*notify)(struct physvm_pool *pool, enum pool_event event);
	struct work_struct work;
};

void watch_init(struct pool_watch *watch);
void watch_free_pages(struct physvm_pool *pool, bool more);
void watch_post(struct physvm_pool *pool, enum pool_event event);
void watch_post_exhausted(struct physvm_pool *pool);

int pool_set_watermarks(struct physvm_pool *pool, unsigned long low_pages,
			unsigned long high_pages);
void pool_watermarks(struct physvm_pool *pool, unsigned long *low_pages,
		     unsigned long *high_pages);
void pool_set_notify(struct physvm_pool *pool,
		     void (*notify)(struct physvm_pool *pool, enum pool_event event));

#endif
