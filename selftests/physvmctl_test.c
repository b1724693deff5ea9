// SPDX-License-Identifier: GPL-2.0-only
/*
 * physvmctl, which lies next to the tests: every verb shows what is there, to who may
 * see it, and changes what it says it changes. jq looks at what is JSON.
 */
#include "kselftest_harness.h"

#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "child.h"
#include "name.h"
#include "scene.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

#define TOOL "./physvmctl"

enum { FAILED = 1, USAGE = 2, DENIED = 4, WARNED = 5 };

static char output[1 << 20];

static void read_all(int from)
{
	size_t size = 0;
	ssize_t got;

	while ((got = read(from, output + size, sizeof(output) - 1 - size)) > 0)
		size += got;
	output[size] = '\0';
}

static void become(uid_t uid)
{
	if (uid)
		child_need(!setgroups(0, NULL) && !setgid(uid) && !setuid(uid));
}

/* The exit status of a shell's command; what it said is in output. */
static int run_as(uid_t uid, const char *command)
{
	int out[2], status;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		become(uid);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(out[1]);
	read_all(out[0]);
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *format, ...)
{
	char command[512];
	va_list list;

	va_start(list, format);
	vsnprintf(command, sizeof(command), format, list);
	va_end(list);
	return run_as(0, command);
}

static bool said(const char *text)
{
	return strstr(output, text);
}

/* Is it JSON, and does it match jq's filter? If not, it is in output. */
static bool json_as(uid_t uid, const char *arguments, const char *format, ...)
{
	char command[1024];
	va_list list;
	int used = snprintf(command, sizeof(command), TOOL " %s --json | jq -e '", arguments);

	va_start(list, format);
	used += vsnprintf(command + used, sizeof(command) - used, format, list);
	va_end(list);
	snprintf(command + used, sizeof(command) - used, "'");
	if (!run_as(uid, command))
		return true;
	snprintf(command, sizeof(command), TOOL " %s --json", arguments);
	run_as(uid, command);
	return false;
}

#define JSON_AS(uid, arguments, ...) \
	EXPECT_TRUE(json_as(uid, arguments, __VA_ARGS__)) { TH_LOG("%.2000s", output); }
#define JSON(arguments, ...) JSON_AS(0, arguments, __VA_ARGS__)

#define NEED(path) \
	do { \
		if (access(path, X_OK)) \
			SKIP(return, "no " path " here"); \
	} while (0)

FIXTURE(ctl)
{
	int fd;
	struct scene scene;
	mode_t mode;		/* of the device */
};

FIXTURE_SETUP(ctl)
{
	struct stat device;

	OPEN_DEVICE_OR_SKIP(self->fd);
	NEED(TOOL);
	NEED("/usr/bin/jq");
	ASSERT_TRUE(pool_at_baseline(self->fd));
	ASSERT_EQ(0, stat(PHYSVM_DEVICE, &device));
	self->mode = device.st_mode & 0777;
	ASSERT_TRUE(scene_make(&self->scene, self->fd));
}

FIXTURE_TEARDOWN(ctl)
{
	if (!self->scene.nobody)
		return;
	EXPECT_EQ(0, chmod(PHYSVM_DEVICE, self->mode));
	scene_end(&self->scene, self->fd);
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

TEST_F_TIMEOUT(ctl, status, PATIENCE)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);

	JSON("status", ".pools[0] | .total_bytes == %llu and .free_bytes == %llu and "
	     ".used_bytes == %llu and .total_bytes == .free_bytes + .used_bytes + "
	     ".quarantined_bytes and .largest_free_bytes == %llu and .free_blocks == %llu",
	     stat.out_total_pages * PAGE, stat.out_free_pages * PAGE,
	     stat.out_used_pages * PAGE, stat.out_largest_free_pages * PAGE,
	     stat.out_free_blocks);
	JSON("status", ".areas == %llu", stat.out_areas);
	EXPECT_EQ(0, run(TOOL " status"));
	EXPECT_EQ(0, strncmp("POOL ", output, 5));
	EXPECT_EQ(0, run(TOOL " status --bytes | awk '$1 == \"ram\" { print $2, $3, $4 }' |"
			 " grep -qx '%llu %llu %llu'", stat.out_total_pages * PAGE,
			 stat.out_free_pages * PAGE, stat.out_used_pages * PAGE));
}

