// SPDX-License-Identifier: GPL-2.0-only
/*
 * What somebody hostile may not do: docs/security.md, line by line. What happens to
 * pages that have been somebody's is in isolation_test.c, names in name_access_test.c.
 *
 * Runs with either setting of show_phys.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include "alloc.h"
#include "name.h"
#include "person.h"

#define SETTING "/sys/module/physvm/parameters/show_phys"
#define SECRET 0x5ec4e75ec4e75ec4ul
#define LENGTH (4 * PAGE)
#define NO_NAMESPACE 99

SKIP_ALL_WITHOUT_POOL(4 * BLOCK_PAGES)

static const struct person victim = { .uid = 1000, .gid = 1000 };
static const struct person member = { .uid = 1001, .gid = 1001, .group = 1000 };
static const struct person stranger = { .uid = 1002, .gid = 1002 };
static const struct person administrator = {
	.uid = 1003, .gid = 1003, .capability = CAP_SYS_ADMIN,
};
static const struct person other_privilege = {
	.uid = 1003, .gid = 1003, .capability = CAP_SYS_RAWIO,
};

/* Is it for administrators only? */
static bool addresses_are_hidden(void)
{
	char text[16] = "";
	const int fd = open(SETTING, O_RDONLY | O_CLOEXEC);
	const ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && !strcmp(text, "admin\n");
}

/* Who may open the device. */

static int open_device(int fd, const void *arg)
{
	const int own = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	struct physvm_alloc args = alloc_args(LENGTH, 0);

	return own < 0 ? errno : alloc(own, &args);
}

static int open_device_in_namespace(int fd, const void *arg)
{
	if (!enter_namespace() || !map_to_root(stranger.uid))
		return NO_NAMESPACE;
	return open_device(fd, arg);
}

TEST(device_is_roots)
{
	struct stat device;

	ASSERT_EQ(0, stat(PHYSVM_DEVICE, &device));
	EXPECT_EQ(S_IFCHR | 0600, device.st_mode);
	EXPECT_EQ(0, device.st_uid);
	EXPECT_EQ(EACCES, as(&stranger, open_device, -1, NULL));
	EXPECT_EQ(EACCES, as(&administrator, open_device, -1, NULL));
}

TEST(device_is_no_namespaces)
{
	const int outcome = as(&stranger, open_device_in_namespace, -1, NULL);

	if (outcome == NO_NAMESPACE)
		SKIP(return, "no user namespaces for users here");
	EXPECT_EQ(EACCES, outcome);
}

/* As the udev rule has it. */
TEST(device_of_a_group)
{
	ASSERT_EQ(0, chown(PHYSVM_DEVICE, 0, member.group));
	ASSERT_EQ(0, chmod(PHYSVM_DEVICE, 0660));
	EXPECT_EQ(0, as(&member, open_device, -1, NULL));
	EXPECT_EQ(EACCES, as(&stranger, open_device, -1, NULL));
	ASSERT_EQ(0, chown(PHYSVM_DEVICE, 0, 0));
	ASSERT_EQ(0, chmod(PHYSVM_DEVICE, 0600));
	EXPECT_EQ(EACCES, as(&member, open_device, -1, NULL));
}

/* What somebody else has. */

struct secret {
	pid_t pid;
	struct physvm_alloc args;
	uint64_t phys;		/* as the system has it */
	uint64_t area_id;
};

FIXTURE(other)
{
	int fd;
	struct secret *secret;
};

/* Where its page lies /proc tells, with the rights it had. */
static uint64_t frame_of(const void *addr)
{
	const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)addr / PAGE * sizeof(entry)) < 0)
		entry = 0;
	close(fd);
	return entry & ((1ull << 55) - 1);
}

static void keep_secret(int fd, const void *arg)
{
	struct secret *secret = *(struct secret *const *)arg;

	secret->args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_FD);
	child_need(!alloc(fd, &secret->args));
	*(volatile unsigned long *)addr_of(&secret->args) = SECRET;
	secret->phys = frame_of(addr_of(&secret->args)) * PAGE;
	become(&victim);
	secret->area_id = query(fd, addr_of(&secret->args)).out_area_id;
	raise(SIGSTOP);
}

FIXTURE_SETUP(other)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	self->secret = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->secret);
	self->secret->pid = child_start(keep_secret, self->fd, &self->secret);
	ASSERT_TRUE(child_stopped(self->secret->pid));
	ASSERT_NE(0, self->secret->phys);
}

