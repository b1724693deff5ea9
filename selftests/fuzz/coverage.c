// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coverage.h"

#define KCOV "/sys/kernel/debug/kcov"
#define TEXT "/sys/module/physvm/sections/.text"
#define TRACE_WORDS (256ul << 10)
/* Away from where programs map and unmap. */
#define BUFFERS 0x30000000ul

struct trace {
	int fd;
	uint64_t *words;	/* how many, then so many places */
};

static struct trace traces[LANES];
static uint64_t text;
static bool available;

static uint64_t text_address(void)
{
	FILE *file = fopen(TEXT, "r");
	uint64_t addr = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lx", &addr) != 1)
		addr = 0;
	fclose(file);
	return addr;
}

static bool open_trace(unsigned int lane)
{
	const size_t size = TRACE_WORDS * sizeof(uint64_t);
	struct trace *trace = &traces[lane];

	trace->fd = open(KCOV, O_RDWR | O_CLOEXEC);
	if (trace->fd < 0 || ioctl(trace->fd, KCOV_INIT_TRACE, TRACE_WORDS))
		return false;
	trace->words = mmap((void *)(BUFFERS + lane * 2 * size), size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED_NOREPLACE, trace->fd, 0);
	/* The kernel writes there for a program that does not see it itself. */
	return trace->words != MAP_FAILED && !madvise(trace->words, size, MADV_DONTFORK);
}

bool coverage_open(void)
{
	unsigned int lane;

	text = text_address();
	available = text;
	for (lane = 0; lane < LANES && available; lane++)
		available = open_trace(lane);
	return available;
}

void coverage_reset(void)
{
	unsigned int lane;

	for (lane = 0; lane < LANES && available; lane++)
		traces[lane].words[0] = 0;
}

/* In the thread whose trace it is to be. It ends with the thread. */
void coverage_begin(unsigned int lane)
{
	if (available && ioctl(traces[lane].fd, KCOV_ENABLE, KCOV_TRACE_PC))
		perror("KCOV_ENABLE");
}

static unsigned int edge(uint64_t from, uint64_t to)
{
	uint64_t hash = (from * 31 + to) * 0x9e3779b97f4a7c15;

	return FEATURE_EDGES + (hash >> 48);
}

static void collect_trace(struct features *features, const uint64_t *words)
{
	const uint64_t n = words[0] < TRACE_WORDS ? words[0] : TRACE_WORDS - 1;
	uint64_t i, place, last = 0;

	for (i = 1; i <= n; i++) {
		place = words[i] - text;
		if (place >= FEATURE_EDGES)
			continue;
		features_add(features, FEATURE_PLACES + place);
		features_add(features, edge(last, place));
		last = place;
	}
}

void coverage_collect(struct features *features)
{
	unsigned int lane;

	for (lane = 0; lane < LANES && available; lane++)
		collect_trace(features, traces[lane].words);
}

/* As offsets into .text, for coverage.sh. */
void coverage_print(const struct features *features)
{
	unsigned int place;

	for (place = 0; place < FEATURE_EDGES; place++)
		if (features_have(features, FEATURE_PLACES + place))
			printf("# place %x\n", place);
}
