// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading the module, with each allocation failing in turn. It is
 * loaded and works, or it is not and nothing of it is left: no device, no name,
 * none of the pool's memory.
 *
 * Needs a kernel with fault injection, and a guest without the module
 * (boots.list).
 */
#include "kselftest_harness.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "inject.h"

#define MODULE_FILE "/lib/physvm.ko"
#define MODULE_DIR "/sys/module/physvm"

/* Large enough for pools that are forgotten to stand out in the system's memory. */
#define POOL_MB 32
#define PARAMS "pool_size=32M"
/* Refused as soon as the module is asked. */
#define BAD_PARAMS "pool_size=1M"
#define TOO_MANY 5000

static void __attribute__((constructor)) skip_where_it_is_loaded(void)
{
	const char *missing = injector_missing();

	if (missing)
		ksft_exit_skip("%s\n", missing);
	if (!access(MODULE_DIR, F_OK))
		ksft_exit_skip("the module is loaded: this takes a guest without it\n");
	if (access(MODULE_FILE, R_OK))
		ksft_exit_skip("%s: %s\n", MODULE_FILE, strerror(errno));
}

/* Traces. */

static bool file_has(const char *path, const char *word)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, size = 0;

	while ((n = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += n;
	close(fd);
	text[size] = '\0';
	return strstr(text, word);
}

/* The first thing that is left, or NULL. */
static const char *left_over(void)
{
	static const char *const files[] = {
		MODULE_DIR, PHYSVM_DEVICE, "/sys/class/misc/physvm",
		"/sys/devices/virtual/misc/physvm",
	};
	static const char *const lists[] = {
		"/proc/modules", "/proc/misc",
	};
	unsigned int i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!access(files[i], F_OK))
			return files[i];
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (file_has(lists[i], "physvm"))
			return lists[i];
	return NULL;
}

static long free_mb(void)
{
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");
	long kb = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld kB", &kb) == 1)
			break;
	fclose(file);
	return kb >> 10;
}

/* The device, whose node need not be there: the kernel goes on without. */
static int open_device(void)
{
	static const char node[] = "/tmp/physvm";
	unsigned int major, minor;
	FILE *file = fopen("/sys/class/misc/physvm/dev", "r");
	int fd = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%u:%u", &major, &minor) == 2 &&
	    !mknod(node, S_IFCHR | 0600, makedev(major, minor)))
		fd = open(node, O_RDWR | O_CLOEXEC);
	fclose(file);
	unlink(node);
	return fd;
}

static bool works(void)
{
	int fd = open_device();
	char *addr = fd < 0 ? NULL : alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	bool fine = addr;

	if (fine) {
		number_pages(addr, BLOCK / PAGE);
		fine = numbered_pages(addr, 0, BLOCK / PAGE) == BLOCK / PAGE &&
		       !unmap(fd, addr, BLOCK) && pool_at_baseline(fd) &&
		       pool_stat(fd).out_total_pages == (POOL_MB << 20) / PAGE;
	}
	close(fd);
	return fine;
}

/* Turns. */

FIXTURE(injected)
{
	struct injector injector;
	int file;
	long free_mb;
};

FIXTURE_SETUP(injected)
{
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	ASSERT_TRUE(injector_open(&self->injector));
	self->file = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	self->free_mb = free_mb();
}

FIXTURE_TEARDOWN(injected)
{
	injector_close(&self->injector);
	EXPECT_EQ(NULL, left_over());
	TH_LOG("%ld MiB were free, %ld are", self->free_mb, free_mb());
	/* The kernel's own leftovers of hundreds of turns, KASAN's above all. */
	EXPECT_GT(3 * POOL_MB, self->free_mb - free_mb());
}

struct outcome {
	int error;
	enum fault fault;
	const char *wrong;
};

static int load(int file, const char *params)
{
	lseek(file, 0, SEEK_SET);
	return syscall(SYS_finit_module, file, params, 0) ? errno : 0;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "physvm", O_NONBLOCK) ? errno : 0;
}

static const char *wrong_error(const struct outcome *outcome)
{
	static char why[64];
	const int expected = outcome->fault == FAULT_COPY ? EFAULT : ENOMEM;

	if (outcome->fault != FAULT_NONE && outcome->error == expected)
		return NULL;
	snprintf(why, sizeof(why), "not the error to be expected, but %s",
		 strerror(outcome->error));
	return why;
}

