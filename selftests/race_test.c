// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races by design: two sides do what must not get into each other's way, over
 * and over. Each test says what it would catch. What is wrong shows in
 * contents or results where that is possible; what is not shows on a kernel
 * with KASAN, as a complaint.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sys/stat.h>

#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define SECONDS 5

FIXTURE(race) {
	int fd;
};

FIXTURE_SETUP(race)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(race)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/*
 * An area's inode outlives its file for as long as somebody has a path to it.
 * Catches: looking at the area through the inode after its end.
 */

#define LENGTH (5 * PAGE)
#define OTHERS 40

/* The path to a descriptor's file, without a reference to the file; or -1. */
static int open_path(int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_PATH | O_CLOEXEC);
}

static off_t file_size(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) ? -1 : stat.st_size;
}

/* Areas of another length, to be where the first one was in kernel memory. */
static void alloc_others(int fd, int *others)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		others[i] = alloc_fd(fd, LENGTH + PAGE, 0);
}

static void close_others(const int *others)
{
	int i;

	for (i = 0; i < OTHERS; i++)
		close(others[i]);
}

TEST_F(race, look_at_an_area_that_has_ended)
{
	int area = alloc_fd(self->fd, LENGTH, 0), path = open_path(area);
	int others[OTHERS];

	ASSERT_GE(path, 0);
	EXPECT_EQ(LENGTH, file_size(path));
	close(area);
	EXPECT_TRUE(pool_at_baseline(self->fd));
	alloc_others(self->fd, others);
	EXPECT_EQ(LENGTH, file_size(path));
	close_others(others);
	close(path);
}

/*
 * Populating looks up each mapping on its own. Meanwhile the next one is made
 * another area's, which ends in a guard inside the range. Catches: taking the
 * guard for a page. What the first half of the range waits for is zeroing, so
 * there is time; no access, so populating does not go through a fault.
 */

#define HALF (2 * BLOCK)

static struct {
	int fd;
	char *range;
	volatile bool stop;
	unsigned long populated;
} populating;

static char *alloc_no_access(int fd, char *addr, uint64_t length, uint32_t flags)
{
	struct physvm_alloc args = alloc_args(length, flags | PHYSVM_ALLOC_VIRT);

	args.virt_addr = (uintptr_t)addr;
	args.prot = 0;
	return ioctl(fd, PHYSVM_ALLOC, &args) ? NULL : addr;
}

static void *populate(void *arg)
{
	while (!populating.stop) {
		decommit(populating.fd, populating.range, HALF);
		populating.populated += !range_call(populating.fd, PHYSVM_COMMIT,
						    PHYSVM_COMMIT_POPULATE,
						    populating.range, 2 * HALF);
	}
	return NULL;
}

static bool replace(int fd, char *addr, uint64_t length, uint32_t flags)
{
	munmap(addr, HALF);
	return alloc_no_access(fd, addr, length, flags);
}

TEST_F(race, populate_what_is_replaced)
{
	char *range = free_addresses(2 * HALF);
	const time_t end = time(NULL) + SECONDS;
	unsigned int seed = 1;
	pthread_t thread;

	ASSERT_NE(NULL, alloc_no_access(self->fd, range, HALF, PHYSVM_ALLOC_COMMIT));
	populating.fd = self->fd;
	populating.range = range;
	ASSERT_EQ(0, pthread_create(&thread, NULL, populate, NULL));
	while (time(NULL) < end) {
		ASSERT_TRUE(replace(self->fd, range + HALF, HALF, PHYSVM_ALLOC_COMMIT));
		usleep(rand_r(&seed) % 3000);
		ASSERT_TRUE(replace(self->fd, range + HALF, 64 * PAGE,
				    PHYSVM_ALLOC_HIGH_GUARD));
		usleep(1000);
	}
	populating.stop = true;
	pthread_join(thread, NULL);
	EXPECT_GT(populating.populated, 10);
	EXPECT_EQ(0, munmap(range, 2 * HALF));
}

TEST_HARNESS_MAIN
