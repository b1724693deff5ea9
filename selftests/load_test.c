// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: again and again, with parameters of every kind, while
 * something is in use, and against processes that open the device.
 *
 * Needs a guest in which physvm is not loaded: vm/run.sh --no-module. Calls
 * finit_module(2) and delete_module(2) itself, as insmod tries twice and rmmod
 * waits.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "child.h"
#include "name.h"
#include "nl.h"
#include "util.h"

#define MODULE_FILE "/lib/physvm.ko"
#define MODULE_DIR "/sys/module/physvm"
#define SEED 20240302u
#define RW (PROT_READ | PROT_WRITE)
#define BLOCK_PAGES (BLOCK / PAGE)

static bool loaded(void)
{
	return !access(MODULE_DIR, F_OK);
}

/* This program alone decides when the module is there. */
static void __attribute__((constructor)) skip_unless_loadable(void)
{
	if (access(MODULE_FILE, R_OK))
		ksft_exit_skip("%s: %s\n", MODULE_FILE, strerror(errno));
	if (loaded())
		ksft_exit_skip("physvm is loaded already\n");
}

/* Both give an errno, or 0. */
static int load(const char *params)
{
	const int file = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
	const int err = syscall(SYS_finit_module, file, params, 0) ? errno : 0;

	close(file);
	return err;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "physvm", O_NONBLOCK) ? errno : 0;
}

/* The file system's last reference goes a moment after the last file's. */
static bool unload_soon(void)
{
	int tries, err = unload();

	for (tries = 0; err == EWOULDBLOCK && tries < 1000; tries++) {
		usleep(10000);
		err = unload();
	}
	return !err;
}

static bool node_exists(void)
{
	struct stat stat;

	return !lstat(PHYSVM_DEVICE, &stat);
}

static int open_device(void)
{
	return open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
}

/* The kernel's memory. */

static void write_text(const char *path, const char *text)
{
	const int file = open(path, O_WRONLY | O_CLOEXEC);

	if (write(file, text, strlen(text)) < 0)
		perror(path);
	close(file);
}

/* The sum of what follows @key in @path. */
static long sum_of(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[256], *at;
	long sum = 0;

	while (file && fgets(line, sizeof(line), file)) {
		at = line + strspn(line, " ");
		if (!strncmp(at, key, strlen(key)))
			sum += atol(at + strlen(key));
	}
	if (file)
		fclose(file);
	return sum;
}

static long kib(const char *key)
{
	return sum_of("/proc/meminfo", key);
}

/*
 * KiB that are free or whose use is known. What the pool leaks is neither. Free
 * pages kept by processors (count:) are not in MemFree. VmallocUsed has stacks,
 * and the text of modules, for which newer kernels keep 2 MiB at a time.
 */
static long accounted(void)
{
	write_text("/proc/sys/vm/drop_caches", "3");
	return kib("MemFree:") + sum_of("/proc/zoneinfo", "count:") * 4 +
	       kib("Buffers:") + kib("Cached:") + kib("AnonPages:") + kib("Slab:") +
	       kib("VmallocUsed:") + kib("PageTables:");
}

/*
 * Half a block is what the count may be off by, for the kernel's own tables;
 * the least the pool can leak is a block. Memory can come back late.
 */
#define TOLERANCE 1024

static bool memory_is_back(long before)
{
	int tries;

	for (tries = 0; tries < 500 && accounted() < before - TOLERANCE; tries++)
		usleep(10000);
	return tries < 500;
}

/* The kernel's log. */

static int open_log(void)
{
	const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(log, 0, SEEK_END);
	return log;
}

/* Reads on to the end: does a message have @text in it? */
static bool log_says(int log, const char *text)
{
	char message[8192];
	bool found = false;
	ssize_t size;

	while ((size = read(log, message, sizeof(message) - 1)) > 0) {
		message[size] = '\0';
		found |= strstr(message, text) != NULL;
	}
	return found;
}

/* vm/run.sh looks for worse than this. */
#define TRACE "Call Trace"

/* Using it. */

