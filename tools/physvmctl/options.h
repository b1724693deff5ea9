/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of a verb: its own, and those all have.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "ctl.h"

#include <getopt.h>

/* Takes one of the verb's own; an exit status, or 0. */
typedef int option_fn(const struct ctl *ctl, int option, const char *value, void *data);

/* An option only has a long name; its number is from here on. */
#define OPTION_FIRST 256

#define OPTION_END { NULL, 0, NULL, 0 }

/* What options_parse() returns when there is nothing more to do, and status 0. */
#define OPTIONS_HELPED (-1)

/*
 * @own: ends with OPTION_END; may be NULL.  At most @most arguments may be left,
 * the first of which is argv[optind].  0, OPTIONS_HELPED, or an exit status.
 */
int options_parse(struct ctl *ctl, int argc, char **argv, const struct option *own,
		  option_fn *fn, void *data, int most);

/* Verbs without arguments and options of their own. */
int options_none(struct ctl *ctl, int argc, char **argv);

/* The exit status for what options_parse() returned. */
int options_status(int result);

#endif
