// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of memory in messages (SCM_RIGHTS), from parent to child and from
 * child to parent: areas of several kinds, parts of them, and what has a name. Who
 * gets one has what it shows, no more, and needs nothing else.
 */
#include "kselftest_harness.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "child.h"
#include "name.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)

/* What is passed: pages of an area, numbered, and the ceiling. */
struct thing {
	uint32_t flags;		/* of the area */
	size_t area_pages;
	size_t first;
	size_t pages;
	uint32_t max_prot;
	int (*open)(int fd, const struct thing *thing, char *area);
};

static int export_part(int fd, const struct thing *thing, char *area)
{
	struct physvm_export args = {
		.size = sizeof(args),
		.start = (uintptr_t)area + thing->first * PAGE,
		.length = thing->pages * PAGE,
		.max_prot = thing->max_prot,
	};

	return ioctl(fd, PHYSVM_EXPORT, &args) ? -1 : args.out_fd;
}

/* Of all but the first and the last page, then of what is wanted. */
static int export_twice(int fd, const struct thing *thing, char *area)
{
	const struct thing most = {
		.first = 1,
		.pages = thing->area_pages - 2,
		.max_prot = RW,
	};
	struct physvm_export args = {
		.size = sizeof(args),
		.flags = PHYSVM_EXPORT_FD,
		.start = (thing->first - 1) * PAGE,
		.length = thing->pages * PAGE,
		.fd = export_part(fd, &most, area),
		.max_prot = thing->max_prot,
	};
	const int failed = ioctl(fd, PHYSVM_EXPORT, &args);

	close(args.fd);
	return failed ? -1 : args.out_fd;
}

static int open_by_name(int fd, const struct thing *thing, char *area)
{
	int opened = -1;

	if (!name_add(fd, "passed", area + thing->first * PAGE, thing->pages * PAGE))
		name_open(fd, "passed", thing->max_prot, 0, &opened);
	name_remove(fd, "passed");
	return opened;
}

/* The only reference to it. Without a way to open it, it is the area's own. */
static int make(int fd, const struct thing *thing)
{
	struct physvm_alloc args = alloc_args(thing->area_pages * PAGE, PHYSVM_ALLOC_COMMIT |
					      PHYSVM_ALLOC_FD | thing->flags);
	char *area;
	int made;

	args.max_prot = thing->open ? PHYSVM_PROT_VALID : thing->max_prot;
	if (ioctl(fd, PHYSVM_ALLOC, &args))
		return -1;
	area = (char *)(uintptr_t)args.out_addr;
	number_pages(area, thing->area_pages);
	made = thing->open ? thing->open(fd, thing, area) : fcntl(args.out_fd, F_DUPFD_CLOEXEC, 0);
	close(args.out_fd);
	unmap(fd, area, args.length);
	return made;
}

static char *map(int fd, size_t length, int prot)
{
	char *addr = mmap(NULL, length, prot, MAP_SHARED, fd, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

static bool can_map(int fd, size_t length, int prot)
{
	char *addr = map(fd, length, prot);

	if (addr)
		munmap(addr, length);
	return addr;
}

/* Does it show what it is to show, and let one do what it is to? */
static bool is_right(int fd, const struct thing *thing)
{
	const size_t length = thing->pages * PAGE;
	const bool writable = thing->max_prot & PROT_WRITE;
	char *view = map(fd, length, thing->max_prot);
	struct stat stat;
	bool right;

	if (!view || fstat(fd, &stat))
		return false;
	right = (size_t)stat.st_size == length &&
		numbered_pages(view, thing->first, thing->pages) == thing->pages &&
		write_signal(view + PAGE - 1) == (writable ? 0 : SIGSEGV) &&
		!can_map(fd, length + PAGE, PROT_READ) && errno == ENXIO &&
		can_map(fd, length, RW) == writable;
	munmap(view, length);
	return right;
}

FIXTURE(pass)
{
	int fd;
	int ends[2];
};

FIXTURE_VARIANT(pass)
{
	struct thing thing;
};

#define PASS(name, ...) \
	FIXTURE_VARIANT_ADD(pass, name) { .thing = { __VA_ARGS__ } }

PASS(area, .area_pages = 8, .pages = 8, .max_prot = RW);
PASS(all, .area_pages = 8, .pages = 8, .max_prot = RW, .open = export_part);
PASS(blocks, .area_pages = 2 * BLOCK / PAGE, .pages = 2 * BLOCK / PAGE, .max_prot = RW,
     .open = export_part);
PASS(readable, .area_pages = 8, .pages = 8, .max_prot = PROT_READ, .open = export_part);
PASS(part, .area_pages = 8, .first = 2, .pages = 3, .max_prot = RW, .open = export_part);
PASS(part_of_blocks, .area_pages = 2 * BLOCK / PAGE, .first = 500, .pages = 20,
     .max_prot = PROT_READ, .open = export_part);
PASS(part_of_a_part, .area_pages = 8, .first = 3, .pages = 2, .max_prot = PROT_READ,
     .open = export_twice);
PASS(noreserve, .flags = PHYSVM_ALLOC_NORESERVE, .area_pages = 8, .first = 1, .pages = 4,
     .max_prot = RW, .open = export_part);
PASS(named, .area_pages = 8, .first = 2, .pages = 5, .max_prot = PROT_READ,
     .open = open_by_name);

FIXTURE_SETUP(pass)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->ends));
}

