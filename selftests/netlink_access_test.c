// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask over netlink, what they see, and what is refused and how: the answer
 * says which attribute is wrong.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sched.h>

#include "netlink.h"
#include "pool_admin.h"

SKIP_ALL_WITHOUT_POOL(8 * BLOCK / PAGE)

#define IN_CHILD(work) child_succeeded(child_start(work, self->fd, NULL))

/* Of those anybody may use: which attribute is device-fd. 0: only an administrator. */
static const struct {
	uint8_t cmd;
	uint16_t flags;
	int fd_attr;
} commands[] = {
	{ PHYSVM_NL_CMD_POOL_GET, NLM_F_DUMP, PHYSVM_NL_A_POOL_DEVICE_FD },
	{ PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP, PHYSVM_NL_A_AREA_DEVICE_FD },
	{ PHYSVM_NL_CMD_MAPPING_GET, NLM_F_DUMP, PHYSVM_NL_A_MAPPING_DEVICE_FD },
	{ PHYSVM_NL_CMD_NAME_GET, NLM_F_DUMP, PHYSVM_NL_A_NAME_DEVICE_FD },
	{ PHYSVM_NL_CMD_REGION_GET, NLM_F_DUMP, PHYSVM_NL_A_REGION_DEVICE_FD },
	{ PHYSVM_NL_CMD_LIMIT_GET, NLM_F_DUMP, PHYSVM_NL_A_LIMIT_DEVICE_FD },
	{ PHYSVM_NL_CMD_STATS_GET, 0, PHYSVM_NL_A_STATS_DEVICE_FD },
	{ PHYSVM_NL_CMD_BLOCK_GET, NLM_F_DUMP, 0 },
	{ PHYSVM_NL_CMD_POOL_SET, 0, 0 },
	{ PHYSVM_NL_CMD_POOL_GROW, 0, 0 },
	{ PHYSVM_NL_CMD_POOL_SHRINK, 0, 0 },
	{ PHYSVM_NL_CMD_NAME_REMOVE, 0, 0 },
	{ PHYSVM_NL_CMD_LIMIT_SET, 0, 0 },
};

static void become_nobody(void)
{
	child_need(!setresuid(NOBODY, NOBODY, NOBODY));
}

static void nobody_without_descriptor(int fd, const void *arg)
{
	struct nl nl;
	unsigned int i;

	become_nobody();
	child_need(!nl_open(&nl));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct nl_request request = nl_request(&nl, commands[i].cmd, commands[i].flags);
		const struct nl_result result = nl_ask(&nl, &request, NULL, NULL);

		child_need(result.error == EPERM && !result.messages);
		/* Kernel 6.1 cannot say more when it is a dump that does not begin. */
		if (commands[i].flags & NLM_F_DUMP)
			continue;
		child_need(result.text[0]);
		child_need(result.missing == commands[i].fd_attr || !commands[i].fd_attr);
	}
}

TEST_F(netlink, nothing_without_a_descriptor)
{
	EXPECT_TRUE(IN_CHILD(nobody_without_descriptor));
}

static void with_wrong_descriptors(int fd, const void *arg)
{
	const int wrong[] = { open("/proc/self/stat", O_RDONLY), open("/proc/self/maps", O_RDONLY), -1, 1000 };
	struct nl nl;
	unsigned int i;

	become_nobody();
	child_need(!nl_open(&nl));
	for (i = 0; i < 4; i++) {
		struct nl_request request = nl_request(&nl, PHYSVM_NL_CMD_STATS_GET, 0);
		const uint32_t offset = nl_next_offset(&request);
		struct nl_result result;

		nl_put_u32(&request, PHYSVM_NL_A_STATS_DEVICE_FD, wrong[i]);
		result = nl_ask(&nl, &request, NULL, NULL);
		child_need(result.error == (i < 2 ? EPERM : EBADF));
		child_need(result.bad_offset == offset && !result.messages);
		child_need(strstr(result.text, "device-fd"));
	}
}

TEST_F(netlink, other_descriptors_do_not_help)
{
	EXPECT_TRUE(IN_CHILD(with_wrong_descriptors));
}

struct seen {
	unsigned int count;
	unsigned int others;	/* users' things, or physical addresses */
};

