// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what happens to a pool, what ends with a process, what it leaves behind,
 * pagers that die; their numbers, and what becomes of them when they are many or
 * nobody reads.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "limit.h"
#include "netlink.h"
#include "netlink_event.h"
#include "pager.h"
#include "pool_admin.h"
#include "region.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

/* What was held back of the tests before is told, and counted, within a second. */
static void settle(void)
{
	usleep(1500000);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void have_areas(int fd, const void *arg)
{
	child_need(alloc_map(fd, 5 * PAGE, 0));
	child_need(alloc_map(fd, 7 * PAGE, 0));
}

TEST_F(netlink, memory_returned_with_a_process)
{
	const uint64_t begun = now();
	struct event event;
	uint64_t seq = 0;
	pid_t child;

	ASSERT_EQ(0, nl_listen(&self->nl));
	child = child_start(have_areas, self->fd, NULL);
	ASSERT_TRUE(child_succeeded(child));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_MEMORY_RETURNED, &seq);
	ASSERT_EQ(PHYSVM_NL_EVENT_MEMORY_RETURNED, event.kind);
	EXPECT_EQ(child, event.pid);
	EXPECT_EQ(0, event.uid);
	EXPECT_EQ(2, event.areas);
	EXPECT_EQ(12, event.pages);
	EXPECT_LT(begun, event.time);
	EXPECT_GT(now(), event.time);
	EXPECT_EQ(0, event.repeated);
}

static void have_areas_until_told(int fd, const void *arg)
{
	have_areas(fd, NULL);
	raise(SIGSTOP);
}

/* One after the other at once, so that one could be taken for the other. */
TEST_F(netlink, memory_returned_with_each_process)
{
	struct event event;
	pid_t children[2];
	uint64_t seq = 0;
	int i;

	ASSERT_EQ(0, nl_listen(&self->nl));
	for (i = 0; i < 2; i++) {
		children[i] = child_start(have_areas_until_told, self->fd, NULL);
		ASSERT_TRUE(child_stopped(children[i]));
	}
	EXPECT_TRUE(child_finish(children[0]));
	EXPECT_TRUE(child_finish(children[1]));
	for (i = 0; i < 2; i++) {
		event = next_event(&self->nl, PHYSVM_NL_EVENT_MEMORY_RETURNED, &seq);
		ASSERT_EQ(PHYSVM_NL_EVENT_MEMORY_RETURNED, event.kind);
		EXPECT_EQ(children[i], event.pid);
		EXPECT_EQ(2, event.areas);
		EXPECT_EQ(12, event.pages);
	}
}

#define MANY_PROCESSES 60

/*
 * However many are told as one, what has come back adds up. All end at once: some
 * have to wait for the next second, where that does not take one itself.
 */
TEST_F_TIMEOUT(netlink, memory_returned_with_many_processes, PATIENCE)
{
	pid_t children[MANY_PROCESSES];
	uint64_t seq = 0, areas = 0, pages = 0;
	int i;

	for (i = 0; i < MANY_PROCESSES; i++) {
		children[i] = child_start(have_areas_until_told, self->fd, NULL);
		ASSERT_TRUE(child_stopped(children[i]));
	}
	ASSERT_EQ(0, nl_listen(&self->nl));
	for (i = 0; i < MANY_PROCESSES; i++)
		EXPECT_TRUE(child_finish(children[i]));
	while (areas < 2 * MANY_PROCESSES) {
		const struct event event = next_event(&self->nl, PHYSVM_NL_EVENT_MEMORY_RETURNED,
						      &seq);

		ASSERT_EQ(PHYSVM_NL_EVENT_MEMORY_RETURNED, event.kind);
		areas += event.areas;
		pages += event.pages;
	}
	EXPECT_EQ(2 * MANY_PROCESSES, areas);
	EXPECT_EQ(12 * MANY_PROCESSES, pages);
}

