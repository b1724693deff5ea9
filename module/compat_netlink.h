/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack of generic netlink; like compat.h, and all that is here
 * in the same way. Included instead of <net/genetlink.h>.
 */
#ifndef PHYSVM_COMPAT_NETLINK_H
#define PHYSVM_COMPAT_NETLINK_H

#include <linux/version.h>
#include <net/genetlink.h>
#include <net/netlink.h>

/*
 * Since 6.7, and in stable releases of those before; delete when the minimum is
 * 6.7. It asks for CAP_NET_ADMIN where nothing can ask for CAP_SYS_ADMIN.
 */
#ifndef GENL_MCAST_CAP_SYS_ADMIN
#define GENL_MCAST_CAP_SYS_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* Since 6.7; delete when the minimum is 6.7. Both have the attributes. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif

/*
 * Rows of their own for doing and dumping since 6.2; delete when the minimum is
 * 6.2. Before, a command has one row and one policy: that of what is done. What is
 * dumped is looked at again with its own.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#define split_ops ops
#define n_split_ops n_ops

#define COMPAT_MAX_OPS 32

static const struct genl_ops *compat_rows;
static unsigned int compat_nr_rows;

static inline const struct genl_ops *compat_dump_row(u8 cmd)
{
	unsigned int i;

	for (i = 0; i < compat_nr_rows; i++)
		if (compat_rows[i].cmd == cmd && compat_rows[i].dumpit)
			return &compat_rows[i];
	return NULL;
}

static inline int compat_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *header = nlmsg_data(cb->nlh);
	const struct genl_ops *row = compat_dump_row(header->cmd);

	return nla_validate(nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
			    nlmsg_attrlen(cb->nlh, GENL_HDRLEN), row->maxattr, row->policy,
			    cb->extack) ?: row->start(cb);
}

/* Rows of one command follow each other, that of doing first. */
static inline int compat_register_family(struct genl_family *family)
{
	static struct genl_ops merged[COMPAT_MAX_OPS];
	unsigned int i, n = 0;

	compat_rows = family->ops;
	compat_nr_rows = family->n_ops;
	for (i = 0; i < compat_nr_rows; i++) {
		const struct genl_ops *row = &compat_rows[i];

		if (n && merged[n - 1].cmd == row->cmd) {
			merged[n - 1].dumpit = row->dumpit;
			merged[n - 1].done = row->done;
		} else {
			if (n == COMPAT_MAX_OPS)
				return -ENOSPC;
			merged[n++] = *row;
		}
		merged[n - 1].flags = 0;
		if (row->dumpit)
			merged[n - 1].start = compat_start;
	}
	family->ops = merged;
	family->n_ops = n;
	return (genl_register_family)(family);
}

#define genl_register_family(family) compat_register_family(family)
#endif

#endif
