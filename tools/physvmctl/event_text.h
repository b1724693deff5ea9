/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event, told.
 */
#ifndef EVENT_TEXT_H
#define EVENT_TEXT_H

#include "ctl.h"

/* One line each. */
void event_print(const struct ctl *ctl, const struct physvm_nl_event_info *event);
void event_print_json(const struct physvm_nl_event_info *event, uint64_t missed);

#endif
