// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl rm-name: remove names, whoever has added them.
 */
#include "fail.h"
#include "options.h"
#include "size.h"

#include <limits.h>
#include <stdlib.h>

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	(void)ctl;
	(void)option;
	(void)value;
	*(bool *)data = true;
	return 0;
}

static int remove_one(struct ctl *ctl, const char *name, bool by_id)
{
	uint64_t id;
	int err;

	if (by_id && !parse_number(name, &id))
		return fail_usage(ctl, "%s: not a number", name);
	err = by_id ? physvm_nl_remove_name_id(ctl->nl, id) : physvm_nl_remove_name(ctl->nl, name);
	return err ? fail(ctl, err, "%s", name) : EXIT_SUCCESS;
}

/* All that can be removed are; the status is that of the last that could not. */
int rm_name_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "id", no_argument, NULL, OPTION_FIRST },
		OPTION_END
	};
	bool by_id = false;
	int result = options_parse(ctl, argc, argv, own, take_option, &by_id, INT_MAX);
	int i;

	if (result)
		return options_status(result);
	if (optind == argc)
		return fail_usage(ctl, "which name?");
	for (i = optind; i < argc; i++) {
		const int status = remove_one(ctl, argv[i], by_id);

		result = status ? status : result;
	}
	return result;
}
