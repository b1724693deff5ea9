// SPDX-License-Identifier: GPL-2.0-only
/*
 * PHYSVM_ALLOC: an area, its file, its mapping and its descriptor come to be
 * together or not at all.
 */
#include <linux/ctype.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "alloc.h"
#include "area.h"
#include "iomap.h"
#include "mapping.h"
#include "policy.h"
#include "range.h"

#define NEEDS_MAP (PHYSVM_WHERE | PHYSVM_ALLOC_LOW_GUARD | \
		   PHYSVM_ALLOC_HIGH_GUARD)

/* Pages come one by one, and from somebody else. */
#define CONTRADICT_FILLED (PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_CONTIG | \
			   PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE)

static bool flag_and_value_agree(const struct physvm_alloc *args, u32 flag,
				 u64 value)
{
	return args->flags & flag ? PAGE_ALIGNED(value) : !value;
}

static bool cache_available(const struct physvm_alloc *args)
{
	return args->flags & (PHYSVM_ALLOC_HIDDEN | PHYSVM_ALLOC_DEVICE) ?
		       iomap_cache_available(args->cache) :
		       cache_mode_available(args->cache);
}

/* What is unknown or cannot be had here comes before what is wrong. */
static int check_values(const struct physvm_alloc *args)
{
	if (args->flags & ~PHYSVM_ALLOC_VALID || args->__reserved ||
	    !where_is_known(args->flags) ||
	    args->prot & ~PHYSVM_PROT_VALID ||
	    args->max_prot & ~PHYSVM_PROT_VALID ||
	    !cache_available(args))
		return -EOPNOTSUPP;
	if (args->flags & PHYSVM_ALLOC_PHYS && policy_check_phys())
		return -EPERM;
	return policy_check_prot(args->prot);
}

/* For /proc/PID/maps: a line of printable characters, zeros behind it. */
static bool label_is_valid(const u8 *label)
{
	unsigned int i = 0;

	while (i < PHYSVM_LABEL_SIZE && isascii(label[i]) && isprint(label[i]))
		i++;
	return i < PHYSVM_LABEL_SIZE && !memchr_inv(label + i, 0, PHYSVM_LABEL_SIZE - i);
}

/* One kind of area, and nothing that it cannot have. */
static bool kind_agrees(const struct physvm_alloc *args)
{
	const u32 kind = args->flags & (PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_HIDDEN |
					PHYSVM_ALLOC_DEVICE | PHYSVM_ALLOC_PAGED |
					PHYSVM_ALLOC_FILE);

	if (hweight32(kind) > 1 ||
	    (kind == PHYSVM_ALLOC_DEVICE && args->flags & PHYSVM_ALLOC_PHYS) ||
	    (kind == PHYSVM_ALLOC_NORESERVE &&
	     args->flags & (PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_CONTIG)))
		return false;
	if (kind & (PHYSVM_ALLOC_FILE | PHYSVM_ALLOC_PAGED) && args->flags & CONTRADICT_FILLED)
		return false;
	if (!args->nr_segments != !args->segments ||
	    (kind != PHYSVM_ALLOC_FILE && args->segments) ||
	    (kind != PHYSVM_ALLOC_PAGED && args->cookie))
		return false;
	if (kind != PHYSVM_ALLOC_FILE && kind != PHYSVM_ALLOC_PAGED && args->source_fd)
		return false;
	return args->flags & PHYSVM_ALLOC_DEVICE || !args->claim_fd;
}

static int check_sense(const struct physvm_alloc *args)
{
	if (!label_is_valid(args->label))
		return -EINVAL;
	if (!(args->flags & (PHYSVM_ALLOC_MAP | PHYSVM_ALLOC_FD)))
		return -EINVAL;
	if (!(args->flags & PHYSVM_ALLOC_MAP) &&
	    (args->flags & NEEDS_MAP || args->prot))
		return -EINVAL;
	if (!args->length || !PAGE_ALIGNED(args->length) ||
	    args->prot & ~args->max_prot)
		return -EINVAL;
	if (!kind_agrees(args) ||
	    !flag_and_value_agree(args, PHYSVM_ALLOC_PHYS | PHYSVM_ALLOC_DEVICE,
				  args->phys_addr) ||
	    !flag_and_value_agree(args, PHYSVM_ALLOC_VIRT, args->virt_addr))
		return -EINVAL;
	if (!where_agrees(args->flags))
		return -EINVAL;
	if (args->phys_addr + args->length < args->phys_addr ||
	    args->virt_addr + args->length < args->virt_addr ||
	    (args->virt_addr && args->virt_addr + args->length > TASK_SIZE))
		return -EINVAL;
	return 0;
}

