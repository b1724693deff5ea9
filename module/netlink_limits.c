// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: what users and cgroups have, and may have.
 */
#include "cgroup.h"
#include "limits.h"
#include "netlink.h"

/* Looking. */

static int fill_limit(struct sk_buff *skb, const struct limits_limit *limit)
{
	int err = 0;

	if (limit->pages != LIMITS_UNSET)
		err = netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_MAX_PAGES, limit->pages);
	if (!err && limit->percent != LIMITS_UNSET)
		err = nla_put_u32(skb, PHYSVM_NL_A_LIMIT_MAX_PERCENT, limit->percent);
	if (!err && limit->areas != LIMITS_UNSET)
		err = netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_MAX_AREAS, limit->areas);
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct limits_stat *stat = data;
	const struct limits_limit limit = limits_in_force(stat);

	return nla_put_u32(skb, PHYSVM_NL_A_LIMIT_ACCOUNT, stat->kind) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_ID, stat->id) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_PAGES, limits_pages(stat)) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_PEAK, stat->peak) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_AREAS, stat->areas) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_LIMIT_FAILURES, stat->refused) ?:
	       fill_limit(skb, &limit);
}

/* Their own account; the cgroup they are in can be asked about, not listed. */
static bool may_see(const struct netlink_reader *reader, u32 kind, u64 id, u64 cgroup)
{
	if (kind == LIMITS_USER)
		return netlink_may_see(reader, KUIDT_INIT(id));
	return reader->admin || id == cgroup;
}

/* Whom a request is about. */
static int get_id(struct genl_info *info, u32 *kind, u64 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_LIMIT_ACCOUNT) ||
	    GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_LIMIT_ID)) {
		GENL_SET_ERR_MSG(info, "account or id is missing");
		return -EINVAL;
	}
	*kind = nla_get_u32(info->attrs[PHYSVM_NL_A_LIMIT_ACCOUNT]);
	*id = nla_get_u64(info->attrs[PHYSVM_NL_A_LIMIT_ID]);
	if (*kind == LIMITS_CGROUP || *id < U32_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PHYSVM_NL_A_LIMIT_ID],
			    "id is no user id");
	return -EINVAL;
}

static int no_such_cgroup(struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PHYSVM_NL_A_LIMIT_ID],
			    "there is no cgroup of that id");
	return -ENOENT;
}

/* Who has nothing is there, too, and has limits. */
static int look(struct genl_info *info, u32 kind, u64 id, struct limits_stat *stat)
{
	if (!limits_get(kind, id, stat))
		return 0;
	if (kind == LIMITS_CGROUP && !cgroup_exists(id))
		return no_such_cgroup(info);
	*stat = (struct limits_stat){ .kind = kind, .id = id, .limit = LIMITS_ALL_UNSET };
	return 0;
}

int physvm_nl_limit_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_reader reader;
	struct limits_stat stat;
	u32 kind;
	u64 id;
	int err = netlink_reader_init(&reader, skb, info->attrs, PHYSVM_NL_A_LIMIT_DEVICE_FD,
				      info->extack) ?: get_id(info, &kind, &id);

	if (err)
		return err;
	if (!may_see(&reader, kind, id, cgroup_current_id())) {
		GENL_SET_ERR_MSG(info, "the limits of others need CAP_SYS_ADMIN");
		return -EPERM;
	}
	return look(info, kind, id, &stat) ?: netlink_reply(info, &reader, fill, &stat);
}

static void step_over(struct netlink_dump *dump, const struct limits_stat *stat)
{
	dump->after = stat->id + 1;
	dump->key[0] = dump->after ? stat->kind : stat->kind + 1;
}

/* Whoever is there all the time is told of, once. */
int physvm_nl_limit_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	struct limits_stat stat;
	int err = 0;

	while (!err && !limits_next(dump->key[0], dump->after, &stat)) {
		if (may_see(&dump->reader, stat.kind, stat.id, 0))
			err = netlink_dump_one(skb, cb, fill, &stat);
		if (!err)
			step_over(dump, &stat);
	}
	return skb->len ?: err;
}

/* Setting. */

/* A number that large is no limit either. */
static u64 number(const struct nlattr *attr)
{
	return min_t(u64, nla_get_u64(attr), LIMITS_UNSET - 1);
}

/* What is not mentioned stays as it is. */
static int change_limit(struct genl_info *info, struct limits_limit *limit)
{
	const struct nlattr *pages = info->attrs[PHYSVM_NL_A_LIMIT_MAX_PAGES];
	const struct nlattr *percent = info->attrs[PHYSVM_NL_A_LIMIT_MAX_PERCENT];
	const struct nlattr *areas = info->attrs[PHYSVM_NL_A_LIMIT_MAX_AREAS];
	const bool reset = info->attrs[PHYSVM_NL_A_LIMIT_RESET];

	if (reset == (pages || percent || areas)) {
		GENL_SET_ERR_MSG(info, "either a limit or reset is needed");
		return -EINVAL;
	}
	if (reset)
		*limit = LIMITS_ALL_UNSET;
	if (pages)
		limit->pages = number(pages);
	if (percent)
		limit->percent = nla_get_u32(percent);
	if (areas)
		limit->areas = number(areas);
	return 0;
}

int physvm_nl_limit_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct limits_limit limit = LIMITS_ALL_UNSET;
	struct limits_stat stat;
	u32 kind;
	u64 id;
	int err = netlink_require_admin(skb, info->extack) ?: get_id(info, &kind, &id);

	if (err)
		return err;
	if (!limits_get(kind, id, &stat))
		limit = stat.limit;
	err = change_limit(info, &limit);
	if (err)
		return err;
	err = limits_set(kind, id, &limit);
	return err == -ENOENT ? no_such_cgroup(info) : err;
}
