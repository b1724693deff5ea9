// SPDX-License-Identifier: GPL-2.0-only
#include "commitment.h"

#include <linux/physvm.h>

struct sum {
	uint32_t pool;
	struct commitment *commitment;
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Memory of devices is of no pool, and owned is 0 there. */
static int add(const struct physvm_nl_area_info *info, void *data)
{
	const struct sum *sum = data;
	const uint32_t pool = info->type == PHYSVM_AREA_HIDDEN ? PHYSVM_NL_POOL_HIDDEN :
							      PHYSVM_NL_POOL_RAM;

	if (pool != sum->pool)
		return 0;
	sum->commitment->owned += info->owned;
	sum->commitment->committed += least(info->owned, info->committed);
	return 0;
}

int commitment_read(struct ctl *ctl, uint32_t pool, struct commitment *commitment)
{
	struct sum sum = { pool, commitment };

	*commitment = (struct commitment){ 0 };
	return physvm_nl_areas(ctl->nl, add, &sum);
}
