// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls: a table, the checks they share, and the only copies from and to
 * user memory. No lock of ours is held around a copy.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "alloc.h"
#include "area.h"
#include "cgroup.h"
#include "claim.h"
#include "export.h"
#include "ioctl.h"
#include "iomap.h"
#include "map.h"
#include "name_key.h"
#include "name_table.h"
#include "policy.h"
#include "query.h"
#include "serve.h"
#include "range.h"
#include "region_create.h"
#include "reserve.h"
#include "share.h"

union args {
	u32 size;
	struct physvm_info info;
	struct physvm_pool_stat pool_stat;
	struct physvm_pool_range pool_range;
	struct physvm_alloc alloc;
	struct physvm_commit commit;
	struct physvm_decommit decommit;
	struct physvm_protect_check protect_check;
	struct physvm_unmap unmap;
	struct physvm_query query;
	struct physvm_export export;
	struct physvm_claim claim;
	struct physvm_map map;
	struct physvm_reserve reserve;
	struct physvm_name_add name_add;
	struct physvm_name_open name_open;
	struct physvm_name_remove name_remove;
	struct physvm_name_next name_next;
	struct physvm_region region;
	struct physvm_pager pager;
};

struct call {
	struct physvm_pool *pools;
	struct session *session;
	union args *args;
	void __user *user;
	u32 user_size;
	u32 size;	/* of the struct as this module knows it */
};

/* As much of the struct as the caller knows. */
static int respond(const struct call *call)
{
	const u32 size = min(call->user_size, call->size);

	return copy_to_user(call->user, call->args, size) ? -EFAULT : 0;
}

static int check_range(u64 addr, u64 length)
{
	if (!PAGE_ALIGNED(addr) || !PAGE_ALIGNED(length) || !length)
		return -EINVAL;
	if (addr + length < addr || addr + length > TASK_SIZE)
		return -EINVAL;
	return 0;
}

static u32 cache_modes(bool (*available)(u32 cache))
{
	u32 cache, modes = 0;

	for (cache = PHYSVM_CACHE_WB; cache <= PHYSVM_CACHE_UC; cache++)
		if (available(cache))
			modes |= 1u << cache;
	return modes;
}

static int info(const struct call *call)
{
	struct physvm_info *args = &call->args->info;

	if (args->__reserved)
		return -EOPNOTSUPP;
	args->out_features =
		(block_can_be_huge() ? PHYSVM_FEATURE_HUGE : 0) |
		(policy_denies_wx() ? PHYSVM_FEATURE_WX_DENY : 0) |
		(pool_pages(&call->pools[PHYSVM_POOL_HIDDEN]) ? PHYSVM_FEATURE_HIDDEN : 0) |
		(name_key_is_unicode() ? PHYSVM_FEATURE_UNICODE : 0) |
		(cgroup_current_id() ? PHYSVM_FEATURE_CGROUP : 0);
	args->out_alloc_flags = PHYSVM_ALLOC_VALID;
	args->out_cache_modes = cache_modes(cache_mode_available);
	args->out_page_size = PAGE_SIZE;
	args->out_block_size = PHYSVM_BLOCK_SIZE;
	args->out_other_cache_modes = cache_modes(iomap_cache_available);
	return respond(call);
}

static struct physvm_pool *pool_of(const struct call *call, u32 kind)
{
	return &call->pools[array_index_nospec(kind, PHYSVM_NR_POOLS)];
}

static int get_pool_stat(const struct call *call)
{
	struct physvm_pool_stat *args = &call->args->pool_stat;

	if (args->pool >= PHYSVM_NR_POOLS)
		return -EOPNOTSUPP;
	pool_stat(pool_of(call, args->pool), args);
	args->out_areas = area_count();
	return respond(call);
}

static int get_pool_range(const struct call *call)
{
	struct physvm_pool_range *args = &call->args->pool_range;
	int err;

	if (args->pool >= PHYSVM_NR_POOLS)
		return -EOPNOTSUPP;
	err = policy_check_phys();
	if (err)
		return err;
	err = pool_range(pool_of(call, args->pool), args->from, &args->out_phys,
			 &args->out_length, &args->out_free_pages);
	return err ?: respond(call);
}

/* A copy, or NULL where there are none. */
static struct physvm_segment *get_segments(const struct physvm_alloc *args)
{
	if (!(args->flags & PHYSVM_ALLOC_FILE) || !args->segments || !args->nr_segments)
		return NULL;
	if (args->nr_segments > PHYSVM_SEGMENTS_MAX)
		return ERR_PTR(-EINVAL);
	return vmemdup_user(u64_to_user_ptr(args->segments),
			    args->nr_segments * sizeof(struct physvm_segment));
}

