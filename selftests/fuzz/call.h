/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call: one step of a program. What kinds there are and what they take is
 * the table in call.c; what they do is in *_calls.c.
 */
#ifndef FUZZ_CALL_H
#define FUZZ_CALL_H

#include "value.h"

#define MAX_ARGS 16

/* The last mapped page before EDGE belongs to every machine, see machine.c. */
#define EDGE 0x20010000ull

/* Physical addresses that programs may claim, see reserve_calls.c. */
#define CLAIM_BASE 0x7f00000000ull
#define CLAIM_LENGTH (16ull << 20)

struct machine;

/* @args are as the call's type has them, resolved. Returns 0 or more, or -errno. */
typedef long run_fn(struct machine *machine, const uint64_t *args);

struct argument {
	const char *name;
	enum value_type type;
};

struct call_type {
	const char *name;
	unsigned int weight;
	run_fn *run;
	struct argument args[MAX_ARGS + 1];
};

struct call {
	uint8_t type;
	uint8_t lane;	/* 0: before the threads begin; else the thread's number */
	struct value args[MAX_ARGS];
};

extern const struct call_type call_types[];
extern const unsigned int nr_call_types;

unsigned int call_type_find(const char *name);
struct call call_random(struct rng *rng);
void call_mutate(struct rng *rng, struct call *call);
void call_print(FILE *out, const struct call *call);
bool call_parse(char *line, struct call *call);

enum file_call {
	FILE_STAT, FILE_TRUNCATE, FILE_FALLOCATE, FILE_SEEK, FILE_READ, FILE_WRITE,
	FILE_SYNC, FILE_CHMOD, FILE_REOPEN, FILE_FLOCK, FILE_SEALS, FILE_READAHEAD,
	FILE_SENDFILE, FILE_SETFL, FILE_PUNCH_HOLE, FILE_POLL, NR_FILE_CALLS
};

enum proc_file {
	PROC_MAPS, PROC_SMAPS, PROC_NUMA_MAPS, PROC_PAGEMAP, PROC_CLEAR_REFS,
	PROC_SOFT_DIRTY, PROC_OOM_SCORE, NR_PROC_FILES
};

/* ioctl_calls.c */
run_fn call_info, call_pool_stat, call_pool_range, call_alloc, call_alloc_file, call_commit;
run_fn call_decommit;
run_fn call_protect_check, call_unmap, call_query, call_export, call_raw_ioctl, call_fail;
/* name_calls.c */
run_fn call_name_add, call_name_open, call_name_remove, call_name_next;
/* reserve_calls.c */
run_fn call_map, call_reserve, call_claim;
/* region_calls.c */
run_fn call_region, call_region_alloc, call_region_free, call_region_stat;
/* pager_calls.c */
run_fn call_pager, call_serve;
/* netlink_calls.c */
run_fn call_netlink, call_listen;
/* memory_calls.c */
run_fn call_touch, call_mmap, call_munmap, call_mremap, call_mprotect, call_madvise;
run_fn call_mlock, call_munlock, call_msync, call_mincore, call_vm_read, call_vm_write;
/* file_calls.c */
run_fn call_read, call_write, call_vmsplice, call_drain, call_dup, call_close, call_open;
run_fn call_send, call_receive, call_file, call_pin;
/* process_calls.c */
run_fn call_fork, call_user, call_proc, call_sleep;

#endif
