// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many names there can be: the module's parameters names_max, names_per_user.
 */
#include "kselftest_harness.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>

#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define PARAMETERS "/sys/module/physvm/parameters/"
#define USER 1000

static bool set_limit(const char *path, unsigned int limit)
{
	char text[16];
	const int length = snprintf(text, sizeof(text), "%u", limit);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = write(fd, text, length) == length;

	close(fd);
	return written;
}

static unsigned int limit(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const bool got = read(fd, text, sizeof(text) - 1) > 0;

	close(fd);
	return got ? atoi(text) : 0;
}

#define MAX PARAMETERS "names_max"
#define PER_USER PARAMETERS "names_per_user"

/* For the programs that come next, whatever became of the tests here. */
static void __attribute__((destructor)) restore_limits(void)
{
	set_limit(MAX, 4096);
	set_limit(PER_USER, 256);
}

/* How many more can be added, and what is said then. */
static unsigned int add_until_full(int fd, int area_fd, int *error)
{
	struct physvm_name_add args = add_args("", NULL, PAGE);
	unsigned int count = 0;

	args.flags = PHYSVM_NAME_FD;
	args.fd = area_fd;
	do {
		snprintf((char *)args.name, sizeof(args.name), "name %u", count);
		*error = call(fd, PHYSVM_NAME_ADD, &args);
	} while (!*error && ++count < 100000);
	return count;
}

TEST_F(name, limits_are_what_the_manual_says)
{
	EXPECT_EQ(4096, limit(MAX));
	EXPECT_EQ(256, limit(PER_USER));
}

TEST_F_TIMEOUT(name, as_many_as_there_may_be, PATIENCE)
{
	struct physvm_name_next name;
	uint64_t after = 0;
	int error, i;

	EXPECT_EQ(4096, add_until_full(self->fd, self->area_fd, &error));
	EXPECT_EQ(ENOSPC, error);
	EXPECT_EQ(4096, count_names(self->fd));
	EXPECT_EQ(0, name_try(self->fd, "NAME 0", RW, PHYSVM_NAME_EXCL));
	EXPECT_EQ(0, name_try(self->fd, "NAME 4095", RW, PHYSVM_NAME_EXCL));
	EXPECT_EQ(ENOENT, name_try(self->fd, "NAME 4096", RW, PHYSVM_NAME_EXCL));
	for (i = 0; i < 4096; i++, after = name.out_id) {
		char expected[16];

		snprintf(expected, sizeof(expected), "name %d", i);
		ASSERT_EQ(0, name_next(self->fd, after, &name));
		ASSERT_STREQ(expected, (char *)name.out_name);
	}
	/* Not those at the ends: the trees have to be put in order again. */
	for (i = 0; i < 4096; i += 2) {
		char odd[16];

		snprintf(odd, sizeof(odd), "Name %d", (i * 5 + 1) % 4096);
		ASSERT_EQ(0, name_remove(self->fd, odd));
	}
	EXPECT_EQ(2048, count_names(self->fd));
	EXPECT_EQ(2048, add_until_full(self->fd, self->area_fd, &error));
}

/* All of the same name: removing is from the first on. */
TEST_F_TIMEOUT(name, as_many_of_one_name, PATIENCE)
{
	struct physvm_name_remove args = {
		.size = sizeof(args),
		.flags = PHYSVM_NAME_FD,
		.fd = self->area_fd,
	};
	struct physvm_name_next first, next;
	int i;

	ASSERT_TRUE(set_limit(MAX, 500));
	for (i = 0; i < 500; i++)
		ASSERT_EQ(0, name_add(self->fd, "same", self->area, PAGE));
	EXPECT_EQ(ENOSPC, name_add(self->fd, "same", self->area, PAGE));
	EXPECT_TRUE(set_limit(MAX, 4096));
	ASSERT_EQ(0, name_next(self->fd, 0, &first));
	ASSERT_EQ(0, name_remove(self->fd, "same"));
	ASSERT_EQ(0, name_next(self->fd, 0, &next));
	EXPECT_EQ(first.out_id + 1, next.out_id);
	ASSERT_EQ(0, call(self->fd, PHYSVM_NAME_REMOVE, &args));
	EXPECT_EQ(499, args.out_removed);
}