TEST_F_TIMEOUT(ctl, pool, PATIENCE)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);

	JSON("pool", ".[0] | (.blocks | length) == %llu and "
	     "([.blocks[].used_pages] | add) == %llu and ([.blocks[].free_pages] | add) == %llu",
	     stat.out_total_pages / 512, stat.out_used_pages, stat.out_free_pages);
	JSON("pool", ".[0] | .visible_committed_bytes + .visible_reserved_bytes == .used_bytes and "
	     ".visible_reserved_bytes >= %lu", SCENE_LATER_SIZE);
	JSON("pool", "[.[0].blocks[] | select(.cache == \"wc\" and .used_pages == 512)] | "
	     "length == %lu", SCENE_FRAMES_SIZE / BLOCK);
	JSON("pool", "[.[0].blocks[] | select(.uid == 65534)] | length == 1");
	EXPECT_EQ(0, run("LC_ALL=C " TOOL " pool"));
	EXPECT_TRUE(said("pool ram\n"));
	EXPECT_TRUE(said("####"));
	EXPECT_TRUE(said("rr"));
	EXPECT_FALSE(said("\033"));
	EXPECT_EQ(0, run("LC_ALL=C.UTF-8 " TOOL " pool"));
	EXPECT_TRUE(said("████"));
	EXPECT_EQ(0, run(TOOL " pool --by cache"));
	EXPECT_TRUE(said("CCCC"));
	EXPECT_EQ(0, run(TOOL " pool --by user"));
	EXPECT_TRUE(said(" nobody"));
	EXPECT_EQ(USAGE, run(TOOL " pool --by taste"));
}

TEST_F_TIMEOUT(ctl, map, PATIENCE)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);

	EXPECT_EQ(0, run(TOOL " map --svg | grep -c '^<g><title>0x.*</g>$'"));
	EXPECT_EQ(stat.out_total_pages / 512, strtoull(output, NULL, 10));
	EXPECT_EQ(0, run(TOOL " map --svg --by user | tail -n 1"));
	EXPECT_STREQ("</svg>\n", output);
	EXPECT_EQ(0, run("LC_ALL=C " TOOL " map"));
	EXPECT_TRUE(said("####"));
	JSON("map", "([.[].reserved_pages] | add) == %lu", SCENE_LATER_SIZE / PAGE);
}

TEST_F_TIMEOUT(ctl, areas, PATIENCE)
{
	const struct physvm_query frames = query(self->fd, self->scene.frames);

	JSON("areas", ".[] | select(.label == \"frames\") | .id == %llu and .uid == 0 and "
	     ".pid == %d and .type == \"normal\" and .cache == \"wc\" and .size_bytes == %lu and "
	     ".committed_bytes == .size_bytes and .owned_bytes == .size_bytes and "
	     ".mappings == 1 and .phys == %llu", frames.out_area_id, getpid(),
	     SCENE_FRAMES_SIZE, frames.out_phys);
	JSON("areas", ".[] | select(.label == \"later\") | .committed_bytes == 0 and "
	     ".owned_bytes == %lu", SCENE_LATER_SIZE);
	JSON("areas", ".[] | select(.uid == 65534) | .pid == %d and .label == \"cache\" and "
	     ".user == \"nobody\" and .size_bytes == %lu", self->scene.nobody,
	     SCENE_NOBODYS_SIZE);
	JSON("areas --user nobody", "length == 1 and .[0].uid == 65534");
	EXPECT_EQ(0, run(TOOL " areas --user 65534 | wc -l"));
	EXPECT_STREQ("2\n", output);
	EXPECT_EQ(USAGE, run(TOOL " areas --user somebody"));
	EXPECT_TRUE(said("somebody: no such user"));
}

