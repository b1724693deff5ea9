// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much users and cgroups may have, and who is charged for what.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <dirent.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "child.h"
#include "limit.h"
#include "file_area.h"
#include "name.h"
#include "pager.h"
#include "parameter.h"
#include "pool_admin.h"
#include "region.h"
#include "util.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define USER 1000
#define OTHER_USER 1001
#define USERS 8
#define FEW 100		/* pages of a user who may not have many */
#define KILLS 40
#define CGROUPS "/tmp/limits-cgroup"

static const uint32_t of_user = PHYSVM_NL_ACCOUNT_USER, of_cgroup = PHYSVM_NL_ACCOUNT_CGROUP;

/* What is left behind would be in the way of other programs. */
static void __attribute__((destructor)) restore_defaults(void)
{
	parameter_set("user_limit", "50%");
	parameter_set("areas_per_user", "65536");
}

/* A number that children and their parent see. */
static uint64_t *shared_number(void)
{
	void *number = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return number == MAP_FAILED ? NULL : number;
}

static void become(uid_t user)
{
	child_need(!setresuid(user, user, user));
}

/* Takes all that can be had: how many pages, and what is said then. */
static uint64_t take_all(int fd, int *error)
{
	uint64_t length = 16 * BLOCK, pages = 0;

	while (length >= PAGE) {
		if (alloc_map(fd, length, PHYSVM_ALLOC_COMMIT)) {
			pages += length / PAGE;
			continue;
		}
		*error = errno;
		length /= 2;
	}
	return pages;
}

/* A user takes all that can be had, says how much, and stays until it is told to end. */
struct hoarder {
	uid_t user;
	uint64_t *pages;
};

static void hoard(int fd, const void *arg)
{
	const struct hoarder *hoarder = arg;
	int error = 0;

	become(hoarder->user);
	*hoarder->pages = take_all(fd, &error);
	child_need(error == EDQUOT || (error == ENOMEM && !pool_stat(fd).out_free_pages));
	raise(SIGSTOP);
}

/* How many pages a user can have now, who has none afterwards. */
static uint64_t can_have(int fd, uid_t user)
{
	const struct hoarder hoarder = { user, shared_number() };
	pid_t pid = child_start(hoard, fd, &hoarder);
	uint64_t pages = UINT64_MAX;

	if (child_stopped(pid) && child_finish(pid))
		pages = *hoarder.pages;
	munmap(hoarder.pages, PAGE);
	return pages;
}

/* Somebody has gone, or is going: the last reference may take a moment. */
static bool has_nothing(uint32_t account, uint64_t id)
{
	int tries;

	for (tries = 0; tries < 500; tries++) {
		const struct limit limit = limit_of(account, id);

		if (!limit.pages && !limit.areas)
			return true;
		usleep(10000);
	}
	return false;
}

FIXTURE(limits)
{
	int fd;
	uint64_t total;
};

FIXTURE_SETUP(limits)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->total = pool_stat(self->fd).out_total_pages;
	ASSERT_EQ(0, parameter_set("user_limit", "50%"));
	ASSERT_EQ(0, parameter_set("areas_per_user", "65536"));
}

FIXTURE_TEARDOWN(limits)
{
	struct limit_list *list = malloc(sizeof(*list));

	EXPECT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, limit_reset(of_user, USER));
	ASSERT_EQ(0, limit_reset(of_user, OTHER_USER));
	ASSERT_EQ(0, limit_reset(of_user, 0));
	/* Nobody is charged for anything any more. */
	EXPECT_EQ(0, limit_dump(-1, list));
	EXPECT_EQ(0, list->count);
	free(list);
}

/* Defaults. */

TEST_F(limits, are_what_the_manual_says)
{
	EXPECT_STREQ("50%", parameter("user_limit"));
	EXPECT_STREQ("65536", parameter("areas_per_user"));
}

TEST_F_TIMEOUT(limits, of_a_user_is_half_the_pool, PATIENCE)
{
	struct hoarder hoarder = { USER, shared_number() };
	pid_t pid = child_start(hoard, self->fd, &hoarder);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_NE(0, pool_stat(self->fd).out_free_pages);
	EXPECT_EQ(self->total / 2, *hoarder.pages);
	EXPECT_EQ(self->total / 2, limit_of(of_user, USER).pages);
	/* Others are not concerned: another user, and root. */
	EXPECT_EQ(self->total / 2, can_have(self->fd, OTHER_USER));
	EXPECT_EQ(self->total / 2, can_have(self->fd, 0));
	EXPECT_TRUE(child_finish(pid));
}

TEST_F_TIMEOUT(limits, of_percent_follow_the_size_of_the_pool, PATIENCE)
{
	ASSERT_EQ(0, admin_grow(2 * BLOCK));
	EXPECT_EQ(self->total / 2 + BLOCK / PAGE, can_have(self->fd, USER));
	EXPECT_TRUE(has_nothing(of_user, USER));
	EXPECT_EQ(0, admin_shrink(2 * BLOCK));
	EXPECT_EQ(self->total / 2, can_have(self->fd, USER));
	EXPECT_EQ(self->total, pool_stat(self->fd).out_total_pages);
}

struct setting {
	const char *value;
	uint64_t pages;
};

