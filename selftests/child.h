/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children for tests of several processes. A child says that it is where the
 * test wants it by stopping itself: raise(SIGSTOP) is a message and a barrier.
 */
#ifndef PHYSVM_SELFTESTS_CHILD_H
#define PHYSVM_SELFTESTS_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Seconds a test may take that fills the pool or kills many children: much more
 * than it needs, for emulated machines are slow and debug kernels slower.
 */
#define PATIENCE 300

/*
 * So many rounds, or a fifth where lockdep and KASAN watch: for what takes minutes
 * there, and is done in full on the other kernels.
 */
static inline unsigned int rounds_of(unsigned int rounds)
{
	return access("/proc/lockdep", F_OK) ? rounds : rounds / 5;
}

typedef void child_work_t(int fd, const void *arg);

/* Runs @work and exits with 0; dies with its parent, whatever happens. */
static inline pid_t child_start(child_work_t *work, int fd, const void *arg)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(fd, arg);
	_exit(0);
}

/* For children: what must not fail for the test to mean anything. */
static inline void child_need(bool condition)
{
	if (!condition)
		_exit(EXIT_FAILURE);
}

/* Has it come to its raise(SIGSTOP)? Waits for it. */
static inline bool child_stopped(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
}

/* Has it exited with 0? Waits for it. */
static inline bool child_succeeded(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

/* Kills it, whatever it is doing; false if something else had ended it. */
static inline bool child_kill(pid_t pid)
{
	int status;

	return !kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Lets a stopped child go on, to its end. */
static inline bool child_finish(pid_t pid)
{
	return !kill(pid, SIGCONT) && child_succeeded(pid);
}

/* Passing descriptors through a socket. */

union fd_message {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static inline struct msghdr message_with_fd(union fd_message *control, struct iovec *byte)
{
	return (struct msghdr){
		.msg_iov = byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(*control),
	};
}

static inline bool send_fd(int socket, int fd)
{
	union fd_message control = { .header = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int)),
	} };
	struct iovec byte = { "", 1 };
	struct msghdr message = message_with_fd(&control, &byte);

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1;
}

/* The descriptor, or -1. */
static inline int receive_fd(int socket)
{
	union fd_message control = {};
	char dummy;
	struct iovec byte = { &dummy, 1 };
	struct msghdr message = message_with_fd(&control, &byte);
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

#endif
