/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_AREAFS_H
#define PHYSVM_AREAFS_H

#include "area.h"

int areafs_pin(void);
void areafs_unpin(void);

struct file *areafs_open(struct physvm_area *area,
			 const struct file_operations *fops);

static inline struct physvm_area *file_area(const struct file *file)
{
	return file->private_data;
}

#endif