TEST_F_TIMEOUT(ctl, mappings, PATIENCE)
{
	JSON("areas --mappings", ".[] | select(.addr == %llu) | .pid == %d and "
	     ".length_bytes == %lu and .offset_bytes == 0 and .prot == \"rw-\"",
	     (unsigned long long)(uintptr_t)self->scene.frames, getpid(), SCENE_FRAMES_SIZE);
	EXPECT_EQ(0, run(TOOL " areas --mappings"));
	EXPECT_TRUE(said("ADDRESS"));
}

TEST_F_TIMEOUT(ctl, names, PATIENCE)
{
	JSON("names", "length == 1 and (.[0] | .name == \"" SCENE_NAME "\" and .uid == 0 and "
	     ".mode == 384 and .size_bytes == %lu and .openers == 0 and (.exclusive | not))",
	     SCENE_BOARD_SIZE);
	EXPECT_EQ(0, run(TOOL " names"));
	EXPECT_TRUE(said("0600"));
	EXPECT_TRUE(said(" " SCENE_NAME "\n"));
}

TEST_F_TIMEOUT(ctl, remove_name, PATIENCE)
{
	EXPECT_EQ(FAILED, run(TOOL " rm-name Reading"));
	EXPECT_TRUE(said("physvmctl rm-name: Reading: No such file or directory"));
	JSON("names", "length == 1");
	EXPECT_EQ(0, run(TOOL " rm-name readings"));
	EXPECT_STREQ("", output);
	JSON("names", "length == 0");
	EXPECT_EQ(FAILED, run(TOOL " rm-name " SCENE_NAME));
	EXPECT_EQ(0, name_add(self->fd, SCENE_NAME, self->scene.board, SCENE_BOARD_SIZE));
	EXPECT_EQ(0, run(TOOL " rm-name --id $(" TOOL " names --json | jq '.[0].id')"));
	JSON("names", "length == 0");
	EXPECT_EQ(USAGE, run(TOOL " rm-name"));
	EXPECT_EQ(USAGE, run(TOOL " rm-name --id x"));
}

TEST_F_TIMEOUT(ctl, regions, PATIENCE)
{
	JSON("regions", "length == 1 and (.[0] | .uid == 0 and .size_bytes == %lu and "
	     ".allocated_bytes == %lu and .page_state == 7)", REGION_LENGTH, 4 * PAGE);
}

TEST_F_TIMEOUT(ctl, metrics, PATIENCE)
{
	const struct physvm_pool_stat stat = pool_stat(self->fd);
	char line[128];

	EXPECT_EQ(0, run(TOOL " metrics | awk -f openmetrics.awk"));
	EXPECT_STREQ("", output);
	EXPECT_EQ(0, run(TOOL " metrics"));
	snprintf(line, sizeof(line), "\nphysvm_pool_bytes{pool=\"ram\",state=\"used\"} %llu\n",
		 stat.out_used_pages * PAGE);
	EXPECT_TRUE(said(line));
	snprintf(line, sizeof(line), "\nphysvm_areas %llu\n", stat.out_areas);
	EXPECT_TRUE(said(line));
	JSON("metrics", "[.[] | select(.type == \"counter\")] | length >= 5");
}

