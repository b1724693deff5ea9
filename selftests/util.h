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
#include <stdlib.h>
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

/* Are blocks mapped by one PMD here? Not by PREEMPT_RT. */
static inline bool have_huge(int fd)
{
	struct physvm_info info = { .size = sizeof(info) };

	return !ioctl(fd, PHYSVM_INFO, &info) && info.out_features & PHYSVM_FEATURE_HUGE;
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

/*
 * What a call that fails must not leave behind: pages taken, mappings,
 * descriptors, names. Mappings are a hash of /proc/self/maps, names of their ids.
 */
struct traces {
	struct physvm_pool_stat pool;
	uint64_t mappings;
	uint64_t names;
	uint64_t descriptors;
	uint64_t next_descriptor;	/* tells of one taken and not installed */
};

/*
 * Pages just freed are in quarantine for a moment when other pages of their
 * block are in use.
 */
static inline struct physvm_pool_stat settled_pool_stat(int fd)
{
	struct physvm_pool_stat stat = pool_stat(fd);
	int tries;

	for (tries = 0; tries < 500 && stat.out_quarantined_pages; tries++) {
		usleep(10000);
		stat = pool_stat(fd);
	}
	return stat;
}

static inline uint64_t hash_file(const char *path)
{
	unsigned char chunk[4096];
	uint64_t hash = 0xcbf29ce484222325;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t i, n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		for (i = 0; i < n; i++)
			hash = (hash ^ chunk[i]) * 0x100000001b3;
	close(fd);
	return hash;
}

static inline uint64_t hash_names(int fd)
{
	struct physvm_name_next name = { .size = sizeof(name) };
	uint64_t hash = 0xcbf29ce484222325;

	for (; !ioctl(fd, PHYSVM_NAME_NEXT, &name); name.after = name.out_id)
		hash = (hash ^ name.out_id) * 0x100000001b3;
	return hash;
}

static inline uint64_t open_descriptors(void)
{
	uint64_t set = 0;
	int fd;

	for (fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			set |= 1ull << fd;
	return set;
}

static inline uint64_t next_descriptor(int fd)
{
	const int next = dup(fd);

	close(next);
	return next;
}

static inline struct traces traces(int fd)
{
	return (struct traces){
		.pool = settled_pool_stat(fd),
		.mappings = hash_file("/proc/self/maps"),
		.names = hash_names(fd),
		.descriptors = open_descriptors(),
		.next_descriptor = next_descriptor(fd),
	};
}

static inline bool same_traces(struct traces a, struct traces b)
{
	return !memcmp(&a, &b, sizeof(a));
}

/* @attempt is an expression that is an errno; it must change nothing. */
#define EXPECT_REFUSED(error, fd, attempt) \
	do { \
		struct traces __before = traces(fd), __after; \
		EXPECT_EQ(error, attempt); \
		__after = traces(fd); \
		EXPECT_EQ(__before.pool.out_free_pages, __after.pool.out_free_pages); \
		EXPECT_EQ(__before.pool.out_quarantined_pages, \
			  __after.pool.out_quarantined_pages); \
		EXPECT_EQ(__before.mappings, __after.mappings); \
		EXPECT_EQ(__before.descriptors, __after.descriptors); \
		EXPECT_EQ(__before.names, __after.names); \
		EXPECT_TRUE(same_traces(__before, __after)); \
	} while (0)

/* A program whose every test needs the device says so once. */
#define SKIP_ALL_WITHOUT_DEVICE() \
	static void __attribute__((constructor)) skip_without_device(void) \
	{ \
		if (access(PHYSVM_DEVICE, R_OK | W_OK)) \
			ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno)); \
	}

/* Nor can it test much with a pool of fewer @pages. */
#define SKIP_ALL_WITHOUT_POOL(pages) \
	static void __attribute__((constructor)) skip_without_pool(void) \
	{ \
		int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC); \
		\
		if (fd < 0) \
			ksft_exit_skip("%s: %s\n", PHYSVM_DEVICE, strerror(errno)); \
		if (pool_stat(fd).out_total_pages < (pages)) \
			ksft_exit_skip("the pool has less than %lu pages\n", (pages)); \
		close(fd); \
	}

/* Addresses nothing is mapped at, with a block of such on either side. */
static inline char *free_addresses(size_t length)
{
	const size_t around = length + 3 * BLOCK;
	char *addr = mmap(NULL, around, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == MAP_FAILED)
		return NULL;
	munmap(addr, around);
	return (char *)(((uintptr_t)addr + 2 * BLOCK - 1) & ~(BLOCK - 1));
}

/* The address, which is @addr, or NULL with errno. */
static inline char *alloc_at(int fd, const void *addr, uint64_t length,
			     uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, flags | PHYSVM_ALLOC_VIRT);

	args.virt_addr = (uintptr_t)addr;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : (char *)(uintptr_t)args.out_addr;
}

/* The descriptor of an area that is not mapped, or -1 with errno. */
static inline int alloc_fd(int fd, uint64_t length, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, flags | PHYSVM_ALLOC_FD);

	args.flags &= ~PHYSVM_ALLOC_MAP;
	args.prot = 0;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? -1 : args.out_fd;
}

/* Writes into every page which of its mapping's it is. */
static inline void number_pages(char *addr, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		*(volatile uint32_t *)(addr + i * PAGE) = i + 1;
}

/* The first page that does not say @first, @first + 1 and so on; else @pages. */
static inline size_t numbered_pages(const char *addr, size_t first, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		if (*(const volatile uint32_t *)(addr + i * PAGE) != first + i + 1)
			break;
	return i;
}

/* How many pages have memory behind them right now? */
static inline size_t resident_pages(const char *addr, size_t pages)
{
	const off_t offset = (uintptr_t)addr / PAGE * sizeof(uint64_t);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t *entries = calloc(pages, sizeof(*entries));
	ssize_t size = pread(fd, entries, pages * sizeof(*entries), offset);
	size_t i, count = 0;

	for (i = 0; size > 0 && i < size / sizeof(*entries); i++)
		count += entries[i] >> 63;
	free(entries);
	close(fd);
	return count;
}

static inline bool resident(const void *addr)
{
	return resident_pages(addr, 1);
}

#endif
