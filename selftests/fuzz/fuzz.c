// SPDX-License-Identifier: GPL-2.0-only
/*
 * A coverage-guided, structure-aware fuzzer for /dev/physvm.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"
#include "coverage.h"
#include "kernel_log.h"
#include "netlink_calls.h"
#include "oracle.h"
#include "runner.h"
#include "sentinel.h"

#define CHECK_EVERY 64
#define BASELINE_MS 5000
#define SOURCE_SIZE (2 * BLOCK)
#define DISTILL_SHARE 4	/* of the time at most goes to the corpus at the end */

static const char usage[] =
	"usage: fuzz [OPTION...]\n"
	"  --seconds N     how long (60)\n"
	"  --seed S        of the random numbers (1); same seed, same programs, but for races\n"
	"  --corpus DIR    programs to begin with\n"
	"  --out DIR       for programs worth keeping, and the one that failed\n"
	"  --print         the same on standard output, as comments of TAP\n"
	"  --replay FILE   only run this, and tell what each call returned\n"
	"  --times N       how often (1)\n"
	"  --files DIR     for files to do I/O with, O_DIRECT if it can (/tmp)\n"
	"  --splats FILE   what the kernel says when something is wrong (splats)\n"
	"  --verbose       every program before it is run\n";

static struct {
	unsigned int seconds;
	uint64_t seed;
	const char *corpus;
	const char *out;
	bool print;
	const char *replay;
	unsigned int times;
	const char *files;
	const char *splats;
	bool verbose;
} options = { .seconds = 60, .seed = 1, .times = 1, .files = "/tmp", .splats = "splats" };

static struct setting setting;
static struct rng rng;
static struct run run;
static unsigned int programs, killed, died, unfinished;
static double start;

/* Whose fault it may be when a check finds the pool or a sentinel changed. */
static struct program recent[CHECK_EVERY];
static unsigned int nr_recent;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Results. */

static void write_program(const char *name, const struct program *program)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", options.out, name);
	file = fopen(path, "w");
	if (!file)
		return;
	program_print(file, program, "");
	fclose(file);
}

static void publish(const char *kind, const struct program *program)
{
	char name[64], prefix[80];

	snprintf(name, sizeof(name), "%s-%08x", kind, program_hash(program));
	snprintf(prefix, sizeof(prefix), "# program %s ", name);
	if (options.out)
		write_program(name, program);
	if (options.print || strcmp(kind, "found"))
		program_print(stdout, program, prefix);
	fflush(stdout);
}

static void print_figures(void)
{
	const double seconds = now() - start;
	const unsigned int places = features_places(corpus_features());

	printf("# %u programs, %.1f per second, %u killed, %u died, %u did not finish\n",
	       programs, programs / seconds, killed, died, unfinished);
	printf("# corpus: %u programs\n", corpus_size());
	printf("# places in the module: %u\n", places);
}

/* @program, or else one of the recent ones, is what @why is about. */
static void fail(const struct program *program, const char *why)
{
	unsigned int i;

	printf("# seed %lu, program %u: %s\n", options.seed, programs, why);
	if (program)
		publish("failed", program);
	for (i = 0; i < nr_recent && !program; i++)
		publish("suspect", &recent[i]);
	print_figures();
	printf("1..1\nnot ok 1 - fuzz: %s\n", why);
	exit(1);
}

/* Checks. */

static bool pool_whole(void)
{
	const struct physvm_pool_stat stat = oracle_stat(setting.device);
	const struct physvm_pool_stat hidden = oracle_stat_of(setting.device, PHYSVM_POOL_HIDDEN);

	return stat.out_total_pages && stat.out_free_pages == stat.out_total_pages &&
	       hidden.out_free_pages == hidden.out_total_pages && !stat.out_areas;
}

/* The last reference of a dead process goes a moment after it has been waited for. */
static bool pool_whole_soon(void)
{
	unsigned int ms;

	for (ms = 0; ms < BASELINE_MS; ms += 10) {
		if (pool_whole())
			return true;
		usleep(10000);
	}
	return false;
}

static void fail_pool(void)
{
	const struct physvm_pool_stat stat = oracle_stat(setting.device);
	char why[200];

	snprintf(why, sizeof(why),
		 "pool does not come back: %llu pages, %llu free, %llu used, %llu quarantined, %llu areas",
		 stat.out_total_pages, stat.out_free_pages, stat.out_used_pages,
		 stat.out_quarantined_pages, stat.out_areas);
	fail(NULL, why);
}

static void open_device(void)
{
	setting.device = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (setting.device < 0)
		fail(NULL, PHYSVM_DEVICE " cannot be opened any more");
}