static void see_area(const struct nl_attrs *attrs, void *data)
{
	struct seen *seen = data;

	seen->count++;
	seen->others += nl_number(attrs, PHYSVM_NL_A_AREA_UID) != NOBODY ||
			nl_has(attrs, PHYSVM_NL_A_AREA_PHYS);
}

static void see_mapping(const struct nl_attrs *attrs, void *data)
{
	struct seen *seen = data;

	seen->count++;
	seen->others += nl_number(attrs, PHYSVM_NL_A_MAPPING_PID) != (uint64_t)getpid();
}

static void see_name(const struct nl_attrs *attrs, void *data)
{
	struct seen *seen = data;

	seen->count++;
	seen->others += nl_number(attrs, PHYSVM_NL_A_NAME_UID) != NOBODY;
}

static struct seen dump_as_nobody(struct nl *nl, int fd, uint8_t cmd, int fd_attr, nl_fn *fn)
{
	struct nl_request request = nl_request(nl, cmd, NLM_F_DUMP);
	struct seen seen = {};

	nl_put_u32(&request, fd_attr, fd);
	child_need(!nl_ask(nl, &request, fn, &seen).error);
	return seen;
}

static void nobody_with_descriptor(int fd, const void *arg)
{
	struct seen areas, mappings, names;
	struct nl_request request;
	struct nl nl;
	char *addr;

	become_nobody();
	child_need(!nl_open(&nl));
	addr = alloc_map(fd, PAGE, PHYSVM_ALLOC_CONTIG);
	child_need(addr && !name_add(fd, "of nobody", addr, PAGE));
	areas = dump_as_nobody(&nl, fd, PHYSVM_NL_CMD_AREA_GET, PHYSVM_NL_A_AREA_DEVICE_FD,
			       see_area);
	mappings = dump_as_nobody(&nl, fd, PHYSVM_NL_CMD_MAPPING_GET,
				  PHYSVM_NL_A_MAPPING_DEVICE_FD, see_mapping);
	names = dump_as_nobody(&nl, fd, PHYSVM_NL_CMD_NAME_GET, PHYSVM_NL_A_NAME_DEVICE_FD,
			       see_name);
	child_need(areas.count == 1 && !areas.others);
	child_need(mappings.count == 1 && !mappings.others);
	child_need(names.count == 1 && !names.others);

	/* Root's area, whose number is one less. */
	request = nl_request(&nl, PHYSVM_NL_CMD_AREA_GET, 0);
	nl_put_u32(&request, PHYSVM_NL_A_AREA_DEVICE_FD, fd);
	nl_put_u64(&request, PHYSVM_NL_A_AREA_ID, id_of(fd, addr) - 1);
	child_need(nl_ask(&nl, &request, NULL, NULL).error == ENOENT);
	child_need(nl_listen(&nl) == EPERM);
}

TEST_F(netlink, users_see_their_own)
{
	char *addr = alloc_map(self->fd, PAGE, 0);

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, name_add(self->fd, "of root", addr, PAGE));
	EXPECT_TRUE(IN_CHILD(nobody_with_descriptor));
	munmap(addr, PAGE);
}

static void be_another(int unused, const void *arg)
{
	child_need(!setresuid(-1, 0, -1) && !setresuid(NOBODY - 1, NOBODY - 1, NOBODY - 1));
	raise(SIGSTOP);
}

/*
 * Of one's own memory only what is done with it by oneself is told: where another
 * has it is the other's.
 */
static void lend_to_another(int fd, const void *arg)
{
	struct seen mappings;
	struct nl nl;
	bool ended;
	pid_t other;
	char *addr;

	child_need(!setresuid(NOBODY, NOBODY, 0));
	addr = alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(addr);
	other = child_start(be_another, 0, NULL);
	child_need(child_stopped(other));
	become_nobody();
	child_need(!nl_open(&nl));
	mappings = dump_as_nobody(&nl, fd, PHYSVM_NL_CMD_MAPPING_GET,
				  PHYSVM_NL_A_MAPPING_DEVICE_FD, see_mapping);
	/* To go on, but no more, is what others may say to it. */
	ended = child_finish(other);
	child_need(ended && mappings.count == 1 && !mappings.others);
}

