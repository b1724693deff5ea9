// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of what happens too often for a common one.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include "stats.h"

DEFINE_PER_CPU(unsigned long [NR_STATS_KINDS], stats);

/* Since the module was loaded, by all processors, also those that are off now. */
u64 stats_sum(enum stats_kind kind)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(stats, cpu)[kind];
	return sum;
}
