/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes one chosen allocation, or copy from or to user memory, of a system call
 * fail: Documentation/fault-injection in the kernel tree. Include after util.h.
 */
#ifndef PHYSVM_SELFTESTS_INJECT_H
#define PHYSVM_SELFTESTS_INJECT_H

#include "util.h"

enum fault {
	FAULT_NONE,
	FAULT_SLAB,
	FAULT_PAGES,
	FAULT_COPY,
	FAULTS,
};

/* More than will ever happen. */
#define FAULT_SUPPLY 1000000000

struct injector {
	int nth;		/* the calling thread's fail-nth */
	int left[FAULTS];	/* of the supply */
};

static const char *const fault_names[FAULTS] = {
	[FAULT_NONE] = "none",
	[FAULT_SLAB] = "failslab",
	[FAULT_PAGES] = "fail_page_alloc",
	[FAULT_COPY] = "fail_usercopy",
};

/* A file of one kind of faults, opened; or -1. */
static inline int fault_file(enum fault fault, const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", fault_names[fault], name);
	return open(path, O_RDWR | O_CLOEXEC);
}

static inline bool fault_set(enum fault fault, const char *name, const char *value)
{
	const int fd = fault_file(fault, name);
	const bool done = write(fd, value, strlen(value)) == strlen(value);

	close(fd);
	return done;
}

/* NULL, or why there is no injecting. */
static inline const char *injector_missing(void)
{
	static char why[192];
	char path[96];
	enum fault fault;

	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/times", fault_names[fault]);
		if (access(path, W_OK)) {
			snprintf(why, sizeof(why), "no fault injection in this kernel: %s: %s",
				 path, strerror(errno));
			return why;
		}
	}
	if (!access("/proc/thread-self/fail-nth", W_OK))
		return NULL;
	snprintf(why, sizeof(why), "/proc/thread-self/fail-nth: %s", strerror(errno));
	return why;
}

/* How many there still may be; each that happens is one less. */
static inline int fault_left(enum fault fault)
{
	const int fd = fault_file(fault, "times");
	char text[16] = "";
	const bool done = read(fd, text, sizeof(text) - 1) > 0;

	close(fd);
	return done ? atoi(text) : -1;
}

/*
 * Nothing fails by chance and nothing is logged. All of this is the whole
 * system's: injector_close() gives it back as the kernel has it at first.
 */
static inline bool injector_open(struct injector *injector)
{
	char supply[16];
	bool done = true;
	enum fault fault;

	snprintf(supply, sizeof(supply), "%d", FAULT_SUPPLY);
	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		done &= fault_set(fault, "probability", "0") &&
			fault_set(fault, "verbose", "0") &&
			fault_set(fault, "times", supply);
		injector->left[fault] = fault_left(fault);
		done &= injector->left[fault] == FAULT_SUPPLY;
	}
	done &= fault_set(FAULT_SLAB, "ignore-gfp-wait", "N") &&
		fault_set(FAULT_PAGES, "ignore-gfp-wait", "N") &&
		fault_set(FAULT_PAGES, "ignore-gfp-highmem", "N");
	injector->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return done && injector->nth >= 0;
}

/*
 * Has only this kind fail, and copies, which cannot be exempted. Slabs take pages
 * now and then, so counting all kinds together would miss one here and there.
 */
static inline bool injector_choose(enum fault fault)
{
	return fault_set(FAULT_SLAB, "cache-filter", fault == FAULT_SLAB ? "N" : "Y") &&
	       fault_set(FAULT_PAGES, "min-order", fault == FAULT_PAGES ? "0" : "100");
}

static inline void injector_close(struct injector *injector)
{
	enum fault fault;

	close(injector->nth);
	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		fault_set(fault, "times", "1");
		fault_set(fault, "verbose", "2");
	}
	fault_set(FAULT_SLAB, "ignore-gfp-wait", "Y");
	fault_set(FAULT_SLAB, "cache-filter", "N");
	fault_set(FAULT_PAGES, "ignore-gfp-wait", "Y");
	fault_set(FAULT_PAGES, "ignore-gfp-highmem", "Y");
	fault_set(FAULT_PAGES, "min-order", "1");
}

/* Lets the @n-th of this thread's allocations of the kind chosen, and copies, fail. */
static inline bool fault_arm(struct injector *injector, unsigned int n)
{
	char text[16];
	const int length = snprintf(text, sizeof(text), "%u", n);

	return pwrite(injector->nth, text, length, 0) == length;
}

/* Which kind has happened since it was last asked? */
static inline enum fault fault_happened(struct injector *injector)
{
	enum fault fault, happened = FAULT_NONE;
	int left;

	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		left = fault_left(fault);
		if (left != injector->left[fault])
			happened = fault;
		injector->left[fault] = left;
	}
	return happened;
}

/*
 * What failed since it was armed. Asking copies to user memory and counts as
 * well: it fails when the next one was to, and disarming may have to be tried
 * twice. What failed then is not the call's.
 */
static inline enum fault fault_disarm(struct injector *injector)
{
	char left[16] = "";
	const bool consumed = pread(injector->nth, left, sizeof(left) - 1, 0) > 0 &&
			      !atoi(left);
	enum fault fault;

	while (pwrite(injector->nth, "0", 1, 0) != 1)
		;
	fault = fault_happened(injector);
	return consumed ? fault : FAULT_NONE;
}

#endif