/* Whoever has more than a limit that was lowered keeps them. */
TEST_F(name, lowered_limit)
{
	int error;

	ASSERT_TRUE(set_limit(MAX, 5));
	EXPECT_EQ(5, add_until_full(self->fd, self->area_fd, &error));
	ASSERT_TRUE(set_limit(MAX, 3));
	EXPECT_EQ(5, count_names(self->fd));
	EXPECT_REFUSED(ENOSPC, self->fd, name_add(self->fd, "x", self->area, PAGE));
	ASSERT_EQ(0, name_remove(self->fd, "name 0"));
	ASSERT_EQ(0, name_remove(self->fd, "name 1"));
	EXPECT_REFUSED(ENOSPC, self->fd, name_add(self->fd, "x", self->area, PAGE));
	ASSERT_EQ(0, name_remove(self->fd, "name 2"));
	EXPECT_EQ(0, name_add(self->fd, "x", self->area, PAGE));
	EXPECT_TRUE(set_limit(MAX, 4096));
}

/* Limits of users. */

struct wish {
	int area_fd;
	unsigned int expected;
	bool namespace;
};

static void add_as_user(int fd, const void *arg)
{
	const struct wish *wish = arg;
	int error;

	child_need(!setresuid(USER, USER, USER));
	if (wish->namespace && unshare(CLONE_NEWUSER))
		_exit(2);
	child_need(add_until_full(fd, wish->area_fd, &error) == wish->expected);
	child_need(error == ENOSPC);
}

TEST_F_TIMEOUT(name, user_cannot_fill_the_table, PATIENCE)
{
	const struct wish all = { self->area_fd, 256, false }, none = { self->area_fd, 0, false },
			  one = { self->area_fd, 1, false };
	int error;

	EXPECT_TRUE(child_succeeded(child_start(add_as_user, self->fd, &all)));
	EXPECT_EQ(256, count_names(self->fd));
	EXPECT_TRUE(child_succeeded(child_start(add_as_user, self->fd, &none)));
	/* One of root's is no help, one of the user's is. */
	ASSERT_EQ(0, name_add(self->fd, "root's", self->area, PAGE));
	ASSERT_EQ(0, name_remove(self->fd, "root's"));
	EXPECT_TRUE(child_succeeded(child_start(add_as_user, self->fd, &none)));
	ASSERT_EQ(0, name_remove(self->fd, "name 7"));
	EXPECT_TRUE(child_succeeded(child_start(add_as_user, self->fd, &one)));
	/* Root is above that limit and below the other. */
	EXPECT_EQ(4096 - 256, add_until_full(self->fd, self->area_fd, &error));
}

/* There everybody has CAP_SYS_RESOURCE. */
TEST_F(name, user_cannot_escape_the_limit_in_a_namespace)
{
	const struct wish wish = { self->area_fd, 256, true };
	pid_t pid = child_start(add_as_user, self->fd, &wish);
	int status;

	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		SKIP(return, "no user namespaces for users here");
	EXPECT_EQ(0, status);
}

static void add_with_capability(int fd, const void *arg)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { {
		.effective = 1u << CAP_SYS_RESOURCE,
		.permitted = 1u << CAP_SYS_RESOURCE,
	} };
	int error;

	child_need(!prctl(PR_SET_KEEPCAPS, 1) && !setresuid(USER, USER, USER));
	child_need(!syscall(SYS_capset, &header, data));
	child_need(add_until_full(fd, *(const int *)arg, &error) == 10 && error == ENOSPC);
}

TEST_F(name, capability_lifts_the_limit_of_users)
{
	ASSERT_TRUE(set_limit(PER_USER, 2));
	ASSERT_TRUE(set_limit(MAX, 10));
	EXPECT_TRUE(child_succeeded(child_start(add_with_capability, self->fd, &self->area_fd)));
	EXPECT_TRUE(set_limit(PER_USER, 256));
	EXPECT_TRUE(set_limit(MAX, 4096));
}

TEST_HARNESS_MAIN
