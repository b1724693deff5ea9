// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl areas: who has what.
 */
#include "area_list.h"
#include "fail.h"
#include "json.h"
#include "mappings.h"
#include "options.h"
#include "size.h"
#include "table.h"
#include "user.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>

struct areas_options {
	bool mappings;
	bool one_user;
	uint32_t uid;
};

enum { OPTION_MAPPINGS = OPTION_FIRST, OPTION_USER };

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	struct areas_options *options = data;

	if (option == OPTION_MAPPINGS) {
		options->mappings = true;
		return 0;
	}
	options->one_user = true;
	return parse_user(value, &options->uid) ? 0 :
		fail_usage(ctl, "%s: no such user", value);
}

static bool has_phys(const struct physvm_nl_area_info *area)
{
	return physvm_nl_has(area->has, PHYSVM_NL_A_AREA_PHYS);
}

/* A process that is gone, or in no namespace of ours, has no number. */
static bool has_pid(const struct physvm_nl_area_info *area)
{
	return physvm_nl_has(area->has, PHYSVM_NL_A_AREA_PID) && area->pid;
}

static void add_row(const struct ctl *ctl, struct table *table,
		    const struct physvm_nl_area_info *area)
{
	table_cell(table, "%" PRIu64, area->id);
	table_cell(table, "%s", user_word(area->uid).text);
	if (has_pid(area))
		table_cell(table, "%" PRIu32, area->pid);
	else
		table_cell(table, "%s", "");
	table_cell(table, "%s", type_word(area->type));
	table_cell(table, "%s", cache_word(area->cache));
	table_cell(table, "%s", prot_word(area->max_prot).text);
	table_cell(table, "%s", size_of_pages(area->pages, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(area->committed, ctl->bytes).text);
	table_cell(table, "%s", size_of_pages(area->owned, ctl->bytes).text);
	table_cell(table, "%" PRIu32, area->mappings);
	if (has_phys(area))
		table_cell(table, "0x%" PRIx64, area->phys);
	else
		table_cell(table, "%s", "");
	table_cell(table, "%s", area->label);
}

static json_t *area_json(const struct physvm_nl_area_info *area)
{
	json_t *object = json_new_object();

	json_add_number(object, "id", area->id);
	json_add_number(object, "uid", area->uid);
	json_add_text(object, "user", user_word(area->uid).text);
	json_add_known(object, "pid", has_pid(area), area->pid);
	json_add_text(object, "type", type_word(area->type));
	json_add_text(object, "cache", cache_word(area->cache));
	json_add_text(object, "max_prot", prot_word(area->max_prot).text);
	json_add_number(object, "alloc_flags", area->alloc_flags);
	json_add_number(object, "size_bytes", pages_to_bytes(area->pages));
	json_add_number(object, "committed_bytes", pages_to_bytes(area->committed));
	json_add_number(object, "owned_bytes", pages_to_bytes(area->owned));
	json_add_number(object, "mappings", area->mappings);
	json_add_known(object, "phys", has_phys(area), area->phys);
	json_add_text(object, "label", area->label);
	return object;
}

static bool wanted(const struct areas_options *options, const struct physvm_nl_area_info *area)
{
	return !options->one_user || area->uid == options->uid;
}

static void print(const struct ctl *ctl, const struct areas_options *options,
		  const struct area_list *areas)
{
	struct table table = {
		.columns = ">ID USER >PID TYPE CACHE MAX >SIZE >COMMITTED >OWNED >MAPS PHYS LABEL"
	};
	size_t i;

	for (i = 0; i < areas->count; i++) {
		if (wanted(options, &areas->area[i]))
			add_row(ctl, &table, &areas->area[i]);
	}
	table_print(&table, stdout);
}

static void print_json(const struct areas_options *options, const struct area_list *areas)
{
	json_t *array = json_new_array();
	size_t i;

	for (i = 0; i < areas->count; i++) {
		if (wanted(options, &areas->area[i]))
			json_append(array, area_json(&areas->area[i]));
	}
	json_print(array);
}

static int show(struct ctl *ctl, const struct areas_options *options, struct area_list *areas)
{
	const int result = area_list_read(ctl, areas);

	if (result < 0)
		return fail(ctl, result, "areas");
	if (ctl->json)
		print_json(options, areas);
	else
		print(ctl, options, areas);
	return list_result(ctl, result, "areas");
}

int areas_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "mappings", no_argument, NULL, OPTION_MAPPINGS },
		{ "user", required_argument, NULL, OPTION_USER },
		OPTION_END
	};
	struct areas_options options = { 0 };
	struct area_list areas = { 0 };
	int result = options_parse(ctl, argc, argv, own, take_option, &options, 0);

	if (result)
		return options_status(result);
	if (options.mappings && options.one_user)
		return fail_usage(ctl, "--mappings has no --user");
	if (options.mappings)
		return mappings_show(ctl);
	result = show(ctl, &options, &areas);
	area_list_free(&areas);
	return result;
}
