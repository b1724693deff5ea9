// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls about regions, and what must be true after each.
 */
#include <string.h>
#include <sys/ioctl.h>

#include "ioctl_calls.h"
#include "oracle.h"

#define PAGE_STATE 7
#define LOOK_PAGES 64

enum { FLAGS = REST };

/* As it is now; all zeros if @fd is no region's. */
static struct physvm_region_stat look_at(int fd, uint64_t addr)
{
	struct physvm_region_stat stat = { .size = sizeof(stat), .addr = addr };

	if (ioctl(fd, PHYSVM_REGION_STAT, &stat))
		memset(&stat, 0, sizeof(stat));
	return stat;
}

static void check_stat(struct machine *machine, const struct physvm_region_stat *stat)
{
	const uint64_t pages = stat->out_length / PAGE;

	if (!stat->out_length)
		return;
	if (stat->out_page_state != PAGE_STATE || stat->out_base & (PAGE - 1) ||
	    stat->out_bitmap_pages >= pages || stat->out_search_start > pages ||
	    stat->out_allocated_pages > pages - stat->out_bitmap_pages)
		complain(machine, "region at %#llx: %llu pages of %lu, search from %llu",
			 stat->out_base, stat->out_allocated_pages, pages,
			 stat->out_search_start);
}

/* Pages allocated, after a call that allocates or frees so many. */
static void check_count(struct machine *machine, int fd, uint64_t count)
{
	const struct physvm_region_stat stat = look_at(fd, 0);

	check_stat(machine, &stat);
	if (stat.out_length && stat.out_allocated_pages != count)
		complain(machine, "region at %#llx: %llu pages allocated, not %lu", stat.out_base,
			 stat.out_allocated_pages, count);
}

/* A new region. */

static bool as_asked(const struct physvm_region *asked, const struct physvm_region *got,
		     const struct physvm_region_stat *stat)
{
	return (!asked->base || got->out_base == asked->base) &&
	       stat->out_base == got->out_base && stat->out_length == asked->length &&
	       stat->out_guard_pages == asked->guard_pages &&
	       stat->out_align_log2 == asked->align_log2 && !stat->out_allocated_pages &&
	       stat->out_bitmap_pages == got->out_bitmap_pages &&
	       !(stat->out_base & ((1ull << asked->align_log2) - 1));
}

static void take_region(struct machine *machine, const uint64_t *args,
			const struct physvm_region *asked, const struct physvm_region *got)
{
	enum { OUT = FLAGS + 5, FD };
	const struct physvm_region_stat stat = look_at(got->out_fd, 0);

	machine->regions[args[OUT]] = (struct region){ got->out_base, asked->length, 0 };
	machine->fds[args[FD]] = got->out_fd;
	if (!settled(machine, args))
		return;
	check_stat(machine, &stat);
	if (!as_asked(asked, got, &stat))
		complain(machine, "region at %#llx: not what was asked for", got->out_base);
}

long call_region(struct machine *machine, const uint64_t *args)
{
	const struct physvm_region asked = {
		.flags = args[FLAGS],
		.base = args[FLAGS + 1],
		.length = args[FLAGS + 2],
		.guard_pages = args[FLAGS + 3],
		.align_log2 = args[FLAGS + 4],
		.page_state = PAGE_STATE,
	};
	struct physvm_region got = asked;
	long result;

	machine->has_region = true;
	result = device_call(machine, args, PHYSVM_REGION, &got, sizeof(got));
	if (!result)
		take_region(machine, args, &asked, &got);
	return result;
}

/* Its pages. */

static bool inside(const struct physvm_region_stat *stat, uint64_t addr, uint64_t pages)
{
	const uint64_t first = stat->out_base + stat->out_bitmap_pages * PAGE;
	const uint64_t end = stat->out_base + stat->out_length;

	return !(addr & (PAGE - 1)) && addr >= first && addr < end &&
	       pages <= (end - addr) / PAGE;
}

static void look_at_pages(struct machine *machine, int fd, uint64_t addr, uint64_t pages)
{
	const uint64_t last = addr + (pages - 1) * PAGE;
	const struct physvm_region_stat stat = look_at(fd, last);

	if (stat.out_length && !inside(&stat, addr, pages))
		complain(machine, "region at %#llx: %lu pages at %#lx are not in it",
			 stat.out_base, pages, addr);
	else if (!stat.out_allocated)
		complain(machine, "%#lx: is said not to be allocated", last);
}

long call_region_alloc(struct machine *machine, const uint64_t *args)
{
	enum { PAGES = FLAGS + 1, ADDR, OUT, LOOK };
	const uint64_t before = look_at(args[DEV], 0).out_allocated_pages;
	const uint64_t pages = args[PAGES];
	struct physvm_region_alloc alloc = {
		.flags = args[FLAGS],
		.pages = pages,
		.addr = args[FLAGS] & PHYSVM_REGION_AT ? args[ADDR] : 0,
	};
	const long result = device_call(machine, args, PHYSVM_REGION_ALLOC, &alloc, sizeof(alloc));

	if (!machine->racing)
		check_count(machine, args[DEV], before + (result ? 0 : pages));
	if (result)
		return result;
	machine->regions[args[OUT]] = (struct region){ alloc.out_addr, pages * PAGE, 0 };
	if (settled(machine, args)) {
		look_at_pages(machine, args[DEV], alloc.out_addr, pages);
		if (args[LOOK])
			oracle_zero(machine, alloc.out_addr,
				    (pages < LOOK_PAGES ? pages : LOOK_PAGES) * PAGE);
	}
	return 0;
}

static void look_at_freed(struct machine *machine, const uint64_t *args, uint64_t freed,
			  uint64_t before)
{
	enum { ADDR = FLAGS + 1, PAGES };
	const bool all = args[FLAGS] & PHYSVM_REGION_FREE_ALL;

	if (freed != (all ? before : args[PAGES]))
		complain(machine, "region_free: %lu of %lu pages freed", freed, before);
	if (!all && look_at(args[DEV], args[ADDR]).out_allocated)
		complain(machine, "%#lx: freed, and is said to be allocated", args[ADDR]);
}

long call_region_free(struct machine *machine, const uint64_t *args)
{
	enum { ADDR = FLAGS + 1, PAGES };
	const bool all = args[FLAGS] & PHYSVM_REGION_FREE_ALL;
	const uint64_t before = look_at(args[DEV], 0).out_allocated_pages;
	struct physvm_region_free free = {
		.flags = args[FLAGS],
		.addr = all ? 0 : args[ADDR],
		.pages = all ? 0 : args[PAGES],
	};
	const long result = device_call(machine, args, PHYSVM_REGION_FREE, &free, sizeof(free));

	if (result && !machine->racing)
		check_count(machine, args[DEV], before);
	if (!result && settled(machine, args)) {
		check_count(machine, args[DEV], before - free.out_freed);
		look_at_freed(machine, args, free.out_freed, before);
	}
	return result;
}

long call_region_stat(struct machine *machine, const uint64_t *args)
{
	struct physvm_region_stat stat = { .flags = args[FLAGS], .addr = args[FLAGS + 1] };
	const long result = device_call(machine, args, PHYSVM_REGION_STAT, &stat, sizeof(stat));

	if (!result && settled(machine, args))
		check_stat(machine, &stat);
	return result;
}
