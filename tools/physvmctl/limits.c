// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl limits: show them, set them, take them away.
 */
#include "account.h"
#include "fail.h"
#include "limits_list.h"
#include "options.h"
#include "size.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_SIZE = OPTION_FIRST, OPTION_PERCENT, OPTION_AREAS };

static int take_size(const struct ctl *ctl, const char *value, struct physvm_nl_limit_set *set)
{
	uint64_t bytes;

	if (!parse_size(value, &bytes) || bytes % page_size())
		return fail_usage(ctl, "%s: not a size of whole pages", value);
	set->max_pages = bytes / page_size();
	set->flags |= PHYSVM_NL_LIMIT_PAGES;
	return 0;
}

static int take_percent(const struct ctl *ctl, const char *value, struct physvm_nl_limit_set *set)
{
	uint64_t number;

	if (!parse_number(value, &number) || number > 100)
		return fail_usage(ctl, "%s: not a number from 0 to 100", value);
	set->max_percent = number;
	set->flags |= PHYSVM_NL_LIMIT_PERCENT;
	return 0;
}

static int take_areas(const struct ctl *ctl, const char *value, struct physvm_nl_limit_set *set)
{
	if (!parse_number(value, &set->max_areas))
		return fail_usage(ctl, "%s: not a number", value);
	set->flags |= PHYSVM_NL_LIMIT_AREAS;
	return 0;
}

static int take_option(const struct ctl *ctl, int option, const char *value, void *data)
{
	switch (option) {
	case OPTION_SIZE:
		return take_size(ctl, value, data);
	case OPTION_PERCENT:
		return take_percent(ctl, value, data);
	default:
		return take_areas(ctl, value, data);
	}
}

static int set_limit(struct ctl *ctl, const struct physvm_nl_limit_set *set, const char *who)
{
	int err;

	if (!set->flags)
		return fail_usage(ctl, "set: which limit? --size, --percent, --areas");
	err = physvm_nl_set_limit(ctl->nl, set);
	return err ? fail(ctl, err, "%s", who) : EXIT_SUCCESS;
}

static int reset_limit(struct ctl *ctl, const struct physvm_nl_limit_set *set, const char *who)
{
	int err;

	if (set->flags)
		return fail_usage(ctl, "reset takes all limits away");
	err = physvm_nl_reset_limit(ctl->nl, set->account, set->id);
	return err ? fail(ctl, err, "%s", who) : EXIT_SUCCESS;
}

static int change(struct ctl *ctl, struct physvm_nl_limit_set *set, int argc, char **argv)
{
	if (argc < 2)
		return fail_usage(ctl, "%s: whose?", argv[0]);
	if (!parse_account(argv[1], &set->account, &set->id))
		return fail_usage(ctl, "%s: no such user or cgroup", argv[1]);
	if (!strcmp(argv[0], "set"))
		return set_limit(ctl, set, argv[1]);
	if (!strcmp(argv[0], "reset"))
		return reset_limit(ctl, set, argv[1]);
	return fail_usage(ctl, "%s: not set or reset", argv[0]);
}

int limits_run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option own[] = {
		{ "size", required_argument, NULL, OPTION_SIZE },
		{ "percent", required_argument, NULL, OPTION_PERCENT },
		{ "areas", required_argument, NULL, OPTION_AREAS },
		OPTION_END
	};
	struct physvm_nl_limit_set set = { 0 };
	const int result = options_parse(ctl, argc, argv, own, take_option, &set, 2);

	if (result)
		return options_status(result);
	if (optind == argc && set.flags)
		return fail_usage(ctl, "set or reset?");
	if (optind == argc)
		return limits_show(ctl);
	return change(ctl, &set, argc - optind, argv + optind);
}
