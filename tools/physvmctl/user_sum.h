/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each user has.
 */
#ifndef USER_SUM_H
#define USER_SUM_H

#include "area_list.h"

/**
 * struct user_sum - what a user has
 * @uid: the user
 * @areas: how many
 * @owned: pages of pools
 * @committed: pages that may be touched
 * @mappings: how many
 */
struct user_sum {
	uint32_t uid;
	uint64_t areas;
	uint64_t owned;
	uint64_t committed;
	uint64_t mappings;
};

struct user_sums {
	struct user_sum *sum;
	size_t count;
	size_t room;
};

enum user_sum_key { BY_OWNED, BY_COMMITTED, BY_AREAS, BY_MAPPINGS };

bool parse_user_sum_key(const char *word, enum user_sum_key *key);

/* Sorted, the largest first; user_sums_free() afterwards. */
void user_sums_make(struct user_sums *sums, const struct area_list *areas,
		    enum user_sum_key key);
void user_sums_free(struct user_sums *sums);

#endif
