// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coverage.h"
#include "oracle.h"
#include "name_calls.h"
#include "runner.h"

#define TIME_LIMIT_MS 2000
#define DEATH_LIMIT_MS 30000
#define REPORT 0x38000000ul

static const struct setting *setting;
static struct report *report;

/* What is in @all may change. */
bool runner_init(const struct setting *all)
{
	const struct rlimit none = {};

	setting = all;
	setrlimit(RLIMIT_CORE, &none);
	report = mmap((void *)REPORT, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	return report != MAP_FAILED;
}

/* In the process of the program. */

struct lane {
	struct machine *machine;
	const struct program *program;
	unsigned int number;
};

static atomic_int waiting;

static void run_lane(const struct lane *lane)
{
	const struct program *program = lane->program;
	unsigned int i;

	for (i = 0; i < program->nr_calls; i++)
		if (program->calls[i].lane == lane->number)
			machine_step(lane->machine, program, i);
}

static void *be_thread(void *arg)
{
	const struct lane *lane = arg;
	unsigned int round;

	coverage_begin(lane->number);
	atomic_fetch_sub(&waiting, 1);
	while (atomic_load(&waiting))
		;
	for (round = 0; round < lane->program->rounds; round++)
		run_lane(lane);
	return NULL;
}

/* Stacks of the program's own, where no call of it is likely to hit them. */
static void run_threads(struct lane *lanes)
{
	static char stacks[LANES][1 << 18] __attribute__((aligned(4096)));
	pthread_t threads[LANES];
	pthread_attr_t attributes;
	unsigned int i;

	waiting = LANES - 1;
	for (i = 1; i < LANES; i++) {
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, stacks[i], sizeof(stacks[i]));
		if (pthread_create(&threads[i], &attributes, be_thread, &lanes[i]))
			_exit(0);
	}
	for (i = 1; i < LANES; i++)
		pthread_join(threads[i], NULL);
}

static void be_program(const struct program *program, uint32_t id)
{
	static struct machine machine;
	struct lane lanes[LANES];
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	machine_init(&machine, setting, report, id);
	for (i = 0; i < LANES; i++)
		lanes[i] = (struct lane){ &machine, program, i };
	coverage_begin(0);
	run_lane(&lanes[0]);
	if (program_races(program)) {
		machine.racing = true;
		run_threads(lanes);
		machine.racing = false;
	}
	oracle_mappings(&machine);
	report->finished = true;
	_exit(0);
}

/* In its parent. */

static bool dead_within(int pidfd, unsigned int ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1;
}

static enum end wait_for(pid_t pid, int pidfd, unsigned int kill_after_us)
{
	bool killed = kill_after_us;
	int status;

	if (killed)
		usleep(kill_after_us);
	else
		killed = !dead_within(pidfd, TIME_LIMIT_MS);
	if (killed)
		kill(pid, SIGKILL);
	if (!dead_within(pidfd, DEATH_LIMIT_MS))
		return END_STUCK;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		return END_EXITED;
	return killed ? END_KILLED : END_DIED;
}

/**
 * runner_run() - Run a program
 * @program: the program
 * @id: what it signs its data with
 * @kill_after_us: when to kill it, if not 0
 * @run: filled
 */
void runner_run(const struct program *program, uint32_t id, unsigned int kill_after_us,
		struct run *run)
{
	pid_t pid;
	int pidfd;

	memset(report, 0, sizeof(*report));
	memset(&run->features, 0, sizeof(run->features));
	coverage_reset();
	pid = fork();
	if (!pid)
		be_program(program, id);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	run->end = wait_for(pid, pidfd, kill_after_us);
	forget_names(setting->device);
	close(pidfd);
	run->report = report;
	features_of_report(&run->features, report);
	coverage_collect(&run->features);
}
