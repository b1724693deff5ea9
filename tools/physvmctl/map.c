// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl map: only the picture.
 */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "picture.h"
#include "svg.h"
#include "words.h"

#include <stdlib.h>

struct map_options {
	bool svg;
	enum picture_subject subject;
};

enum { OPTION_SVG = OPTION_FIRST, OPTION_BY };

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct map_options *options = data;

	if (option == OPTION_SVG)
		options->svg = true;
	else if (!parse_subject(value, &options->subject))
		return fail_usage(ctl, "%s: not use, cache or user", value);
	return 0;
}

static void print(const struct blocks *blocks, enum picture_subject subject)
{
	const struct screen screen = screen_get();
	uint32_t pool;

	for (pool = PHYSVM_NL_POOL_RAM; pool <= PHYSVM_NL_POOL_HIDDEN; pool++)
		picture_print(blocks, pool, subject, &screen, stdout);
}

static json_t *cell_json(const struct block *block)
{
	json_t *object = json_new_object();

	json_add_text(object, "pool", pool_word(block->info.pool));
	json_add_number(object, "phys", block->info.phys);
	json_add_text(object, "cache", cache_word(block->info.cache));
	json_add_number(object, "free_pages", block->info.free);
	json_add_number(object, "dirty_pages", block->info.dirty);
	json_add_number(object, "quarantined_pages", block->info.quarantined);
	json_add_number(object, "used_pages", block_used(block));
	json_add_number(object, "reserved_pages", block->reserved);
	return object;
}

static void print_json(const struct blocks *blocks)
{
	json_t *array = json_new_array();
	size_t i;

	for (i = 0; i < blocks->count; i++)
		json_append(array, cell_json(&blocks->block[i]));
	json_print(array);
}

int map_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "svg", no_argument, NULL, OPTION_SVG },
		{ "by", required_argument, NULL, OPTION_BY },
		OPTION_END
	};
	struct map_options options = { 0 };
	struct blocks blocks;
	int result = options_parse(ctl, argc, argv, own, take_option, &options, 0);

	if (result)
		return options_status(result);
	result = blocks_read(ctl, &blocks);
	if (result < 0)
		return fail(ctl, result, "blocks");
	if (ctl->json)
		print_json(&blocks);
	else if (options.svg)
		svg_print(&blocks, options.subject, stdout);
	else
		print(&blocks, options.subject);
	blocks_free(&blocks);
	return EXIT_SUCCESS;
}
