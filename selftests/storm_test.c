// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of kills: more than two thousand processes that die by SIGKILL in the
 * midst of everything one can do with an area, several at a time, while the
 * module is being unloaded over and over, which must be refused. After each
 * batch the pool is whole again; who survives still has what it wrote.
 *
 * Whoever runs this should unload the module afterwards: a reference too many
 * shows nowhere else. vm/run.sh does.
 */
#include "kselftest_harness.h"

#include <elf.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "busy.h"

SKIP_ALL_WITHOUT_POOL(32 * BLOCK / PAGE)

#define SEED 20240303u
#define BLOCK_PAGES (BLOCK / PAGE)
/* Seconds a test may take: on a debug kernel, on an emulated machine. */
#define STORM_PATIENCE 550

/* Kills of each test. */
#define BUSY_KILLS 270
#define CREW_KILLS 520
#define PAIR_KILLS 100	/* twice */
#define BOMB_KILLS 1000	/* or a few more */
#define EXEC_KILLS 60
#define TRACE_KILLS 60	/* twice */

#define KILLS_IN_TOTAL 2000
_Static_assert(BUSY_KILLS + CREW_KILLS + 2 * PAIR_KILLS + BOMB_KILLS + EXEC_KILLS +
	       2 * TRACE_KILLS >= KILLS_IN_TOTAL, "too few kills");

/* What all processes of all tests see. */
static struct {
	volatile unsigned int kills;
	volatile unsigned int rounds;
	volatile unsigned int unloads;		/* attempts */
	volatile unsigned int refused;
	volatile bool stop;
	volatile unsigned int members;
	char *volatile area;
	volatile bool dead[8];
} *common;

