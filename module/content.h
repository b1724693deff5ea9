/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_CONTENT_H
#define PHYSVM_CONTENT_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../uapi/physvm.h"

/**
 * struct physvm_content - What an area shows of a file
 * @file: the file, open for reading
 * @lock: of the lists; a leaf
 * @fills: struct physvm_fill being carried out
 * @failed: those that failed, oldest first, until those who waited have come
 *	back to be told; a few
 * @nr_failed: length of @failed
 * @nr_segments: length of @segments, at least one
 * @segments: in order, disjoint, within the area; constant
 */
struct physvm_content {
	struct file *file;
	spinlock_t lock; /* of the lists */
	struct list_head fills;
	struct list_head failed;
	unsigned int nr_failed;
	unsigned int nr_segments;
	struct physvm_segment segments[];
};

/**
 * struct physvm_fill - Pages of an area on their way out of its file
 * @entry: in one of the lists of the content
 * @users: references: of the work, of @failed, of everybody who waits
 * @work: the reading
 * @done: it is over
 * @area_file: keeps the area
 * @thread: who touched it first
 * @page: the one that was touched
 * @first: of those to be read as well
 * @count: how many, with @page
 * @stale: some of them have been decommitted since
 * @error: why @page could not be had, or 0
 */
struct physvm_fill {
	struct list_head entry;
	refcount_t users;
	struct work_struct work;
	struct completion done;
	struct file *area_file;
	struct pid *thread;
	unsigned long page;
	unsigned long first;
	unsigned long count;
	bool stale;
	int error;
};

static inline void fill_put(struct physvm_fill *fill)
{
	if (refcount_dec_and_test(&fill->users)) {
		put_pid(fill->thread);
		kfree(fill);
	}
}

struct physvm_content *content_get(const struct physvm_alloc *args,
				   const struct physvm_segment *segments);
void content_put(struct physvm_content *content);
bool content_ends_before(const struct physvm_content *content, unsigned long page);
int content_read(const struct physvm_content *content, unsigned long page, void *to);
void content_forget(struct physvm_content *content, unsigned long page,
		    unsigned long count);

#endif
