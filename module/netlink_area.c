// SPDX-License-Identifier: GPL-2.0-only
/*
 * The areas. One that is being described is kept by a reference to its file; that
 * may be the last by then, and its end is as good here as anywhere.
 */
#include <linux/file.h>
#include <linux/pagemap.h>
#include <linux/pid.h>

#include "area_list.h"
#include "areafs.h"
#include "netlink.h"
#include "netlink_area.h"
#include "region.h"

/* What changes, or has to be counted with something locked. */
struct state {
	const struct physvm_area *area;
	u64 committed;
	u64 owned;
	u32 mappings;
};

/* In no file yet, or in one: who can see it cannot tell others apart by it. */
static u64 phys(const struct physvm_area *area)
{
	return area->device || area->nr_runs ? PFN_PHYS((u64)area_pfn(area, 0)) : 0;
}

static int fill_maker(struct sk_buff *skb, const struct netlink_reader *reader,
		      const struct physvm_area *area)
{
	const pid_t pid = pid_nr_ns(area->maker, reader->pid_ns);

	return netlink_put_uid(skb, PHYSVM_NL_A_AREA_UID, reader, area->uid) ?:
	       (pid ? nla_put_u32(skb, PHYSVM_NL_A_AREA_PID, pid) : 0);
}

static int fill_optional(struct sk_buff *skb, const struct netlink_reader *reader,
			 const struct physvm_area *area)
{
	int err = 0;

	if (area->label[0])
		err = nla_put_string(skb, PHYSVM_NL_A_AREA_LABEL, area->label);
	if (!err && reader->admin && phys(area))
		err = netlink_put_u64(skb, PHYSVM_NL_A_AREA_PHYS, phys(area));
	return err;
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct state *state = data;
	const struct physvm_area *area = state->area;

	return netlink_put_u64(skb, PHYSVM_NL_A_AREA_ID, area->inode->i_ino) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_AREA_TYPE, area->type) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_AREA_PAGES, area->pages) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_AREA_COMMITTED, state->committed) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_AREA_OWNED, state->owned) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_AREA_CACHE, area->cache) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_AREA_MAX_PROT, area->max_prot) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_AREA_ALLOC_FLAGS, area->alloc_flags) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_AREA_MAPPINGS, state->mappings) ?:
	       fill_maker(skb, reader, area) ?: fill_optional(skb, reader, area);
}

static u32 count_mappings(const struct physvm_area *area)
{
	struct address_space *mapping = area->inode->i_mapping;
	struct rb_node *node;
	u32 count = 0;

	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node; node = rb_next(node))
		count++;
	i_mmap_unlock_read(mapping);
	return count;
}

static struct state look(const struct physvm_area *area)
{
	struct state state = { .area = area, .mappings = count_mappings(area) };
	struct region_count count;

	if (area->region) {
		count = region_count(area->region);
		state.committed = count.allocated;
		state.owned = count.allocated + count.kept;
	} else {
		state.committed = area_committed(area);
		state.owned = area_owned(area);
	}
	return state;
}

static int find(struct genl_info *info, const struct netlink_reader *reader,
		struct file **file)
{
	struct nlattr *attr = info->attrs[PHYSVM_NL_A_AREA_ID];

	if (GENL_REQ_ATTR_CHECK(info, PHYSVM_NL_A_AREA_ID)) {
		GENL_SET_ERR_MSG(info, "id is missing");
		return -EINVAL;
	}
	*file = area_list_find(nla_get_u64(attr));
	if (*file && netlink_may_see(reader, file_area(*file)->uid))
		return 0;
	/* Others' are not there for those who may not see them. */
	if (*file)
		fput(*file);
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "id is of no area there is");
	return -ENOENT;
}

int physvm_nl_area_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_reader reader;
	struct state state;
	struct file *file;
	int err = netlink_reader_init(&reader, skb, info->attrs, PHYSVM_NL_A_AREA_DEVICE_FD,
				      info->extack) ?:
		  find(info, &reader, &file);

	if (err)
		return err;
	state = look(file_area(file));
	err = netlink_reply(info, &reader, fill, &state);
	fput(file);
	return err;
}

static int dump_area(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct physvm_area *area)
{
	const struct state state = look(area);

	return netlink_dump_one(skb, cb, fill, &state);
}

/**
 * netlink_dump_areas() - Add messages about areas to a part of a dump
 * @skb: the part
 * @cb: the dump
 * @fn: adds those about one, which the reader may see; returns 0, EMSGSIZE or
 *	ENOMEM
 *
 * Return: as a dump's function does.
 */
int netlink_dump_areas(struct sk_buff *skb, struct netlink_callback *cb,
		       netlink_area_fn *fn)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	struct file *file;
	int err = 0;

	while (!err && (file = area_list_next(dump->after, &cb->seq))) {
		const struct physvm_area *area = file_area(file);

		if (netlink_may_see(&dump->reader, area->uid))
			err = fn(skb, cb, area);
		if (!err)
			dump->after = area->inode->i_ino;
		fput(file);
		cond_resched();
	}
	return skb->len ?: err;
}

int physvm_nl_area_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_dump_areas(skb, cb, dump_area);
}