static void __attribute__((constructor)) make_common(void)
{
	common = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void count(volatile unsigned int *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* For at most half a minute. */
static bool reaches(const volatile unsigned int *counter, unsigned int value)
{
	int tries;

	for (tries = 0; tries < 30000 && *counter < value; tries++)
		usleep(1000);
	return *counter >= value;
}

static void sleep_up_to_ms(double ms)
{
	usleep(ms * 1000 * rand() / RAND_MAX);
}

/* Has SIGKILL ended it, and nothing else? Waits for that. */
static bool died_by_kill(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		return false;
	count(&common->kills);
	return true;
}

#define ASSERT_WHOLE(what, number) \
	do { \
		const bool __whole = pool_at_baseline(self->fd); \
		const struct physvm_pool_stat __stat = pool_stat(self->fd); \
		ASSERT_TRUE(__whole) \
			TH_LOG("after %s %d: %llu pages used, %llu in quarantine, %llu areas", \
			       what, number, __stat.out_used_pages, \
			       __stat.out_quarantined_pages, __stat.out_areas); \
	} while (0)

/*
 * Catches: an unload under use. The fixture has the device open, so each
 * attempt has to be refused, whatever happens.
 */
static void unload_for_ever(int fd, const void *arg)
{
	for (;;) {
		const int err = syscall(SYS_delete_module, "physvm", O_NONBLOCK) ? errno : 0;

		common->refused += err == EWOULDBLOCK;
		common->unloads++;
		usleep(1000);
	}
}

#define BEGIN_STORM() \
	do { \
		OPEN_DEVICE_OR_SKIP(self->fd); \
		ASSERT_TRUE(pool_at_baseline(self->fd)); \
		srand(SEED); \
		common->stop = false; \
		common->unloads = 0; \
		common->refused = 0; \
		self->unloader = child_start(unload_for_ever, self->fd, NULL); \
	} while (0)

/* The unloader may have died between counting one and counting the other. */
#define END_STORM() \
	do { \
		EXPECT_TRUE(child_kill(self->unloader)); \
		EXPECT_LT(0, common->refused); \
		EXPECT_LE(common->unloads, common->refused); \
		EXPECT_TRUE(pool_at_baseline(self->fd)); \
	} while (0)

FIXTURE(storm) {
	int fd;
	pid_t unloader;
};

FIXTURE_SETUP(storm)
{
	BEGIN_STORM();
}

FIXTURE_TEARDOWN(storm)
{
	END_STORM();
}

/*
 * Everything. Ten processes with up to three threads each, that have pages of
 * their own besides; nine are killed, the last one goes on and ends by itself.
 * Catches: pages, files and quarantine that an interrupted call leaves behind;
 * pages of the dead that are given to others, dirty or twice.
 */

#define BATCH 10
#define KEPT (20 * PAGE)

struct task {
	int fd;
	unsigned int seed;
};

static void *do_everything(void *arg)
{
	const struct task *task = arg;

	while (!common->stop) {
		everything(task->fd);
		count(&common->rounds);
	}
	return NULL;
}

/* Both kinds of mappings. */
static void keep_pages_and_do_everything(struct task *task)
{
	char *large = need_area(task->fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	char *small = need_area(task->fd, KEPT, PHYSVM_ALLOC_COMMIT);

	mark_fresh(large, BLOCK);
	mark_fresh(small, KEPT);
	do_everything(task);
	check_marks(large, BLOCK);
	check_marks(small, KEPT);
	need_unmapped(task->fd, large, BLOCK);
	need_unmapped(task->fd, small, KEPT);
}

static void be_busy(int fd, const void *arg)
{
	struct task task = { fd, *(const unsigned int *)arg };
	pthread_t threads[2];
	int i, others;

	srand(task.seed);
	others = rand() % 3;
	for (i = 0; i < others; i++)
		child_need(!pthread_create(&threads[i], NULL, do_everything, &task));
	keep_pages_and_do_everything(&task);
	for (i = 0; i < others; i++)
		pthread_join(threads[i], NULL);
}

static void start_batch(int fd, pid_t *pids)
{
	unsigned int seed;
	int i;

	common->stop = false;
	for (i = 0; i < BATCH; i++) {
		seed = rand();
		pids[i] = child_start(be_busy, fd, &seed);
	}
}

/* Not in the order they were started in; the one left over is the first. */
static void shuffle(pid_t *pids, int nr)
{
	int i, other;
	pid_t pid;

	for (i = nr - 1; i > 0; i--) {
		other = rand() % (i + 1);
		pid = pids[i];
		pids[i] = pids[other];
		pids[other] = pid;
	}
}

/* Milliseconds until a fifth of the processes of a batch have done something. */
static double batch_ms(int fd)
{
	const double start = now_ms();
	pid_t pids[BATCH];
	double time;
	int i;

	common->rounds = 0;
	start_batch(fd, pids);
	reaches(&common->rounds, BATCH / 5);
	time = now_ms() - start;
	common->stop = true;
	for (i = 0; i < BATCH; i++)
		waitpid(pids[i], NULL, 0);
	return time;
}

static bool kill_all_but_one(pid_t *pids, double ms)
{
	bool killed = true;
	int i;

	shuffle(pids, BATCH);
	for (i = 1; i < BATCH; i++) {
		sleep_up_to_ms(ms / BATCH);
		kill(pids[i], SIGKILL);
	}
	for (i = 1; i < BATCH; i++)
		killed &= died_by_kill(pids[i]);
	return killed;
}

TEST_F_TIMEOUT(storm, of_everything, STORM_PATIENCE)
{
	const double ms = batch_ms(self->fd);
	pid_t pids[BATCH];
	int i, amid = 0;

	ASSERT_TRUE(pool_at_baseline(self->fd));
	for (i = 0; i < BUSY_KILLS / (BATCH - 1); i++) {
		start_batch(self->fd, pids);
		sleep_up_to_ms(ms);
		amid += pool_stat(self->fd).out_areas > 0;
		ASSERT_TRUE(kill_all_but_one(pids, ms));
		common->stop = true;
		ASSERT_TRUE(child_succeeded(pids[0]));
		ASSERT_WHOLE("batch", i);
	}
	TH_LOG("%d batches within %.0f ms each, %d while there were areas", i, 2 * ms, amid);
	EXPECT_GT(amid, i / 2);
}

/*
 * Threads of one process in different calls on the same area, none of which may
 * expect to succeed. Catches: an end of the process that one of the calls
 * outlives, holding pages or the file.
 */

#define CREW_LENGTH (BLOCK + 40 * PAGE)

static struct crew {
	int fd;
	int area;
	char *addr;
} crew;

static __thread sigjmp_buf jump;

static void on_fault(int signal)
{
	siglongjmp(jump, signal);
}

static void touch_or_fault(char *addr)
{
	if (!sigsetjmp(jump, 1))
		*(volatile char *)addr = 1;
}

/* Not rand(): a child forked while another thread is in there waits for ever. */
static __thread unsigned int crew_seed;

static size_t some_page(size_t pages)
{
	return (size_t)rand_r(&crew_seed) % (CREW_LENGTH / PAGE - pages) * PAGE;
}

static void crew_touch(void)
{
	touch_or_fault(crew.addr + some_page(1));
}

static void crew_commit(void)
{
	commit(crew.fd, crew.addr + some_page(30), 30 * PAGE);
	range_call(crew.fd, PHYSVM_COMMIT, PHYSVM_COMMIT_POPULATE, crew.addr, CREW_LENGTH);
}

static void crew_decommit(void)
{
	decommit(crew.fd, crew.addr + some_page(30), 30 * PAGE);
}

static void crew_protect(void)
{
	char *addr = crew.addr + some_page(9);

	range_call(crew.fd, PHYSVM_PROTECT_CHECK, PHYSVM_PROT_READ, addr, 9 * PAGE);
	mprotect(addr, 9 * PAGE, PROT_READ);
	mprotect(crew.addr, CREW_LENGTH, RW);
}

static void crew_query(void)
{
	query(crew.fd, crew.addr + some_page(1));
	ask(crew.fd);
}

static void crew_map(void)
{
	char *addr = mmap(NULL, CREW_LENGTH, RW, MAP_SHARED, crew.area, 0);

	touch_or_fault(addr + some_page(1));
	mremap(addr, CREW_LENGTH, CREW_LENGTH - 5 * PAGE, MREMAP_MAYMOVE);
	munmap(addr, CREW_LENGTH);
}

/* Unmapped by one call and mapped by another, or both by one. */
static void crew_replace(void)
{
	unmap(crew.fd, crew.addr + some_page(3), 3 * PAGE);
	mmap(crew.addr, CREW_LENGTH, RW, MAP_SHARED | MAP_FIXED, crew.area, 0);
}

static void crew_splice(void)
{
	struct iovec pages = { crew.addr + some_page(8), 8 * PAGE };
	int ends[2];

	if (pipe(ends))
		return;
	vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
}

static void crew_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		crew_touch();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void *crew_work(void *arg)
{
	void (*const work)(void) = arg;

	crew_seed = SEED ^ getpid();
	for (;;) {
		work();
		count(&common->rounds);
	}
	return NULL;
}

static void be_a_crew(int fd, const void *arg)
{
	static void (*const works[])(void) = {
		crew_touch, crew_commit, crew_decommit, crew_protect, crew_query,
		crew_map, crew_replace, crew_splice, crew_fork,
	};
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	struct physvm_alloc args = alloc_args(CREW_LENGTH, PHYSVM_ALLOC_FD | PHYSVM_ALLOC_COMMIT);
	pthread_t thread;
	size_t i;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	need_alloc(fd, &args);
	crew = (struct crew){ fd, args.out_fd, (char *)(uintptr_t)args.out_addr };
	count(&common->members);
	for (i = 1; i < sizeof(works) / sizeof(works[0]); i++)
		child_need(!pthread_create(&thread, NULL, crew_work, works[i]));
	crew_work(works[0]);
}

#define CREWS 4

TEST_F_TIMEOUT(storm, of_threads_on_one_area, STORM_PATIENCE)
{
	pid_t pids[CREWS];
	int i, j, amid = 0;

	for (i = 0; i < CREW_KILLS / CREWS; i++) {
		common->members = common->rounds = 0;
		for (j = 0; j < CREWS; j++)
			pids[j] = child_start(be_a_crew, self->fd, NULL);
		ASSERT_TRUE(reaches(&common->members, CREWS));
		ASSERT_TRUE(reaches(&common->rounds, 10 * CREWS));
		sleep_up_to_ms(10);
		amid += pool_stat(self->fd).out_areas == CREWS;
		for (j = 0; j < CREWS; j++)
			kill(pids[j], SIGKILL);
		for (j = 0; j < CREWS; j++)
			ASSERT_TRUE(died_by_kill(pids[j]));
		ASSERT_WHOLE("batch", i);
	}
	TH_LOG("%d batches, %d while all had their area", i, amid);
	EXPECT_EQ(i, amid);
}

/*
 * Two processes with one area, every other page of which is one's. One is
 * killed; the other goes on for some rounds. Catches: an end of one user that
 * takes pages, mappings or contents from the other.
 */

#define PAIRS 4
#define ROUNDS_ALONE 3

FIXTURE(pair) {
	int fd;
	pid_t unloader;
};

FIXTURE_VARIANT(pair) {
	uint64_t length;
	bool by_fork;
};

FIXTURE_VARIANT_ADD(pair, by_message) { .length = BLOCK };
FIXTURE_VARIANT_ADD(pair, by_fork) { .length = 40 * PAGE, .by_fork = true };

FIXTURE_SETUP(pair)
{
	BEGIN_STORM();
}

FIXTURE_TEARDOWN(pair)
{
	END_STORM();
}

struct partner {
	size_t which;		/* 0 or 1: has the even or the odd pages */
	int pair;
	uint64_t length;
	int socket;		/* where the area's descriptor comes from, or -1 */
	char *addr;		/* otherwise */
};

static uint64_t note(const struct partner *partner, size_t page, uint64_t round)
{
	return (uint64_t)(partner->which + 1) << 56 | round << 16 | page;
}

/* Some pages are reserved now and then: not to be read by the other. */
static bool comes_and_goes(size_t page)
{
	return page % 7 == 0;
}

/* This round's note in each page of one's own. */
static void write_notes(int fd, const struct partner *partner, uint64_t round)
{
	size_t i;

	for (i = partner->which; i < partner->length / PAGE; i += 2) {
		if (comes_and_goes(i)) {
			child_need(!decommit(fd, partner->addr + i * PAGE, PAGE));
			child_need(!commit(fd, partner->addr + i * PAGE, PAGE));
			child_need(!*page_word(partner->addr, i, true));
		}
		*page_word(partner->addr, i, false) = note(partner, i, round);
		*page_word(partner->addr, i, true) = note(partner, i, round);
	}
}

/* A page of the other's is zero or has a note of the other's. */
static bool is_other_note(const struct partner *partner, size_t page, uint64_t word)
{
	return !word || (word >> 56 == 2 - partner->which && (word & 0xffff) == page);
}

static void check_notes(const struct partner *partner, uint64_t round)
{
	size_t i;

	for (i = 0; i < partner->length / PAGE; i++) {
		if (i % 2 == partner->which)
			child_need(*page_word(partner->addr, i, false) == note(partner, i, round) &&
				   *page_word(partner->addr, i, true) == note(partner, i, round));
		else if (!comes_and_goes(i))
			child_need(is_other_note(partner, i, *page_word(partner->addr, i, false)) &&
				   is_other_note(partner, i, *page_word(partner->addr, i, true)));
	}
}

static void map_received(struct partner *partner)
{
	int area = receive_fd(partner->socket);

	partner->addr = mmap(NULL, partner->length, RW, MAP_SHARED, area, 0);
	child_need(partner->addr != MAP_FAILED);
	close(area);
}

static void be_a_partner(int fd, const void *arg)
{
	struct partner partner = *(const struct partner *)arg;
	uint64_t round, alone = 0;

	if (partner.socket >= 0)
		map_received(&partner);
	for (round = 1; alone < ROUNDS_ALONE; round++) {
		alone += common->dead[partner.pair];
		write_notes(fd, &partner, round);
		check_notes(&partner, round);
		count(&common->rounds);
	}
	need_unmapped(fd, partner.addr, partner.length);
}

/* Both have the area when this returns, and we have not. */
static void start_by_message(int fd, struct partner *partner, pid_t *pids)
{
	int ends[2][2], area, i;

	for (i = 0; i < 2; i++) {
		child_need(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]));
		partner->which = i;
		partner->socket = ends[i][1];
		pids[i] = child_start(be_a_partner, fd, partner);
	}
	area = alloc_fd(fd, partner->length, PHYSVM_ALLOC_COMMIT);
	for (i = 0; i < 2; i++) {
		child_need(send_fd(ends[i][0], area));
		close(ends[i][0]);
		close(ends[i][1]);
	}
	close(area);
}

static void start_by_fork(int fd, struct partner *partner, pid_t *pids)
{
	int i;

	partner->addr = alloc_map(fd, partner->length, PHYSVM_ALLOC_COMMIT);
	partner->socket = -1;
	for (i = 0; i < 2; i++) {
		partner->which = i;
		pids[i] = child_start(be_a_partner, fd, partner);
	}
	unmap(fd, partner->addr, partner->length);
}

/* One of each pair dies, then the others get to know. */
static bool kill_one_of_each(pid_t pids[PAIRS][2])
{
	int victims[PAIRS], i;
	bool right = true;

	for (i = 0; i < PAIRS; i++) {
		victims[i] = rand() % 2;
		sleep_up_to_ms(5);
		kill(pids[i][victims[i]], SIGKILL);
	}
	for (i = 0; i < PAIRS; i++) {
		right &= died_by_kill(pids[i][victims[i]]);
		common->dead[i] = true;
	}
	for (i = 0; i < PAIRS; i++)
		right &= child_succeeded(pids[i][!victims[i]]);
	return right;
}

TEST_F_TIMEOUT(pair, loses_one, STORM_PATIENCE)
{
	struct partner partner = { .length = variant->length };
	pid_t pids[PAIRS][2];
	int i;

	for (i = 0; i < PAIR_KILLS / PAIRS; i++) {
		common->rounds = 0;
		for (partner.pair = 0; partner.pair < PAIRS; partner.pair++) {
			common->dead[partner.pair] = false;
			if (variant->by_fork)
				start_by_fork(self->fd, &partner, pids[partner.pair]);
			else
				start_by_message(self->fd, &partner, pids[partner.pair]);
		}
		ASSERT_TRUE(reaches(&common->rounds, PAIRS));
		ASSERT_TRUE(kill_one_of_each(pids)) TH_LOG("batch %d", i);
		ASSERT_WHOLE("batch", i);
	}
}

/*
 * Processes that have ever more children, all with the same areas and some of
 * their own, killed as a group. Catches: a fork that is killed half-way and
 * leaves a mapping, and what depends on how many have an area.
 */

#define MEMBERS 40

struct bomb {
	char *large;
	char *small;
};

static bool room_for_one_more(void)
{
	const unsigned int slot = __sync_fetch_and_add(&common->members, 1);

	if (slot >= MEMBERS)
		__sync_fetch_and_sub(&common->members, 1);
	return slot < MEMBERS;
}

/* Its own page of each area is its own, whoever is forked or killed. */
static void be_a_member(int fd, const struct bomb *bomb)
{
	pid_t pid = getpid();

	for (;;) {
		const size_t page = pid % 500;

		touch(bomb->small, KEPT);
		*page_word(bomb->large, page, false) = page;
		if (room_for_one_more() && !fork())
			pid = getpid();
		child_need(*page_word(bomb->large, page, false) == page);
		touch_small(fd);
	}
}

static void explode(int fd, const void *arg)
{
	struct bomb bomb;

	setpgid(0, 0);
	bomb.large = need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT);
	bomb.small = need_area(fd, KEPT, PHYSVM_ALLOC_COMMIT);
	common->members = 1;
	be_a_member(fd, &bomb);
}

