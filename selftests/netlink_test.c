// SPDX-License-Identifier: GPL-2.0-only
/*
 * What netlink tells: of pools, blocks, areas, mappings, names, regions, counters.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sys/uio.h>

#include "limit.h"
#include "netlink.h"
#include "pool_admin.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

/* Parts of answers. */

/* How many messages are in the first part of an answer; 0 if they are wrong. */
static unsigned int first_part(struct nl *nl, struct nl_request *request)
{
	unsigned int count = 0;

	if (!nl_send(nl, request))
		return 0;
	do {
		const struct nlmsghdr *header = nl_next(nl);

		if (!header || header->nlmsg_type != nl->family ||
		    header->nlmsg_flags & NLM_F_DUMP_INTR)
			return 0;
		count++;
	} while (nl->at < nl->fetched);
	return count;
}

/* Pools. */

struct pools {
	unsigned int count;
	uint64_t total, free, used, quarantined, largest, blocks, areas, kind;
};

static void see_pool(const struct nl_attrs *attrs, void *data)
{
	struct pools *pools = data;

	pools->count++;
	if (nl_number(attrs, PHYSVM_NL_A_POOL_KIND) != pools->kind)
		return;
	pools->total = nl_number(attrs, PHYSVM_NL_A_POOL_TOTAL);
	pools->free = nl_number(attrs, PHYSVM_NL_A_POOL_FREE);
	pools->used = nl_number(attrs, PHYSVM_NL_A_POOL_USED);
	pools->quarantined = nl_number(attrs, PHYSVM_NL_A_POOL_QUARANTINED);
	pools->largest = nl_number(attrs, PHYSVM_NL_A_POOL_LARGEST_FREE);
	pools->blocks = nl_number(attrs, PHYSVM_NL_A_POOL_FREE_BLOCKS);
	pools->areas = nl_number(attrs, PHYSVM_NL_A_POOL_AREAS);
}

TEST_F(netlink, pool_as_the_ioctl_has_it)
{
	char *area = alloc_map(self->fd, 3 * PAGE, 0);
	const struct physvm_pool_stat stat = pool_stat(self->fd);
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_POOL_GET, 0);
	struct pools pools = { .kind = PHYSVM_NL_POOL_RAM };

	ASSERT_NE(NULL, area);
	nl_put_u32(&request, PHYSVM_NL_A_POOL_KIND, PHYSVM_NL_POOL_RAM);
	ASSERT_EQ(0, nl_ask(&self->nl, &request, see_pool, &pools).error);
	EXPECT_EQ(1, pools.count);
	EXPECT_EQ(stat.out_total_pages, pools.total);
	EXPECT_EQ(stat.out_free_pages, pools.free);
	EXPECT_EQ(stat.out_used_pages, pools.used);
	EXPECT_EQ(3, pools.used);
	EXPECT_EQ(stat.out_largest_free_pages, pools.largest);
	EXPECT_EQ(stat.out_free_blocks, pools.blocks);
	EXPECT_EQ(1, pools.areas);
	munmap(area, 3 * PAGE);
}

TEST_F(netlink, all_pools)
{
	struct pools pools = { .kind = PHYSVM_NL_POOL_RAM };

	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_POOL_GET, see_pool, &pools).error);
	EXPECT_EQ(2, pools.count);
	EXPECT_EQ(pool_stat(self->fd).out_total_pages, pools.total);
	EXPECT_EQ(pools.total, pools.free + pools.used + pools.quarantined);
}

/* Blocks. */

struct blocks {
	unsigned int count;
	unsigned int disordered;
	uint64_t last;
	uint64_t free;
	uint64_t mine;
	uint64_t phys;	/* looked for */
};

static void see_block(const struct nl_attrs *attrs, void *data)
{
	const uint64_t phys = nl_number(attrs, PHYSVM_NL_A_BLOCK_PHYS);
	struct blocks *blocks = data;

	if (nl_number(attrs, PHYSVM_NL_A_BLOCK_POOL) != PHYSVM_NL_POOL_RAM)
		return;
	blocks->count++;
	blocks->disordered += phys <= blocks->last || phys % BLOCK;
	blocks->last = phys;
	blocks->free += nl_number(attrs, PHYSVM_NL_A_BLOCK_FREE);
	if (phys == blocks->phys && nl_has(attrs, PHYSVM_NL_A_BLOCK_UID))
		blocks->mine = BLOCK / PAGE - nl_number(attrs, PHYSVM_NL_A_BLOCK_FREE);
}

