// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl names: areas that have a name.
 */
#include "fail.h"
#include "json.h"
#include "options.h"
#include "size.h"
#include "table.h"
#include "user.h"
#include "words.h"

#include <inttypes.h>

struct output {
	const struct ctl *ctl;
	struct table table;
	json_t *array;
};

static void add_row(struct output *output, const struct physvm_nl_name_info *info)
{
	struct table *table = &output->table;

	table_cell(table, "%" PRIu64, info->id);
	table_cell(table, "%04" PRIo32, info->mode & 07777);
	table_cell(table, "%s", user_word(info->uid).text);
	table_cell(table, "%" PRIu32, info->gid);
	table_cell(table, "%s", prot_word(info->max_prot).text);
	table_cell(table, "%s", size_of_pages(info->pages, output->ctl->bytes).text);
	table_cell(table, "%" PRIu64, info->area_id);
	table_cell(table, "%" PRIu32 "%s", info->openers, info->exclusive ? "!" : "");
	table_cell(table, "%s", info->name);
}

static json_t *name_json(const struct physvm_nl_name_info *info)
{
	json_t *object = json_new_object();

	json_add_number(object, "id", info->id);
	json_add_text(object, "name", info->name);
	json_add_number(object, "area_id", info->area_id);
	json_add_number(object, "uid", info->uid);
	json_add_text(object, "user", user_word(info->uid).text);
	json_add_number(object, "gid", info->gid);
	json_add_number(object, "mode", info->mode);
	json_add_text(object, "max_prot", prot_word(info->max_prot).text);
	json_add_number(object, "size_bytes", pages_to_bytes(info->pages));
	json_add_number(object, "openers", info->openers);
	json_add_bool(object, "exclusive", info->exclusive);
	return object;
}

static int add(const struct physvm_nl_name_info *info, void *data)
{
	struct output *output = data;

	if (output->array)
		json_append(output->array, name_json(info));
	else
		add_row(output, info);
	return 0;
}

int names_run(struct ctl *ctl, int argc, char **argv)
{
	struct output output = {
		.ctl = ctl,
		.table = { .columns = ">ID MODE USER >GID MAX >SIZE >AREA >OPEN NAME" },
	};
	int result = options_none(ctl, argc, argv);

	if (result)
		return options_status(result);
	output.array = ctl->json ? json_new_array() : NULL;
	result = physvm_nl_names(ctl->nl, add, &output);
	if (result >= 0) {
		if (output.array)
			json_print(output.array);
		else
			table_print(&output.table, stdout);
	}
	return list_result(ctl, result, "names");
}