static void have_a_region(int fd, const void *arg)
{
	const struct region region = region_make(fd, REGION_LENGTH, 0, 12);

	child_need(region.fd >= 0 && region_alloc(region, 3));
}

/* With what it keeps for later, which is no more than a block. */
TEST_F(netlink, memory_returned_with_a_region)
{
	struct event event;
	uint64_t seq = 0;

	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_TRUE(child_succeeded(child_start(have_a_region, self->fd, NULL)));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_MEMORY_RETURNED, &seq);
	EXPECT_EQ(1, event.areas);
	EXPECT_LE(3, event.pages);
	EXPECT_GE(BLOCK / PAGE, event.pages);
}

/* By way of a descriptor of its own. */
static void leave_names(int unused, const void *arg)
{
	const int count = *(const int *)arg;
	const int fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	char *addr = alloc_map(fd, PAGE, 0);
	int i;

	for (i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "left %d", i);
		child_need(!name_add(fd, name, addr, PAGE));
	}
	child_need(!name_add(fd, "removed", addr, PAGE) && !name_remove(fd, "removed"));
}

TEST_F(netlink, name_left)
{
	const int count = 1;
	struct event event;
	uint64_t seq = 0;
	pid_t child;

	ASSERT_EQ(0, nl_listen(&self->nl));
	child = child_start(leave_names, 0, &count);
	ASSERT_TRUE(child_succeeded(child));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_NAME_LEFT, &seq);
	ASSERT_EQ(PHYSVM_NL_EVENT_NAME_LEFT, event.kind);
	EXPECT_EQ(child, event.pid);
	EXPECT_STREQ("left 0", event.name);
	EXPECT_LT(0, event.area_id);
}

/* Some are told one by one, the others as one; none is forgotten. */
TEST_F(netlink, many_at_once)
{
	const int count = 100;
	unsigned int told = 0, messages = 0;
	uint64_t seq = 0;

	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_TRUE(child_succeeded(child_start(leave_names, 0, &count)));
	while (told < count) {
		const struct event event = next_event(&self->nl, PHYSVM_NL_EVENT_NAME_LEFT, &seq);

		ASSERT_EQ(PHYSVM_NL_EVENT_NAME_LEFT, event.kind);
		told += event.repeated ?: 1;
		messages++;
	}
	EXPECT_EQ(count, told);
	EXPECT_GT(count, messages);
}

static void serve(int pager, const void *arg)
{
	child_need(fetch_now(pager, NULL, 0) == 0);
}

TEST_F(netlink, pager_died)
{
	const int pager = make_pager(self->fd, 0);
	char *addr = alloc_paged(self->fd, pager, 4 * PAGE, 0);
	struct event event;
	uint64_t seq = 0;
	pid_t child;

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, nl_listen(&self->nl));
	child = child_start(serve, pager, NULL);
	ASSERT_TRUE(child_succeeded(child));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_PAGER_DIED, &seq);
	ASSERT_EQ(PHYSVM_NL_EVENT_PAGER_DIED, event.kind);
	EXPECT_EQ(child, event.pid);
	EXPECT_EQ(1, event.areas);
	munmap(addr, 4 * PAGE);
	close(pager);
}

/* The pool. */

/* An area of all pages that are free but @but, or NULL. */
static char *take_all_but(int fd, uint64_t but, uint64_t *length)
{
	*length = (pool_stat(fd).out_free_pages - but) * PAGE;
	return alloc_map(fd, *length, PHYSVM_ALLOC_COMMIT);
}

TEST_F(netlink, watermarks_crossed)
{
	struct event event;
	uint64_t seq = 0, length;
	char *addr;

	ASSERT_EQ(0, admin_watermarks(100, 200));
	ASSERT_EQ(0, nl_listen(&self->nl));
	addr = take_all_but(self->fd, 100, &length);
	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, unmap(self->fd, addr, length));
	addr = take_all_but(self->fd, 99, &length);
	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, unmap(self->fd, addr, length));
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_LOW, event.kind);
	EXPECT_EQ(PHYSVM_POOL_RAM, event.pool);
	EXPECT_GT(100, event.pages);
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_HIGH, event.kind);
	EXPECT_LE(200, event.pages);
	EXPECT_EQ(0, admin_watermarks(0, 0));
}