TEST_F_TIMEOUT(ctl, watermarks, PATIENCE)
{
	if (run(TOOL " watermarks 8M 16M") == FAILED && said("not supported"))
		SKIP(return, "no watermarks yet");
	EXPECT_STREQ("", output);
	JSON("watermarks", ".[0].low_bytes == 8388608 and .[0].high_bytes == 16777216");
	EXPECT_EQ(FAILED, run(TOOL " watermarks 16M 8M"));
	EXPECT_TRUE(said("Invalid argument ("));
	EXPECT_EQ(USAGE, run(TOOL " watermarks 8M"));
	EXPECT_EQ(USAGE, run(TOOL " watermarks 8M 16X"));
	EXPECT_EQ(USAGE, run(TOOL " watermarks 1 2"));
	JSON("watermarks", ".[0].low_bytes == 8388608 and .[0].high_bytes == 16777216");
	EXPECT_EQ(0, run(TOOL " watermarks 0 0"));
}

TEST_F_TIMEOUT(ctl, grow_and_shrink, PATIENCE)
{
	const uint64_t total = pool_stat(self->fd).out_total_pages * PAGE;

	if (run(TOOL " grow 4M --json") == FAILED && said("not supported"))
		SKIP(return, "pools cannot grow yet");
	EXPECT_EQ(total + (4 << 20), pool_stat(self->fd).out_total_pages * PAGE);
	JSON("shrink 4M", ".changed_bytes == 4194304 and .total_bytes == %llu",
	     (unsigned long long)total);
	EXPECT_EQ(total, pool_stat(self->fd).out_total_pages * PAGE);
	EXPECT_EQ(FAILED, run(TOOL " grow 4K"));
	EXPECT_TRUE(said("Invalid argument ("));
	EXPECT_EQ(USAGE, run(TOOL " grow"));
	EXPECT_EQ(USAGE, run(TOOL " grow much"));
	EXPECT_EQ(USAGE, run(TOOL " grow 2M 2M"));
	EXPECT_EQ(total, pool_stat(self->fd).out_total_pages * PAGE);
}

TEST_F_TIMEOUT(ctl, limits, PATIENCE)
{
	if (run(TOOL " limits --json") == FAILED && said("not supported"))
		SKIP(return, "no limits yet");
	JSON("limits", ".[] | select(.account == \"user\" and .id == 65534) | "
	     ".charged_bytes == %lu and .areas == 1", SCENE_NOBODYS_SIZE);
	EXPECT_EQ(0, run(TOOL " limits set nobody --size 16M --areas 10"));
	JSON("limits", ".[] | select(.account == \"user\" and .id == 65534) | "
	     ".max_bytes == 16777216 and .max_areas == 10");
	EXPECT_EQ(0, run(TOOL " limits reset nobody"));
	JSON("limits", ".[] | select(.account == \"user\" and .id == 65534) | "
	     ".max_bytes != 16777216");
	EXPECT_EQ(USAGE, run(TOOL " limits set nobody"));
	EXPECT_EQ(USAGE, run(TOOL " limits set somebody --size 1M"));
	EXPECT_EQ(USAGE, run(TOOL " limits set nobody --percent 101"));
}

TEST_F_TIMEOUT(ctl, doctor, PATIENCE)
{
	const int status = run(TOOL " doctor");

	EXPECT_TRUE(!status || status == WARNED);
	EXPECT_TRUE(said("OK    module: version "));
	EXPECT_TRUE(said("OK    names: none is left behind (1 known)"));
	EXPECT_EQ(0, run("! " TOOL " doctor | grep -vE '^(OK   |WARN |FAIL |     ) '"));
	JSON("doctor", "length == 10 and all(.[]; .verdict == \"OK\" or .verdict == \"WARN\")");
}

static void leave_a_name(int fd, const void *arg)
{
	char *area = scene_area(fd, "left", PAGE, PHYSVM_ALLOC_COMMIT, PHYSVM_CACHE_WB);

	child_need(area && !name_add(fd, "Left Behind", area, PAGE));
}

