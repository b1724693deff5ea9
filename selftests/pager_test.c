// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paged areas: messages, answers, and those who wait.
 */
#include "kselftest_harness.h"

#include <sys/epoll.h>
#include <sys/uio.h>

#include "child.h"
#include "pager.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

#define LENGTH (64 * PAGE)
#define COOKIE 0x123456789abcdef0
#define RW (PROT_READ | PROT_WRITE)

FIXTURE(pager)
{
	int fd;
	int pager;
	char *area;
	uint64_t id;
	char *data;	/* 64 pages to answer with, each filled with its number */
};

FIXTURE_SETUP(pager)
{
	size_t i;

	catch_faults();
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->pager = make_pager(self->fd, 0);
	ASSERT_LE(0, self->pager);
	self->area = alloc_paged(self->fd, self->pager, LENGTH, COOKIE);
	ASSERT_NE(NULL, self->area);
	self->id = area_id(self->fd, self->area);
	self->data = mmap(NULL, LENGTH + PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->data);
	/* What lies behind may be the area. */
	ASSERT_EQ(0, mprotect(self->data + LENGTH, PAGE, PROT_NONE));
	for (i = 0; i < LENGTH / PAGE; i++)
		fill_page(self->data + i * PAGE, 1000 * (i + 1));
}

FIXTURE_TEARDOWN(pager)
{
	close(self->pager);
	unmap(self->fd, self->area, LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define ANSWER(offset, length, action, data) \
	give_answer(self->pager, answer_args(self->id, offset, length, action, data))

static int messages_now(int pager)
{
	struct physvm_message message;

	return fetch_now(pager, &message, 1);
}

TEST_F(pager, takes_nothing)
{
	const struct physvm_query page = query(self->fd, self->area);

	EXPECT_EQ(0, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(PHYSVM_AREA_PAGED, page.out_type);
	EXPECT_EQ(PHYSVM_PAGE_RESERVED, page.out_state);
	EXPECT_EQ(0, page.out_phys);
	EXPECT_EQ(0, messages_now(self->pager));
}

TEST_F(pager, message_says_what_is_touched)
{
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area + 5 * PAGE, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(self->id, message.area_id);
	EXPECT_EQ(COOKIE, message.cookie);
	EXPECT_EQ(5 * PAGE, message.offset);
	EXPECT_EQ((uintptr_t)self->area + 5 * PAGE, message.addr);
	EXPECT_EQ(getpid(), message.pid);
	EXPECT_EQ(0, message.flags);
	EXPECT_EQ(0, messages_now(self->pager));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY,
				 self->data + 5 * PAGE));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_EQ(6000, toucher.value);
	EXPECT_TRUE(page_filled(self->area + 5 * PAGE, 6000));
	EXPECT_EQ(PHYSVM_PAGE_COMMITTED, query(self->fd, self->area + 5 * PAGE).out_state);
	EXPECT_EQ(1, pool_stat(self->fd).out_used_pages);
}

TEST_F(pager, message_says_what_is_written)
{
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area, true, 42));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(PHYSVM_MESSAGE_WRITE, message.flags);
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_EQ(42, *(unsigned long *)self->area);
	EXPECT_TRUE(all_zero(self->area + 8, PAGE - 8));
}

#define CROWD 8

TEST_F(pager, many_threads_cost_one_message)
{
	struct physvm_message messages[CROWD];
	struct toucher touchers[CROWD];
	int i;

	for (i = 0; i < CROWD; i++)
		ASSERT_TRUE(start_toucher(&touchers[i], self->area + PAGE, false, 0));
	for (i = 0; i < CROWD; i++)
		ASSERT_TRUE(toucher_waits(&touchers[i]));
	EXPECT_EQ(1, fetch_now(self->pager, messages, CROWD));
	EXPECT_EQ(0, fetch_now(self->pager, messages + 1, CROWD - 1));
	EXPECT_EQ(0, answer_with(self->pager, messages, PAGE, PHYSVM_ANSWER_COPY, self->data));
	for (i = 0; i < CROWD; i++) {
		EXPECT_EQ(0, join_toucher(&touchers[i]));
		EXPECT_EQ(1000, touchers[i].value);
	}
	EXPECT_EQ(0, messages_now(self->pager));
}

