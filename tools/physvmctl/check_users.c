// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users have, and what they leave behind.
 */
#include "check.h"

#include "account.h"
#include "size.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* From that many hundredths of a limit on it is near. */
#define LIMIT_NEAR 90

struct look {
	struct patient *patient;
	struct finding *finding;
	struct area_list areas;
	uint64_t count;
};

static uint64_t total_pages(const struct pool_list *pools)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < pools->count; i++)
		pages += pools->pool[i].total;
	return pages;
}

static bool is_near(uint64_t has, uint64_t most)
{
	return has && percent(has, most) >= LIMIT_NEAR;
}

/* The nearest of the limits an account has. */
static bool near_limit(const struct physvm_nl_limit_info *limit, uint64_t total)
{
	return (physvm_nl_has(limit->has, PHYSVM_NL_A_LIMIT_MAX_PAGES) &&
		is_near(limit->pages, limit->max_pages)) ||
	       (physvm_nl_has(limit->has, PHYSVM_NL_A_LIMIT_MAX_PERCENT) &&
		is_near(100 * limit->pages, limit->max_percent * total)) ||
	       (physvm_nl_has(limit->has, PHYSVM_NL_A_LIMIT_MAX_AREAS) &&
		is_near(limit->areas, limit->max_areas));
}

static int look_at_limit(const struct physvm_nl_limit_info *limit, void *data)
{
	struct look *look = data;

	look->count++;
	if (near_limit(limit, total_pages(&look->patient->pools)))
		found(look->finding, VERDICT_WARN, "physvmctl limits set, if it shall have more",
		      "%s has %s and is near its limit",
		      account_text(limit->account, limit->id).text,
		      size_of_pages(limit->pages, false).text);
	return 0;
}

void check_limits(struct patient *patient, struct finding *finding)
{
	struct look look = { .patient = patient, .finding = finding };
	const int result = physvm_nl_limits(patient->ctl->nl, look_at_limit, &look);

	if (result == -EOPNOTSUPP)
		found(finding, VERDICT_OK, "", "this module has none");
	else if (result < 0)
		found(finding, VERDICT_WARN, "", "cannot look: %s", strerror(-result));
	else
		found(finding, VERDICT_OK, "", "nobody is near one (%" PRIu64 " known)",
		      look.count);
}

/* Another user's process exists, too, though it must not be told so. */
static bool is_alive(uint32_t pid)
{
	return pid && (!kill(pid, 0) || errno == EPERM);
}

/* A name is for others: somebody who has it open needs it, whoever is gone. */
static int look_at_name(const struct physvm_nl_name_info *name, void *data)
{
	struct look *look = data;
	const struct physvm_nl_area_info *area = area_list_find(&look->areas, name->area_id);
	char advice[sizeof(look->finding->advice)];

	look->count++;
	if (name->openers || !area || is_alive(area->pid))
		return 0;
	snprintf(advice, sizeof(advice), "physvmctl rm-name --id %" PRIu64
		 ", if nobody is to open it any more", name->id);
	found(look->finding, VERDICT_WARN, advice, "%.100s has %s, and who made it is gone",
	      name->name, size_of_pages(name->pages, false).text);
	return 0;
}

void check_names(struct patient *patient, struct finding *finding)
{
	struct look look = { .patient = patient, .finding = finding };
	int result = area_list_read(patient->ctl, &look.areas);

	if (result >= 0)
		result = physvm_nl_names(patient->ctl->nl, look_at_name, &look);
	if (result < 0)
		found(finding, VERDICT_WARN, "", "cannot look: %s", strerror(-result));
	else
		found(finding, VERDICT_OK, "", "none is left behind (%" PRIu64 " known)",
		      look.count);
	area_list_free(&look.areas);
}

void check_events(struct patient *patient, struct finding *finding)
{
	struct physvm_nl_stats_info stats;
	const int err = physvm_nl_stats(patient->ctl->nl, &stats);

	if (err)
		found(finding, VERDICT_WARN, "", "cannot look: %s", strerror(-err));
	else if (stats.events_lost)
		found(finding, VERDICT_WARN, "the kernel had no memory to tell of them",
		      "%" PRIu64 " of %" PRIu64 " are lost", stats.events_lost, stats.events);
	else
		found(finding, VERDICT_OK, "", "%" PRIu64 " so far, none lost", stats.events);
}
