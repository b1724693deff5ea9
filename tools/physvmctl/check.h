/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the doctor looks at.
 */
#ifndef CHECK_H
#define CHECK_H

#include "area_list.h"
#include "pool_list.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

/**
 * struct finding - what a check has found
 * @verdict: how bad it is
 * @text: what it is
 * @advice: what to do; empty for nothing
 */
struct finding {
	enum verdict verdict;
	char text[200];
	char advice[200];
};

/**
 * struct patient - what checks look at
 * @ctl: with a connection, if there is one
 * @pools: if there is a connection
 */
struct patient {
	struct ctl *ctl;
	struct pool_list pools;
};

/**
 * struct check - one look
 * @name: what at
 * @connected: it needs a connection
 * @look: fills in a finding that is OK, with no words
 */
struct check {
	const char *name;
	bool connected;
	void (*look)(struct patient *patient, struct finding *finding);
};

void check_module(struct patient *patient, struct finding *finding);
void check_device(struct patient *patient, struct finding *finding);
void check_huge_pages(struct patient *patient, struct finding *finding);
void check_memory_failure(struct patient *patient, struct finding *finding);
void check_free(struct patient *patient, struct finding *finding);
void check_quarantine(struct patient *patient, struct finding *finding);
void check_fragmentation(struct patient *patient, struct finding *finding);
void check_limits(struct patient *patient, struct finding *finding);
void check_names(struct patient *patient, struct finding *finding);
void check_events(struct patient *patient, struct finding *finding);

/* A worse verdict, or the first words, replace what was found before. */
void found(struct finding *finding, enum verdict verdict, const char *advice,
	   const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