TEST_F(pager, one_answer_for_many_pages)
{
	struct physvm_message messages[CROWD];
	struct toucher touchers[CROWD];
	int i;

	for (i = 0; i < CROWD; i++)
		ASSERT_TRUE(start_toucher(&touchers[i], self->area + 3 * i * PAGE, false, 0));
	for (i = 0; i < CROWD; i++)
		ASSERT_TRUE(toucher_waits(&touchers[i]));
	EXPECT_EQ(CROWD, fetch_now(self->pager, messages, CROWD));
	EXPECT_EQ(0, ANSWER(0, LENGTH, PHYSVM_ANSWER_COPY, self->data));
	for (i = 0; i < CROWD; i++) {
		EXPECT_EQ(0, join_toucher(&touchers[i]));
		EXPECT_EQ(1000 * (3 * i + 1), touchers[i].value);
	}
	for (i = 0; i < LENGTH / PAGE; i++)
		EXPECT_TRUE(page_filled(self->area + i * PAGE, 1000 * (i + 1)));
}

TEST_F(pager, answers_and_next_message_in_one_call)
{
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_message message;
	struct physvm_answer answer;
	struct toucher touchers[2];

	ASSERT_TRUE(start_toucher(&touchers[0], self->area, false, 0));
	args.messages = (uintptr_t)&message;
	args.nr_messages = 1;
	ASSERT_EQ(0, call(self->pager, PHYSVM_SERVE, &args));
	ASSERT_EQ(1, args.out_messages);
	ASSERT_TRUE(start_toucher(&touchers[1], self->area + PAGE, false, 0));
	answer = answer_args(self->id, message.offset, PAGE, PHYSVM_ANSWER_COPY, self->data);
	args.answers = (uintptr_t)&answer;
	args.nr_answers = 1;
	ASSERT_EQ(0, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, args.out_answered);
	EXPECT_EQ(0, answer.out_error);
	EXPECT_EQ(1, args.out_messages);
	EXPECT_EQ(PAGE, message.offset);
	EXPECT_EQ(0, join_toucher(&touchers[0]));
	EXPECT_EQ(0, ANSWER(PAGE, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&touchers[1]));
}

TEST_F(pager, supplied_before_anybody_asks)
{
	ASSERT_EQ(0, ANSWER(PAGE, 8 * PAGE, PHYSVM_ANSWER_COPY, self->data + PAGE));
	EXPECT_TRUE(page_filled(self->area + PAGE, 2000));
	EXPECT_TRUE(page_filled(self->area + 8 * PAGE, 9000));
	EXPECT_EQ(8, resident_pages(self->area + PAGE, 8));
	EXPECT_EQ(0, messages_now(self->pager));
}

TEST_F(pager, what_is_there_stays)
{
	ASSERT_EQ(0, ANSWER(PAGE, PAGE, PHYSVM_ANSWER_COPY, self->data));
	self->area[PAGE] = 42;
	EXPECT_EQ(0, ANSWER(PAGE, PAGE, PHYSVM_ANSWER_COPY, self->data + 8 * PAGE));
	EXPECT_EQ(0, ANSWER(0, 4 * PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, ANSWER(0, 8 * PAGE, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_EQ(42, self->area[PAGE]);
	EXPECT_TRUE(all_zero(self->area, PAGE));
	EXPECT_TRUE(all_zero(self->area + 2 * PAGE, 2 * PAGE));
	EXPECT_TRUE(page_filled(self->area + 4 * PAGE, 5000));
	EXPECT_EQ(8, settled_pool_stat(self->fd).out_used_pages);
}

TEST_F(pager, unaligned_data)
{
	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_COPY, self->data + 24));
	EXPECT_EQ(0, memcmp(self->area, self->data + 24, PAGE));
}

TEST_F(pager, failure_is_sigsegv_once)
{
	struct physvm_message message;
	struct toucher toucher;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
		ASSERT_TRUE(next_message(self->pager, &message));
		EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_FAIL, NULL));
		EXPECT_EQ(SIGSEGV, join_toucher(&toucher));
	}
	EXPECT_EQ(0, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_EQ(0, read_signal(self->area));
}