TEST_F_TIMEOUT(limits, of_users_can_be_changed, PATIENCE)
{
	const struct setting settings[] = {
		{ "100%", self->total }, { "1%", self->total / 100 }, { "37%\n", self->total * 37 / 100 },
		{ "0%", 0 }, { "1M", 256 }, { "1M\n", 256 }, { "0", 0 }, { "4096", 1 },
		{ "8191", 1 }, { "1G", UINT64_MAX },
	};
	unsigned int i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const uint64_t pages = settings[i].pages;

		ASSERT_EQ(0, parameter_set("user_limit", settings[i].value));
		if (pages < self->total)
			EXPECT_EQ(pages, can_have(self->fd, USER)) TH_LOG("%s", settings[i].value);
	}
	EXPECT_EQ(0, parameter_set("user_limit", "25%"));
	EXPECT_STREQ("25%", parameter("user_limit"));
	EXPECT_EQ(0, parameter_set("user_limit", "64K"));
	EXPECT_STREQ("65536", parameter("user_limit"));
}

TEST_F(limits, that_make_no_sense_are_refused)
{
	static const char *const wrong[] = {
		"", "%", "101%", "1000000%", "-1%", "5%5", "5%%", "50 %", "half", "99999999999999999999",
		"1T", "12345678%", "18446744073709551616%",
	};
	unsigned int i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_EQ(*wrong[i] ? EINVAL : 0, parameter_set("user_limit", wrong[i]))
			TH_LOG("%s", wrong[i]);
		EXPECT_STREQ("50%", parameter("user_limit"));
	}
}

static void become_with_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { {
		.effective = 1u << CAP_SYS_RESOURCE,
		.permitted = 1u << CAP_SYS_RESOURCE,
	} };

	child_need(!prctl(PR_SET_KEEPCAPS, 1) && !setresuid(USER, USER, USER));
	child_need(!syscall(SYS_capset, &header, data));
}

static void take_with_capability(int fd, const void *arg)
{
	int error;

	become_with_capability();
	child_need(take_all(fd, &error) == *(const uint64_t *)arg && error == ENOMEM);
}

TEST_F_TIMEOUT(limits, of_users_are_lifted_by_a_capability, PATIENCE)
{
	EXPECT_TRUE(child_succeeded(child_start(take_with_capability, self->fd, &self->total)));
}

static void have_a_page_with_capability(int fd, const void *arg)
{
	become_with_capability();
	child_need(alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT));
	raise(SIGSTOP);
}

/* Catches: one who is taken for another of the same user, who has the capability. */
TEST_F_TIMEOUT(limits, of_users_are_lifted_for_who_has_the_capability_only, PATIENCE)
{
	pid_t pid = child_start(have_a_page_with_capability, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(self->total / 2 - 1, can_have(self->fd, USER));
	EXPECT_EQ(1, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

/* What was set for a user counts for whoever that is. */
TEST_F_TIMEOUT(limits, that_are_set_are_not_lifted, PATIENCE)
{
	const uint64_t few = FEW;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_FALSE(child_succeeded(child_start(take_with_capability, self->fd, &few)));
	ASSERT_EQ(0, limit_set(of_user, 0, FEW, UNSET, UNSET));
	EXPECT_EQ(FEW, can_have(self->fd, 0));
}

static void take_in_namespace(int fd, const void *arg)
{
	int error;

	become(USER);
	if (unshare(CLONE_NEWUSER))
		_exit(2);
	child_need(take_all(fd, &error) == *(const uint64_t *)arg && error == EDQUOT);
}

TEST_F_TIMEOUT(limits, are_not_escaped_in_a_namespace, PATIENCE)
{
	const uint64_t half = self->total / 2;
	pid_t pid = child_start(take_in_namespace, self->fd, &half);
	int status;

	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		SKIP(return, "no user namespaces for users here");
	EXPECT_EQ(0, status);
}

/* What is refused. */

static void be_refused(int fd, const void *arg)
{
	struct physvm_alloc args = alloc_args((FEW - 9) * PAGE, PHYSVM_ALLOC_COMMIT);
	struct traces before;

	become(USER);
	child_need(alloc_map(fd, 10 * PAGE, PHYSVM_ALLOC_COMMIT));
	before = traces(fd);
	child_need(call(fd, PHYSVM_ALLOC, &args) == EDQUOT);
	args.flags = PHYSVM_ALLOC_FD | PHYSVM_ALLOC_CONTIG;
	args.prot = 0;
	child_need(call(fd, PHYSVM_ALLOC, &args) == EDQUOT);
	child_need(same_traces(before, traces(fd)));
	args.length -= PAGE;
	child_need(!call(fd, PHYSVM_ALLOC, &args));
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
}

TEST_F(limits, refuse_and_change_nothing)
{
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(be_refused, self->fd, NULL)));
	EXPECT_TRUE(has_nothing(of_user, USER));
	EXPECT_EQ(3, limit_of(of_user, USER).failures);
}

TEST_F(limits, are_a_cause_of_their_own)
{
	struct limit_failures before = limit_failures(), after;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(be_refused, self->fd, NULL)));
	after = limit_failures();
	EXPECT_EQ(before.counts[PHYSVM_NL_FAILURE_LIMIT] + 3,
		  after.counts[PHYSVM_NL_FAILURE_LIMIT]);
	before.counts[PHYSVM_NL_FAILURE_LIMIT] += 3;
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* What the pool has not got is no limit's doing. */
static void ask_in_vain(struct __test_metadata *_metadata, int fd, uint64_t pages)
{
	const struct limit_failures before = limit_failures();
	struct limit_failures after;

	EXPECT_EQ(NULL, alloc_map(fd, pages * PAGE, PHYSVM_ALLOC_COMMIT));
	EXPECT_EQ(ENOMEM, errno);
	after = limit_failures();
	EXPECT_EQ(before.counts[PHYSVM_NL_FAILURE_NO_MEMORY] + 1,
		  after.counts[PHYSVM_NL_FAILURE_NO_MEMORY]);
	EXPECT_EQ(before.counts[PHYSVM_NL_FAILURE_LIMIT],
		  after.counts[PHYSVM_NL_FAILURE_LIMIT]);
}