/* Kills all of the group; how many there were, or 0 if one ended otherwise. */
static unsigned int kill_group(pid_t leader)
{
	unsigned int killed = 0;
	int status;

	kill(-leader, SIGKILL);
	while (waitpid(-leader, &status, 0) > 0) {
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			return 0;
		count(&common->kills);
		killed++;
	}
	return killed;
}

TEST_F_TIMEOUT(storm, of_fork_bombs, STORM_PATIENCE)
{
	unsigned int all = 0, killed, size;
	int bombs;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (bombs = 0; all < BOMB_KILLS; bombs++) {
		pid_t leader;

		size = bombs % 2 ? MEMBERS : 1 + rand() % MEMBERS;
		common->members = 0;
		leader = child_start(explode, self->fd, NULL);
		ASSERT_TRUE(reaches(&common->members, size));
		killed = kill_group(leader);
		/* Some may have been killed between counting and fork(). */
		ASSERT_LE(1, killed);
		ASSERT_GE(MEMBERS, killed);
		all += killed;
		ASSERT_WHOLE("bomb", bombs);
	}
	TH_LOG("%u processes in %d bombs", all, bombs);
}

/*
 * One thread executes another program while the others are in calls and
 * faults, and the process may be killed before, then or afterwards. Catches:
 * areas that outlive exec, calls that do not end when another thread's exec
 * kills theirs.
 */