/* Only where it waits, and only who waits already. */
TEST_F(pager, failure_is_of_a_range)
{
	struct physvm_message messages[2];
	struct toucher touchers[2];

	ASSERT_TRUE(start_toucher(&touchers[0], self->area, false, 0));
	ASSERT_TRUE(start_toucher(&touchers[1], self->area + 4 * PAGE, false, 0));
	ASSERT_TRUE(next_message(self->pager, &messages[0]));
	ASSERT_TRUE(next_message(self->pager, &messages[1]));
	EXPECT_EQ(0, ANSWER(PAGE, LENGTH - PAGE, PHYSVM_ANSWER_FAIL, NULL));
	EXPECT_EQ(SIGSEGV, join_toucher(&touchers[1]));
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_EQ(0, join_toucher(&touchers[0]));
}

static const void *expected_fault;

static void exit_if_expected(int signal, siginfo_t *info, void *context)
{
	_exit(info->si_addr == expected_fault ? 0 : 2);
}

TEST_F(pager, signal_says_where)
{
	struct sigaction action = { .sa_sigaction = exit_if_expected, .sa_flags = SA_SIGINFO };
	struct physvm_message message;
	pid_t child;

	expected_fault = self->area + 7 * PAGE + 8;
	child = fork();
	if (!child) {
		sigaction(SIGSEGV, &action, NULL);
		_exit(*(volatile char *)expected_fault ? 3 : 4);
	}
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(child, message.pid);
	EXPECT_EQ((uintptr_t)self->area + 7 * PAGE, message.addr);
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_FAIL, NULL));
	EXPECT_TRUE(child_succeeded(child));
}

/* System calls that read and write memory. */

struct caller {
	pthread_t thread;
	int fd;
	char *buffer;
	size_t length;
	bool read;
	ssize_t result;
	int error;
};

static void *make_call(void *arg)
{
	struct caller *caller = arg;

	caller->result = caller->read ? read(caller->fd, caller->buffer, caller->length) :
					write(caller->fd, caller->buffer, caller->length);
	caller->error = errno;
	return NULL;
}

TEST_F(pager, written_by_a_system_call)
{
	struct physvm_message message;
	struct caller caller = { .buffer = self->area, .length = 2 * PAGE };
	char got[2 * PAGE];
	int ends[2], i;

	ASSERT_EQ(0, pipe(ends));
	caller.fd = ends[1];
	ASSERT_EQ(0, pthread_create(&caller.thread, NULL, make_call, &caller));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(next_message(self->pager, &message));
		EXPECT_EQ(i * PAGE, message.offset);
		EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY,
					 self->data + i * PAGE));
	}
	pthread_join(caller.thread, NULL);
	EXPECT_EQ(2 * PAGE, caller.result);
	EXPECT_EQ(2 * PAGE, read(ends[0], got, sizeof(got)));
	EXPECT_EQ(0, memcmp(got, self->data, 2 * PAGE));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(pager, read_by_a_system_call)
{
	struct physvm_message message;
	struct caller caller = { .buffer = self->area + 100, .length = 8, .read = true };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(8, write(ends[1], "paged in", 8));
	caller.fd = ends[0];
	ASSERT_EQ(0, pthread_create(&caller.thread, NULL, make_call, &caller));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(PHYSVM_MESSAGE_WRITE, message.flags);
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY, self->data));
	pthread_join(caller.thread, NULL);
	EXPECT_EQ(8, caller.result);
	EXPECT_EQ(0, memcmp(self->area + 100, "paged in", 8));
	EXPECT_EQ(0, memcmp(self->area + 108, self->data + 108, PAGE - 108));
	close(ends[0]);
	close(ends[1]);
}

/* The kernel may try more than once. */
TEST_F(pager, failure_of_a_system_call)
{
	struct pollfd poll_fd = { .fd = self->pager, .events = POLLIN };
	struct physvm_message message;
	struct caller caller = { .buffer = self->area, .length = PAGE };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	caller.fd = ends[1];
	ASSERT_EQ(0, pthread_create(&caller.thread, NULL, make_call, &caller));
	while (pthread_tryjoin_np(caller.thread, NULL)) {
		if (poll(&poll_fd, 1, 10) != 1)
			continue;
		ASSERT_EQ(1, fetch_now(self->pager, &message, 1));
		EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_FAIL, NULL));
	}
	EXPECT_EQ(-1, caller.result);
	EXPECT_EQ(EFAULT, caller.error);
	close(ends[0]);
	close(ends[1]);
}

