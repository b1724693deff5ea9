/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_LIMITS_H
#define PHYSVM_LIMITS_H

#include <linux/limits.h>
#include <linux/types.h>

#include "../uapi/physvm.h"

/* By enum physvm_pool_kind. */
#define PHYSVM_NR_POOLS 2

/* In struct limits_limit: nothing has been said. */
#define LIMITS_UNSET U64_MAX

enum limits_kind {
	LIMITS_USER,	/* a kuid */
	LIMITS_CGROUP,	/* the number of a cgroup v2 */
};

/**
 * struct limits_limit - How much somebody may have
 * @pages: of all pools together
 * @percent: of each pool
 * @areas: areas
 *
 * Each of them is a number, all of which count, or LIMITS_UNSET. For users there are
 * limits by default: one for @areas, and one where neither @pages nor @percent is
 * set.
 */
struct limits_limit {
	u64 pages;
	u64 percent;
	u64 areas;
};

#define LIMITS_ALL_UNSET \
	((struct limits_limit){ LIMITS_UNSET, LIMITS_UNSET, LIMITS_UNSET })

/**
 * struct limits_stat - What somebody has
 * @kind: enum limits_kind
 * @id: the user, or the cgroup
 * @pages: by enum physvm_pool_kind
 * @peak: the most there have been of all pools since there were none
 * @areas: areas alive
 * @refused: how many times a limit of theirs was in the way
 * @limit: as set
 * @is_limited: something of @limit is set
 */
struct limits_stat {
	u32 kind;
	u64 id;
	u64 pages[PHYSVM_NR_POOLS];
	u64 peak;
	u64 areas;
	u64 refused;
	struct limits_limit limit;
	bool is_limited;
};

void limits_exit(void);
int limits_set(u32 kind, u64 id, const struct limits_limit *limit);
int limits_get(u32 kind, u64 id, struct limits_stat *stat);
int limits_next(u32 kind, u64 id, struct limits_stat *stat);

/* Of all pools. */
static inline u64 limits_pages(const struct limits_stat *stat)
{
	return stat->pages[PHYSVM_POOL_RAM] + stat->pages[PHYSVM_POOL_HIDDEN];
}

/* Is there any limit that may be in the way? */
static inline bool limits_count(const struct limits_stat *stat, bool privileged)
{
	return stat->is_limited || (stat->kind == LIMITS_USER && !privileged);
}

struct limits_limit limits_in_force(const struct limits_stat *stat);

bool limits_have_room(const struct limits_stat *stat, bool privileged, unsigned int pool,
		      unsigned long pages, unsigned long pool_pages);
bool limits_have_room_for_area(const struct limits_stat *stat, bool privileged);

#endif