#define EXECS 4
#define EXEC_ENV "PHYSVM_STORM_SAYS"

/* The program executed: says so, then goes on as before. */
static void __attribute__((constructor)) go_on_after_exec(void)
{
	const char *says = getenv(EXEC_ENV);
	struct task task = {};

	if (!says)
		return;
	task.fd = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	child_need(write(atoi(says), "", 1) == 1);
	keep_pages_and_do_everything(&task);
}

static void exec_while_busy(int fd, const void *arg)
{
	char env[64], *const argv[] = { "self", NULL }, *const envp[] = { env, NULL };
	struct task task = { .fd = fd };
	pthread_t thread;
	int i;

	snprintf(env, sizeof(env), EXEC_ENV "=%d", *(const int *)arg);
	srand(getpid());
	for (i = 0; i < 3; i++)
		child_need(!pthread_create(&thread, NULL, do_everything, &task));
	sleep_up_to_ms(20);
	execve("/proc/self/exe", argv, envp);
	child_need(false);
}

/* How many say so, waiting for @wanted of them for at most half a minute. */
static int have_executed(int pipe, int wanted)
{
	int said = 0, tries;
	char byte;

	for (tries = 0; tries < 30000; tries++) {
		while (read(pipe, &byte, 1) == 1)
			said++;
		if (said >= wanted)
			break;
		usleep(1000);
	}
	return said;
}

