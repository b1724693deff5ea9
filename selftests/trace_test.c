// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints: every border tells of what crosses it, with the right values, and
 * only when somebody looks.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "alloc.h"
#include "child.h"
#include "name.h"
#include "pager.h"
#include "region.h"

#define TRACEFS "/sys/kernel/tracing"
#define INSTANCE TRACEFS
#define EVENTS TRACEFS "/events/physvm"
#define TEXT_SIZE (4 << 20)
#define LENGTH (20 * PAGE)


SKIP_ALL_WITHOUT_POOL(8 * BLOCK_PAGES)

static bool write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	const bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* In static memory. */
static const char *text_of(const char *path)
{
	static char text[TEXT_SIZE];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, size = 0;

	while ((n = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += n;
	close(fd);
	text[size] = '\0';
	return text;
}

/* How many events have exactly this text, which begins with their name? */
static int __attribute__((format(printf, 1, 2))) events(const char *format, ...)
{
	char want[512];
	const char *found;
	int count = 0, length;
	va_list ap;

	want[0] = ' ';
	va_start(ap, format);
	length = vsnprintf(want + 1, sizeof(want) - 1, format, ap) + 1;
	va_end(ap);
	found = text_of(INSTANCE "/trace");
	while ((found = strstr(found, want))) {
		found += length;
		count += *found == '\n' || *found == ' ';
	}
	return count;
}

static bool clear(void)
{
	return write_text(INSTANCE "/trace", "");
}

static bool look(bool on)
{
	return write_text(INSTANCE "/events/physvm/enable", on ? "1" : "0");
}

static bool have_tracepoints(void)
{
	if (access(TRACEFS "/events", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	return !access(EVENTS, F_OK);
}

/* In the buffer of all: making one of our own takes a debug kernel half a minute. */
static bool begin(void)
{
	return clear() && look(true);
}

static void end(void)
{
	look(false);
	write_text(INSTANCE "/events/physvm/filter", "0");
}

FIXTURE(trace)
{
	int fd;
	struct physvm_alloc args;	/* of a call that works */
};

FIXTURE_SETUP(trace)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	if (!have_tracepoints())
		SKIP(return, "no tracefs, or a kernel without tracepoints");
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_TRUE(begin());
	self->args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT);
	strcpy((char *)self->args.label, "traced");
}

FIXTURE_TEARDOWN(trace)
{
	end();
}

static unsigned long long id_of(int fd, const struct physvm_alloc *args)
{
	return query(fd, addr_of(args)).out_area_id;
}

TEST_F_TIMEOUT(trace, area, 300)
{
	unsigned long long id;
	char what[128];

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	id = id_of(self->fd, &self->args);
	snprintf(what, sizeof(what), "area=%llu type=normal pages=20 cache=WB flags=%#x label=traced",
		 id, self->args.flags);
	EXPECT_EQ(1, events("physvm_area_create: %s", what));
	EXPECT_EQ(0, events("physvm_area_free: %s", what));
	release(self->fd, &self->args);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(1, events("physvm_area_create: %s", what));
	EXPECT_EQ(1, events("physvm_area_free: %s", what));
}

/* An area that does not come to be is none that comes and goes. */
TEST_F_TIMEOUT(trace, area_that_fails, 300)
{
	self->args.flags |= PHYSVM_ALLOC_PHYS;
	self->args.phys_addr = PAGE;
	EXPECT_EQ(ENXIO, alloc(self->fd, &self->args));
	EXPECT_EQ(NULL, strstr(text_of(INSTANCE "/trace"), "physvm_area_"));
}

static int faults(unsigned long long id, const char *type, int page, const char *addr, bool write,
		  const char *result)
{
	return events("physvm_fault: area=%llu type=%s page=%d addr=%#lx write=%d result=%s", id,
		      type, page, (unsigned long)addr, write, result);
}

TEST_F_TIMEOUT(trace, fault, 300)
{
	unsigned long long id;
	char *area;

	self->args.flags |= BOTH_GUARDS;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	id = id_of(self->fd, &self->args);
	ASSERT_EQ(0, decommit(self->fd, area + 19 * PAGE, PAGE));
	ASSERT_EQ(0, write_signal(area + 100));
	EXPECT_EQ(1, faults(id, "normal", 0, area, true, "pages"));
	EXPECT_EQ(SIGSEGV, read_signal(area + 19 * PAGE));
	EXPECT_LE(1, faults(id, "normal", 19, area + 19 * PAGE, false, "SIGSEGV"));
	EXPECT_EQ(SIGSEGV, write_signal(area - PAGE));
	EXPECT_LE(1, faults(id, "normal", -1, area - PAGE, true, "SIGSEGV"));
	/* What is mapped faults no more. */
	ASSERT_EQ(0, write_signal(area));
	EXPECT_EQ(1, faults(id, "normal", 0, area, true, "pages"));
}

TEST_F_TIMEOUT(trace, fault_of_a_block, 300)
{
	char *area;

	if (!have_huge(self->fd))
		SKIP(return, "no huge pages here");
	self->args.length = BLOCK;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, read_signal(area + 5 * PAGE));
	EXPECT_EQ(1, faults(id_of(self->fd, &self->args), "normal", 5, area + 5 * PAGE, false,
			    "block"));
}

FIXTURE(asked)
{
	int fd;
	int pager;
	char *area;
	unsigned long long id;
	struct toucher toucher;
	struct physvm_message message;
};

/* A page of a paged area that somebody waits for, in a test of its own. */
FIXTURE_SETUP(asked)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	if (!have_tracepoints())
		SKIP(return, "no tracefs, or a kernel without tracepoints");
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_TRUE(begin());
	catch_faults();
	self->pager = make_pager(self->fd, 0);
	ASSERT_LE(0, self->pager);
	self->area = alloc_paged(self->fd, self->pager, LENGTH, 0xbeef);
	ASSERT_NE(NULL, self->area);
	self->id = area_id(self->fd, self->area);
	ASSERT_TRUE(start_toucher(&self->toucher, self->area + 2 * PAGE, true, 7));
	ASSERT_TRUE(next_message(self->pager, &self->message));
}