/* Between the two there is no news, however often it goes up and down. */
TEST_F(netlink, watermarks_that_are_apart)
{
	struct event event;
	uint64_t seq = 0, length;
	char *most, *rest;
	int i;

	ASSERT_EQ(0, admin_watermarks(100, 200));
	ASSERT_EQ(0, nl_listen(&self->nl));
	most = take_all_but(self->fd, 199, &length);
	ASSERT_NE(NULL, most);
	for (i = 0; i < 3; i++) {
		rest = alloc_map(self->fd, 100 * PAGE, PHYSVM_ALLOC_COMMIT);
		ASSERT_NE(NULL, rest);
		ASSERT_EQ(0, unmap(self->fd, rest, 100 * PAGE));
		/* What is free may be in quarantine first. */
		ASSERT_EQ(199, settled_pool_stat(self->fd).out_free_pages);
	}
	ASSERT_EQ(0, unmap(self->fd, most, length));
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_LOW, event.kind);
	EXPECT_EQ(99, event.pages);
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_HIGH, event.kind);
	EXPECT_LE(200, event.pages);
	EXPECT_EQ(0, admin_watermarks(0, 0));
}

/* Whoever says what is low is told that it is. */
TEST_F(netlink, watermark_above_what_is_free)
{
	const uint64_t free = pool_stat(self->fd).out_free_pages;
	struct event event;
	uint64_t seq = 0;

	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_EQ(0, admin_watermarks(free + 1, free + 2));
	ASSERT_EQ(0, admin_watermarks(free, free));
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_LOW, event.kind);
	EXPECT_EQ(free, event.pages);
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_HIGH, event.kind);
	EXPECT_EQ(free, event.pages);
	EXPECT_EQ(0, admin_watermarks(0, 0));
}

/* Also a pool that is resized crosses them. */
TEST_F(netlink, watermarks_crossed_by_resizing)
{
	const uint64_t free = pool_stat(self->fd).out_free_pages;
	const uint32_t kinds[] = {
		PHYSVM_NL_EVENT_POOL_RESIZED, PHYSVM_NL_EVENT_POOL_LOW,
		PHYSVM_NL_EVENT_POOL_RESIZED, PHYSVM_NL_EVENT_POOL_HIGH,
		PHYSVM_NL_EVENT_POOL_RESIZED, PHYSVM_NL_EVENT_POOL_LOW,
		PHYSVM_NL_EVENT_POOL_RESIZED,
	};
	const uint64_t pages[] = {
		free + BLOCK / PAGE, free, free, free + BLOCK / PAGE, free + BLOCK / PAGE,
		free, free,
	};
	uint64_t seq = 0;
	unsigned int i;

	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_EQ(0, admin_grow(BLOCK));
	ASSERT_EQ(0, admin_watermarks(free + BLOCK / PAGE, free + BLOCK / PAGE));
	ASSERT_EQ(0, admin_shrink(BLOCK));
	ASSERT_EQ(0, admin_grow(BLOCK));
	ASSERT_EQ(0, admin_shrink(BLOCK));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct event event = next_event_of_any_kind(&self->nl, &seq);

		EXPECT_EQ(kinds[i], event.kind);
		EXPECT_EQ(pages[i], event.pages);
	}
	EXPECT_EQ(0, admin_watermarks(0, 0));
}

/* Fails to get a page more than there are, some times; false if it got one. */
static bool ask_in_vain(int fd, int times)
{
	uint64_t length;
	char *addr = take_all_but(fd, 0, &length);
	bool in_vain = addr;

	while (times--)
		in_vain &= !alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT) && errno == ENOMEM;
	return in_vain && !unmap(fd, addr, length);
}

