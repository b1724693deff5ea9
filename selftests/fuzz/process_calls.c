// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forks, users and what the kernel shows of a process.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

#define MAX_TOUCHED 256
#define MAX_SLEEP_MS 20

/* Only touches: of all threads just the one that forked is there. */
static void be_child(struct machine *machine, const uint64_t *args)
{
	uint64_t i, word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < args[1] && i < MAX_TOUCHED; i++) {
		if (args[2])
			guarded_write(args[0] + i * PAGE, machine->tag);
		else
			guarded_read(args[0] + i * PAGE, &word);
	}
	if (args[3])
		munmap((void *)args[0], args[1] * PAGE);
	_exit(0);
}

long call_fork(struct machine *machine, const uint64_t *args)
{
	const pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		be_child(machine, args);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

/* This thread's effective user; the real one stays and allows the way back. */
long call_user(struct machine *machine, const uint64_t *args)
{
	return result_of(syscall(SYS_setresuid, -1, args[0], -1));
}

static long read_all(const char *path)
{
	static char into[8 * PAGE];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned int n;

	if (fd < 0)
		return -errno;
	for (n = 0; n < 64 && read(fd, into, sizeof(into)) > 0; n++)
		;
	close(fd);
	return 0;
}

static long write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = result_of(write(fd, text, 1));
	close(fd);
	return result;
}

static long read_pagemap(uint64_t addr)
{
	static uint64_t entries[BLOCK / PAGE];
	const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = result_of(pread(fd, entries, sizeof(entries), addr / PAGE * 8));
	close(fd);
	return result;
}

long call_proc(struct machine *machine, const uint64_t *args)
{
	switch (args[0]) {
	case PROC_MAPS:
		return read_all("/proc/self/maps");
	case PROC_SMAPS:
		return read_all("/proc/self/smaps");
	case PROC_NUMA_MAPS:
		return read_all("/proc/self/numa_maps");
	case PROC_PAGEMAP:
		return read_pagemap(args[1]);
	case PROC_CLEAR_REFS:
		return write_text("/proc/self/clear_refs", "1");
	case PROC_SOFT_DIRTY:
		return write_text("/proc/self/clear_refs", "4");
	case PROC_OOM_SCORE:
		return read_all("/proc/self/oom_score");
	default:
		return -EINVAL;
	}
}

long call_sleep(struct machine *machine, const uint64_t *args)
{
	usleep((args[0] < MAX_SLEEP_MS ? args[0] : MAX_SLEEP_MS) * 1000);
	return 0;
}
