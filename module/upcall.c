// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait for a page. Whoever is first to wait for it leads: it is the
 * message that servers get. The others follow, and one of them takes over when
 * the leader leaves.
 *
 * An upcall lies on the stack of its thread, which always takes pager->lock
 * before it goes: who has the lock may use whatever is in the tree.
 */
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "stats.h"
#include "trace.h"
#include "upcall.h"

/* For a thread that has been told to touch again and may not do so. */
#define VERDICT_LIFE (5 * HZ)

/* What the end of a wait is, when it cannot be returned where it is known. */
struct verdict {
	struct list_head node;
	struct pid *thread;
	u64 area_id;
	unsigned long page;
	vm_fault_t fault;
	unsigned long expires;
};

/* The tree. */

static int compare(const struct upcall *upcall, u64 area_id, unsigned long page)
{
	if (upcall->area_id != area_id)
		return upcall->area_id < area_id ? -1 : 1;
	if (upcall->page != page)
		return upcall->page < page ? -1 : 1;
	return 0;
}

static struct upcall *node_upcall(struct rb_node *node)
{
	return rb_entry_safe(node, struct upcall, node);
}

/* The leader that is there already; NULL when @new leads now. */
static struct upcall *insert(struct pager *pager, struct upcall *new)
{
	struct rb_node **link = &pager->upcalls.rb_node, *parent = NULL;
	int order;

	while (*link) {
		parent = *link;
		order = compare(node_upcall(parent), new->area_id, new->page);
		if (!order)
			return node_upcall(parent);
		link = order < 0 ? &parent->rb_right : &parent->rb_left;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &pager->upcalls);
	return NULL;
}

/* The first from this page on. */
static struct upcall *find_from(struct pager *pager, u64 area_id, unsigned long page)
{
	struct rb_node *node = pager->upcalls.rb_node;
	struct upcall *found = NULL;

	while (node) {
		if (compare(node_upcall(node), area_id, page) < 0) {
			node = node->rb_right;
		} else {
			found = node_upcall(node);
			node = node->rb_left;
		}
	}
	return found;
}

/**
 * upcall_owed() - Has this thread to answer somebody?
 * @pager: locked
 *
 * Then it must not wait for an answer itself: it may be the only one to give it.
 */
bool upcall_owed(struct pager *pager)
{
	struct rb_node *node;

	lockdep_assert_held(&pager->lock);
	for (node = rb_first(&pager->upcalls); node; node = rb_next(node))
		if (node_upcall(node)->told == task_pid_nr(current))
			return true;
	return false;
}

/* Waiting. */

