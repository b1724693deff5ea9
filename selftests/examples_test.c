// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userlib's example programs, which lie in examples/ next to the tests: each
 * works, says what it is there to show, and leaves nothing behind.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

SKIP_ALL_WITHOUT_DEVICE()

static char output[65536];

/* The exit status of a program, as the shell has it; what it said is in output. */
static int run_example(const char *command)
{
	char line[256];
	size_t size;
	FILE *from;
	int status;

	snprintf(line, sizeof(line), "exec examples/%s 2>&1", command);
	from = popen(line, "r");
	if (!from)
		return -1;
	size = fread(output, 1, sizeof(output) - 1, from);
	output[size] = '\0';
	status = pclose(from);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool said(const char *text)
{
	return strstr(output, text);
}

FIXTURE(examples)
{
	int fd;
};

FIXTURE_SETUP(examples)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(examples)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define RUN_OR_SKIP(name, arguments) \
	do { \
		if (access("examples/" name, X_OK)) \
			SKIP(return, "no examples/" name " here"); \
		EXPECT_EQ(0, run_example(name arguments)); \
		TH_LOG("%s", output); \
	} while (0)

TEST_F_TIMEOUT(examples, hello_area, PATIENCE)
{
	RUN_OR_SKIP("hello_area", "");
	EXPECT_TRUE(said("hello at 0x"));
	EXPECT_TRUE(said(" is physical address 0x"));
}

TEST_F_TIMEOUT(examples, coredump_buffer, PATIENCE)
{
	RUN_OR_SKIP("coredump_buffer", "");
	EXPECT_TRUE(said("20 of 102400 bytes used: pc=0x1000 sp=0x2000\n"));
}

TEST_F_TIMEOUT(examples, malloc_family, PATIENCE)
{
	RUN_OR_SKIP("malloc_family", "");
	EXPECT_TRUE(said("apple\ncherry\npear\nquince\n"));
	EXPECT_TRUE(said("100 bytes at a multiple of 65536: yes, 4096 can be used\n"));
}

TEST_F_TIMEOUT(examples, mdl_share, PATIENCE)
{
	RUN_OR_SKIP("mdl_share", "");
	EXPECT_STREQ("frame 0\nframe 1\nframe 2\n", output);
}

#define READINGS \
	"reading 0: 0\nreading 1: 1\nreading 2: 4\nreading 3: 9\nreading 4: 16\n" \
	"reading 5: 25\nreading 6: 36\nreading 7: 49\nwritten by user 0, and by nobody else\n"

/* One begins when the other has ended. */
TEST_F_TIMEOUT(examples, names_one_after_the_other, PATIENCE)
{
	RUN_OR_SKIP("name_producer", "");
	EXPECT_STREQ("", output);
	EXPECT_EQ(0, run_example("name_consumer READINGS"));
	EXPECT_STREQ(READINGS, output);
	EXPECT_EQ(1, run_example("name_producer"));
	EXPECT_STREQ("name_producer: Readings: File exists\n", output);
	EXPECT_EQ(0, run_example("names"));
	EXPECT_STREQ("r--r--r--     0     0       4096 Readings\n", output);
	EXPECT_EQ(0, run_example("names -r readings"));
	EXPECT_EQ(1, run_example("names -r readings"));
	EXPECT_STREQ("names: readings: No such file or directory\n", output);
	EXPECT_EQ(0, run_example("names"));
	EXPECT_STREQ("", output);
}

/* The consumer waits for the producer. */
TEST_F_TIMEOUT(examples, names_side_by_side, PATIENCE)
{
	pid_t pid = fork();

	if (!pid) {
		usleep(300000);
		_exit(run_example("name_producer 'Side by Side'"));
	}
	EXPECT_EQ(0, run_example("name_consumer 'side by side'"));
	EXPECT_STREQ(READINGS, output);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, run_example("names -r 'SIDE BY SIDE'"));
}

TEST_F_TIMEOUT(examples, mobius_share, PATIENCE)
{
	RUN_OR_SKIP("mobius_share", "");
	EXPECT_STREQ("Ada: 42\nGrace: 40\nEdsger: 17\nthe board is gone\n", output);
}

TEST_F_TIMEOUT(examples, pager, PATIENCE)
{
	RUN_OR_SKIP("pager", "");
	EXPECT_TRUE(said("1024 MiB in "));
	EXPECT_TRUE(said(", 0 wrong\n"));
	EXPECT_FALSE(said(" 0 taken out"));
}

TEST_F_TIMEOUT(examples, mobius_callback, PATIENCE)
{
	RUN_OR_SKIP("mobius_callback", "");
	EXPECT_STREQ("12 * 12 = 144\n13 * 13 = 169\n134217727 * 134217727 = 18014398241046529\n"
		     "2 of 262144 pages computed\n", output);
}

TEST_HARNESS_MAIN
