/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics: families of samples.
 */
#ifndef METRIC_H
#define METRIC_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Begins a family; samples that follow are of it. */
void metric_family(json_t *metrics, const char *name, const char *type, const char *unit,
		   const char *help);

/* @suffix: "_total" for counters.  @label may be NULL. */
void metric_sample(json_t *metrics, const char *suffix, const char *label, const char *is,
		   uint64_t value);
void metric_sample2(json_t *metrics, const char *suffix, const char *label1, const char *is1,
		    const char *label2, const char *is2, uint64_t value);

/* As OpenMetrics has it. */
void metrics_print(json_t *metrics, FILE *to);

#endif
