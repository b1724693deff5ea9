/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_STATS_H
#define PHYSVM_STATS_H

#include <linux/percpu-defs.h>
#include <linux/types.h>

/* What is counted for each processor; what the pools count is in the pools. */
enum stats_kind {
	STAT_FAULT_PAGES,
	STAT_FAULT_BLOCKS,
	STAT_FAULT_FRAMES,
	STAT_FAULT_SEGV,
	STAT_FAULT_BUS,
	STAT_FAULT_FILLS,
	STAT_UPCALLS,
	NR_STATS_KINDS,
};

DECLARE_PER_CPU(unsigned long [NR_STATS_KINDS], stats);

/* One instruction where the processor has it; may be called anywhere. */
static inline void stats_inc(enum stats_kind kind)
{
	this_cpu_inc(stats[kind]);
}

u64 stats_sum(enum stats_kind kind);

#endif
