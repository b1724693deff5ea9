/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints at the module's borders. Nobody looks: a tracepoint is an instruction
 * that does nothing.
 *
 * No event has a physical address or one of the kernel: who reads a trace is up to the
 * modes of tracefs and to CAP_PERFMON, and neither is asked by us.
 *
 * The structs are only named here, so that every layer can include this file; what is
 * read of them is compiled in trace.c alone.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM physvm

#if !defined(PHYSVM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PHYSVM_TRACE_H

#include <linux/tracepoint.h>

#include "../uapi/physvm.h"

struct physvm_answer;
struct physvm_area;
struct physvm_block;
struct physvm_name;
struct physvm_pool;
struct physvm_run;
struct physvm_want;
struct region_state;
struct upcall;
struct vm_fault;

#ifndef PHYSVM_TRACE_VALUES
#define PHYSVM_TRACE_VALUES

/* What a fault came to: numbers, so that those who parse formats see some. */
#define TRACE_FAULT_PAGES 0	/* put in by us */
#define TRACE_FAULT_BLOCK 1	/* given to the core, which maps it */
#define TRACE_FAULT_SEGV 2
#define TRACE_FAULT_BUS 3
#define TRACE_FAULT_RETRY 4	/* something was waited for */
#define TRACE_FAULT_OOM 5

#define show_fault(result) \
	__print_symbolic(result, { TRACE_FAULT_PAGES, "pages" }, \
			 { TRACE_FAULT_BLOCK, "block" }, { TRACE_FAULT_SEGV, "SIGSEGV" }, \
			 { TRACE_FAULT_BUS, "SIGBUS" }, { TRACE_FAULT_RETRY, "retry" }, \
			 { TRACE_FAULT_OOM, "OOM" })

/* The values of enums of <linux/physvm.h> and of enum upcall_end: trace.c makes sure. */
#define show_type(type) \
	__print_symbolic(type, { 0, "normal" }, { 1, "noreserve" }, { 2, "hidden" }, \
			 { 3, "device" }, { 4, "reservation" }, { 5, "paged" }, \
			 { 6, "file" }, { 7, "image" }, { 8, "region" })
#define show_cache(cache) \
	__print_symbolic(cache, { 0, "WB" }, { 1, "WT" }, { 2, "WC" }, { 3, "UC" })
#define show_pool(pool) \
	__print_symbolic(pool, { 0, "RAM" }, { 1, "hidden" })
#define show_action(action) \
	__print_symbolic(action, { 1, "copy" }, { 2, "zero" }, { 3, "move" }, \
			 { 4, "fail" }, { 5, "evict" })
#define show_verdict(verdict) \
	__print_symbolic(verdict, { 1, "done" }, { 2, "SIGSEGV" }, { 3, "SIGBUS" }, \
			 { 4, "interrupted" })

#endif

DECLARE_EVENT_CLASS(physvm_area,
	TP_PROTO(const struct physvm_area *area),
	TP_ARGS(area),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(u64, pages)
		__field(u32, type)
		__field(u32, cache)
		__field(u32, alloc_flags)
		__array(char, label, PHYSVM_LABEL_SIZE)
	),
	TP_fast_assign(
		__entry->area_id = area->inode->i_ino;
		__entry->pages = area->pages;
		__entry->type = area->type;
		__entry->cache = area->cache;
		__entry->alloc_flags = area->alloc_flags;
		memcpy(__entry->label, area->label, PHYSVM_LABEL_SIZE);
	),
	TP_printk("area=%llu type=%s pages=%llu cache=%s flags=%#x label=%s",
		  __entry->area_id, show_type(__entry->type), __entry->pages,
		  show_cache(__entry->cache), __entry->alloc_flags, __entry->label)
);

DEFINE_EVENT(physvm_area, physvm_area_create,
	     TP_PROTO(const struct physvm_area *area),
	     TP_ARGS(area));

