/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: what the calls of one program act on, in a process of its own.
 * And the report, through which that process tells its parent how it went.
 */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <linux/physvm.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#include "program.h"

#define MAX_CALL_TYPES 64
#define MAX_ERRNO 134

/*
 * Descriptors every program begins with; the other slots are empty, and the first of
 * them where programs usually put what has these names.
 */
enum { FD_DEVICE, FD_PIPE_OUT, FD_PIPE_IN, FD_SOURCE, FD_SINK, FD_PAGER, FD_REGION, FD_CLAIM };

struct region {
	uint64_t addr;
	uint64_t length;
	uint64_t phys;
};

struct report {
	bool finished;
	char complaint[512];
	long results[MAX_CALLS];
	uint8_t outcomes[MAX_CALL_TYPES][MAX_ERRNO];
};

struct machine {
	struct region regions[SLOTS];
	int fds[SLOTS];
	int sockets[2];
	int device;	/* the oracle's, out of the program's reach */
	bool racing;	/* now: what was true a moment ago need not be */
	bool has_region; /* whose addresses are no area's, as query sees it */
	uint64_t tag;	/* what this program writes into memory */
	struct report *report;
};

/* What all programs of one run have in common. */
struct setting {
	int device;
	int source;	/* a file full of TAG_ANYBODY */
	int sink;
	uint64_t pool_phys;
};

void machine_init(struct machine *machine, const struct setting *setting,
		  struct report *report, uint32_t id);
void machine_step(struct machine *machine, const struct program *program, unsigned int call);

/* The first complaint is the one that is kept. */
void complain(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * All words programs write begin with TAG_MAGIC and have their program's id.
 * So whose they are can be told wherever they turn up.
 */
#define TAG_MAGIC 0x7a67ull
#define TAG_ANYBODY (TAG_MAGIC << 48)

static inline uint64_t tag_of(uint32_t id)
{
	return TAG_ANYBODY | (uint64_t)(id & 0xffffff) << 24;
}

static inline bool tag_foreign(uint64_t word, uint64_t own)
{
	return word >> 48 == TAG_MAGIC && word >> 24 != TAG_ANYBODY >> 24 &&
	       word >> 24 != own >> 24;
}

/* Memory that may not be there: the signal, 0 for none. */
int guarded_read(uint64_t addr, uint64_t *word);
int guarded_write(uint64_t addr, uint64_t word);
int guarded_copy(uint64_t to, uint64_t from, size_t length);

/* 0 or more, or -errno */
long result_of(long ret);

/* Counts down in the calls that arm it, see "fail". */
extern __thread unsigned int fail_nth;
void fail_arm(void);
void fail_disarm(void);

#endif
