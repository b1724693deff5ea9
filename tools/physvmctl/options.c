// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 16

static const struct option common[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "bytes", no_argument, NULL, 'b' },
	{ "help", no_argument, NULL, 'h' },
};

#define NR_COMMON (sizeof(common) / sizeof(common[0]))

/* What is not used stays zero, which ends the list. */
static void join(struct option *all, const struct option *own)
{
	size_t count = 0;

	memset(all, 0, OPTIONS_MAX * sizeof(*all));
	memcpy(all, common, sizeof(common));
	while (own && own[count].name && NR_COMMON + count < OPTIONS_MAX - 1) {
		all[NR_COMMON + count] = own[count];
		count++;
	}
}

static int help(const struct ctl *ctl)
{
	const struct verb *verb = verbs;

	while (strcmp(verb->name, ctl->verb))
		verb++;
	printf("usage: physvmctl %s [--json] [--bytes]%s%s\n\n%s: %s.\n\n", verb->name,
	       *verb->arguments ? " " : "", verb->arguments, verb->name, verb->summary);
	printf("  -j, --json   for machines\n  -b, --bytes  exact sizes\n  -h, --help   this\n\n"
	       "See physvmctl(8).\n");
	return OPTIONS_HELPED;
}

static int take(struct ctl *ctl, int option, option_fn *fn, void *data)
{
	switch (option) {
	case 'j':
		ctl->json = true;
		return 0;
	case 'b':
		ctl->bytes = true;
		return 0;
	case 'h':
		return help(ctl);
	case '?':
		fprintf(stderr, "see physvmctl %s --help\n", ctl->verb);
		return EXIT_USAGE;
	default:
		return fn(ctl, option, optarg, data);
	}
}

int options_parse(struct ctl *ctl, int argc, char **argv, const struct option *own,
		  option_fn *fn, void *data, int most)
{
	struct option all[OPTIONS_MAX];
	int option, result = 0;

	join(all, own);
	optind = 0;
	while (!result && (option = getopt_long(argc, argv, "jbh", all, NULL)) != -1)
		result = take(ctl, option, fn, data);
	if (!result && argc - optind > most)
		return fail_usage(ctl, "%s: too much", argv[optind + most]);
	return result;
}

int options_none(struct ctl *ctl, int argc, char **argv)
{
	return options_parse(ctl, argc, argv, NULL, NULL, NULL, 0);
}

int options_status(int result)
{
	return result == OPTIONS_HELPED ? EXIT_SUCCESS : result;
}