FIXTURE_TEARDOWN(other)
{
	EXPECT_TRUE(child_kill(self->secret->pid));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static int open_file_of(const struct secret *secret, const char *format, int number)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), format, secret->pid, number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static int open_descriptor(int fd, const void *arg)
{
	const struct secret *secret = arg;

	return open_file_of(secret, "/proc/%d/fd/%d", secret->args.out_fd);
}

static int open_memory(int fd, const void *arg)
{
	return open_file_of(arg, "/proc/%d/mem", 0);
}

static int read_memory(int fd, const void *arg)
{
	const struct secret *secret = arg;
	unsigned long word = 0;
	struct iovec local = { &word, sizeof(word) };
	struct iovec remote = { addr_of(&secret->args), sizeof(word) };

	return process_vm_readv(secret->pid, &local, 1, &remote, 1, 0) < 0 ? errno : 0;
}

/* Nobody can ask about the addresses of somebody else. */
static int query_address(int fd, const void *arg)
{
	const struct secret *secret = arg;
	struct physvm_query args = {
		.size = sizeof(args),
		.addr = secret->args.out_addr,
	};

	return call(fd, PHYSVM_QUERY, &args);
}

static int export_address(int fd, const void *arg)
{
	const struct secret *secret = arg;
	struct physvm_export args = {
		.size = sizeof(args),
		.start = secret->args.out_addr,
		.length = LENGTH,
		.max_prot = PHYSVM_PROT_READ,
	};

	return call(fd, PHYSVM_EXPORT, &args);
}

/* Of another pager, or of none: a number is no right. */
static int answer_for_area(int fd, const void *arg)
{
	const struct secret *secret = arg;
	struct physvm_pager pager = { .size = sizeof(pager) };
	struct physvm_answer answer = {
		.area_id = secret->area_id,
		.length = PAGE,
		.action = PHYSVM_ANSWER_EVICT,
	};
	struct physvm_serve serve = {
		.size = sizeof(serve),
		.answers = (uintptr_t)&answer,
		.nr_answers = 1,
	};

	if (ioctl(fd, PHYSVM_PAGER, &pager) || ioctl(pager.out_fd, PHYSVM_SERVE, &serve))
		return errno;
	return answer.out_error;
}

/* That a page is taken is all there is to be found out. */
static int take_page(int fd, const void *arg)
{
	const struct secret *secret = arg;
	struct physvm_alloc args = phys_args(secret->phys, PAGE);

	return alloc(fd, &args);
}

TEST_F(other, contents_are_closed)
{
	EXPECT_EQ(EACCES, as(&stranger, open_descriptor, self->fd, self->secret));
	EXPECT_EQ(EACCES, as(&stranger, open_memory, self->fd, self->secret));
	EXPECT_EQ(EPERM, as(&stranger, read_memory, self->fd, self->secret));
}

TEST_F(other, addresses_and_numbers_are_no_rights)
{
	EXPECT_NE(0, self->secret->area_id);
	EXPECT_EQ(ENOENT, as(&stranger, query_address, self->fd, self->secret));
	EXPECT_EQ(ENOENT, as(&stranger, export_address, self->fd, self->secret));
	EXPECT_EQ(ENOENT, as(&stranger, answer_for_area, self->fd, self->secret));
}

TEST_F(other, pages_are_taken)
{
	EXPECT_EQ(addresses_are_hidden() ? EPERM : EBUSY,
		  as(&stranger, take_page, self->fd, self->secret));
	EXPECT_EQ(EBUSY, as(&administrator, take_page, self->fd, self->secret));
}

/* Physical addresses. */

FIXTURE(address)
{
	int fd;
	uint64_t free;	/* a page's */
};

FIXTURE_SETUP(address)
{
	struct physvm_alloc args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT);

	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, alloc(self->fd, &args));
	self->free = args.out_phys;
	release(self->fd, &args);
	ASSERT_NE(0, self->free);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(address)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* Bits of what was told: nothing, by PHYSVM_ALLOC, by PHYSVM_QUERY, a length by it. */