DEFINE_EVENT(physvm_area, physvm_area_free,
	     TP_PROTO(const struct physvm_area *area),
	     TP_ARGS(area));

TRACE_EVENT(physvm_fault,
	TP_PROTO(u64 area_id, u32 type, unsigned long page, const struct vm_fault *fault,
		 vm_fault_t result),
	TP_ARGS(area_id, type, page, fault, result),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(s64, page)
		__field(u64, addr)
		__field(u32, type)
		__field(u8, write)
		__field(u8, result)
	),
	TP_fast_assign(
		__entry->area_id = area_id;
		__entry->page = page;
		__entry->addr = fault->address & PAGE_MASK;
		__entry->type = type;
		__entry->write = !!(fault->flags & FAULT_FLAG_WRITE);
		__entry->result = fault_result(result);
	),
	TP_printk("area=%llu type=%s page=%lld addr=%#llx write=%d result=%s",
		  __entry->area_id, show_type(__entry->type), __entry->page,
		  __entry->addr, __entry->write, show_fault(__entry->result))
);

TRACE_EVENT(physvm_upcall_ask,
	TP_PROTO(const struct upcall *upcall, bool leads),
	TP_ARGS(upcall, leads),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(u64, cookie)
		__field(u64, page)
		__field(u64, addr)
		__field(u8, write)
		__field(u8, leads)
	),
	TP_fast_assign(
		__entry->area_id = upcall->area_id;
		__entry->cookie = upcall->cookie;
		__entry->page = upcall->page;
		__entry->addr = upcall->addr;
		__entry->write = upcall->write;
		__entry->leads = leads;
	),
	TP_printk("area=%llu cookie=%#llx page=%llu addr=%#llx write=%d leads=%d",
		  __entry->area_id, __entry->cookie, __entry->page, __entry->addr,
		  __entry->write, __entry->leads)
);

TRACE_EVENT(physvm_upcall_answer,
	TP_PROTO(const struct physvm_answer *answer, int error),
	TP_ARGS(answer, error),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(u64, page)
		__field(u64, pages)
		__field(u32, action)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->area_id = answer->area_id;
		__entry->page = answer->offset >> PAGE_SHIFT;
		__entry->pages = answer->length >> PAGE_SHIFT;
		__entry->action = answer->action;
		__entry->error = error;
	),
	TP_printk("area=%llu page=%llu pages=%llu action=%s error=%d",
		  __entry->area_id, __entry->page, __entry->pages,
		  show_action(__entry->action), __entry->error)
);

TRACE_EVENT(physvm_upcall_verdict,
	TP_PROTO(const struct upcall *upcall),
	TP_ARGS(upcall),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(u64, page)
		__field(u8, verdict)
	),
	TP_fast_assign(
		__entry->area_id = upcall->area_id;
		__entry->page = upcall->page;
		__entry->verdict = upcall->end;
	),
	TP_printk("area=%llu page=%llu verdict=%s", __entry->area_id, __entry->page,
		  show_verdict(__entry->verdict))
);

TRACE_EVENT(physvm_pool_take,
	TP_PROTO(const struct physvm_pool *pool, const struct physvm_want *want, int runs),
	TP_ARGS(pool, want, runs),
	TP_STRUCT__entry(
		__field(u64, pages)
		__field(u32, pool)
		__field(u32, cache)
		__field(u8, contig)
		__field(u8, placed)
		__field(int, runs)
	),
	TP_fast_assign(
		__entry->pages = want->pages;
		__entry->pool = pool_kind(pool);
		__entry->cache = want->cache;
		__entry->contig = want->contig;
		__entry->placed = want->at_pfn;
		__entry->runs = runs;
	),
	TP_printk("pool=%s pages=%llu cache=%s contig=%d placed=%d runs=%d",
		  show_pool(__entry->pool), __entry->pages, show_cache(__entry->cache),
		  __entry->contig, __entry->placed, __entry->runs)
);