static struct physvm_pool *choose_pool(struct physvm_pool *pools,
				       const struct physvm_alloc *args)
{
	return &pools[args->flags & PHYSVM_ALLOC_HIDDEN ? PHYSVM_POOL_HIDDEN :
							  PHYSVM_POOL_RAM];
}

static struct file *open_area(struct physvm_pool *pool,
			      const struct physvm_alloc *args,
			      const struct physvm_segment *segments)
{
	struct physvm_area *area = area_create(pool, args, segments);
	struct file *file;
	int err;

	if (IS_ERR(area))
		return ERR_CAST(area);
	file = mapping_open(area);
	if (IS_ERR(file)) {
		area_destroy(area);
		return file;
	}
	err = area->pager ? pager_add_area(area->pager, file) : 0;
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static bool populates(const struct physvm_alloc *args)
{
	const u32 both = PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_POPULATE;

	return (args->flags & both) == both;
}

static void unmap_area(const struct physvm_alloc *args)
{
	range_unmap(args->out_addr, args->length);
}

static int map_area(struct physvm_alloc *args, struct file *file)
{
	unsigned long addr = mapping_place(file, args->flags, args->virt_addr,
					   args->prot);
	int err = 0;

	if (IS_ERR_VALUE(addr))
		return addr;
	args->out_addr = addr;
	if (populates(args))
		err = range_populate(addr, args->length);
	if (err)
		unmap_area(args);
	return err;
}

static int place_area(struct physvm_alloc *args, struct file *file)
{
	struct physvm_area *area = file_area(file);

	args->out_phys = policy_shows_phys() ? PFN_PHYS((u64)area_pfn(area, 0)) : 0;
	if (args->flags & PHYSVM_ALLOC_MAP)
		return map_area(args, file);
	if (populates(args))
		area_zero_ahead(area, 0, area->pages);
	return 0;
}

static int reserve_fd(struct physvm_alloc *args)
{
	if (!(args->flags & PHYSVM_ALLOC_FD))
		return 0;
	args->out_fd = get_unused_fd_flags(O_CLOEXEC);
	return args->out_fd < 0 ? args->out_fd : 0;
}

static void release_fd(const struct physvm_alloc *args)
{
	if (args->out_fd >= 0)
		put_unused_fd(args->out_fd);
}

/**
 * alloc_area() - Do all of PHYSVM_ALLOC that can fail
 * @pools: where the pages come from, by enum physvm_pool_kind
 * @args: checked and carried out; the out_ members are filled
 * @segments: a copy of those it names, or NULL
 * @filep: the area's file, to be handed to alloc_publish() or alloc_abort()
 *
 * Return: 0 or the error; then everything is as it was.
 */
int alloc_area(struct physvm_pool *pools, struct physvm_alloc *args,
	       const struct physvm_segment *segments, struct file **filep)
{
	struct file *file;
	int err = check_values(args) ?: check_sense(args);

	if (err)
		return err;
	args->out_fd = -1;
	args->out_addr = 0;
	err = reserve_fd(args);
	if (err)
		return err;
	file = open_area(choose_pool(pools, args), args, segments);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_release_fd;
	}
	err = place_area(args, file);
	if (err)
		goto err_put_file;
	*filep = file;
	return 0;

err_put_file:
	fput(file);
err_release_fd:
	release_fd(args);
	return err;
}

/* The reference of alloc_area() becomes the descriptor's, or nobody's. */
void alloc_publish(const struct physvm_alloc *args, struct file *file)
{
	WRITE_ONCE(file_area(file)->published, true);
	if (args->out_fd >= 0)
		fd_install(args->out_fd, file);
	else
		fput(file);
}

void alloc_abort(const struct physvm_alloc *args, struct file *file)
{
	if (args->flags & PHYSVM_ALLOC_MAP)
		unmap_area(args);
	release_fd(args);
	fput(file);
}
