// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault on a page that has to be read from a file.
 *
 * A worker reads, and whoever touched the page waits. It cannot read itself:
 * when a system call touched the page it may hold locks of the very file, as
 * write(2) does, and then a wait for them could never end, not even by a
 * signal. A wait for the worker can.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/sched.h>

#include "areafs.h"
#include "content.h"
#include "fault.h"
#include "fill.h"
#include "stats.h"
#include "supply.h"

/*
 * Failures kept for those who have yet to come back for them. One that is lost
 * costs a second attempt to read.
 */
#define MAX_FAILED 16

static struct workqueue_struct *queue;

/* Reading: the worker. */

/* How many of the pages from @first on could be read before one could not. */
static unsigned long read_pages(const struct physvm_content *content,
				struct physvm_supply *supply, unsigned long first,
				int *err)
{
	const unsigned long count = supply->left;
	unsigned long i = 0, contiguous = 0;
	char *to = NULL;

	for (*err = 0; i < count; i++, contiguous--, to += PAGE_SIZE) {
		if (!contiguous)
			to = supply_address(supply, i, &contiguous);
		*err = content_read(content, first + i, to);
		if (*err)
			break;
	}
	return i;
}

/*
 * Reads what can be had around the page touched: less of it, down to the page
 * alone, when there are no pages or a neighbour cannot be read.
 */
static int read_around(struct physvm_area *area, struct physvm_fill *fill)
{
	unsigned long first = fill->first, end = first + fill->count, good;
	struct physvm_supply *supply;
	int err;

	for (;;) {
		supply = area_take(area, end - first);
		if (IS_ERR(supply)) {
			if (end - first == 1)
				return PTR_ERR(supply);
			first = fill->page;
			end = first + 1;
			continue;
		}
		good = first + read_pages(area->content, supply, first, &err);
		if (good == end)
			return min(area_enter_unless(area, first, supply, &fill->stale), 0l);
		supply_give(area->pool, supply);
		if (good == fill->page)
			return err;
		if (good < fill->page)
			first = good + 1;
		else
			end = good;
	}
}

/* Until somebody who waited comes back, or there are many newer ones. */
static void keep_failure(struct physvm_content *content, struct physvm_fill *fill)
{
	struct physvm_fill *oldest;

	refcount_inc(&fill->users);
	list_add_tail(&fill->entry, &content->failed);
	if (content->nr_failed++ < MAX_FAILED)
		return;
	oldest = list_first_entry(&content->failed, struct physvm_fill, entry);
	list_del(&oldest->entry);
	content->nr_failed--;
	fill_put(oldest);
}

static void finish(struct physvm_content *content, struct physvm_fill *fill)
{
	spin_lock(&content->lock);
	list_del(&fill->entry);
	if (fill->error)
		keep_failure(content, fill);
	spin_unlock(&content->lock);
	complete_all(&fill->done);
}

/* With the rights the file was opened with. */
static void fill_work(struct work_struct *work)
{
	struct physvm_fill *fill = container_of(work, struct physvm_fill, work);
	struct physvm_area *area = file_area(fill->area_file);
	const struct cred *own = override_creds(area->content->file->f_cred);

	/* What became stale is asked for again. */
	fill->error = read_around(area, fill);
	if (fill->error == -ESTALE)
		fill->error = 0;
	revert_creds(own);
	finish(area->content, fill);
	fput(fill->area_file);
	fill_put(fill);
}

/* Asking for it: the fault. */

static bool worth_reading(const struct physvm_area *area, unsigned long page)
{
	return !area_is_committed(area, page) && !content_ends_before(area->content, page);
}

/* A page that comes or goes meanwhile does no harm. */
static void choose_pages(struct physvm_fill *fill, const struct physvm_area *area)
{
	const unsigned long low = ALIGN_DOWN(fill->page, PHYSVM_FAULT_AROUND);
	const unsigned long high = min(low + PHYSVM_FAULT_AROUND, area->pages);
	unsigned long first = fill->page, end = fill->page + 1;

	while (first > low && worth_reading(area, first - 1))
		first--;
	while (end < high && worth_reading(area, end))
		end++;
	fill->first = first;
	fill->count = end - first;
}

static struct physvm_fill *make_fill(struct file *area_file, unsigned long page)
{
	struct physvm_fill *fill = kzalloc(sizeof(*fill), GFP_KERNEL_ACCOUNT);

