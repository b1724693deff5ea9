// SPDX-License-Identifier: GPL-2.0-only
#include "area_list.h"

#include "memory.h"

#include <stdlib.h>

static int add(const struct physvm_nl_area_info *info, void *data)
{
	struct area_list *areas = data;

	if (areas->count == areas->room || !areas->area)
		areas->area = grow_array(areas->area, &areas->room, sizeof(*areas->area));
	areas->area[areas->count++] = *info;
	return 0;
}

int area_list_read(struct ctl *ctl, struct area_list *areas)
{
	*areas = (struct area_list){ 0 };
	return physvm_nl_areas(ctl->nl, add, areas);
}

void area_list_free(struct area_list *areas)
{
	free(areas->area);
	*areas = (struct area_list){ 0 };
}

const struct physvm_nl_area_info *area_list_find(const struct area_list *areas, uint64_t id)
{
	size_t i;

	for (i = 0; i < areas->count; i++) {
		if (areas->area[i].id == id)
			return &areas->area[i];
	}
	return NULL;
}
