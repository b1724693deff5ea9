// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl pool: the pools at length, with a picture.
 */
#include "commitment.h"
#include "fail.h"
#include "json.h"
#include "options.h"
#include "picture.h"
#include "pool_list.h"
#include "size.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/**
 * struct sight - what the caller may see
 * @pools: totals
 * @blocks: where, if @may
 * @may: see addresses
 * @subject: of the picture
 * @screen: where it goes
 */
struct sight {
	struct pool_list pools;
	struct blocks blocks;
	bool may;
	enum picture_subject subject;
	struct screen screen;
};

static void print_size(const struct ctl *ctl, const char *what, uint64_t pages, uint64_t whole)
{
	printf("  %-13s %10s", what, size_of_pages(pages, ctl->bytes).text);
	if (whole)
		printf("  %3u%%", percent(pages, whole));
	putchar('\n');
}

static uint64_t dirty(const struct blocks *blocks, uint32_t pool)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < blocks->count; i++) {
		if (blocks->block[i].info.pool == pool)
			sum += blocks->block[i].info.dirty;
	}
	return sum;
}

static void print_free(const struct ctl *ctl, const struct sight *sight,
		       const struct physvm_nl_pool_info *pool)
{
	const uint64_t unclean = dirty(&sight->blocks, pool->kind);

	print_size(ctl, "free", pool->free, pool->total);
	if (sight->may) {
		print_size(ctl, "  clean", pool->free - unclean, pool->total);
		print_size(ctl, "  dirty", unclean, pool->total);
	}
}

/* Without CAP_SYS_ADMIN that is the caller's part. */
static void print_used(const struct ctl *ctl, const struct sight *sight,
		       const struct physvm_nl_pool_info *pool,
		       const struct commitment *commitment)
{
	print_size(ctl, "used", pool->used, pool->total);
	if (!sight->may)
		print_size(ctl, "  yours", commitment->owned, pool->total);
	print_size(ctl, "  committed", commitment->committed, pool->total);
	print_size(ctl, "  reserved", commitment->owned - commitment->committed, pool->total);
}

static void print_nodes(const struct ctl *ctl, const struct physvm_nl_pool_info *pool)
{
	uint32_t i;

	for (i = 0; pool->nr_nodes > 1 && i < pool->nr_nodes; i++)
		printf("  node %" PRIu32 ": %s, %s free\n", pool->nodes[i].id,
		       size_of_pages(pool->nodes[i].total, ctl->bytes).text,
		       size_of_pages(pool->nodes[i].free, ctl->bytes).text);
}

static void print_pool(const struct ctl *ctl, const struct sight *sight,
		       const struct physvm_nl_pool_info *pool,
		       const struct commitment *commitment)
{
	printf("pool %s\n", pool_word(pool->kind));
	print_size(ctl, "size", pool->total, 0);
	print_free(ctl, sight, pool);
	print_used(ctl, sight, pool, commitment);
	print_size(ctl, "quarantine", pool->quarantined, pool->total);
	print_size(ctl, "largest free", pool->largest_free, pool->total);
	printf("  %-13s %10" PRIu64 "\n", "free blocks", pool->free_blocks);
	printf("  %-13s %9u%%\n", "fragmentation", pool_fragmentation(pool));
	if (pool->low)
		printf("  %-13s %10s, %s\n", "watermarks",
		       size_of_pages(pool->low, ctl->bytes).text,
		       size_of_pages(pool->high, ctl->bytes).text);
	print_nodes(ctl, pool);
	picture_print(&sight->blocks, pool->kind, sight->subject, &sight->screen, stdout);
}

static json_t *block_json(const struct block *block)
{
	const struct physvm_nl_block_info *info = &block->info;
	json_t *object = json_new_object();

	json_add_number(object, "phys", info->phys);
	json_add_number(object, "node", info->node_id);
	json_add_text(object, "cache", cache_word(info->cache));
	json_add_number(object, "free_pages", info->free);
	json_add_number(object, "dirty_pages", info->dirty);
	json_add_number(object, "quarantined_pages", info->quarantined);
	json_add_number(object, "used_pages", block_used(block));
	json_add_known(object, "uid", physvm_nl_has(info->has, PHYSVM_NL_A_BLOCK_UID), info->uid);
	return object;
}

static json_t *blocks_json(const struct sight *sight, uint32_t pool)
{
	json_t *array;
	size_t i;

	if (!sight->may)
		return json_null();
	array = json_new_array();
	for (i = 0; i < sight->blocks.count; i++) {
		if (sight->blocks.block[i].info.pool == pool)
			json_append(array, block_json(&sight->blocks.block[i]));
	}
	return array;
}

static json_t *sight_json(const struct sight *sight, const struct physvm_nl_pool_info *pool,
			  const struct commitment *commitment)
{
	json_t *object = pool_json(pool);

	json_add_known(object, "dirty_bytes", sight->may,
		       pages_to_bytes(dirty(&sight->blocks, pool->kind)));
	json_add_number(object, "visible_committed_bytes", pages_to_bytes(commitment->committed));
	json_add_number(object, "visible_reserved_bytes",
			pages_to_bytes(commitment->owned - commitment->committed));
	json_add(object, "blocks", blocks_json(sight, pool->kind));
	return object;
}

static int show(struct ctl *ctl, const struct sight *sight)
{
	json_t *array = ctl->json ? json_new_array() : NULL;
	size_t i;

	for (i = 0; i < sight->pools.count; i++) {
		const struct physvm_nl_pool_info *pool = &sight->pools.pool[i];
		struct commitment commitment;
		const int result = commitment_read(ctl, pool->kind, &commitment);

		if (result < 0)
			return fail(ctl, result, "areas");
		if (array)
			json_append(array, sight_json(sight, pool, &commitment));
		else
			print_pool(ctl, sight, pool, &commitment);
	}
	if (array)
		json_print(array);
	else if (!sight->may)
		printf("the picture is for CAP_SYS_ADMIN\n");
	return EXIT_SUCCESS;
}

/* Who may not see the blocks still sees the rest. */
static int look(struct ctl *ctl, struct sight *sight)
{
	int result = pool_list_read(ctl, &sight->pools);

	if (result < 0)
		return fail(ctl, result, "pools");
	result = blocks_read(ctl, &sight->blocks);
	if (result < 0 && result != -EPERM)
		return fail(ctl, result, "blocks");
	sight->may = !result;
	return EXIT_SUCCESS;
}

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct sight *sight = data;

	(void)option;
	if (!parse_subject(value, &sight->subject))
		return fail_usage(ctl, "%s: not use, cache or user", value);
	return 0;
}

int pool_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "by", required_argument, NULL, OPTION_FIRST },
		OPTION_END
	};
	struct sight sight = { .screen = screen_get() };
	int result = options_parse(ctl, argc, argv, own, take_option, &sight, 0);

	if (result)
		return options_status(result);
	result = look(ctl, &sight);
	if (!result)
		result = show(ctl, &sight);
	blocks_free(&sight.blocks);
	return result;
}
