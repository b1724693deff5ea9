// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody ever reads what somebody else has written, and nobody is given a page
 * that somebody can still write to.
 *
 * The device is opened by root; children give their privileges up and go on
 * with the descriptor. A page's owner is who allocates it, not who opened.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "parameter.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

/* One user after the other takes all there is, of which the default is half. */
static void __attribute__((constructor)) lift_user_limit(void)
{
	parameter_set("user_limit", "100%");
}

static void __attribute__((destructor)) restore_user_limit(void)
{
	parameter_set("user_limit", "50%");
}

#define FIRST_USER 1001
#define OTHER_USER 1002
#define PATTERN 0xa7
#define OTHER_PATTERN 0x5c
#define SPLICED (16 * PAGE)
#define CRUMB (16 * PAGE)

/* What children tell; shared with them. */
struct report {
	uint64_t phys;
	unsigned long pages;
	unsigned long dirty_areas;
	unsigned long foreign_pages;
	int error;
};

struct role {
	uid_t user;
	void (*act)(int fd, struct report *report);
	struct report *report;
};

static void act_as(int fd, const void *arg)
{
	const struct role *role = arg;

	child_need(!setresuid(role->user, role->user, role->user));
	role->act(fd, role->report);
}

static struct report *new_report(void)
{
	struct report *report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return report == MAP_FAILED ? NULL : report;
}

typedef void use_t(int fd, char *addr, uint64_t length, struct report *report);

/*
 * Taking, largest pieces first, whatever there is. Larger ones are tried again
 * after each, as somebody may be giving back: who has come down to single pages
 * would go on to take all of the pool by them, which takes minutes.
 */
static void take_all(int fd, uint64_t largest, struct report *report,
		     use_t *use)
{
	uint64_t length = largest;
	char *addr;

	while (length >= PAGE) {
		addr = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
		if (addr) {
			report->pages += length / PAGE;
			use(fd, addr, length, report);
		}
		if (!addr)
			length /= 2;
		else if (length < largest)
			length *= 2;
	}
}

/* The writers: all of the pool, in different ways. */

static void fill(int fd, char *addr, uint64_t length, struct report *report)
{
	memset(addr, PATTERN, length);
}

static void fill_blocks(int fd, struct report *report)
{
	take_all(fd, 4 * BLOCK, report, fill);
	raise(SIGSTOP);
}

static void fill_small_areas(int fd, struct report *report)
{
	take_all(fd, 16 * PAGE, report, fill);
	raise(SIGSTOP);
}

/* Every other piece goes, and what is taken next is made of crumbs. */
static void fill_crumbs(int fd, struct report *report)
{
	static char *pieces[4096];
	size_t taken = 0, i;

	while (taken < 4096 && (pieces[taken] = alloc_map(fd, CRUMB, PHYSVM_ALLOC_COMMIT)))
		memset(pieces[taken++], PATTERN, CRUMB);
	for (i = 0; i < taken; i += 2)
		child_need(!unmap(fd, pieces[i], CRUMB));
	take_all(fd, 4 * BLOCK, report, fill);
	raise(SIGSTOP);
}

static void fill_and_tear(int fd, char *addr, uint64_t length,
			  struct report *report)
{
	const uint64_t quarter = length / 4;

	fill(fd, addr, length, report);
	if (quarter < PAGE)
		return;
	child_need(!decommit(fd, addr, 2 * quarter));
	child_need(!commit(fd, addr, quarter));
	child_need(all_zero(addr, quarter));
	memset(addr, PATTERN, quarter);
	child_need(!unmap(fd, addr + 2 * quarter, quarter));
}

static void fill_torn_areas(int fd, struct report *report)
{
	take_all(fd, BLOCK, report, fill_and_tear);
	raise(SIGSTOP);
}

/* The readers. */

static void look(int fd, char *addr, uint64_t length, struct report *report)
{
	report->dirty_areas += !all_zero(addr, length);
}

/* Begins while the writer may still be dying; all must come in the end. */
static void look_at_all(int fd, struct report *report)
{
	const uint64_t total = pool_stat(fd).out_total_pages;
	int tries;

	for (tries = 0; tries < 500 && report->pages < total; tries++) {
		take_all(fd, 4 * BLOCK, report, look);
		usleep(10000);
	}
}

FIXTURE(remains) {
	int fd;
	struct report *written, *seen;
};

FIXTURE_VARIANT(remains) {
	void (*writer)(int fd, struct report *report);
	uid_t reader;
};

#define REMAINS(name) \
	FIXTURE_VARIANT_ADD(remains, name##_same_user) { \
		.writer = fill_##name, \
		.reader = FIRST_USER, \
	}; \
	FIXTURE_VARIANT_ADD(remains, name##_other_user) { \
		.writer = fill_##name, \
		.reader = OTHER_USER, \
	}

REMAINS(blocks);
REMAINS(small_areas);
REMAINS(crumbs);
REMAINS(torn_areas);