TEST_F(netlink, mappings_of_others_are_not_told)
{
	EXPECT_TRUE(IN_CHILD(lend_to_another));
}

/* A socket opened by root and used by nobody has the rights of neither. */
static void use_roots_socket(int fd, const void *arg)
{
	struct nl nl;

	child_need(!nl_open(&nl));
	become_nobody();
	child_need(ask(&nl, PHYSVM_NL_CMD_STATS_GET, NULL, NULL).error == EPERM);
}

/* Nor has one opened by nobody and used by root: who writes to it may not know it. */
static void use_nobodys_socket(int fd, const void *arg)
{
	struct nl nl;

	child_need(!seteuid(NOBODY) && !nl_open(&nl) && !seteuid(0));
	child_need(ask(&nl, PHYSVM_NL_CMD_STATS_GET, NULL, NULL).error == EPERM);
}

TEST_F(netlink, rights_are_of_opener_and_caller)
{
	EXPECT_TRUE(IN_CHILD(use_roots_socket));
	EXPECT_TRUE(IN_CHILD(use_nobodys_socket));
}

/* Namespaces. */

#define ELSEWHERE 7	/* who nobody is there */
#define NO_NAMESPACES 2

static bool write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

/* Has all capabilities afterwards, but there only. */
static void enter_namespaces(void)
{
	char map[32];

	become_nobody();
	/* Whoever has changed their user does not own their files in /proc. */
	child_need(!prctl(PR_SET_DUMPABLE, 1));
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID))
		_exit(NO_NAMESPACES);
	snprintf(map, sizeof(map), "%d %d 1", ELSEWHERE, NOBODY);
	child_need(write_text("/proc/self/uid_map", map));
}

/* False without namespaces for users. */
static bool in_namespaces(child_work_t *work, int fd, bool *right)
{
	const pid_t pid = child_start(work, fd, NULL);
	int status;

	*right = waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
	return !WIFEXITED(status) || WEXITSTATUS(status) != NO_NAMESPACES;
}

static void be_root_of_a_namespace(int fd, const void *arg)
{
	struct nl nl;

	enter_namespaces();
	child_need(!nl_open(&nl));
	child_need(ask(&nl, PHYSVM_NL_CMD_STATS_GET, NULL, NULL).error == EPERM);
	child_need(dump(&nl, PHYSVM_NL_CMD_BLOCK_GET, NULL, NULL).error == EPERM);
	child_need(nl_listen(&nl) == EPERM);
}

/* Catches: anybody made an administrator by a namespace of their own. */
TEST_F(netlink, root_of_a_namespace_is_nobody)
{
	bool right;

	if (!in_namespaces(be_root_of_a_namespace, self->fd, &right))
		SKIP(return, "no user namespaces for users here");
	EXPECT_TRUE(right);
}

struct maker {
	uint64_t id;	/* looked for */
	uint64_t uid;
	uint64_t pid;	/* 0: not told */
};

static void see_maker(const struct nl_attrs *attrs, void *data)
{
	struct maker *maker = data;

	if (nl_number(attrs, PHYSVM_NL_A_AREA_ID) != maker->id)
		return;
	maker->uid = nl_number(attrs, PHYSVM_NL_A_AREA_UID);
	maker->pid = nl_number(attrs, PHYSVM_NL_A_AREA_PID);
}

static struct maker maker_of(struct nl *nl, int fd, uint16_t flags, uint64_t id)
{
	struct nl_request request = nl_request(nl, PHYSVM_NL_CMD_AREA_GET, flags);
	struct maker maker = { .id = id };

	nl_put_u32(&request, PHYSVM_NL_A_AREA_DEVICE_FD, fd);
	if (!flags)
		nl_put_u64(&request, PHYSVM_NL_A_AREA_ID, id);
	child_need(!nl_ask(nl, &request, see_maker, &maker).error);
	return maker;
}

#define DUMPS 100

