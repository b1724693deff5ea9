// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: who may ask, and what all answers have in common.
 * What is asked for is in a file of each noun, netlink_*.c; the table of operations
 * and the policies are generated from uapi/netlink/physvm.yaml.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/pid_namespace.h>
#include <linux/uidgid.h>
#include <net/sock.h>

#include "chardev.h"
#include "event.h"
#include "netlink.h"

static struct physvm_pool *netlink_pools;

/* By enum physvm_nl_pool, as the policy has checked. */
struct physvm_pool *netlink_pool(unsigned int kind)
{
	return &netlink_pools[kind];
}

/* Who asks. */

static int check_device(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct file *file = fget(nla_get_s32(attr));
	const bool ours = file && chardev_is_file(file);

	if (file)
		fput(file);
	if (ours)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "device-fd is no descriptor of /dev/physvm");
	return file ? -EPERM : -EBADF;
}

static bool is_admin(const struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_SYS_ADMIN);
}

/**
 * netlink_reader_init() - Find out who asks
 * @reader: filled in, without a reference to the namespace
 * @skb: the request; we are called in the context of who sends it
 * @attrs: its attributes
 * @fd_attr: the one that is device-fd
 * @extack: told what is wrong
 *
 * Return: 0, EPERM or EBADF.
 */
int netlink_reader_init(struct netlink_reader *reader, const struct sk_buff *skb,
			struct nlattr **attrs, int fd_attr, struct netlink_ext_ack *extack)
{
	*reader = (struct netlink_reader){
		.pid_ns = task_active_pid_ns(current),
		.user_ns = sk_user_ns(NETLINK_CB(skb).sk),
		.uid = current_euid(),
		.admin = is_admin(skb),
	};
	if (attrs[fd_attr])
		return check_device(attrs[fd_attr], extack);
	if (reader->admin)
		return 0;
	NL_SET_ERR_ATTR_MISS(extack, NULL, fd_attr);
	NL_SET_ERR_MSG(extack, "device-fd is missing: without CAP_SYS_ADMIN it is needed");
	return -EPERM;
}

int netlink_require_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (is_admin(skb))
		return 0;
	NL_SET_ERR_MSG(extack, "CAP_SYS_ADMIN is needed");
	return -EPERM;
}

bool netlink_may_see(const struct netlink_reader *reader, kuid_t uid)
{
	return reader->admin || uid_eq(reader->uid, uid);
}

/* Answers. */

/* Without padding, as the kernel has it on all machines we are for. */
int netlink_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put(skb, attr, sizeof(value), &value);
}

int netlink_put_uid(struct sk_buff *skb, int attr, const struct netlink_reader *reader,
		    kuid_t uid)
{
	return nla_put_u32(skb, attr, from_kuid_munged(reader->user_ns, uid));
}

/**
 * netlink_reply() - Answer a request
 * @info: the request
 * @reader: who has asked
 * @fill: fills the answer
 * @data: handed to @fill
 *
 * Return: 0, ENOMEM, or an error of sending.
 */
int netlink_reply(struct genl_info *info, const struct netlink_reader *reader,
		  netlink_fill_fn *fill, const void *data)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, info->snd_portid, info->snd_seq, &physvm_nl_family, 0,
			     info->genlhdr->cmd);
	if (!header || fill(skb, reader, data)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* Dumps. */

static int fd_attr_of(u8 cmd)
{
	switch (cmd) {
	case PHYSVM_NL_CMD_POOL_GET:
		return PHYSVM_NL_A_POOL_DEVICE_FD;
	case PHYSVM_NL_CMD_AREA_GET:
		return PHYSVM_NL_A_AREA_DEVICE_FD;
	case PHYSVM_NL_CMD_MAPPING_GET:
		return PHYSVM_NL_A_MAPPING_DEVICE_FD;
	case PHYSVM_NL_CMD_NAME_GET:
		return PHYSVM_NL_A_NAME_DEVICE_FD;
	case PHYSVM_NL_CMD_REGION_GET:
		return PHYSVM_NL_A_REGION_DEVICE_FD;
	case PHYSVM_NL_CMD_LIMIT_GET:
		return PHYSVM_NL_A_LIMIT_DEVICE_FD;
	default:
		return 0;
	}
}

static u8 cmd_of(const struct netlink_callback *cb)
{
	return ((const struct genlmsghdr *)nlmsg_data(cb->nlh))->cmd;
}

/* In the context of who asks; the parts of the dump may be fetched in another. */
int physvm_nl_dump_start(struct netlink_callback *cb)
{
	struct netlink_reader *reader = &netlink_dump_of(cb)->reader;
	const int fd_attr = fd_attr_of(cmd_of(cb));
	int err;

	BUILD_BUG_ON(sizeof(struct netlink_dump) > sizeof(cb->ctx));
	err = fd_attr ? 0 : netlink_require_admin(cb->skb, cb->extack);
	err = err ?: netlink_reader_init(reader, cb->skb, genl_info_dump(cb)->attrs, fd_attr,
					 cb->extack);
	if (!err)
		get_pid_ns(reader->pid_ns);
	return err;
}

int physvm_nl_dump_done(struct netlink_callback *cb)
{
	put_pid_ns(netlink_dump_of(cb)->reader.pid_ns);
	return 0;
}

/**
 * netlink_dump_one() - Add a message to a part of a dump
 * @skb: the part
 * @cb: with cb->seq set to what it belongs to
 * @fill: fills the message
 * @data: handed to @fill
 *
 * Return: 0, or EMSGSIZE when it belongs to the next part.
 */
int netlink_dump_one(struct sk_buff *skb, struct netlink_callback *cb, netlink_fill_fn *fill,
		     const void *data)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &physvm_nl_family, NLM_F_MULTI, cmd_of(cb));

	if (!header)
		return -EMSGSIZE;
	if (fill(skb, &netlink_dump_of(cb)->reader, data)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}

int netlink_register(struct physvm_pool *pools)
{
	int err;

	netlink_pools = pools;
	err = genl_register_family(&physvm_nl_family);
	if (!err)
		event_start();
	return err;
}

/* Waits for those who are being answered. A dump that goes on has the module. */
void netlink_unregister(void)
{
	event_stop();
	genl_unregister_family(&physvm_nl_family);
}
