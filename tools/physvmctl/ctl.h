/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all verbs share.
 */
#ifndef CTL_H
#define CTL_H

#include <physvm_netlink.h>
#include <stdbool.h>

/* Exit statuses, besides 0 and 1. */
enum {
	EXIT_USAGE = 2,		/* the command line makes no sense */
	EXIT_ABSENT = 3,	/* the module is not there */
	EXIT_DENIED = 4,	/* the caller may not */
	EXIT_WARNED = 5,	/* doctor: nothing is broken, something is odd */
};

/**
 * struct ctl - one run of the tool
 * @nl: the connection, or NULL for verbs that do without
 * @verb: what is being done
 * @json: for machines
 * @bytes: sizes are exact
 */
struct ctl {
	struct physvm_nl *nl;
	const char *verb;
	bool json;
	bool bytes;
};

/**
 * struct verb - something to do
 * @name: what it is called
 * @arguments: what it takes, for people
 * @summary: what it does, for people
 * @alone: it works without the module, and connects by itself
 * @run: does it; the exit status
 */
struct verb {
	const char *name;
	const char *arguments;
	const char *summary;
	bool alone;
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

/* All of them, in the order people are told about them; ends with no name. */
extern const struct verb verbs[];

int status_run(struct ctl *ctl, int argc, char **argv);
int pool_run(struct ctl *ctl, int argc, char **argv);
int areas_run(struct ctl *ctl, int argc, char **argv);
int names_run(struct ctl *ctl, int argc, char **argv);
int regions_run(struct ctl *ctl, int argc, char **argv);
int top_run(struct ctl *ctl, int argc, char **argv);
int watch_run(struct ctl *ctl, int argc, char **argv);
int limits_run(struct ctl *ctl, int argc, char **argv);
int rm_name_run(struct ctl *ctl, int argc, char **argv);
int grow_run(struct ctl *ctl, int argc, char **argv);
int shrink_run(struct ctl *ctl, int argc, char **argv);
int watermarks_run(struct ctl *ctl, int argc, char **argv);
int doctor_run(struct ctl *ctl, int argc, char **argv);
int map_run(struct ctl *ctl, int argc, char **argv);
int metrics_run(struct ctl *ctl, int argc, char **argv);

#endif