TEST_F(netlink, blocks_by_address)
{
	char *area = alloc_map(self->fd, 3 * PAGE, 0);
	struct blocks blocks = { .phys = query(self->fd, area).out_phys & ~(BLOCK - 1) };
	const struct physvm_pool_stat stat = pool_stat(self->fd);

	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_BLOCK_GET, see_block, &blocks).error);
	EXPECT_EQ(stat.out_total_pages, blocks.count * (BLOCK / PAGE));
	EXPECT_EQ(0, blocks.disordered);
	EXPECT_EQ(stat.out_free_pages, blocks.free);
	EXPECT_EQ(3, blocks.mine);
	munmap(area, 3 * PAGE);
}

/* Without a pool of hidden memory, it has none. */
TEST_F(netlink, blocks_of_a_pool)
{
	uint32_t kind;

	for (kind = PHYSVM_NL_POOL_RAM; kind <= PHYSVM_NL_POOL_HIDDEN; kind++) {
		struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_BLOCK_GET,
						       NLM_F_DUMP);
		struct pools pools = { .kind = kind };
		struct nl_result result;

		ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_POOL_GET, see_pool, &pools).error);
		nl_put_u32(&request, PHYSVM_NL_A_BLOCK_POOL, kind);
		result = nl_ask(&self->nl, &request, NULL, NULL);
		EXPECT_EQ(0, result.error);
		EXPECT_EQ(pools.total, result.messages * (BLOCK / PAGE));
	}
}

/* Areas. */

struct area {
	uint64_t id;	/* looked for */
	unsigned int seen;
	uint64_t type, pages, committed, owned, cache, max_prot, flags, uid, pid, phys, mappings;
	char label[PHYSVM_LABEL_SIZE];
};

static void see_area(const struct nl_attrs *attrs, void *data)
{
	struct area *area = data;

	if (nl_number(attrs, PHYSVM_NL_A_AREA_ID) != area->id)
		return;
	area->seen++;
	area->type = nl_number(attrs, PHYSVM_NL_A_AREA_TYPE);
	area->pages = nl_number(attrs, PHYSVM_NL_A_AREA_PAGES);
	area->committed = nl_number(attrs, PHYSVM_NL_A_AREA_COMMITTED);
	area->owned = nl_number(attrs, PHYSVM_NL_A_AREA_OWNED);
	area->cache = nl_number(attrs, PHYSVM_NL_A_AREA_CACHE);
	area->max_prot = nl_number(attrs, PHYSVM_NL_A_AREA_MAX_PROT);
	area->flags = nl_number(attrs, PHYSVM_NL_A_AREA_ALLOC_FLAGS);
	area->uid = nl_number(attrs, PHYSVM_NL_A_AREA_UID);
	area->pid = nl_number(attrs, PHYSVM_NL_A_AREA_PID);
	area->phys = nl_number(attrs, PHYSVM_NL_A_AREA_PHYS);
	area->mappings = nl_number(attrs, PHYSVM_NL_A_AREA_MAPPINGS);
	if (nl_has(attrs, PHYSVM_NL_A_AREA_LABEL))
		snprintf(area->label, sizeof(area->label), "%s",
			 (const char *)nl_data(attrs, PHYSVM_NL_A_AREA_LABEL));
}

static struct nl_result get_area(struct nl *nl, uint64_t id, struct area *area)
{
	struct nl_request request = nl_request(nl, PHYSVM_NL_CMD_AREA_GET, 0);

	area->id = id;
	nl_put_u64(&request, PHYSVM_NL_A_AREA_ID, id);
	return nl_ask(nl, &request, see_area, area);
}

TEST_F(netlink, area_in_full)
{
	struct physvm_alloc args = alloc_args(8 * PAGE, PHYSVM_ALLOC_CONTIG);
	struct area area = {}, same = {};
	struct physvm_query known;
	char *addr;

	memcpy(args.label, "label", 5);
	args.max_prot = RW;
	ASSERT_EQ(0, call(self->fd, PHYSVM_ALLOC, &args));
	addr = (char *)(uintptr_t)args.out_addr;
	ASSERT_EQ(0, commit(self->fd, addr, 5 * PAGE));
	known = query(self->fd, addr);
	ASSERT_EQ(0, get_area(&self->nl, known.out_area_id, &area).error);
	EXPECT_EQ(1, area.seen);
	EXPECT_EQ(PHYSVM_AREA_NORMAL, area.type);
	EXPECT_EQ(8, area.pages);
	EXPECT_EQ(5, area.committed);
	EXPECT_EQ(8, area.owned);
	EXPECT_EQ(PHYSVM_CACHE_WB, area.cache);
	EXPECT_EQ(RW, area.max_prot);
	EXPECT_EQ(args.flags, area.flags);
	EXPECT_EQ(0, area.uid);
	EXPECT_EQ(getpid(), area.pid);
	EXPECT_EQ(known.out_phys, area.phys);
	EXPECT_EQ(1, area.mappings);
	EXPECT_STREQ("label", area.label);

	same.id = area.id;
	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_AREA_GET, see_area, &same).error);
	EXPECT_EQ(0, memcmp(&area, &same, sizeof(area)));
	munmap(addr, 8 * PAGE);
	EXPECT_EQ(ENOENT, get_area(&self->nl, known.out_area_id, &area).error);
}

