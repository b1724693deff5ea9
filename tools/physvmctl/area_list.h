/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The areas there are.
 */
#ifndef AREA_LIST_H
#define AREA_LIST_H

#include "ctl.h"

#include <stddef.h>

struct area_list {
	struct physvm_nl_area_info *area;
	size_t count;
	size_t room;
};

/* As physvm_nl_areas(); area_list_free() in any case. */
int area_list_read(struct ctl *ctl, struct area_list *areas);
void area_list_free(struct area_list *areas);

const struct physvm_nl_area_info *area_list_find(const struct area_list *areas, uint64_t id);

#endif