static bool use(uint64_t length)
{
	const int fd = open_device();
	char *addr = alloc_map(fd, length, PHYSVM_ALLOC_COMMIT);
	bool used = addr && all_zero(addr, length);

	if (used) {
		memset(addr, 0xa5, length);
		used = !unmap(fd, addr, length) && pool_at_baseline(fd);
	}
	close(fd);
	return used;
}

static uint64_t total_pages(void)
{
	const int fd = open_device();
	const uint64_t pages = pool_stat(fd).out_total_pages;

	close(fd);
	return pages;
}

/* What is so before and after every test. */

struct before {
	long memory;
	int log;
};

static struct before before(void)
{
	return (struct before){ .memory = accounted(), .log = open_log() };
}

/* Catches: pages, a device, a module left behind; a complaint of the kernel. */
#define EXPECT_AS_BEFORE(before) \
	do { \
		EXPECT_FALSE(loaded()); \
		EXPECT_FALSE(node_exists()); \
		EXPECT_FALSE(log_says((before).log, TRACE)); \
		EXPECT_TRUE(memory_is_back((before).memory)) \
			TH_LOG("%ld KiB less", (before).memory - accounted()); \
	} while (0)

FIXTURE(load) {
	struct before before;
};

FIXTURE_SETUP(load)
{
	ASSERT_FALSE(loaded());
	self->before = before();
}

FIXTURE_TEARDOWN(load)
{
	EXPECT_AS_BEFORE(self->before);
}

/*
 * Catches: a pool, or a block of it, that is not given back; an unload that
 * leaves behind what the next load collides with; pages that are not zero.
 */

#define WARM_UP 10

TEST_F_TIMEOUT(load, a_hundred_times, PATIENCE)
{
	static const unsigned int sizes[] = { 2, 32, 6, 16, 10 };
	char params[64];
	long memory = 0;
	const unsigned int loads = rounds_of(100);
	unsigned int i;

	for (i = 0; i < WARM_UP + loads; i++) {
		const unsigned int size = sizes[i % 5];

		if (i == WARM_UP)
			memory = accounted();
		snprintf(params, sizeof(params), "pool_size=%uM", size);
		ASSERT_EQ(0, load(params));
		ASSERT_TRUE(use(size * 1024 * 1024 / 2));
		ASSERT_TRUE(unload_soon());
	}
	TH_LOG("%ld KiB less after %u loads", memory - accounted(), loads);
	EXPECT_TRUE(memory_is_back(memory));
}

TEST_F(load, has_a_device_meanwhile)
{
	struct stat stat = {};

	EXPECT_FALSE(node_exists());
	ASSERT_EQ(0, load(""));
	EXPECT_EQ(0, lstat(PHYSVM_DEVICE, &stat));
	EXPECT_EQ(S_IFCHR | 0600, stat.st_mode);
	EXPECT_EQ((64ul << 20) / PAGE, total_pages());
	ASSERT_TRUE(unload_soon());
	EXPECT_FALSE(node_exists());
	EXPECT_EQ(-1, open_device());
	EXPECT_EQ(ENOENT, errno);
}

/* A second one must not take the first one's place or its memory. */
TEST_F(load, twice)
{
	ASSERT_EQ(0, load("pool_size=4M"));
	EXPECT_EQ(EEXIST, load("pool_size=8M"));
	EXPECT_EQ(EEXIST, load("pool_size=0"));
	EXPECT_EQ(4 * BLOCK_PAGES / 2, total_pages());
	EXPECT_TRUE(use(BLOCK));
	EXPECT_TRUE(unload_soon());
	EXPECT_EQ(ENOENT, unload());
}

static void load_in_child(int fd, const void *arg)
{
	const int err = load("pool_size=16M");

	child_need(!err || err == EEXIST || err == EBUSY);
}

TEST_F_TIMEOUT(load, twice_at_once, PATIENCE)
{
	const unsigned int loads = rounds_of(20);
	pid_t children[2];
	unsigned int i;

	for (i = 0; i < loads; i++) {
		children[0] = child_start(load_in_child, -1, NULL);
		children[1] = child_start(load_in_child, -1, NULL);
		ASSERT_TRUE(child_succeeded(children[0]));
		ASSERT_TRUE(child_succeeded(children[1]));
		ASSERT_TRUE(use(BLOCK));
		ASSERT_TRUE(unload_soon());
	}
}

