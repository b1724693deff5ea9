/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_REGION_FILE_H
#define PHYSVM_REGION_FILE_H

#include <linux/fs.h>

struct region_state;

/* What is called by way of a region's file. */
long region_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
void region_destroy(struct region_state *region);

#endif