/* get_user_pages(), which gives up the lock and comes back. */
TEST_F(pager, spliced_pages)
{
	struct iovec from = { self->area, 2 * PAGE };
	char got[2 * PAGE];
	pthread_t thread;
	struct caller caller = { .buffer = got, .length = sizeof(got), .read = true };
	struct physvm_message message;
	pid_t child;
	int ends[2], i;

	ASSERT_EQ(0, pipe(ends));
	child = fork();
	if (!child) {
		child_need(vmsplice(ends[1], &from, 1, 0) == 2 * PAGE);
		_exit(0);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(next_message(self->pager, &message));
		EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY,
					 self->data + message.offset));
	}
	EXPECT_TRUE(child_succeeded(child));
	caller.fd = ends[0];
	ASSERT_EQ(0, pthread_create(&thread, NULL, make_call, &caller));
	pthread_join(thread, NULL);
	EXPECT_EQ(2 * PAGE, caller.result);
	EXPECT_EQ(0, memcmp(got, self->data, 2 * PAGE));
	close(ends[0]);
	close(ends[1]);
}

/* By address. */

TEST_F(pager, commit_is_an_answer)
{
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area + PAGE, false, 1));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, commit(self->fd, self->area, 4 * PAGE));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_EQ(0, toucher.value);
	EXPECT_TRUE(all_zero(self->area, 4 * PAGE));
	EXPECT_EQ(0, messages_now(self->pager));
}

TEST_F(pager, decommitted_pages_are_asked_for_again)
{
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_EQ(0, ANSWER(0, LENGTH, PHYSVM_ANSWER_COPY, self->data));
	self->area[PAGE] = 42;
	ASSERT_EQ(0, decommit(self->fd, self->area, 4 * PAGE));
	EXPECT_EQ(LENGTH / PAGE - 4, settled_pool_stat(self->fd).out_used_pages);
	ASSERT_TRUE(start_toucher(&toucher, self->area + PAGE, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_EQ(1000, toucher.value);
}

/* Several areas of one pager, several mappings of one area. */

TEST_F(pager, areas_of_one_pager)
{
	char *other = alloc_paged(self->fd, self->pager, LENGTH, 7);
	struct physvm_message messages[2];
	struct toucher touchers[2];
	int i;

	ASSERT_NE(NULL, other);
	ASSERT_TRUE(start_toucher(&touchers[0], self->area, false, 0));
	ASSERT_TRUE(start_toucher(&touchers[1], other, false, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(next_message(self->pager, &messages[i]));
		EXPECT_EQ(0, answer_with(self->pager, &messages[i], PAGE, PHYSVM_ANSWER_COPY,
					 self->data + (messages[i].cookie == 7 ? PAGE : 0)));
	}
	EXPECT_NE(messages[0].area_id, messages[1].area_id);
	EXPECT_EQ(0, join_toucher(&touchers[0]));
	EXPECT_EQ(0, join_toucher(&touchers[1]));
	EXPECT_EQ(1000, touchers[0].value);
	EXPECT_EQ(2000, touchers[1].value);
	EXPECT_EQ(0, unmap(self->fd, other, LENGTH));
}

TEST_F(pager, mapped_twice)
{
	struct physvm_alloc args = paged_args(self->pager, LENGTH, 0);
	struct physvm_message message;
	struct toucher touchers[2];
	char *a, *b;

	args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	a = (char *)(uintptr_t)args.out_addr;
	b = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, args.out_fd, 0);
	ASSERT_NE(MAP_FAILED, b);
	close(args.out_fd);
	ASSERT_TRUE(start_toucher(&touchers[0], a, false, 0));
	ASSERT_TRUE(start_toucher(&touchers[1], b, false, 0));
	ASSERT_TRUE(toucher_waits(&touchers[0]) && toucher_waits(&touchers[1]));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, messages_now(self->pager));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_COPY, self->data));
	EXPECT_EQ(0, join_toucher(&touchers[0]));
	EXPECT_EQ(0, join_toucher(&touchers[1]));
	EXPECT_EQ(1000, touchers[1].value);
	munmap(a, LENGTH);
	munmap(b, LENGTH);
}

