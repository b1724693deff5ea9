// SPDX-License-Identifier: GPL-2.0-only
#include "user_sum.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[] = { "owned", "committed", "areas", "mappings" };

bool parse_user_sum_key(const char *word, enum user_sum_key *key)
{
	unsigned int i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(word, keys[i])) {
			*key = i;
			return true;
		}
	}
	return false;
}

static struct user_sum *sum_of(struct user_sums *sums, uint32_t uid)
{
	size_t i;

	for (i = 0; i < sums->count; i++) {
		if (sums->sum[i].uid == uid)
			return &sums->sum[i];
	}
	if (sums->count == sums->room || !sums->sum)
		sums->sum = grow_array(sums->sum, &sums->room, sizeof(*sums->sum));
	sums->sum[sums->count] = (struct user_sum){ .uid = uid };
	return &sums->sum[sums->count++];
}

static void add(struct user_sum *sum, const struct physvm_nl_area_info *area)
{
	sum->areas++;
	sum->owned += area->owned;
	sum->committed += area->committed;
	sum->mappings += area->mappings;
}

static uint64_t value(const struct user_sum *sum, enum user_sum_key key)
{
	switch (key) {
	case BY_OWNED:
		return sum->owned;
	case BY_COMMITTED:
		return sum->committed;
	case BY_AREAS:
		return sum->areas;
	default:
		return sum->mappings;
	}
}

/* Equals in the order of their numbers, so that they do not jump. */
static int compare(const void *one, const void *two, void *key)
{
	const struct user_sum *a = one, *b = two;
	const uint64_t of_a = value(a, *(enum user_sum_key *)key);
	const uint64_t of_b = value(b, *(enum user_sum_key *)key);

	if (of_a != of_b)
		return of_a > of_b ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

void user_sums_make(struct user_sums *sums, const struct area_list *areas,
		    enum user_sum_key key)
{
	size_t i;

	*sums = (struct user_sums){ 0 };
	for (i = 0; i < areas->count; i++)
		add(sum_of(sums, areas->area[i].uid), &areas->area[i]);
	if (sums->count)
		qsort_r(sums->sum, sums->count, sizeof(*sums->sum), compare, &key);
}

void user_sums_free(struct user_sums *sums)
{
	free(sums->sum);
	*sums = (struct user_sums){ 0 };
}
