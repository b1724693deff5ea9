/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share. Include after kselftest_harness.h.
 */
#ifndef PHYSVM_SELFTESTS_UTIL_H
#define PHYSVM_SELFTESTS_UTIL_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/physvm.h>

#define PAGE 4096ul
#define BLOCK (2ul << 20)

/* The device, or the test is skipped: nothing to test without the module. */
#define OPEN_DEVICE_OR_SKIP(fd) \
	do { \
		(fd) = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC); \
		if ((fd) < 0) \
			SKIP(return, "no " PHYSVM_DEVICE ": %s", strerror(errno)); \
	} while (0)

/* An ioctl's errno, 0 for success: what tests compare. */
static inline int call(int fd, unsigned long cmd, void *args)
{
	return ioctl(fd, cmd, args) ? errno : 0;
}

/* Writable memory with everything else left at its simplest. */
static inline struct physvm_alloc alloc_args(uint64_t length, uint32_t flags)
{
	return (struct physvm_alloc){
		.size = sizeof(struct physvm_alloc),
		.flags = flags | PHYSVM_ALLOC_MAP,
		.length = length,
		.prot = PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
		.max_prot = PHYSVM_PROT_VALID,
	};
}

/* The address, or NULL with errno. */
static inline char *alloc_map(int fd, uint64_t length, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, flags);

	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

static inline int range_call(int fd, unsigned long cmd, uint32_t flags,
			     const void *addr, uint64_t length)
{
	/* Commit, decommit, protect_check and unmap have the same shape. */
	struct physvm_commit args = {
		.size = sizeof(args),
		.flags = flags,
		.addr = (uintptr_t)addr,
		.length = length,
	};

	return call(fd, cmd, &args);
}

static inline int commit(int fd, const void *addr, uint64_t length)
{
	return range_call(fd, PHYSVM_COMMIT, 0, addr, length);
}

static inline int decommit(int fd, const void *addr, uint64_t length)
{
	return range_call(fd, PHYSVM_DECOMMIT, 0, addr, length);
}

static inline int unmap(int fd, const void *addr, uint64_t length)
{
	return range_call(fd, PHYSVM_UNMAP, 0, addr, length);
}

static inline struct physvm_query query(int fd, const void *addr)
{
	struct physvm_query args = { .size = sizeof(args), .addr = (uintptr_t)addr };

	if (ioctl(fd, PHYSVM_QUERY, &args))
		args.size = 0;
	return args;
}

static inline struct physvm_pool_stat pool_stat(int fd)
{
	struct physvm_pool_stat args = { .size = sizeof(args) };

	if (ioctl(fd, PHYSVM_POOL_STAT, &args))
		memset(&args, 0xff, sizeof(args));
	return args;
}

/*
 * Waits until the pool is whole again, for at most five seconds: the last
 * reference of a dead process goes a moment after waitpid() returns.
 */
static inline bool pool_at_baseline(int fd)
{
	int tries;

	for (tries = 0; tries < 500; tries++) {
		struct physvm_pool_stat stat = pool_stat(fd);

		if (stat.out_free_pages == stat.out_total_pages && !stat.out_areas)
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * The signal a touch of @addr raises, 0 for none. In this process: a child may
 * not have the mapping.
 */
static sigjmp_buf touch_jump;

static void touch_handler(int signal)
{
	siglongjmp(touch_jump, signal);
}

static inline int touch_signal(volatile char *addr, bool write)
{
	struct sigaction action = { .sa_handler = touch_handler }, segv, bus;
	int signal;

	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	signal = sigsetjmp(touch_jump, 1);
	if (!signal) {
		if (write)
			*addr = 1;
		else
			(void)*addr;
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return signal;
}

static inline int read_signal(const void *addr)
{
	return touch_signal((volatile char *)(uintptr_t)addr, false);
}

static inline int write_signal(const void *addr)
{
	return touch_signal((volatile char *)(uintptr_t)addr, true);
}

/* Is all of it zero? */
static inline bool all_zero(const void *addr, size_t length)
{
	const unsigned long *word = addr, *end = word + length / sizeof(*word);

	while (word < end && !*word)
		word++;
	return word == end;
}

#endif
