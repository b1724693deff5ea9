// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "features.h"

#define WORDS (NR_FEATURES / 64)

void features_of_report(struct features *features, const struct report *report)
{
	unsigned int type, error;

	for (type = 0; type < nr_call_types; type++)
		for (error = 0; error < MAX_ERRNO; error++)
			if (report->outcomes[type][error])
				features_add(features, FEATURE_OUTCOMES + type * MAX_ERRNO + error);
}

/* Did @all grow? */
bool features_merge(struct features *all, const struct features *some)
{
	uint64_t grown = 0;
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		grown |= some->bits[i] & ~all->bits[i];
		all->bits[i] |= some->bits[i];
	}
	return grown;
}

unsigned int features_new(const struct features *features, const struct features *known)
{
	unsigned int i, n = 0;

	for (i = 0; i < WORDS; i++)
		n += __builtin_popcountll(features->bits[i] & ~known->bits[i]);
	return n;
}

bool features_include(const struct features *features, const struct features *wanted)
{
	return !features_new(wanted, features);
}

void features_remove_known(struct features *features, const struct features *known)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		features->bits[i] &= ~known->bits[i];
}

/*
 * There are far too many edges and errors to keep a program for each of them
 * for good. The errors are all there is where the fuzzer is blind.
 */
void features_keep_main(struct features *features)
{
	const unsigned int end = features_places(features) ? NR_FEATURES : FEATURE_OUTCOMES;

	memset(&features->bits[FEATURE_EDGES / 64], 0, (end - FEATURE_EDGES) / 8);
}

unsigned int features_places(const struct features *features)
{
	unsigned int i, n = 0;

	for (i = FEATURE_PLACES / 64; i < FEATURE_EDGES / 64; i++)
		n += __builtin_popcountll(features->bits[i]);
	return n;
}
