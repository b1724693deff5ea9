// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pagers that are dead, slow or gone, and those who wait for them: whatever
 * happens to a server, who touches a page goes on or gets a signal, and can
 * always be killed.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/user.h>

#include "child.h"
#include "pager.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

#define LENGTH (64 * PAGE)
#define RW (PROT_READ | PROT_WRITE)

FIXTURE(server)
{
	int fd;
	int pager;
	char *area;
	uint64_t id;
};

FIXTURE_SETUP(server)
{
	catch_faults();
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->pager = make_pager(self->fd, 0);
	ASSERT_LE(0, self->pager);
	self->area = alloc_paged(self->fd, self->pager, LENGTH, 1);
	ASSERT_NE(NULL, self->area);
	self->id = area_id(self->fd, self->area);
}

FIXTURE_TEARDOWN(server)
{
	close(self->pager);
	unmap(self->fd, self->area, LENGTH);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define ANSWER(offset, length, action, data) \
	give_answer(self->pager, answer_args(self->id, offset, length, action, data))

/* Dead. */

TEST_F(server, closed)
{
	struct physvm_alloc args = paged_args(self->pager, PAGE, 0);
	struct toucher toucher;

	ASSERT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	self->area[0] = 42;
	ASSERT_TRUE(start_toucher(&toucher, self->area + PAGE, false, 0));
	ASSERT_TRUE(wait_for_message(self->pager));
	close(self->pager);
	EXPECT_EQ(SIGBUS, join_toucher(&toucher));
	EXPECT_EQ(SIGBUS, read_signal(self->area + PAGE));
	EXPECT_EQ(SIGBUS, write_signal(self->area + 2 * PAGE));
	EXPECT_EQ(42, self->area[0]);
	EXPECT_EQ(EBADF, call(self->fd, PHYSVM_ALLOC, &args));
	/* Zero pages need no pager. */
	EXPECT_EQ(0, commit(self->fd, self->area + PAGE, PAGE));
	EXPECT_EQ(0, read_signal(self->area + PAGE));
}

TEST_F(server, descriptor_closed_before_the_area_is_gone)
{
	char *other = alloc_paged(self->fd, self->pager, PAGE, 0);
	struct toucher touchers[2];

	ASSERT_NE(NULL, other);
	ASSERT_TRUE(start_toucher(&touchers[0], self->area, true, 1));
	ASSERT_TRUE(start_toucher(&touchers[1], other, true, 1));
	ASSERT_TRUE(toucher_waits(&touchers[0]) && toucher_waits(&touchers[1]));
	close(self->pager);
	EXPECT_EQ(SIGBUS, join_toucher(&touchers[0]));
	EXPECT_EQ(SIGBUS, join_toucher(&touchers[1]));
	EXPECT_EQ(0, unmap(self->fd, other, PAGE));
}

/* A server in a child, up to the message that it leaves unanswered. */
static void fetch_and_stop(int pager, const void *arg)
{
	struct physvm_message message;

	child_need(next_message(pager, &message));
	raise(SIGSTOP);
	child_need(!answer_with(pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
}

static void register_and_stop(int pager, const void *arg)
{
	child_need(fetch_now(pager, NULL, 0) == 0);
	raise(SIGSTOP);
}

/* The test has the descriptor too, but never served. */
TEST_F(server, killed)
{
	pid_t server = child_start(fetch_and_stop, self->pager, NULL);
	struct physvm_alloc args = paged_args(self->pager, PAGE, 0);
	struct pollfd poll_fd = { .fd = self->pager, .events = POLLIN };
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(child_stopped(server));
	ASSERT_TRUE(child_kill(server));
	EXPECT_EQ(SIGBUS, join_toucher(&toucher));
	EXPECT_EQ(SIGBUS, read_signal(self->area));
	EXPECT_EQ(-ESHUTDOWN, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLHUP, poll_fd.revents);
	EXPECT_EQ(ESHUTDOWN, call(self->fd, PHYSVM_ALLOC, &args));
}

TEST_F(server, killed_before_it_was_told)
{
	pid_t server = child_start(register_and_stop, self->pager, NULL);
	struct toucher toucher;

	ASSERT_TRUE(child_stopped(server));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(toucher_waits(&toucher));
	ASSERT_TRUE(child_kill(server));
	EXPECT_EQ(SIGBUS, join_toucher(&toucher));
}

/*
 * Millions of answers that neither copy nor wait, out of one piece of memory that is
 * mapped again and again: all of them are carried out in a minute or more.
 */
#define PIECE (400 * PAGE)	/* a whole number of answers */
#define PIECES 1000

static struct physvm_answer *map_answers(const struct physvm_answer *answer)
{
	const int file = memfd_create("answers", MFD_CLOEXEC);
	char *all = mmap(NULL, PIECES * PIECE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	child_need(file >= 0 && all != MAP_FAILED && !ftruncate(file, PIECE));
	for (i = 0; i < PIECES; i++)
		child_need(mmap(all + i * PIECE, PIECE, RW, MAP_SHARED | MAP_FIXED, file, 0) !=
			   MAP_FAILED);
	for (i = 0; i < PIECE / sizeof(*answer); i++)
		((struct physvm_answer *)all)[i] = *answer;
	return (struct physvm_answer *)all;
}

static void answer_for_long(int pager, const void *arg)
{
	struct physvm_answer *answers = map_answers(arg);

	raise(SIGSTOP);
	give_answers(pager, answers, PIECES * (PIECE / sizeof(*answers)));
}

static bool is_gone_within(pid_t pid, unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < seconds * 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

TEST_F_TIMEOUT(server, killed_between_two_answers, PATIENCE)
{
	const struct physvm_answer answer = answer_args(self->id, 0, PAGE, PHYSVM_ANSWER_ZERO,
							NULL);
	pid_t server = child_start(answer_for_long, self->pager, &answer);

	ASSERT_TRUE(child_stopped(server));
	kill(server, SIGCONT);
	EXPECT_FALSE(is_gone_within(server, 1));
	kill(server, SIGKILL);
	EXPECT_TRUE(is_gone_within(server, 20));
}

/* Killed anywhere: most of the time it is somewhere in PHYSVM_SERVE. */
static void serve_zeroes(int pager, const void *arg)
{
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_message messages[8];
	struct physvm_answer answers[8];
	uint32_t i;

	args.messages = (uintptr_t)messages;
	args.nr_messages = 8;
	args.answers = (uintptr_t)answers;
	for (;;) {
		if (ioctl(pager, PHYSVM_SERVE, &args))
			return;
		for (i = 0; i < args.out_messages; i++)
			answers[i] = answer_args(messages[i].area_id, messages[i].offset, PAGE,
						 PHYSVM_ANSWER_ZERO, NULL);
		args.nr_answers = args.out_messages;
	}
}

struct walker {
	pthread_t thread;
	char *area;
	size_t pages;
	int signal;
};

static void *walk(void *arg)
{
	struct walker *walker = arg;
	unsigned long value;
	size_t i;

	for (i = 0; i < walker->pages && !walker->signal; i++)
		walker->signal = try_load((unsigned long *)(walker->area + i * PAGE), &value);
	return NULL;
}

#define MANY (1024 * PAGE)

TEST_F_TIMEOUT(server, killed_anywhere, PATIENCE)
{
	int round, died = 0;

	for (round = 0; round < 20; round++) {
		int pager = make_pager(self->fd, 0), i;
		struct walker walkers[2] = {};
		pid_t server;

		ASSERT_LE(0, pager);
		for (i = 0; i < 2; i++) {
			walkers[i].area = alloc_paged(self->fd, pager, MANY, 0);
			walkers[i].pages = MANY / PAGE;
			ASSERT_NE(NULL, walkers[i].area);
		}
		server = child_start(serve_zeroes, pager, NULL);
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]));
		usleep(1000 * round);
		/* It may not have served yet: then the pager lives on, without a server. */
		ASSERT_TRUE(child_kill(server));
		close(pager);
		for (i = 0; i < 2; i++) {
			pthread_join(walkers[i].thread, NULL);
			died += walkers[i].signal == SIGBUS;
			EXPECT_TRUE(!walkers[i].signal || walkers[i].signal == SIGBUS);
			EXPECT_EQ(0, unmap(self->fd, walkers[i].area, MANY));
		}
	}
	TH_LOG("%d of 40 walks cut short", died);
	EXPECT_NE(0, died);
}

TEST_F(server, exits_without_a_word)
{
	pid_t server = child_start(register_and_stop, self->pager, NULL);
	struct toucher toucher;

	ASSERT_TRUE(child_stopped(server));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(toucher_waits(&toucher));
	ASSERT_TRUE(child_finish(server));
	EXPECT_EQ(SIGBUS, join_toucher(&toucher));
}

/* Its place is taken. */

TEST_F(server, another_gets_what_was_not_answered)
{
	pid_t server = child_start(fetch_and_stop, self->pager, NULL);
	struct physvm_message message;
	struct toucher toucher;

	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(child_stopped(server));
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	ASSERT_TRUE(child_kill(server));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, message.offset);
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

/*
 * While a thread of a process blocks it, even a signal that is ignored ends the wait
 * of another thread. The touch begins anew, and so does the asking.
 */
TEST_F(server, told_again_when_a_signal_interrupts)
{
	struct physvm_message message;
	struct toucher toucher;
	sigset_t urgent;

	sigemptyset(&urgent);
	sigaddset(&urgent, SIGURG);
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &urgent, NULL));
	ASSERT_EQ(0, kill(getpid(), SIGURG));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, message.offset);
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

