/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PAGER_H
#define PHYSVM_PAGER_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "../uapi/physvm.h"

/**
 * struct pager - Who is asked for missing pages
 * @refs: its file's, and one of each area
 * @lock: protects all but @refs, @timeout, @wait and @areas; inside are only
 *	the locks of the core's that waking takes
 * @dead: nobody will answer any more
 * @timeout: of a wait, in jiffies
 * @upcalls: by area and page, those who are first to wait for a page
 * @queue: those of them no server knows of so far
 * @verdicts: what upcall.c has to tell to threads that touch again
 * @servers: processes that have served it
 * @last_server: the one of them that did last, or NULL
 * @wait: servers, for @queue
 * @areas: by id, the area's own file. No reference: the file takes itself out
 *	before it goes
 * @found: the one of them that was asked for last, or NULL; under their lock
 */
struct pager {
	struct kref refs;
	spinlock_t lock; /* upcalls and servers */
	bool dead;
	unsigned long timeout;
	struct rb_root upcalls;
	struct list_head queue;
	struct list_head verdicts;
	struct list_head servers;
	fl_owner_t last_server;
	wait_queue_head_t wait;
	struct xarray areas;
	struct file *found;
};

struct file *pager_open(const struct physvm_pager *args,
			const struct file_operations *fops);
int pager_release(struct inode *inode, struct file *file);
int pager_flush(struct file *file, fl_owner_t id);
__poll_t pager_poll(struct file *file, poll_table *wait);

struct pager *pager_get(int fd);
void pager_put(struct pager *pager);

int pager_add_area(struct pager *pager, struct file *file);
void pager_remove_area(struct pager *pager, const struct inode *inode);
struct file *pager_find_area(struct pager *pager, u64 id);

int pager_add_server(struct pager *pager);

static inline struct pager *file_pager(const struct file *file)
{
	return file->private_data;
}

#endif
