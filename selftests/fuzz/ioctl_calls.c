// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of the device, and what must be true after each.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ioctl_calls.h"
#include "oracle.h"

#define FRAME_SIZE 8192
#define LOOK_PAGES 64

static bool is_device(const struct machine *machine, int fd)
{
	struct stat ours, theirs;

	return !fstat(machine->device, &ours) && !fstat(fd, &theirs) &&
	       ours.st_rdev == theirs.st_rdev && S_ISCHR(theirs.st_mode);
}

bool is_pager(int fd)
{
	static const char pager[] = "anon_inode:[physvm-pager]";
	char path[64], name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof(name) - 1) > 0 && !strcmp(name, pager);
}

bool is_region(int fd)
{
	struct physvm_region_stat stat = { .size = sizeof(stat) };

	return !ioctl(fd, PHYSVM_REGION_STAT, &stat);
}

/* Is that a descriptor for such a call? */
static bool understands(const struct machine *machine, int fd, unsigned long cmd)
{
	switch (cmd) {
	case PHYSVM_SERVE:
		return is_pager(fd);
	case PHYSVM_REGION_ALLOC:
	case PHYSVM_REGION_FREE:
	case PHYSVM_REGION_STAT:
		return is_region(fd);
	default:
		return is_device(machine, fd);
	}
}

/* Another thread may have had something else there when the call was made. */
static bool was_another(const struct machine *machine, long result)
{
	return machine->racing && (result == -EBADF || result == -ENOTTY);
}

static long armed_ioctl(int fd, unsigned long cmd, void *arg)
{
	long result;

	fail_arm();
	result = result_of(ioctl(fd, cmd, arg));
	fail_disarm();
	return result;
}

/* The struct lies in a frame of good memory, or where the program wants it. */
long device_call(struct machine *machine, const uint64_t *args, unsigned long cmd,
		 void *data, size_t size)
{
	static __thread char frame[FRAME_SIZE];
	const uint64_t at = args[AT] ?: (uintptr_t)frame;
	const bool injected = fail_nth;
	long result;

	memset(frame, args[TAIL] ? 0xa5 : 0, sizeof(frame));
	*(uint32_t *)data = size + args[EXTRA];
	guarded_copy(at, (uintptr_t)data, size);
	result = armed_ioctl(args[DEV], cmd, (void *)at);
	if (!(injected && result == -ENOMEM) && !was_another(machine, result) &&
	    understands(machine, args[DEV], cmd))
		oracle_error(machine, cmd, result);
	guarded_copy((uintptr_t)data, at, size);
	return result;
}

/* Can the results be believed, and is nobody else changing things? */
bool settled(const struct machine *machine, const uint64_t *args)
{
	return !args[AT] && !machine->racing;
}

long call_info(struct machine *machine, const uint64_t *args)
{
	struct physvm_info info = { .__reserved = args[REST] };

	return device_call(machine, args, PHYSVM_INFO, &info, sizeof(info));
}

long call_pool_stat(struct machine *machine, const uint64_t *args)
{
	struct physvm_pool_stat stat = { .pool = args[REST] };
	const long result = device_call(machine, args, PHYSVM_POOL_STAT, &stat, sizeof(stat));

	if (!result && !args[AT] &&
	    stat.out_total_pages !=
		    stat.out_free_pages + stat.out_used_pages + stat.out_quarantined_pages)
		complain(machine, "pool_stat: the pages do not add up");
	return result;
}

long call_pool_range(struct machine *machine, const uint64_t *args)
{
	struct physvm_pool_range range = { .pool = args[REST], .from = args[REST + 1] };
	const long result = device_call(machine, args, PHYSVM_POOL_RANGE, &range, sizeof(range));

	if (!result && !args[AT] && range.out_phys + range.out_length <= args[REST + 1])
		complain(machine, "pool_range: a range below %#lx", args[REST + 1]);
	return result;
}

/* Alloc. */

enum { FLAGS = REST, LENGTH, PHYS, VIRT, PROT, MAX, CACHE, OUT, FD, LOOK, PAGER, CLAIM };

/* What devices show is not zero. */
static bool is_zeroed(uint32_t flags)
{
	return flags & PHYSVM_ALLOC_COMMIT && !(flags & PHYSVM_ALLOC_DEVICE);
}

