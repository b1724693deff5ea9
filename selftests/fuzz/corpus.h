/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The corpus: programs each of which has shown something no other had.
 */
#ifndef FUZZ_CORPUS_H
#define FUZZ_CORPUS_H

#include "features.h"
#include "program.h"

struct entry {
	struct program program;
	struct features features;
	struct features known;	/* what there was before it */
	bool seed;
	bool picked;
};

unsigned int corpus_size(void);
struct entry *corpus_entry(unsigned int i);
const struct features *corpus_features(void);

bool corpus_add(const struct program *program, const struct features *features, bool seed);
const struct program *corpus_pick(struct rng *rng);
struct entry *corpus_pick_best(struct features *covered);

typedef void corpus_file_fn(const char *path, const struct program *program);
bool corpus_for_each_file(const char *directory, corpus_file_fn *fn);

#endif