TEST_F(netlink, area_without_pages_of_its_own)
{
	char *addr = alloc_map(self->fd, 64 * PAGE, PHYSVM_ALLOC_NORESERVE);
	struct area area = {};

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, commit(self->fd, addr + 7 * PAGE, 3 * PAGE));
	ASSERT_EQ(0, get_area(&self->nl, id_of(self->fd, addr), &area).error);
	EXPECT_EQ(PHYSVM_AREA_NORESERVE, area.type);
	EXPECT_EQ(64, area.pages);
	EXPECT_EQ(3, area.committed);
	EXPECT_EQ(3, area.owned);
	EXPECT_EQ(0, area.phys);
	munmap(addr, 64 * PAGE);
}

TEST_F(netlink, reserved_addresses)
{
	char *addr = reserve_pages(self->fd, 9);
	struct area area = {};

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, get_area(&self->nl, id_of(self->fd, addr), &area).error);
	EXPECT_EQ(PHYSVM_AREA_RESERVATION, area.type);
	EXPECT_EQ(9, area.pages);
	EXPECT_EQ(0, area.committed + area.owned + area.phys);
	munmap(addr, 9 * PAGE);
}

TEST_F_TIMEOUT(netlink, numbers_of_areas_grow, PATIENCE)
{
	uint64_t last = 0;
	int i;

	for (i = 0; i < 2000; i++) {
		char *addr = reserve_pages(self->fd, 1);
		const uint64_t id = id_of(self->fd, addr);

		ASSERT_LT(last, id);
		last = id;
		munmap(addr, PAGE);
	}
}

/* Mappings. */

struct mappings {
	uint64_t area_id;
	const char *addr;	/* looked for */
	pid_t pid;
	unsigned int others;
	unsigned int seen;
	uint64_t length, offset, prot;
};

static void see_mapping(const struct nl_attrs *attrs, void *data)
{
	struct mappings *mappings = data;

	if (nl_number(attrs, PHYSVM_NL_A_MAPPING_AREA_ID) != mappings->area_id ||
	    nl_number(attrs, PHYSVM_NL_A_MAPPING_ADDR) != (uintptr_t)mappings->addr ||
	    nl_number(attrs, PHYSVM_NL_A_MAPPING_PID) != mappings->pid) {
		mappings->others++;
		return;
	}
	mappings->seen++;
	mappings->length = nl_number(attrs, PHYSVM_NL_A_MAPPING_LENGTH);
	mappings->offset = nl_number(attrs, PHYSVM_NL_A_MAPPING_OFFSET);
	mappings->prot = nl_number(attrs, PHYSVM_NL_A_MAPPING_PROT);
}

static void stop(int fd, const void *arg)
{
	raise(SIGSTOP);
}

TEST_F(netlink, mappings_of_processes)
{
	char *addr = alloc_map(self->fd, 8 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *other = reserve_pages(self->fd, 1);
	struct mappings mappings = { .area_id = id_of(self->fd, addr), .addr = addr };
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_MAPPING_GET, NLM_F_DUMP);
	struct nl_request all = request;
	pid_t child;

	ASSERT_NE(NULL, addr);
	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, mprotect(addr + 6 * PAGE, 2 * PAGE, PROT_READ));
	child = child_start(stop, 0, NULL);
	ASSERT_TRUE(child_stopped(child));

	mappings.pid = getpid();
	nl_put_u64(&request, PHYSVM_NL_A_MAPPING_AREA_ID, mappings.area_id);
	ASSERT_EQ(0, nl_ask(&self->nl, &request, see_mapping, &mappings).error);
	EXPECT_EQ(1, mappings.seen);
	EXPECT_EQ(3, mappings.others);
	EXPECT_EQ(6 * PAGE, mappings.length);
	EXPECT_EQ(0, mappings.offset);
	EXPECT_EQ(RW, mappings.prot);

	mappings = (struct mappings){
		.area_id = mappings.area_id, .addr = addr + 6 * PAGE, .pid = child,
	};
	ASSERT_EQ(0, nl_ask(&self->nl, &all, see_mapping, &mappings).error);
	EXPECT_EQ(1, mappings.seen);
	EXPECT_EQ(5, mappings.others);
	EXPECT_EQ(2 * PAGE, mappings.length);
	EXPECT_EQ(6 * PAGE, mappings.offset);
	EXPECT_EQ(PROT_READ, mappings.prot);

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	munmap(addr, 8 * PAGE);
	munmap(other, PAGE);
}

#define MANY_MAPPINGS 1000

