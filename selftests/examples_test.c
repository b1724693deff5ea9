// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userlib's example programs, which lie in examples/ next to the tests: each
 * works, says what it is there to show, and leaves nothing behind.
 */
#include "kselftest_harness.h"

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

TEST_F(examples, hello_area)
{
	RUN_OR_SKIP("hello_area", "");
	EXPECT_TRUE(said("hello at 0x"));
	EXPECT_TRUE(said(" is physical address 0x"));
}

TEST_F(examples, coredump_buffer)
{
	RUN_OR_SKIP("coredump_buffer", "");
	EXPECT_TRUE(said("20 of 102400 bytes used: pc=0x1000 sp=0x2000\n"));
}

TEST_F(examples, malloc_family)
{
	RUN_OR_SKIP("malloc_family", "");
	EXPECT_TRUE(said("apple\ncherry\npear\nquince\n"));
	EXPECT_TRUE(said("100 bytes at a multiple of 65536: yes, 4096 can be used\n"));
}

TEST_F(examples, mdl_share)
{
	RUN_OR_SKIP("mdl_share", "");
	EXPECT_STREQ("frame 0\nframe 1\nframe 2\n", output);
}

TEST_HARNESS_MAIN
