// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "oracle.h"

#define MAX_MAPPINGS 256
#define MAX_EXTENTS 1024
#define MAX_LOOKS 4096

struct physvm_pool_stat oracle_stat_of(int device, uint32_t pool)
{
	struct physvm_pool_stat stat = { .size = sizeof(stat), .pool = pool };

	if (ioctl(device, PHYSVM_POOL_STAT, &stat))
		memset(&stat, 0, sizeof(stat));
	return stat;
}

struct physvm_pool_stat oracle_stat(int device)
{
	return oracle_stat_of(device, PHYSVM_POOL_RAM);
}

/* An errno, 0 for success. */
int oracle_query(struct machine *machine, uint64_t addr, struct physvm_query *query)
{
	*query = (struct physvm_query){ .size = sizeof(*query), .addr = addr };
	return ioctl(machine->device, PHYSVM_QUERY, query) ? errno : 0;
}

/* 0 where there is none. */
uint64_t oracle_area_at(struct machine *machine, uint64_t addr)
{
	struct physvm_query query;

	return oracle_query(machine, addr, &query) ? 0 : query.out_area_id;
}

/* Errors: what the header says, nothing else. */

#define EVERYWHERE EINVAL, E2BIG, EOPNOTSUPP, EFAULT

static const struct {
	unsigned long cmd;
	int errors[16];
} documented[] = {
	{ PHYSVM_INFO, { EVERYWHERE } },
	{ PHYSVM_POOL_STAT, { EVERYWHERE } },
	{ PHYSVM_POOL_RANGE, { EVERYWHERE, ENOENT } },
	{ PHYSVM_ALLOC, { EVERYWHERE, ENOMEM, EDQUOT, ENXIO, EBUSY, EEXIST, EBADF, EACCES, EPERM,
			  EMFILE, ENFILE, ESHUTDOWN } },
	{ PHYSVM_COMMIT, { EVERYWHERE, ENOENT, EACCES, ENOMEM, EDQUOT } },
	{ PHYSVM_DECOMMIT, { EVERYWHERE, ENOENT, EACCES } },
	{ PHYSVM_PROTECT_CHECK, { EVERYWHERE, ENOENT, EACCES, EPERM } },
	{ PHYSVM_UNMAP, { EVERYWHERE, ENOENT, EACCES, ENOMEM } },
	{ PHYSVM_QUERY, { EVERYWHERE, ENOENT } },
	{ PHYSVM_EXPORT, { EVERYWHERE, ENOENT, EACCES, EBADF, ENXIO, EMFILE, ENFILE, ENOMEM } },
	{ PHYSVM_CLAIM, { EVERYWHERE, EPERM, ENXIO, EBUSY, EEXIST, ENOMEM, EMFILE, ENFILE } },
	{ PHYSVM_NAME_ADD,
	  { EVERYWHERE, EILSEQ, ENOENT, EACCES, EBADF, ENXIO, EEXIST, ENOSPC, ENFILE, ENOMEM } },
	{ PHYSVM_NAME_OPEN,
	  { EVERYWHERE, EILSEQ, ENOENT, EACCES, EBUSY, EMFILE, ENFILE, ENOMEM } },
	{ PHYSVM_NAME_REMOVE, { EVERYWHERE, EILSEQ, ENOENT, EACCES, EBADF, EPERM, ENOMEM } },
	{ PHYSVM_NAME_NEXT, { EVERYWHERE, ENOENT } },
	{ PHYSVM_MAP, { EVERYWHERE, EBADF, ENXIO, EACCES, EPERM, EEXIST, ENOMEM } },
	{ PHYSVM_RESERVE, { EVERYWHERE, EEXIST, EPERM, ENOMEM, EDQUOT, ENFILE } },
	{ PHYSVM_REGION, { EVERYWHERE, EEXIST, ENOMEM, EDQUOT, EPERM, EMFILE, ENFILE } },
	{ PHYSVM_REGION_ALLOC, { EVERYWHERE, ENOSPC, ENOMEM, EDQUOT, EEXIST, EBADFD } },
	{ PHYSVM_REGION_FREE, { EVERYWHERE, ENOENT } },
	{ PHYSVM_REGION_STAT, { EVERYWHERE } },
	{ PHYSVM_PAGER, { EVERYWHERE, ENOMEM, EMFILE, ENFILE } },
	{ PHYSVM_SERVE, { EVERYWHERE, ENOMEM, ESHUTDOWN, EINTR } },
};