static void enqueue(struct pager *pager, struct upcall *upcall)
{
	upcall->server = NULL;
	upcall->told = 0;
	list_add_tail(&upcall->queued, &pager->queue);
	/* Who becomes a sleeper now looks at the queue after that. */
	if (wq_has_sleeper(&pager->wait))
		wake_up_poll(&pager->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * upcall_begin() - Be in line before anybody can answer
 * @pager: locked, and not dead
 * @upcall: what it is about is filled in; upcall_wait() is due
 */
void upcall_begin(struct pager *pager, struct upcall *upcall)
{
	struct upcall *leader;

	lockdep_assert_held(&pager->lock);
	upcall->task = current;
	upcall->server = NULL;
	upcall->told = 0;
	upcall->end = UPCALL_WAITING;
	INIT_LIST_HEAD(&upcall->queued);
	INIT_LIST_HEAD(&upcall->followers);
	leader = insert(pager, upcall);
	trace_physvm_upcall_ask(upcall, !leader);
	if (leader)
		list_add_tail(&upcall->followers, &leader->followers);
	else
		enqueue(pager, upcall);
}

/* What the server has been told of one holds for the next. */
static void hand_over(struct pager *pager, struct upcall *from, struct upcall *to)
{
	list_del_init(&to->followers);
	list_splice_init(&from->followers, &to->followers);
	rb_replace_node(&from->node, &to->node, &pager->upcalls);
	RB_CLEAR_NODE(&from->node);
	to->server = from->server;
	to->told = from->told;
	if (!list_empty(&from->queued))
		list_replace_init(&from->queued, &to->queued);
}

/* A follower has no node; nor has a leader that has handed over. */
static void leave(struct pager *pager, struct upcall *upcall, bool leads)
{
	if (!leads) {
		list_del_init(&upcall->followers);
	} else if (!list_empty(&upcall->followers)) {
		hand_over(pager, upcall, list_first_entry(&upcall->followers, struct upcall,
							  followers));
	} else {
		rb_erase(&upcall->node, &pager->upcalls);
		list_del_init(&upcall->queued);
	}
}

static bool leads(struct pager *pager, const struct upcall *upcall)
{
	return find_from(pager, upcall->area_id, upcall->page) == upcall;
}

static long sleep(const struct upcall *upcall, unsigned int state, long left)
{
	for (;;) {
		set_current_state(state);
		if (READ_ONCE(upcall->end) != UPCALL_WAITING || !left ||
		    signal_pending_state(state, current))
			break;
		left = schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	return left;
}

/**
 * upcall_wait() - Wait until it is answered
 * @pager: the pager, kept by the caller; not locked
 * @upcall: begun
 * @state: TASK_KILLABLE or TASK_INTERRUPTIBLE
 *
 * Return: how it ended.
 */
enum upcall_end upcall_wait(struct pager *pager, struct upcall *upcall, unsigned int state)
{
	const long left = sleep(upcall, state, pager->timeout);

	spin_lock(&pager->lock);
	if (upcall->end == UPCALL_WAITING) {
		leave(pager, upcall, leads(pager, upcall));
		upcall->end = left ? UPCALL_INTERRUPTED : UPCALL_TIMED_OUT;
	}
	spin_unlock(&pager->lock);
	trace_physvm_upcall_verdict(upcall);
	return upcall->end;
}

/* Answering. */

static void finish_one(struct upcall *upcall, enum upcall_end end)
{
	WRITE_ONCE(upcall->end, end);
	wake_up_process(upcall->task);
}

static void finish(struct pager *pager, struct upcall *leader, enum upcall_end end)
{
	struct upcall *upcall, *next;

	rb_erase(&leader->node, &pager->upcalls);
	list_del_init(&leader->queued);
	list_for_each_entry_safe(upcall, next, &leader->followers, followers)
		finish_one(upcall, end);
	finish_one(leader, end);
}

/**
 * upcall_finish() - Have those who wait for pages go on
 * @pager: the pager; not locked
 * @area_id: the area
 * @page: the first; what they shall find has been settled
 * @count: how many
 * @end: what their waiting comes to
 */
void upcall_finish(struct pager *pager, u64 area_id, unsigned long page, unsigned long count,
		   enum upcall_end end)
{
	struct upcall *upcall, *next;

	spin_lock(&pager->lock);
	upcall = find_from(pager, area_id, page);
	for (; upcall && compare(upcall, area_id, page + count - 1) <= 0; upcall = next) {
		next = node_upcall(rb_next(&upcall->node));
		finish(pager, upcall, end);
	}
	spin_unlock(&pager->lock);
}

void upcall_finish_all(struct pager *pager)
{
	struct upcall *upcall;

	spin_lock(&pager->lock);
	while ((upcall = node_upcall(rb_first(&pager->upcalls))))
		finish(pager, upcall, UPCALL_DONE);
	spin_unlock(&pager->lock);
}

/* Telling servers. */

static void describe(const struct upcall *upcall, struct physvm_message *message)
{
	*message = (struct physvm_message){
		.area_id = upcall->area_id,
		.cookie = upcall->cookie,
		.offset = (u64)upcall->page << PAGE_SHIFT,
		.addr = upcall->addr,
		.pid = pid_vnr(task_tgid(upcall->task)), /* which waits, so has one */
		.flags = upcall->write ? PHYSVM_MESSAGE_WRITE : 0,
	};
}

/**
 * upcall_next() - Tell the current process of the next in the queue
 * @pager: the pager; not locked
 * @message: filled in
 *
 * Return: whether there was one.
 */
bool upcall_next(struct pager *pager, struct physvm_message *message)
{
	struct upcall *upcall;

	spin_lock(&pager->lock);
	upcall = list_first_entry_or_null(&pager->queue, struct upcall, queued);
	if (upcall) {
		list_del_init(&upcall->queued);
		upcall->server = current->files;
		upcall->told = task_pid_nr(current);
		describe(upcall, message);
		stats_inc(STAT_UPCALLS);
	}
	spin_unlock(&pager->lock);
	return upcall;
}

/* The server could not be told after all. It may have been answered by now. */
void upcall_return(struct pager *pager, const struct physvm_message *message)
{
	const unsigned long page = message->offset >> PAGE_SHIFT;
	struct upcall *upcall;

	spin_lock(&pager->lock);
	upcall = find_from(pager, message->area_id, page);
	if (upcall && !compare(upcall, message->area_id, page) &&
	    upcall->server == current->files)
		enqueue(pager, upcall);
	spin_unlock(&pager->lock);
}

/**
 * upcall_requeue() - Forget that a server has been told of anything
 * @pager: the pager; not locked
 * @server: the server
 */
void upcall_requeue(struct pager *pager, fl_owner_t server)
{
	struct rb_node *node;

	spin_lock(&pager->lock);
	for (node = rb_first(&pager->upcalls); node; node = rb_next(node))
		if (node_upcall(node)->server == server)
			enqueue(pager, node_upcall(node));
	spin_unlock(&pager->lock);
}

/* Verdicts. */

static void forget(struct verdict *verdict)
{
	list_del(&verdict->node);
	put_pid(verdict->thread);
	kfree(verdict);
}

/*
 * The next verdict is left over when its thread never touches again: it has got
 * another signal, or what it touched has gone. They are in the order in which they
 * expire.
 */
static void forget_expired(struct pager *pager)
{
	struct verdict *verdict, *next;

	list_for_each_entry_safe(verdict, next, &pager->verdicts, node) {
		if (time_before(jiffies, verdict->expires))
			break;
		forget(verdict);
	}
}

/**
 * upcall_take_verdict() - What did the last wait of this thread for this page come to?
 * @pager: locked
 * @upcall: what is touched
 *
 * Return: what the fault handler returns, or 0 when there is no verdict.
 */
vm_fault_t upcall_take_verdict(struct pager *pager, const struct upcall *upcall)
{
	struct verdict *verdict;

	lockdep_assert_held(&pager->lock);
	forget_expired(pager);
	list_for_each_entry(verdict, &pager->verdicts, node) {
		if (verdict->thread == task_pid(current) &&
		    verdict->area_id == upcall->area_id && verdict->page == upcall->page) {
			const vm_fault_t fault = verdict->fault;

			forget(verdict);
			return fault;
		}
	}
	return 0;
}

/**
 * upcall_leave_verdict() - Tell it to this thread when it touches the page again
 * @pager: not locked
 * @upcall: what it has waited for
 * @fault: the verdict
 *
 * Without memory the pager is asked once more.
 */
void upcall_leave_verdict(struct pager *pager, const struct upcall *upcall, vm_fault_t fault)
{
	struct verdict *verdict = kmalloc(sizeof(*verdict), GFP_KERNEL_ACCOUNT);

	if (!verdict)
		return;
	verdict->thread = get_pid(task_pid(current));
	verdict->area_id = upcall->area_id;
	verdict->page = upcall->page;
	verdict->fault = fault;
	verdict->expires = jiffies + VERDICT_LIFE;
	spin_lock(&pager->lock);
	forget_expired(pager);
	list_add_tail(&verdict->node, &pager->verdicts);
	spin_unlock(&pager->lock);
}

/* Nobody else is left. */
void upcall_forget_verdicts(struct pager *pager)
{
	struct verdict *verdict, *next;

	list_for_each_entry_safe(verdict, next, &pager->verdicts, node)
		forget(verdict);
}
