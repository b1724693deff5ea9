/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_LOOSE_H
#define PHYSVM_LOOSE_H

#include "area.h"

/**
 * struct loose_page - A page that has left an area
 * @run: of which it is one
 * @page: where in the area it was
 */
struct loose_page {
	const struct physvm_run *run;
	unsigned long page;
};

/**
 * struct loose - Pages that have left a sparse area and are in none
 * @area: where they were, kept alive by the caller
 * @count: length of @pages
 * @pages: the pages, in the order they were in
 *
 * Nobody can touch them, and nobody else can give them away.
 */
struct loose {
	struct physvm_area *area;
	unsigned long count;
	struct loose_page pages[];
};

struct loose *loose_take(struct physvm_area *area, unsigned long page, unsigned long count,
			 bool all);
void loose_put_back(struct loose *loose);
void loose_give(struct loose *loose);
void loose_forget(struct loose *loose);

unsigned long loose_part(const struct loose *loose, unsigned long i);

/* Where the kernel reads the page. */
static inline void *loose_address(const struct loose_page *page)
{
	const struct physvm_run *run = page->run;

	return page_address(block_page(run->block, run->start + page->page - run->first));
}

#endif
