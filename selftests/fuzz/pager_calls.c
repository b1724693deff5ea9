// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pagers: made, asked by touches, and served, all by the same program.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ioctl_calls.h"
#include "oracle.h"

#define MAX_TIMEOUT_MS 64
#define MAX_WAIT_MS 20
#define MAX_ANSWERS 64
#define UNTOUCHED -1000

/* What a server was told last, by thread: it is those who answer. */
static __thread struct physvm_message messages[MAX_ANSWERS];
static __thread unsigned int nr_messages;

enum { FLAGS = REST };

/* Whoever touches and is not answered would wait for good without a limit. */
long call_pager(struct machine *machine, const uint64_t *args)
{
	enum { TIMEOUT = FLAGS + 1, OUT };
	struct physvm_pager pager = {
		.flags = args[FLAGS],
		.timeout_ms = args[TIMEOUT] % MAX_TIMEOUT_MS ?: 1,
	};
	const long result = device_call(machine, args, PHYSVM_PAGER, &pager, sizeof(pager));

	if (!result)
		machine->fds[args[OUT]] = pager.out_fd;
	return result;
}

/* So would who serves and has nobody to ask: a signal wakes this thread up, again and again. */

static void do_nothing(int signal)
{
}

static timer_t set_alarm(void)
{
	const struct itimerspec often = { { 0, MAX_WAIT_MS * 1000000 },
					  { 0, MAX_WAIT_MS * 1000000 } };
	struct sigaction action = { .sa_handler = do_nothing };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	timer_t timer = NULL;

	sigaction(SIGALRM, &action, NULL);
	event._sigev_un._tid = syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &often, NULL))
		_exit(0);
	return timer;
}

/* Serving. */

enum { ANSWERS = FLAGS + 1, TOLD, AREA, OFFSET, LENGTH, ACTION, DATA, FETCH };

static bool has_data(uint64_t action)
{
	return action == PHYSVM_ANSWER_COPY || action == PHYSVM_ANSWER_MOVE ||
	       action == PHYSVM_ANSWER_EVICT;
}

/* One after the other; or each about what this thread has been told of. */
static struct physvm_answer make_answer(const uint64_t *args, unsigned int i)
{
	const bool told = args[TOLD] && i < nr_messages;
	const uint64_t step = i * args[LENGTH];

	return (struct physvm_answer){
		.area_id = told ? messages[i].area_id : args[AREA],
		.offset = told ? messages[i].offset : args[OFFSET] + step,
		.length = args[LENGTH],
		.data = has_data(args[ACTION]) && args[DATA] ? args[DATA] + step : 0,
		.action = args[ACTION],
		.out_error = UNTOUCHED,
	};
}

static uint64_t at_most(uint64_t number, uint64_t limit)
{
	return number < limit ? number : limit;
}

/* What was carried out has no error, the first that was not has one, the rest is as it was. */
static bool error_right(int error, unsigned int answer, unsigned int answered)
{
	if (answer < answered)
		return !error;
	return answer == answered ? error > 0 : error == UNTOUCHED;
}

static void look_at_answers(struct machine *machine, const struct physvm_serve *serve,
			    const struct physvm_answer *answers)
{
	const unsigned int answered = serve->out_answered;
	unsigned int i;

	if (answered > serve->nr_answers || serve->out_messages > serve->nr_messages ||
	    (answered < serve->nr_answers && serve->out_messages))
		complain(machine, "serve: %u of %u answers, %u messages", answered,
			 serve->nr_answers, serve->out_messages);
	for (i = 0; i < serve->nr_answers; i++)
		if (!error_right(answers[i].out_error, i, answered))
			complain(machine, "serve: answer %u of %u has error %d", i, answered,
				 answers[i].out_error);
}

static void look_at_messages(struct machine *machine)
{
	unsigned int i;

	for (i = 0; i < nr_messages; i++)
		if (messages[i].cookie != COOKIE || !messages[i].area_id ||
		    messages[i].offset & (PAGE - 1) || messages[i].addr & (PAGE - 1) ||
		    messages[i].flags & ~PHYSVM_MESSAGE_WRITE)
			complain(machine, "serve: a message of area %llu, offset %#llx, at %#llx",
				 messages[i].area_id, messages[i].offset, messages[i].addr);
}

static long serve(struct machine *machine, const uint64_t *args, struct physvm_serve *serve)
{
	const timer_t timer = set_alarm();
	const long result = device_call(machine, args, PHYSVM_SERVE, serve, sizeof(*serve));

	timer_delete(timer);
	return result;
}

long call_serve(struct machine *machine, const uint64_t *args)
{
	static __thread struct physvm_answer answers[MAX_ANSWERS];
	struct physvm_serve asked = {
		.flags = args[FLAGS],
		.answers = (uintptr_t)answers,
		.messages = (uintptr_t)messages,
		.nr_answers = at_most(args[ANSWERS], MAX_ANSWERS),
		.nr_messages = at_most(args[FETCH], MAX_ANSWERS),
	};
	unsigned int i;
	long result;

	for (i = 0; i < asked.nr_answers; i++)
		answers[i] = make_answer(args, i);
	result = serve(machine, args, &asked);
	nr_messages = 0;
	if (result || args[AT])
		return result;
	look_at_answers(machine, &asked, answers);
	nr_messages = at_most(asked.out_messages, MAX_ANSWERS);
	look_at_messages(machine);
	return 0;
}
