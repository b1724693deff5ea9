// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What KasperskyOS programs are told about a page.
 */
#include <string.h>

#include "coresrv/vmm/vmm_api.h"
#include "default_handle.h"
#include "export.h"
#include "kasperskyos_flags.h"
#include "kasperskyos_retcode.h"
#include "physvm.h"

_Static_assert((int)VMM_PAGE_RESERVED == PHYSVM_PAGE_RESERVED &&
	       (int)VMM_PAGE_COMMITTED == PHYSVM_PAGE_COMMITTED &&
	       (int)VMM_PAGE_GUARD == PHYSVM_PAGE_GUARD, "passed on as they are");
_Static_assert((int)VMM_AREA_NORMAL == PHYSVM_AREA_NORMAL &&
	       (int)VMM_AREA_UNRESERVED == PHYSVM_AREA_NORESERVE &&
	       (int)VMM_AREA_HIDDEN == PHYSVM_AREA_HIDDEN &&
	       (int)VMM_AREA_DEVICE == PHYSVM_AREA_DEVICE, "passed on as they are");
_Static_assert(VMM_LABEL_SIZE == PHYSVM_LABEL_SIZE, "the label fits");

struct question {
	const void *addr;
	struct physvm_query page;
};

static int ask(struct physvm *handle, void *arg)
{
	struct question *question = arg;

	return physvm_query(handle, question->addr, &question->page);
}

static void tell(const struct physvm_query *page, VmmPageInfo *info)
{
	*info = (VmmPageInfo){
		.base = (void *)(uintptr_t)page->out_region_addr,
		.size = page->out_region_length,
		.phys = page->out_phys,
		.state = (VmmPageState)page->out_state,
		.type = (VmmAreaType)page->out_type,
		.protection = page->out_prot & VMM_FLAG_RWX_MASK,
		.ceiling = page->out_max_prot & VMM_FLAG_RWX_MASK,
		.cache = physvm_kn_cache_flag(page->out_cache),
		.guards = physvm_kn_guards(page),
		.flags = physvm_kn_made_with(page),
		.huge = !!(page->out_flags & PHYSVM_QUERY_HUGE),
	};
	memcpy(info->label, page->out_label, sizeof(info->label));
}

EXPORT Retcode KnVmQuery(void *addr, VmmPageInfo *info)
{
	struct question question = { .addr = addr };
	int err;

	if (!info)
		return rcInvalidArgument;
	err = physvm_with_default_handle(ask, &question);
	if (!err)
		tell(&question.page, info);
	return physvm_kn_retcode(err);
}
