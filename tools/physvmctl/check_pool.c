// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pools.
 */
#include "check.h"

#include "size.h"
#include "words.h"

#include <inttypes.h>
#include <time.h>

/* Less than that many hundredths free is little. */
#define FREE_LITTLE 10

/* More than that many hundredths of what is free not in one run is much. */
#define FRAGMENTATION_MUCH 75

static void judge_free(const struct physvm_nl_pool_info *pool, struct finding *finding)
{
	const char *name = pool_word(pool->kind);

	if (!pool->total)
		found(finding, VERDICT_FAIL, "physvmctl grow", "pool %s has no memory", name);
	else if (!pool->free)
		found(finding, VERDICT_FAIL, "see who has it: physvmctl top", "pool %s is full",
		      name);
	else if (percent(pool->free, pool->total) < FREE_LITTLE || pool->free < pool->low)
		found(finding, VERDICT_WARN, "see who has it: physvmctl top",
		      "pool %s has only %u%% free", name, percent(pool->free, pool->total));
	else
		found(finding, VERDICT_OK, "", "%u%% of pool %s is free",
		      percent(pool->free, pool->total), name);
}

void check_free(struct patient *patient, struct finding *finding)
{
	size_t i;

	for (i = 0; i < patient->pools.count; i++)
		judge_free(&patient->pools.pool[i], finding);
}

static uint64_t quarantined(const struct pool_list *pools)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < pools->count; i++)
		pages += pools->pool[i].quarantined;
	return pages;
}

/* What is in use for a moment has gone a second later. */
void check_quarantine(struct patient *patient, struct finding *finding)
{
	uint64_t pages = quarantined(&patient->pools);

	if (pages) {
		nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
		if (!pool_list_read(patient->ctl, &patient->pools))
			pages = quarantined(&patient->pools);
	}
	if (pages)
		found(finding, VERDICT_WARN, "a pipe or an I/O request still holds them",
		      "%s of freed memory are held by somebody", size_of_pages(pages, false).text);
	else
		found(finding, VERDICT_OK, "", "empty");
}

static void judge_fragmentation(const struct physvm_nl_pool_info *pool, struct finding *finding)
{
	const unsigned int fragmentation = pool_fragmentation(pool);

	if (fragmentation > FRAGMENTATION_MUCH)
		found(finding, VERDICT_WARN, "see where: physvmctl pool",
		      "pool %s: %u%%, and the longest free run has %s", pool_word(pool->kind),
		      fragmentation, size_of_pages(pool->largest_free, false).text);
	else
		found(finding, VERDICT_OK, "", "pool %s: %u%%, and the longest free run has %s",
		      pool_word(pool->kind), fragmentation,
		      size_of_pages(pool->largest_free, false).text);
}

void check_fragmentation(struct patient *patient, struct finding *finding)
{
	size_t i;

	for (i = 0; i < patient->pools.count; i++)
		judge_fragmentation(&patient->pools.pool[i], finding);
}
