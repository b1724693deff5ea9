// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl regions: regions of addresses and what is allocated in them.
 */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "size.h"
#include "table.h"
#include "user.h"

#include <inttypes.h>

struct output {
	const struct ctl *ctl;
	struct table table;
	json_t *array;
};

static bool has_pid(const struct physvm_nl_region_info *info)
{
	return physvm_nl_has(info->has, PHYSVM_NL_A_REGION_PID) && info->pid;
}

static void add_row(struct output *output, const struct physvm_nl_region_info *info)
{
	struct table *table = &output->table;
	const bool bytes = output->ctl->bytes;

	table_cell(table, "%" PRIu64, info->area_id);
	table_cell(table, "%s", user_word(info->uid).text);
	if (has_pid(info))
		table_cell(table, "%" PRIu32, info->pid);
	else
		table_cell(table, "%s", "");
	table_cell(table, "0x%" PRIx64, info->base);
	table_cell(table, "%s", size_of_pages(info->pages, bytes).text);
	table_cell(table, "%s", size_of_pages(info->allocated, bytes).text);
	table_cell(table, "%s", size_of_pages(info->kept, bytes).text);
	table_cell(table, "%" PRIu32, info->page_state);
}

static json_t *region_json(const struct physvm_nl_region_info *info)
{
	json_t *object = json_new_object();

	json_add_number(object, "area_id", info->area_id);
	json_add_number(object, "uid", info->uid);
	json_add_text(object, "user", user_word(info->uid).text);
	json_add_known(object, "pid", has_pid(info), info->pid);
	json_add_number(object, "base", info->base);
	json_add_number(object, "size_bytes", pages_to_bytes(info->pages));
	json_add_number(object, "allocated_bytes", pages_to_bytes(info->allocated));
	json_add_number(object, "kept_bytes", pages_to_bytes(info->kept));
	json_add_number(object, "page_state", info->page_state);
	return object;
}

static int add(const struct physvm_nl_region_info *info, void *data)
{
	struct output *output = data;

	if (output->array)
		json_append(output->array, region_json(info));
	else
		add_row(output, info);
	return 0;
}

int regions_run(struct ctl *ctl, int argc, char **argv)
{
	struct output output = {
		.ctl = ctl,
		.table = { .columns = ">AREA USER >PID BASE >SIZE >ALLOCATED >KEPT >STATE" },
	};
	int result = options_none(ctl, argc, argv);

	if (result)
		return options_status(result);
	output.array = ctl->json ? json_new_array() : NULL;
	result = physvm_nl_regions(ctl->nl, add, &output);
	if (result >= 0) {
		if (output.array)
			json_print(output.array);
		else
			table_print(&output.table, stdout);
	}
	return list_result(ctl, result, "regions");
}