/* With the device closed as well, so that the module is at rest for a moment. */
static void checkpoint(void)
{
	if (!sentinels_intact())
		fail(NULL, "somebody has written to memory that is not theirs");
	sentinels_dismiss();
	if (!pool_whole_soon())
		fail_pool();
	close(setting.device);
	open_device();
	if (!sentinels_post(setting.device))
		fail(NULL, "no memory to be had from a pool that is free");
	nr_recent = 0;
}

static void check_run(const struct program *program)
{
	const char *complaint = kernel_log_complaint();

	if (complaint)
		fail(program, complaint);
	if (run.report->complaint[0])
		fail(program, run.report->complaint);
	if (run.end == END_STUCK)
		fail(program, "a process cannot be killed");
}

/* Running. */

static void count(void)
{
	programs++;
	killed += run.end == END_KILLED;
	died += run.end == END_DIED;
	unfinished += run.end == END_EXITED && !run.report->finished;
}

/* A copy: the runner's processes do not have the corpus. */
static void execute(const struct program *original, unsigned int kill_after_us)
{
	static struct program program;
	double began;

	program = *original;
	if (options.verbose) {
		printf("# running %u\n", programs);
		program_print(stdout, &program, "#   ");
		fflush(stdout);
	}
	recent[nr_recent++] = program;
	began = now();
	runner_run(&program, programs + 1, kill_after_us, &run);
	if (options.verbose)
		printf("# took %.0f ms\n", 1e3 * (now() - began));
	check_run(&program);
	count();
	if (nr_recent == CHECK_EVERY)
		checkpoint();
}

static void make_program(struct program *program)
{
	const struct program *parent = corpus_pick(&rng);

	if (!parent || rng_one_in(&rng, 6)) {
		program_generate(&rng, program);
		return;
	}
	*program = *parent;
	program_mutate(&rng, program, corpus_pick(&rng));
}

static void fuzz_once(void)
{
	static struct program program;
	const unsigned int kill = rng_one_in(&rng, 16) ? 1 + rng_below(&rng, 20000) : 0;

	make_program(&program);
	execute(&program, kill);
	if (!kill)
		corpus_add(&program, &run.features, false);
}

static void seed_file(const char *path, const struct program *program)
{
	execute(program, 0);
	corpus_add(program, &run.features, true);
}

/* Distilling: the few programs that show everything, and no call too many in them. */

static bool still_shows(const struct program *program, const struct features *wanted)
{
	execute(program, 0);
	return features_include(&run.features, wanted);
}

/* Takes away as many calls at a time as @chunk says, wherever that changes nothing. */
static void shorten_by(struct program *program, unsigned int chunk,
		       const struct features *wanted, double end)
{
	static struct program shorter;
	unsigned int at = 0, i;

	while (at + chunk <= program->nr_calls && chunk < program->nr_calls && now() < end) {
		shorter = *program;
		for (i = 0; i < chunk; i++)
			program_remove(&shorter, at);
		if (still_shows(&shorter, wanted))
			*program = shorter;
		else
			at += chunk;
	}
}

static void shorten(struct program *program, const struct features *wanted, double end)
{
	unsigned int chunk;

	for (chunk = program->nr_calls / 2; chunk; chunk /= 2)
		shorten_by(program, chunk, wanted, end);
}

static void distill_entry(const struct entry *entry, double end)
{
	static struct program program;
	static struct features wanted;

	if (entry->seed)
		return;
	program = entry->program;
	wanted = entry->features;
	features_remove_known(&wanted, &entry->known);
	shorten(&program, &wanted, end);
	publish("found", &program);
}

static void distill(double end)
{
	static struct features covered;
	struct entry *entry;
	unsigned int i;

	for (i = 0; i < corpus_size(); i++)
		features_keep_main(&corpus_entry(i)->features);
	while ((entry = corpus_pick_best(&covered)))
		distill_entry(entry, end);
}

static void fuzz(void)
{
	const double end = start + options.seconds;
	const bool keep = options.out || options.print;
	double distilling = keep ? end - options.seconds / (double)DISTILL_SHARE : end;

	if (options.corpus && !corpus_for_each_file(options.corpus, seed_file))
		fail(NULL, "the corpus cannot be read");
	while (now() < distilling)
		fuzz_once();
	if (keep)
		distill(end);
}

/* Replaying. */

static void print_results(const char *path, const struct program *program)
{
	static const char *const ends[] = { "exited", "was killed", "died", "is stuck" };
	unsigned int i;

	printf("# %s: it %s, %s\n", path, ends[run.end],
	       run.report->finished ? "at its end" : "early");
	for (i = 0; i < program->nr_calls; i++) {
		const long result = run.report->results[i];

		printf("# %20s  ", result < 0 ? strerrorname_np(-result) : "ok");
		call_print(stdout, &program->calls[i]);
	}
}