static bool error_documented(unsigned long cmd, int error)
{
	unsigned int i, j;

	for (i = 0; i < sizeof(documented) / sizeof(documented[0]); i++)
		for (j = 0; documented[i].cmd == cmd && documented[i].errors[j]; j++)
			if (documented[i].errors[j] == error)
				return true;
	return false;
}

void oracle_error(struct machine *machine, unsigned long cmd, long result)
{
	if (result < 0 && !error_documented(cmd, -result))
		complain(machine, "ioctl %lu: undocumented error %ld (%s)", cmd & 0xff, -result,
			 strerror(-result));
	if (result > 0)
		complain(machine, "ioctl %lu returned %ld", cmd & 0xff, result);
}

/* Contents. */

static bool word_wrong(struct machine *machine, uint64_t addr, uint64_t word)
{
	if (tag_foreign(word, machine->tag))
		complain(machine, "%#lx at %#lx is another program's", word, addr);
	else if (!machine->racing)
		complain(machine, "%#lx at %#lx, where it should be zero", word, addr);
	return machine->report->complaint[0];
}

/* A page at a time: guarding every word would take most of the fuzzer's time. */
static bool page_wrong(struct machine *machine, uint64_t addr)
{
	static __thread uint64_t words[PAGE / sizeof(uint64_t)];
	unsigned int i;

	if (guarded_copy((uintptr_t)words, addr, PAGE))
		return false;
	for (i = 0; i < PAGE / sizeof(uint64_t); i++)
		if (words[i] && word_wrong(machine, addr + i * sizeof(uint64_t), words[i]))
			return true;
	return false;
}

/* In memory nobody has written to so far. */
void oracle_zero(struct machine *machine, uint64_t addr, uint64_t length)
{
	const uint64_t end = addr + length;

	while (addr < end && !page_wrong(machine, addr))
		addr += PAGE;
}

/* States. */

static void check_state(struct machine *machine, uint64_t addr, uint32_t state)
{
	struct physvm_query query;
	const int error = oracle_query(machine, addr, &query);

	if (error || query.out_state != state)
		complain(machine, "%#lx: state %u, error %d; expected state %u", addr,
			 query.out_state, error, state);
}

void oracle_state(struct machine *machine, uint64_t addr, uint64_t length, uint32_t state)
{
	if (machine->racing)
		return;
	check_state(machine, addr, state);
	check_state(machine, addr + (length / 2 & -PAGE), state);
	check_state(machine, addr + length - PAGE, state);
}

void oracle_gone(struct machine *machine, uint64_t addr)
{
	struct physvm_query query;

	if (!machine->racing && oracle_query(machine, addr, &query) != ENOENT)
		complain(machine, "%#lx is still there after unmap", addr);
}

/* New areas. */

/* Whoever may have address 0 gets it if it is that which is asked for. */
static bool mapped_as_asked(const struct physvm_alloc *asked, const struct physvm_alloc *got)
{
	if (asked->flags & PHYSVM_ALLOC_VIRT)
		return got->out_addr == asked->virt_addr;
	return !(asked->flags & PHYSVM_ALLOC_MAP) == !got->out_addr;
}

static bool placed_as_asked(const struct physvm_alloc *asked, const struct physvm_alloc *got)
{
	const uint32_t flags = asked->flags;

	return (!(flags & PHYSVM_ALLOC_PHYS) || got->out_phys == asked->phys_addr) &&
	       mapped_as_asked(asked, got) &&
	       !(flags & PHYSVM_ALLOC_FD) == (got->out_fd == -1);
}