FIXTURE_TEARDOWN(asked)
{
	end();
}

static int asks(unsigned long long id, const char *area)
{
	return events("physvm_upcall_ask: area=%llu cookie=0xbeef page=2 addr=%#lx write=1 leads=1",
		      id, (unsigned long)area + 2 * PAGE);
}

TEST_F(asked, and_answered)
{
	EXPECT_EQ(1, asks(self->id, self->area));
	EXPECT_EQ(0, events("physvm_upcall_verdict: area=%llu page=2 verdict=done", self->id));
	ASSERT_EQ(0, answer_with(self->pager, &self->message, 3 * PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&self->toucher));
	EXPECT_EQ(1, events("physvm_upcall_answer: area=%llu page=2 pages=3 action=zero error=0",
			    self->id));
	EXPECT_EQ(1, events("physvm_upcall_verdict: area=%llu page=2 verdict=done", self->id));
	/* The page was mapped where it was waited for. */
	EXPECT_LE(1, faults(self->id, "paged", 2, self->area + 2 * PAGE, true, "pages") +
			     faults(self->id, "paged", 2, self->area + 2 * PAGE, true, "retry"));
}

TEST_F(asked, and_refused)
{
	ASSERT_EQ(0, answer_with(self->pager, &self->message, PAGE, PHYSVM_ANSWER_FAIL, NULL));
	EXPECT_EQ(SIGSEGV, join_toucher(&self->toucher));
	EXPECT_EQ(1, events("physvm_upcall_answer: area=%llu page=2 pages=1 action=fail error=0",
			    self->id));
	EXPECT_EQ(1, events("physvm_upcall_verdict: area=%llu page=2 verdict=SIGSEGV", self->id));
	EXPECT_EQ(1, faults(self->id, "paged", 2, self->area + 2 * PAGE, true, "retry"));
	EXPECT_EQ(1, faults(self->id, "paged", 2, self->area + 2 * PAGE, true, "SIGSEGV"));
}

