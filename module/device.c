// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an area of device memory has in place of pages of the pool.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "claim.h"
#include "device.h"
#include "iomap.h"

static int take(struct physvm_device *device, const struct physvm_alloc *args)
{
	if (!claim_covers(device->claim, args->phys_addr, args->length))
		return -ENXIO;
	device->pfn = PHYS_PFN(args->phys_addr);
	device->size = args->length;
	device->cache = args->cache;
	device->map = iomap_get(args->phys_addr, device->size, device->cache);
	return PTR_ERR_OR_ZERO(device->map);
}

/**
 * device_get() - Have a part of a claim in a cache mode
 * @args: checked
 *
 * Return: it, or an error pointer: EBADF, ENXIO, EBUSY, ENOMEM.
 */
struct physvm_device *device_get(const struct physvm_alloc *args)
{
	struct physvm_device *device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
	int err;

	if (!device)
		return ERR_PTR(-ENOMEM);
	device->claim = claim_get(args->claim_fd);
	if (IS_ERR(device->claim)) {
		err = PTR_ERR(device->claim);
		goto err_free;
	}
	err = take(device, args);
	if (err)
		goto err_put_claim;
	return device;

err_put_claim:
	fput(device->claim);
err_free:
	kfree(device);
	return ERR_PTR(err);
}

void device_put(struct physvm_device *device)
{
	iomap_put(device->map, device->size, device->cache);
	fput(device->claim);
	kfree(device);
}