/*
 * Parameters. Catches: a size rounded or cut off silently, a failed load that
 * keeps memory, one that makes the kernel complain. What physvm(4) says.
 */

FIXTURE(parameters) {
	struct before before;
};

FIXTURE_VARIANT(parameters) {
	const char *params;
	int error;
	uint64_t blocks;
	bool deny;
};

#define REFUSED(name, text, errno) \
	FIXTURE_VARIANT_ADD(parameters, name) { .params = text, .error = errno }
#define GRANTED(name, text, ...) \
	FIXTURE_VARIANT_ADD(parameters, name) { .params = text, .blocks = __VA_ARGS__ }

GRANTED(none, "", 32);
GRANTED(one_block, "pool_size=2M", 1);
GRANTED(bytes, "pool_size=2097152", 1);
GRANTED(hexadecimal, "pool_size=0x400000", 2);
GRANTED(kibibytes, "pool_size=6144k", 3);
GRANTED(mebibytes, "pool_size=8m", 4);
GRANTED(gibibyte, "pool_size=1G", 512);
GRANTED(end_of_line, "pool_size=2M\n", 1);
GRANTED(last_of_two, "pool_size=4M pool_size=2M", 1);
GRANTED(allow, "wx_policy=allow", 32);
GRANTED(deny, "wx_policy=deny", 32, true);
GRANTED(both, "wx_policy=deny pool_size=10M", 5, true);
GRANTED(addresses_for_users, "show_phys=users", 32);
GRANTED(addresses_for_admins, "show_phys=admin", 32);
/* The kernel says so in its log, and goes on. */
GRANTED(unknown, "frobnicate=1 pool_size=2M", 1);

REFUSED(zero, "pool_size=0", EINVAL);
REFUSED(zero_mebibytes, "pool_size=0M", EINVAL);
REFUSED(one_byte, "pool_size=1", EINVAL);
REFUSED(almost_a_page, "pool_size=4095", EINVAL);
REFUSED(one_page, "pool_size=4096", EINVAL);
REFUSED(byte_less, "pool_size=2097151", EINVAL);
REFUSED(byte_more, "pool_size=2097153", EINVAL);
REFUSED(one_and_a_half, "pool_size=3M", EINVAL);
REFUSED(odd, "pool_size=64000001", EINVAL);
REFUSED(largest_number, "pool_size=18446744073709551615", EINVAL);
REFUSED(largest_multiple, "pool_size=18446744073707454464", ENOMEM);
REFUSED(larger_than_numbers, "pool_size=18446744073709551616", EINVAL);
REFUSED(larger_than_digits, "pool_size=184467440737095516160000000000", EINVAL);
REFUSED(largest_gibibytes, "pool_size=17179869183G", ENOMEM);
REFUSED(overflow_of_gibibytes, "pool_size=17179869184G", EINVAL);
REFUSED(exbibytes, "pool_size=16E", EINVAL);
REFUSED(tebibytes, "pool_size=1T", EINVAL);
REFUSED(larger_than_memory, "pool_size=1024G", ENOMEM);
REFUSED(negative, "pool_size=-1", EINVAL);
REFUSED(negative_mebibytes, "pool_size=-2M", EINVAL);
REFUSED(garbage, "pool_size=lots", EINVAL);
REFUSED(suffix_alone, "pool_size=M", EINVAL);
REFUSED(two_suffixes, "pool_size=2MM", EINVAL);
REFUSED(garbage_behind, "pool_size=2MiB", EINVAL);
REFUSED(fraction, "pool_size=2.0M", EINVAL);
REFUSED(space, "pool_size=\"2 M\"", EINVAL);
REFUSED(empty, "pool_size=", EINVAL);
REFUSED(no_value, "pool_size", EINVAL);
REFUSED(good_then_bad, "pool_size=2M pool_size=1", EINVAL);
REFUSED(policy_unknown, "wx_policy=foo", EINVAL);
REFUSED(policy_prefix, "wx_policy=den", EINVAL);
REFUSED(policy_capital, "wx_policy=Deny", EINVAL);
REFUSED(policy_number, "wx_policy=1", EINVAL);
REFUSED(policy_empty, "wx_policy=", EINVAL);
REFUSED(policy_no_value, "wx_policy", EINVAL);
REFUSED(show_phys_unknown, "show_phys=root", EINVAL);
REFUSED(show_phys_empty, "show_phys=", EINVAL);
REFUSED(policy_bad_size_good, "pool_size=2M wx_policy=foo", EINVAL);