static void replay_file(const char *path, const struct program *program)
{
	unsigned int i;

	for (i = 0; i < options.times; i++) {
		execute(program, 0);
		corpus_add(program, &run.features, false);
	}
	print_results(path, program);
}

static void replay(void)
{
	struct program program;
	struct stat stat;
	FILE *file;

	if (!lstat(options.replay, &stat) && S_ISDIR(stat.st_mode)) {
		if (!corpus_for_each_file(options.replay, replay_file))
			fail(NULL, "the programs cannot be read");
		return;
	}
	file = fopen(options.replay, "r");
	if (!file || !program_parse(file, &program))
		fail(NULL, "the program cannot be read");
	replay_file(options.replay, &program);
}

/* Setting up. */

static int open_file(const char *name, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", options.files, name);
	fd = open(path, flags | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	return fd;
}

/* What is read from it is anybody's, see oracle.c. */
static void fill_source(void)
{
	char path[512];
	FILE *file;
	uint64_t i, word;
	bool good;

	snprintf(path, sizeof(path), "%s/fuzz-source", options.files);
	file = fopen(path, "w");
	good = file;
	for (i = 0; i < SOURCE_SIZE / sizeof(word) && good; i++) {
		word = TAG_ANYBODY | i;
		good = fwrite(&word, sizeof(word), 1, file) == 1;
	}
	if (!good || fclose(file))
		fail(NULL, "--files: cannot write there");
}

static uint64_t pool_phys(void)
{
	struct physvm_pool_range range = { .size = sizeof(range) };

	return ioctl(setting.device, PHYSVM_POOL_RANGE, &range) ? 0 : range.out_phys;
}

static void write_knob(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	close(fd);
}

/* For "fail": everything may fail, and quietly. */
static void prepare_injection(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	static const char *const knobs[][2] = {
		{ "verbose", "0" }, { "task-filter", "N" }, { "probability", "0" },
		{ "ignore-gfp-wait", "N" }, { "ignore-gfp-highmem", "N" }, { "min-order", "0" },
	};
	char path[128];
	unsigned int i, j;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (j = 0; j < sizeof(knobs) / sizeof(knobs[0]); j++) {
			snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kinds[i],
				 knobs[j][0]);
			write_knob(path, knobs[j][1]);
		}
	}
}

static void set_up(void)
{
	rng.state = options.seed;
	setting.device = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (setting.device < 0) {
		printf("1..0 # SKIP %s: %s\n", PHYSVM_DEVICE, strerror(errno));
		exit(4);
	}
	if (!pool_whole_soon())
		fail_pool();
	fill_source();
	setting.source = open_file("fuzz-source", O_RDONLY);
	setting.sink = open_file("fuzz-sink", O_RDWR);
	setting.pool_phys = pool_phys();
	netlink_find_family();
	prepare_injection();
	if (!kernel_log_open(options.splats))
		fail(NULL, "--splats or the kernel's log cannot be read");
	if (!coverage_open())
		printf("# no KCOV here: fuzzing blind, by what calls return\n");
	if (!runner_init(&setting) || !sentinels_post(setting.device))
		fail(NULL, "no memory");
}

static const struct option long_options[] = {
	{ "seconds", required_argument, NULL, 's' }, { "seed", required_argument, NULL, 'S' },
	{ "corpus", required_argument, NULL, 'c' }, { "out", required_argument, NULL, 'o' },
	{ "print", no_argument, NULL, 'p' }, { "replay", required_argument, NULL, 'r' },
	{ "times", required_argument, NULL, 't' }, { "files", required_argument, NULL, 'f' },
	{ "splats", required_argument, NULL, 'l' }, { "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' }, {}
};

static void set_option(int option)
{
	switch (option) {
	case 's': options.seconds = atoi(optarg); break;
	case 'S': options.seed = strtoull(optarg, NULL, 0); break;
	case 'c': options.corpus = optarg; break;
	case 'o': options.out = optarg; break;
	case 'p': options.print = true; break;
	case 'r': options.replay = optarg; break;
	case 't': options.times = atoi(optarg); break;
	case 'f': options.files = optarg; break;
	case 'l': options.splats = optarg; break;
	case 'v': options.verbose = true; break;
	case 'h': fputs(usage, stdout); exit(0);
	default: fputs(usage, stderr); exit(2);
	}
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		set_option(option);
	printf("TAP version 13\n# seed %lu\n", options.seed);
	set_up();
	start = now();
	if (options.replay)
		replay();
	else
		fuzz();
	checkpoint();
	sentinels_dismiss();
	if (options.print)
		coverage_print(corpus_features());
	print_figures();
	printf("1..1\nok 1 - fuzz %u programs\n", programs);
	return 0;
}