TEST_F_TIMEOUT(storm, of_exec, STORM_PATIENCE)
{
	int ends[2], i, j, execs = 0;
	pid_t pids[EXECS];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, fcntl(ends[0], F_SETFL, O_NONBLOCK));
	for (i = 0; i < EXEC_KILLS / EXECS; i++) {
		for (j = 0; j < EXECS; j++)
			pids[j] = child_start(exec_while_busy, self->fd, &ends[1]);
		/* Every other time not before half of them have got that far. */
		execs += have_executed(ends[0], i % 2 ? EXECS / 2 : 0);
		sleep_up_to_ms(50);
		for (j = 0; j < EXECS; j++)
			kill(pids[j], SIGKILL);
		for (j = 0; j < EXECS; j++)
			ASSERT_TRUE(died_by_kill(pids[j]));
		ASSERT_WHOLE("batch", i);
	}
	execs += have_executed(ends[0], 0);
	TH_LOG("%d of %d had executed the other program", execs, EXEC_KILLS);
	EXPECT_LE(EXEC_KILLS / EXECS / 2 * EXECS / 2, execs);
	EXPECT_GT(EXEC_KILLS, execs);
}

/*
 * A debugger at work on an area; it or its victim is killed. Catches: pages a
 * foreign access keeps hold of, and contents it spoils.
 */