/* Closing is not dying: somebody else may serve. */
TEST_F(server, closes_and_lives)
{
	struct physvm_message message;
	struct toucher toucher;
	int copy = dup(self->pager);

	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(next_message(copy, &message));
	close(copy);
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

static void exec_away(int pager, const void *arg)
{
	struct physvm_message message;

	child_need(next_message(pager, &message));
	setenv("PAGER_SERVER_TEST_DO_NOTHING", "1", 1);
	execl("/proc/self/exe", "nothing", NULL);
	child_need(false);
}

static void __attribute__((constructor)) do_nothing(void)
{
	if (getenv("PAGER_SERVER_TEST_DO_NOTHING"))
		_exit(0);
}

/* The descriptor is close-on-exec. */
TEST_F(server, executes_another_program)
{
	struct physvm_message message;
	struct toucher toucher;
	pid_t server;
	int status;

	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	server = fork();
	if (!server)
		exec_away(self->pager, NULL);
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_EQ(server, waitpid(server, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

static void serve_received(int socket, const void *arg)
{
	int pager = receive_fd(socket);

	child_need(pager >= 0);
	serve_zeroes(pager, NULL);
}

TEST_F(server, passed_over_a_socket)
{
	int sockets[2], pager = make_pager(self->fd, 0);
	unsigned long value;
	pid_t server;
	char *area;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	server = child_start(serve_received, sockets[1], NULL);
	area = alloc_paged(self->fd, pager, LENGTH, 0);
	ASSERT_NE(NULL, area);
	ASSERT_TRUE(send_fd(sockets[0], pager));
	close(pager);
	EXPECT_EQ(0, try_load((unsigned long *)area, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, write_signal(area + 5 * PAGE));
	ASSERT_TRUE(child_kill(server));
	EXPECT_EQ(0, read_signal(area));
	EXPECT_EQ(SIGBUS, read_signal(area + 8 * PAGE));
	EXPECT_EQ(0, unmap(self->fd, area, LENGTH));
	close(sockets[0]);
	close(sockets[1]);
}

/* Several threads and processes of servers. */

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	signals++;
}

static void *serve_thread(void *arg)
{
	serve_zeroes((intptr_t)arg, NULL);
	return NULL;
}

TEST_F_TIMEOUT(server, several, PATIENCE)
{
	const struct sigaction action = { .sa_handler = count_signal };
	char *area = alloc_paged(self->fd, self->pager, MANY, 0);
	struct walker walkers[4] = {};
	pthread_t threads[2];
	pid_t children[2];
	size_t i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < 2; i++) {
		children[i] = child_start(serve_zeroes, self->pager, NULL);
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, serve_thread,
					    (void *)(intptr_t)self->pager));
	}
	for (i = 0; i < 4; i++) {
		walkers[i].area = area + i * MANY / 8;
		walkers[i].pages = MANY / PAGE - i * MANY / PAGE / 8;
		ASSERT_EQ(0, pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]));
	}
	for (i = 0; i < 2; i++) {
		usleep(2000);
		ASSERT_TRUE(child_kill(children[i]));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(walkers[i].thread, NULL);
		EXPECT_EQ(0, walkers[i].signal);
	}
	EXPECT_EQ(MANY / PAGE, pool_stat(self->fd).out_used_pages);
	EXPECT_EQ(0, unmap(self->fd, area, MANY));
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < 2; i++) {
		while (pthread_tryjoin_np(threads[i], NULL)) {
			pthread_kill(threads[i], SIGUSR1);
			usleep(10000);
		}
	}
}