TEST_F_TIMEOUT(ctl, doctor_sees_a_name_left_behind, PATIENCE)
{
	ASSERT_TRUE(child_succeeded(child_start(leave_a_name, self->fd, NULL)));
	EXPECT_EQ(WARNED, run(TOOL " doctor"));
	EXPECT_TRUE(said("WARN  names: Left Behind has 4K, and who made it is gone\n"));
	EXPECT_EQ(0, run(TOOL " rm-name 'left behind'"));
}

TEST_F_TIMEOUT(ctl, doctor_sees_a_full_pool, PATIENCE)
{
	const uint64_t free_blocks = pool_stat(self->fd).out_free_blocks;
	char *all = alloc_map(self->fd, free_blocks * BLOCK, 0);

	ASSERT_NE(NULL, all);
	EXPECT_EQ(WARNED, run(TOOL " doctor"));
	EXPECT_TRUE(said("WARN  free memory: pool ram has only "));
	EXPECT_EQ(0, unmap(self->fd, all, free_blocks * BLOCK));
}

/* Who may not open the device is told why, and may do nothing. */
TEST_F_TIMEOUT(ctl, nobody_without_the_device, PATIENCE)
{
	static const char *const verbs[] = {
		"status", "pool", "areas", "areas --mappings", "names", "regions", "top",
		"watermarks", "map", "metrics", "doctor", "rm-name " SCENE_NAME, "grow 2M",
		"shrink 2M", "watermarks 1M 2M", "limits set nobody --size 1M",
	};
	char command[128];
	int i;

	EXPECT_EQ(0, chmod(PHYSVM_DEVICE, 0600));
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(command, sizeof(command), TOOL " %s", verbs[i]);
		EXPECT_EQ(DENIED, run_as(SCENE_NOBODY, command)) {
			TH_LOG("%s: %s", verbs[i], output);
		}
		EXPECT_TRUE(said("Operation not permitted"));
	}
	JSON("names", "length == 1");
}

/* Who may sees totals and what is his, and may change nothing. */
TEST_F_TIMEOUT(ctl, nobody_with_the_device, PATIENCE)
{
	static const char *const verbs[] = {
		"map", "rm-name " SCENE_NAME, "grow 2M", "shrink 2M", "watermarks 1M 2M",
		"limits set nobody --size 1M",
	};
	const struct physvm_pool_stat stat = pool_stat(self->fd);
	char command[128];
	int i;

	EXPECT_EQ(0, chmod(PHYSVM_DEVICE, 0666));
	JSON_AS(SCENE_NOBODY, "status", ".pools[0].used_bytes == %llu",
		stat.out_used_pages * PAGE);
	JSON_AS(SCENE_NOBODY, "areas", "length == 1 and .[0].uid == 65534 and .[0].phys == null");
	JSON_AS(SCENE_NOBODY, "names", "length == 0");
	JSON_AS(SCENE_NOBODY, "regions", "length == 0");
	JSON_AS(SCENE_NOBODY, "pool", ".[0].blocks == null");
	EXPECT_EQ(0, run_as(SCENE_NOBODY, TOOL " pool"));
	EXPECT_TRUE(said("the picture is for CAP_SYS_ADMIN\n"));
	EXPECT_FALSE(said("0x"));
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(command, sizeof(command), TOOL " %s", verbs[i]);
		EXPECT_EQ(DENIED, run_as(SCENE_NOBODY, command)) {
			TH_LOG("%s: %s", verbs[i], output);
		}
		EXPECT_TRUE(said("CAP_SYS_ADMIN"));
	}
	JSON("names", "length == 1");
}

TEST_F_TIMEOUT(ctl, top_in_a_pipe, PATIENCE)
{
	JSON("top", ".users[0].uid == 0 and .users[1].uid == 65534 and .users[1].areas == 1 and "
	     ".users[1].owned_bytes == %lu", SCENE_NOBODYS_SIZE);
	EXPECT_EQ(0, run(TOOL " top"));
	EXPECT_FALSE(said("\033"));
	EXPECT_TRUE(said("\nroot "));
	EXPECT_EQ(0, run(TOOL " top --json --count 3 --delay 0.1 | wc -l"));
	EXPECT_STREQ("3\n", output);
	EXPECT_EQ(USAGE, run(TOOL " top --sort taste"));
	EXPECT_EQ(USAGE, run(TOOL " top --delay 0"));
	EXPECT_EQ(USAGE, run(TOOL " top --count 0"));
}