	if (!fill)
		return NULL;
	/* The work's and the caller's. */
	refcount_set(&fill->users, 2);
	INIT_WORK(&fill->work, fill_work);
	init_completion(&fill->done);
	fill->page = page;
	choose_pages(fill, file_area(area_file));
	fill->area_file = get_file(area_file);
	fill->thread = get_pid(task_pid(current));
	return fill;
}

static struct physvm_fill *find_fill(struct physvm_content *content, unsigned long page)
{
	struct physvm_fill *fill;

	list_for_each_entry(fill, &content->fills, entry)
		if (page >= fill->first && page - fill->first < fill->count)
			return fill;
	return NULL;
}

/* The one that has the page already, or @fill; NULL where the page has come. */
static struct physvm_fill *join_or_begin(struct physvm_area *area,
					 struct physvm_fill *fill)
{
	struct physvm_content *content = area->content;
	struct physvm_fill *chosen;

	spin_lock(&content->lock);
	chosen = find_fill(content, fill->page);
	if (chosen) {
		refcount_inc(&chosen->users);
	} else if (!area_is_committed(area, fill->page)) {
		list_add(&fill->entry, &content->fills);
		chosen = fill;
	}
	spin_unlock(&content->lock);
	if (chosen == fill) {
		queue_work(queue, &fill->work);
	} else {
		fput(fill->area_file);
		put_pid(fill->thread);
		kfree(fill);
	}
	return chosen;
}

/*
 * Has reading the page failed just now? Whoever hears of it is the last to. One
 * who has waited may not say so: each try of MADV_POPULATE_READ looks like its
 * first. Then it is the thread that tells.
 */
static bool take_failure(struct physvm_content *content, const struct vm_fault *vmf,
			 unsigned long page)
{
	bool waited = vmf->flags & FAULT_FLAG_TRIED;
	struct physvm_fill *fill, *found = NULL;

	spin_lock(&content->lock);
	list_for_each_entry(fill, &content->failed, entry)
		if (fill->page == page)
			found = fill;
	if (found) {
		waited |= found->thread == task_pid(current);
		list_del(&found->entry);
		content->nr_failed--;
	}
	spin_unlock(&content->lock);
	if (found)
		fill_put(found);
	return found && waited;
}

/*
 * With the lock of the mapping dropped, the result is for the retry: that the
 * page is there, or that take_failure() finds something. MAJOR has all callers
 * mark the retry as one. Where the lock must be kept the wait is no longer than
 * that for any file's page.
 */
static vm_fault_t wait_for(struct vm_fault *vmf, struct physvm_fill *fill,
			   unsigned long page)
{
	const bool retry = vmf->flags & FAULT_FLAG_ALLOW_RETRY;
	vm_fault_t ret = VM_FAULT_RETRY | VM_FAULT_MAJOR;
	int err;

	if (retry)
		release_fault_lock(vmf);
	err = wait_for_completion_killable(&fill->done);
	if (!retry)
		ret = err || (fill->error && fill->page == page) ?
			      VM_FAULT_SIGBUS : VM_FAULT_NOPAGE | VM_FAULT_MAJOR;
	fill_put(fill);
	return ret;
}

/**
 * fill_fault() - Have a page read
 * @vmf: the fault
 * @area: one with contents
 * @page: the page, which was missing a moment ago
 *
 * Return: VM_FAULT_RETRY or NOPAGE when it is worth looking again, SIGBUS, OOM.
 */
vm_fault_t fill_fault(struct vm_fault *vmf, struct physvm_area *area,
		      unsigned long page)
{
	struct physvm_fill *fill;

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	if (take_failure(area->content, vmf, page))
		return VM_FAULT_SIGBUS;
	fill = make_fill(vmf->vma->vm_file, page);
	if (!fill)
		return VM_FAULT_OOM;
	fill = join_or_begin(area, fill);
	if (fill)
		stats_inc(STAT_FAULT_FILLS);
	return fill ? wait_for(vmf, fill, page) : VM_FAULT_NOPAGE;
}

/* Bring-up. */

int fill_init(void)
{
	queue = alloc_workqueue("physvm_fill", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/* No area is left, but the work that dropped the last may still be returning. */
void fill_exit(void)
{
	destroy_workqueue(queue);
}
