// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl status: the pools, and what is in them.
 */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "pool_list.h"
#include "size.h"
#include "table.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>

static void add_row(const struct ctl *ctl, struct table *table,
		    const struct physvm_nl_pool_info *pool)
{
	table_cell(table, "%s", pool_word(pool->kind));
	table_cell(table, "%s", size_of_pages(pool->total, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(pool->free, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(pool->used, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(pool->quarantined, ctl->bytes).text);
	table_cell(table, "%u%%", percent(pool->used, pool->total));
	table_cell(table, "%s", size_of_pages(pool->largest_free, ctl->bytes).text);
}

static uint64_t failures(const struct physvm_nl_stats_info *stats)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < PHYSVM_NL_FAILURES_MAX; i++)
		sum += stats->failures[i];
	return sum;
}

static void print(const struct ctl *ctl, const struct pool_list *pools,
		  const struct physvm_nl_stats_info *stats)
{
	struct table table = { .columns = "POOL >SIZE >FREE >USED >QUARANTINE >USE >LARGEST-FREE" };
	size_t i;

	for (i = 0; i < pools->count; i++)
		add_row(ctl, &table, &pools->pool[i]);
	table_print(&table, stdout);
	printf("areas: %" PRIu64 "\n", pools->count ? pools->pool[0].areas : 0);
	printf("allocations failed: %" PRIu64 "\n", failures(stats));
	printf("events: %" PRIu64 ", lost: %" PRIu64 "\n", stats->events, stats->events_lost);
}

static void print_json(const struct pool_list *pools, const struct physvm_nl_stats_info *stats)
{
	json_t *object = json_new_object(), *array = json_new_array();
	size_t i;

	for (i = 0; i < pools->count; i++)
		json_append(array, pool_json(&pools->pool[i]));
	json_add(object, "pools", array);
	json_add_number(object, "areas", pools->count ? pools->pool[0].areas : 0);
	json_add_number(object, "allocations_failed", failures(stats));
	json_add_number(object, "events", stats->events);
	json_add_number(object, "events_lost", stats->events_lost);
	json_print(object);
}

int status_run(struct ctl *ctl, int argc, char **argv)
{
	struct physvm_nl_stats_info stats;
	struct pool_list pools;
	int result = options_none(ctl, argc, argv);

	if (result)
		return options_status(result);
	result = pool_list_read(ctl, &pools);
	if (result < 0)
		return fail(ctl, result, "pools");
	result = physvm_nl_stats(ctl->nl, &stats);
	if (result < 0)
		return fail(ctl, result, "counters");
	if (ctl->json)
		print_json(&pools, &stats);
	else
		print(ctl, &pools, &stats);
	return EXIT_SUCCESS;
}