FIXTURE(traced) {
	int fd;
	pid_t unloader;
};

FIXTURE_VARIANT(traced) {
	bool kill_tracer;
};

FIXTURE_VARIANT_ADD(traced, and_killed) { };
FIXTURE_VARIANT_ADD(traced, and_left_alone) { .kill_tracer = true };

FIXTURE_SETUP(traced)
{
	BEGIN_STORM();
}

FIXTURE_TEARDOWN(traced)
{
	END_STORM();
}

static void be_traced(int fd, const void *arg)
{
	char *addr = need_area(fd, BLOCK, PHYSVM_ALLOC_COMMIT);

	mark_fresh(addr, BLOCK);
	common->area = addr;
	common->members = 1;
	while (!common->stop)
		check_marks(addr, BLOCK);
	check_marks(addr, BLOCK);
	need_unmapped(fd, addr, BLOCK);
}

/* Whatever goes wrong, it has to be because the tracee has been killed. */
static void need_alive(pid_t pid, bool right)
{
	int tries, status;
	pid_t ended;

	if (right)
		return;
	for (tries = 0; tries < 500; tries++) {
		ended = waitpid(pid, &status, __WALL | WNOHANG);
		if (ended < 0 || (ended == pid && WIFSIGNALED(status)))
			_exit(0);
		usleep(10000);
	}
	_exit(EXIT_FAILURE);
}

static void trace_page(pid_t pid, char *addr, size_t page)
{
	const long mark = (long)pid << 32 | (page + 1);
	char *word = addr + page * PAGE;
	long copy[2] = {};
	struct iovec to = { copy, sizeof(copy) }, from = { word, sizeof(copy) };

	errno = 0;
	need_alive(pid, ptrace(PTRACE_PEEKDATA, pid, word, NULL) == mark);
	need_alive(pid, !ptrace(PTRACE_POKEDATA, pid, word + 8, ~mark));
	need_alive(pid, process_vm_readv(pid, &to, 1, &from, 1, 0) == sizeof(copy));
	need_alive(pid, copy[0] == mark && copy[1] == ~mark);
}