FIXTURE_SETUP(remains)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->written = new_report();
	self->seen = new_report();
	ASSERT_TRUE(self->written && self->seen);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(remains)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void none_seen(struct __test_metadata *_metadata,
		      const FIXTURE_DATA(remains) *self,
		      const FIXTURE_VARIANT(remains) *variant, int ending)
{
	struct role writer = { FIRST_USER, variant->writer, self->written };
	struct role reader = { variant->reader, look_at_all, self->seen };
	pid_t writing = child_start(act_as, self->fd, &writer), reading;

	ASSERT_TRUE(child_stopped(writing));
	EXPECT_EQ(0u, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(0, kill(writing, ending));
	reading = child_start(act_as, self->fd, &reader);
	EXPECT_TRUE(child_succeeded(reading));
	EXPECT_EQ(writing, waitpid(writing, NULL, 0));
	EXPECT_EQ(pool_stat(self->fd).out_total_pages, self->seen->pages);
	EXPECT_EQ(0u, self->seen->dirty_areas);
}

TEST_F_TIMEOUT(remains, of_a_process_that_exits, PATIENCE)
{
	none_seen(_metadata, self, variant, SIGCONT);
}

TEST_F_TIMEOUT(remains, of_a_process_that_is_killed, PATIENCE)
{
	none_seen(_metadata, self, variant, SIGKILL);
}

/* Pages in a pipe: not mapped any more, and still somebody's. */

static int pipe_ends[2];

FIXTURE(piped) {
	int fd;
	struct report *written, *seen;
};

FIXTURE_VARIANT(piped) {
	uint64_t length;
	unsigned int gift;
	bool unmaps;
	int ending;
	uid_t reader;
};

#define PIPED(name, ...) FIXTURE_VARIANT_ADD(piped, name) { __VA_ARGS__ }

PIPED(small_exit_same_user, SPLICED, 0, false, SIGCONT, FIRST_USER);
PIPED(small_exit_other_user, SPLICED, 0, false, SIGCONT, OTHER_USER);
PIPED(small_kill_same_user, SPLICED, SPLICE_F_GIFT, false, SIGKILL, FIRST_USER);
PIPED(small_kill_other_user, SPLICED, SPLICE_F_GIFT, false, SIGKILL, OTHER_USER);
PIPED(small_unmap_same_user, SPLICED, 0, true, SIGKILL, FIRST_USER);
PIPED(block_exit_same_user, BLOCK, SPLICE_F_GIFT, false, SIGCONT, FIRST_USER);
PIPED(block_kill_other_user, BLOCK, 0, false, SIGKILL, OTHER_USER);
PIPED(block_unmap_same_user, BLOCK, SPLICE_F_GIFT, true, SIGKILL, FIRST_USER);
PIPED(block_unmap_other_user, BLOCK, 0, true, SIGCONT, OTHER_USER);

FIXTURE_SETUP(piped)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	self->written = new_report();
	self->seen = new_report();
	ASSERT_TRUE(self->written && self->seen);
	ASSERT_EQ(0, pipe(pipe_ends));
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(piped)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void splice_pages(int fd, uint64_t length, unsigned int gift, bool unmaps)
{
	char *addr = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
	struct iovec pages = { addr, SPLICED };

	child_need(addr);
	memset(addr, PATTERN, length);
	child_need(vmsplice(pipe_ends[1], &pages, 1, gift) == SPLICED);
	if (unmaps)
		child_need(!unmap(fd, addr, length));
	raise(SIGSTOP);
}

static void splice_as_first_user(int fd, const void *arg)
{
	const FIXTURE_VARIANT(piped) *variant = arg;

	child_need(!setresuid(FIRST_USER, FIRST_USER, FIRST_USER));
	splice_pages(fd, variant->length, variant->gift, variant->unmaps);
}

static void overwrite(int fd, char *addr, uint64_t length, struct report *report)
{
	look(fd, addr, length, report);
	memset(addr, OTHER_PATTERN, length);
}

static void overwrite_all(int fd, struct report *report)
{
	take_all(fd, 4 * BLOCK, report, overwrite);
	raise(SIGSTOP);
}

static bool pipe_has_pattern(void)
{
	static char contents[SPLICED], expected[SPLICED];
	size_t done = 0;
	ssize_t count = 1;

	memset(expected, PATTERN, SPLICED);
	for (; done < SPLICED && count > 0; done += count)
		count = read(pipe_ends[0], contents + done, SPLICED - done);
	return count > 0 && !memcmp(contents, expected, SPLICED);
}

/* What is left of a block of another user's is not to be had. */
static uint64_t pages_for(int fd, uid_t user)
{
	struct physvm_pool_stat stat = pool_stat(fd);

	return user == FIRST_USER ? stat.out_free_pages :
				    stat.out_free_blocks * (BLOCK / PAGE);
}

/* Everything that can be had is zero and may be overwritten. */
static pid_t overwritten(struct __test_metadata *_metadata, int fd, uid_t user,
			 struct report *seen)
{
	const uint64_t pages = pages_for(fd, user);
	struct role role = { user, overwrite_all, seen };
	pid_t pid = child_start(act_as, fd, &role);

	EXPECT_TRUE(child_stopped(pid));
	EXPECT_EQ(pages, seen->pages);
	EXPECT_EQ(0u, seen->dirty_areas);
	return pid;
}

TEST_F_TIMEOUT(piped, pages_are_kept_from_everybody, PATIENCE)
{
	pid_t writer = child_start(splice_as_first_user, self->fd, variant), reader;

	ASSERT_TRUE(child_stopped(writer));
	kill(writer, variant->unmaps ? 0 : variant->ending);
	if (!variant->unmaps)
		ASSERT_EQ(writer, waitpid(writer, NULL, 0));
	EXPECT_EQ(0u, pool_stat(self->fd).out_used_pages);
	EXPECT_GE(pool_stat(self->fd).out_quarantined_pages, SPLICED / PAGE);

	reader = overwritten(_metadata, self->fd, variant->reader, self->seen);
	usleep(200000);
	EXPECT_GE(pool_stat(self->fd).out_quarantined_pages, SPLICED / PAGE);
	EXPECT_TRUE(pipe_has_pattern());
	EXPECT_TRUE(child_kill(reader));
	if (variant->unmaps)
		EXPECT_TRUE(child_kill(writer));
}

/* Pages of a block of which somebody has one page already. */

static void hold_page(int fd, struct report *report)
{
	char *addr = alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT);

	child_need(addr);
	*addr = 1;
	report->phys = query(fd, addr).out_phys;
	report->pages = 1;
	raise(SIGSTOP);
}

