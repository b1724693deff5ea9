// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptor of a pager: PHYSVM_SERVE, which answers and fetches messages in
 * one call.
 */
#include <linux/fdtable.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "answer.h"
#include "serve.h"
#include "upcall.h"

/* What is done is done, whether it can be said or not. */
static int answer_one(struct pager *pager, struct physvm_answer __user *user, int *err)
{
	struct physvm_answer answer;

	if (copy_from_user(&answer, user, sizeof(answer)))
		return -EFAULT;
	*err = answer_carry_out(pager, &answer);
	return put_user(-*err, &user->out_error) && *err ? -EFAULT : 0;
}

/*
 * Returns whether all have been carried out; EFAULT when none has and it cannot
 * be said why, EINTR when none has and nobody is to be told.
 */
static int answer_all(struct pager *pager, struct physvm_serve *args)
{
	struct physvm_answer __user *user = u64_to_user_ptr(args->answers);
	int err = 0;

	for (; args->out_answered < args->nr_answers; args->out_answered++) {
		if (fatal_signal_pending(current))
			return args->out_answered ? 0 : -EINTR;
		if (answer_one(pager, user + args->out_answered, &err))
			return args->out_answered ? 0 : -EFAULT;
		if (err)
			return 0;
		cond_resched();
	}
	return 1;
}

static bool has_message(struct pager *pager)
{
	return READ_ONCE(pager->dead) || !list_empty_careful(&pager->queue);
}

static int wait(struct pager *pager, const struct physvm_serve *args)
{
	int err = wait_event_interruptible_exclusive(pager->wait, has_message(pager));

	return err ?: READ_ONCE(pager->dead) ? -ESHUTDOWN : 0;
}

/* As many as there are and fit; one that cannot be told is queued again. */
static int fetch(struct pager *pager, struct physvm_serve *args)
{
	struct physvm_message __user *user = u64_to_user_ptr(args->messages);
	struct physvm_message message;

	while (args->out_messages < args->nr_messages && upcall_next(pager, &message)) {
		if (copy_to_user(user + args->out_messages, &message, sizeof(message))) {
			upcall_return(pager, &message);
			return -EFAULT;
		}
		args->out_messages++;
	}
	return 0;
}

/*
 * Who has been answered often touches the next page at once. It is let go first,
 * if it is its turn on this processor: then there is something to fetch, and nobody
 * has to wake us.
 */
static int let_go_and_fetch(struct pager *pager, struct physvm_serve *args)
{
	int err = fetch(pager, args);

	if (err || args->out_messages || !args->out_answered || !(args->flags & PHYSVM_SERVE_WAIT))
		return err;
	schedule();
	return fetch(pager, args);
}

/* Another server may be faster. */
static int wait_and_fetch(struct pager *pager, struct physvm_serve *args)
{
	int err = let_go_and_fetch(pager, args);

	while (!err && !args->out_messages && args->flags & PHYSVM_SERVE_WAIT)
		err = wait(pager, args) ?: fetch(pager, args);
	return err;
}

static int check(const struct physvm_serve *args)
{
	if (args->flags & ~PHYSVM_SERVE_VALID)
		return -EOPNOTSUPP;
	return args->flags & PHYSVM_SERVE_WAIT && !args->nr_messages ? -EINVAL : 0;
}

/*
 * What has been done counts: an error is one of the whole call only when there is
 * nothing else to tell.
 */
static int serve(struct pager *pager, struct physvm_serve *args)
{
	int err = check(args) ?: pager_add_server(pager);

	if (err)
		return err;
	args->out_answered = 0;
	args->out_messages = 0;
	err = answer_all(pager, args);
	if (err <= 0)
		return err;
	err = wait_and_fetch(pager, args);
	/* Another thread may have closed a descriptor meanwhile. */
	if (args->out_messages)
		err = pager_add_server(pager);
	return args->out_answered || args->out_messages ? 0 : err;
}

/* The rest is as it was. Both by one access. */
static int respond(struct physvm_serve __user *user, const struct physvm_serve *args)
{
	const u32 results[] = { args->out_answered, args->out_messages };
	u64 both;

	BUILD_BUG_ON(offsetof(struct physvm_serve, out_messages) !=
		     offsetof(struct physvm_serve, out_answered) + sizeof(u32));
	memcpy(&both, results, sizeof(both));
	return put_user(both, (u64 __user *)&user->out_answered);
}

/* Nearly every caller's struct is of the size it has here. */
static int copy_args(struct physvm_serve *args, const void __user *user)
{
	u32 size;

	if (!copy_from_user(args, user, sizeof(*args)) && args->size == sizeof(*args))
		return 0;
	if (get_user(size, (const u32 __user *)user))
		return -EFAULT;
	if (size < offsetofend(struct physvm_serve, out_messages))
		return -EINVAL;
	return copy_struct_from_user(args, sizeof(*args), user, size);
}

static long serve_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct pager *pager = file_pager(file);
	struct physvm_serve args;
	int err;

	if (cmd != PHYSVM_SERVE)
		return -ENOTTY;
	err = copy_args(&args, user) ?: serve(pager, &args);
	if (!err)
		err = respond(user, &args);
	if (err == -EFAULT)
		upcall_requeue(pager, current->files);
	return err;
}

static const struct file_operations pager_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = serve_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = pager_poll,
	.flush = pager_flush,
	.release = pager_release,
	.llseek = noop_llseek,
};

/* A pager for PHYSVM_PAGER: pager_open(). */
struct file *serve_open(const struct physvm_pager *args)
{
	return pager_open(args, &pager_fops);
}