FIXTURE_SETUP(parameters)
{
	ASSERT_FALSE(loaded());
	self->before = before();
}

FIXTURE_TEARDOWN(parameters)
{
	EXPECT_AS_BEFORE(self->before);
}

static bool parameter_is(const char *name, const char *value)
{
	char path[64], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), MODULE_DIR "/parameters/%s", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, value);
}

static bool wx_denied(void)
{
	struct physvm_info info = { .size = sizeof(info) };
	const int fd = open_device(), err = call(fd, PHYSVM_INFO, &info);

	close(fd);
	return !err && info.out_features & PHYSVM_FEATURE_WX_DENY;
}

TEST_F_TIMEOUT(parameters, are_taken_or_refused, PATIENCE)
{
	char bytes[32];

	ASSERT_EQ(variant->error, load(variant->params));
	EXPECT_EQ(!variant->error, loaded());
	EXPECT_EQ(!variant->error, node_exists());
	if (variant->error)
		return;
	snprintf(bytes, sizeof(bytes), "%lu", variant->blocks * BLOCK);
	EXPECT_EQ(variant->blocks * BLOCK_PAGES, total_pages());
	EXPECT_TRUE(parameter_is("pool_size", bytes));
	EXPECT_TRUE(parameter_is("wx_policy", variant->deny ? "deny" : "allow"));
	EXPECT_EQ(variant->deny, wx_denied());
	EXPECT_TRUE(use(BLOCK));
	EXPECT_TRUE(unload_soon());
}

TEST_F(load, with_an_unknown_parameter_that_is_logged)
{
	ASSERT_EQ(0, load("frobnicate=1"));
	EXPECT_TRUE(log_says(self->before.log, "unknown parameter 'frobnicate' ignored"));
	EXPECT_TRUE(unload_soon());
}

static int load_mib(long mib)
{
	char params[64];

	snprintf(params, sizeof(params), "pool_size=%ldM", mib / 2 * 2);
	return load(params);
}

static long available_mib(void)
{
	write_text("/proc/sys/vm/drop_caches", "3");
	return kib("MemAvailable:") / 1024;
}

TEST_F_TIMEOUT(load, most_of_the_memory, PATIENCE)
{
	const long mib = available_mib() * 3 / 4 / 2 * 2;

	ASSERT_EQ(0, load_mib(mib));
	EXPECT_EQ(mib * 1024 * 1024 / PAGE, total_pages());
	EXPECT_TRUE(use(BLOCK));
	EXPECT_TRUE(unload_soon());
}

/* Goes wrong when most of the pool is there already, or just does not. */
TEST_F_TIMEOUT(load, nearly_all_memory, PATIENCE)
{
	const int err = load_mib(available_mib() - 16);

	TH_LOG("%s", err ? strerror(err) : "loaded");
	EXPECT_TRUE(err ? err == ENOMEM : unload_soon());
}

TEST_F_TIMEOUT(load, more_than_is_available, PATIENCE)
{
	EXPECT_EQ(ENOMEM, load_mib(available_mib() + 16));
	EXPECT_EQ(ENOMEM, load_mib(kib("MemTotal:") / 1024));
}

static void load_much(int fd, const void *arg)
{
	load_mib(*(const long *)arg);
}

