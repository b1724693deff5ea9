/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting instructions. Only where the clock counts them, as it does under
 * "vm/run.sh --icount": there figures repeat exactly, and a limit means something.
 */
#ifndef PHYSVM_SELFTESTS_INSTRUCTIONS_H
#define PHYSVM_SELFTESTS_INSTRUCTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 9

static inline uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

#ifdef __x86_64__
static inline uint64_t time_of_fast(uint64_t count)
{
	uint64_t start = now();

	count /= 2;
	asm volatile("1: dec %0; jnz 1b" : "+r"(count) : : "cc");
	return now() - start;
}

static inline uint64_t time_of_slow(uint64_t count)
{
	uint64_t start = now();

	count /= 5;
	asm volatile("1: mov $1, %%eax; xor %%edx, %%edx; div %1; dec %0; jnz 1b"
		     : "+r"(count) : "r"(3ull) : "rax", "rdx", "cc");
	return now() - start;
}

/* A processor that needs a nanosecond for each of both is none. */
static inline bool counted_instructions(void)
{
	const uint64_t count = 10000000, error = count / 50;
	uint64_t fast = time_of_fast(count), slow = time_of_slow(count);

	return fast + error > count && fast < count + error &&
	       slow + error > count && slow < count + error;
}

/* Now and then the kernel has something else to do meanwhile. */
static inline bool clock_counts_instructions(void)
{
	int tries;

	for (tries = 0; tries < 10; tries++)
		if (counted_instructions())
			return true;
	return false;
}
#else
static inline bool clock_counts_instructions(void)
{
	return false;
}
#endif

#define SKIP_UNLESS_COUNTING() \
	do { \
		if (!clock_counts_instructions()) \
			SKIP(return, "the clock does not count instructions"); \
	} while (0)

static inline int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of several rounds. @once returns what the clock showed. */
static inline uint64_t measure(uint64_t (*once)(int fd), int fd)
{
	uint64_t times[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		times[i] = once(fd);
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	return times[ROUNDS / 2];
}

#endif
