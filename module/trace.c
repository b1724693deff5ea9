// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints, and what only they need to know of the layers they lie in.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "areafs.h"
#include "name.h"
#include "region.h"
#include "upcall.h"

/* The kernel's own values differ from release to release. */
static u8 fault_result(vm_fault_t result);

#define CREATE_TRACE_POINTS
#include "trace.h"

static u8 fault_result(vm_fault_t result)
{
	if (result & VM_FAULT_RETRY)
		return TRACE_FAULT_RETRY;
	if (result & VM_FAULT_SIGSEGV)
		return TRACE_FAULT_SEGV;
	if (result & VM_FAULT_OOM)
		return TRACE_FAULT_OOM;
	if (result & VM_FAULT_ERROR)
		return TRACE_FAULT_BUS;
	return result & VM_FAULT_LOCKED ? TRACE_FAULT_BLOCK : TRACE_FAULT_PAGES;
}

/* What show_type() and its like say in numbers. */
static_assert(PHYSVM_AREA_REGION == 8 && PHYSVM_AREA_PAGED == 5);
static_assert(PHYSVM_CACHE_UC == 3 && PHYSVM_POOL_HIDDEN == 1);
static_assert(PHYSVM_ANSWER_COPY == 1 && PHYSVM_ANSWER_EVICT == 5);
static_assert(UPCALL_DONE == 1 && UPCALL_INTERRUPTED == 4);
