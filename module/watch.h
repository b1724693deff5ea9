/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_WATCH_H
#define PHYSVM_WATCH_H

#include <linux/types.h>

struct physvm_block;
struct physvm_pool;

/**
 * struct pool_watch - Of what in a pool listeners are told
 * @low: watermark, in pages; 0 for none
 * @high: watermark, not below @low
 * @is_low: @low was crossed, and @high has not been since
 * @is_exhausted: somebody got no pages, and none have come back since
 *
 * Protected by pool->lock.
 */
struct pool_watch {
	unsigned long low;
	unsigned long high;
	bool is_low;
	bool is_exhausted;
};

void watch_free_pages(struct physvm_pool *pool, bool more);
void watch_failed(struct physvm_pool *pool, unsigned long pages);
void watch_held(const struct physvm_pool *pool, const struct physvm_block *block);
void watch_resized(const struct physvm_pool *pool);

int pool_set_watermarks(struct physvm_pool *pool, unsigned long low_pages,
			unsigned long high_pages);
void pool_watermarks(struct physvm_pool *pool, unsigned long *low_pages,
		     unsigned long *high_pages);

#endif
