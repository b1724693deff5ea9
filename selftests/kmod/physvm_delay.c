// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: makes the window of a race as wide as wanted. Tasks that come to a
 * function spin there for a while.
 *
 *	symbol=f,g	functions: one window each
 *	usecs=n,m	how long
 *	comm=x,y	only for tasks of that name; an empty one is everybody's
 *	after=0,1	when the function returns, not when it is entered
 *
 * The parameter hits says how many tasks have come to each window, left how many
 * have gone on. In between the window is open.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#define MAX_WINDOWS 4
/* Nothing else runs on the processor meanwhile. */
#define MAX_USECS 20000
/* Tasks inside a function at a time, for those that sleep in it. */
#define MAX_INSIDE 64

struct window {
	struct kprobe before;
	struct kretprobe after;
	atomic_t hits;
	atomic_t left;
};

static struct window windows[MAX_WINDOWS];

static char *symbol[MAX_WINDOWS];
static unsigned int nr_symbols;
module_param_array(symbol, charp, &nr_symbols, 0444);
MODULE_PARM_DESC(symbol, "Functions to be delayed in");

static unsigned int usecs[MAX_WINDOWS];
module_param_array(usecs, uint, NULL, 0444);
MODULE_PARM_DESC(usecs, "Microseconds for each");

static char *comm[MAX_WINDOWS];
module_param_array(comm, charp, NULL, 0444);
MODULE_PARM_DESC(comm, "Name of the tasks it is for");

static bool after[MAX_WINDOWS];
module_param_array(after, bool, NULL, 0444);
MODULE_PARM_DESC(after, "On return instead of on entry");

static int get_hits(char *buffer, const struct kernel_param *kp)
{
	unsigned int i;
	int length = 0;

	for (i = 0; i < nr_symbols; i++)
		length += sysfs_emit_at(buffer, length, "%d\n",
					atomic_read(&windows[i].hits));
	return length;
}

static int get_left(char *buffer, const struct kernel_param *kp)
{
	unsigned int i;
	int length = 0;

	for (i = 0; i < nr_symbols; i++)
		length += sysfs_emit_at(buffer, length, "%d\n",
					atomic_read(&windows[i].left));
	return length;
}

static const struct kernel_param_ops hits_ops = { .get = get_hits };
module_param_cb(hits, &hits_ops, NULL, 0444);
MODULE_PARM_DESC(hits, "How many tasks have come to each window");

static const struct kernel_param_ops left_ops = { .get = get_left };
module_param_cb(left, &left_ops, NULL, 0444);
MODULE_PARM_DESC(left, "How many of them have gone on");

static bool is_for(unsigned int i, const struct task_struct *task)
{
	return !comm[i] || !*comm[i] || !strcmp(comm[i], task->comm);
}

static void hold(unsigned int i)
{
	const u64 end = ktime_get_mono_fast_ns() + usecs[i] * NSEC_PER_USEC;

	atomic_inc(&windows[i].hits);
	while (ktime_get_mono_fast_ns() < end)
		cpu_relax();
	atomic_inc(&windows[i].left);
}

static int on_entry(struct kprobe *probe, struct pt_regs *regs)
{
	const unsigned int i = container_of(probe, struct window, before) - windows;

	if (is_for(i, current))
		hold(i);
	return 0;
}

/* Not 0: nothing on return. */
static int before_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct kretprobe *probe = get_kretprobe(instance);

	return !is_for(container_of(probe, struct window, after) - windows, current);
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct kretprobe *probe = get_kretprobe(instance);

	hold(container_of(probe, struct window, after) - windows);
	return 0;
}

static int open_window(unsigned int i)
{
	struct window *window = &windows[i];

	if (usecs[i] > MAX_USECS)
		return -EINVAL;
	window->before.symbol_name = symbol[i];
	window->before.pre_handler = on_entry;
	window->after.kp.symbol_name = symbol[i];
	window->after.entry_handler = before_return;
	window->after.handler = on_return;
	window->after.maxactive = MAX_INSIDE;
	return after[i] ? register_kretprobe(&window->after) :
			  register_kprobe(&window->before);
}

static void close_windows(unsigned int count)
{
	while (count--)
		if (after[count])
			unregister_kretprobe(&windows[count].after);
		else
			unregister_kprobe(&windows[count].before);
}

static int __init physvm_delay_init(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr_symbols && !err; i++)
		err = open_window(i);
	if (err)
		close_windows(i - 1);
	return err;
}
module_init(physvm_delay_init);

static void __exit physvm_delay_exit(void)
{
	close_windows(nr_symbols);
}
module_exit(physvm_delay_exit);

MODULE_DESCRIPTION("Delays in chosen functions, for the tests of physvm");
MODULE_LICENSE("GPL");
