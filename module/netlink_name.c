// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names. Which names others have is for an administrator to know, although who
 * knows a name may open it if its mode lets them.
 */
#include <linux/slab.h>

#include "name_key.h"
#include "name_table.h"
#include "netlink.h"

static int fill_openers(struct sk_buff *skb, const struct name_state *state)
{
	int err = nla_put_u32(skb, PHYSVM_NL_A_NAME_OPENERS, abs(state->openers));

	if (!err && state->openers < 0)
		err = nla_put_flag(skb, PHYSVM_NL_A_NAME_EXCLUSIVE);
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct name_state *state = data;
	const u32 gid = from_kgid_munged(reader->user_ns, state->gid);

	return netlink_put_u64(skb, PHYSVM_NL_A_NAME_ID, state->id) ?:
	       nla_put_string(skb, PHYSVM_NL_A_NAME_NAME, state->text) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_NAME_AREA_ID, state->area_id) ?:
	       netlink_put_uid(skb, PHYSVM_NL_A_NAME_UID, reader, state->uid) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_NAME_GID, gid) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_NAME_MODE, state->mode) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_NAME_MAX_PROT, state->max_prot) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_NAME_PAGES, state->pages) ?:
	       fill_openers(skb, state);
}

int physvm_nl_name_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	struct name_state state;
	int err = 0;

	while (!err && name_table_look(dump->after, &state, &cb->seq)) {
		if (netlink_may_see(&dump->reader, state.uid))
			err = netlink_dump_one(skb, cb, fill, &state);
		if (!err)
			dump->after = state.id;
	}
	return skb->len ?: err;
}

/* A key, or an error pointer with what is wrong about the attribute told. */
static struct physvm_name_key *make_key(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct physvm_name_key *key;
	u8 text[PHYSVM_NAME_SIZE] = {};

	/* The policy sees to the zero at its end. */
	if (nla_len(attr) > PHYSVM_NAME_SIZE) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "name is too long");
		return ERR_PTR(-EINVAL);
	}
	memcpy(text, nla_data(attr), nla_len(attr));
	key = name_key_make(text);
	if (key == ERR_PTR(-EINVAL) || key == ERR_PTR(-EILSEQ))
		NL_SET_ERR_MSG_ATTR(extack, attr, "name is empty or no UTF-8");
	return key;
}

static int take_text(struct nlattr *attr, struct netlink_ext_ack *extack,
		     struct list_head *taken)
{
	struct physvm_name_key *key = make_key(attr, extack);
	int err;

	if (IS_ERR(key))
		return PTR_ERR(key);
	err = name_table_take_all(key, taken);
	kfree(key);
	if (err < 0)
		NL_SET_ERR_MSG_ATTR(extack, attr, "name is of none there is");
	return err;
}

static int take_id(struct nlattr *attr, struct netlink_ext_ack *extack, struct list_head *taken)
{
	int err = name_table_take_id(nla_get_u64(attr), taken);

	if (err < 0)
		NL_SET_ERR_MSG_ATTR(extack, attr, "id is of no name there is");
	return err;
}

int physvm_nl_name_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[PHYSVM_NL_A_NAME_ID];
	struct nlattr *text = info->attrs[PHYSVM_NL_A_NAME_NAME];
	LIST_HEAD(taken);
	int err = netlink_require_admin(skb, info->extack);

	if (err)
		return err;
	if (id && text) {
		NL_SET_ERR_MSG_ATTR(info->extack, text, "id and name exclude each other");
		return -EINVAL;
	}
	if (!id && GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_NAME_NAME)) {
		GENL_SET_ERR_MSG(info, "name is missing, or id");
		return -EINVAL;
	}
	err = id ? take_id(id, info->extack, &taken) : take_text(text, info->extack, &taken);
	if (err < 0)
		return err;
	name_table_forget(&taken);
	return 0;
}
