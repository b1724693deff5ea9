/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libphysvm-netlink: observe and administer physvm.
 */
#ifndef PHYSVM_NETLINK_H
#define PHYSVM_NETLINK_H

#include <linux/physvm_netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * Functions return 0, or -errno when they fail; what the kernel said about it is
 * in physvm_nl_message().  They print nothing and never end the program.  Sizes
 * are in pages of the machine unless a name says bytes.
 *
 * Every struct begins with the set of attributes the kernel has sent: the
 * others are zero.  physvm_nl_has() asks for one.
 *
 * A handle may be used by one thread at a time; threads may have one each.
 */

/**
 * struct physvm_nl - a connection to the module
 */
struct physvm_nl;

/**
 * physvm_nl_has() - Has the kernel sent an attribute?
 * @has: member has of a struct
 * @attribute: PHYSVM_NL_A_*, of the struct's noun
 *
 * Return: whether it has.
 */
static inline bool physvm_nl_has(uint32_t has, unsigned int attribute)
{
	return has >> attribute & 1;
}

/**
 * physvm_nl_open() - Connect to the module
 * @nl: set to the new handle on success
 *
 * Opens /dev/physvm too where the caller may, as that is what shows to the module
 * that a caller without CAP_SYS_ADMIN may ask.
 *
 * Return: 0, or -ENOENT when the module is not loaded or too old to know the
 * family, -EMFILE, -ENFILE, -ENOMEM.
 */
int physvm_nl_open(struct physvm_nl **nl);

/**
 * physvm_nl_close() - Disconnect
 * @nl: handle from physvm_nl_open(), or NULL
 */
void physvm_nl_close(struct physvm_nl *nl);

/**
 * physvm_nl_message() - What the kernel said about the last call
 * @nl: handle from physvm_nl_open()
 *
 * Return: a sentence that lives until the next call with the handle, empty if
 * there is none.
 */
const char *physvm_nl_message(const struct physvm_nl *nl);

/* NUMA nodes of a pool that can be told about. */
#define PHYSVM_NL_NODES_MAX 64

/**
 * struct physvm_nl_node_info - the share of a pool that a NUMA node has
 */
struct physvm_nl_node_info {
	uint32_t has;
	uint32_t id;
	uint64_t total;
	uint64_t free;
};

/**
 * struct physvm_nl_pool_info - a pool; members are the attributes of that name
 */
struct physvm_nl_pool_info {
	uint32_t has;
	uint32_t kind;
	uint64_t total;
	uint64_t free;
	uint64_t used;
	uint64_t quarantined;
	uint64_t largest_free;
	uint64_t free_blocks;
	uint64_t areas;
	uint64_t low;
	uint64_t high;
	uint64_t changed;
	uint32_t nr_nodes;
	struct physvm_nl_node_info nodes[PHYSVM_NL_NODES_MAX];
};

/**
 * struct physvm_nl_block_info - a block of a pool
 */
struct physvm_nl_block_info {
	uint32_t has;
	uint32_t pool;
	uint64_t phys;
	uint32_t node_id;
	uint32_t cache;
	uint32_t free;
	uint32_t quarantined;
	uint32_t uid;
	uint32_t dirty;
};

/* Bytes of a label and of a name, with the NUL. */
#define PHYSVM_NL_LABEL_SIZE 32
#define PHYSVM_NL_NAME_SIZE 256

/**
 * struct physvm_nl_area_info - an area
 */
struct physvm_nl_area_info {
	uint32_t has;
	uint32_t type;
	uint64_t id;
	uint64_t pages;
	uint64_t committed;
	uint64_t owned;
	uint32_t cache;
	uint32_t max_prot;
	uint32_t alloc_flags;
	uint32_t uid;
	uint32_t pid;
	uint32_t mappings;
	uint64_t phys;
	char label[PHYSVM_NL_LABEL_SIZE];
};

/**
 * struct physvm_nl_mapping_info - a mapping of an area
 */
struct physvm_nl_mapping_info {
	uint32_t has;
	uint32_t pid;
	uint64_t area_id;
	uint64_t addr;
	uint64_t length;
	uint64_t offset;
	uint32_t prot;
};

/**
 * struct physvm_nl_name_info - a name
 */
struct physvm_nl_name_info {
	uint32_t has;
	uint32_t uid;
	uint64_t id;
	uint64_t area_id;
	uint64_t pages;
	uint32_t gid;
	uint32_t mode;
	uint32_t max_prot;
	uint32_t openers;
	uint32_t exclusive;
	char name[PHYSVM_NL_NAME_SIZE];
};

/**
 * struct physvm_nl_region_info - a region
 */
struct physvm_nl_region_info {
	uint32_t has;
	uint32_t page_state;
	uint64_t area_id;
	uint64_t base;
	uint64_t pages;
	uint64_t allocated;
	uint64_t kept;
	uint32_t uid;
	uint32_t pid;
};