struct pages_seen {
	char *base;
	uint8_t count[MANY_MAPPINGS];
	unsigned int strange;
};

static void see_page(const struct nl_attrs *attrs, void *data)
{
	const uint64_t addr = nl_number(attrs, PHYSVM_NL_A_MAPPING_ADDR);
	struct pages_seen *seen = data;
	const uint64_t page = (addr - (uintptr_t)seen->base) / PAGE / 2;

	if (addr < (uintptr_t)seen->base || page >= MANY_MAPPINGS)
		seen->strange++;
	else
		seen->count[page]++;
}

/* Every other page is missing. */
static char *many_mappings(int fd)
{
	char *addr = alloc_map(fd, 2 * MANY_MAPPINGS * PAGE, PHYSVM_ALLOC_NORESERVE);
	int i;

	for (i = 0; addr && i < MANY_MAPPINGS; i++)
		if (munmap(addr + (2 * i + 1) * PAGE, PAGE))
			return NULL;
	return addr;
}

/* Many parts, of one area. */
TEST_F_TIMEOUT(netlink, many_mappings_of_an_area, PATIENCE)
{
	struct pages_seen seen = {};
	char *addr;
	int i;

	addr = many_mappings(self->fd);
	ASSERT_NE(NULL, addr);
	seen.base = addr;
	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_MAPPING_GET, see_page, &seen).error);
	EXPECT_EQ(0, seen.strange);
	for (i = 0; i < MANY_MAPPINGS; i++)
		ASSERT_EQ(1, seen.count[i]);
	munmap(addr, 2 * MANY_MAPPINGS * PAGE);
}

/*
 * The one that is being told of ends, and the next is at lower addresses. Catches:
 * going on there behind the address that was told last of the other.
 */
TEST_F_TIMEOUT(netlink, area_that_ends_among_its_mappings, PATIENCE)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_MAPPING_GET, NLM_F_DUMP);
	char *next, *ends = many_mappings(self->fd);
	struct pages_seen seen = {};
	int i;

	ASSERT_NE(NULL, ends);
	next = many_mappings(self->fd);
	ASSERT_NE(NULL, next);
	ASSERT_GT(ends, next);
	ASSERT_NE(0, first_part(&self->nl, &request));
	munmap(ends, 2 * MANY_MAPPINGS * PAGE);
	seen.base = next;
	EXPECT_EQ(0, nl_receive(&self->nl, see_page, &seen).error);
	for (i = 0; i < MANY_MAPPINGS; i++)
		ASSERT_EQ(1, seen.count[i]);
	munmap(next, 2 * MANY_MAPPINGS * PAGE);
}

/* Names. */

struct name {
	const char *text;	/* looked for */
	unsigned int seen, others;
	uint64_t id, area_id, uid, gid, mode, max_prot, pages, openers;
	bool exclusive;
};

static void see_name(const struct nl_attrs *attrs, void *data)
{
	struct name *name = data;

	if (strcmp(nl_data(attrs, PHYSVM_NL_A_NAME_NAME), name->text)) {
		name->others++;
		return;
	}
	name->seen++;
	name->id = nl_number(attrs, PHYSVM_NL_A_NAME_ID);
	name->area_id = nl_number(attrs, PHYSVM_NL_A_NAME_AREA_ID);
	name->uid = nl_number(attrs, PHYSVM_NL_A_NAME_UID);
	name->gid = nl_number(attrs, PHYSVM_NL_A_NAME_GID);
	name->mode = nl_number(attrs, PHYSVM_NL_A_NAME_MODE);
	name->max_prot = nl_number(attrs, PHYSVM_NL_A_NAME_MAX_PROT);
	name->pages = nl_number(attrs, PHYSVM_NL_A_NAME_PAGES);
	name->openers = nl_number(attrs, PHYSVM_NL_A_NAME_OPENERS);
	name->exclusive = nl_has(attrs, PHYSVM_NL_A_NAME_EXCLUSIVE);
}

TEST_F(netlink, names_in_full)
{
	char *addr = alloc_map(self->fd, 8 * PAGE, PHYSVM_ALLOC_COMMIT);
	struct name name = { .text = "Second" };
	int opened;

	ASSERT_EQ(0, name_add(self->fd, "First", addr, 8 * PAGE));
	ASSERT_EQ(0, name_add(self->fd, "Second", addr, 3 * PAGE));
	ASSERT_EQ(0, name_open(self->fd, "second", RW, PHYSVM_NAME_EXCL, &opened));
	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_NAME_GET, see_name, &name).error);
	EXPECT_EQ(1, name.seen);
	EXPECT_EQ(1, name.others);
	EXPECT_LT(0, name.id);
	EXPECT_EQ(id_of(self->fd, addr), name.area_id);
	EXPECT_EQ(0, name.uid + name.gid);
	EXPECT_EQ(0600, name.mode);
	EXPECT_EQ(RW, name.max_prot);
	EXPECT_EQ(3, name.pages);
	EXPECT_EQ(1, name.openers);
	EXPECT_TRUE(name.exclusive);
	close(opened);
	munmap(addr, 8 * PAGE);
}

