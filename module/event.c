// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: told to whoever listens, by a work item, so that they may be posted with
 * any lock held and where nothing can be allocated.
 *
 * Of a kind that happens often the first few of a second are told one by one; the
 * others are one event, which says how often it was.
 */
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "event.h"
#include "netlink_gen.h"

#define NR_KINDS (PHYSVM_NL_EVENT_MEMORY_RETURNED + 1)
#define WINDOW HZ
#define BURST 16
#define QUEUE 64

/* The files of a process end within a moment of each other. */
#define GATHER msecs_to_jiffies(20)

struct told {
	struct event event;
	u64 seq;
	u64 time;
	u32 repeated;
};

/**
 * struct kind - What has been told of a kind lately
 * @began: of the window, in jiffies
 * @told: in it, one by one
 * @held: not told so far
 * @last: of these
 * @time: when
 */
struct kind {
	unsigned long began;
	unsigned int told;
	u32 held;
	struct event last;
	u64 time;
};

static void send_queued(struct work_struct *unused);
static void gather(struct work_struct *unused);
static DECLARE_WORK(send_work, send_queued);
static DECLARE_DELAYED_WORK(gather_work, gather);

/* Protects all that follows; a leaf. */
static DEFINE_SPINLOCK(lock);
static bool running;
static u64 seq;
static u64 lost;
static struct kind kinds[NR_KINDS];
static struct told queue[QUEUE];
static unsigned int first, length;

/* What has ended with a process, @returned.areas of them so far. */
static struct event returned;
static unsigned long returned_since;

/**
 * event_wanted() - Is anybody listening?
 *
 * If not, nothing is counted and nothing kept. Costs next to nothing.
 */
bool event_wanted(void)
{
	return READ_ONCE(running) &&
	       genl_has_listeners(&physvm_nl_family, &init_net, PHYSVM_NLGRP_EVENTS);
}

static void gather_later(void)
{
	if (running)
		schedule_delayed_work(&gather_work, GATHER);
}

/* A gap in the numbers is what was lost. */
static void enqueue(const struct event *event, u32 repeated, u64 time)
{
	seq++;
	if (length == QUEUE) {
		lost++;
		return;
	}
	queue[(first + length++) % QUEUE] = (struct told){ *event, seq, time, repeated };
	if (running)
		schedule_work(&send_work);
}

static bool window_over(const struct kind *kind)
{
	return time_after_eq(jiffies, kind->began + WINDOW);
}

static void flush_held(struct kind *kind)
{
	if (!kind->held)
		return;
	enqueue(&kind->last, kind->held, kind->time);
	kind->held = 0;
}

static void begin_window_if_over(struct kind *kind)
{
	if (!window_over(kind))
		return;
	flush_held(kind);
	kind->began = jiffies;
	kind->told = 0;
}

static void hold(struct kind *kind, const struct event *event, u64 time)
{
	const u64 pages = kind->held ? kind->last.pages : 0;
	const u64 areas = kind->held ? kind->last.areas : 0;

	kind->last = *event;
	kind->held++;
	kind->time = time;
	if (event->kind == PHYSVM_NL_EVENT_MEMORY_RETURNED) {
		kind->last.pages += pages;
		kind->last.areas += areas;
	}
	gather_later();
}

static void post(const struct event *event)
{
	struct kind *kind = &kinds[event->kind];
	const u64 time = ktime_get_boottime_ns();

	begin_window_if_over(kind);
	if (kind->told < BURST) {
		kind->told++;
		enqueue(event, 1, time);
	} else {
		hold(kind, event, time);
	}
}

/**
 * event_post() - Tell those who listen
 * @event: what has happened
 *
 * May be called anywhere but in an interrupt.
 */
void event_post(const struct event *event)
{
	if (!event_wanted())
		return;
	spin_lock(&lock);
	post(event);
	spin_unlock(&lock);
}

static void flush_returned(void)
{
	if (!returned.areas)
		return;
	post(&returned);
	returned.areas = 0;
}

/**
 * event_post_returned() - Know of an area that has ended with a process
 * @pid: the process
 * @uid: the user whose it was
 * @pages: that the area had
 *
 * All areas that end with a process one after the other are one event.
 */
void event_post_returned(u32 pid, u32 uid, u64 pages)
{
	spin_lock(&lock);
	if (returned.pid != pid || returned.uid != uid)
		flush_returned();
	if (!returned.areas) {
		returned = (struct event){
			.kind = PHYSVM_NL_EVENT_MEMORY_RETURNED,
			.has = EVENT_PAGES | EVENT_UID | EVENT_PID | EVENT_AREAS,
			.pid = pid,
			.uid = uid,
		};
		returned_since = jiffies;
		gather_later();
	}
	returned.pages += pages;
	returned.areas++;
	spin_unlock(&lock);
}