/* Is the first process there: the numbers differ for sure. */
static void look_from_inside(int fd, const void *arg)
{
	const uint64_t outside = *(const uint64_t *)arg;
	char *addr = alloc_map(fd, PAGE, 0);
	struct nl nl;
	int i;

	child_need(addr && !nl_open(&nl));
	for (i = 0; i < DUMPS; i++) {
		const uint16_t flags = i ? NLM_F_DUMP : 0;
		const struct maker own = maker_of(&nl, fd, flags, id_of(fd, addr));
		const struct maker other = maker_of(&nl, fd, flags, outside);

		child_need(own.uid == ELSEWHERE && own.pid == (uint64_t)getpid());
		child_need(other.uid == ELSEWHERE && !other.pid);
	}
}

static void look_from_namespaces(int fd, const void *arg)
{
	char *addr;
	uint64_t id;

	enter_namespaces();
	addr = alloc_map(fd, PAGE, 0);
	child_need(addr);
	id = id_of(fd, addr);
	child_need(child_succeeded(child_start(look_from_inside, fd, &id)));
}

/*
 * Catches: numbers of users and processes that are others' there; a namespace of
 * processes that is gone while there are some in it, which the kernel's log tells.
 */
TEST_F_TIMEOUT(netlink, users_and_processes_are_told_as_the_reader_knows_them, PATIENCE)
{
	bool right;

	if (!in_namespaces(look_from_namespaces, self->fd, &right))
		SKIP(return, "no user namespaces for users here");
	EXPECT_TRUE(right);
}

/* What is wrong with a request. */

#define EXPECT_NAMED(err, request, offset) \
	do { \
		const struct nl_result __result = nl_ask(&self->nl, request, NULL, NULL); \
		EXPECT_EQ(err, __result.error); \
		EXPECT_EQ(offset, __result.bad_offset); \
		EXPECT_NE('\0', __result.text[0]); \
		EXPECT_EQ(0, __result.messages); \
	} while (0)

TEST_F(netlink, unknown_attributes)
{
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct nl_request request = nl_request(&self->nl, commands[i].cmd,
						       commands[i].flags);
		const uint32_t offset = nl_next_offset(&request);

		nl_put_u32(&request, 77, 0);
		EXPECT_NAMED(EINVAL, &request, offset);
	}
}

/* Known, but not in a request of this kind. */
TEST_F(netlink, results_are_no_attributes_of_requests)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP);
	uint32_t offset = nl_next_offset(&request);

	nl_put_u64(&request, PHYSVM_NL_A_AREA_PAGES, 1);
	EXPECT_NAMED(EINVAL, &request, offset);
	request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP);
	nl_put_u64(&request, PHYSVM_NL_A_AREA_ID, 1);
	/* Kernel 6.1 cannot say more: it is found when the dump begins. */
	EXPECT_EQ(EINVAL, nl_ask(&self->nl, &request, NULL, NULL).error);
}

TEST_F(netlink, numbers_of_the_wrong_size)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, 0);
	const uint32_t offset = nl_next_offset(&request);

	nl_put_u32(&request, PHYSVM_NL_A_AREA_ID, 1);
	EXPECT_NAMED(EINVAL, &request, offset);
}

TEST_F(netlink, no_such_pool)
{
	struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_POOL_GET, 0);
	const uint32_t offset = nl_next_offset(&request);

	nl_put_u32(&request, PHYSVM_NL_A_POOL_KIND, 2);
	EXPECT_NAMED(ERANGE, &request, offset);
}

TEST_F(netlink, no_such_area)
{
	const uint64_t ids[] = { 0, UINT64_MAX, UINT64_MAX - 1 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct nl_request request = nl_request(&self->nl, PHYSVM_NL_CMD_AREA_GET, 0);
		const uint32_t offset = nl_next_offset(&request);

		nl_put_u64(&request, PHYSVM_NL_A_AREA_ID, ids[i]);
		EXPECT_NAMED(ENOENT, &request, offset);
	}
}