TEST_F(limits, have_not_refused_what_is_not_there)
{
	char *one = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, one);
	ask_in_vain(_metadata, self->fd, self->total);
	munmap(one, PAGE);
}

TEST_F(limits, have_not_refused_what_never_was_there)
{
	ask_in_vain(_metadata, self->fd, self->total + 1);
	ask_in_vain(_metadata, self->fd, 1ull << 40);
}

/* Who has more than a limit that was lowered keeps it. */
static void live_with_less(int fd, const void *arg)
{
	char *some, *more;

	become(USER);
	some = alloc_map(fd, FEW / 2 * PAGE, PHYSVM_ALLOC_COMMIT);
	more = alloc_map(fd, FEW / 2 * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(some && more);
	memset(some, 1, FEW / 2 * PAGE);
	raise(SIGSTOP);
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
	child_need(some[FEW / 2 * PAGE - 1] == 1);
	memset(more, 2, FEW / 2 * PAGE);
	munmap(more, FEW / 2 * PAGE);
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
	munmap(some, FEW / 2 * PAGE);
	child_need(alloc_map(fd, 10 * PAGE, 0));
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
}

TEST_F(limits, that_are_lowered_take_nothing_away)
{
	pid_t pid = child_start(live_with_less, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	ASSERT_EQ(0, limit_set(of_user, USER, 10, UNSET, UNSET));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

TEST_F_TIMEOUT(limits, of_pages_and_percent_both_count, PATIENCE)
{
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, 10, UNSET));
	EXPECT_EQ(FEW, can_have(self->fd, USER));
	ASSERT_EQ(0, limit_set(of_user, USER, self->total, UNSET, UNSET));
	EXPECT_EQ(self->total / 10, can_have(self->fd, USER));
	/* One that is set is in place of the default. */
	ASSERT_EQ(0, limit_reset(of_user, USER));
	ASSERT_EQ(0, limit_set(of_user, USER, UNSET, 60, UNSET));
	EXPECT_EQ(self->total * 60 / 100, can_have(self->fd, USER));
}

/* The largest number is one, and no word for the default. */
TEST_F_TIMEOUT(limits, that_are_the_largest_number, PATIENCE)
{
	struct nl_request request = limit_request_about(PHYSVM_NL_CMD_LIMIT_SET, of_user, USER);

	nl_put_u64(&request, PHYSVM_NL_A_LIMIT_MAX_PAGES, UINT64_MAX);
	nl_put_u64(&request, PHYSVM_NL_A_LIMIT_MAX_AREAS, UINT64_MAX);
	ASSERT_EQ(0, limit_ask(&request, NULL, NULL));
	ASSERT_EQ(0, parameter_set("areas_per_user", "0"));
	EXPECT_EQ(self->total, can_have(self->fd, USER));
}

/* The most there were of all pages, since there were none. */
static void go_up_and_down(int fd, const void *arg)
{
	char *some, *more;

	become(USER);
	some = alloc_map(fd, 10 * PAGE, PHYSVM_ALLOC_COMMIT);
	more = alloc_map(fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(some && more && !unmap(fd, more, 20 * PAGE));
	child_need(alloc_map(fd, 5 * PAGE, PHYSVM_ALLOC_COMMIT));
	raise(SIGSTOP);
}

TEST_F(limits, know_the_most_there_was)
{
	pid_t pid = child_start(go_up_and_down, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(15, limit_of(of_user, USER).pages);
	EXPECT_EQ(30, limit_of(of_user, USER).peak);
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_finish(pid));
	EXPECT_TRUE(has_nothing(of_user, USER));
	EXPECT_EQ(0, limit_of(of_user, USER).peak);
}

static void take_areas(int fd, const void *arg)
{
	const int many = *(const int *)arg;
	struct physvm_reserve reserve = { .size = sizeof(reserve), .length = PAGE };
	int i;

	become(USER);
	child_need(alloc_map(fd, PAGE, 0) && alloc_map(fd, PAGE, PHYSVM_ALLOC_NORESERVE));
	for (i = 2; i < many; i++)
		child_need(!call(fd, PHYSVM_RESERVE, &reserve));
	child_need(call(fd, PHYSVM_RESERVE, &reserve) == EDQUOT);
	child_need(region_make(fd, REGION_LENGTH, 0, 12).fd == -1 && errno == EDQUOT);
	child_need(!alloc_map(fd, PAGE, PHYSVM_ALLOC_NORESERVE) && errno == EDQUOT);
	child_need(!unmap(fd, (void *)reserve.out_addr, PAGE));
	child_need(alloc_map(fd, PAGE, PHYSVM_ALLOC_NORESERVE));
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
}

TEST_F(limits, of_areas)
{
	int many = 20;

	ASSERT_EQ(0, parameter_set("areas_per_user", "20"));
	EXPECT_TRUE(child_succeeded(child_start(take_areas, self->fd, &many)));
	many = 5;
	ASSERT_EQ(0, limit_set(of_user, USER, UNSET, UNSET, 5));
	EXPECT_TRUE(child_succeeded(child_start(take_areas, self->fd, &many)));
}

/* Areas without pages. */

static void commit_in_part(int fd, const void *arg)
{
	char *area, *other;

	become(USER);
	area = alloc_map(fd, 2 * FEW * PAGE, PHYSVM_ALLOC_NORESERVE);
	other = alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_NORESERVE);
	child_need(area && other);
	child_need(!commit(fd, area + PAGE, (FEW - 1) * PAGE));
	child_need(commit(fd, other, 2 * PAGE) == EDQUOT && write_signal(other));
	child_need(commit(fd, area, 3 * FEW / 2 * PAGE) == EDQUOT && write_signal(area));
	/* The pages that are there already are not counted twice. */
	child_need(!commit(fd, area, FEW * PAGE) && !write_signal(area));
	child_need(!decommit(fd, area, 2 * PAGE));
	child_need(!commit(fd, other, 2 * PAGE) && !write_signal(other));
	raise(SIGSTOP);
}

TEST_F(limits, count_what_is_committed)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	pid = child_start(commit_in_part, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(2, limit_of(of_user, USER).areas);
	EXPECT_TRUE(child_finish(pid));
}

/* Whoever touches it, it is its maker who is charged. */
struct file_area {
	int file;
	int socket;
};

static void send_file_area(int fd, const void *arg)
{
	const struct file_area *from = arg;
	struct physvm_alloc args = file_args(from->file, 2 * FEW * PAGE);

	become(USER);
	args.flags = PHYSVM_ALLOC_FILE | PHYSVM_ALLOC_FD;
	args.prot = 0;
	child_need(!call(fd, PHYSVM_ALLOC, &args) && send_fd(from->socket, args.out_fd));
}

static size_t touch_until_refused(volatile char *area, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		if (read_signal((char *)area + i * PAGE))
			break;
	return i;
}

TEST_F_TIMEOUT(limits, count_what_others_have_read, PATIENCE)
{
	char path[] = "/tmp/limits-XXXXXX";
	struct file_area from = { make_file(path, 2 * FEW * PAGE), -1 };
	int sockets[2], area_fd;
	char *area;

	ASSERT_LE(0, from.file);
	unlink(path);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	from.socket = sockets[0];
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(send_file_area, self->fd, &from)));
	area_fd = receive_fd(sockets[1]);
	area = mmap(NULL, 2 * FEW * PAGE, PROT_READ, MAP_SHARED, area_fd, 0);
	ASSERT_NE(MAP_FAILED, area);
	EXPECT_EQ(0, limit_of(of_user, USER).pages);
	EXPECT_EQ(FEW, touch_until_refused(area, 2 * FEW));
	EXPECT_EQ(SIGBUS, read_signal(area + FEW * PAGE));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	ASSERT_EQ(0, limit_set(of_user, USER, FEW + 1, UNSET, UNSET));
	EXPECT_EQ(0, read_signal(area + FEW * PAGE));
	munmap(area, 2 * FEW * PAGE);
	close(area_fd);
	close(from.file);
}