/* Once, until something has been given back. */
TEST_F(netlink, pool_exhausted)
{
	struct event event;
	uint64_t seq = 0;
	int i;

	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_TRUE(ask_in_vain(self->fd, 3));
	ASSERT_TRUE(ask_in_vain(self->fd, 2));
	ASSERT_EQ(0, admin_grow(BLOCK));
	ASSERT_EQ(0, admin_shrink(BLOCK));
	for (i = 0; i < 2; i++) {
		event = next_event_of_any_kind(&self->nl, &seq);
		EXPECT_EQ(PHYSVM_NL_EVENT_POOL_EXHAUSTED, event.kind);
		EXPECT_EQ(PHYSVM_POOL_RAM, event.pool);
		EXPECT_EQ(1, event.pages);
		EXPECT_EQ(getpid(), event.pid);
		EXPECT_EQ(0, event.uid);
	}
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_RESIZED, event.kind);
}

TEST_F(netlink, pool_resized)
{
	const uint64_t pages = pool_stat(self->fd).out_total_pages;
	struct event event;
	uint64_t seq = 0;

	ASSERT_EQ(0, nl_listen(&self->nl));
	/* Of what is refused there is no news. */
	ASSERT_EQ(EBUSY, admin_shrink(pages * PAGE + BLOCK));
	ASSERT_EQ(0, admin_grow(BLOCK));
	ASSERT_EQ(0, admin_shrink(BLOCK));
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_RESIZED, event.kind);
	EXPECT_EQ(pages + BLOCK / PAGE, event.pages);
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_POOL_RESIZED, event.kind);
	EXPECT_EQ(pages, event.pages);
}

/* Everything at once. */

static void come_and_go(int fd, const void *arg)
{
	for (;;) {
		char *addr = alloc_map(fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);

		child_need(addr);
		memset(addr, 1, 20 * PAGE);
		child_need(!unmap(fd, addr, 20 * PAGE));
		child_need(child_succeeded(child_start(have_areas, fd, NULL)));
	}
}

/* A page of a block of its own is in a pipe; the pipe's end to read from. */
static int hold_a_page(int fd)
{
	char *addr = alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	struct iovec page = { addr, PAGE };
	int ends[2];

	child_need(addr && !pipe(ends));
	child_need(vmsplice(ends[1], &page, 1, 0) == PAGE && !munmap(addr, BLOCK));
	return ends[0];
}

static void take_more_than_allowed(int fd, const void *arg)
{
	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
	child_need(!alloc_map(fd, 6 * PAGE, PHYSVM_ALLOC_COMMIT) && errno == EDQUOT);
}

static void have_areas_as_nobody(int fd, const void *arg)
{
	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
	child_need(alloc_map(fd, PAGE, 0));
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
}

/* Those who come and go have enough all the same. */
static void exhaust_pool(int fd)
{
	uint64_t length;
	char *addr = take_all_but(fd, 200, &length);

	child_need(addr && !alloc_map(fd, 300 * PAGE, PHYSVM_ALLOC_COMMIT));
	child_need(errno == ENOMEM && !unmap(fd, addr, length));
}

static void cross_watermarks(int fd)
{
	const uint64_t total = pool_stat(fd).out_total_pages;
	uint64_t length;
	char *addr;

	child_need(!admin_watermarks(total / 2, total / 2));
	addr = take_all_but(fd, total / 4, &length);
	child_need(addr && !unmap(fd, addr, length));
	child_need(!admin_watermarks(0, 0));
}

static void let_a_pager_die(int fd)
{
	const int pager = make_pager(fd, 0);
	char *addr = alloc_paged(fd, pager, PAGE, 0);

	child_need(addr && child_succeeded(child_start(serve, pager, NULL)));
	munmap(addr, PAGE);
	close(pager);
}