/* Slow. */

TEST_F(server, timeout)
{
	int pager = make_pager(self->fd, 50), i;
	char *area = alloc_paged(self->fd, pager, LENGTH, 0);
	struct toucher touchers[4];

	ASSERT_NE(NULL, area);
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(start_toucher(&touchers[i], area, false, 0));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(SIGBUS, join_toucher(&touchers[i]));
	EXPECT_EQ(0, give_answer(pager, answer_args(area_id(self->fd, area), 0, PAGE,
						    PHYSVM_ANSWER_ZERO, NULL)));
	EXPECT_EQ(0, read_signal(area));
	EXPECT_EQ(SIGBUS, read_signal(area + PAGE));
	close(pager);
	EXPECT_EQ(0, unmap(self->fd, area, LENGTH));
}

/* Who waits can be killed, interrupted, looked at. */

static void touch_child(int fd, const void *area)
{
	_exit(*(const volatile char *)area ? 1 : 0);
}

TEST_F(server, who_waits_can_be_killed)
{
	pid_t child = child_start(touch_child, -1, self->area);
	struct physvm_message message;
	struct toucher toucher;

	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(child, message.pid);
	ASSERT_TRUE(asleep(child, child));
	EXPECT_TRUE(child_kill(child));
	/* The message is nobody's any more. */
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_FAIL, NULL));
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	EXPECT_EQ(0, answer_with(self->pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

/* Before it is fetched: then there is no message. */
TEST_F(server, unfetched_message_goes_with_who_waits)
{
	pid_t child = child_start(touch_child, -1, self->area);
	struct physvm_message message;

	ASSERT_TRUE(wait_for_message(self->pager));
	EXPECT_TRUE(child_kill(child));
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
}

/* The first to wait dies: another has the message now. */
TEST_F(server, leader_dies)
{
	pid_t child = child_start(touch_child, -1, self->area);
	struct physvm_message message;
	struct toucher touchers[2];

	ASSERT_TRUE(wait_for_message(self->pager));
	ASSERT_TRUE(start_toucher(&touchers[0], self->area, false, 0));
	ASSERT_TRUE(start_toucher(&touchers[1], self->area, false, 0));
	ASSERT_TRUE(toucher_waits(&touchers[0]) && toucher_waits(&touchers[1]));
	EXPECT_TRUE(child_kill(child));
	ASSERT_EQ(1, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(getpid(), message.pid);
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&touchers[0]));
	EXPECT_EQ(0, join_toucher(&touchers[1]));
}

static void read_into(int fd, const void *area)
{
	_exit(read(fd, (void *)(uintptr_t)area, 1) == 1 ? 0 : 1);
}

TEST_F(server, who_waits_in_a_system_call_can_be_killed)
{
	struct physvm_message message;
	int ends[2];
	pid_t child;

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	child = child_start(read_into, ends[0], self->area);
	ASSERT_TRUE(next_message(self->pager, &message));
	ASSERT_TRUE(asleep(child, child));
	EXPECT_TRUE(child_kill(child));
	close(ends[0]);
	close(ends[1]);
}

TEST_F(server, signals_are_delivered_while_waiting)
{
	struct physvm_message message;
	struct toucher toucher;
	int i;

	signals = 0;
	signal(SIGUSR1, count_signal);
	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	for (i = 1; i <= 5; i++) {
		ASSERT_TRUE(next_message(self->pager, &message));
		ASSERT_TRUE(toucher_waits(&toucher));
		EXPECT_EQ(0, pthread_kill(toucher.thread, SIGUSR1));
		/* Touched again when the handler has returned. */
		ASSERT_TRUE(wait_for_message(self->pager));
		EXPECT_EQ(i, signals);
	}
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
}

/* As a debugger does: stop, look, write, go on. */
TEST_F(server, traced_while_waiting)
{
	pid_t child = child_start(touch_child, -1, self->area);
	struct physvm_message message;
	struct user_regs_struct regs;
	int status;

	ASSERT_TRUE(next_message(self->pager, &message));
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, child, NULL, NULL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(0, ptrace(PTRACE_GETREGS, child, NULL, &regs));
	/* A debugger is not kept waiting. */
	errno = 0;
	EXPECT_EQ(-1, ptrace(PTRACE_PEEKDATA, child, self->area + PAGE, NULL));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	errno = 0;
	EXPECT_EQ(0, ptrace(PTRACE_PEEKDATA, child, self->area, NULL));
	EXPECT_EQ(0, errno);
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, child, NULL, NULL));
	EXPECT_TRUE(child_succeeded(child));
}