static void answer_to_the_limit(int fd, const void *arg)
{
	static char page[FEW * PAGE];
	char *area, *source;
	uint64_t id;
	int pager;

	become(USER);
	pager = make_pager(fd, 0);
	area = alloc_paged(fd, pager, 2 * FEW * PAGE, 0);
	source = alloc_map(fd, PAGE, PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT);
	child_need(area && source);
	*source = 42;
	id = area_id(fd, area);
	child_need(!give_answer(pager, answer_args(id, PAGE, (FEW - 2) * PAGE, PHYSVM_ANSWER_COPY,
						   page)));
	child_need(give_answer(pager, answer_args(id, FEW * PAGE, 2 * PAGE, PHYSVM_ANSWER_COPY,
						  page)) == EDQUOT);
	child_need(!give_answer(pager, answer_args(id, FEW * PAGE, PAGE, PHYSVM_ANSWER_ZERO, NULL)));
	child_need(give_answer(pager, answer_args(id, 0, PAGE, PHYSVM_ANSWER_ZERO, NULL)) == EDQUOT);
	/* One that is moved is not new. */
	child_need(!give_answer(pager, answer_args(id, 0, PAGE, PHYSVM_ANSWER_MOVE, source)));
	child_need(*area == 42 && write_signal(source));
	raise(SIGSTOP);
}

TEST_F(limits, count_what_a_pager_supplies)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	pid = child_start(answer_to_the_limit, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

/* Regions: what they keep counts, and is given back when it is wanted. */

/* The user's, from a new region. */
static char *take_few(int fd, struct region *region)
{
	char *pages;

	become(USER);
	*region = region_make(fd, REGION_LENGTH, 0, 12);
	child_need(region->fd >= 0);
	pages = region_alloc(*region, FEW);
	child_need(pages);
	return pages;
}

static void take_from_region(int fd, const void *arg)
{
	struct region region;
	char *pages = take_few(fd, &region);

	child_need(!region_alloc(region, 1) && errno == EDQUOT);
	child_need(!region_free(region, pages, FEW / 2));
	child_need(!region_free(region, pages + FEW / 2 * PAGE, FEW / 2));
	raise(SIGSTOP);
	child_need(alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT));
	child_need(!region_alloc(region, 1) && errno == EDQUOT);
}

