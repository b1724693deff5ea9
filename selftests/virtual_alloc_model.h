/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an allocation in a region comes to lie: the rules of VirtualAlloc, one
 * page at a time and as slow as it gets. Written from docs/zircon.md and not from
 * the module, which has to come to the same places.
 */
#ifndef PHYSVM_SELFTESTS_VIRTUAL_ALLOC_MODEL_H
#define PHYSVM_SELFTESTS_VIRTUAL_ALLOC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE ((size_t)-1)

/* All in pages; places are page numbers in the region. */
struct model {
	size_t pages;
	size_t bitmap;		/* of them at the start, never given out */
	size_t guard;
	size_t align;
	size_t hint;		/* where the next search begins */
	size_t allocated;
	bool *taken;
};

static inline bool model_make(struct model *model, size_t pages, size_t guard, size_t align)
{
	*model = (struct model){
		.pages = pages,
		.bitmap = (pages + 32767) / 32768,
		.guard = guard,
		.align = align,
	};
	model->hint = model->bitmap;
	model->taken = calloc(pages, sizeof(bool));
	if (model->taken)
		memset(model->taken, true, model->bitmap);
	return model->taken;
}

/* The first page from @from on, but before @to, that is taken or free as @taken says. */
static inline size_t model_next(const struct model *model, size_t from, size_t to, bool taken)
{
	while (from < to && model->taken[from] != taken)
		from++;
	return from;
}

/* Where @count free pages begin first, from @from on. */
static inline size_t model_first_fit(const struct model *model, size_t from, size_t count)
{
	size_t end = from;

	while (end < model->pages && end - from < count) {
		if (model->taken[end])
			from = end + 1;
		end++;
	}
	return end - from == count ? from : NOWHERE;
}

/* The same, with what lies behind the first guard aligned. */
static inline size_t model_aligned_fit(const struct model *model, size_t from, size_t count)
{
	const size_t align = model->align, guard = model->guard;

	while (from < model->pages) {
		size_t inner = (from + align - 1) / align * align, conflict;

		if (inner - from < guard)
			inner += (guard + align - 1) / align * align;
		if (inner - guard + count > model->pages)
			break;
		conflict = model_next(model, inner - guard, inner - guard + count, true);
		if (conflict == inner - guard + count)
			return inner - guard;
		from = model_next(model, conflict, model->pages, false);
	}
	return NOWHERE;
}

static inline size_t model_fit(const struct model *model, size_t from, size_t pages)
{
	const size_t count = pages + 2 * model->guard;
	size_t place = NOWHERE;

	if (model->align > 1 && pages >= model->align)
		place = model_aligned_fit(model, from, count);
	if (place == NOWHERE)
		place = model_first_fit(model, from, count);
	return place;
}

static inline void model_set(struct model *model, size_t place, size_t pages, bool taken)
{
	size_t i;

	for (i = place; i < place + pages; i++)
		model->taken[i] = taken;
	if (taken)
		model->allocated += pages;
	else
		model->allocated -= pages;
}

static inline bool model_all(const struct model *model, size_t place, size_t pages, bool taken)
{
	return model_next(model, place, place + pages, !taken) == place + pages;
}

/* The place, or NOWHERE. */
static inline size_t model_alloc(struct model *model, size_t pages)
{
	size_t place = NOWHERE;

	if (pages > model->pages)
		return NOWHERE;
	if (model->hint < model->pages)
		place = model_fit(model, model->hint, pages);
	if (place == NOWHERE)
		place = model_fit(model, model->bitmap, pages);
	if (place == NOWHERE)
		return NOWHERE;
	place += model->guard;
	model_set(model, place, pages, true);
	model->hint = place + pages;
	return place;
}

/* The hint goes back with what is freed, and over the free pages of a guard below. */
static inline void model_free(struct model *model, size_t place, size_t pages)
{
	size_t steps = 0;

	model_set(model, place, pages, false);
	if (place >= model->hint)
		return;
	model->hint = place;
	if (place < model->guard)
		return;
	while (steps < model->guard && !model->taken[model->hint - 1]) {
		model->hint--;
		steps++;
	}
}

#endif
