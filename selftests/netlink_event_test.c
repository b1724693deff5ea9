// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what ends with a process, what it leaves behind, pagers that die; their
 * numbers, and what becomes of them when they are many or nobody reads.
 */
#include "kselftest_harness.h"

#include "netlink.h"
#include "pager.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

struct event {
	uint64_t seq, lost, kind, time, repeated, pages, uid, pid, area_id, areas;
	char name[PHYSVM_NAME_SIZE];
};

/* The next of @kind, or one with kind UINT64_MAX. Numbers must have no gap. */
static struct event next_event(struct nl *nl, uint32_t kind, uint64_t *seq)
{
	struct event event = { .kind = UINT64_MAX };
	const struct nlmsghdr *header;
	struct nl_attrs attrs;

	while ((header = nl_next(nl))) {
		nl_read_attrs(header, &attrs);
		event.seq = nl_number(&attrs, PHYSVM_NL_A_EVENT_SEQ);
		if (attrs.cmd != PHYSVM_NL_CMD_EVENT || (*seq && event.seq != *seq + 1))
			break;
		*seq = event.seq;
		if (nl_number(&attrs, PHYSVM_NL_A_EVENT_EVENT) != kind)
			continue;
		event.kind = kind;
		event.lost = nl_number(&attrs, PHYSVM_NL_A_EVENT_LOST);
		event.time = nl_number(&attrs, PHYSVM_NL_A_EVENT_TIME);
		event.repeated = nl_number(&attrs, PHYSVM_NL_A_EVENT_REPEATED);
		event.pages = nl_number(&attrs, PHYSVM_NL_A_EVENT_PAGES);
		event.uid = nl_number(&attrs, PHYSVM_NL_A_EVENT_UID);
		event.pid = nl_number(&attrs, PHYSVM_NL_A_EVENT_PID);
		event.area_id = nl_number(&attrs, PHYSVM_NL_A_EVENT_AREA_ID);
		event.areas = nl_number(&attrs, PHYSVM_NL_A_EVENT_AREAS);
		if (nl_has(&attrs, PHYSVM_NL_A_EVENT_NAME))
			snprintf(event.name, sizeof(event.name), "%s",
				 (const char *)nl_data(&attrs, PHYSVM_NL_A_EVENT_NAME));
		break;
	}
	return event;
}

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

/* Losing. */

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

/* Who does not read is told that something is missing, and so are all others. */
TEST_F(netlink, listener_that_does_not_read)
{
	const int size = 1, count = 16;
	struct counts before;
	struct nl deaf;
	int i;

	settle();
	before = counts(&self->nl);
	ASSERT_EQ(0, nl_open(&deaf));
	ASSERT_EQ(0, setsockopt(deaf.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	ASSERT_TRUE(nl_option(&deaf, NETLINK_BROADCAST_ERROR));
	ASSERT_EQ(0, nl_listen(&deaf));
	ASSERT_TRUE(child_succeeded(child_start(leave_names, 0, &count)));
	for (i = 0; i < 1000 && counts(&self->nl).lost == before.lost; i++)
		usleep(10000);
	EXPECT_LT(before.lost, counts(&self->nl).lost);
	while (nl_next(&deaf))
		;
	EXPECT_EQ(ENOBUFS, errno);
	nl_close(&deaf);
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
