// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl top: users by what they have, again and again.
 */
#include "fail.h"
#include "json.h"
#include "keys.h"
#include "options.h"
#include "pool_list.h"
#include "screen.h"
#include "size.h"
#include "table.h"
#include "user.h"
#include "user_sum.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>

/**
 * struct top_options - what to show, and how often
 * @key: largest of which first
 * @delay: milliseconds between two times
 * @count: how often; 0 for until told to stop
 */
struct top_options {
	enum user_sum_key key;
	int delay;
	uint64_t count;
};

enum { OPTION_SORT = OPTION_FIRST, OPTION_DELAY, OPTION_COUNT };

static int take_delay(const struct ctl *ctl, const char *value, struct top_options *options)
{
	char *end;
	const double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds >= 0.1 && seconds <= 86400))
		return fail_usage(ctl, "%s: not from 0.1 to 86400 seconds", value);
	options->delay = seconds * 1000;
	return 0;
}

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct top_options *options = data;

	switch (option) {
	case OPTION_SORT:
		return parse_user_sum_key(value, &options->key) ? 0 :
			fail_usage(ctl, "%s: not owned, committed, areas or mappings", value);
	case OPTION_DELAY:
		return take_delay(ctl, value, options);
	default:
		return parse_number(value, &options->count) && options->count ? 0 :
			fail_usage(ctl, "%s: not a number from 1 on", value);
	}
}

static void print_pools(const struct ctl *ctl, const struct pool_list *pools)
{
	size_t i;

	for (i = 0; i < pools->count; i++) {
		const struct physvm_nl_pool_info *pool = &pools->pool[i];

		printf("pool %s: %s, %s free, %s used, %s in quarantine\n", pool_word(pool->kind),
		       size_of_pages(pool->total, ctl->bytes).text,
		       size_of_pages(pool->free, ctl->bytes).text,
		       size_of_pages(pool->used, ctl->bytes).text,
		       size_of_pages(pool->quarantined, ctl->bytes).text);
	}
	putchar('\n');
}

static void add_row(const struct ctl *ctl, struct table *table, const struct user_sum *sum)
{
	table_cell(table, "%s", user_word(sum->uid).text);
	table_cell(table, "%s", size_of_pages(sum->owned, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(sum->committed, ctl->bytes).text);
	table_cell(table, "%" PRIu64, sum->areas);
	table_cell(table, "%" PRIu64, sum->mappings);
}

/* No more users than the screen has lines for. */
static size_t lines_for(const struct screen *screen, size_t users, size_t pools)
{
	const size_t taken = pools + 3;
	const size_t room = (size_t)screen->height > taken ? screen->height - taken : 1;

	return screen->terminal && users > room ? room : users;
}

static void print(const struct ctl *ctl, const struct pool_list *pools,
		  const struct user_sums *sums)
{
	struct table table = { .columns = "USER >OWNED >COMMITTED >AREAS >MAPPINGS" };
	const struct screen screen = screen_get();
	const size_t lines = lines_for(&screen, sums->count, pools->count);
	size_t i;

	if (screen.terminal)
		fputs("\033[H\033[J", stdout);
	print_pools(ctl, pools);
	for (i = 0; i < lines; i++)
		add_row(ctl, &table, &sums->sum[i]);
	table_print(&table, stdout);
	fflush(stdout);
}

static json_t *sum_json(const struct user_sum *sum)
{
	json_t *object = json_new_object();

	json_add_number(object, "uid", sum->uid);
	json_add_text(object, "user", user_word(sum->uid).text);
	json_add_number(object, "owned_bytes", pages_to_bytes(sum->owned));
	json_add_number(object, "committed_bytes", pages_to_bytes(sum->committed));
	json_add_number(object, "areas", sum->areas);
	json_add_number(object, "mappings", sum->mappings);
	return object;
}

/* One line each time. */
static void print_json(const struct pool_list *pools, const struct user_sums *sums)
{
	json_t *object = json_new_object(), *array = json_new_array(), *users = json_new_array();
	size_t i;

	for (i = 0; i < pools->count; i++)
		json_append(array, pool_json(&pools->pool[i]));
	for (i = 0; i < sums->count; i++)
		json_append(users, sum_json(&sums->sum[i]));
	json_add(object, "pools", array);
	json_add(object, "users", users);
	json_print_line(object);
}

static int show(struct ctl *ctl, const struct top_options *options, struct area_list *areas)
{
	struct user_sums sums;
	struct pool_list pools;
	int result = pool_list_read(ctl, &pools);

	if (result < 0)
		return fail(ctl, result, "pools");
	result = area_list_read(ctl, areas);
	if (result < 0)
		return fail(ctl, result, "areas");
	user_sums_make(&sums, areas, options->key);
	if (ctl->json)
		print_json(&pools, &sums);
	else
		print(ctl, &pools, &sums);
	user_sums_free(&sums);
	return EXIT_SUCCESS;
}

static int show_once(struct ctl *ctl, const struct top_options *options)
{
	struct area_list areas = { 0 };
	const int status = show(ctl, options, &areas);

	area_list_free(&areas);
	return status;
}

static int repeat(struct ctl *ctl, const struct top_options *options)
{
	uint64_t times = 0;
	int status;

	keys_begin();
	do
		status = show_once(ctl, options);
	while (!status && ++times != options->count && !keys_wait_for_quit(options->delay));
	keys_end();
	return status;
}

/* Into a pipe or a file it goes once, unless it is said how often. */
int top_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "sort", required_argument, NULL, OPTION_SORT },
		{ "delay", required_argument, NULL, OPTION_DELAY },
		{ "count", required_argument, NULL, OPTION_COUNT },
		OPTION_END
	};
	struct top_options options = { .delay = 2000 };
	const int result = options_parse(ctl, argc, argv, own, take_option, &options, 0);

	if (result)
		return options_status(result);
	if (!options.count && !screen_get().terminal)
		options.count = 1;
	return repeat(ctl, &options);
}
