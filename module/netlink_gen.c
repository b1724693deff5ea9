// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/netlink/physvm.yaml */
/* YNL-GEN kernel source */

#include "compat_netlink.h"

#include "netlink_gen.h"

#include "../uapi/physvm_netlink.h"

/* PHYSVM_NL_CMD_POOL_GET - do */
static const struct nla_policy physvm_pool_get_do_nl_policy[PHYSVM_NL_A_POOL_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_POOL_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_POOL_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_POOL_GET - dump */
static const struct nla_policy physvm_pool_get_dump_nl_policy[PHYSVM_NL_A_POOL_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_POOL_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_POOL_SET - do */
static const struct nla_policy physvm_pool_set_nl_policy[PHYSVM_NL_A_POOL_HIGH + 1] = {
	[PHYSVM_NL_A_POOL_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_POOL_LOW] = { .type = NLA_U64, },
	[PHYSVM_NL_A_POOL_HIGH] = { .type = NLA_U64, },
};

/* PHYSVM_NL_CMD_POOL_GROW - do */
static const struct nla_policy physvm_pool_grow_nl_policy[PHYSVM_NL_A_POOL_PARTIAL + 1] = {
	[PHYSVM_NL_A_POOL_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_POOL_BYTES] = { .type = NLA_U64, },
	[PHYSVM_NL_A_POOL_PHYS] = { .type = NLA_U64, },
	[PHYSVM_NL_A_POOL_NODE_ID] = { .type = NLA_U32, },
	[PHYSVM_NL_A_POOL_PARTIAL] = { .type = NLA_FLAG, },
};

/* PHYSVM_NL_CMD_POOL_SHRINK - do */
static const struct nla_policy physvm_pool_shrink_nl_policy[PHYSVM_NL_A_POOL_PARTIAL + 1] = {
	[PHYSVM_NL_A_POOL_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_POOL_BYTES] = { .type = NLA_U64, },
	[PHYSVM_NL_A_POOL_PHYS] = { .type = NLA_U64, },
	[PHYSVM_NL_A_POOL_NODE_ID] = { .type = NLA_U32, },
	[PHYSVM_NL_A_POOL_PARTIAL] = { .type = NLA_FLAG, },
};

/* PHYSVM_NL_CMD_BLOCK_GET - dump */
static const struct nla_policy physvm_block_get_nl_policy[PHYSVM_NL_A_BLOCK_POOL + 1] = {
	[PHYSVM_NL_A_BLOCK_POOL] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* PHYSVM_NL_CMD_AREA_GET - do */
static const struct nla_policy physvm_area_get_do_nl_policy[PHYSVM_NL_A_AREA_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_AREA_ID] = { .type = NLA_U64, },
	[PHYSVM_NL_A_AREA_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_AREA_GET - dump */
static const struct nla_policy physvm_area_get_dump_nl_policy[PHYSVM_NL_A_AREA_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_AREA_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_MAPPING_GET - dump */
static const struct nla_policy physvm_mapping_get_nl_policy[PHYSVM_NL_A_MAPPING_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_MAPPING_AREA_ID] = { .type = NLA_U64, },
	[PHYSVM_NL_A_MAPPING_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_NAME_GET - dump */
static const struct nla_policy physvm_name_get_nl_policy[PHYSVM_NL_A_NAME_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_NAME_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_NAME_REMOVE - do */
static const struct nla_policy physvm_name_remove_nl_policy[PHYSVM_NL_A_NAME_NAME + 1] = {
	[PHYSVM_NL_A_NAME_ID] = { .type = NLA_U64, },
	[PHYSVM_NL_A_NAME_NAME] = { .type = NLA_NUL_STRING, },
};

/* PHYSVM_NL_CMD_REGION_GET - dump */
static const struct nla_policy physvm_region_get_nl_policy[PHYSVM_NL_A_REGION_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_REGION_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_LIMIT_GET - do */
static const struct nla_policy physvm_limit_get_do_nl_policy[PHYSVM_NL_A_LIMIT_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_LIMIT_ACCOUNT] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_LIMIT_ID] = { .type = NLA_U64, },
	[PHYSVM_NL_A_LIMIT_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_LIMIT_GET - dump */
static const struct nla_policy physvm_limit_get_dump_nl_policy[PHYSVM_NL_A_LIMIT_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_LIMIT_DEVICE_FD] = { .type = NLA_S32, },
};

/* PHYSVM_NL_CMD_LIMIT_SET - do */
static const struct nla_policy physvm_limit_set_nl_policy[PHYSVM_NL_A_LIMIT_RESET + 1] = {
	[PHYSVM_NL_A_LIMIT_ACCOUNT] = NLA_POLICY_MAX(NLA_U32, 1),
	[PHYSVM_NL_A_LIMIT_ID] = { .type = NLA_U64, },
	[PHYSVM_NL_A_LIMIT_MAX_PAGES] = { .type = NLA_U64, },
	[PHYSVM_NL_A_LIMIT_MAX_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[PHYSVM_NL_A_LIMIT_MAX_AREAS] = { .type = NLA_U64, },
	[PHYSVM_NL_A_LIMIT_RESET] = { .type = NLA_FLAG, },
};

/* PHYSVM_NL_CMD_STATS_GET - do */
static const struct nla_policy physvm_stats_get_nl_policy[PHYSVM_NL_A_STATS_DEVICE_FD + 1] = {
	[PHYSVM_NL_A_STATS_DEVICE_FD] = { .type = NLA_S32, },
};

/* Ops table for physvm */
static const struct genl_split_ops physvm_nl_ops[] = {
	{
		.cmd		= PHYSVM_NL_CMD_POOL_GET,
		.doit		= physvm_nl_pool_get_doit,
		.policy		= physvm_pool_get_do_nl_policy,
		.maxattr	= PHYSVM_NL_A_POOL_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_POOL_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_pool_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_pool_get_dump_nl_policy,
		.maxattr	= PHYSVM_NL_A_POOL_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_POOL_SET,
		.doit		= physvm_nl_pool_set_doit,
		.policy		= physvm_pool_set_nl_policy,
		.maxattr	= PHYSVM_NL_A_POOL_HIGH,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_POOL_GROW,
		.doit		= physvm_nl_pool_grow_doit,
		.policy		= physvm_pool_grow_nl_policy,
		.maxattr	= PHYSVM_NL_A_POOL_PARTIAL,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_POOL_SHRINK,
		.doit		= physvm_nl_pool_shrink_doit,
		.policy		= physvm_pool_shrink_nl_policy,
		.maxattr	= PHYSVM_NL_A_POOL_PARTIAL,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_BLOCK_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_block_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_block_get_nl_policy,
		.maxattr	= PHYSVM_NL_A_BLOCK_POOL,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_AREA_GET,
		.doit		= physvm_nl_area_get_doit,
		.policy		= physvm_area_get_do_nl_policy,
		.maxattr	= PHYSVM_NL_A_AREA_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_AREA_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_area_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_area_get_dump_nl_policy,
		.maxattr	= PHYSVM_NL_A_AREA_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_MAPPING_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_mapping_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_mapping_get_nl_policy,
		.maxattr	= PHYSVM_NL_A_MAPPING_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_NAME_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_name_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_name_get_nl_policy,
		.maxattr	= PHYSVM_NL_A_NAME_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_NAME_REMOVE,
		.doit		= physvm_nl_name_remove_doit,
		.policy		= physvm_name_remove_nl_policy,
		.maxattr	= PHYSVM_NL_A_NAME_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_REGION_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_region_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_region_get_nl_policy,
		.maxattr	= PHYSVM_NL_A_REGION_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_LIMIT_GET,
		.doit		= physvm_nl_limit_get_doit,
		.policy		= physvm_limit_get_do_nl_policy,
		.maxattr	= PHYSVM_NL_A_LIMIT_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_LIMIT_GET,
		.start		= physvm_nl_dump_start,
		.dumpit		= physvm_nl_limit_get_dumpit,
		.done		= physvm_nl_dump_done,
		.policy		= physvm_limit_get_dump_nl_policy,
		.maxattr	= PHYSVM_NL_A_LIMIT_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= PHYSVM_NL_CMD_LIMIT_SET,
		.doit		= physvm_nl_limit_set_doit,
		.policy		= physvm_limit_set_nl_policy,
		.maxattr	= PHYSVM_NL_A_LIMIT_RESET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= PHYSVM_NL_CMD_STATS_GET,
		.doit		= physvm_nl_stats_get_doit,
		.policy		= physvm_stats_get_nl_policy,
		.maxattr	= PHYSVM_NL_A_STATS_DEVICE_FD,
		.flags		= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group physvm_nl_mcgrps[] = {
	[PHYSVM_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family physvm_nl_family __ro_after_init = {
	.name		= PHYSVM_FAMILY_NAME,
	.version	= PHYSVM_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= physvm_nl_ops,
	.n_split_ops	= ARRAY_SIZE(physvm_nl_ops),
	.mcgrps		= physvm_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(physvm_nl_mcgrps),
};