TEST_F(asked, and_answered_wrongly)
{
	EXPECT_EQ(EFAULT, answer_with(self->pager, &self->message, PAGE, PHYSVM_ANSWER_COPY, NULL));
	EXPECT_EQ(1, events("physvm_upcall_answer: area=%llu page=2 pages=1 action=copy error=-14",
			    self->id));
	ASSERT_EQ(0, answer_with(self->pager, &self->message, PAGE, PHYSVM_ANSWER_ZERO, NULL));
	EXPECT_EQ(0, join_toucher(&self->toucher));
	EXPECT_EQ(1, asks(self->id, self->area));
}

TEST_F_TIMEOUT(trace, pager_that_is_dead, 300)
{
	const int pager = make_pager(self->fd, 0);
	unsigned long long id;
	char *area;

	area = alloc_paged(self->fd, pager, LENGTH, 0);
	ASSERT_NE(NULL, area);
	id = area_id(self->fd, area);
	close(pager);
	EXPECT_EQ(SIGBUS, read_signal(area));
	EXPECT_LE(1, faults(id, "paged", 0, area, false, "SIGBUS"));
}

/* Pages. */

TEST_F_TIMEOUT(trace, pool_and_zero, 300)
{
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(1, events("physvm_pool_take: pool=RAM pages=20 cache=WB contig=0 placed=0 runs=1"));
	/* The pool has only zeroed ones. */
	EXPECT_EQ(NULL, strstr(text_of(INSTANCE "/trace"), "physvm_zero"));
	release(self->fd, &self->args);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(1, events("physvm_pool_give: pool=RAM pages=20 held=0"));
	EXPECT_EQ(1, events("physvm_zero: pool=RAM pages=20"));
}

TEST_F_TIMEOUT(trace, zero_in_a_fault, 300)
{
	char *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	ASSERT_EQ(0, write_signal(area + 3 * PAGE));
	ASSERT_EQ(0, decommit(self->fd, area + 3 * PAGE, PAGE));
	ASSERT_EQ(0, commit(self->fd, area + 3 * PAGE, PAGE));
	EXPECT_EQ(0, events("physvm_zero: pool=RAM pages=1"));
	ASSERT_EQ(0, read_signal(area + 3 * PAGE));
	EXPECT_EQ(1, events("physvm_zero: pool=RAM pages=1"));
}

TEST_F_TIMEOUT(trace, pool_with_a_wish, 300)
{
	struct physvm_alloc other;

	self->args.flags |= PHYSVM_ALLOC_CONTIG;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(1, events("physvm_pool_take: pool=RAM pages=20 cache=WB contig=1 placed=0 runs=1"));
	release(self->fd, &self->args);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	other = phys_args(self->args.out_phys, LENGTH);
	ASSERT_EQ(0, alloc(self->fd, &other));
	EXPECT_EQ(1, events("physvm_pool_take: pool=RAM pages=20 cache=WB contig=0 placed=1 runs=1"));
}

TEST_F_TIMEOUT(trace, pool_that_has_no_more, PATIENCE)
{
	const uint64_t total = pool_stat(self->fd).out_total_pages;

	self->args.length = total * PAGE;
	self->args.flags &= ~PHYSVM_ALLOC_COMMIT;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	self->args.length = PAGE;
	self->args.out_fd = -1;
	EXPECT_EQ(ENOMEM, alloc(self->fd, &self->args));
	EXPECT_EQ(1, events("physvm_pool_take: pool=RAM pages=1 cache=WB contig=0 placed=0 runs=-12"));
}

TEST_F_TIMEOUT(trace, quarantine, 300)
{
	struct iovec page;
	int ends[2];
	char byte;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	page = (struct iovec){ addr_of(&self->args), 1 };
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1, vmsplice(ends[1], &page, 1, 0));
	release(self->fd, &self->args);
	EXPECT_EQ(1, events("physvm_pool_give: pool=RAM pages=20 held=1"));
	EXPECT_EQ(0, events("physvm_pool_release: pool=RAM pages=20"));
	ASSERT_EQ(1, read(ends[0], &byte, 1));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(1, events("physvm_pool_release: pool=RAM pages=20"));
}

