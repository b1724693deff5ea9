// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "corpus.h"

#define MAX_ENTRIES 4096

static struct entry *entries[MAX_ENTRIES];
static unsigned int nr_entries;
static struct features all;

unsigned int corpus_size(void)
{
	return nr_entries;
}

struct entry *corpus_entry(unsigned int i)
{
	return entries[i];
}

const struct features *corpus_features(void)
{
	return &all;
}

/* Programs are run in forks: they need not have copies of all this. */
static struct entry *new_entry(void)
{
	void *entry = mmap(NULL, sizeof(struct entry), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (entry == MAP_FAILED)
		return NULL;
	madvise(entry, sizeof(struct entry), MADV_DONTFORK);
	return entry;
}

/* Does nothing when there is nothing new in it. */
bool corpus_add(const struct program *program, const struct features *features, bool seed)
{
	struct entry *entry;

	if (!features_new(features, &all) && !seed)
		return false;
	entry = nr_entries < MAX_ENTRIES ? new_entry() : NULL;
	if (!entry)
		return false;
	entry->program = *program;
	entry->features = *features;
	entry->seed = seed;
	features_merge(&all, features);
	entries[nr_entries++] = entry;
	return true;
}

/* The newest are where there may be more. */
const struct program *corpus_pick(struct rng *rng)
{
	const unsigned int recent = nr_entries > 20 ? 20 : nr_entries;

	if (!nr_entries)
		return NULL;
	if (rng_one_in(rng, 3))
		return &entries[nr_entries - 1 - rng_below(rng, recent)]->program;
	return &entries[rng_below(rng, nr_entries)]->program;
}

/* The entry that adds most to @covered, of which it then is part; NULL at the end. */
struct entry *corpus_pick_best(struct features *covered)
{
	struct entry *best = NULL;
	unsigned int i, n, most = 0;

	for (i = 0; i < nr_entries; i++) {
		if (entries[i]->picked)
			continue;
		n = features_new(&entries[i]->features, covered);
		if (n > most || (entries[i]->seed && n)) {
			most = entries[i]->seed ? UINT32_MAX : n;
			best = entries[i];
		}
	}
	if (!best)
		return NULL;
	best->picked = true;
	best->known = *covered;
	features_merge(covered, &best->features);
	return best;
}

static bool use_file(const char *path, corpus_file_fn *fn)
{
	struct program program;
	FILE *file = fopen(path, "r");
	bool good = file && program_parse(file, &program);

	if (file)
		fclose(file);
	if (good)
		fn(path, &program);
	else
		fprintf(stderr, "%s: not a program\n", path);
	return good;
}

/* In the order of their names; false when one of them is not a program. */
bool corpus_for_each_file(const char *directory, corpus_file_fn *fn)
{
	struct dirent **list;
	char path[512];
	bool good = true;
	int i, n = scandir(directory, &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", directory, list[i]->d_name);
			good &= use_file(path, fn);
		}
		free(list[i]);
	}
	return good && n >= 0;
}
