/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_AREAFS_H
#define PHYSVM_AREAFS_H

#include "area.h"

struct physvm_name;

/**
 * struct physvm_view - What a file of an area shows
 * @area: the area
 * @whole: the area's own file, which this one keeps; NULL in that file itself
 * @first: page of the area at the file's offset 0
 * @pages: length
 * @max_prot: PHYSVM_PROT_* no mapping of it exceeds
 * @ended: told @name when the file is gone; NULL if nobody wants to know
 * @name: that it was opened by
 */
struct physvm_view {
	struct physvm_area *area;
	struct file *whole;
	unsigned long first;
	unsigned long pages;
	u32 max_prot;
	void (*ended)(struct physvm_name *name);
	struct physvm_name *name;
};

int areafs_pin(void);
void areafs_unpin(void);

struct file *areafs_open(struct physvm_area *area,
			 const struct file_operations *fops);
struct file *areafs_open_view(const struct physvm_view *view,
			      const struct file_operations *fops);
void areafs_release(struct file *file);
void areafs_release_of(struct file *file, unsigned long pages);

static inline struct physvm_view *file_view(const struct file *file)
{
	return file->private_data;
}

static inline struct physvm_area *file_area(const struct file *file)
{
	return file_view(file)->area;
}

#endif