FIXTURE(neighbours) {
	int fd;
	struct report *first, *second;
	pid_t holder;
};

FIXTURE_SETUP(neighbours)
{
	struct role role = { FIRST_USER, hold_page, NULL };

	OPEN_DEVICE_OR_SKIP(self->fd);
	self->first = new_report();
	self->second = new_report();
	ASSERT_TRUE(self->first && self->second);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	role.report = self->first;
	self->holder = child_start(act_as, self->fd, &role);
	ASSERT_TRUE(child_stopped(self->holder));
}

FIXTURE_TEARDOWN(neighbours)
{
	EXPECT_TRUE(child_kill(self->holder));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F_TIMEOUT(neighbours, do_not_get_piped_pages, PATIENCE)
{
	const FIXTURE_VARIANT(piped) splice = { .length = SPLICED };
	pid_t writer, reader;

	ASSERT_EQ(0, pipe(pipe_ends));
	writer = child_start(splice_as_first_user, self->fd, &splice);
	ASSERT_TRUE(child_stopped(writer));
	EXPECT_TRUE(child_kill(writer));
	EXPECT_EQ(SPLICED / PAGE, pool_stat(self->fd).out_quarantined_pages);

	reader = overwritten(_metadata, self->fd, FIRST_USER, self->second);
	EXPECT_TRUE(pipe_has_pattern());
	EXPECT_TRUE(child_kill(reader));
}

static uint64_t block_of(uint64_t phys)
{
	return phys / BLOCK;
}

TEST_F_TIMEOUT(neighbours, are_of_the_same_user, PATIENCE)
{
	struct role role = { FIRST_USER, hold_page, self->second };
	pid_t pid = child_start(act_as, self->fd, &role);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(block_of(self->first->phys), block_of(self->second->phys));
	EXPECT_NE(self->first->phys, self->second->phys);
	EXPECT_TRUE(child_kill(pid));
}

static void count_foreign(int fd, char *addr, uint64_t length,
			  struct report *report)
{
	uint64_t at;

	for (at = 0; at < length; at += PAGE)
		report->foreign_pages += block_of(query(fd, addr + at).out_phys) ==
					 block_of(report->phys);
}

static void look_for_neighbours(int fd, struct report *report)
{
	take_all(fd, 4 * BLOCK, report, count_foreign);
}

TEST_F_TIMEOUT(neighbours, are_never_of_another_user, PATIENCE)
{
	struct role role = { OTHER_USER, look_for_neighbours, self->second };

	self->second->phys = self->first->phys;
	EXPECT_TRUE(child_succeeded(child_start(act_as, self->fd, &role)));
	EXPECT_EQ(0u, self->second->foreign_pages);
	EXPECT_EQ(pages_for(self->fd, OTHER_USER), self->second->pages);
}

/* It is not enough to ask for the exact place. */
static void ask_for_place(int fd, struct report *report)
{
	struct physvm_alloc args = alloc_args(PAGE, PHYSVM_ALLOC_PHYS);

	args.phys_addr = report->phys;
	report->error = call(fd, PHYSVM_ALLOC, &args);
}

TEST_F_TIMEOUT(neighbours, of_another_user_are_busy, PATIENCE)
{
	struct role other = { OTHER_USER, ask_for_place, self->second };
	struct role same = { FIRST_USER, ask_for_place, self->second };

	self->second->phys = self->first->phys ^ PAGE;
	EXPECT_TRUE(child_succeeded(child_start(act_as, self->fd, &other)));
	EXPECT_EQ(EBUSY, self->second->error);
	EXPECT_TRUE(child_succeeded(child_start(act_as, self->fd, &same)));
	EXPECT_EQ(0, self->second->error);
}

TEST_HARNESS_MAIN