static void take_area(struct machine *machine, const uint64_t *args,
		      const struct physvm_alloc *got)
{
	struct region *region = &machine->regions[args[OUT]];

	region->phys = got->out_phys;
	if (args[FLAGS] & PHYSVM_ALLOC_MAP) {
		region->addr = got->out_addr;
		region->length = args[LENGTH];
	}
	if (args[FLAGS] & PHYSVM_ALLOC_FD)
		machine->fds[args[FD]] = got->out_fd;
}

static void look_at_area(struct machine *machine, const uint64_t *args,
			 const struct physvm_alloc *asked, const struct physvm_alloc *got)
{
	oracle_alloc(machine, asked, got);
	if (args[LOOK] && asked->prot & PHYSVM_PROT_READ && is_zeroed(asked->flags))
		oracle_zero(machine, got->out_addr, asked->length);
}

static void look_at_failure(struct machine *machine, uint64_t used, long result)
{
	const struct physvm_pool_stat stat = oracle_stat(machine->device);

	if (!machine->racing && stat.out_used_pages > used)
		complain(machine, "alloc failed (%ld) and took %llu pages", result,
			 stat.out_used_pages - used);
}

long call_alloc(struct machine *machine, const uint64_t *args)
{
	const struct physvm_alloc asked = {
		.flags = args[FLAGS],
		.length = args[LENGTH],
		.phys_addr = args[PHYS],
		.virt_addr = args[VIRT],
		.prot = args[PROT],
		.max_prot = args[MAX],
		.cache = args[CACHE],
		.claim_fd = args[FLAGS] & PHYSVM_ALLOC_DEVICE ? args[CLAIM] : 0,
		.source_fd = args[FLAGS] & PHYSVM_ALLOC_PAGED ? args[PAGER] : 0,
		.cookie = args[FLAGS] & PHYSVM_ALLOC_PAGED ? COOKIE : 0,
	};
	const uint64_t used = oracle_stat(machine->device).out_used_pages;
	struct physvm_alloc got = asked;
	const long result = device_call(machine, args, PHYSVM_ALLOC, &got, sizeof(got));

	if (result) {
		look_at_failure(machine, used, result);
	} else {
		take_area(machine, args, &got);
		if (!args[AT])
			look_at_area(machine, args, &asked, &got);
	}
	return result;
}

/* Alloc out of a file: segments of a step each, with some bytes between them. */

#define MAX_SEGMENTS 1100

static void make_segments(struct physvm_segment *segments, uint64_t step)
{
	unsigned int i;

	for (i = 0; i < MAX_SEGMENTS; i++)
		segments[i] = (struct physvm_segment){ i * step + 5, step - 9, i * step / 2 + 7 };
}

long call_alloc_file(struct machine *machine, const uint64_t *args)
{
	enum { SOURCE = LENGTH + 1, SEGMENTS, STEP, FILE_PROT, FILE_MAX, FILE_OUT, FILE_FD };
	static __thread struct physvm_segment segments[MAX_SEGMENTS];
	const struct physvm_alloc asked = {
		.flags = args[FLAGS],
		.length = args[LENGTH],
		.prot = args[FILE_PROT],
		.max_prot = args[FILE_MAX],
		.source_fd = args[SOURCE],
		.segments = args[SEGMENTS] ? (uintptr_t)segments : 0,
		.nr_segments = args[SEGMENTS],
	};
	const uint64_t used = oracle_stat(machine->device).out_used_pages;
	struct region *region = &machine->regions[args[FILE_OUT]];
	struct physvm_alloc got = asked;
	long result;

	make_segments(segments, args[STEP]);
	result = device_call(machine, args, PHYSVM_ALLOC, &got, sizeof(got));
	if (result) {
		look_at_failure(machine, used, result);
		return result;
	}
	if (args[FLAGS] & PHYSVM_ALLOC_MAP)
		*region = (struct region){ got.out_addr, args[LENGTH], got.out_phys };
	if (args[FLAGS] & PHYSVM_ALLOC_FD)
		machine->fds[args[FILE_FD]] = got.out_fd;
	if (!args[AT])
		oracle_alloc(machine, &asked, &got);
	return 0;
}

/* Ranges. */

enum { ADDR = REST + 1, RANGE_LENGTH, RANGE_LOOK };

