// SPDX-License-Identifier: GPL-2.0-only
#include "resize.h"

#include "fail.h"
#include "json.h"
#include "options.h"
#include "size.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>

enum { OPTION_POOL = OPTION_FIRST, OPTION_AT, OPTION_NODE, OPTION_PARTIAL };

static int take_at(const struct ctl *ctl, const char *value, struct physvm_nl_resize *resize)
{
	resize->flags |= PHYSVM_NL_RESIZE_PHYS;
	return parse_size(value, &resize->phys) ? 0 : fail_usage(ctl, "%s: no address", value);
}

static int take_node(const struct ctl *ctl, const char *value, struct physvm_nl_resize *resize)
{
	uint64_t node;

	if (!parse_number(value, &node) || node > UINT32_MAX)
		return fail_usage(ctl, "%s: no number of a node", value);
	resize->flags |= PHYSVM_NL_RESIZE_NODE;
	resize->node_id = node;
	return 0;
}

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct physvm_nl_resize *resize = data;

	switch (option) {
	case OPTION_POOL:
		return parse_pool(value, &resize->kind) ? 0 :
			fail_usage(ctl, "%s: not ram or hidden", value);
	case OPTION_AT:
		return take_at(ctl, value, resize);
	case OPTION_NODE:
		return take_node(ctl, value, resize);
	default:
		resize->flags |= PHYSVM_NL_RESIZE_PARTIAL;
		return 0;
	}
}

static void print_json(const struct physvm_nl_pool_info *info)
{
	json_t *object = json_new_object();

	json_add_text(object, "pool", pool_word(info->kind));
	json_add_number(object, "changed_bytes", pages_to_bytes(info->changed));
	json_add_number(object, "total_bytes", pages_to_bytes(info->total));
	json_print(object);
}

static int resize_pool(struct ctl *ctl, const struct physvm_nl_resize *resize, resize_fn *fn,
		       const char *done)
{
	struct physvm_nl_pool_info info;
	const int err = fn(ctl->nl, resize, &info);

	if (err)
		return fail(ctl, err, "pool %s", pool_word(resize->kind));
	if (ctl->json)
		print_json(&info);
	else
		printf("pool %s is %s by %s: %s\n", pool_word(info.kind), done,
		       size_of_pages(info.changed, ctl->bytes).text,
		       size_of_pages(info.total, ctl->bytes).text);
	return EXIT_SUCCESS;
}

int resize_run(struct ctl *ctl, int argc, char **argv, resize_fn *fn, const char *done)
{
	static const struct option own[] = {
		{ "pool", required_argument, NULL, OPTION_POOL },
		{ "at", required_argument, NULL, OPTION_AT },
		{ "node", required_argument, NULL, OPTION_NODE },
		{ "partial", no_argument, NULL, OPTION_PARTIAL },
		OPTION_END
	};
	struct physvm_nl_resize resize = { 0 };
	const int result = options_parse(ctl, argc, argv, own, take_option, &resize, 1);

	if (result)
		return options_status(result);
	if (optind == argc)
		return fail_usage(ctl, "by how much?");
	if (!parse_size(argv[optind], &resize.bytes))
		return fail_usage(ctl, "%s: not a size", argv[optind]);
	return resize_pool(ctl, &resize, fn, done);
}
