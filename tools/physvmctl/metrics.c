// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl metrics: OpenMetrics, for a file node_exporter reads.
 */
#include "account.h"
#include "fail.h"
#include "json.h"
#include "metric.h"
#include "options.h"
#include "pool_list.h"
#include "size.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>

/**
 * struct limit_list - what users and cgroups have
 */
struct limit_list {
	struct physvm_nl_limit_info limit[256];
	size_t count;
};

/* What all of it is made of. */
struct harvest {
	struct pool_list pools;
	struct physvm_nl_stats_info stats;
	struct limit_list limits;
};

static void add_pools(json_t *metrics, const struct pool_list *pools)
{
	size_t i;

	metric_family(metrics, "physvm_pool_bytes", "gauge", "bytes",
		      "Memory of a pool, by what it is.");
	for (i = 0; i < pools->count; i++) {
		const struct physvm_nl_pool_info *pool = &pools->pool[i];
		const char *name = pool_word(pool->kind);

		metric_sample2(metrics, "", "pool", name, "state", "free",
			       pages_to_bytes(pool->free));
		metric_sample2(metrics, "", "pool", name, "state", "used",
			       pages_to_bytes(pool->used));
		metric_sample2(metrics, "", "pool", name, "state", "quarantined",
			       pages_to_bytes(pool->quarantined));
	}
}

static void add_pool_gauge(json_t *metrics, const struct pool_list *pools, const char *family,
			   const char *unit, const char *help,
			   uint64_t (*value)(const struct physvm_nl_pool_info *pool))
{
	size_t i;

	metric_family(metrics, family, "gauge", unit, help);
	for (i = 0; i < pools->count; i++)
		metric_sample(metrics, "", "pool", pool_word(pools->pool[i].kind),
			      value(&pools->pool[i]));
}

static uint64_t largest_free(const struct physvm_nl_pool_info *pool)
{
	return pages_to_bytes(pool->largest_free);
}

static uint64_t free_blocks(const struct physvm_nl_pool_info *pool)
{
	return pool->free_blocks;
}

static uint64_t low(const struct physvm_nl_pool_info *pool)
{
	return pages_to_bytes(pool->low);
}

static void add_gauges(json_t *metrics, const struct pool_list *pools)
{
	add_pools(metrics, pools);
	add_pool_gauge(metrics, pools, "physvm_pool_largest_free_bytes", "bytes",
		       "The longest run of free memory.", largest_free);
	add_pool_gauge(metrics, pools, "physvm_pool_free_blocks", "", "Blocks that are free.",
		       free_blocks);
	add_pool_gauge(metrics, pools, "physvm_pool_low_watermark_bytes", "bytes",
		       "The low watermark, 0 for none.", low);
	metric_family(metrics, "physvm_areas", "gauge", "", "Areas alive.");
	metric_sample(metrics, "", NULL, NULL, pools->count ? pools->pool[0].areas : 0);
}

static void add_faults(json_t *metrics, const struct physvm_nl_stats_info *stats)
{
	metric_family(metrics, "physvm_faults", "counter", "", "Page faults, by how they ended.");
	metric_sample(metrics, "_total", "kind", "pages", stats->fault_pages);
	metric_sample(metrics, "_total", "kind", "block", stats->fault_blocks);
	metric_sample(metrics, "_total", "kind", "frames", stats->fault_frames);
	metric_sample(metrics, "_total", "kind", "segv", stats->fault_segv);
	metric_sample(metrics, "_total", "kind", "bus", stats->fault_bus);
	metric_sample(metrics, "_total", "kind", "fill", stats->fault_fills);
}

static void add_counter(json_t *metrics, const char *family, const char *help, uint64_t value)
{
	metric_family(metrics, family, "counter", "", help);
	metric_sample(metrics, "_total", NULL, NULL, value);
}

static void add_failures(json_t *metrics, const struct physvm_nl_stats_info *stats)
{
	uint32_t cause;

	metric_family(metrics, "physvm_allocation_failures", "counter", "",
		      "Allocations that have failed, by cause.");
	for (cause = 0; cause < PHYSVM_NL_FAILURES_MAX; cause++)
		metric_sample(metrics, "_total", "cause", failure_word(cause),
			      stats->failures[cause]);
}

