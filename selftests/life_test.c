// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long areas live: descriptors, processes, limits.
 */
#include "kselftest_harness.h"

#include "alloc.h"
#include "child.h"

#include <sys/resource.h>
#include <sys/stat.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

/* FD */

static char *map_fd(int area_fd, size_t length)
{
	char *addr = mmap(NULL, length, RW, MAP_SHARED, area_fd, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

TEST_F(alloc, descriptor_shows_the_same_memory)
{
	char *again;

	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	again = map_fd(self->args.out_fd, 4 * PAGE);
	ASSERT_NE(NULL, again);
	number_pages(addr_of(&self->args), 4);
	EXPECT_EQ(4, numbered_pages(again, 0, 4));
	EXPECT_EQ(self->args.out_phys, query(self->fd, again).out_phys);
}

TEST_F(alloc, descriptor_outlives_mappings)
{
	char *again;

	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	ASSERT_EQ(0, unmap(self->fd, addr_of(&self->args), 4 * PAGE));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	again = map_fd(self->args.out_fd, 4 * PAGE);
	ASSERT_NE(NULL, again);
	EXPECT_EQ(4, numbered_pages(again, 0, 4));
}

TEST_F(alloc, mapping_outlives_descriptor)
{
	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	ASSERT_EQ(0, close(self->args.out_fd));
	EXPECT_EQ(4, numbered_pages(addr_of(&self->args), 0, 4));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	ASSERT_EQ(0, unmap(self->fd, addr_of(&self->args), 4 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(alloc, descriptor_alone_keeps_the_pages_until_closed)
{
	int area_fd = alloc_fd(self->fd, 4 * PAGE, 0);

	ASSERT_LE(0, area_fd);
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
	ASSERT_EQ(0, close(area_fd));
	EXPECT_EQ(0, pool_stat(self->fd).out_used_pages);
}

TEST_F(alloc, descriptor_duplicated_keeps_the_pages)
{
	int area_fd = alloc_fd(self->fd, 4 * PAGE, 0);
	int copy = dup(area_fd);

	ASSERT_EQ(0, close(area_fd));
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
	ASSERT_EQ(0, close(copy));
	EXPECT_EQ(0, pool_stat(self->fd).out_used_pages);
}

TEST_F(alloc, descriptor_tells_the_length)
{
	int area_fd = alloc_fd(self->fd, 5 * PAGE, 0);
	struct stat status;

	ASSERT_EQ(0, fstat(area_fd, &status));
	EXPECT_EQ(5 * PAGE, status.st_size);
}

TEST_F(alloc, descriptor_is_close_on_exec)
{
	int area_fd = alloc_fd(self->fd, PAGE, 0);

	EXPECT_EQ(FD_CLOEXEC, fcntl(area_fd, F_GETFD));
}

/* The other process. It has nothing of ours but the socket. */
static void write_through_socket(int fd, const void *arg)
{
	int area_fd = receive_fd(*(const int *)arg);
	char *area = map_fd(area_fd, 4 * PAGE);

	close(area_fd);
	child_need(area && numbered_pages(area, 0, 4) == 4);
	raise(SIGSTOP);
	child_need(numbered_pages(area, 0, 4) == 4);
	child_need(pool_stat(fd).out_areas == 1);
}

TEST_F(alloc, descriptor_passed_to_another_process)
{
	int ends[2];
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	child = child_start(write_through_socket, self->fd, &ends[1]);
	self->args.flags |= PHYSVM_ALLOC_FD;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	ASSERT_TRUE(send_fd(ends[0], self->args.out_fd));
	ASSERT_TRUE(child_stopped(child));
	release(self->fd, &self->args);
	EXPECT_TRUE(child_finish(child));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(alloc, descriptor_in_a_socket_keeps_the_pages)
{
	int area_fd = alloc_fd(self->fd, 4 * PAGE, 0), ends[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	ASSERT_TRUE(send_fd(ends[0], area_fd));
	close(area_fd);
	EXPECT_EQ(4, pool_stat(self->fd).out_used_pages);
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static int alloc_at_limit(int fd, struct physvm_alloc *args, int resource, rlim_t limit)
{
	struct rlimit old, new;
	int err;

	getrlimit(resource, &old);
	new = (struct rlimit){ limit, old.rlim_max };
	setrlimit(resource, &new);
	err = alloc(fd, args);
	setrlimit(resource, &old);
	return err;
}

TEST_F(alloc, no_descriptor_left)
{
	const int next = dup(self->fd);

	close(next);
	self->args.flags |= PHYSVM_ALLOC_FD;
	EXPECT_REFUSED(EMFILE, self->fd,
		       alloc_at_limit(self->fd, &self->args, RLIMIT_NOFILE, next));
	EXPECT_EQ(0, alloc_at_limit(self->fd, &self->args, RLIMIT_NOFILE, next + 1));
}

TEST_F(alloc, no_address_space_left)
{
	EXPECT_REFUSED(ENOMEM, self->fd,
		       alloc_at_limit(self->fd, &self->args, RLIMIT_AS, PAGE));
}

TEST_F(alloc, no_address_space_left_for_mapping_and_descriptor)
{
	self->args.flags |= PHYSVM_ALLOC_FD | PHYSVM_ALLOC_POPULATE | BOTH_GUARDS;
	EXPECT_REFUSED(ENOMEM, self->fd,
		       alloc_at_limit(self->fd, &self->args, RLIMIT_AS, PAGE));
}

TEST_F(alloc, descriptor_needs_no_address_space)
{
	self->args.flags = PHYSVM_ALLOC_FD;
	self->args.prot = 0;
	EXPECT_EQ(0, alloc_at_limit(self->fd, &self->args, RLIMIT_AS, PAGE));
}

/* Limits on locked memory do not concern memory that is never swapped. */
TEST_F(alloc, nothing_to_do_with_locked_memory)
{
	self->args.flags |= PHYSVM_ALLOC_POPULATE;
	EXPECT_EQ(0, alloc_at_limit(self->fd, &self->args, RLIMIT_MEMLOCK, 0));
}

/* Makes as many mappings as a process may have, unless that takes too long. */
static bool use_up_mappings(void)
{
	const time_t give_up = time(NULL) + 20;
	FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
	size_t max = 0, i;
	char *pages;

	if (!file || fscanf(file, "%zu", &max) != 1 || max > 100000)
		return false;
	fclose(file);
	pages = mmap(NULL, 2 * max * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < max && !mprotect(pages + 2 * i * PAGE, PAGE, PROT_READ); i++)
		if (time(NULL) > give_up)
			return false;
	/* That failed for want of two. */
	while (mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		;
	return true;
}

TEST_F_TIMEOUT(alloc, no_mapping_left, 120)
{
	if (!use_up_mappings())
		SKIP(return, "so many mappings take too long to make");
	self->args.flags |= PHYSVM_ALLOC_FD;
	EXPECT_REFUSED(ENOMEM, self->fd, alloc(self->fd, &self->args));
}

TEST_F_TIMEOUT(alloc, no_mapping_left_to_split_one, 120)
{
	char *area = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	number_pages(area, 4);
	if (!use_up_mappings())
		SKIP(return, "so many mappings take too long to make");
	EXPECT_REFUSED(ENOMEM, self->fd, unmap(self->fd, area + PAGE, PAGE));
	EXPECT_EQ(4, numbered_pages(area, 0, 4));
	EXPECT_EQ(0, unmap(self->fd, area, 4 * PAGE));
}

/* How long areas live. */

TEST_F(alloc, area_outlives_the_device)
{
	int other = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, alloc(other, &self->args));
	number_pages(addr_of(&self->args), 2);
	ASSERT_EQ(0, close(other));
	EXPECT_EQ(2, numbered_pages(addr_of(&self->args), 0, 2));
	EXPECT_EQ(0, write_signal(addr_of(&self->args) + 3 * PAGE));
	EXPECT_EQ(0, decommit(self->fd, addr_of(&self->args), PAGE));
}

TEST_F(alloc, any_open_device_serves_any_area)
{
	int other = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	EXPECT_EQ(self->args.out_phys, query(other, addr_of(&self->args)).out_phys);
	EXPECT_EQ(0, unmap(other, addr_of(&self->args), 4 * PAGE));
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
}

TEST_F(alloc, forked_child_shares_the_area)
{
	pid_t child;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	child = fork();
	if (!child) {
		number_pages(addr_of(&self->args), 4);
		_exit(0);
	}
	ASSERT_TRUE(child_succeeded(child));
	EXPECT_EQ(4, numbered_pages(addr_of(&self->args), 0, 4));
}

TEST_F(alloc, forked_child_does_not_get_it_with_dontfork)
{
	pid_t child;

	self->args.flags |= PHYSVM_ALLOC_DONTFORK;
	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	child = fork();
	if (!child) {
		child_need(read_signal(addr_of(&self->args)) == SIGSEGV);
		_exit(query(self->fd, addr_of(&self->args)).size);
	}
	EXPECT_TRUE(child_succeeded(child));
	EXPECT_EQ(4, numbered_pages(addr_of(&self->args), 0, 4));
}

TEST_F(alloc, forked_child_does_not_get_later_mappings_with_dontfork)
{
	int area_fd = alloc_fd(self->fd, PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_DONTFORK);
	char *area = map_fd(area_fd, PAGE);
	pid_t child;

	ASSERT_NE(NULL, area);
	child = fork();
	if (!child)
		_exit(read_signal(area) != SIGSEGV);
	EXPECT_TRUE(child_succeeded(child));
}

TEST_F(alloc, forked_child_keeps_it_when_the_parent_unmaps)
{
	pid_t child;

	ASSERT_EQ(0, alloc(self->fd, &self->args));
	number_pages(addr_of(&self->args), 4);
	child = fork();
	if (!child) {
		raise(SIGSTOP);
		_exit(numbered_pages(addr_of(&self->args), 0, 4) != 4);
	}
	ASSERT_TRUE(child_stopped(child));
	release(self->fd, &self->args);
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	EXPECT_TRUE(child_finish(child));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F(alloc, forked_child_commits_and_closes)
{
	char *area = alloc_map(self->fd, 4 * PAGE, 0);
	pid_t child = fork();

	if (!child) {
		child_need(!commit(self->fd, area, 2 * PAGE));
		number_pages(area, 2);
		close(self->fd);
		_exit(0);
	}
	ASSERT_TRUE(child_succeeded(child));
	EXPECT_EQ(2, numbered_pages(area, 0, 2));
	EXPECT_EQ(SIGSEGV, read_signal(area + 2 * PAGE));
}

/* What runs when the program starts itself again, see exec_with_device(). */
static void __attribute__((constructor)) use_inherited_device(void)
{
	const char *fd = getenv("PHYSVM_TEST_DEVICE");
	char *area;

	if (!fd)
		return;
	area = alloc_map(atoi(fd), 2 * PAGE, PHYSVM_ALLOC_COMMIT);
	_exit(!area || write_signal(area) || pool_stat(atoi(fd)).out_areas != 1);
}

static void exec_with_device(int fd, const void *arg)
{
	static char env[64];
	char *const argv[] = { "self", NULL }, *const envp[] = { env, NULL };

	snprintf(env, sizeof(env), "PHYSVM_TEST_DEVICE=%d", fd);
	child_need(!fcntl(fd, F_SETFD, 0));
	execve("/proc/self/exe", argv, envp);
	child_need(false);
}

TEST_F(alloc, device_is_usable_after_exec)
{
	EXPECT_TRUE(child_succeeded(child_start(exec_with_device, self->fd, NULL)));
}

static void exec_with_areas(int fd, const void *arg)
{
	const struct physvm_alloc *args = arg;
	struct physvm_alloc mapped = *args;

	child_need(!alloc(fd, &mapped));
	number_pages(addr_of(&mapped), 4);
	child_need(alloc_fd(fd, 4 * PAGE, 0) >= 0);
	exec_with_device(fd, NULL);
}

TEST_F(alloc, exec_ends_areas)
{
	pid_t child = child_start(exec_with_areas, self->fd, &self->args);

	EXPECT_TRUE(child_succeeded(child));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_HARNESS_MAIN
