/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_LOOSE_H
#define PHYSVM_LOOSE_H

#include "area.h"

/**
 * struct loose - Pages that have left a sparse area and are in none
 * @area: where they were, kept alive by the caller
 * @page: the first
 * @count: length of @runs
 * @runs: the run of each page, by which it goes back; NULL where there was no page
 *
 * Nobody can touch them, and nobody else can give them away.
 */
struct loose {
	struct physvm_area *area;
	unsigned long page;
	unsigned long count;
	const struct physvm_run *runs[];
};

struct loose *loose_take(struct physvm_area *area, unsigned long page, unsigned long count,
			 bool all);
void loose_put_back(struct loose *loose);
void loose_give(struct loose *loose);
void loose_forget(struct loose *loose);

unsigned long loose_part(const struct loose *loose, unsigned long i);

/* Where the kernel reads page @i, or NULL. */
static inline void *loose_address(const struct loose *loose, unsigned long i)
{
	const struct physvm_run *run = loose->runs[i];

	return run ? page_address(block_page(run->block,
					     run->start + loose->page + i - run->first)) : NULL;
}

#endif