static bool queried_as_asked(const struct physvm_alloc *asked, const struct physvm_alloc *got,
			     const struct physvm_query *query)
{
	const uint32_t one_run = PHYSVM_ALLOC_CONTIG | PHYSVM_ALLOC_PHYS;

	return query->out_region_addr == got->out_addr &&
	       query->out_region_length == asked->length &&
	       query->out_phys == got->out_phys && query->out_prot == asked->prot &&
	       query->out_max_prot == asked->max_prot && query->out_cache == asked->cache &&
	       query->out_alloc_flags == asked->flags &&
	       query->out_state == !!(asked->flags & PHYSVM_ALLOC_COMMIT) &&
	       (!(asked->flags & one_run) || query->out_run_length >= asked->length);
}

void oracle_alloc(struct machine *machine, const struct physvm_alloc *asked,
		  const struct physvm_alloc *got)
{
	struct physvm_query query;

	if (!placed_as_asked(asked, got))
		complain(machine, "alloc: addr %#llx, phys %#llx, fd %d are not as asked",
			 got->out_addr, got->out_phys, got->out_fd);
	if (machine->racing || !(asked->flags & PHYSVM_ALLOC_MAP))
		return;
	if (oracle_query(machine, got->out_addr, &query) ||
	    !queried_as_asked(asked, got, &query))
		complain(machine, "alloc at %#llx: query tells something else", got->out_addr);
}

/* Touches. */

/* The signal, 0 for none. */
int oracle_plain_touch(struct machine *machine, uint64_t addr, bool write)
{
	uint64_t word;
	int signal;

	signal = write ? guarded_write(addr, ++machine->tag) : guarded_read(addr, &word);
	if (!signal && !write && tag_foreign(word, machine->tag))
		complain(machine, "%#lx at %#lx is another program's", word, addr);
	return signal;
}

/* A page of it comes with the touch, if the file has one and the pool. */
static bool is_filled(const struct physvm_query *query)
{
	return query->out_type == PHYSVM_AREA_FILE || query->out_type == PHYSVM_AREA_IMAGE;
}

/*
 * A touch does what query says it would. False when there is nothing to touch,
 * which saves going on with the next page.
 */
bool oracle_touch(struct machine *machine, uint64_t addr, bool write)
{
	const uint32_t need = write ? PHYSVM_PROT_WRITE : PHYSVM_PROT_READ;
	struct physvm_query query;
	const int error = oracle_query(machine, addr, &query);
	const int signal = oracle_plain_touch(machine, addr, write);

	if (machine->racing || error)
		return !signal;
	if (query.out_state == PHYSVM_PAGE_RESERVED && is_filled(&query) &&
	    query.out_prot & need)
		return !signal || signal == SIGBUS;
	if (query.out_state == PHYSVM_PAGE_RESERVED && query.out_type == PHYSVM_AREA_PAGED)
		return !signal || signal == SIGBUS;
	if (query.out_state != PHYSVM_PAGE_COMMITTED && signal != SIGSEGV)
		complain(machine, "%#lx: state %u, and a touch gave signal %d", addr,
			 query.out_state, signal);
	if (query.out_state == PHYSVM_PAGE_COMMITTED && query.out_prot & need && signal)
		complain(machine, "%#lx: committed, protection %u, and a touch gave signal %d",
			 addr, query.out_prot, signal);
	return true;
}

/* Mappings: no page may be in two areas, and query agrees with the kernel. */

struct mapping {
	uint64_t start, end, offset, inode;
	uint32_t prot;
};

struct extent {
	uint64_t phys, length, inode, offset;
};

static bool parse_mapping(const char *line, struct mapping *mapping)
{
	char r, w, x;
	int n = 0;

	if (!strstr(line, "/physvm:") ||
	    sscanf(line, "%lx-%lx %c%c%c%*c %lx %*x:%*x %lu%n", &mapping->start, &mapping->end,
		   &r, &w, &x, &mapping->offset, &mapping->inode, &n) < 7)
		return false;
	mapping->prot = (r == 'r' ? PHYSVM_PROT_READ : 0) | (w == 'w' ? PHYSVM_PROT_WRITE : 0) |
			(x == 'x' ? PHYSVM_PROT_EXEC : 0);
	return true;
}