static void trace_for_ever(int fd, const void *arg)
{
	const pid_t pid = *(const pid_t *)arg;
	int status, i;

	need_alive(pid, !ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	for (;;) {
		need_alive(pid, !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
		need_alive(pid, waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
		for (i = 0; i < 10; i++)
			trace_page(pid, common->area, rand() % BLOCK_PAGES);
		count(&common->rounds);
		need_alive(pid, !ptrace(PTRACE_CONT, pid, NULL, NULL));
	}
}

/* The one that is left ends well. */
static bool kill_one_of(pid_t victim, pid_t other)
{
	kill(victim, SIGKILL);
	if (!died_by_kill(victim))
		return false;
	common->stop = true;
	return child_succeeded(other);
}

TEST_F_TIMEOUT(traced, and_one_is_killed, STORM_PATIENCE)
{
	pid_t tracee, tracer;
	int i;

	for (i = 0; i < TRACE_KILLS; i++) {
		common->stop = false;
		common->members = 0;
		common->rounds = 0;
		tracee = child_start(be_traced, self->fd, NULL);
		ASSERT_TRUE(reaches(&common->members, 1));
		tracer = child_start(trace_for_ever, self->fd, &tracee);
		ASSERT_TRUE(reaches(&common->rounds, 1));
		sleep_up_to_ms(5);
		ASSERT_TRUE(variant->kill_tracer ? kill_one_of(tracer, tracee) :
						   kill_one_of(tracee, tracer));
		ASSERT_WHOLE("kill", i);
	}
}

/*
 * A process with areas of all kinds that dumps core. Catches: pages that are
 * missing or wrong in the dump, pages the dump keeps hold of, a dump that
 * touches what must not be touched, and one that is killed half-way.
 */

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
#define CORE_FILE "/tmp/physvm-core"
#define DUMP_KILLS 30
/* For the kernel areas are files that are mapped shared, which the default leaves out. */
#define WITH_AREAS "0x7f"
#define BY_DEFAULT "0x33"

FIXTURE(core) {
	int fd;
	pid_t unloader;
	char pattern[128];
	bool able;
};

static bool write_text(const char *path, const char *text)
{
	const int file = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);

	close(file);
	return written;
}

static bool read_text(const char *path, char *text, size_t size)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t length = read(file, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	close(file);
	return length > 0;
}

FIXTURE_SETUP(core)
{
	BEGIN_STORM();
	self->able = read_text(CORE_PATTERN, self->pattern, sizeof(self->pattern)) &&
		     write_text(CORE_PATTERN, CORE_FILE ".%p");
}

FIXTURE_TEARDOWN(core)
{
	if (self->able)
		EXPECT_TRUE(write_text(CORE_PATTERN, self->pattern));
	END_STORM();
}

#define SKIP_UNLESS_ABLE() \
	do { \
		if (!self->able) \
			SKIP(return, "core files cannot be had"); \
	} while (0)

/* What the dump is to show, where; all but the reserved ones have marks. */
enum kind { LARGE, SMALL, WC, UC, RESERVED, KINDS };

static const struct {
	uint64_t length;
	uint32_t flags;
	uint32_t cache;
} kinds[KINDS] = {
	[LARGE] = { 2 * BLOCK + 5 * PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_LOW_GUARD |
		    PHYSVM_ALLOC_HIGH_GUARD, PHYSVM_CACHE_WB },
	[SMALL] = { 20 * PAGE, PHYSVM_ALLOC_COMMIT | PHYSVM_ALLOC_LOW_GUARD, PHYSVM_CACHE_WB },
	[WC] = { BLOCK, PHYSVM_ALLOC_COMMIT, PHYSVM_CACHE_WC },
	[UC] = { 20 * PAGE, PHYSVM_ALLOC_COMMIT, PHYSVM_CACHE_UC },
	[RESERVED] = { 30 * PAGE, PHYSVM_ALLOC_HIGH_GUARD, PHYSVM_CACHE_WB },
};

static char *alloc_kind(int fd, enum kind kind)
{
	struct physvm_alloc args = alloc_args(kinds[kind].length, kinds[kind].flags);
	char *addr;

	args.cache = kinds[kind].cache;
	need_alloc(fd, &args);
	addr = (char *)(uintptr_t)args.out_addr;
	if (kind != RESERVED)
		mark_fresh(addr, kinds[kind].length);
	return addr;
}

/* In shared memory. */
struct dump {
	const char *filter;
	char *addrs[KINDS];
};

static void dump_core(int fd, const void *arg)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct dump *dump = (struct dump *)arg;
	int i;

	for (i = 0; i < KINDS; i++)
		dump->addrs[i] = alloc_kind(fd, i);
	child_need(!setrlimit(RLIMIT_CORE, &all));
	child_need(write_text("/proc/self/coredump_filter", dump->filter));
	signal(SIGABRT, SIG_DFL);
	raise(SIGSTOP);
	abort();
}

static struct dump *shared_dump(const char *filter)
{
	struct dump *dump = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	dump->filter = filter;
	return dump;
}

static const char *core_name(pid_t pid)
{
	static char name[64];

	snprintf(name, sizeof(name), CORE_FILE ".%d", pid);
	return name;
}

/* Copies what a core file has at an address; false if it has nothing there. */
static bool core_read(int core, const char *addr, void *copy, size_t length)
{
	const uint64_t start = (uintptr_t)addr;
	Elf64_Ehdr header = {};
	Elf64_Phdr part;
	int i;

	child_need(pread(core, &header, sizeof(header), 0) == sizeof(header));
	for (i = 0; i < header.e_phnum; i++) {
		child_need(pread(core, &part, sizeof(part), header.e_phoff + i * sizeof(part)) ==
			   sizeof(part));
		if (part.p_type == PT_LOAD && start >= part.p_vaddr &&
		    start + length <= part.p_vaddr + part.p_filesz)
			return pread(core, copy, length, part.p_offset + start - part.p_vaddr) ==
			       (ssize_t)length;
	}
	return false;
}

/* The pages in the dump that are right. */
static size_t dumped_pages(int core, pid_t pid, char *addr, enum kind kind)
{
	static char page[PAGE] __attribute__((aligned(8)));
	const uint64_t process = (uint64_t)pid << 32;
	size_t i, right = 0;

	for (i = 0; i < kinds[kind].length / PAGE; i++) {
		const uint64_t mark = kind == RESERVED ? 0 : process | (i + 1);

		right += core_read(core, addr + i * PAGE, page, PAGE) &&
			 *page_word(page, 0, false) == mark && *page_word(page, 0, true) == mark &&
			 all_zero(page + 8, PAGE - 16);
	}
	return right;
}

/* A descriptor of the core file, without a name any more; or -1. */
static int take_core(int fd, struct dump *dump, pid_t *pid)
{
	int status, core = -1;

	*pid = child_start(dump_core, fd, dump);
	if (!child_stopped(*pid) || kill(*pid, SIGCONT) || waitpid(*pid, &status, 0) != *pid)
		return -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && WCOREDUMP(status))
		core = open(core_name(*pid), O_RDONLY | O_CLOEXEC);
	unlink(core_name(*pid));
	return core;
}