static int alloc(const struct call *call)
{
	struct physvm_alloc *args = &call->args->alloc;
	struct physvm_segment *segments = get_segments(args);
	struct file *file;
	int err;

	if (IS_ERR(segments))
		return PTR_ERR(segments);
	err = alloc_area(call->pools, args, segments, &file);
	kvfree(segments);
	if (err)
		return err;
	err = respond(call);
	if (err)
		alloc_abort(args, file);
	else
		alloc_publish(args, file);
	return err;
}

static int commit(const struct call *call)
{
	const struct physvm_commit *args = &call->args->commit;
	int err;

	if (args->flags & ~PHYSVM_COMMIT_VALID)
		return -EOPNOTSUPP;
	err = check_range(args->addr, args->length);
	if (!err)
		err = range_commit(args->addr, args->length);
	if (err || !(args->flags & PHYSVM_COMMIT_POPULATE))
		return err;
	/*
	 * The pages are committed. Short of page tables, or with the range
	 * changed by another thread, the first touch does the rest.
	 */
	return range_populate(args->addr, args->length) == -EINTR ? -EINTR : 0;
}

static int decommit(const struct call *call)
{
	const struct physvm_decommit *args = &call->args->decommit;

	if (args->flags)
		return -EOPNOTSUPP;
	return check_range(args->addr, args->length) ?:
	       range_decommit(args->addr, args->length);
}

static int protect_check(const struct call *call)
{
	const struct physvm_protect_check *args = &call->args->protect_check;

	if (args->prot & ~PHYSVM_PROT_VALID)
		return -EOPNOTSUPP;
	return check_range(args->addr, args->length) ?:
	       range_check_protect(args->addr, args->length, args->prot);
}

static int unmap(const struct call *call)
{
	const struct physvm_unmap *args = &call->args->unmap;

	if (args->flags)
		return -EOPNOTSUPP;
	return check_range(args->addr, args->length) ?:
	       range_unmap(args->addr, args->length);
}

static int query(const struct call *call)
{
	struct physvm_query *args = &call->args->query;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->addr >= TASK_SIZE)
		return -ENOENT;
	return query_address(args->addr, args) ?: respond(call);
}

/* Results first: a descriptor cannot be taken back once it is there. */
static int respond_with_file(const struct call *call, s32 *out_fd, struct file *file)
{
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	*out_fd = get_unused_fd_flags(O_CLOEXEC);
	err = *out_fd < 0 ? *out_fd : respond(call);
	if (!err) {
		fd_install(*out_fd, file);
		return 0;
	}
	if (*out_fd >= 0)
		put_unused_fd(*out_fd);
	fput(file);
	return err;
}

static int export(const struct call *call)
{
	struct physvm_export *args = &call->args->export;

	args->out_reserved = 0;
	return respond_with_file(call, &args->out_fd, export_open(args));
}

static int claim(const struct call *call)
{
	struct physvm_claim *args = &call->args->claim;

	if (args->flags)
		return -EOPNOTSUPP;
	args->out_reserved = 0;
	return respond_with_file(call, &args->out_fd,
				 claim_open(args->phys_addr, args->length));
}

/* The mapping cannot stay when nobody is told where it is. */
static int respond_with_mapping(const struct call *call, u64 addr, u64 length)
{
	int err = respond(call);

	if (err)
		vm_munmap(addr, length);
	return err;
}

static int map(const struct call *call)
{
	struct physvm_map *args = &call->args->map;

	return map_descriptor(args) ?:
	       respond_with_mapping(call, args->out_addr, args->length);
}

static int reserve(const struct call *call)
{
	struct physvm_reserve *args = &call->args->reserve;

	return reserve_addresses(args) ?:
	       respond_with_mapping(call, args->out_addr, args->length);
}

static int add_name(const struct call *call)
{
	return share_add(&call->args->name_add, call->session);
}

static int open_name(const struct call *call)
{
	struct physvm_name_open *args = &call->args->name_open;

	return respond_with_file(call, &args->out_fd, share_open(args));
}