TEST_F(limits, count_what_a_region_keeps)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	pid = child_start(take_from_region, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

static void keep_some(int fd, const void *arg)
{
	struct region region;
	char *pages = take_few(fd, &region);

	child_need(!region_free(region, pages, FEW));
	raise(SIGSTOP);
}

/* Catches: a user who comes to a limit, and others whose regions pay for it. */
TEST_F(limits, of_others_take_nothing_that_is_kept)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	ASSERT_EQ(0, limit_set(of_user, OTHER_USER, FEW, UNSET, UNSET));
	pid = child_start(keep_some, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(FEW, can_have(self->fd, OTHER_USER));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

/* Who is charged, and until when. */

static void send_area(int fd, const void *arg)
{
	int area;

	become(USER);
	area = alloc_fd(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(area >= 0 && send_fd(*(const int *)arg, area));
}

TEST_F(limits, follow_memory_that_is_passed)
{
	int sockets[2], area_fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(send_area, self->fd, &sockets[0])));
	/* In a message, whose sender is dead. */
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(0, can_have(self->fd, USER));
	area_fd = receive_fd(sockets[1]);
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(0, can_have(self->fd, USER));
	close(area_fd);
	EXPECT_EQ(FEW, can_have(self->fd, USER));
}

static void add_name(int fd, const void *arg)
{
	char *area;

	become(USER);
	area = alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(area && !name_add(fd, "limited", area, FEW * PAGE));
}

TEST_F(limits, follow_memory_that_has_a_name)
{
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(add_name, self->fd, NULL)));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(0, can_have(self->fd, USER));
	EXPECT_EQ(0, name_remove(self->fd, "limited"));
	EXPECT_EQ(FEW, can_have(self->fd, USER));
}

static void inherit(int fd, const void *arg)
{
	int error, ends[2];
	pid_t pid;
	char *area;

	child_need(!pipe(ends) && !setresuid(USER, USER, 0));
	area = alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(area);
	pid = fork();
	if (pid) {
		/* The parent goes on as somebody else, who pays nothing for it. */
		child_need(!setresuid(-1, 0, -1) && !setresuid(OTHER_USER, OTHER_USER, OTHER_USER));
		*area = 1;
		child_need(take_all(fd, &error) == FEW && error == EDQUOT);
		raise(SIGSTOP);
		munmap(area, FEW * PAGE);
		close(ends[1]);
		child_need(child_succeeded(pid));
		raise(SIGSTOP);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[1]);
	child_need(!read(ends[0], &error, 1));
	_exit(0);
}

TEST_F(limits, follow_a_fork_and_another_user)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	ASSERT_EQ(0, limit_set(of_user, OTHER_USER, FEW, UNSET, UNSET));
	pid = child_start(inherit, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(FEW, limit_of(of_user, OTHER_USER).pages);
	kill(pid, SIGCONT);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_TRUE(has_nothing(of_user, USER));
	EXPECT_EQ(FEW, limit_of(of_user, OTHER_USER).pages);
	EXPECT_TRUE(child_finish(pid));
}

/* A page held in a pipe would be a way around every limit. */
static void free_into_pipe(int fd, const void *arg)
{
	const int *ends = arg;
	struct iovec page = { .iov_len = PAGE };
	char *area;

	become(USER);
	area = alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(area);
	memset(area, 1, FEW * PAGE);
	page.iov_base = area;
	child_need(vmsplice(ends[1], &page, 1, 0) == PAGE && !munmap(area, FEW * PAGE));
}

TEST_F(limits, count_what_is_in_quarantine)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, limit_set(of_user, USER, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(free_into_pipe, self->fd, ends)));
	EXPECT_EQ(FEW, pool_stat(self->fd).out_quarantined_pages);
	EXPECT_EQ(FEW, limit_of(of_user, USER).pages);
	EXPECT_EQ(0, limit_of(of_user, USER).areas);
	EXPECT_EQ(0, can_have(self->fd, USER));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(FEW, can_have(self->fd, USER));
}

/* Storms. */

static void take_and_give(int fd, unsigned int seed, int rounds)
{
	char *areas[8] = {};
	uint64_t lengths[8] = {};
	int i;

	for (; rounds; rounds--) {
		i = rand_r(&seed) % 8;
		if (areas[i]) {
			child_need(!munmap(areas[i], lengths[i]));
			areas[i] = NULL;
			continue;
		}
		lengths[i] = (rand_r(&seed) % 700 + 1) * PAGE;
		areas[i] = alloc_map(fd, lengths[i], rand_r(&seed) % 2 ? PHYSVM_ALLOC_NORESERVE : 0);
		child_need(areas[i] || errno == EDQUOT || errno == ENOMEM);
		if (areas[i] && !commit(fd, areas[i], lengths[i]))
			*areas[i] = 1;
	}
}

static void be_in_a_storm(int fd, const void *arg)
{
	const unsigned int number = *(const unsigned int *)arg;

	become(USER + number % USERS);
	take_and_give(fd, number, -1);
}