/* Telling. */

static int put_account(struct sk_buff *skb, const struct event *event)
{
	return nla_put_u32(skb, PHYSVM_NL_A_EVENT_ACCOUNT, event->account) ?:
	       nla_put(skb, PHYSVM_NL_A_EVENT_ID, sizeof(event->id), &event->id);
}

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put(skb, attr, sizeof(value), &value);
}

static int put_event(struct sk_buff *skb, const struct event *event)
{
	int err = 0;

	if (event->has & EVENT_POOL)
		err = nla_put_u32(skb, PHYSVM_NL_A_EVENT_POOL, event->pool);
	if (!err && event->has & EVENT_PAGES)
		err = put_u64(skb, PHYSVM_NL_A_EVENT_PAGES, event->pages);
	if (!err && event->has & EVENT_ACCOUNT)
		err = put_account(skb, event);
	if (!err && event->has & EVENT_UID)
		err = nla_put_u32(skb, PHYSVM_NL_A_EVENT_UID, event->uid);
	if (!err && event->has & EVENT_PID)
		err = nla_put_u32(skb, PHYSVM_NL_A_EVENT_PID, event->pid);
	if (!err && event->has & EVENT_NAME)
		err = nla_put_string(skb, PHYSVM_NL_A_EVENT_NAME, event->name);
	if (!err && event->has & EVENT_AREA_ID)
		err = put_u64(skb, PHYSVM_NL_A_EVENT_AREA_ID, event->area_id);
	if (!err && event->has & EVENT_AREAS)
		err = put_u64(skb, PHYSVM_NL_A_EVENT_AREAS, event->areas);
	return err;
}

static int put_told(struct sk_buff *skb, const struct told *told, u64 lost_so_far)
{
	int err = put_u64(skb, PHYSVM_NL_A_EVENT_SEQ, told->seq) ?:
		  put_u64(skb, PHYSVM_NL_A_EVENT_LOST, lost_so_far) ?:
		  nla_put_u32(skb, PHYSVM_NL_A_EVENT_EVENT, told->event.kind) ?:
		  put_u64(skb, PHYSVM_NL_A_EVENT_TIME, told->time);

	if (!err && told->repeated > 1)
		err = nla_put_u32(skb, PHYSVM_NL_A_EVENT_REPEATED, told->repeated);
	return err ?: put_event(skb, &told->event);
}

/* ENOBUFS is from a listener who wants us to know that it does not keep up. */
static int send(const struct told *told, u64 lost_so_far)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, &physvm_nl_family, 0, PHYSVM_NL_CMD_EVENT);
	if (!header || put_told(skb, told, lost_so_far)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	err = genlmsg_multicast(&physvm_nl_family, skb, 0, PHYSVM_NLGRP_EVENTS, GFP_KERNEL);
	return err == -ESRCH ? 0 : err;
}

static bool dequeue(struct told *told, u64 *lost_so_far)
{
	bool any;

	spin_lock(&lock);
	any = length;
	if (any) {
		*told = queue[first];
		first = (first + 1) % QUEUE;
		length--;
	}
	*lost_so_far = lost;
	spin_unlock(&lock);
	return any;
}

static void count_lost(void)
{
	spin_lock(&lock);
	lost++;
	spin_unlock(&lock);
}

static void send_queued(struct work_struct *unused)
{
	struct told told;
	u64 lost_so_far;

	while (dequeue(&told, &lost_so_far))
		if (send(&told, lost_so_far))
			count_lost();
}

/* What has waited long enough enters the queue. */
static void gather(struct work_struct *unused)
{
	bool more;
	unsigned int i;

	spin_lock(&lock);
	if (time_after_eq(jiffies, returned_since + GATHER))
		flush_returned();
	more = returned.areas;
	for (i = 0; i < NR_KINDS; i++) {
		begin_window_if_over(&kinds[i]);
		more |= kinds[i].held;
	}
	if (more)
		gather_later();
	spin_unlock(&lock);
}

/* Events told so far, and how many of them nobody was told of. */
void event_count(u64 *seq_so_far, u64 *lost_so_far)
{
	spin_lock(&lock);
	*seq_so_far = seq;
	*lost_so_far = lost;
	spin_unlock(&lock);
}

/* The family is there. */
void event_start(void)
{
	WRITE_ONCE(running, true);
}

/* The family is going. What is posted from now on is not kept. */
void event_stop(void)
{
	spin_lock(&lock);
	WRITE_ONCE(running, false);
	spin_unlock(&lock);
	cancel_delayed_work_sync(&gather_work);
	cancel_work_sync(&send_work);
}
