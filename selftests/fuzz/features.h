/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run has shown: a set of small numbers. First the places in the module
 * it came by, then which place followed which, then which calls ended how.
 */
#ifndef FUZZ_FEATURES_H
#define FUZZ_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"

#define FEATURE_PLACES 0
#define FEATURE_EDGES (1u << 20)	/* more than the module has bytes of text */
#define FEATURE_OUTCOMES (FEATURE_EDGES + (1u << 16))
#define NR_FEATURES (FEATURE_OUTCOMES + (1u << 14))

struct features {
	uint64_t bits[NR_FEATURES / 64];
};

static inline void features_add(struct features *features, unsigned int feature)
{
	features->bits[feature / 64] |= 1ull << feature % 64;
}

static inline bool features_have(const struct features *features, unsigned int feature)
{
	return features->bits[feature / 64] >> feature % 64 & 1;
}

void features_of_report(struct features *features, const struct report *report);
bool features_merge(struct features *all, const struct features *some);
unsigned int features_new(const struct features *features, const struct features *known);
bool features_include(const struct features *features, const struct features *wanted);
void features_remove_known(struct features *features, const struct features *known);
void features_keep_main(struct features *features);
unsigned int features_places(const struct features *features);

#endif