#define MANY_NAMES 1000

/* Each of those that are "name" and a number. */
static void see_numbered(const struct nl_attrs *attrs, void *data)
{
	uint8_t *seen = data;
	int i;

	if (sscanf(nl_data(attrs, PHYSVM_NL_A_NAME_NAME), "name %d", &i) == 1 && i >= 0 &&
	    i < MANY_NAMES)
		seen[i]++;
}

/* Catches: a name that is in no part of the answer, or in two. */
TEST_F_TIMEOUT(netlink, many_names, PATIENCE)
{
	char *addr = alloc_map(self->fd, PAGE, 0);
	uint8_t seen[MANY_NAMES] = {};
	struct nl_result result;
	char text[16];
	int i;

	for (i = 0; i < MANY_NAMES; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		ASSERT_EQ(0, name_add(self->fd, text, addr, PAGE));
	}
	result = dump(&self->nl, PHYSVM_NL_CMD_NAME_GET, see_numbered, seen);
	EXPECT_EQ(0, result.error);
	EXPECT_FALSE(result.interrupted);
	EXPECT_EQ(MANY_NAMES, result.messages);
	for (i = 0; i < MANY_NAMES; i++)
		EXPECT_EQ(1, seen[i]) TH_LOG("name %d", i);
	munmap(addr, PAGE);
}

static struct nl_result remove_name(struct nl *nl, const char *text)
{
	struct nl_request request = nl_request(nl, PHYSVM_NL_CMD_NAME_REMOVE, 0);

	nl_put_text(&request, PHYSVM_NL_A_NAME_NAME, text);
	return nl_ask(nl, &request, NULL, NULL);
}

TEST_F(netlink, names_removed_by_spelling_and_by_number)
{
	char *addr = alloc_map(self->fd, PAGE, 0);
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_NAME_REMOVE, 0);
	struct name name = { .text = "other" };

	ASSERT_EQ(0, name_add(self->fd, "same", addr, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "Same", addr, PAGE));
	ASSERT_EQ(0, name_add(self->fd, "other", addr, PAGE));
	EXPECT_EQ(0, remove_name(&self->nl, "SAME").error);
	EXPECT_EQ(1, count_names(self->fd));
	EXPECT_EQ(ENOENT, remove_name(&self->nl, "same").error);
	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_NAME_GET, see_name, &name).error);
	nl_put_u64(&request, PHYSVM_NL_A_NAME_ID, name.id);
	EXPECT_EQ(0, nl_ask(&self->nl, &request, NULL, NULL).error);
	EXPECT_EQ(0, count_names(self->fd));
	EXPECT_EQ(ENOENT, nl_ask(&self->nl, &request, NULL, NULL).error);
	munmap(addr, PAGE);
}

/* Regions. */

struct region {
	unsigned int seen;
	uint64_t id, base, pages, allocated, kept, pid;
};

static void see_region(const struct nl_attrs *attrs, void *data)
{
	struct region *region = data;

	region->seen++;
	region->id = nl_number(attrs, PHYSVM_NL_A_REGION_AREA_ID);
	region->base = nl_number(attrs, PHYSVM_NL_A_REGION_BASE);
	region->pages = nl_number(attrs, PHYSVM_NL_A_REGION_PAGES);
	region->allocated = nl_number(attrs, PHYSVM_NL_A_REGION_ALLOCATED);
	region->kept = nl_number(attrs, PHYSVM_NL_A_REGION_KEPT);
	region->pid = nl_number(attrs, PHYSVM_NL_A_REGION_PID);
}

TEST_F(netlink, regions)
{
	struct physvm_region args = {
		.size = sizeof(args), .length = 4 * BLOCK, .align_log2 = 12,
	};
	struct physvm_region_alloc alloc = { .size = sizeof(alloc), .pages = 5 };
	char *other = reserve_pages(self->fd, 1);
	struct region region = {};
	struct area area = {};
	uint64_t used;

	ASSERT_EQ(0, call(self->fd, PHYSVM_REGION, &args));
	ASSERT_EQ(0, call(args.out_fd, PHYSVM_REGION_ALLOC, &alloc));
	ASSERT_EQ(0, dump(&self->nl, PHYSVM_NL_CMD_REGION_GET, see_region, &region).error);
	EXPECT_EQ(1, region.seen);
	EXPECT_EQ(args.out_base, region.base);
	EXPECT_EQ(4 * BLOCK / PAGE, region.pages);
	EXPECT_EQ(5, region.allocated);
	EXPECT_EQ(getpid(), region.pid);
	used = pool_stat(self->fd).out_used_pages;
	EXPECT_EQ(used, region.kept + region.allocated);
	ASSERT_EQ(0, get_area(&self->nl, region.id, &area).error);
	EXPECT_EQ(PHYSVM_AREA_REGION, area.type);
	EXPECT_EQ(used, area.owned);
	munmap((void *)(uintptr_t)args.out_base, 4 * BLOCK);
	close(args.out_fd);
	munmap(other, PAGE);
}