static void load_injected(FIXTURE_DATA(injected) *self, unsigned int n,
			  struct outcome *outcome)
{
	fault_arm(&self->injector, n);
	outcome->error = load(self->file, PARAMS);
	outcome->fault = fault_disarm(&self->injector);
	if (outcome->error)
		outcome->wrong = wrong_error(outcome);
	else if (!works())
		outcome->wrong = "it is loaded and does not work";
	else
		outcome->wrong = unload() ? "it cannot be unloaded" : NULL;
	outcome->wrong = outcome->wrong ?: left_over();
}

static void unload_injected(FIXTURE_DATA(injected) *self, unsigned int n,
			    struct outcome *outcome)
{
	outcome->wrong = "it cannot be loaded";
	if (load(self->file, PARAMS))
		return;
	fault_arm(&self->injector, n);
	outcome->error = unload();
	outcome->fault = fault_disarm(&self->injector);
	outcome->wrong = NULL;
	if (outcome->error)
		outcome->wrong = wrong_error(outcome) ?:
				 !works() ? "it does not work any more" :
				 unload() ? "it cannot be unloaded" : NULL;
	outcome->wrong = outcome->wrong ?: left_over();
}

typedef void turn_t(FIXTURE_DATA(injected) *self, unsigned int n, struct outcome *outcome);

/*
 * Hundreds of allocations are the loader's, before it asks the module; some of
 * those counted here are made when the module has refused.
 */
#define AFTERWARDS 50

static unsigned int before_init(FIXTURE_DATA(injected) *self)
{
	unsigned int low = 1, high = TOO_MANY, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		fault_arm(&self->injector, mid);
		load(self->file, BAD_PARAMS);
		if (fault_disarm(&self->injector) == FAULT_NONE)
			high = mid;
		else
			low = mid + 1;
	}
	return low > AFTERWARDS ? low - AFTERWARDS : 0;
}

/* Of the loader's a sample is enough. */
#define SAMPLE 7

/* How many calls were refused. */
static unsigned int sweep(struct __test_metadata *_metadata, FIXTURE_DATA(injected) *self,
			  enum fault fault, turn_t *turn)
{
	struct outcome outcome = { .fault = fault };
	unsigned int n, loader, failed = 0, refused = 0;

	EXPECT_TRUE(injector_choose(fault));
	loader = turn == load_injected ? before_init(self) : 0;
	for (n = 1; n < TOO_MANY && outcome.fault != FAULT_NONE; n += n < loader ? SAMPLE : 1) {
		turn(self, n, &outcome);
		ASSERT_EQ(NULL, outcome.wrong)
			TH_LOG("%s: with number %u failing, by %s", outcome.wrong, n,
			       fault_names[outcome.fault]);
		failed += outcome.fault == fault;
		refused += outcome.fault == fault && outcome.error;
	}
	TH_LOG("%s: %u failed, %u calls refused; one in %d of the first %u", fault_names[fault],
	       failed, refused, SAMPLE, loader);
	EXPECT_EQ(FAULT_NONE, outcome.fault);
	return refused;
}

TEST_F_TIMEOUT(injected, load_without_objects, 2 * PATIENCE)
{
	EXPECT_LE(10, sweep(_metadata, self, FAULT_SLAB, load_injected));
}

/*
 * Each block is a chance. Not all are taken: slabs take pages now and then, which
 * moves the count; six of the sixteen were the fewest so far.
 */
TEST_F_TIMEOUT(injected, load_without_pages, PATIENCE)
{
	EXPECT_LE(POOL_MB / 16, sweep(_metadata, self, FAULT_PAGES, load_injected));
}

TEST_F_TIMEOUT(injected, load_without_copies, PATIENCE)
{
	EXPECT_LE(1, sweep(_metadata, self, FAULT_COPY, load_injected));
}

/* It needs no memory, only its name. */
TEST_F_TIMEOUT(injected, unload, PATIENCE)
{
	EXPECT_EQ(0, sweep(_metadata, self, FAULT_SLAB, unload_injected));
	EXPECT_EQ(0, sweep(_metadata, self, FAULT_PAGES, unload_injected));
	EXPECT_EQ(1, sweep(_metadata, self, FAULT_COPY, unload_injected));
}

TEST_HARNESS_MAIN