static void hit_a_limit(int fd)
{
	child_need(!limit_set(PHYSVM_NL_ACCOUNT_USER, NOBODY, 5, UNSET, UNSET));
	child_need(child_succeeded(child_start(take_more_than_allowed, fd, NULL)));
	child_need(!limit_reset(PHYSVM_NL_ACCOUNT_USER, NOBODY));
}

/* Longer than a page is in quarantine before that is news. */
#define LONG 13

static void cause_everything(int fd, const void *arg)
{
	const int held = hold_a_page(fd), names = 1;
	const time_t begun = time(NULL);

	cross_watermarks(fd);
	exhaust_pool(fd);
	child_need(!admin_grow(BLOCK) && !admin_shrink(BLOCK));
	hit_a_limit(fd);
	let_a_pager_die(fd);
	child_need(child_succeeded(child_start(leave_names, 0, &names)));
	while (time(NULL) - begun < LONG)
		usleep(100000);
	close(held);
}

TEST_F(netlink, limit_hit)
{
	struct event event;
	uint64_t seq = 0;
	pid_t child;

	ASSERT_EQ(0, limit_set(PHYSVM_NL_ACCOUNT_USER, NOBODY, 5, UNSET, 1));
	ASSERT_EQ(0, nl_listen(&self->nl));
	child = child_start(take_more_than_allowed, self->fd, NULL);
	EXPECT_TRUE(child_succeeded(child));
	event = next_event_of_any_kind(&self->nl, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_LIMIT_HIT, event.kind);
	EXPECT_EQ(PHYSVM_NL_ACCOUNT_USER, event.account);
	EXPECT_EQ(NOBODY, event.id);
	EXPECT_EQ(NOBODY, event.uid);
	EXPECT_EQ(child, event.pid);
	EXPECT_EQ(6, event.pages);
	EXPECT_EQ(0, event.areas);
	child = child_start(have_areas_as_nobody, self->fd, NULL);
	EXPECT_TRUE(child_succeeded(child));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_LIMIT_HIT, &seq);
	EXPECT_EQ(PHYSVM_NL_EVENT_LIMIT_HIT, event.kind);
	EXPECT_EQ(NOBODY, event.id);
	EXPECT_EQ(child, event.pid);
	EXPECT_EQ(1, event.areas);
	EXPECT_EQ(0, event.pages);
	EXPECT_EQ(0, limit_reset(PHYSVM_NL_ACCOUNT_USER, NOBODY));
}

struct counts {
	uint64_t events, lost;
};

static void see_counts(const struct nl_attrs *attrs, void *data)
{
	struct counts *counts = data;

	counts->events = nl_number(attrs, PHYSVM_NL_A_STATS_EVENTS);
	counts->lost = nl_number(attrs, PHYSVM_NL_A_STATS_EVENTS_LOST);
}

static struct counts counts(struct nl *nl)
{
	struct counts counts = {};

	ask(nl, PHYSVM_NL_CMD_STATS_GET, see_counts, &counts);
	return counts;
}

