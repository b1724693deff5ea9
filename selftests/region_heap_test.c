// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap on top of a region, examples/region_heap.so, under programs that know
 * nothing of it: what they say is right, their memory is the pool's, and the pool
 * gets it back.
 */
#include "kselftest_harness.h"

#include "child.h"
#include "util.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define HEAP "examples/region_heap.so"
#define SORT "/usr/bin/sort"
#define PERL "/usr/bin/perl"
#define PRELOADED "LD_PRELOAD=$PWD/" HEAP " "

FIXTURE(heap)
{
	int fd;
};

FIXTURE_SETUP(heap)
{
	self->fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pool_at_baseline(self->fd));
}

FIXTURE_TEARDOWN(heap)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

#define SKIP_WITHOUT(program) \
	do { \
		if (access(HEAP, R_OK)) \
			SKIP(return, "no " HEAP " here"); \
		if (access(program, X_OK)) \
			SKIP(return, "no " program " here"); \
	} while (0)

/* A number of the lines' that occurs once, and not in order. */
static unsigned long scattered(unsigned long i, unsigned long lines)
{
	return i * 7919 % lines;
}

static bool write_lines(const char *path, unsigned long lines)
{
	FILE *to = fopen(path, "w");
	unsigned long i;

	if (!to)
		return false;
	for (i = 0; i < lines; i++)
		fprintf(to, "%lu\n", scattered(i, lines));
	return !fclose(to);
}

/* The number of the first line that is not where it should be. */
static unsigned long sorted_lines(FILE *from)
{
	unsigned long i = 0, value;

	while (fscanf(from, "%lu", &value) == 1 && value == i)
		i++;
	return i;
}

static void sort_lines(struct __test_metadata *_metadata, const char *command, unsigned long lines)
{
	FILE *from;

	ASSERT_TRUE(write_lines("/tmp/heap_lines", lines));
	from = popen(command, "r");
	ASSERT_NE(NULL, from);
	EXPECT_EQ(lines, sorted_lines(from));
	EXPECT_EQ(0, pclose(from));
	unlink("/tmp/heap_lines");
}

TEST_F_TIMEOUT(heap, sort, PATIENCE)
{
	SKIP_WITHOUT(SORT);
	sort_lines(_metadata, PRELOADED SORT " -n /tmp/heap_lines", 20000);
}

/* Two threads, and little memory at a time. */
TEST_F_TIMEOUT(heap, sort_in_threads, PATIENCE)
{
	SKIP_WITHOUT(SORT);
	sort_lines(_metadata, PRELOADED SORT " -n --parallel=2 -S 8M /tmp/heap_lines", 50000);
}

/* What the program says, as one line. */
static const char *output(const char *command)
{
	static char line[256];
	FILE *from = popen(command, "r");

	line[0] = '\0';
	if (!from || !fgets(line, sizeof(line), from) || pclose(from))
		return "failed";
	return line;
}

/* A table of many strings, grown, read, half thrown away, and grown again. */
#define TABLE \
	"for (1..2e4) { $t{$_} = qq(v) x ($_ % 90) } delete @t{grep { $_ % 2 } keys %t}; " \
	"for (2e4..3e4) { $t{$_} = qq(w) x 400 } $n += length for values %t; "

TEST_F_TIMEOUT(heap, perl, PATIENCE)
{
	SKIP_WITHOUT(PERL);
	/* Even numbers modulo 90 are 222 times all of them, and then some. */
	EXPECT_EQ(10001 * 400 + 222 * 1980 + 90,
		  strtol(output(PRELOADED PERL " -e '" TABLE "print $n'"), NULL, 10));
}

/* The child sees what was there, and what it changes is its own. */
TEST_F_TIMEOUT(heap, forked_child, PATIENCE)
{
	SKIP_WITHOUT(PERL);
	EXPECT_STREQ("4 child 9 parent\n", output(PRELOADED PERL " -e '$| = 1; " TABLE
		"$w = qq(parent); if (!($p = fork)) { $w = qq(child); "
		"print length $t{4}, qq( $w ); %t = (); exit 9 } "
		"waitpid $p, 0; print $? >> 8, qq( $w\n)'"));
}

/* By a program that is the child of one, that of another, and so on. */
TEST_F_TIMEOUT(heap, started_by_each_other, PATIENCE)
{
	SKIP_WITHOUT(PERL);
	EXPECT_STREQ("4 3 2 1 done\n", output(PRELOADED PERL " -e '$| = 1; "
		"$ENV{S} = q($| = 1; $n = shift; print qq($n ); "
		"system $^X, q(-e), $ENV{S}, $n - 1 if $n > 1); "
		"system $^X, q(-e), $ENV{S}, 4; print qq(done\n)'"));
}

struct program {
	FILE *in;
	FILE *out;
	pid_t pid;
};

/* A shell's command, which reads from us and we from it. */
static bool start(struct program *program, const char *command)
{
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		return false;
	program->pid = fork();
	if (!program->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	program->in = fdopen(in[1], "w");
	program->out = fdopen(out[0], "r");
	return program->in && program->out;
}

static bool says(struct program *program, const char *text)
{
	char line[64];

	return fgets(line, sizeof(line), program->out) && !strcmp(line, text);
}

#define EIGHT_MEGABYTES "@x = map { qq(x) x 8000 } 1..1000; $| = 1; print qq(ready\n); <STDIN>; "

TEST_F_TIMEOUT(heap, memory_is_the_pools, PATIENCE)
{
	struct program program;
	uint64_t used;

	SKIP_WITHOUT(PERL);
	ASSERT_TRUE(start(&program, PRELOADED "exec " PERL " -e '" EIGHT_MEGABYTES
			  "@x = (); $y = qq(y) x 3e6; undef $y; print qq(fewer\n); <STDIN>'"));
	ASSERT_TRUE(says(&program, "ready\n"));
	used = settled_pool_stat(self->fd).out_used_pages;
	EXPECT_LT(2000, used);
	EXPECT_GT(6000, used);
	fputs("\n", program.in);
	fflush(program.in);
	ASSERT_TRUE(says(&program, "fewer\n"));
	EXPECT_GT(used, settled_pool_stat(self->fd).out_used_pages + 500);
	fclose(program.in);
	EXPECT_TRUE(child_succeeded(program.pid));
}

TEST_F_TIMEOUT(heap, killed, PATIENCE)
{
	struct program program;

	SKIP_WITHOUT(PERL);
	ASSERT_TRUE(start(&program, PRELOADED "exec " PERL " -e '" EIGHT_MEGABYTES "'"));
	ASSERT_TRUE(says(&program, "ready\n"));
	EXPECT_TRUE(child_kill(program.pid));
}

/* More than the pool has: the program hears of it, and dies in its own way. */
TEST_F_TIMEOUT(heap, out_of_memory, PATIENCE)
{
	SKIP_WITHOUT(PERL);
	EXPECT_STREQ("Out of memory", strndupa(output(PRELOADED PERL
		" -e '$x .= qq(x) x 1e6 while 1' 2>&1 || true"), 13));
}

TEST_HARNESS_MAIN