TEST_F_TIMEOUT(trace, region, 300)
{
	const struct region region = region_make(self->fd, REGION_LENGTH, 1, 12);
	unsigned long long id;
	unsigned long addr;
	struct stat stat;

	ASSERT_LE(0, region.fd);
	ASSERT_EQ(0, fstat(region.fd, &stat));
	id = stat.st_ino;
	EXPECT_EQ(1, events("physvm_area_create: area=%llu type=region pages=%lu cache=WB flags=0x0 label=",
			    id, REGION_PAGES));
	addr = (unsigned long)region_alloc(region, 3);
	ASSERT_NE(0, addr);
	EXPECT_EQ(1, events("physvm_region_alloc: area=%llu addr=%#lx pages=3 error=0", id, addr));
	EXPECT_EQ(ENOENT, region_free(region, (char *)addr + PAGE, 3));
	EXPECT_EQ(1, events("physvm_region_free: area=%llu addr=%#lx pages=3 error=-2", id,
			    addr + PAGE));
	EXPECT_EQ(EEXIST, region_alloc_at(region, (char *)addr, 2));
	EXPECT_EQ(1, events("physvm_region_alloc: area=%llu addr=0x0 pages=2 error=-17", id));
	EXPECT_EQ(0, region_free(region, (char *)addr, 3));
	EXPECT_EQ(1, events("physvm_region_free: area=%llu addr=%#lx pages=3 error=0", id, addr));
	region_end(region, REGION_LENGTH);
	EXPECT_EQ(1, events("physvm_area_free: area=%llu type=region pages=%lu cache=WB flags=0x0 label=",
			    id, REGION_PAGES));
}

TEST_F_TIMEOUT(trace, name, 300)
{
	struct physvm_name_next name;
	unsigned long long area;
	char what[128];

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = id_of(self->fd, &self->args);
	ASSERT_EQ(0, name_add(self->fd, "a traced name", addr_of(&self->args), LENGTH));
	ASSERT_EQ(0, name_next(self->fd, 0, &name));
	snprintf(what, sizeof(what), "id=%llu area=%llu uid=0 mode=0600 name=a traced name",
		 (unsigned long long)name.out_id, area);
	EXPECT_EQ(1, events("physvm_name_add: %s", what));
	EXPECT_EQ(0, events("physvm_name_remove: %s", what));
	ASSERT_EQ(0, name_remove(self->fd, "a traced name"));
	EXPECT_EQ(1, events("physvm_name_remove: %s", what));
}

/* Who looks and who does not. */

TEST_F_TIMEOUT(trace, off_is_silent, 300)
{
	ASSERT_TRUE(look(false));
	ASSERT_TRUE(clear());
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	release(self->fd, &self->args);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(NULL, strstr(text_of(INSTANCE "/trace"), "physvm_"));
}

TEST_F_TIMEOUT(trace, one_event_alone, 300)
{
	ASSERT_TRUE(look(false));
	ASSERT_TRUE(clear());
	ASSERT_TRUE(write_text(INSTANCE "/events/physvm/physvm_fault/enable", "1"));
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	ASSERT_EQ(0, write_signal(addr_of(&self->args)));
	EXPECT_NE(NULL, strstr(text_of(INSTANCE "/trace"), " physvm_fault: "));
	EXPECT_EQ(NULL, strstr(text_of(INSTANCE "/trace"), " physvm_area_create: "));
}

/* Whoever is in the middle of one when they are switched. */

static struct {
	int fd;
	volatile bool stop;
} busy;

static void *make_events(void *arg)
{
	struct physvm_alloc args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT);
	uintptr_t wrong = 0;

	while (!busy.stop) {
		wrong += alloc(busy.fd, &args) || write_signal(addr_of(&args));
		release(busy.fd, &args);
	}
	return (void *)wrong;
}

#define SWITCHES 20

TEST_F_TIMEOUT(trace, switched_while_things_happen, 300)
{
	pthread_t thread;
	void *wrong;
	int i;

	busy.fd = self->fd;
	busy.stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, make_events, NULL));
	for (i = 0; i < SWITCHES; i++)
		EXPECT_TRUE(look(i % 2));
	busy.stop = true;
	ASSERT_EQ(0, pthread_join(thread, &wrong));
	EXPECT_EQ(NULL, wrong);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* Filters of the kernel know the fields by name. */