TEST_F_TIMEOUT(limits, are_exact_after_kills, PATIENCE)
{
	unsigned int number;
	pid_t pids[4] = {};

	ASSERT_EQ(0, parameter_set("user_limit", "8M"));
	for (number = 0; number < KILLS; number++) {
		const int i = number % 4;

		if (pids[i])
			EXPECT_TRUE(child_kill(pids[i]));
		pids[i] = child_start(be_in_a_storm, self->fd, &number);
		usleep(100000);
		EXPECT_GE((8ul << 20) / PAGE, limit_of(of_user, USER + number % USERS).peak);
	}
	for (number = 0; number < 4; number++)
		EXPECT_TRUE(child_kill(pids[number]));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	for (number = 0; number < USERS; number++)
		EXPECT_TRUE(has_nothing(of_user, USER + number));
}

/* Two users at once, and two processes of each: never one page too many. */
static void be_exact(int fd, const void *arg)
{
	const unsigned int number = *(const unsigned int *)arg;

	become(USER + number % 2);
	take_and_give(fd, number, rounds_of(1500));
}

TEST_F_TIMEOUT(limits, are_exact_while_many_take, PATIENCE)
{
	unsigned int number;
	pid_t pids[4];

	ASSERT_EQ(0, parameter_set("user_limit", "6M"));
	for (number = 0; number < 4; number++)
		pids[number] = child_start(be_exact, self->fd, &number);
	for (number = 0; number < 2; number++)
		EXPECT_GE((6ul << 20) / PAGE, limit_of(of_user, USER + number).peak);
	for (number = 0; number < 4; number++)
		EXPECT_TRUE(child_succeeded(pids[number]));
	ASSERT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ((6ul << 20) / PAGE, can_have(self->fd, USER));
	EXPECT_EQ((6ul << 20) / PAGE, can_have(self->fd, USER + 1));
}

/* Cgroups. */

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

static uint64_t cgroup_id(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : status.st_ino;
}

FIXTURE(cgroups)
{
	int fd;
	uint64_t above, one, two;
};

#define ABOVE CGROUPS "/physvm"
#define ONE ABOVE "/one"
#define TWO ABOVE "/two"

FIXTURE_SETUP(cgroups)
{
	struct physvm_info info = { .size = sizeof(info) };

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, call(self->fd, PHYSVM_INFO, &info));
	mkdir(CGROUPS, 0755);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL)) {
		EXPECT_EQ(0, info.out_features & PHYSVM_FEATURE_CGROUP);
		SKIP(return, "no cgroups here: %s", strerror(errno));
	}
	EXPECT_NE(0, info.out_features & PHYSVM_FEATURE_CGROUP);
	ASSERT_EQ(0, mkdir(ABOVE, 0755));
	ASSERT_EQ(0, mkdir(ONE, 0755));
	ASSERT_EQ(0, mkdir(TWO, 0755));
	self->above = cgroup_id(ABOVE);
	self->one = cgroup_id(ONE);
	self->two = cgroup_id(TWO);
}

FIXTURE_TEARDOWN(cgroups)
{
	struct limit_list *list = malloc(sizeof(*list));

	EXPECT_TRUE(pool_at_baseline(self->fd));
	EXPECT_EQ(0, limit_reset(of_cgroup, self->above));
	EXPECT_EQ(0, limit_reset(of_cgroup, self->one));
	EXPECT_EQ(0, limit_reset(of_cgroup, self->two));
	rmdir(ONE);
	rmdir(TWO);
	EXPECT_EQ(0, rmdir(ABOVE));
	EXPECT_EQ(0, umount(CGROUPS));
	EXPECT_EQ(0, limit_dump(-1, list));
	EXPECT_EQ(0, list->count);
	free(list);
}

static void enter(const char *cgroup)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	child_need(write_to(path, "0"));
}

/* Takes all that can be had in a cgroup, as root. */
struct member {
	const char *cgroup;
	uint64_t *pages;
	int error;
};

static void take_in_cgroup(int fd, const void *arg)
{
	const struct member *member = arg;
	int error = 0;

	enter(member->cgroup);
	*member->pages = take_all(fd, &error);
	child_need(error == member->error);
	raise(SIGSTOP);
}

TEST_F_TIMEOUT(cgroups, have_limits_of_their_own_and_from_above, PATIENCE)
{
	struct member one = { ONE, shared_number(), EDQUOT }, two = { TWO, shared_number(), EDQUOT };
	struct member free = { CGROUPS, shared_number(), ENOMEM };
	const uint64_t total = pool_stat(self->fd).out_total_pages;
	pid_t first, second, third;

	ASSERT_EQ(0, limit_set(of_cgroup, self->one, FEW, UNSET, UNSET));
	ASSERT_EQ(0, limit_set(of_cgroup, self->above, UNSET, 10, UNSET));
	first = child_start(take_in_cgroup, self->fd, &one);
	ASSERT_TRUE(child_stopped(first));
	second = child_start(take_in_cgroup, self->fd, &two);
	ASSERT_TRUE(child_stopped(second));
	third = child_start(take_in_cgroup, self->fd, &free);
	ASSERT_TRUE(child_stopped(third));
	EXPECT_EQ(FEW, *one.pages);
	EXPECT_EQ(total / 10 - FEW, *two.pages);
	EXPECT_EQ(FEW, limit_of(of_cgroup, self->one).pages);
	EXPECT_EQ(total / 10 - FEW, limit_of(of_cgroup, self->two).pages);
	EXPECT_EQ(total / 10, limit_of(of_cgroup, self->above).pages);
	EXPECT_EQ(total, limit_of(of_cgroup, cgroup_id(CGROUPS)).pages);
	EXPECT_EQ(0, limit_of(of_cgroup, self->two).failures);
	EXPECT_NE(0, limit_of(of_cgroup, self->above).failures);
	EXPECT_TRUE(child_kill(first));
	EXPECT_TRUE(has_nothing(of_cgroup, self->one));
	EXPECT_EQ(total / 10 - FEW, limit_of(of_cgroup, self->above).pages);
	EXPECT_TRUE(child_finish(second));
	EXPECT_TRUE(child_finish(third));
}