/* The area goes while somebody waits for a page of it: it stays until then. */
TEST_F(pager, unmapped_while_waiting)
{
	char *other = alloc_paged(self->fd, self->pager, LENGTH, 0);
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_NE(NULL, other);
	ASSERT_TRUE(start_toucher(&toucher, other, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	ASSERT_EQ(0, munmap(other, LENGTH));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(SIGSEGV, join_toucher(&toucher));
	EXPECT_EQ(ENOENT, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
}

TEST_F(pager, epoll)
{
	struct epoll_event event = { .events = EPOLLIN }, got;
	struct physvm_message message;
	struct toucher toucher;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->pager, &event));
	EXPECT_EQ(0, epoll_wait(epoll, &got, 1, 0));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	EXPECT_EQ(1, epoll_wait(epoll, &got, 1, SOON));
	ASSERT_EQ(1, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(0, epoll_wait(epoll, &got, 1, 0));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
	close(epoll);
}

/* Batches. */

TEST_F(pager, error_in_the_middle)
{
	struct physvm_answer answers[] = {
		answer_args(self->id, 0, PAGE, PHYSVM_ANSWER_COPY, self->data),
		answer_args(self->id, PAGE, PAGE, PHYSVM_ANSWER_COPY, (void *)8),
		answer_args(self->id, 2 * PAGE, PAGE, PHYSVM_ANSWER_COPY, self->data),
	};
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_message message;

	args.answers = (uintptr_t)answers;
	args.nr_answers = 3;
	args.messages = (uintptr_t)&message;
	args.nr_messages = 1;
	ASSERT_EQ(0, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, args.out_answered);
	EXPECT_EQ(0, args.out_messages);
	EXPECT_EQ(0, answers[0].out_error);
	EXPECT_EQ(EFAULT, answers[1].out_error);
	EXPECT_EQ(-1, answers[2].out_error);
	EXPECT_EQ(1, settled_pool_stat(self->fd).out_used_pages);
}

#define EXPECT_ANSWER_REFUSED(error, ...) \
	EXPECT_REFUSED(error, self->fd, \
		       give_answer(self->pager, answer_args(__VA_ARGS__)))

TEST_F(pager, bad_answers)
{
	const uint64_t id = self->id;
	char *data = self->data;

	EXPECT_ANSWER_REFUSED(EOPNOTSUPP, id, 0, PAGE, 0, NULL);
	EXPECT_ANSWER_REFUSED(EOPNOTSUPP, id, 0, PAGE, 6, NULL);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 8, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, PAGE + 8, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, 0, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(EINVAL, id, -PAGE, 2 * PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, PAGE, PHYSVM_ANSWER_ZERO, data);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, PAGE, PHYSVM_ANSWER_FAIL, data);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, PAGE, PHYSVM_ANSWER_MOVE, data + 8);
	EXPECT_ANSWER_REFUSED(EINVAL, id, 0, 2 * PAGE, PHYSVM_ANSWER_COPY, (void *)-PAGE);
	EXPECT_ANSWER_REFUSED(ENXIO, id, LENGTH, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(ENXIO, id, LENGTH - PAGE, 2 * PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(ENXIO, id, 1ull << 60, PAGE, PHYSVM_ANSWER_FAIL, NULL);
	EXPECT_ANSWER_REFUSED(ENOENT, id + 1, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(ENOENT, -1ull, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_ANSWER_REFUSED(EFAULT, id, 0, PAGE, PHYSVM_ANSWER_COPY, NULL);
	EXPECT_ANSWER_REFUSED(EFAULT, id, 0, 2 * PAGE, PHYSVM_ANSWER_COPY,
			      data + LENGTH - PAGE);
	EXPECT_ANSWER_REFUSED(EFAULT, id, 0, PAGE, PHYSVM_ANSWER_COPY, (void *)(-2 * PAGE));
}

/* An area belongs to one pager. */
TEST_F(pager, no_answers_for_others)
{
	int other = make_pager(self->fd, 0);

	ASSERT_LE(0, other);
	EXPECT_REFUSED(ENOENT, self->fd,
		       give_answer(other, answer_args(self->id, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL)));
	close(other);
}

TEST_F(pager, more_than_the_pool_has)
{
	const uint64_t length = 1ull << 30;
	char *large = alloc_paged(self->fd, self->pager, length, 0);
	struct physvm_answer answer;

	ASSERT_NE(NULL, large);
	answer = answer_args(area_id(self->fd, large), 0, length, PHYSVM_ANSWER_ZERO, NULL);
	EXPECT_REFUSED(ENOMEM, self->fd, give_answer(self->pager, answer));
	answer.length = PAGE;
	answer.offset = length - PAGE;
	EXPECT_EQ(0, give_answer(self->pager, answer));
	EXPECT_EQ(0, read_signal(large + length - PAGE));
	EXPECT_EQ(0, unmap(self->fd, large, length));
}

TEST_F(pager, bad_calls)
{
	struct physvm_answer answer =
		answer_args(self->id, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	struct physvm_serve args = serve_args(2);
	struct {
		struct physvm_serve args;
		uint64_t unknown;
	} longer = {};

	EXPECT_EQ(EOPNOTSUPP, call(self->pager, PHYSVM_SERVE, &args));
	args.flags = PHYSVM_SERVE_WAIT;
	EXPECT_EQ(EINVAL, call(self->pager, PHYSVM_SERVE, &args));
	args = serve_args(0);
	args.size--;
	EXPECT_EQ(EINVAL, call(self->pager, PHYSVM_SERVE, &args));
	args.size = 0;
	EXPECT_EQ(EINVAL, call(self->pager, PHYSVM_SERVE, &args));
	longer.args.size = sizeof(longer);
	EXPECT_EQ(0, call(self->pager, PHYSVM_SERVE, &longer));
	longer.unknown = 1;
	EXPECT_EQ(E2BIG, call(self->pager, PHYSVM_SERVE, &longer));
	args = serve_args(0);
	args.nr_answers = 1;
	args.answers = 8;
	EXPECT_REFUSED(EFAULT, self->fd, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(EFAULT, call(self->pager, PHYSVM_SERVE, (void *)8));
	EXPECT_EQ(ENOTTY, call(self->pager, PHYSVM_INFO, &args));
	EXPECT_EQ(ENOTTY, call(self->fd, PHYSVM_SERVE, &args));
	args = serve_args(0);
	args.nr_answers = 1;
	args.answers = (uintptr_t)&answer;
	EXPECT_EQ(0, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, args.out_answered);
}

/* What cannot be told is not lost. */
TEST_F(pager, message_that_cannot_be_told)
{
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(toucher_waits(&toucher));
	args.messages = 8;
	args.nr_messages = 1;
	EXPECT_EQ(EFAULT, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

TEST_F(pager, contradictions)
{
	static const uint32_t wrong[] = {
		PHYSVM_ALLOC_PHYS, PHYSVM_ALLOC_CONTIG, PHYSVM_ALLOC_COMMIT,
		PHYSVM_ALLOC_POPULATE, PHYSVM_ALLOC_NORESERVE, PHYSVM_ALLOC_HIDDEN,
		PHYSVM_ALLOC_DEVICE,
	};
	struct physvm_alloc args;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		args = paged_args(self->pager, PAGE, 0);
		args.flags |= wrong[i];
		EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	}
	args = paged_args(self->fd, PAGE, 0);
	EXPECT_REFUSED(EBADF, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args = paged_args(-1, PAGE, 0);
	EXPECT_REFUSED(EBADF, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args = alloc_args(PAGE, 0);
	args.source_fd = self->pager;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
	args = alloc_args(PAGE, 0);
	args.cookie = 1;
	EXPECT_REFUSED(EINVAL, self->fd, call(self->fd, PHYSVM_ALLOC, &args));
}

TEST_F(pager, write_combining)
{
	struct physvm_alloc args = paged_args(self->pager, LENGTH, 0);
	char *area;

	args.cache = PHYSVM_CACHE_WC;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	area = (char *)(uintptr_t)args.out_addr;
	ASSERT_EQ(0, give_answer(self->pager, answer_args(area_id(self->fd, area), 0, LENGTH,
							  PHYSVM_ANSWER_COPY, self->data)));
	EXPECT_EQ(0, memcmp(area, self->data, LENGTH));
	EXPECT_EQ(0, unmap(self->fd, area, LENGTH));
}

TEST_HARNESS_MAIN