/**
 * struct physvm_nl_limit_info - what a user or a cgroup has, and may have
 */
struct physvm_nl_limit_info {
	uint32_t has;
	uint32_t account;
	uint64_t id;
	uint64_t pages;
	uint64_t peak;
	uint64_t areas;
	uint64_t max_pages;
	uint64_t max_areas;
	uint32_t max_percent;
	uint64_t failures;
};

/* Causes that are told apart: enum physvm_nl_failure. */
#define PHYSVM_NL_FAILURES_MAX (PHYSVM_NL_FAILURE_FRAGMENTED + 1)

/**
 * struct physvm_nl_stats_info - counters; @failures is indexed by the cause
 */
struct physvm_nl_stats_info {
	uint32_t has;
	uint64_t fault_pages;
	uint64_t fault_blocks;
	uint64_t fault_frames;
	uint64_t fault_segv;
	uint64_t fault_bus;
	uint64_t fault_fills;
	uint64_t upcalls;
	uint64_t zeroed;
	uint64_t taken;
	uint64_t given;
	uint64_t quarantine_in;
	uint64_t quarantine_out;
	uint64_t failures[PHYSVM_NL_FAILURES_MAX];
	uint64_t events;
	uint64_t events_lost;
};

/**
 * struct physvm_nl_event_info - something that has happened
 */
struct physvm_nl_event_info {
	uint32_t has;
	uint32_t event;
	uint64_t seq;
	uint64_t lost;
	uint64_t time;
	uint32_t repeated;
	uint32_t pool;
	uint64_t pages;
	uint32_t account;
	uint32_t uid;
	uint64_t id;
	uint32_t pid;
	char name[PHYSVM_NL_NAME_SIZE];
	uint64_t area_id;
	uint64_t areas;
};

/**
 * DOC: Lists
 *
 * A list is read completely before the first element is handed to the function
 * given: what changes meanwhile makes the library begin anew, a few times.  The
 * function returns 0 to see the next element, or a negative number, which ends
 * the walk and is what the call returns.  It may use the handle.
 *
 * The calls return 0; 1 where something has changed during each attempt, so that
 * elements may be missing or there twice; or -errno.
 */
typedef int physvm_nl_pool_fn(const struct physvm_nl_pool_info *info, void *data);
typedef int physvm_nl_block_fn(const struct physvm_nl_block_info *info, void *data);
typedef int physvm_nl_area_fn(const struct physvm_nl_area_info *info, void *data);
typedef int physvm_nl_mapping_fn(const struct physvm_nl_mapping_info *info, void *data);
typedef int physvm_nl_name_fn(const struct physvm_nl_name_info *info, void *data);
typedef int physvm_nl_region_fn(const struct physvm_nl_region_info *info, void *data);
typedef int physvm_nl_limit_fn(const struct physvm_nl_limit_info *info, void *data);

/**
 * physvm_nl_pools() - List the pools
 */
int physvm_nl_pools(struct physvm_nl *nl, physvm_nl_pool_fn *fn, void *data);

/* Blocks of all pools, for physvm_nl_blocks(). */
#define PHYSVM_NL_ALL_POOLS (~0u)

/**
 * physvm_nl_blocks() - List the blocks of @pool, or of all pools, by address
 *
 * Return: see above; -EPERM without CAP_SYS_ADMIN.
 */
int physvm_nl_blocks(struct physvm_nl *nl, unsigned int pool, physvm_nl_block_fn *fn,
		     void *data);

/**
 * physvm_nl_areas() - List the areas, the caller's or with CAP_SYS_ADMIN all
 */
int physvm_nl_areas(struct physvm_nl *nl, physvm_nl_area_fn *fn, void *data);

/**
 * physvm_nl_mappings() - List mappings, of area @area_id or, if that is 0, of all
 */
int physvm_nl_mappings(struct physvm_nl *nl, uint64_t area_id, physvm_nl_mapping_fn *fn,
		       void *data);

/**
 * physvm_nl_names() - List the names
 */
int physvm_nl_names(struct physvm_nl *nl, physvm_nl_name_fn *fn, void *data);

/**
 * physvm_nl_regions() - List the regions
 */
int physvm_nl_regions(struct physvm_nl *nl, physvm_nl_region_fn *fn, void *data);

/**
 * physvm_nl_limits() - List users and cgroups, what they have and may have
 */
int physvm_nl_limits(struct physvm_nl *nl, physvm_nl_limit_fn *fn, void *data);

/**
 * physvm_nl_pool() - One pool
 */
int physvm_nl_pool(struct physvm_nl *nl, unsigned int kind, struct physvm_nl_pool_info *info);

/**
 * physvm_nl_area() - One area
 *
 * Return: 0, or -ENOENT when there is none of that number, or it is not the
 * caller's.
 */
int physvm_nl_area(struct physvm_nl *nl, uint64_t id, struct physvm_nl_area_info *info);