static bool exited(pid_t child)
{
	siginfo_t info = {};

	return !waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

struct heard {
	uint64_t events;
	uint64_t of[PHYSVM_NL_EVENT_MEMORY_RETURNED + 1];
};

static void hear_next(struct nl *nl, struct heard *heard)
{
	uint64_t any = 0;
	const struct event event = next_event_of_any_kind(nl, &any);

	if (event.kind > PHYSVM_NL_EVENT_MEMORY_RETURNED)
		return;
	heard->events++;
	heard->of[event.kind]++;
}

/* Until there is nothing more, and @until has exited. */
static struct heard hear(struct nl *nl, pid_t until)
{
	struct pollfd ready = { .fd = nl->fd, .events = POLLIN };
	struct heard heard = {};
	bool last;

	do {
		last = exited(until);
		while (nl->at < nl->fetched || poll(&ready, 1, 2000) > 0)
			hear_next(nl, &heard);
	} while (!last);
	return heard;
}

/* Ends with its last child, @causes; those who come and go, a moment before it. */
static void be_busy(int fd, const void *arg)
{
	pid_t load[2], causes;
	int i;

	for (i = 0; i < 2; i++)
		load[i] = child_start(come_and_go, fd, NULL);
	causes = child_start(cause_everything, fd, NULL);
	child_need(child_succeeded(causes));
	for (i = 0; i < 2; i++)
		child_need(child_kill(load[i]));
}

/* Catches: an event that is not told when others are many; one lost in silence. */
TEST_F_TIMEOUT(netlink, every_kind_under_load, PATIENCE)
{
	struct counts before, after;
	struct heard heard;
	struct nl listener;
	unsigned int kind;
	pid_t busy;

	settle();
	before = counts(&self->nl);
	ASSERT_EQ(0, nl_open(&listener));
	ASSERT_TRUE(nl_option(&listener, NETLINK_BROADCAST_ERROR));
	ASSERT_EQ(0, nl_listen(&listener));
	busy = child_start(be_busy, self->fd, NULL);
	heard = hear(&listener, busy);
	EXPECT_TRUE(child_succeeded(busy));
	after = counts(&self->nl);
	nl_close(&listener);
	for (kind = 0; kind <= PHYSVM_NL_EVENT_MEMORY_RETURNED; kind++) {
		EXPECT_LT(0, heard.of[kind])
			TH_LOG("no event %u", kind);
	}
	EXPECT_EQ(after.events - before.events, heard.events + after.lost - before.lost);
	TH_LOG("%lu events, %lu lost", after.events - before.events, after.lost - before.lost);
}

/* Losing. */

/* Opens a listener that does not read, and has events told to it until one is lost. */
static bool lose_events(struct nl *nl, struct nl *deaf)
{
	const uint64_t before = counts(nl).lost;
	const int size = 1, count = 16;
	int i;

	if (nl_open(deaf) ||
	    setsockopt(deaf->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) ||
	    !nl_option(deaf, NETLINK_BROADCAST_ERROR) || nl_listen(deaf) ||
	    !child_succeeded(child_start(leave_names, 0, &count)))
		return false;
	for (i = 0; i < 1000 && counts(nl).lost == before; i++)
		usleep(10000);
	return counts(nl).lost > before;
}

/* Who does not read is told that something is missing, and so are all others. */
TEST_F(netlink, listener_that_does_not_read)
{
	struct nl deaf;

	settle();
	ASSERT_TRUE(lose_events(&self->nl, &deaf));
	while (nl_next(&deaf))
		;
	EXPECT_EQ(ENOBUFS, errno);
	nl_close(&deaf);
}

/* Also whoever listens afterwards. */
TEST_F_TIMEOUT(netlink, events_say_how_many_were_lost, PATIENCE)
{
	const int count = 1;
	struct event event;
	struct nl deaf;
	uint64_t seq = 0, lost;

	settle();
	ASSERT_TRUE(lose_events(&self->nl, &deaf));
	nl_close(&deaf);
	settle();
	lost = counts(&self->nl).lost;
	ASSERT_EQ(0, nl_listen(&self->nl));
	ASSERT_TRUE(child_succeeded(child_start(leave_names, 0, &count)));
	event = next_event(&self->nl, PHYSVM_NL_EVENT_NAME_LEFT, &seq);
	ASSERT_EQ(PHYSVM_NL_EVENT_NAME_LEFT, event.kind);
	EXPECT_EQ(lost, event.lost);
}

TEST_F(netlink, nothing_is_counted_for_nobody)
{
	struct counts before;
	const int count = 3;

	settle();
	before = counts(&self->nl);
	ASSERT_TRUE(child_succeeded(child_start(leave_names, 0, &count)));
	ASSERT_TRUE(child_succeeded(child_start(have_areas, self->fd, NULL)));
	EXPECT_EQ(before.events, counts(&self->nl).events);
}

TEST_HARNESS_MAIN