static unsigned int read_mappings(struct mapping *mappings, unsigned int max)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned int n = 0;

	while (maps && n < max && fgets(line, sizeof(line), maps))
		n += parse_mapping(line, &mappings[n]);
	if (maps)
		fclose(maps);
	return n;
}

/* An area without pages of its own has them where it is committed. */
static bool no_page(const struct physvm_query *query)
{
	return query->out_type == PHYSVM_AREA_RESERVATION ||
	       ((query->out_type == PHYSVM_AREA_NORESERVE ||
		 query->out_type == PHYSVM_AREA_PAGED || is_filled(query)) &&
		query->out_state == PHYSVM_PAGE_RESERVED);
}

static bool query_agrees(const struct mapping *mapping, uint64_t addr,
			 const struct physvm_query *query)
{
	const uint64_t region_end = query->out_region_addr + query->out_region_length;
	const bool guard = query->out_state == PHYSVM_PAGE_GUARD;

	if (query->out_prot != mapping->prot || query->out_prot & ~query->out_max_prot)
		return false;
	if (guard || no_page(query))
		return !query->out_phys && !query->out_run_length;
	return query->out_phys && query->out_run_length &&
	       addr >= query->out_region_addr && addr < region_end;
}

/* How far the same can be said as of @addr. */
static uint64_t extent_length(const struct mapping *mapping, uint64_t addr,
			      const struct physvm_query *query)
{
	const uint64_t left = mapping->end - addr;
	const uint64_t length = query->out_run_length ?: PAGE;

	if (query->out_type == PHYSVM_AREA_RESERVATION || length > left)
		return left;
	return length;
}

/* Two areas of a claim may show the same. */
static uint64_t only_page(const struct physvm_query *query)
{
	return query->out_type == PHYSVM_AREA_DEVICE ? 0 : query->out_phys;
}

static bool add_extent(struct machine *machine, const struct mapping *mapping, uint64_t addr,
		       struct extent *extent)
{
	struct physvm_query query;
	const int error = oracle_query(machine, addr, &query);

	*extent = (struct extent){ .length = mapping->end - addr };
	if (error == ENOENT && machine->has_region)
		return true;
	if (error || !query_agrees(mapping, addr, &query)) {
		complain(machine, "%#lx: mapped as %#lx-%#lx, query differs (error %d)", addr,
			 mapping->start, mapping->end, error);
		return false;
	}
	*extent = (struct extent){
		.phys = only_page(&query),
		.length = extent_length(mapping, addr, &query),
		.inode = mapping->inode,
		.offset = mapping->offset + addr - mapping->start,
	};
	return true;
}

static bool same_page_twice(const struct extent *a, const struct extent *b)
{
	if (!a->phys || !b->phys || a->phys >= b->phys + b->length ||
	    b->phys >= a->phys + a->length)
		return false;
	return a->inode != b->inode || a->phys - a->offset != b->phys - b->offset;
}

static void compare(struct machine *machine, const struct extent *extents, unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if (same_page_twice(&extents[i], &extents[j]))
				complain(machine, "physical page %#lx is in areas %lu and %lu",
					 extents[i].phys, extents[i].inode, extents[j].inode);
}

/* What fits; a place without a page, as a guard is, is looked at and left out. */
void oracle_mappings(struct machine *machine)
{
	static struct mapping mappings[MAX_MAPPINGS];
	static struct extent extents[MAX_EXTENTS];
	const unsigned int n = read_mappings(mappings, MAX_MAPPINGS);
	unsigned int i, nr_extents = 0, looks = 0;
	struct extent extent;
	uint64_t addr;

	for (i = 0; i < n; i++) {
		for (addr = mappings[i].start; addr < mappings[i].end; addr += extent.length) {
			if (nr_extents == MAX_EXTENTS || looks++ == MAX_LOOKS)
				break;
			if (!add_extent(machine, &mappings[i], addr, &extent))
				return;
			if (extent.phys)
				extents[nr_extents++] = extent;
		}
	}
	compare(machine, extents, nr_extents);
}