static long range_call(struct machine *machine, const uint64_t *args, unsigned long cmd)
{
	struct physvm_commit range = {
		.flags = args[FLAGS],
		.addr = args[ADDR],
		.length = args[RANGE_LENGTH],
	};

	return device_call(machine, args, cmd, &range, sizeof(range));
}

/* Which of the first pages are reserved: the ones that must be zero next. */
static uint64_t reserved_pages(struct machine *machine, const uint64_t *args)
{
	struct physvm_query query;
	uint64_t reserved = 0, i;

	for (i = 0; i < LOOK_PAGES && i < args[RANGE_LENGTH] / PAGE; i++)
		if (!oracle_query(machine, args[ADDR] + i * PAGE, &query) &&
		    query.out_state == PHYSVM_PAGE_RESERVED &&
		    query.out_type != PHYSVM_AREA_DEVICE && query.out_prot & PHYSVM_PROT_READ)
			reserved |= 1ull << i;
	return reserved;
}

static void look_at_committed(struct machine *machine, uint64_t addr, uint64_t pages)
{
	unsigned int i;

	for (i = 0; i < LOOK_PAGES; i++)
		if (pages & 1ull << i)
			oracle_zero(machine, addr + i * PAGE, PAGE);
}

/* Two addresses may be one page, so a page may be committed without being new. */
long call_commit(struct machine *machine, const uint64_t *args)
{
	const bool look = args[RANGE_LOOK] && settled(machine, args);
	const uint64_t reserved = look ? reserved_pages(machine, args) : 0;
	const long result = range_call(machine, args, PHYSVM_COMMIT);

	if (!result && settled(machine, args)) {
		oracle_state(machine, args[ADDR], args[RANGE_LENGTH], PHYSVM_PAGE_COMMITTED);
		look_at_committed(machine, args[ADDR], reserved);
	}
	return result;
}

long call_decommit(struct machine *machine, const uint64_t *args)
{
	const long result = range_call(machine, args, PHYSVM_DECOMMIT);

	if (!result && settled(machine, args)) {
		oracle_state(machine, args[ADDR], args[RANGE_LENGTH], PHYSVM_PAGE_RESERVED);
		if (args[RANGE_LOOK])
			oracle_touch(machine, args[ADDR], false);
	}
	return result;
}

long call_protect_check(struct machine *machine, const uint64_t *args)
{
	return range_call(machine, args, PHYSVM_PROTECT_CHECK);
}

long call_unmap(struct machine *machine, const uint64_t *args)
{
	const long result = range_call(machine, args, PHYSVM_UNMAP);

	if (!result && settled(machine, args))
		oracle_gone(machine, args[ADDR]);
	return result;
}

long call_query(struct machine *machine, const uint64_t *args)
{
	struct physvm_query query = { .flags = args[REST], .addr = args[REST + 1] };

	return device_call(machine, args, PHYSVM_QUERY, &query, sizeof(query));
}

/* What is shown twice is one area's, which oracle_mappings() looks at. */
long call_export(struct machine *machine, const uint64_t *args)
{
	enum { START = REST + 1, OFFSET, EXPORT_LENGTH, FROM, EXPORT_MAX, EXPORT_OUT };
	const bool by_fd = args[FLAGS] & PHYSVM_EXPORT_FD;
	struct physvm_export export = {
		.flags = args[FLAGS],
		.start = by_fd ? args[OFFSET] : args[START],
		.length = args[EXPORT_LENGTH],
		.fd = by_fd ? args[FROM] : 0,
		.max_prot = args[EXPORT_MAX],
	};
	const long result = device_call(machine, args, PHYSVM_EXPORT, &export, sizeof(export));
	struct stat stat;

	if (result)
		return result;
	machine->fds[args[EXPORT_OUT]] = export.out_fd;
	if (settled(machine, args) &&
	    (fstat(export.out_fd, &stat) || (uint64_t)stat.st_size != args[EXPORT_LENGTH]))
		complain(machine, "export: the file is not %lu long", args[EXPORT_LENGTH]);
	return result;
}

/* With an argument that is not even a struct's address. */
long call_raw_ioctl(struct machine *machine, const uint64_t *args)
{
	if (args[1] == PHYSVM_REGION)
		machine->has_region = true;
	return armed_ioctl(args[0], args[1], (void *)args[2]);
}

/* The next call that can be armed has its nth chance to fail in the kernel fail. */
long call_fail(struct machine *machine, const uint64_t *args)
{
	fail_nth = args[0];
	return 0;
}