/* Whoever moves to another cgroup leaves behind what was made there. */
static void move_between(int fd, const void *arg)
{
	char *area;

	enter(ONE);
	area = alloc_map(fd, FEW * PAGE, 0);
	child_need(area);
	enter(TWO);
	child_need(alloc_map(fd, 10 * PAGE, 0));
	raise(SIGSTOP);
	munmap(area, FEW * PAGE);
	raise(SIGSTOP);
}

TEST_F(cgroups, are_charged_where_it_was_made)
{
	pid_t pid = child_start(move_between, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_cgroup, self->one).pages);
	EXPECT_EQ(10, limit_of(of_cgroup, self->two).pages);
	/* It can be removed, and is charged all the same. */
	EXPECT_EQ(0, rmdir(ONE));
	EXPECT_EQ(FEW, limit_of(of_cgroup, self->one).pages);
	EXPECT_EQ(FEW + 10, limit_of(of_cgroup, self->above).pages);
	kill(pid, SIGCONT);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(10, limit_of(of_cgroup, self->above).pages);
	EXPECT_EQ(ENOENT, limit_set(of_cgroup, self->one, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_finish(pid));
}

/* A page that goes from one area to another goes from one account to the other. */
static void move_pages(int fd, const void *arg)
{
	char *area, *source;
	uint64_t id;
	int pager;

	enter(ONE);
	source = alloc_map(fd, 20 * PAGE, PHYSVM_ALLOC_NORESERVE | PHYSVM_ALLOC_COMMIT);
	child_need(source);
	memset(source, 1, 20 * PAGE);
	enter(TWO);
	pager = make_pager(fd, 0);
	area = alloc_paged(fd, pager, 20 * PAGE, 0);
	child_need(area);
	id = area_id(fd, area);
	child_need(give_answer(pager, answer_args(id, 0, 20 * PAGE, PHYSVM_ANSWER_MOVE, source)) ==
		   EDQUOT);
	child_need(!read_signal(source));
	child_need(!give_answer(pager, answer_args(id, 0, 10 * PAGE, PHYSVM_ANSWER_MOVE, source)));
	raise(SIGSTOP);
}

TEST_F(cgroups, are_charged_for_what_is_moved_there)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_cgroup, self->two, 10, UNSET, UNSET));
	ASSERT_EQ(0, limit_set(of_cgroup, self->above, 20, UNSET, UNSET));
	pid = child_start(move_pages, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(10, limit_of(of_cgroup, self->one).pages);
	EXPECT_EQ(10, limit_of(of_cgroup, self->two).pages);
	EXPECT_EQ(20, limit_of(of_cgroup, self->above).pages);
	EXPECT_TRUE(child_finish(pid));
}

static void ask_about_cgroups(int fd, const void *arg)
{
	const uint64_t *ids = arg;
	struct limit_list *list = malloc(sizeof(*list));
	struct limit limit;

	enter(ONE);
	become(USER);
	child_need(alloc_map(fd, 3 * PAGE, 0));
	child_need(!limit_get(fd, of_cgroup, ids[0], &limit) && limit.pages == 3);
	child_need(limit.max_pages == FEW);
	child_need(limit_get(fd, of_cgroup, ids[1], &limit) == EPERM);
	child_need(limit_get(fd, of_cgroup, ids[2], &limit) == EPERM);
	child_need(!limit_dump(fd, list) && list->count == 1 && list->limits[0].id == USER);
	free(list);
}

/* The one a user is in can be asked about, those above and beside it cannot. */
TEST_F(cgroups, can_be_asked_about_from_within)
{
	const uint64_t ids[] = { self->one, self->two, self->above };

	ASSERT_EQ(0, limit_set(of_cgroup, self->one, FEW, UNSET, UNSET));
	EXPECT_TRUE(child_succeeded(child_start(ask_about_cgroups, self->fd, ids)));
}

/* The number behind @key in a file of "key number". */
static uint64_t number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	unsigned long found = 0, value;
	char line[64], word[32];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %lu", word, &value) == 2 && !strcmp(word, key))
			found = value;
	if (file)
		fclose(file);
	return found;
}

static void use_cgroup(int fd, const void *arg)
{
	char *area;

	enter(ONE);
	area = alloc_map(fd, FEW * PAGE, 0);
	child_need(area && !unmap(fd, area, FEW * PAGE));
}