/* Runs the tool on a terminal of its own. */
static pid_t on_terminal(int *terminal, char *const argv[])
{
	const struct winsize size = { .ws_row = 30, .ws_col = 100 };
	const pid_t pid = forkpty(terminal, NULL, NULL, &size);

	if (!pid) {
		setenv("TERM", "linux", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execv(TOOL, argv);
		_exit(127);
	}
	return pid;
}

/* Until the text has come @times times, or nothing has for 30 seconds. */
static bool read_until(int from, const char *text, int times)
{
	size_t size = 0;
	struct pollfd wait = { .fd = from, .events = POLLIN };

	while (poll(&wait, 1, 30000) == 1) {
		const ssize_t got = read(from, output + size, sizeof(output) - 1 - size);
		const char *seen = output;
		int count = 0;

		if (got <= 0)
			return false;
		size += got;
		output[size] = '\0';
		while ((seen = strstr(seen, text))) {
			seen++;
			count++;
		}
		if (count >= times)
			return true;
	}
	return false;
}

TEST_F_TIMEOUT(ctl, top_on_a_terminal, PATIENCE)
{
	char *argv[] = { "physvmctl", "top", "--delay", "0.2", NULL };
	int terminal;
	const pid_t pid = on_terminal(&terminal, argv);

	EXPECT_TRUE(read_until(terminal, "\033[H\033[J", 3));
	EXPECT_TRUE(said("\nnobody "));
	EXPECT_EQ(1, write(terminal, "q", 1));
	EXPECT_TRUE(child_succeeded(pid));
	close(terminal);
}

TEST_F_TIMEOUT(ctl, pictures_on_a_terminal, PATIENCE)
{
	char *argv[] = { "physvmctl", "map", NULL };
	int terminal;
	const pid_t pid = on_terminal(&terminal, argv);

	EXPECT_TRUE(read_until(terminal, "each is ", 1));
	EXPECT_TRUE(said("\033[36m█\033[0m"));
	EXPECT_TRUE(child_succeeded(pid));
	close(terminal);
}

static void have_some(int fd, const void *arg)
{
	child_need(alloc_map(fd, BLOCK, PHYSVM_ALLOC_COMMIT));
}

/* Is told of memory that came back when a process ended. */
TEST_F_TIMEOUT(ctl, watch_on_a_terminal, PATIENCE)
{
	char *argv[] = { "physvmctl", "watch", "--timeout", "60", NULL };
	int terminal, tries = 0;
	const pid_t pid = on_terminal(&terminal, argv);
	struct pollfd wait = { .fd = terminal, .events = POLLIN };

	while (tries++ < 50 && !poll(&wait, 1, 200))
		EXPECT_TRUE(child_succeeded(child_start(have_some, self->fd, NULL)));
	EXPECT_TRUE(read_until(terminal, " memory-returned ", 1)) {
		TH_LOG("%s", output);
	}
	EXPECT_TRUE(said(" areas=1 "));
	EXPECT_EQ(0, kill(pid, SIGINT));
	EXPECT_TRUE(child_succeeded(pid));
	close(terminal);
}

TEST_F_TIMEOUT(ctl, watch_ends, PATIENCE)
{
	EXPECT_EQ(0, run(TOOL " watch --timeout 1"));
	EXPECT_EQ(USAGE, run(TOOL " watch --timeout never"));
	EXPECT_EQ(USAGE, run(TOOL " watch --count 0"));
}

TEST_HARNESS_MAIN
