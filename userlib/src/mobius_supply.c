// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Areas whose pages a callback brings in, and what it brings.
 */
#include <errno.h>

#include "default_handle.h"
#include "export.h"
#include "mobius_area.h"
#include "mobius_callback.h"
#include "mobius_pager.h"
#include "physvm_mobius.h"
#include "sys.h"

/* Making an area */

/* Beyond its end nothing can be answered, but that there is no area comes first. */
static void forget_if_gone(const struct physvm_vmm_callback *callback)
{
	struct physvm_answer answer = {
		.area_id = callback->area_id,
		.offset = callback->pages * PAGE_SIZE,
		.length = PAGE_SIZE,
		.action = PHYSVM_ANSWER_FAIL,
	};

	if (callback->area_id && physvm_vmm_pager_answer(&answer) == -ENOENT)
		physvm_vmm_callback_remove(callback->id);
}

/* Two for each new one, so that there are never many more than areas. */
static void forget_some(void)
{
	struct physvm_vmm_callback callback;

	for (int i = 0; i < 2 && physvm_vmm_callback_next(&callback); i++)
		forget_if_gone(&callback);
}

static int get_pager(struct physvm *handle, void *arg)
{
	struct physvm_alloc *alloc = arg;

	alloc->source_fd = physvm_vmm_pager(handle);
	return alloc->source_fd < 0 ? alloc->source_fd : 0;
}

static int get_area_id(struct physvm *handle, void *arg)
{
	struct physvm_query *page = arg;

	return physvm_query(handle, (void *)(uintptr_t)page->addr, page);
}

/*
 * The thread comes last: before, its stack might be put where the area is to go.
 */
static int make_asking(struct physvm_vmm_area *area)
{
	int err = physvm_with_default_handle(get_pager, &area->alloc);

	if (!err)
		err = physvm_vmm_area_make(area);
	if (err)
		return err;
	err = physvm_vmm_pager_start();
	if (err)
		physvm_sys_munmap((void *)(uintptr_t)area->alloc.out_addr, area->alloc.length);
	return err;
}

/* The program may have closed the pager: that is noticed here, or by the thread. */
static int make(struct physvm_vmm_area *area)
{
	int err = make_asking(area);

	if (err != -EBADFD && err != -ESHUTDOWN)
		return err;
	physvm_vmm_pager_lost(area->alloc.source_fd);
	return make_asking(area);
}

int physvm_vmm_make_callback(struct physvm_vmm_area *area)
{
	const struct physvm_vmm_callback callback = {
		.handler = (VMM_CALLBACK)area->dest1,
		.cookie = area->dest2,
		.pages = area->pages,
	};
	struct physvm_query page;
	int err;

	if (!callback.handler)
		return -EINVAL;
	forget_some();
	area->alloc.flags |= PHYSVM_ALLOC_PAGED;
	area->alloc.cookie = physvm_vmm_callback_add(&callback);
	if (!area->alloc.cookie)
		return -ENOMEM;
	err = make(area);
	page.addr = area->alloc.out_addr;
	if (err)
		physvm_vmm_callback_remove(area->alloc.cookie);
	else if (!physvm_with_default_handle(get_area_id, &page))
		physvm_vmm_callback_made(area->alloc.cookie, page.out_area_id,
					 area->alloc.out_addr);
	return err;
}

EXPORT void *VmmAllocCallback(size_t pages, addr_t start, uint32_t flags, VMM_CALLBACK handler,
			      void *cookie)
{
	return VmmMap(pages, start, (void *)handler, cookie, VM_AREA_CALLBACK, flags);
}

/* Supplying pages */

struct supplying {
	struct physvm_query page;
	struct physvm_answer answer;
};

static int find(struct physvm *handle, void *arg)
{
	struct supplying *supplying = arg;
	int err = physvm_query(handle, (void *)(uintptr_t)supplying->page.addr, &supplying->page);

	if (err)
		return err;
	supplying->answer.area_id = supplying->page.out_area_id;
	supplying->answer.offset = supplying->page.out_area_offset;
	return supplying->page.out_type == PHYSVM_AREA_PAGED ? 0 : -ENOENT;
}

/* Does the answer have the page this thread is asked for? */
static bool answers(const struct physvm_answer *answer, const struct physvm_message *message)
{
	return message && answer->area_id == message->area_id &&
	       answer->offset <= message->offset &&
	       message->offset - answer->offset < answer->length;
}

EXPORT int physvm_mobius_supply(addr_t start, const void *data, size_t length)
{
	struct supplying supplying = { .page.addr = start };
	const struct physvm_message *message;
	uintptr_t asked;
	int err = 0;

	if (start & (PAGE_SIZE - 1))
		return -EINVAL;
	message = physvm_vmm_pager_asked(&asked);
	if (message && start == asked) {
		/* It may be gone here. */
		supplying.answer.area_id = message->area_id;
		supplying.answer.offset = message->offset;
	} else {
		err = physvm_with_default_handle(find, &supplying);
	}
	if (err)
		return err;
	supplying.answer.length = length;
	supplying.answer.data = (uintptr_t)data;
	supplying.answer.action = data ? PHYSVM_ANSWER_COPY : PHYSVM_ANSWER_ZERO;
	err = physvm_vmm_pager_answer(&supplying.answer);
	if (!err && answers(&supplying.answer, message))
		physvm_vmm_pager_answered();
	return err;
}