TEST_F_TIMEOUT(trace, filter, 300)
{
	char filter[64], *area;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	area = addr_of(&self->args);
	snprintf(filter, sizeof(filter), "area_id == %llu && result == 2",
		 id_of(self->fd, &self->args));
	ASSERT_TRUE(write_text(INSTANCE "/events/physvm/physvm_fault/filter", filter));
	ASSERT_EQ(0, write_signal(area));
	ASSERT_EQ(0, decommit(self->fd, area, PAGE));
	ASSERT_EQ(SIGSEGV, write_signal(area));
	EXPECT_NE(NULL, strstr(text_of(INSTANCE "/trace"), "result=SIGSEGV"));
	EXPECT_EQ(NULL, strstr(text_of(INSTANCE "/trace"), "result=pages"));
}

/* What trace-cmd and perf go by. */
static const struct {
	const char *event;
	const char *fields;	/* in that order */
} formats[] = {
	{ "physvm_area_create", "area_id pages type cache alloc_flags label[32]" },
	{ "physvm_area_free", "area_id pages type cache alloc_flags label[32]" },
	{ "physvm_fault", "area_id page addr type write result" },
	{ "physvm_upcall_ask", "area_id cookie page addr write leads" },
	{ "physvm_upcall_answer", "area_id page pages action error" },
	{ "physvm_upcall_verdict", "area_id page verdict" },
	{ "physvm_pool_take", "pages pool cache contig placed runs" },
	{ "physvm_pool_give", "pages pool held" },
	{ "physvm_pool_release", "pages pool" },
	{ "physvm_zero", "pages pool" },
	{ "physvm_region_alloc", "area_id addr pages error" },
	{ "physvm_region_free", "area_id addr pages error" },
	{ "physvm_name_add", "id area_id uid mode text" },
	{ "physvm_name_remove", "id area_id uid mode text" },
};

/* The names of an event's own fields, with blanks between. */
static void list_fields(const char *format, char *list, size_t size)
{
	const char *field = format, *end;
	char name[64];

	list[0] = '\0';
	while ((field = strstr(field, "\tfield:"))) {
		end = strchr(field, ';');
		for (field = end; field[-1] != ' '; field--)
			;
		snprintf(name, sizeof(name), "%.*s", (int)(end - field), field);
		if (strncmp(name, "common_", 7))
			snprintf(list + strlen(list), size - strlen(list), "%s%s",
				 list[0] ? " " : "", name);
	}
}

TEST_F_TIMEOUT(trace, formats_are_as_documented, 300)
{
	char path[128], fields[256];
	const char *text, *print;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		snprintf(path, sizeof(path), EVENTS "/%s/format", formats[i].event);
		text = text_of(path);
		list_fields(text, fields, sizeof(fields));
		EXPECT_STREQ(formats[i].fields, fields);
		print = strstr(text, "print fmt: ");
		ASSERT_NE(NULL, print);
		/* Words of the source mean nothing to those who parse this. */
		EXPECT_EQ(NULL, strstr(print, "TRACE_"));
		EXPECT_EQ(NULL, strstr(print, "PHYSVM_"));
		EXPECT_EQ(NULL, strstr(print, "sizeof"));
		/* Nor has anybody been given a physical address. */
		EXPECT_EQ(NULL, strstr(text, "phys_"));
		EXPECT_EQ(NULL, strstr(text, "pfn"));
	}
}

/* An event that is new here is to be tested, too. */
TEST_F_TIMEOUT(trace, all_events_are_tested, 300)
{
	struct dirent *entry;
	size_t i, found = 0;
	DIR *dir = opendir(EVENTS);

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "physvm_", 7))
			continue;
		for (i = 0; i < ARRAY_SIZE(formats); i++)
			if (!strcmp(entry->d_name, formats[i].event))
				break;
		EXPECT_NE(ARRAY_SIZE(formats), i) {
			TH_LOG("%s is in no test", entry->d_name);
		}
		found++;
	}
	closedir(dir);
	EXPECT_EQ(ARRAY_SIZE(formats), found);
}

TEST_HARNESS_MAIN
