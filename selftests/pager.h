/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pagers, areas of theirs, and threads that touch them. Include after
 * kselftest_harness.h; link with pthreads.
 */
#ifndef PHYSVM_SELFTESTS_PAGER_H
#define PHYSVM_SELFTESTS_PAGER_H

#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "touch.h"
#include "util.h"

/* Milliseconds in which what must happen has happened, on any machine. */
#define SOON 60000

/* The descriptor, or -1 with errno. */
static inline int make_pager(int fd, uint32_t timeout_ms)
{
	struct physvm_pager args = { .size = sizeof(args), .timeout_ms = timeout_ms };

	return ioctl(fd, PHYSVM_PAGER, &args) ? -1 : args.out_fd;
}

static inline struct physvm_alloc paged_args(int pager, uint64_t length, uint64_t cookie)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_PAGED);

	args.source_fd = pager;
	args.cookie = cookie;
	return args;
}

/* The address, or NULL with errno. */
static inline char *alloc_paged(int fd, int pager, uint64_t length, uint64_t cookie)
{
	struct physvm_alloc args = paged_args(pager, length, cookie);

	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

static inline uint64_t area_id(int fd, const void *addr)
{
	return query(fd, addr).out_area_id;
}

/* Answers and messages as they come. */

static inline struct physvm_serve serve_args(uint32_t flags)
{
	return (struct physvm_serve){ .size = sizeof(struct physvm_serve), .flags = flags };
}

/* How many have been carried out, or -errno. */
static inline int give_answers(int pager, struct physvm_answer *answers, uint32_t count)
{
	struct physvm_serve args = serve_args(0);

	args.answers = (uintptr_t)answers;
	args.nr_answers = count;
	return ioctl(pager, PHYSVM_SERVE, &args) ? -errno : (int)args.out_answered;
}

/* An errno, 0 for success: the answer's, or the call's own. */
static inline int give_answer(int pager, struct physvm_answer answer)
{
	const int given = give_answers(pager, &answer, 1);

	return given < 0 ? -given : answer.out_error;
}

static inline struct physvm_answer answer_args(uint64_t area_id, uint64_t offset, uint64_t length,
					       uint32_t action, const void *data)
{
	return (struct physvm_answer){
		.area_id = area_id,
		.offset = offset,
		.length = length,
		.data = (uintptr_t)data,
		.action = action,
		.out_error = -1,
	};
}

/* As many messages as there are now, or -errno. */
static inline int fetch_now(int pager, struct physvm_message *messages, uint32_t count)
{
	struct physvm_serve args = serve_args(0);

	args.messages = (uintptr_t)messages;
	args.nr_messages = count;
	return ioctl(pager, PHYSVM_SERVE, &args) ? -errno : (int)args.out_messages;
}

static inline bool wait_for_message(int pager)
{
	struct pollfd poll_fd = { .fd = pager, .events = POLLIN };

	return poll(&poll_fd, 1, SOON) == 1 && poll_fd.revents & POLLIN;
}

/* One message, waited for. */
static inline bool next_message(int pager, struct physvm_message *message)
{
	return wait_for_message(pager) && fetch_now(pager, message, 1) == 1;
}

/* The answer to a message. */
static inline int answer_with(int pager, const struct physvm_message *message, uint64_t length,
			      uint32_t action, const void *data)
{
	return give_answer(pager, answer_args(message->area_id, message->offset, length, action,
					      data));
}

/* Threads that touch: one word of a page. */

struct toucher {
	pthread_t thread;
	volatile unsigned long *word;
	bool write;
	unsigned long value;	/* what was read, or is to be written */
	int signal;
	volatile pid_t tid;
};

/*
 * A signal that one thread blocks, as pthread_create() does for a moment, is not ignored
 * but goes to another: that of a child would end the wait of a toucher, who asks anew.
 */
static inline void block_signals_of_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static inline void *touch_once(void *arg)
{
	struct toucher *toucher = arg;

	block_signals_of_children();
	toucher->tid = syscall(SYS_gettid);
	if (toucher->write)
		toucher->signal = try_store(toucher->word, toucher->value);
	else
		toucher->signal = try_load(toucher->word, &toucher->value);
	return NULL;
}

static inline bool start_toucher(struct toucher *toucher, char *page, bool write,
				 unsigned long value)
{
	toucher->word = (volatile unsigned long *)page;
	toucher->write = write;
	toucher->value = value;
	toucher->tid = 0;
	return !pthread_create(&toucher->thread, NULL, touch_once, toucher);
}

/* The signal it got, 0 for none. */
static inline int join_toucher(struct toucher *toucher)
{
	pthread_join(toucher->thread, NULL);
	return toucher->signal;
}

/* What /proc says a thread is doing, such as 'S'; 0 if there is none. */
static inline char thread_state(pid_t pid, pid_t tid)
{
	char path[64], line[256] = "";
	const char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, line, sizeof(line) - 1) < 0)
		line[0] = '\0';
	close(fd);
	end = strrchr(line, ')');
	return end ? end[2] : 0;
}

static inline bool asleep(pid_t pid, pid_t tid)
{
	int tries;

	for (tries = 0; tries < SOON / 10; tries++) {
		const char state = thread_state(pid, tid);

		if (state == 'S' || state == 'D')
			return true;
		usleep(10000);
	}
	return false;
}

static inline bool toucher_waits(const struct toucher *toucher)
{
	int tries;

	for (tries = 0; tries < SOON / 10 && !toucher->tid; tries++)
		usleep(10000);
	return asleep(getpid(), toucher->tid);
}

/* A page whose first word is @word, the others count up from it. */
static inline void fill_page(void *page, unsigned long word)
{
	unsigned long *words = page;
	size_t i;

	for (i = 0; i < PAGE / sizeof(*words); i++)
		words[i] = word + i;
}

static inline bool page_filled(const void *page, unsigned long word)
{
	const unsigned long *words = page;
	size_t i;

	for (i = 0; i < PAGE / sizeof(*words); i++)
		if (words[i] != word + i)
			return false;
	return true;
}

#endif