/* Counters. */

struct counters {
	uint64_t of[NL_ATTRS];
};

static void see_counters(const struct nl_attrs *attrs, void *data)
{
	struct counters *counters = data;
	int i;

	for (i = 0; i < NL_ATTRS; i++)
		counters->of[i] = i == PHYSVM_NL_A_STATS_FAILURES ? 0 : nl_number(attrs, i);
}

static struct counters counters(struct nl *nl)
{
	struct counters counters = {};

	ask(nl, PHYSVM_NL_CMD_STATS_GET, see_counters, &counters);
	return counters;
}

TEST_F(netlink, faults_are_counted)
{
	char *addr = alloc_map(self->fd, 64 * PAGE, PHYSVM_ALLOC_COMMIT);
	const struct counters before = counters(&self->nl);
	struct counters after;
	int i;

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, decommit(self->fd, addr, PAGE));
	/* Sixteen are mapped by a fault, in aligned stretches. */
	for (i = 1; i < 64; i++)
		ASSERT_EQ(0, write_signal(addr + i * PAGE));
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	after = counters(&self->nl);
	EXPECT_LE(4, after.of[PHYSVM_NL_A_STATS_FAULT_PAGES] -
		     before.of[PHYSVM_NL_A_STATS_FAULT_PAGES]);
	EXPECT_GE(5, after.of[PHYSVM_NL_A_STATS_FAULT_PAGES] -
		     before.of[PHYSVM_NL_A_STATS_FAULT_PAGES]);
	EXPECT_EQ(1, after.of[PHYSVM_NL_A_STATS_FAULT_SEGV] -
		     before.of[PHYSVM_NL_A_STATS_FAULT_SEGV]);
	EXPECT_EQ(before.of[PHYSVM_NL_A_STATS_FAULT_BUS], after.of[PHYSVM_NL_A_STATS_FAULT_BUS]);
	EXPECT_EQ(before.of[PHYSVM_NL_A_STATS_FAULT_BLOCKS],
		  after.of[PHYSVM_NL_A_STATS_FAULT_BLOCKS]);
	munmap(addr, 64 * PAGE);
}

TEST_F(netlink, faults_in_blocks_are_counted)
{
	const struct counters before = counters(&self->nl);
	struct counters after;
	char *addr;

	if (!have_huge(self->fd))
		SKIP(return, "blocks are not mapped whole here");
	addr = alloc_map(self->fd, 2 * BLOCK, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_CONTIG);
	ASSERT_NE(NULL, addr);
	*addr = 1;
	after = counters(&self->nl);
	EXPECT_EQ(1, after.of[PHYSVM_NL_A_STATS_FAULT_BLOCKS] -
		     before.of[PHYSVM_NL_A_STATS_FAULT_BLOCKS]);
	munmap(addr, 2 * BLOCK);
}

static uint64_t growth(const struct counters *before, const struct counters *after, int attr)
{
	return after->of[attr] - before->of[attr];
}

/* A page is in a pipe when it is given back, and then in it no more. */
TEST_F(netlink, pages_taken_given_and_held_are_counted)
{
	const struct counters before = counters(&self->nl);
	char *addr = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);
	struct iovec page = { addr, PAGE };
	struct counters after;
	int ends[2];

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(PAGE, vmsplice(ends[1], &page, 1, 0));
	after = counters(&self->nl);
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_TAKEN));
	EXPECT_EQ(0, growth(&before, &after, PHYSVM_NL_A_STATS_GIVEN));
	EXPECT_EQ(0, growth(&before, &after, PHYSVM_NL_A_STATS_QUARANTINE_IN));
	munmap(addr, PAGE);
	after = counters(&self->nl);
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_TAKEN));
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_GIVEN));
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_QUARANTINE_IN));
	EXPECT_EQ(0, growth(&before, &after, PHYSVM_NL_A_STATS_QUARANTINE_OUT));
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	after = counters(&self->nl);
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_QUARANTINE_IN));
	EXPECT_EQ(1, growth(&before, &after, PHYSVM_NL_A_STATS_QUARANTINE_OUT));
}

