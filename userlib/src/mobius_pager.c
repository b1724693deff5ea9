// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The thread that calls callbacks: one of a process, from the first area that has
 * one on.  It is the only server of the process's only pager.
 */
#include "mobius_pager.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "mobius_callback.h"
#include "mobius_node.h"
#include "physvm.h"
#include "sys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Protected by @lock. */
static int pager = -1;
static bool started;		/* it has its thread */

/* What the thread is at. */
static __thread struct {
	const struct physvm_message *message;	/* NULL between two */
	uintptr_t start;
	bool answered;
	bool forked;		/* in a callback, and this is the child */
} now;

/* Forking */

static void acquire(void)
{
	pthread_mutex_lock(&lock);
}

static void release(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * The child has no such thread, and none of the areas.  The descriptor it has
 * inherited stays, for its number may be another file's by now; it keeps nobody
 * waiting, as the child never serves.
 */
static void begin_anew(void)
{
	pager = -1;
	started = false;
	now.forked = now.message;
	now.message = NULL;
	release();
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(acquire, release, begin_anew);
}

/* Asking a callback */

/* Where the page is here: where it was touched, or where the area was made. */
static uintptr_t place_of(const struct physvm_message *message,
			  const struct physvm_vmm_callback *callback)
{
	return message->pid == (uint32_t)getpid() ? message->addr :
						    callback->base + message->offset;
}

/* Others have an area that is gone here: of it there is nothing to show. */
static vm_node_t *node_at(uintptr_t start, const struct physvm_message *message,
			  const struct physvm_vmm_callback *callback, vm_node_t *gone)
{
	vm_node_t *node;

	if (!physvm_vmm_node(start, &node) && !VMM_NODE_IS_EMPTY(node) &&
	    !(node->flags & VM_MEM_RESERVED) && node->u.desc->area_id == message->area_id)
		return node;
	*gone = (vm_node_t){ .base = start - message->offset };
	gone->u.empty_pages = callback->pages;
	return gone;
}

static bool call(const struct physvm_vmm_callback *callback, const struct physvm_message *message)
{
	vm_node_t gone, *node;

	now.start = place_of(message, callback);
	node = node_at(now.start, message, callback, &gone);
	return callback->handler(callback->cookie, node, now.start,
				 message->flags & PHYSVM_MESSAGE_WRITE);
}

/* Returns the action there is to take, 0 for none. */
static uint32_t ask(const struct physvm_message *message)
{
	struct physvm_vmm_callback callback;
	bool there;

	if (!physvm_vmm_callback_find(message->cookie, &callback))
		return PHYSVM_ANSWER_FAIL;
	now.message = message;
	now.answered = false;
	there = call(&callback, message);
	now.message = NULL;
	if (!there)
		return PHYSVM_ANSWER_FAIL;
	return now.answered ? 0 : PHYSVM_ANSWER_ZERO;
}

static struct physvm_answer answer_to(const struct physvm_message *message, uint32_t action)
{
	return (struct physvm_answer){
		.area_id = message->area_id,
		.offset = message->offset,
		.length = PAGE_SIZE,
		.action = action,
	};
}

/* The thread */

static int serve(int fd, struct physvm_answer *answer, struct physvm_message *message)
{
	struct physvm_serve serve = {
		.flags = message ? PHYSVM_SERVE_WAIT : 0,
		.answers = (uintptr_t)answer,
		.nr_answers = answer && answer->action,
		.messages = (uintptr_t)message,
		.nr_messages = !!message,
	};
	int err = physvm_serve(fd, &serve);

	if (err)
		return err;
	if (serve.out_answered < serve.nr_answers)
		return -answer->out_error;
	return (int)serve.out_messages;
}

/* Zero pages may not be had; that it fails can always be said. */
static bool try_otherwise(struct physvm_answer *answer, int err)
{
	if (answer->action == PHYSVM_ANSWER_ZERO && answer->out_error) {
		answer->action = PHYSVM_ANSWER_FAIL;
		answer->out_error = 0;
		return true;
	}
	answer->action = 0;
	if (err == -ENOMEM || err == -EDQUOT || err == -EFAULT)
		usleep(1000);
	return err != -EBADF && err != -ENOTTY && err != -ESHUTDOWN;
}

static int start_thread(int fd);

/* A callback has ended its thread.  Nobody shall wait for what it was asked. */
static void go_on(void *arg)
{
	const int fd = *(int *)arg;
	struct physvm_answer answer;

	if (now.message) {
		answer = answer_to(now.message, PHYSVM_ANSWER_FAIL);
		serve(fd, &answer, NULL);
	}
	if (start_thread(fd))
		physvm_sys_close(fd);
}

static void serve_for_ever(int fd)
{
	struct physvm_answer answer = { .action = 0 };
	struct physvm_message message;

	for (;;) {
		int ret = serve(fd, &answer, &message);

		if (ret < 0 && !try_otherwise(&answer, ret))
			return;
		if (ret >= 0)
			answer.action = 0;
		if (ret > 0)
			answer = answer_to(&message, ask(&message));
		if (now.forked)
			return;
	}
}

static void *run(void *arg)
{
	int fd = (int)(intptr_t)arg;

	pthread_cleanup_push(go_on, &fd);
	serve_for_ever(fd);
	physvm_vmm_pager_lost(fd);
	pthread_cleanup_pop(0);
	return NULL;
}

/* Signals are the program's business, but those that come of what a callback does. */
static void block_signals(sigset_t *old)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
	sigset_t all;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

/* 0 or -errno */
static int start_thread(int fd)
{
	pthread_t thread;
	sigset_t old;
	int err;

	block_signals(&old);
	err = pthread_create(&thread, NULL, run, (void *)(intptr_t)fd);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return -ENOMEM;
	pthread_detach(thread);
	return 0;
}

/* The pager */

int physvm_vmm_pager(struct physvm *handle)
{
	int fd;

	acquire();
	if (pager < 0)
		pager = physvm_pager(handle, 0);
	fd = pager;
	release();
	return fd;
}

int physvm_vmm_pager_start(void)
{
	int err = 0;

	acquire();
	if (!started && pager >= 0)
		err = start_thread(pager);
	started = started || (!err && pager >= 0);
	release();
	return err;
}

void physvm_vmm_pager_lost(int fd)
{
	acquire();
	if (pager == fd) {
		pager = -1;
		started = false;
	}
	release();
}

int physvm_vmm_pager_answer(struct physvm_answer *answer)
{
	int fd;

	acquire();
	fd = pager;
	release();
	return fd < 0 ? -ENOENT : serve(fd, answer, NULL);
}

const struct physvm_message *physvm_vmm_pager_asked(uintptr_t *start)
{
	*start = now.start;
	return now.message;
}

void physvm_vmm_pager_answered(void)
{
	now.answered = true;
}
