/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_UPCALL_H
#define PHYSVM_UPCALL_H

#include <linux/mm_types.h>
#include <linux/sched.h>

#include "pager.h"

enum upcall_end {
	UPCALL_WAITING,
	UPCALL_DONE,		/* look again */
	UPCALL_FAILED,
	UPCALL_TIMED_OUT,
	UPCALL_INTERRUPTED,
};

/**
 * struct upcall - A thread that waits for a page, on its stack
 * @node: in pager->upcalls, of the first to wait for the page: the leader
 * @queued: of the leader: in pager->queue while no server knows of it
 * @followers: of the leader: those who wait with it; of those: their place there
 * @task: who waits
 * @area_id: the area
 * @cookie: the area's
 * @page: of the area
 * @addr: of the page where @task touches it
 * @write: it writes
 * @server: of the leader: who has been told, or NULL
 * @told: which of its threads, by number; or 0
 * @end: changes once, under pager->lock
 */
struct upcall {
	struct rb_node node;
	struct list_head queued;
	struct list_head followers;
	struct task_struct *task;
	u64 area_id;
	u64 cookie;
	unsigned long page;
	unsigned long addr;
	bool write;
	fl_owner_t server;
	pid_t told;
	enum upcall_end end;
};

bool upcall_owed(struct pager *pager);
void upcall_begin(struct pager *pager, struct upcall *upcall);
enum upcall_end upcall_wait(struct pager *pager, struct upcall *upcall, unsigned int state);

void upcall_finish(struct pager *pager, u64 area_id, unsigned long page, unsigned long count,
		   enum upcall_end end);
void upcall_finish_all(struct pager *pager);

bool upcall_next(struct pager *pager, struct physvm_message *message);
void upcall_return(struct pager *pager, const struct physvm_message *message);
void upcall_requeue(struct pager *pager, fl_owner_t server);

vm_fault_t upcall_take_verdict(struct pager *pager, const struct upcall *upcall);
void upcall_leave_verdict(struct pager *pager, const struct upcall *upcall, vm_fault_t fault);
void upcall_forget_verdicts(struct pager *pager);

#endif