static int learn_own(int fd, const void *arg)
{
	struct physvm_alloc args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT | *(const uint32_t *)arg);
	struct physvm_query said;

	args.out_phys = 4711;
	if (alloc(fd, &args))
		return 0x80;
	said = query(fd, addr_of(&args) + PAGE);
	if (said.out_state != PHYSVM_PAGE_COMMITTED || said.out_area_length != LENGTH ||
	    said.out_area_offset != PAGE || said.out_type == PHYSVM_AREA_DEVICE)
		return 0x40;
	return (args.out_phys ? 1 : 0) + (said.out_phys ? 2 : 0) + (said.out_run_length ? 4 : 0);
}

static int learn_range(int fd, const void *arg)
{
	struct physvm_pool_range args = { .size = sizeof(args) };

	return call(fd, PHYSVM_POOL_RANGE, &args);
}

static int choose_place(int fd, const void *arg)
{
	struct physvm_alloc args = phys_args(*(const uint64_t *)arg, LENGTH);

	return alloc(fd, &args);
}

TEST_F(address, of_ones_own)
{
	const int hidden = addresses_are_hidden();
	const uint32_t sparse = PHYSVM_ALLOC_NORESERVE, none = 0;

	EXPECT_EQ(hidden ? 0 : 7, as(&stranger, learn_own, self->fd, &none));
	EXPECT_EQ(hidden ? 0 : 7, as(&stranger, learn_own, self->fd, &sparse));
	EXPECT_EQ(7, as(&administrator, learn_own, self->fd, &none));
	EXPECT_EQ(hidden ? 0 : 7, as(&other_privilege, learn_own, self->fd, &none));
}

TEST_F(address, of_the_pool)
{
	const int error = addresses_are_hidden() ? EPERM : 0;

	EXPECT_EQ(error, as(&stranger, learn_range, self->fd, NULL));
	EXPECT_EQ(0, as(&administrator, learn_range, self->fd, NULL));
	EXPECT_EQ(error, as(&other_privilege, learn_range, self->fd, NULL));
}

TEST_F(address, that_is_chosen)
{
	const int error = addresses_are_hidden() ? EPERM : 0;

	EXPECT_EQ(error, as(&stranger, choose_place, self->fd, &self->free));
	EXPECT_EQ(0, as(&administrator, choose_place, self->fd, &self->free));
	EXPECT_EQ(error, as(&other_privilege, choose_place, self->fd, &self->free));
}

/* It is not even told whether there is such a place. */
static int choose_and_look(int fd, const void *arg)
{
	struct physvm_alloc args = phys_args(*(const uint64_t *)arg, LENGTH);
	const struct traces before = traces(fd);
	const int err = alloc(fd, &args);

	return same_traces(before, traces(fd)) ? err : 0x80;
}

TEST_F(address, that_is_no_pools)
{
	const uint64_t nowhere = PAGE;

	EXPECT_EQ(addresses_are_hidden() ? EPERM : ENXIO,
		  as(&stranger, choose_and_look, self->fd, &nowhere));
}

/* Everybody is root there, but not of this machine. */
static int learn_in_namespace(int fd, const void *arg)
{
	const uint32_t none = 0;

	if (!enter_namespace() || !map_to_root(stranger.uid))
		return NO_NAMESPACE;
	return learn_own(fd, &none) << 1 | !learn_range(fd, arg);
}

TEST_F(address, in_a_namespace)
{
	const int outcome = as(&stranger, learn_in_namespace, self->fd, NULL);

	if (outcome == NO_NAMESPACE)
		SKIP(return, "no user namespaces for users here");
	EXPECT_EQ(addresses_are_hidden() ? 0 : 15, outcome);
}

/* What others are told, and what it is told of others: no address at all. */
TEST_F(address, is_in_no_name)
{
	struct physvm_alloc args = alloc_args(LENGTH, PHYSVM_ALLOC_COMMIT);
	struct physvm_name_next name;
	const uint64_t *words = (const uint64_t *)&name;
	size_t i;

	ASSERT_EQ(0, alloc(self->fd, &args));
	ASSERT_EQ(0, name_add(self->fd, "x", addr_of(&args), LENGTH));
	ASSERT_EQ(0, name_next(self->fd, 0, &name));
	ASSERT_EQ(0, name_remove(self->fd, "x"));
	for (i = 0; i < sizeof(name) / sizeof(*words); i++) {
		EXPECT_NE(args.out_phys, words[i]);
		EXPECT_NE(args.out_addr, words[i]);
	}
	release(self->fd, &args);
}

TEST_HARNESS_MAIN
