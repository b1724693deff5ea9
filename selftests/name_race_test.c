// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names while others add, open and remove them, and die doing it. What is left of
 * the dead is what they had added and not removed, and nothing else.
 */
#include "kselftest_harness.h"

#include "named.h"

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define SEED 20261121u
#define KEPT 40
#define BUSY 3

/* What all processes of a test see. */
static struct shared {
	volatile bool stop;
	volatile unsigned int rounds;
	volatile int inside;
	volatile unsigned int broken;
} *shared;

static void __attribute__((constructor)) make_shared(void)
{
	shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void begin(void)
{
	memset((void *)shared, 0, PAGE);
	srand(SEED);
}

static void count(volatile unsigned int *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* Listing. */

static void add_and_remove(int fd, const void *arg)
{
	char *area = alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT);
	unsigned int seed = getpid(), i;

	child_need(!!area);
	for (i = 0; !shared->stop; i++) {
		char name[32];

		snprintf(name, sizeof(name), "passing %d %u", getpid(), rand_r(&seed) % 10);
		child_need(!name_add(fd, name, area, PAGE));
		child_need(!name_add(fd, "passing", area, PAGE));
		child_need(!name_remove(fd, name));
		child_need(!name_remove(fd, "PASSING"));
		count(&shared->rounds);
	}
}

/* False unless all that stay were seen, once, and ids only grew. */
static bool list_is_right(int fd)
{
	struct physvm_name_next name;
	unsigned int seen = 0, number;
	uint64_t after = 0;
	int err;

	while (!(err = name_next(fd, after, &name))) {
		if (name.out_id <= after)
			return false;
		after = name.out_id;
		if (sscanf((char *)name.out_name, "kept %u", &number) == 1 && number != seen++)
			return false;
	}
	return err == ENOENT && seen == KEPT;
}

TEST_F_TIMEOUT(name, listed_while_others_change, PATIENCE)
{
	pid_t pids[BUSY];
	unsigned int lists;
	int i;

	begin();
	for (i = 0; i < KEPT; i++) {
		char kept[16];

		snprintf(kept, sizeof(kept), "kept %d", i);
		ASSERT_EQ(0, name_add(self->fd, kept, self->area, PAGE));
	}
	for (i = 0; i < BUSY; i++)
		pids[i] = child_start(add_and_remove, self->fd, NULL);
	for (lists = 0; lists < 200 || shared->rounds < 200; lists++)
		ASSERT_TRUE(list_is_right(self->fd));
	shared->stop = true;
	for (i = 0; i < BUSY; i++)
		EXPECT_TRUE(child_succeeded(pids[i]));
	TH_LOG("%u lists, %u rounds of others", lists, shared->rounds);
	EXPECT_EQ(KEPT, count_names(self->fd));
}

/* Exclusion: whoever has the name is alone with it. */

static void enter_and_leave(int fd, const void *arg)
{
	while (!shared->stop) {
		int opened, err = name_open(fd, "door", RW, PHYSVM_NAME_EXCL, &opened);

		child_need(!err || err == EBUSY);
		if (err)
			continue;
		if (__sync_add_and_fetch(&shared->inside, 1) != 1)
			count(&shared->broken);
		count(&shared->rounds);
		__sync_sub_and_fetch(&shared->inside, 1);
		close(opened);
	}
}

TEST_F_TIMEOUT(name, opened_by_one_at_a_time, PATIENCE)
{
	pid_t pids[BUSY];
	int i;

	begin();
	ASSERT_EQ(0, name_add(self->fd, "door", self->area, SIZE));
	for (i = 0; i < BUSY; i++)
		pids[i] = child_start(enter_and_leave, self->fd, NULL);
	while (shared->rounds < 2000)
		usleep(1000);
	shared->stop = true;
	for (i = 0; i < BUSY; i++)
		EXPECT_TRUE(child_succeeded(pids[i]));
	EXPECT_EQ(0, shared->broken);
	EXPECT_EQ(0, name_try(self->fd, "door", RW, PHYSVM_NAME_EXCL));
}

/* Only one of many gets a name that is to be unique, however many times it goes. */

static void add_unique(int fd, const void *arg)
{
	char *area = alloc_map(fd, PAGE, PHYSVM_ALLOC_COMMIT);
	struct physvm_name_add args = add_args("Unique", area, PAGE);

	args.flags = PHYSVM_NAME_UNIQUE;
	while (!shared->stop) {
		const int err = call(fd, PHYSVM_NAME_ADD, &args);

		child_need(!err || err == EEXIST);
		if (err)
			continue;
		if (__sync_add_and_fetch(&shared->inside, 1) != 1)
			count(&shared->broken);
		count(&shared->rounds);
		__sync_sub_and_fetch(&shared->inside, 1);
		child_need(!name_remove(fd, "unique"));
	}
}

TEST_F_TIMEOUT(name, unique_for_one_at_a_time, PATIENCE)
{
	pid_t pids[BUSY];
	int i;

	begin();
	for (i = 0; i < BUSY; i++)
		pids[i] = child_start(add_unique, self->fd, NULL);
	while (shared->rounds < 2000)
		usleep(1000);
	shared->stop = true;
	for (i = 0; i < BUSY; i++)
		EXPECT_TRUE(child_succeeded(pids[i]));
	EXPECT_EQ(0, shared->broken);
	EXPECT_EQ(0, count_names(self->fd));
}

/*
 * Kills. A child says what it is about to do and what it has done; what it was in
 * the midst of may have happened or not.
 */

#define NAMES 4
#define KILLS 80
#define CROWD 4

enum state { ABSENT, ADDING, THERE, REMOVING };

static volatile uint8_t (*states)[NAMES];

static void name_of(char *name, int child, int i)
{
	sprintf(name, "child %d name %d", child, i);
}

static void use(int fd, const char *name)
{
	char *addr = name_map(fd, name, RW, 2 * PAGE);

	child_need(!!addr);
	addr[PAGE]++;
	child_need(!unmap(fd, addr, 2 * PAGE));
}

static void add_open_remove(int fd, const void *arg)
{
	const int child = (intptr_t)arg;
	unsigned int seed = child * 7919 + 1;
	char name[32];

	for (;;) {
		const int i = rand_r(&seed) % NAMES;
		char *area;

		name_of(name, child, i);
		if (states[child][i] == THERE) {
			use(fd, name);
			states[child][i] = REMOVING;
			child_need(!name_remove(fd, name));
			states[child][i] = ABSENT;
			continue;
		}
		area = alloc_map(fd, 2 * PAGE, PHYSVM_ALLOC_COMMIT);
		child_need(!!area);
		states[child][i] = ADDING;
		child_need(!name_add(fd, name, area, 0));
		states[child][i] = THERE;
		child_need(!unmap(fd, area, 2 * PAGE));
		count(&shared->rounds);
	}
}

/* Is there what there must be, open by nobody, and nothing there must not be? */
static const char *what_is_wrong(int fd, int child, unsigned int *left)
{
	char name[32];

	for (int i = 0; i < NAMES; i++) {
		const enum state state = states[child][i];
		const bool there = free_soon(fd, (name_of(name, child, i), name));

		if (state == THERE && !there)
			return "a name is lost, or nobody has it open for ever";
		if (state == ABSENT && there)
			return "a name is there that was removed";
		*left += there;
		if (there && name_remove(fd, name))
			return "a name that was there could not be removed";
		if (name_try(fd, name, RW, 0) != ENOENT)
			return "a name is there twice";
	}
	return NULL;
}

/* The last reference of a dead process goes a moment after waitpid() returns. */
static bool used_soon(int fd, uint64_t pages)
{
	int tries;

	for (tries = 0; tries < 500 && settled_pool_stat(fd).out_used_pages != pages; tries++)
		usleep(10000);
	return tries < 500;
}

TEST_F_TIMEOUT(name, killed_at_any_time, PATIENCE)
{
	unsigned int left = 0, amid = 0;
	int kills, i;

	begin();
	states = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, states);
	for (kills = 0; kills < KILLS; kills += CROWD) {
		pid_t pids[CROWD];

		memset((void *)states, ABSENT, PAGE);
		for (i = 0; i < CROWD; i++)
			pids[i] = child_start(add_open_remove, self->fd, (void *)(intptr_t)i);
		usleep(1000 + rand() % 20000);
		for (i = 0; i < CROWD; i++)
			ASSERT_TRUE(child_kill(pids[i]));
		for (i = 0; i < CROWD * NAMES; i++)
			amid += states[i / NAMES][i % NAMES] & 1;
		for (i = 0; i < CROWD; i++) {
			const char *wrong = what_is_wrong(self->fd, i, &left);

			ASSERT_EQ(NULL, wrong)
				TH_LOG("kill %d of seed %u: %s", kills + i, SEED, wrong);
		}
		ASSERT_EQ(0, count_names(self->fd));
		ASSERT_TRUE(used_soon(self->fd, PAGES));
	}
	TH_LOG("%u rounds, %u names left, %u in the midst of a call", shared->rounds, left, amid);
	/* Otherwise nothing has been shown. */
	EXPECT_LT(KILLS / 10, left);
	EXPECT_LT(0, amid);
}

TEST_HARNESS_MAIN