static void add_counters(json_t *metrics, const struct physvm_nl_stats_info *stats)
{
	add_faults(metrics, stats);
	add_counter(metrics, "physvm_upcalls", "Messages to pagers.", stats->upcalls);
	add_counter(metrics, "physvm_zeroed_pages", "Pages zeroed.", stats->zeroed);
	add_counter(metrics, "physvm_taken_pages", "Pages taken out of the pools.", stats->taken);
	add_counter(metrics, "physvm_given_pages", "Pages given back.", stats->given);
	add_counter(metrics, "physvm_quarantine_in_pages", "Pages put into quarantine.",
		    stats->quarantine_in);
	add_counter(metrics, "physvm_quarantine_out_pages", "Pages let out of quarantine.",
		    stats->quarantine_out);
	add_failures(metrics, stats);
	add_counter(metrics, "physvm_events", "Events so far.", stats->events);
	add_counter(metrics, "physvm_events_lost", "Events nobody could be told of.",
		    stats->events_lost);
}

static void add_limit_samples(json_t *metrics, const struct limit_list *limits,
			      unsigned int attribute,
			      uint64_t (*value)(const struct physvm_nl_limit_info *limit))
{
	size_t i;

	for (i = 0; i < limits->count; i++) {
		const struct physvm_nl_limit_info *limit = &limits->limit[i];

		if (physvm_nl_has(limit->has, attribute))
			metric_sample2(metrics, "", "account", account_word(limit->account), "who",
				       account_text(limit->account, limit->id).text, value(limit));
	}
}

static uint64_t charged(const struct physvm_nl_limit_info *limit)
{
	return pages_to_bytes(limit->pages);
}

static uint64_t most(const struct physvm_nl_limit_info *limit)
{
	return pages_to_bytes(limit->max_pages);
}

static void add_limits(json_t *metrics, const struct limit_list *limits)
{
	metric_family(metrics, "physvm_charged_bytes", "gauge", "bytes",
		      "Memory a user or cgroup has.");
	add_limit_samples(metrics, limits, PHYSVM_NL_A_LIMIT_PAGES, charged);
	metric_family(metrics, "physvm_limit_bytes", "gauge", "bytes",
		      "Memory a user or cgroup may have, where that is a size.");
	add_limit_samples(metrics, limits, PHYSVM_NL_A_LIMIT_MAX_PAGES, most);
}

static int add_limit(const struct physvm_nl_limit_info *info, void *data)
{
	struct limit_list *limits = data;

	if (limits->count < sizeof(limits->limit) / sizeof(limits->limit[0]))
		limits->limit[limits->count++] = *info;
	return 0;
}

static int reap(struct ctl *ctl, struct harvest *harvest)
{
	int result = pool_list_read(ctl, &harvest->pools);

	if (result < 0)
		return fail(ctl, result, "pools");
	result = physvm_nl_stats(ctl->nl, &harvest->stats);
	if (result < 0)
		return fail(ctl, result, "counters");
	/* A module that knows no limits knows the rest. */
	result = physvm_nl_limits(ctl->nl, add_limit, &harvest->limits);
	return result < 0 && result != -EOPNOTSUPP ? fail(ctl, result, "limits") : EXIT_SUCCESS;
}

int metrics_run(struct ctl *ctl, int argc, char **argv)
{
	struct harvest harvest = { 0 };
	json_t *metrics;
	int result = options_none(ctl, argc, argv);

	if (!result)
		result = reap(ctl, &harvest);
	if (result)
		return options_status(result);
	metrics = json_new_array();
	add_gauges(metrics, &harvest.pools);
	add_counters(metrics, &harvest.stats);
	add_limits(metrics, &harvest.limits);
	if (ctl->json) {
		json_print(metrics);
	} else {
		metrics_print(metrics, stdout);
		json_decref(metrics);
	}
	return EXIT_SUCCESS;
}