TEST_F_TIMEOUT(core, has_the_pages, STORM_PATIENCE)
{
	struct dump *dump = shared_dump(WITH_AREAS);
	int core, i;
	pid_t pid;

	SKIP_UNLESS_ABLE();
	core = take_core(self->fd, dump, &pid);
	ASSERT_LE(0, core);
	for (i = 0; i < KINDS; i++)
		EXPECT_EQ(kinds[i].length / PAGE, dumped_pages(core, pid, dump->addrs[i], i))
			TH_LOG("kind %d", i);
	close(core);
}

TEST_F_TIMEOUT(core, leaves_areas_out_by_default, STORM_PATIENCE)
{
	struct dump *dump = shared_dump(BY_DEFAULT);
	int core, i;
	pid_t pid;

	SKIP_UNLESS_ABLE();
	core = take_core(self->fd, dump, &pid);
	ASSERT_LE(0, core);
	for (i = 0; i < KINDS; i++)
		EXPECT_EQ(0, dumped_pages(core, pid, dump->addrs[i], i)) TH_LOG("kind %d", i);
	close(core);
}

/* Did the kill come when there was a core file, and before it was complete? */
static bool cut_short(pid_t pid, int status)
{
	return WTERMSIG(status) == SIGKILL && !access(core_name(pid), F_OK);
}

TEST_F_TIMEOUT(core, is_cut_short_by_a_kill, STORM_PATIENCE)
{
	struct dump *dump = shared_dump(WITH_AREAS);
	double ms = 0, start;
	int i, status, cut = 0;

	SKIP_UNLESS_ABLE();
	/* The first one may end: that tells how long it takes. */
	for (i = 0; i <= DUMP_KILLS; i++) {
		pid_t pid = child_start(dump_core, self->fd, dump);

		ASSERT_TRUE(child_stopped(pid));
		start = now_ms();
		kill(pid, SIGCONT);
		if (i) {
			sleep_up_to_ms(ms);
			kill(pid, SIGKILL);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		if (!i)
			ms = now_ms() - start;
		ASSERT_TRUE(WIFSIGNALED(status));
		cut += cut_short(pid, status);
		unlink(core_name(pid));
		ASSERT_WHOLE("dump", i);
	}
	TH_LOG("%d of %d dumps, of %.0f ms, were cut short", cut, DUMP_KILLS, ms);
	EXPECT_LT(0, cut);
}

/* All of the above together; not for one test alone. */

FIXTURE(total) {
};

FIXTURE_SETUP(total)
{
}

FIXTURE_TEARDOWN(total)
{
}

TEST_F(total, of_kills)
{
	TH_LOG("%u kills, seed %u", common->kills, SEED);
	EXPECT_LE(KILLS_IN_TOTAL, common->kills);
}

TEST_HARNESS_MAIN
