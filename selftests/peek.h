/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a debugger sees of this process: by ptrace(2) of a child that shares its
 * areas, or by /proc/self/mem. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_PEEK_H
#define PHYSVM_SELFTESTS_PEEK_H

#include <sys/ptrace.h>

#include "child.h"

static inline void be_traced(int fd, const void *arg)
{
	child_need(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
}

/* The child, stopped, or -1. */
static inline pid_t start_traced(void)
{
	const pid_t pid = child_start(be_traced, -1, NULL);

	return child_stopped(pid) ? pid : -1;
}

/* An errno, 0 for success. */
static inline int peek(pid_t pid, const void *addr, unsigned long *word)
{
	errno = 0;
	*word = ptrace(PTRACE_PEEKDATA, pid, addr, NULL);
	return errno;
}

static inline int poke(pid_t pid, const void *addr, unsigned long word)
{
	return ptrace(PTRACE_POKEDATA, pid, addr, word) ? errno : 0;
}

/* How many bytes, or -errno. */
static inline ssize_t mem_read(const void *addr, void *to, size_t length)
{
	const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	const ssize_t n = pread(mem, to, length, (uintptr_t)addr);
	const int err = errno;

	close(mem);
	return n < 0 ? -err : n;
}

static inline ssize_t mem_write(const void *addr, const void *from, size_t length)
{
	const int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	const ssize_t n = pwrite(mem, from, length, (uintptr_t)addr);
	const int err = errno;

	close(mem);
	return n < 0 ? -err : n;
}

#endif