FIXTURE_TEARDOWN(pass)
{
	close(self->ends[0]);
	close(self->ends[1]);
	EXPECT_TRUE(remove_all_names(self->fd));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

struct job {
	const struct thing *thing;
	int socket;
};

/* Somebody who may not even open the device. */
static void receive_and_keep(int fd, const void *arg)
{
	const struct job *job = arg;
	int received;

	close(fd);
	child_need(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
	child_need(open(PHYSVM_DEVICE, O_RDWR) < 0);
	received = receive_fd(job->socket);
	child_need(received >= 0 && is_right(received, job->thing));
	raise(SIGSTOP);
	child_need(is_right(received, job->thing));
}

TEST_F(pass, down)
{
	const struct job job = { &variant->thing, self->ends[1] };
	pid_t pid = child_start(receive_and_keep, self->fd, &job);
	int made = make(self->fd, &variant->thing);

	ASSERT_LE(0, made);
	ASSERT_TRUE(send_fd(self->ends[0], made));
	close(made);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	EXPECT_TRUE(child_finish(pid));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void make_and_send(int fd, const void *arg)
{
	const struct job *job = arg;

	child_need(send_fd(job->socket, make(fd, job->thing)));
	raise(SIGSTOP);
}

/* The child is dead before the message is received. */
TEST_F(pass, up)
{
	const struct job job = { &variant->thing, self->ends[1] };
	pid_t pid = child_start(make_and_send, self->fd, &job);
	int received;

	ASSERT_TRUE(child_stopped(pid));
	ASSERT_TRUE(child_kill(pid));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	received = receive_fd(self->ends[0]);
	ASSERT_LE(0, received);
	EXPECT_EQ(FD_CLOEXEC, fcntl(received, F_GETFD));
	EXPECT_TRUE(is_right(received, &variant->thing));
	close(received);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static void send_back(int fd, const void *arg)
{
	const struct job *job = arg;
	const int received = receive_fd(job->socket);

	child_need(received >= 0 && is_right(received, job->thing));
	child_need(send_fd(job->socket, received));
}

/* It is the same: the same area, the same pages, and as many rights as before. */
TEST_F(pass, down_and_up)
{
	const struct job job = { &variant->thing, self->ends[1] };
	pid_t pid = child_start(send_back, self->fd, &job);
	int made = make(self->fd, &variant->thing), back;
	const size_t length = variant->thing.pages * PAGE;
	struct stat first, second;
	char *here, *there;

	ASSERT_TRUE(made >= 0 && send_fd(self->ends[0], made));
	ASSERT_TRUE(child_succeeded(pid));
	back = receive_fd(self->ends[0]);
	ASSERT_LE(0, back);
	EXPECT_TRUE(is_right(back, &variant->thing));
	ASSERT_TRUE(!fstat(made, &first) && !fstat(back, &second));
	EXPECT_EQ(first.st_ino, second.st_ino);
	here = map(made, length, PROT_READ);
	there = map(back, length, PROT_READ);
	ASSERT_TRUE(here && there);
	EXPECT_EQ(query(self->fd, here).out_phys, query(self->fd, there).out_phys);
	munmap(here, length);
	munmap(there, length);
	close(made);
	close(back);
}

/* A socket in its own message: the kernel's collector is the last to have it. */
TEST_F(pass, to_nobody_in_a_circle)
{
	const int made = make(self->fd, &variant->thing);

	ASSERT_TRUE(made >= 0 && send_fd(self->ends[0], made));
	close(made);
	ASSERT_TRUE(send_fd(self->ends[0], self->ends[0]));
	ASSERT_TRUE(send_fd(self->ends[0], self->ends[1]));
	EXPECT_EQ(1, pool_stat(self->fd).out_areas);
	close(self->ends[0]);
	close(self->ends[1]);
	/* It begins when another socket goes. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->ends));
	close(self->ends[0]);
	self->ends[0] = -1;
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_HARNESS_MAIN
