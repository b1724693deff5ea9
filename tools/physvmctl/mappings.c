// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl areas --mappings: where areas are mapped.
 */
#include "mappings.h"

#include "fail.h"
#include "json.h"
#include "size.h"
#include "table.h"
#include "words.h"

#include <inttypes.h>

struct output {
	const struct ctl *ctl;
	struct table table;
	json_t *array;
};

static bool has_pid(const struct physvm_nl_mapping_info *info)
{
	return physvm_nl_has(info->has, PHYSVM_NL_A_MAPPING_PID);
}

static void add_row(struct output *output, const struct physvm_nl_mapping_info *info)
{
	struct table *table = &output->table;

	table_cell(table, "%" PRIu64, info->area_id);
	if (has_pid(info))
		table_cell(table, "%" PRIu32, info->pid);
	else
		table_cell(table, "%s", "");
	table_cell(table, "0x%" PRIx64, info->addr);
	table_cell(table, "%s", size_of_bytes(info->length, output->ctl->bytes).text);
	table_cell(table, "0x%" PRIx64, info->offset);
	table_cell(table, "%s", prot_word(info->prot).text);
}

static json_t *mapping_json(const struct physvm_nl_mapping_info *info)
{
	json_t *object = json_new_object();

	json_add_number(object, "area_id", info->area_id);
	json_add_known(object, "pid", has_pid(info), info->pid);
	json_add_number(object, "addr", info->addr);
	json_add_number(object, "length_bytes", info->length);
	json_add_number(object, "offset_bytes", info->offset);
	json_add_text(object, "prot", prot_word(info->prot).text);
	return object;
}

static int add(const struct physvm_nl_mapping_info *info, void *data)
{
	struct output *output = data;

	if (output->array)
		json_append(output->array, mapping_json(info));
	else
		add_row(output, info);
	return 0;
}

int mappings_show(struct ctl *ctl)
{
	struct output output = {
		.ctl = ctl,
		.table = { .columns = ">AREA >PID ADDRESS >LENGTH OFFSET PROT" },
		.array = ctl->json ? json_new_array() : NULL,
	};
	const int result = physvm_nl_mappings(ctl->nl, 0, add, &output);

	if (result >= 0) {
		if (output.array)
			json_print(output.array);
		else
			table_print(&output.table, stdout);
	}
	return list_result(ctl, result, "mappings");
}
