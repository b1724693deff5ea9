// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl limits: what users and cgroups have, and may have.
 */
#include "limits_list.h"

#include "account.h"
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

static bool has(const struct physvm_nl_limit_info *info, unsigned int attribute)
{
	return physvm_nl_has(info->has, attribute);
}

static void add_limit(struct table *table, bool known, uint64_t value, const char *unit)
{
	if (known)
		table_cell(table, "%" PRIu64 "%s", value, unit);
	else
		table_cell(table, "%s", "");
}

static void add_row(struct output *output, const struct physvm_nl_limit_info *info)
{
	struct table *table = &output->table;
	const bool bytes = output->ctl->bytes;

	table_cell(table, "%s", account_text(info->account, info->id).text);
	table_cell(table, "%s", size_of_pages(info->pages, bytes).text);
	table_cell(table, "%s", size_of_pages(info->peak, bytes).text);
	table_cell(table, "%s", has(info, PHYSVM_NL_A_LIMIT_MAX_PAGES) ?
		   size_of_pages(info->max_pages, bytes).text : "");
	add_limit(table, has(info, PHYSVM_NL_A_LIMIT_MAX_PERCENT), info->max_percent, "%");
	table_cell(table, "%" PRIu64, info->areas);
	add_limit(table, has(info, PHYSVM_NL_A_LIMIT_MAX_AREAS), info->max_areas, "");
	table_cell(table, "%" PRIu64, info->failures);
}

static json_t *limit_json(const struct physvm_nl_limit_info *info)
{
	json_t *object = json_new_object();

	json_add_text(object, "account", account_word(info->account));
	json_add_number(object, "id", info->id);
	json_add_text(object, "who", account_text(info->account, info->id).text);
	json_add_number(object, "charged_bytes", pages_to_bytes(info->pages));
	json_add_number(object, "peak_bytes", pages_to_bytes(info->peak));
	json_add_known(object, "max_bytes", has(info, PHYSVM_NL_A_LIMIT_MAX_PAGES),
		       pages_to_bytes(info->max_pages));
	json_add_known(object, "max_percent", has(info, PHYSVM_NL_A_LIMIT_MAX_PERCENT),
		       info->max_percent);
	json_add_number(object, "areas", info->areas);
	json_add_known(object, "max_areas", has(info, PHYSVM_NL_A_LIMIT_MAX_AREAS),
		       info->max_areas);
	json_add_number(object, "failures", info->failures);
	return object;
}

static int add(const struct physvm_nl_limit_info *info, void *data)
{
	struct output *output = data;

	if (output->array)
		json_append(output->array, limit_json(info));
	else
		add_row(output, info);
	return 0;
}

int limits_show(struct ctl *ctl)
{
	struct output output = {
		.ctl = ctl,
		.table = { .columns = "WHO >HAS >PEAK >MAX >MAX% >AREAS >MAX-AREAS >REFUSED" },
		.array = ctl->json ? json_new_array() : NULL,
	};
	const int result = physvm_nl_limits(ctl->nl, add, &output);

	if (result >= 0) {
		if (output.array)
			json_print(output.array);
		else
			table_print(&output.table, stdout);
	}
	return list_result(ctl, result, "limits");
}