static int remove_name(const struct call *call)
{
	struct physvm_name_remove *args = &call->args->name_remove;
	LIST_HEAD(taken);
	int err = share_remove(args, &taken);

	if (err < 0)
		return err;
	args->out_removed = err;
	args->out_reserved = 0;
	err = respond(call);
	if (err)
		name_table_give_back(&taken);
	else
		name_table_forget(&taken);
	return err;
}

static int next_name(const struct call *call)
{
	struct physvm_name_next *args = &call->args->name_next;

	if (args->flags)
		return -EOPNOTSUPP;
	return name_table_next(args->after, args) ?: respond(call);
}

/* Without the descriptor nothing is of use, nor the mapping. */
static int region(const struct call *call)
{
	struct physvm_region *args = &call->args->region;
	struct file *file = region_create(&call->pools[PHYSVM_POOL_RAM], args);
	int err;

	if (!IS_ERR(file))
		region_publish(file);
	args->out_reserved = 0;
	err = respond_with_file(call, &args->out_fd, file);
	if (err && !IS_ERR(file))
		region_undo(args);
	return err;
}

static int pager(const struct call *call)
{
	struct physvm_pager *args = &call->args->pager;

	args->out_reserved = 0;
	return respond_with_file(call, &args->out_fd, serve_open(args));
}

struct op {
	int (*execute)(const struct call *call);
	u32 size;
	u32 min_size;	/* of the first version that was published */
};

#define OP(cmd, fn, type, last) \
	[cmd] = { \
		.execute = fn, \
		.size = sizeof(type) + BUILD_BUG_ON_ZERO(sizeof(union args) < sizeof(type)), \
		.min_size = offsetofend(type, last), \
	}

static const struct op ops[] = {
	OP(PHYSVM_CMD_INFO, info, struct physvm_info, out_other_cache_modes),
	OP(PHYSVM_CMD_POOL_STAT, get_pool_stat, struct physvm_pool_stat, out_areas),
	OP(PHYSVM_CMD_POOL_RANGE, get_pool_range, struct physvm_pool_range, out_free_pages),
	OP(PHYSVM_CMD_ALLOC, alloc, struct physvm_alloc, out_phys),
	OP(PHYSVM_CMD_COMMIT, commit, struct physvm_commit, length),
	OP(PHYSVM_CMD_DECOMMIT, decommit, struct physvm_decommit, length),
	OP(PHYSVM_CMD_PROTECT_CHECK, protect_check, struct physvm_protect_check, length),
	OP(PHYSVM_CMD_UNMAP, unmap, struct physvm_unmap, length),
	OP(PHYSVM_CMD_QUERY, query, struct physvm_query, out_flags),
	OP(PHYSVM_CMD_EXPORT, export, struct physvm_export, out_reserved),
	OP(PHYSVM_CMD_CLAIM, claim, struct physvm_claim, out_reserved),
	OP(PHYSVM_CMD_MAP, map, struct physvm_map, out_addr),
	OP(PHYSVM_CMD_RESERVE, reserve, struct physvm_reserve, out_addr),
	OP(PHYSVM_CMD_NAME_ADD, add_name, struct physvm_name_add, name),
	OP(PHYSVM_CMD_NAME_OPEN, open_name, struct physvm_name_open, out_area_id),
	OP(PHYSVM_CMD_NAME_REMOVE, remove_name, struct physvm_name_remove, out_reserved),
	OP(PHYSVM_CMD_NAME_NEXT, next_name, struct physvm_name_next, out_name),
	OP(PHYSVM_CMD_REGION, region, struct physvm_region, out_bitmap_pages),
	OP(PHYSVM_CMD_PAGER, pager, struct physvm_pager, out_reserved),
};

static const struct op *find_op(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(ops))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(ops));
	return cmd == _IO(PHYSVM_TYPE, nr) && ops[nr].execute ? &ops[nr] : NULL;
}

long ioctl_dispatch(struct physvm_pool *pools, struct session *session, unsigned int cmd,
		    unsigned long arg)
{
	const struct op *op = find_op(cmd);
	union args args;	/* all of a call's struct is copied to, or zeroed */
	struct call call = {
		.pools = pools,
		.session = session,
		.args = &args,
		.user = (void __user *)arg,
	};
	int err;

	if (!op)
		return -ENOTTY;
	if (get_user(call.user_size, (u32 __user *)call.user))
		return -EFAULT;
	if (call.user_size < op->min_size)
		return -EINVAL;
	call.size = op->size;
	err = copy_struct_from_user(&args, op->size, call.user, call.user_size);
	if (err)
		return err;
	return op->execute(&call);
}
