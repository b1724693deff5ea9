// SPDX-License-Identifier: GPL-2.0-only
/*
 * What servers answer. Pages are filled before they are in an area and read after
 * they have left it, so that no lock is held around a copy.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "answer.h"
#include "area.h"
#include "areafs.h"
#include "loose.h"
#include "move.h"
#include "trace.h"
#include "upcall.h"

/* What an answer is about, once it has been looked up. */
struct target {
	struct physvm_area *area;
	unsigned long page;
	unsigned long count;
	u64 data;
};

static bool all_there(const struct target *to)
{
	unsigned long i;

	for (i = 0; i < to->count; i++)
		if (!area_is_committed(to->area, to->page + i))
			return false;
	return true;
}

static int enter(const struct target *to, struct physvm_supply *supply)
{
	const long entered = area_enter(to->area, to->page, supply);

	return min(entered, 0l);
}

/* Filling. */

/* Page by page: a constant size needs no checks. */
static int copy_in(struct physvm_supply *supply, u64 data, unsigned long count)
{
	const void __user *from = u64_to_user_ptr(data);
	unsigned long i, left = 0;
	void *to = NULL;

	for (i = 0; i < count; i++, left--) {
		if (i && !left)
			cond_resched();
		if (!left)
			to = supply_address(supply, i, &left);
		if (copy_from_user(to, from, PAGE_SIZE))
			return fatal_signal_pending(current) ? -EINTR : -EFAULT;
		to += PAGE_SIZE;
		from += PAGE_SIZE;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int copy(const struct target *to)
{
	struct physvm_supply *supply;
	int err;

	if (all_there(to))
		return 0;
	supply = area_take(to->area, to->count);
	if (IS_ERR(supply))
		return PTR_ERR(supply);
	err = copy_in(supply, to->data, to->count);
	if (err) {
		supply_give(to->area->pool, supply);
		return err;
	}
	return enter(to, supply);
}

static int zero(const struct target *to)
{
	struct physvm_supply *supply;

	if (all_there(to))
		return 0;
	supply = area_take(to->area, to->count);
	return IS_ERR(supply) ? PTR_ERR(supply) : enter(to, supply);
}

static int move(const struct target *to)
{
	return move_into(to->area, to->page, to->count, to->data);
}

/* Emptying. */

/* Pages that are not there are left out. */
static int copy_out(const struct loose *loose, const struct target *to)
{
	const struct loose_page *page = loose->pages, *end = page + loose->count;

	for (; page < end; page++) {
		const u64 where = to->data + ((u64)(page->page - to->page) << PAGE_SHIFT);

		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_to_user(u64_to_user_ptr(where), loose_address(page), PAGE_SIZE))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

static int evict(const struct target *to)
{
	struct loose *loose;
	int err;

	if (!to->data) {
		area_decommit(to->area, to->page, to->count);
		return 0;
	}
	loose = loose_take(to->area, to->page, to->count, false);
	if (IS_ERR(loose))
		return PTR_ERR(loose);
	err = copy_out(loose, to);
	if (err)
		loose_put_back(loose);
	else
		loose_give(loose);
	return err;
}

static int check(const struct physvm_answer *answer)
{
	const u32 action = answer->action;

	if (action < PHYSVM_ANSWER_COPY || action > PHYSVM_ANSWER_EVICT)
		return -EOPNOTSUPP;
	if (!PAGE_ALIGNED(answer->offset) || !PAGE_ALIGNED(answer->length) || !answer->length ||
	    answer->offset + answer->length < answer->offset ||
	    answer->data + answer->length < answer->data)
		return -EINVAL;
	if (answer->data && (action == PHYSVM_ANSWER_ZERO || action == PHYSVM_ANSWER_FAIL))
		return -EINVAL;
	if (action == PHYSVM_ANSWER_MOVE && !PAGE_ALIGNED(answer->data))
		return -EINVAL;
	return 0;
}

static int act(const struct target *to, u32 action)
{
	switch (action) {
	case PHYSVM_ANSWER_COPY:
		return copy(to);
	case PHYSVM_ANSWER_ZERO:
		return zero(to);
	case PHYSVM_ANSWER_MOVE:
		return move(to);
	case PHYSVM_ANSWER_EVICT:
		return evict(to);
	default:
		return 0;
	}
}

static int answer_area(struct pager *pager, struct physvm_area *area,
		       const struct physvm_answer *answer)
{
	const struct target to = {
		.area = area,
		.page = answer->offset >> PAGE_SHIFT,
		.count = answer->length >> PAGE_SHIFT,
		.data = answer->data,
	};
	const bool evicts = answer->action == PHYSVM_ANSWER_EVICT;
	const bool fails = answer->action == PHYSVM_ANSWER_FAIL;
	int err;

	if (to.page >= area->pages || to.count > area->pages - to.page)
		return -ENXIO;
	err = act(&to, answer->action);
	/* What could not be evicted is there again, and was asked for meanwhile. */
	if (evicts ? err : !err)
		upcall_finish(pager, answer->area_id, to.page, to.count,
			      fails ? UPCALL_FAILED : UPCALL_DONE);
	return err;
}

/**
 * answer_carry_out() - Do what a server says
 * @pager: whose server
 * @answer: as the user gave it
 *
 * Return: 0; or the error, then nothing has changed.
 */
int answer_carry_out(struct pager *pager, const struct physvm_answer *answer)
{
	int err = check(answer);
	struct file *file;

	if (err)
		return err;
	file = pager_find_area(pager, answer->area_id);
	if (!file)
		return -ENOENT;
	err = answer_area(pager, file_area(file), answer);
	trace_physvm_upcall_answer(answer, err);
	fput(file);
	return err;
}
