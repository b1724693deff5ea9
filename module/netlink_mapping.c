// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where areas are mapped. The core's own tree of an area's mappings is walked, and
 * some of them are told at a time: those that come next by address space and
 * address, so that one that stays is told once, whatever others do.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "area_list.h"
#include "areafs.h"
#include "netlink.h"
#include "netlink_area.h"

/* About as many as a message has room for: each batch is a walk through all. */
#define BATCH 256

struct place {
	u64 mm;		/* to be compared with others; nobody is told */
	u64 addr;
	u64 length;
	u64 offset;
	u32 prot;
	pid_t pid;
	u64 area_id;
};

/**
 * struct batch - Some mappings, the first in order of those that were added
 * @count: how many of @places are in use; no more than BATCH after sort_out()
 * @cut: there were more
 * @places: in order after sort_out()
 */
struct batch {
	unsigned int count;
	bool cut;
	struct place places[2 * BATCH];
};

static bool comes_before(const struct place *a, u64 mm, u64 addr)
{
	return a->mm != mm ? a->mm < mm : a->addr < addr;
}

static int compare(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	if (comes_before(one, other->mm, other->addr))
		return -1;
	return comes_before(other, one->mm, one->addr);
}

/* Keeps the first BATCH. */
static void sort_out(struct batch *batch)
{
	sort(batch->places, batch->count, sizeof(*batch->places), compare, NULL);
	batch->cut |= batch->count > BATCH;
	batch->count = min_t(unsigned int, batch->count, BATCH);
}

/* Sorted only when there is no room, so that what many cost is not squared. */
static void add(struct batch *batch, const struct place *place)
{
	batch->places[batch->count++] = *place;
	if (batch->count == ARRAY_SIZE(batch->places))
		sort_out(batch);
}

/*
 * Whose is it? The address space is there as long as it is in the tree; the task it
 * belongs to is told by RCU, and may be gone. Kernels without memory cgroups do not
 * know.
 */
static bool find_owner(const struct netlink_reader *reader, const struct mm_struct *mm,
		       pid_t *pid)
{
	bool visible = reader->admin;

	*pid = 0;
#ifdef CONFIG_MEMCG
	{
		const struct task_struct *owner;

		rcu_read_lock();
		owner = rcu_dereference(mm->owner);
		if (owner) {
			visible |= uid_eq(__task_cred(owner)->euid, reader->uid);
			*pid = task_tgid_nr_ns((struct task_struct *)owner, reader->pid_ns);
		}
		rcu_read_unlock();
	}
#endif
	return visible;
}

/* From page 0 of the area on: a guard below it is not its own. */
static u64 offset(const struct physvm_area *area, const struct vm_area_struct *vma)
{
	return vma->vm_pgoff > area->base ? (u64)(vma->vm_pgoff - area->base) << PAGE_SHIFT : 0;
}

static void look(const struct netlink_reader *reader, const struct physvm_area *area,
		 const struct vm_area_struct *vma, struct batch *batch)
{
	struct place place = {
		.mm = (unsigned long)vma->vm_mm,
		.addr = vma->vm_start,
		.length = vma->vm_end - vma->vm_start,
		.offset = offset(area, vma),
		.prot = vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC),
		.area_id = area->inode->i_ino,
	};

	if (find_owner(reader, vma->vm_mm, &place.pid))
		add(batch, &place);
}

/* After the last that was told, and not after those that are in any case. */
static bool is_wanted(const struct place *last, const struct batch *batch,
		      const struct vm_area_struct *vma)
{
	const u64 mm = (unsigned long)vma->vm_mm;
	const struct place *kept = &batch->places[BATCH - 1];

	if (!comes_before(last, mm, vma->vm_start))
		return false;
	return !batch->cut || !comes_before(kept, mm, vma->vm_start);
}

/* Mappings in the tree do not move, split or end while its lock is held. */
static void collect(const struct netlink_dump *dump, const struct physvm_area *area,
		    struct batch *batch)
{
	struct address_space *mapping = area->inode->i_mapping;
	const struct place last = { .mm = dump->key[0], .addr = dump->key[1] };
	struct rb_node *node;

	batch->count = 0;
	batch->cut = false;
	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node; node = rb_next(node)) {
		struct vm_area_struct *vma = rb_entry(node, struct vm_area_struct, shared.rb);

		if (is_wanted(&last, batch, vma))
			look(&dump->reader, area, vma, batch);
	}
	i_mmap_unlock_read(mapping);
	sort_out(batch);
}

static int fill(struct sk_buff *skb, const struct netlink_reader *reader, const void *data)
{
	const struct place *place = data;

	return netlink_put_u64(skb, PHYSVM_NL_A_MAPPING_AREA_ID, place->area_id) ?:
	       (place->pid ? nla_put_u32(skb, PHYSVM_NL_A_MAPPING_PID, place->pid) : 0) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_MAPPING_ADDR, place->addr) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_MAPPING_LENGTH, place->length) ?:
	       netlink_put_u64(skb, PHYSVM_NL_A_MAPPING_OFFSET, place->offset) ?:
	       nla_put_u32(skb, PHYSVM_NL_A_MAPPING_PROT, place->prot);
}

static int dump_batch(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct batch *batch)
{
	struct netlink_dump *dump = netlink_dump_of(cb);
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (netlink_dump_one(skb, cb, fill, &batch->places[i]))
			return -EMSGSIZE;
		dump->key[0] = batch->places[i].mm;
		dump->key[1] = batch->places[i].addr;
	}
	return 0;
}

static void forget_keys(struct netlink_dump *dump)
{
	dump->key[0] = 0;
	dump->key[1] = 0;
}

static int dump_area(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct physvm_area *area, struct batch *batch)
{
	do {
		collect(netlink_dump_of(cb), area, batch);
		if (dump_batch(skb, cb, batch))
			return -EMSGSIZE;
	} while (batch->cut);
	return 0;
}

static int dump_mappings(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct physvm_area *area)
{
	const struct nlattr *attr = genl_info_dump(cb)->attrs[PHYSVM_NL_A_MAPPING_AREA_ID];
	struct netlink_dump *dump = netlink_dump_of(cb);
	struct batch *batch;
	int err = 0;

	if (attr && nla_get_u64(attr) != area->inode->i_ino)
		return 0;
	/* The keys are of the area that is next by number; it may have ended. */
	if (area->inode->i_ino != dump->after + 1)
		forget_keys(dump);
	dump->after = area->inode->i_ino - 1;
	if (mapping_mapped(area->inode->i_mapping)) {
		batch = kmalloc(sizeof(*batch), GFP_KERNEL);
		err = batch ? dump_area(skb, cb, area, batch) : -ENOMEM;
		kfree(batch);
	}
	if (!err)
		forget_keys(dump);
	return err;
}

int physvm_nl_mapping_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_dump_areas(skb, cb, dump_mappings);
}
