// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl: observe and administer physvm.
 */
#include "ctl.h"
#include "fail.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

static void usage(FILE *to)
{
	const struct verb *verb;

	fprintf(to, "usage: physvmctl VERB [--json] [--bytes] [OPTION...]\n"
		    "       physvmctl --help | --version\n\n");
	for (verb = verbs; verb->name; verb++)
		fprintf(to, "  %-11s %s\n", verb->name, verb->summary);
	fprintf(to, "\nphysvmctl VERB --help tells more, and so does physvmctl(8).\n");
}

static const struct verb *find_verb(const char *name)
{
	const struct verb *verb = verbs;

	while (verb->name && strcmp(verb->name, name))
		verb++;
	return verb->name ? verb : NULL;
}

static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

/* Help does not need the module. */
static int run(const struct verb *verb, int argc, char **argv)
{
	struct ctl ctl = { .verb = verb->name };
	int status;

	if (!verb->alone && !wants_help(argc, argv)) {
		const int err = physvm_nl_open(&ctl.nl);

		if (err)
			return fail_connect(err);
	}
	status = verb->run(&ctl, argc, argv);
	physvm_nl_close(ctl.nl);
	return status;
}

/* What could not be written was not said. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "physvmctl: cannot write: %s\n", strerror(errno));
	return status ? status : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return finish(EXIT_SUCCESS);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("physvmctl %s\n", VERSION);
		return finish(EXIT_SUCCESS);
	}
	verb = find_verb(argv[1]);
	if (!verb) {
		fprintf(stderr, "physvmctl: there is no %s; see physvmctl --help\n", argv[1]);
		return EXIT_USAGE;
	}
	return finish(run(verb, argc - 1, argv + 1));
}
