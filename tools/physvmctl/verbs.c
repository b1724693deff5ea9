// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"

#include <stddef.h>

#define PLACE "SIZE [--pool POOL] [--at ADDRESS] [--node N] [--partial]"
#define SUBJECT "[--by use|cache|user]"

#define VERB(name, arguments, summary, run) { name, arguments, summary, false, run }
#define VERB_ALONE(name, arguments, summary, run) { name, arguments, summary, true, run }

const struct verb verbs[] = {
	VERB("status", "", "the pools, and what is in them", status_run),
	VERB("pool", SUBJECT, "the pools at length, with a picture", pool_run),
	VERB("areas", "[--mappings | --user USER]", "who has what", areas_run),
	VERB("names", "", "areas that have a name", names_run),
	VERB("regions", "", "regions of addresses and what is allocated in them", regions_run),
	VERB("top", "[--sort owned|committed|areas|mappings] [--delay SECONDS] [--count N]",
	     "users by what they have, again and again", top_run),
	VERB_ALONE("watch", "[--count N] [--timeout SECONDS]",
		   "what happens, when it happens", watch_run),
	VERB("limits", "[set WHO [--size SIZE] [--percent N] [--areas N] | reset WHO]",
	     "what users and cgroups may have", limits_run),
	VERB("rm-name", "NAME... | --id ID...", "remove names, whoever has added them",
	     rm_name_run),
	VERB("grow", PLACE, "add memory to a pool", grow_run),
	VERB("shrink", PLACE, "give free memory of a pool back", shrink_run),
	VERB("watermarks", "[--pool POOL] [LOW HIGH]",
	     "when events tell that a pool runs out", watermarks_run),
	VERB_ALONE("doctor", "", "look for what is wrong", doctor_run),
	VERB("map", "[--svg] " SUBJECT, "only the picture", map_run),
	VERB("metrics", "", "OpenMetrics, for a file node_exporter reads", metrics_run),
	{ NULL, NULL, NULL, false, NULL },
};