/**
 * physvm_nl_limit() - What one user or cgroup has, and may have
 */
int physvm_nl_limit(struct physvm_nl *nl, unsigned int account, uint64_t id,
		    struct physvm_nl_limit_info *info);

/**
 * physvm_nl_stats() - The counters
 */
int physvm_nl_stats(struct physvm_nl *nl, struct physvm_nl_stats_info *info);

/**
 * physvm_nl_set_watermarks() - Set both watermarks of a pool
 *
 * Return: 0, or -EINVAL when @high is below @low, -EPERM.
 */
int physvm_nl_set_watermarks(struct physvm_nl *nl, unsigned int kind, uint64_t low,
			     uint64_t high);

/* struct physvm_nl_resize.flags */
#define PHYSVM_NL_RESIZE_PHYS		(1u << 0)	/* at address phys */
#define PHYSVM_NL_RESIZE_NODE		(1u << 1)	/* at NUMA node node_id */
#define PHYSVM_NL_RESIZE_PARTIAL	(1u << 2)	/* less is better than nothing */

/**
 * struct physvm_nl_resize - by how much, and where
 */
struct physvm_nl_resize {
	uint32_t kind;
	uint32_t flags;
	uint64_t bytes;
	uint64_t phys;
	uint32_t node_id;
};

/**
 * physvm_nl_grow() - Add memory to a pool
 * @nl: handle from physvm_nl_open()
 * @resize: how much; a multiple of the size of a block
 * @info: kind, changed and total are filled in; may be NULL
 *
 * Return: 0 or -errno.
 */
int physvm_nl_grow(struct physvm_nl *nl, const struct physvm_nl_resize *resize,
		   struct physvm_nl_pool_info *info);

/**
 * physvm_nl_shrink() - Give free blocks of a pool back to the kernel
 */
int physvm_nl_shrink(struct physvm_nl *nl, const struct physvm_nl_resize *resize,
		     struct physvm_nl_pool_info *info);

/**
 * physvm_nl_remove_name() - Remove names of that spelling, whoever has added them
 *
 * Return: 0, or -ENOENT, -EBUSY, -EPERM.
 */
int physvm_nl_remove_name(struct physvm_nl *nl, const char *name);

/**
 * physvm_nl_remove_name_id() - Remove the name of that number
 */
int physvm_nl_remove_name_id(struct physvm_nl *nl, uint64_t id);

/* struct physvm_nl_limit_set.flags */
#define PHYSVM_NL_LIMIT_PAGES	(1u << 0)	/* max_pages is set */
#define PHYSVM_NL_LIMIT_PERCENT	(1u << 1)	/* max_percent is set */
#define PHYSVM_NL_LIMIT_AREAS	(1u << 2)	/* max_areas is set */

/**
 * struct physvm_nl_limit_set - a limit to be
 */
struct physvm_nl_limit_set {
	uint32_t account;
	uint32_t flags;
	uint64_t id;
	uint64_t max_pages;
	uint32_t max_percent;
	uint64_t max_areas;
};

/**
 * physvm_nl_set_limit() - Limit a user or a cgroup
 */
int physvm_nl_set_limit(struct physvm_nl *nl, const struct physvm_nl_limit_set *set);

/**
 * physvm_nl_reset_limit() - No limit of its own for a user or a cgroup any more
 */
int physvm_nl_reset_limit(struct physvm_nl *nl, unsigned int account, uint64_t id);

/**
 * struct physvm_nl_events - a subscription
 */
struct physvm_nl_events;

/**
 * physvm_nl_subscribe() - Hear of events from now on
 * @events: set to the new subscription on success
 *
 * Return: 0, or -ENOENT when the module is not loaded, -EPERM.
 */
int physvm_nl_subscribe(struct physvm_nl_events **events);

/**
 * physvm_nl_unsubscribe() - Hear of nothing any more
 * @events: subscription, or NULL
 */
void physvm_nl_unsubscribe(struct physvm_nl_events *events);

/**
 * physvm_nl_events_fd() - Descriptor to wait at
 * @events: subscription
 *
 * It is readable, as poll(2) sees it, when physvm_nl_next_event() may have one.
 *
 * Return: the descriptor, which belongs to the subscription.
 */
int physvm_nl_events_fd(const struct physvm_nl_events *events);

/**
 * physvm_nl_next_event() - Take the next event
 * @events: subscription
 * @info: filled in on success
 *
 * Does not wait.
 *
 * Return: 0, or -EAGAIN when there is none now.
 */
int physvm_nl_next_event(struct physvm_nl_events *events, struct physvm_nl_event_info *info);

/**
 * physvm_nl_events_lost() - Events this subscription has missed
 * @events: subscription
 *
 * From gaps of the sequence numbers, so what is lost now is seen with the next
 * event.
 *
 * Return: how many.
 */
uint64_t physvm_nl_events_lost(const struct physvm_nl_events *events);

#ifdef __cplusplus
}
#endif

#endif
