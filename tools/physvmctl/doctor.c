// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl doctor: look for what is wrong.
 */
#include "check.h"
#include "fail.h"
#include "json.h"
#include "options.h"
#include "screen.h"

#include <errno.h>
#include <stdlib.h>

static const struct check checks[] = {
	{ "module", false, check_module },
	{ "device", false, check_device },
	{ "huge pages", false, check_huge_pages },
	{ "memory failure", false, check_memory_failure },
	{ "free memory", true, check_free },
	{ "quarantine", true, check_quarantine },
	{ "fragmentation", true, check_fragmentation },
	{ "limits", true, check_limits },
	{ "names", true, check_names },
	{ "events", true, check_events },
};

#define NR_CHECKS (sizeof(checks) / sizeof(checks[0]))

static const char *const verdicts[] = {
	[VERDICT_OK] = "OK",
	[VERDICT_WARN] = "WARN",
	[VERDICT_FAIL] = "FAIL",
};

static void print(const struct check *check, const struct finding *finding, bool colour)
{
	static const int colours[] = { 32, 33, 31 };
	const char *word = verdicts[finding->verdict];

	if (colour)
		printf("\033[%dm%-4s\033[0m  %s: %s", colours[finding->verdict], word, check->name,
		       finding->text);
	else
		printf("%-4s  %s: %s", word, check->name, finding->text);
	if (*finding->advice)
		printf("\n      %s", finding->advice);
	putchar('\n');
}

static json_t *finding_json(const struct check *check, const struct finding *finding)
{
	json_t *object = json_new_object();

	json_add_text(object, "check", check->name);
	json_add_text(object, "verdict", verdicts[finding->verdict]);
	json_add_text(object, "text", finding->text);
	json_add_text(object, "advice", finding->advice);
	return object;
}

static enum verdict examine(struct patient *patient, json_t *array)
{
	const bool colour = screen_get().colour;
	enum verdict worst = VERDICT_OK;
	size_t i;

	for (i = 0; i < NR_CHECKS; i++) {
		struct finding finding = { 0 };

		if (checks[i].connected && !patient->ctl->nl)
			continue;
		checks[i].look(patient, &finding);
		worst = finding.verdict > worst ? finding.verdict : worst;
		if (array)
			json_append(array, finding_json(&checks[i], &finding));
		else
			print(&checks[i], &finding, colour);
	}
	return worst;
}

static int exit_status(enum verdict worst)
{
	switch (worst) {
	case VERDICT_FAIL:
		return EXIT_FAILURE;
	case VERDICT_WARN:
		return EXIT_WARNED;
	default:
		return EXIT_SUCCESS;
	}
}

/* Who may not ask is told so, and not that all is well. */
static int admit(struct ctl *ctl, struct patient *patient)
{
	const int err = physvm_nl_open(&ctl->nl);

	if (err && err != -ENOENT)
		return fail_connect(err);
	if (!err && pool_list_read(ctl, &patient->pools) < 0)
		return fail(ctl, -EPERM, "pools");
	return EXIT_SUCCESS;
}

int doctor_run(struct ctl *ctl, int argc, char **argv)
{
	struct patient patient = { .ctl = ctl };
	int result = options_none(ctl, argc, argv);
	enum verdict worst;
	json_t *array;

	if (result)
		return options_status(result);
	result = admit(ctl, &patient);
	if (result)
		return result;
	array = ctl->json ? json_new_array() : NULL;
	worst = examine(&patient, array);
	if (array)
		json_print(array);
	return exit_status(worst);
}
