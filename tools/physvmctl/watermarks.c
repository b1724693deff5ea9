// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl watermarks: when events tell that a pool runs out.
 */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "pool_list.h"
#include "size.h"
#include "table.h"
#include "words.h"

#include <stdlib.h>

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	(void)option;
	return parse_pool(value, data) ? 0 : fail_usage(ctl, "%s: not ram or hidden", value);
}

static json_t *marks_json(const struct physvm_nl_pool_info *pool)
{
	json_t *object = json_new_object();

	json_add_text(object, "pool", pool_word(pool->kind));
	json_add_number(object, "free_bytes", pages_to_bytes(pool->free));
	json_add_number(object, "low_bytes", pages_to_bytes(pool->low));
	json_add_number(object, "high_bytes", pages_to_bytes(pool->high));
	return object;
}

static void add_row(const struct ctl *ctl, struct table *table,
		    const struct physvm_nl_pool_info *pool)
{
	table_cell(table, "%s", pool_word(pool->kind));
	table_cell(table, "%s", size_of_pages(pool->free, ctl->bytes).text);
	table_cell(table, "%s", pool->low ? size_of_pages(pool->low, ctl->bytes).text : "");
	table_cell(table, "%s", pool->low ? size_of_pages(pool->high, ctl->bytes).text : "");
}

static int show(struct ctl *ctl)
{
	struct table table = { .columns = "POOL >FREE >LOW >HIGH" };
	json_t *array = ctl->json ? json_new_array() : NULL;
	struct pool_list pools;
	const int result = pool_list_read(ctl, &pools);
	size_t i;

	if (result < 0)
		return fail(ctl, result, "pools");
	for (i = 0; i < pools.count; i++) {
		if (array)
			json_append(array, marks_json(&pools.pool[i]));
		else
			add_row(ctl, &table, &pools.pool[i]);
	}
	if (array)
		json_print(array);
	else
		table_print(&table, stdout);
	return EXIT_SUCCESS;
}

static bool parse_pages(const char *text, uint64_t *pages)
{
	uint64_t bytes;

	if (!parse_size(text, &bytes) || bytes % page_size())
		return false;
	*pages = bytes / page_size();
	return true;
}

static int set(struct ctl *ctl, uint32_t pool, char **argv)
{
	uint64_t low, high;
	int err;

	if (!parse_pages(argv[0], &low))
		return fail_usage(ctl, "%s: not a size of whole pages", argv[0]);
	if (!parse_pages(argv[1], &high))
		return fail_usage(ctl, "%s: not a size of whole pages", argv[1]);
	err = physvm_nl_set_watermarks(ctl->nl, pool, low, high);
	return err ? fail(ctl, err, "pool %s", pool_word(pool)) : EXIT_SUCCESS;
}

int watermarks_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "pool", required_argument, NULL, OPTION_FIRST },
		OPTION_END
	};
	uint32_t pool = PHYSVM_NL_POOL_RAM;
	const int result = options_parse(ctl, argc, argv, own, take_option, &pool, 2);

	if (result)
		return options_status(result);
	if (optind == argc)
		return show(ctl);
	if (optind + 1 == argc)
		return fail_usage(ctl, "both, or neither");
	return set(ctl, pool, argv + optind);
}