/* Killed while the pool is being filled, nothing of it stays. */
TEST_F_TIMEOUT(load, ended_by_a_kill, PATIENCE)
{
	const long mib = available_mib() / 2;
	int i, amid = 0;

	srand(SEED);
	for (i = 0; i < 20; i++) {
		pid_t pid = child_start(load_much, -1, &mib);

		usleep(rand() % 100000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		amid += !loaded();
		ASSERT_TRUE(!loaded() || unload_soon());
		ASSERT_TRUE(memory_is_back(self->before.memory));
	}
	TH_LOG("%d of %d before it was loaded", amid, i);
	EXPECT_GT(amid, 0);
}

/*
 * Use. Catches: a module unloaded under what needs its code; one that cannot
 * be unloaded any more when nothing does.
 */

FIXTURE(use) {
	struct before before;
	int fd;
};

FIXTURE_SETUP(use)
{
	ASSERT_FALSE(loaded());
	self->before = before();
	ASSERT_EQ(0, load("pool_size=8M"));
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(use)
{
	EXPECT_TRUE(unload_soon());
	EXPECT_AS_BEFORE(self->before);
}

/* Refused at once and still so when late references have gone. */
static bool in_use(void)
{
	const bool refused = unload() == EWOULDBLOCK;

	usleep(100000);
	return refused && unload() == EWOULDBLOCK;
}

TEST_F(use, of_the_device)
{
	EXPECT_TRUE(in_use());
	close(self->fd);
}

TEST_F(use, of_a_mapping)
{
	char *addr = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, addr);
	close(self->fd);
	EXPECT_TRUE(in_use());
	EXPECT_TRUE(all_zero(addr, 4 * PAGE));
	number_pages(addr, 4);
	EXPECT_TRUE(in_use());
	EXPECT_EQ(4, numbered_pages(addr, 0, 4));
	munmap(addr, 4 * PAGE);
}

TEST_F(use, of_a_descriptor)
{
	const int area = alloc_fd(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);
	char *addr;

	ASSERT_GE(area, 0);
	close(self->fd);
	EXPECT_TRUE(in_use());
	addr = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, area, 0);
	ASSERT_NE(MAP_FAILED, addr);
	number_pages(addr, 4);
	munmap(addr, 4 * PAGE);
	EXPECT_TRUE(in_use());
	close(area);
}

TEST_F(use, of_a_descriptor_in_a_message)
{
	const int area = alloc_fd(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);
	int ends[2], received;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	ASSERT_TRUE(send_fd(ends[0], area));
	close(area);
	close(self->fd);
	EXPECT_TRUE(in_use());
	received = receive_fd(ends[1]);
	EXPECT_GE(received, 0);
	EXPECT_TRUE(in_use());
	/* And one that nobody receives. */
	ASSERT_TRUE(send_fd(ends[0], received));
	close(received);
	EXPECT_TRUE(in_use());
	close(ends[0]);
	close(ends[1]);
}

/* The area is gone; what is left of it is its place in the file system. */
TEST_F(use, of_a_path_to_an_area)
{
	const int area = alloc_fd(self->fd, 4 * PAGE, 0);
	char name[32];
	struct stat stat;
	int path;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", area);
	path = open(name, O_PATH | O_CLOEXEC);
	ASSERT_GE(path, 0);
	close(area);
	close(self->fd);
	EXPECT_TRUE(in_use());
	EXPECT_EQ(0, fstat(path, &stat));
	close(path);
}

/* Whoever gave it has long gone. Removing the name is what ends it. */
TEST_F(use, of_a_name)
{
	char *addr = alloc_map(self->fd, 4 * PAGE, PHYSVM_ALLOC_COMMIT);

	ASSERT_NE(NULL, addr);
	ASSERT_EQ(0, name_add(self->fd, "left", addr, 0));
	munmap(addr, 4 * PAGE);
	close(self->fd);
	EXPECT_TRUE(in_use());
	self->fd = open_device();
	EXPECT_EQ(0, name_remove(self->fd, "left"));
	close(self->fd);
}

static void wait_for_the_kill(int fd, const void *arg)
{
	raise(SIGSTOP);
}