/* What somebody has written to is zeroed for the next. */
TEST_F(netlink, zeroed_pages_are_counted)
{
	const uint64_t pages = pool_stat(self->fd).out_free_pages;
	const struct counters before = counters(&self->nl);
	struct counters after;
	int i;

	for (i = 0; i < 2; i++) {
		char *addr = alloc_map(self->fd, pages * PAGE, PHYSVM_ALLOC_COMMIT);

		ASSERT_NE(NULL, addr);
		memset(addr, 1, pages * PAGE);
		munmap(addr, pages * PAGE);
		ASSERT_TRUE(pool_at_baseline(self->fd));
	}
	after = counters(&self->nl);
	EXPECT_LE(pages, growth(&before, &after, PHYSVM_NL_A_STATS_ZEROED));
	EXPECT_GE(2 * pages, growth(&before, &after, PHYSVM_NL_A_STATS_ZEROED));
}

#define TERABYTE (1ull << 40)

/* Of three blocks the one in the middle stays: what is free is not side by side. */
static char *take_from_the_middle(int fd)
{
	char *addr[3];
	int i;

	for (i = 0; i < 3; i++) {
		addr[i] = alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
		if (!addr[i])
			return NULL;
	}
	munmap(addr[0], BLOCK);
	munmap(addr[2], BLOCK);
	settled_pool_stat(fd);
	return addr[1];
}

/* Each is one more of its own, and none of another. */
TEST_F(netlink, failures_are_told_by_cause)
{
	struct physvm_alloc exact = alloc_args(PAGE, PHYSVM_ALLOC_PHYS);
	struct limit_failures before, after;
	char *addr = take_from_the_middle(self->fd);
	uint64_t free;

	ASSERT_NE(NULL, addr);
	free = pool_stat(self->fd).out_free_pages;
	before = limit_failures();
	EXPECT_EQ(NULL, alloc_map(self->fd, (free + 1) * PAGE, 0));
	before.counts[PHYSVM_NL_FAILURE_NO_MEMORY]++;
	exact.phys_addr = query(self->fd, addr).out_phys;
	EXPECT_EQ(EBUSY, call(self->fd, PHYSVM_ALLOC, &exact));
	before.counts[PHYSVM_NL_FAILURE_ADDRESS_TAKEN]++;
	exact.phys_addr = TERABYTE;
	EXPECT_EQ(ENXIO, call(self->fd, PHYSVM_ALLOC, &exact));
	before.counts[PHYSVM_NL_FAILURE_NO_SUCH_ADDRESS]++;
	EXPECT_EQ(NULL, alloc_map(self->fd, free * PAGE, PHYSVM_ALLOC_CONTIG));
	before.counts[PHYSVM_NL_FAILURE_FRAGMENTED]++;
	after = limit_failures();
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	munmap(addr, BLOCK);
}

/* Dumps. */

/* Ten thousand, on most kernels. */
static unsigned int many_areas;

struct ids {
	uint64_t *of;	/* ascending */
	uint8_t *seen;
	uint64_t last;
	unsigned int disordered;
	unsigned int others;
};

static void see_id(const struct nl_attrs *attrs, void *data)
{
	const uint64_t id = nl_number(attrs, PHYSVM_NL_A_AREA_ID);
	unsigned int low = 0, high = many_areas;
	struct ids *ids = data;

	ids->disordered += id <= ids->last;
	ids->last = id;
	while (high - low > 1) {
		const unsigned int mid = (low + high) / 2;

		if (ids->of[mid] <= id)
			low = mid;
		else
			high = mid;
	}
	if (ids->of[low] == id)
		ids->seen[low]++;
	else
		ids->others++;
}

static volatile bool finished;

/* Areas come and go. */
static void *churn(void *arg)
{
	const int fd = *(int *)arg;

	while (!finished) {
		char *addr[8];
		int i;

		for (i = 0; i < 8; i++)
			addr[i] = reserve_pages(fd, 1);
		for (i = 0; i < 8; i++)
			munmap(addr[i], PAGE);
	}
	return NULL;
}

TEST_F_TIMEOUT(netlink, ten_thousand_areas_while_others_come_and_go, PATIENCE)
{
	struct ids ids = {};
	char **addr;
	struct nl_result result;
	pthread_t threads[2];
	unsigned int i;

	many_areas = rounds_of(10000);
	ids.of = calloc(many_areas, sizeof(*ids.of));
	ids.seen = calloc(many_areas, 1);
	addr = calloc(many_areas, sizeof(*addr));
	for (i = 0; i < many_areas; i++) {
		addr[i] = reserve_pages(self->fd, 1);
		ASSERT_NE(NULL, addr[i]);
		ids.of[i] = id_of(self->fd, addr[i]);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, churn, &self->fd));
	result = dump(&self->nl, PHYSVM_NL_CMD_AREA_GET, see_id, &ids);
	finished = true;
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, result.error);
	EXPECT_TRUE(result.interrupted);
	EXPECT_EQ(0, ids.disordered);
	for (i = 0; i < many_areas; i++)
		ASSERT_EQ(1, ids.seen[i]);

	/* With nobody else there is nothing to be told about it. */
	memset(ids.seen, 0, many_areas);
	ids.last = ids.others = 0;
	result = dump(&self->nl, PHYSVM_NL_CMD_AREA_GET, see_id, &ids);
	EXPECT_EQ(0, result.error);
	EXPECT_FALSE(result.interrupted);
	EXPECT_EQ(many_areas, result.messages);
	EXPECT_EQ(0, ids.others);
	for (i = 0; i < many_areas; i++) {
		ASSERT_EQ(1, ids.seen[i]);
		munmap(addr[i], PAGE);
	}
}