/* Catches: one that is kept for ever by a question about it, or by an area in it. */
TEST_F_TIMEOUT(cgroups, are_gone_when_they_are_removed, PATIENCE)
{
	int tries;

	ASSERT_EQ(0, limit_set(of_cgroup, self->one, 2 * FEW, UNSET, UNSET));
	ASSERT_EQ(0, limit_reset(of_cgroup, self->one));
	EXPECT_TRUE(child_succeeded(child_start(use_cgroup, self->fd, NULL)));
	ASSERT_EQ(2, number_in(ABOVE "/cgroup.stat", "nr_descendants"));
	EXPECT_EQ(0, rmdir(ONE));
	for (tries = 0; tries < 500; tries++) {
		if (!number_in(ABOVE "/cgroup.stat", "nr_dying_descendants"))
			break;
		usleep(10000);
	}
	EXPECT_EQ(0, number_in(ABOVE "/cgroup.stat", "nr_dying_descendants"));
}

/* What is kept for later by one in a cgroup is given back for another in it. */
static void keep_pages(int fd, const void *arg)
{
	enter(ONE);
	keep_some(fd, NULL);
}

static void want_pages(int fd, const void *arg)
{
	enter(TWO);
	become(OTHER_USER);
	child_need(alloc_map(fd, FEW * PAGE, PHYSVM_ALLOC_COMMIT));
	child_need(!alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT) && errno == EDQUOT);
}

TEST_F(cgroups, get_back_what_is_kept_in_others_below_the_same_limit)
{
	pid_t pid;

	ASSERT_EQ(0, limit_set(of_cgroup, self->above, FEW, UNSET, UNSET));
	pid = child_start(keep_pages, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(FEW, limit_of(of_cgroup, self->above).pages);
	EXPECT_TRUE(child_succeeded(child_start(want_pages, self->fd, NULL)));
	EXPECT_TRUE(child_finish(pid));
}

/* A user in several of them has one limit. */
static void take_as_user_in(int fd, const void *arg)
{
	enter(arg);
	become(USER);
	child_need(alloc_map(fd, FEW * PAGE, 0));
	raise(SIGSTOP);
	child_need(!alloc_map(fd, PAGE, 0) && errno == EDQUOT);
}

TEST_F(cgroups, are_no_way_around_the_limit_of_a_user)
{
	pid_t one, two;

	ASSERT_EQ(0, limit_set(of_user, USER, 2 * FEW, UNSET, UNSET));
	one = child_start(take_as_user_in, self->fd, ONE);
	ASSERT_TRUE(child_stopped(one));
	two = child_start(take_as_user_in, self->fd, TWO);
	ASSERT_TRUE(child_stopped(two));
	EXPECT_EQ(2 * FEW, limit_of(of_user, USER).pages);
	EXPECT_TRUE(child_finish(two));
	EXPECT_TRUE(child_kill(one));
	EXPECT_EQ(0, limit_reset(of_user, USER));
}

/* Asking, and who may. */

TEST_F(limits, of_nobody_are_the_default)
{
	struct limit limit;

	ASSERT_EQ(0, limit_get(-1, of_user, USER, &limit));
	EXPECT_EQ(0, limit.pages);
	EXPECT_EQ(50, limit.max_percent);
	EXPECT_EQ(UNSET, limit.max_pages);
	EXPECT_EQ(65536, limit.max_areas);
	EXPECT_EQ(ENOENT, limit_get(-1, of_cgroup, 1ull << 60, &limit));
	EXPECT_EQ(ENOENT, limit_set(of_cgroup, 1ull << 60, FEW, UNSET, UNSET));
	EXPECT_EQ(EINVAL, limit_get(-1, of_user, UINT32_MAX, &limit));
	EXPECT_EQ(EINVAL, limit_set(of_user, 1ull << 32, FEW, UNSET, UNSET));
	EXPECT_EQ(EINVAL, limit_set(of_user, USER, UNSET, UNSET, UNSET));
	EXPECT_NE(0, limit_set(of_user, USER, UNSET, 101, UNSET));
	EXPECT_NE(0, limit_set(2, USER, FEW, UNSET, UNSET));
}

static void ask_as_user(int fd, const void *arg)
{
	struct limit_list *list = malloc(sizeof(*list));
	struct limit limit;

	become(USER);
	child_need(alloc_map(fd, 3 * PAGE, 0));
	child_need(limit_get(-1, of_user, USER, &limit) == EPERM);
	child_need(!limit_get(fd, of_user, USER, &limit) && limit.pages == 3);
	child_need(limit_get(fd, of_user, 0, &limit) == EPERM);
	child_need(limit_get(fd, of_cgroup, 1ull << 60, &limit) == EPERM);
	child_need(limit_set(of_user, USER, UNSET, 100, UNSET) == EPERM);
	child_need(limit_reset(of_user, USER) == EPERM);
	child_need(!limit_dump(fd, list) && list->count == 1 && list->limits[0].id == USER);
	free(list);
}

TEST_F(limits, of_others_are_not_for_everybody)
{
	char *area = alloc_map(self->fd, PAGE, 0);

	ASSERT_NE(NULL, area);
	EXPECT_TRUE(child_succeeded(child_start(ask_as_user, self->fd, NULL)));
	munmap(area, PAGE);
}

TEST_F(limits, of_all_are_listed_in_order)
{
	struct limit_list *list = malloc(sizeof(*list));
	int i;

	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, limit_set(of_user, 2000 + (i * 77) % 200, i, UNSET, UNSET));
	EXPECT_EQ(0, limit_dump(-1, list));
	EXPECT_EQ(200, list->count);
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(2000 + i, list->limits[i].id);
		EXPECT_EQ(0, limit_reset(of_user, 2000 + i));
	}
	free(list);
}

TEST_HARNESS_MAIN