/* Its own worst enemy: the data is in a page it would have to supply itself. */
static void answer_out_of_itself(int pager, const void *area)
{
	struct physvm_message message;

	child_need(next_message(pager, &message));
	child_need(answer_with(pager, &message, PAGE, PHYSVM_ANSWER_COPY,
			       (const char *)area + PAGE) == EFAULT);
	child_need(read_signal(area) == SIGBUS);
	child_need(read_signal((const char *)area + PAGE) == SIGBUS);
	child_need(!answer_with(pager, &message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	child_need(!read_signal(area));
}

/* It would be the only one to answer. */
TEST_F(server, that_would_wait_for_itself)
{
	pid_t server = child_start(answer_out_of_itself, self->pager, self->area);
	struct toucher toucher;

	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_TRUE(child_succeeded(server));
}

/* At a thread's end the kernel writes to memory; nothing could kill it there. */
static void *exit_into_missing_page(void *area)
{
	syscall(SYS_set_tid_address, area);
	syscall(SYS_exit, 0);
	return NULL;
}

TEST_F(server, thread_that_ends_does_not_wait)
{
	struct physvm_message message;
	pid_t child = fork();

	if (!child) {
		pthread_t thread;

		child_need(!pthread_create(&thread, NULL, exit_into_missing_page, self->area));
		usleep(100000);
		syscall(SYS_exit_group, 0);
	}
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
}

/* A server that waits has no reason to be woken but these. */

TEST_F(server, waiting_server_is_interrupted)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_answer answer = answer_args(self->id, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL);
	struct physvm_message message;

	signals = 0;
	sigaction(SIGALRM, &action, NULL);
	args.messages = (uintptr_t)&message;
	args.nr_messages = 1;
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EQ(EINTR, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, signals);
	/* What has been answered counts. */
	args.answers = (uintptr_t)&answer;
	args.nr_answers = 1;
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EQ(0, call(self->pager, PHYSVM_SERVE, &args));
	EXPECT_EQ(1, args.out_answered);
	EXPECT_EQ(0, args.out_messages);
	EXPECT_EQ(2, signals);
}

/* In a child that inherits the area, each asks for itself. */
TEST_F(server, fork_while_waiting)
{
	struct physvm_message message;
	struct toucher toucher;
	pid_t child;

	ASSERT_TRUE(start_toucher(&toucher, self->area, false, 0));
	ASSERT_TRUE(next_message(self->pager, &message));
	child = child_start(touch_child, -1, self->area);
	ASSERT_TRUE(asleep(child, child));
	EXPECT_EQ(0, fetch_now(self->pager, &message, 1));
	EXPECT_EQ(0, ANSWER(0, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&toucher));
	EXPECT_TRUE(child_succeeded(child));
}

TEST_HARNESS_MAIN