TRACE_EVENT(physvm_pool_give,
	TP_PROTO(const struct physvm_pool *pool, const struct physvm_run *run, bool held),
	TP_ARGS(pool, run, held),
	TP_STRUCT__entry(
		__field(u64, pages)
		__field(u32, pool)
		__field(u8, held)
	),
	TP_fast_assign(
		__entry->pages = run->count;
		__entry->pool = pool_kind(pool);
		__entry->held = held;
	),
	TP_printk("pool=%s pages=%llu held=%d", show_pool(__entry->pool), __entry->pages,
		  __entry->held)
);

TRACE_EVENT(physvm_pool_release,
	TP_PROTO(const struct physvm_pool *pool, const struct physvm_run *run),
	TP_ARGS(pool, run),
	TP_STRUCT__entry(
		__field(u64, pages)
		__field(u32, pool)
	),
	TP_fast_assign(
		__entry->pages = run->count;
		__entry->pool = pool_kind(pool);
	),
	TP_printk("pool=%s pages=%llu", show_pool(__entry->pool), __entry->pages)
);

TRACE_EVENT(physvm_zero,
	TP_PROTO(const struct physvm_block *block, unsigned long pages),
	TP_ARGS(block, pages),
	TP_STRUCT__entry(
		__field(u64, pages)
		__field(u32, pool)
	),
	TP_fast_assign(
		__entry->pages = pages;
		__entry->pool = block->folio ? PHYSVM_POOL_RAM : PHYSVM_POOL_HIDDEN;
	),
	TP_printk("pool=%s pages=%llu", show_pool(__entry->pool), __entry->pages)
);

DECLARE_EVENT_CLASS(physvm_region,
	TP_PROTO(const struct region_state *region, u64 addr, u64 pages, int error),
	TP_ARGS(region, addr, pages, error),
	TP_STRUCT__entry(
		__field(u64, area_id)
		__field(u64, addr)
		__field(u64, pages)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->area_id = region->area->inode->i_ino;
		__entry->addr = addr;
		__entry->pages = pages;
		__entry->error = error;
	),
	TP_printk("area=%llu addr=%#llx pages=%llu error=%d", __entry->area_id,
		  __entry->addr, __entry->pages, __entry->error)
);

DEFINE_EVENT(physvm_region, physvm_region_alloc,
	     TP_PROTO(const struct region_state *region, u64 addr, u64 pages, int error),
	     TP_ARGS(region, addr, pages, error));

DEFINE_EVENT(physvm_region, physvm_region_free,
	     TP_PROTO(const struct region_state *region, u64 addr, u64 pages, int error),
	     TP_ARGS(region, addr, pages, error));

DECLARE_EVENT_CLASS(physvm_name,
	TP_PROTO(const struct physvm_name *name),
	TP_ARGS(name),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, area_id)
		__field(u32, uid)
		__field(u32, mode)
		__dynamic_array(char, text, strnlen(name->text, PHYSVM_NAME_SIZE - 1) + 1)
	),
	TP_fast_assign(
		__entry->id = name->id;
		__entry->area_id = file_area(name->file)->inode->i_ino;
		__entry->uid = from_kuid(&init_user_ns, name->uid);
		__entry->mode = name->mode;
		memcpy(__get_dynamic_array(text), name->text, __get_dynamic_array_len(text));
	),
	TP_printk("id=%llu area=%llu uid=%u mode=%#o name=%s", __entry->id,
		  __entry->area_id, __entry->uid, __entry->mode, __get_str(text))
);

DEFINE_EVENT(physvm_name, physvm_name_add,
	     TP_PROTO(const struct physvm_name *name),
	     TP_ARGS(name));

DEFINE_EVENT(physvm_name, physvm_name_remove,
	     TP_PROTO(const struct physvm_name *name),
	     TP_ARGS(name));

#endif

/* Kbuild says where to look for it. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