#define SEVERAL 1000

/* What happens during a dump. */
enum change {
	NOTHING,
	ONE_COMES,
	ONE_ENDS,
	ONE_COMES_AND_ONE_ENDS,
};

FIXTURE(several)
{
	int fd;
	struct nl nl;
	char *addr[SEVERAL];
};

FIXTURE_VARIANT(several)
{
	enum change change;
};

FIXTURE_VARIANT_ADD(several, stay) { NOTHING };
FIXTURE_VARIANT_ADD(several, and_one_comes) { ONE_COMES };
FIXTURE_VARIANT_ADD(several, and_one_ends) { ONE_ENDS };
FIXTURE_VARIANT_ADD(several, and_one_comes_and_one_ends) { ONE_COMES_AND_ONE_ENDS };

FIXTURE_SETUP(several)
{
	int i;

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	for (i = 0; i < SEVERAL; i++) {
		self->addr[i] = reserve_pages(self->fd, 1);
		ASSERT_NE(NULL, self->addr[i]);
	}
}

FIXTURE_TEARDOWN(several)
{
	int i;

	for (i = 0; i < SEVERAL; i++)
		munmap(self->addr[i], PAGE);
	nl_close(&self->nl);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* What is told after a pause goes on where it was, and says if something changed. */
TEST_F_TIMEOUT(several, interrupted_dump_says_so, PATIENCE)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP);
	const bool comes = variant->change & ONE_COMES, ends = variant->change & ONE_ENDS;
	const unsigned int first = first_part(&self->nl, &request);
	struct nl_result result;
	char *late = NULL;

	ASSERT_NE(0, first);
	ASSERT_GT(SEVERAL, first);
	if (comes)
		late = reserve_pages(self->fd, 1);
	if (ends) {
		munmap(self->addr[0], PAGE);
		self->addr[0] = NULL;
	}
	result = nl_receive(&self->nl, NULL, NULL);
	EXPECT_EQ(0, result.error);
	EXPECT_EQ(comes || ends, result.interrupted);
	EXPECT_EQ(SEVERAL + comes, first + result.messages);
	if (comes)
		munmap(late, PAGE);
}

#define MORE_BLOCKS 64

/* A socket from which nothing has been read yet is told little at a time. */
TEST_F_TIMEOUT(netlink, interrupted_dump_of_blocks_says_so, PATIENCE)
{
	const unsigned int before = pool_stat(self->fd).out_total_pages / (BLOCK / PAGE);
	struct nl fresh = self->nl;
	struct nl_request request = nl_request(&fresh, PHYSVM_NL_CMD_BLOCK_GET, NLM_F_DUMP);
	struct nl_result result;
	unsigned int first;

	ASSERT_EQ(0, admin_grow(MORE_BLOCKS * BLOCK));
	fresh.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ASSERT_LE(0, fresh.fd);
	first = first_part(&fresh, &request);
	EXPECT_NE(0, first);
	EXPECT_GT(before + MORE_BLOCKS, first);
	EXPECT_EQ(0, admin_grow(BLOCK));
	result = nl_receive(&fresh, NULL, NULL);
	EXPECT_EQ(0, result.error);
	EXPECT_TRUE(result.interrupted);
	nl_close(&fresh);
	EXPECT_EQ(0, admin_shrink((MORE_BLOCKS + 1) * BLOCK));
}

/* A dump that nobody fetches the rest of keeps no area. */
TEST_F_TIMEOUT(netlink, abandoned_dump, PATIENCE)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP);
	char *addr[SEVERAL];
	struct nl other;
	int i;

	ASSERT_EQ(0, nl_open(&other));
	for (i = 0; i < SEVERAL; i++)
		ASSERT_NE(NULL, addr[i] = reserve_pages(self->fd, 1));
	request.header.nlmsg_type = other.family;
	ASSERT_TRUE(nl_send(&other, &request));
	for (i = 0; i < SEVERAL; i++)
		munmap(addr[i], PAGE);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	nl_close(&other);
}

TEST_HARNESS_MAIN