TEST_F(netlink, what_is_missing_is_named)
{
	struct nl_result result = ask(&self->nl, PHYSVM_NL_CMD_AREA_GET, NULL, NULL);

	EXPECT_EQ(EINVAL, result.error);
	EXPECT_EQ(PHYSVM_NL_A_AREA_ID, result.missing);
	EXPECT_STREQ("id is missing", result.text);
	result = ask(&self->nl, PHYSVM_NL_CMD_POOL_GET, NULL, NULL);
	EXPECT_EQ(EINVAL, result.error);
	EXPECT_EQ(PHYSVM_NL_A_POOL_KIND, result.missing);
	result = ask(&self->nl, PHYSVM_NL_CMD_NAME_REMOVE, NULL, NULL);
	EXPECT_EQ(EINVAL, result.error);
	EXPECT_EQ(PHYSVM_NL_A_NAME_NAME, result.missing);
}

static struct nl_request remove_request(const struct nl *nl, const void *name, size_t size)
{
	struct nl_request request = nl_request(nl, PHYSVM_NL_CMD_NAME_REMOVE, 0);

	nl_put(&request, PHYSVM_NL_A_NAME_NAME, name, size);
	return request;
}

TEST_F(netlink, bad_names)
{
	const uint32_t offset = NLMSG_LENGTH(GENL_HDRLEN);
	char name[PHYSVM_NAME_SIZE + 1];
	struct nl_request request;

	memset(name, 'a', sizeof(name));
	name[PHYSVM_NAME_SIZE] = 0;
	request = remove_request(&self->nl, "abc", 3);	/* no zero */
	EXPECT_NAMED(EINVAL, &request, offset);
	request = remove_request(&self->nl, "", 1);
	EXPECT_NAMED(EINVAL, &request, offset);
	request = remove_request(&self->nl, "\xff", 2);
	EXPECT_NAMED(EILSEQ, &request, offset);
	request = remove_request(&self->nl, name, PHYSVM_NAME_SIZE + 1);
	EXPECT_NAMED(EINVAL, &request, offset);
	request = remove_request(&self->nl, "none", 5);
	EXPECT_NAMED(ENOENT, &request, offset);
	nl_put_u64(&request, PHYSVM_NL_A_NAME_ID, 1);
	EXPECT_NAMED(EINVAL, &request, offset);
}

/* By attribute what is wrong with a change of the pool, and nothing is changed. */
TEST_F(netlink, bad_sizes_of_a_pool)
{
	const struct {
		uint64_t bytes, phys;
		bool on_node;
		int named;	/* which attribute, in this order */
	} wrong[] = {
		{ 0, BLOCK, false, 0 },
		{ BLOCK + PAGE, BLOCK, false, 0 },
		{ BLOCK, BLOCK + PAGE, false, 1 },
		{ BLOCK, BLOCK, true, 2 },
	};
	const uint64_t total = pool_stat(self->fd).out_total_pages;
	unsigned int i;

	for (i = 0; i < 2 * sizeof(wrong) / sizeof(wrong[0]); i++) {
		const uint8_t cmd = i % 2 ? PHYSVM_NL_CMD_POOL_GROW : PHYSVM_NL_CMD_POOL_SHRINK;
		struct nl_request request = admin_request(cmd, PHYSVM_NL_POOL_RAM);
		uint32_t offsets[3];

		offsets[0] = nl_next_offset(&request);
		nl_put_u64(&request, PHYSVM_NL_A_POOL_BYTES, wrong[i / 2].bytes);
		offsets[1] = nl_next_offset(&request);
		nl_put_u64(&request, PHYSVM_NL_A_POOL_PHYS, wrong[i / 2].phys);
		offsets[2] = nl_next_offset(&request);
		if (wrong[i / 2].on_node)
			nl_put_u32(&request, PHYSVM_NL_A_POOL_NODE_ID, 0);
		EXPECT_NAMED(EINVAL, &request, offsets[wrong[i / 2].named]);
	}
	EXPECT_EQ(total, pool_stat(self->fd).out_total_pages);
}

TEST_F(netlink, unknown_command)
{
	EXPECT_EQ(EOPNOTSUPP, ask(&self->nl, PHYSVM_NL_CMD_MAX + 1, NULL, NULL).error);
	EXPECT_EQ(EOPNOTSUPP, ask(&self->nl, PHYSVM_NL_CMD_EVENT, NULL, NULL).error);
	EXPECT_EQ(EOPNOTSUPP, dump(&self->nl, PHYSVM_NL_CMD_STATS_GET, NULL, NULL).error);
}

TEST_HARNESS_MAIN