TEST_F(use, of_what_another_process_inherited)
{
	char *addr = alloc_map(self->fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	pid_t pid;

	number_pages(addr, BLOCK_PAGES);
	pid = child_start(wait_for_the_kill, self->fd, NULL);
	ASSERT_TRUE(child_stopped(pid));
	munmap(addr, BLOCK);
	close(self->fd);
	EXPECT_TRUE(in_use());
	EXPECT_TRUE(child_kill(pid));
}

/*
 * Netlink. Catches: a family that outlives its code, or that no process can get rid
 * of; events that are told after it has gone; a dump cut off by an unload.
 */

static void leave_an_area(int unused, const void *arg)
{
	const int fd = open_device();

	child_need(alloc_map(fd, PAGE, 0));
}

/* Who listens does not keep the module, and hears of the next one. */
TEST_F_TIMEOUT(load, while_somebody_listens, PATIENCE)
{
	const unsigned int loads = rounds_of(20);
	struct nl listener, again;
	unsigned int told = 0, i;

	for (i = 0; i < loads; i++) {
		ASSERT_EQ(0, load("pool_size=2M"));
		ASSERT_EQ(0, nl_open(&listener));
		ASSERT_EQ(0, nl_listen(&listener));
		ASSERT_TRUE(child_succeeded(child_start(leave_an_area, -1, NULL)));
		/* Sometimes it is told, sometimes it never will be. */
		usleep(i % 4 * 100000);
		ASSERT_TRUE(unload_soon());
		fcntl(listener.fd, F_SETFL, O_NONBLOCK);
		while (nl_next(&listener))
			told++;
		EXPECT_EQ(ENOENT, nl_open(&again));
		nl_close(&again);
		nl_close(&listener);
	}
	TH_LOG("%u of %u heard before the end", told, i);
	EXPECT_LT(0, told);
}

/* Areas enough for more than the kernel tells at once. */
#define LISTED 800

TEST_F(use, of_a_dump_that_is_not_read)
{
	const struct nlmsghdr *header;
	struct nl_request request;
	static char *areas[LISTED];
	struct nl nl;
	int i;

	for (i = 0; i < LISTED; i++) {
		areas[i] = alloc_map(self->fd, PAGE, PHYSVM_ALLOC_NORESERVE);
		ASSERT_NE(NULL, areas[i]);
	}
	ASSERT_EQ(0, nl_open(&nl));
	request = nl_request(&nl, PHYSVM_NL_CMD_AREA_GET, NLM_F_DUMP);
	ASSERT_TRUE(nl_send(&nl, &request));
	ASSERT_NE(NULL, nl_next(&nl));
	close(self->fd);
	for (i = 0; i < LISTED; i++)
		munmap(areas[i], PAGE);
	EXPECT_TRUE(in_use());
	while ((header = nl_next(&nl)) && header->nlmsg_type != NLMSG_DONE)
		;
	EXPECT_NE(NULL, header);
	nl_close(&nl);
}

/*
 * Pages in a pipe do not need the module. They are not the pool's any more when
 * it is loaded again, and the kernel's when the pipe has been read.
 */

FIXTURE(pipe) {
	struct before before;
	int fd;
};

FIXTURE_VARIANT(pipe) {
	uint64_t length;
};

FIXTURE_VARIANT_ADD(pipe, page_of_few) { .length = 20 * PAGE };
FIXTURE_VARIANT_ADD(pipe, page_of_a_block) { .length = BLOCK };

FIXTURE_SETUP(pipe)
{
	ASSERT_FALSE(loaded());
	self->before = before();
	ASSERT_EQ(0, load("pool_size=8M"));
	self->fd = open_device();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(pipe)
{
	EXPECT_AS_BEFORE(self->before);
}

#define SPLICED 4

static bool splice_pages(int to, char *addr)
{
	struct iovec pages = { addr, SPLICED * PAGE };

	return vmsplice(to, &pages, 1, 0) == SPLICED * PAGE;
}

static bool in_pool(uint64_t phys)
{
	struct physvm_pool_range range = { .size = sizeof(range), .from = phys };
	const int fd = open_device();
	const bool found = !call(fd, PHYSVM_POOL_RANGE, &range) && range.out_phys <= phys;

	close(fd);
	return found;
}

TEST_F_TIMEOUT(pipe, outlives_the_module, PATIENCE)
{
	static char contents[SPLICED * PAGE];
	char *addr = alloc_map(self->fd, variant->length, PHYSVM_ALLOC_COMMIT);
	const uint64_t phys = query(self->fd, addr).out_phys;
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	number_pages(addr, variant->length / PAGE);
	ASSERT_TRUE(splice_pages(ends[1], addr + 3 * PAGE));
	ASSERT_TRUE(in_pool(phys));
	ASSERT_EQ(0, unmap(self->fd, addr, variant->length));
	EXPECT_NE(0, pool_stat(self->fd).out_quarantined_pages);
	EXPECT_EQ(0, pool_stat(self->fd).out_areas);
	close(self->fd);
	ASSERT_TRUE(unload_soon());

	ASSERT_EQ(0, load("pool_size=64M"));
	EXPECT_FALSE(in_pool(phys));
	EXPECT_TRUE(use(32 * BLOCK));
	EXPECT_EQ(SPLICED * PAGE, read(ends[0], contents, sizeof(contents)));
	EXPECT_EQ(SPLICED, numbered_pages(contents, 3, SPLICED));
	EXPECT_TRUE(unload_soon());
	close(ends[0]);
	close(ends[1]);
}

/*
 * Races. Catches: a device that is opened when the pool is gone already or not
 * there yet; an unload that overtakes the last reference of a process' end.
 */

#define RACE_SECONDS 8

static struct {
	volatile bool stop;
	volatile unsigned long opened;
	volatile unsigned long missed;
} *race;

static void count(volatile unsigned long *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* The second half of the openers leave their area to their end. */
static void open_and_use(bool tidy)
{
	const int fd = open_device();
	char *addr;

	if (fd < 0) {
		child_need(errno == ENOENT || errno == ENODEV || errno == ENXIO);
		count(&race->missed);
		return;
	}
	count(&race->opened);
	addr = alloc_map(fd, 20 * PAGE, PHYSVM_ALLOC_COMMIT);
	child_need(addr && all_zero(addr, 20 * PAGE));
	number_pages(addr, 20);
	close(fd);
	child_need(numbered_pages(addr, 0, 20) == 20);
	if (tidy)
		child_need(!munmap(addr, 20 * PAGE));
	else
		_exit(0);
}

static void open_for_ever(int fd, const void *arg)
{
	pid_t pid;

	while (!race->stop) {
		usleep(rand() % 3000);
		open_and_use(true);
		pid = fork();
		if (!pid)
			open_and_use(false);
		if (!pid)
			_exit(0);
		child_need(child_succeeded(pid));
	}
}

/* Each of these has to have happened that often. */
#define OFTEN 5

static bool often(unsigned long unloads, unsigned long refusals)
{
	return unloads > OFTEN && refusals > OFTEN && race->opened > OFTEN &&
	       race->missed > OFTEN;
}

TEST_F_TIMEOUT(load, against_those_who_open, PATIENCE)
{
	const time_t end = time(NULL) + RACE_SECONDS;
	unsigned long unloads = 0, refusals = 0;
	pid_t openers[2];

	race = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	openers[0] = child_start(open_for_ever, -1, NULL);
	openers[1] = child_start(open_for_ever, -1, NULL);
	while (time(NULL) < end || !often(unloads, refusals)) {
		int err;

		ASSERT_EQ(0, load("pool_size=4M"));
		usleep(rand() % 3000);
		for (err = unload(); err == EWOULDBLOCK; err = unload()) {
			refusals++;
			usleep(rand() % 1000);
		}
		ASSERT_EQ(0, err);
		unloads++;
	}
	race->stop = true;
	EXPECT_TRUE(child_succeeded(openers[0]));
	EXPECT_TRUE(child_succeeded(openers[1]));
	TH_LOG("%lu unloads, refused %lu times; opened %lu times, in vain %lu times",
	       unloads, refusals, race->opened, race->missed);
}

TEST_HARNESS_MAIN
