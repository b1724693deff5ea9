/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_DEVICE_H
#define PHYSVM_DEVICE_H

#include "../uapi/physvm.h"

struct file;

/**
 * struct physvm_device - The part of a claim that an area shows
 * @claim: its file, of which this is a reference
 * @pfn: first frame
 * @map: the kernel's mapping, which keeps the cache mode
 * @size: of @map
 * @cache: of @map, enum physvm_cache
 */
struct physvm_device {
	struct file *claim;
	unsigned long pfn;
	void *map;
	unsigned long size;
	u32 cache;
};

struct physvm_device *device_get(const struct physvm_alloc *args);
void device_put(struct physvm_device *device);

#endif
