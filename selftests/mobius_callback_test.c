// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the Möbius calls whose pages a function brings in.
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"

#include "mobius.h"

#include <physvm.h>
#include <physvm_mobius.h>
#include <pthread.h>
#include <sys/syscall.h>

SKIP_ALL_WITHOUT_POOL(24 * BLOCK / PAGE)

#define RW (PROT_READ | PROT_WRITE)
#define THREADS 8

/* What a callback was given the last time, and how often. */
static struct {
	int calls;
	void *cookie;
	vm_node_t node;
	vm_desc_t desc;
	addr_t start;
	bool is_writing;
	pid_t thread;
	sigset_t blocked;
} seen;

static void see(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	seen.cookie = cookie;
	seen.node = *node;
	if (!VMM_NODE_IS_EMPTY(node))
		seen.desc = *node->u.desc;
	seen.start = start;
	seen.is_writing = is_writing;
	seen.thread = gettid();
	pthread_sigmask(SIG_SETMASK, NULL, &seen.blocked);
	__atomic_add_fetch(&seen.calls, 1, __ATOMIC_SEQ_CST);
}

static int calls(void)
{
	return __atomic_load_n(&seen.calls, __ATOMIC_SEQ_CST);
}

/* Callbacks */

static bool give_zero(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	see(cookie, node, start, is_writing);
	return true;
}

static bool give_nothing(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	see(cookie, node, start, is_writing);
	return false;
}

/* The page says which of the area's it is, as number_pages() has it. */
static bool give_number(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	uint32_t page[PAGE / sizeof(uint32_t)] = { (start - node->base) / PAGE + 1 };

	see(cookie, node, start, is_writing);
	return !physvm_mobius_supply(start, page, PAGE);
}

static char *alloc(size_t pages, VMM_CALLBACK handler, void *cookie)
{
	return VmmAllocCallback(pages, 0, USER_RW, handler, cookie);
}

/* Making one */

TEST_F(mobius, nothing_happens_before_a_touch)
{
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, used(self->fd));
	EXPECT_EQ(0, calls());
	EXPECT_LE(start_of(addr), TWO_GIB);
}

TEST_F(mobius, callback_that_is_none)
{
	EXPECT_FAILS(EINVAL, alloc(PAGES, NULL, NULL));
	EXPECT_FAILS(EINVAL, VmmMap(PAGES, 0, NULL, NULL, VM_AREA_CALLBACK, USER_RW));
}

/* The first makes the pager and its thread, which stay. */
TEST_F(mobius, callback_area_takes_its_start_exactly)
{
	char *addr = VmmAllocCallback(64, start_of(self->hole), USER_RW, give_number, NULL);

	ASSERT_EQ(self->hole, addr);
	EXPECT_EQ(64, numbered_pages(addr, 0, 64));
}

TEST_F(mobius, callback_area_with_bad_values)
{
	char *addr = VmmAllocCallback(1, start_of(self->hole), USER_RW, give_zero, NULL);

	ASSERT_EQ(self->hole, addr);
	EXPECT_FAILS(EINVAL, alloc(0, give_zero, NULL));
	EXPECT_FAILS(EPERM, VmmAllocCallback(1, 0, VM_MEM_KERNEL, give_zero, NULL));
	EXPECT_FAILS(EINVAL, VmmAllocCallback(1, 0, VM_MEM_ZERO, give_zero, NULL));
	EXPECT_FAILS(EINVAL, VmmAllocCallback(1, 0, VM_MEM_RESERVED, give_zero, NULL));
	EXPECT_FAILS(EINVAL, VmmAllocCallback(1, 0, USER_RW | 0x200, give_zero, NULL));
	EXPECT_FAILS(EOPNOTSUPP, VmmAllocCallback(1, 0, USER_RW | VM_MEM_CACHE_WT, give_zero, NULL));
	EXPECT_FAILS(EACCES, VmmAllocCallback(2, start_of(addr) - PAGE, USER_RW, give_zero, NULL));
	EXPECT_FAILS(ENOMEM, alloc(SIZE_MAX, give_zero, NULL));
	EXPECT_EQ(0, calls());
}

TEST_F(mobius, callback_area_inside_reserved_addresses)
{
	char *reserved = VmmReserveArea(PAGES, start_of(self->hole));
	char *addr;

	ASSERT_NE(NULL, reserved);
	addr = VmmAllocCallback(1, start_of(reserved) + PAGE, USER_RW, give_number, NULL);
	ASSERT_EQ(reserved + PAGE, addr);
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(SIGSEGV, read_signal(reserved));
}

TEST_F(mobius, callback_area_uncached)
{
	char *addr = VmmAllocCallback(1, 0, USER_RW | VM_MEM_CACHE_NONE, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(USER_RW | VM_MEM_CACHE_NONE, node_at(addr)->flags);
}

/* Larger than the pool: only what is touched is there. */
TEST_F(mobius, callback_area_of_any_size)
{
	char *addr = alloc(1ul << 18, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr + (1ul << 30) - PAGE, (1ul << 18) - 1, 1));
	EXPECT_EQ(1, used(self->fd));
	EXPECT_EQ(1, calls());
}

/* What it is told, and what comes of what it says */

TEST_F(mobius, callback_is_told)
{
	char *addr = alloc(PAGES, give_number, self);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, read_signal(addr + 3 * PAGE + 123));
	EXPECT_EQ(1, calls());
	EXPECT_EQ((void *)self, seen.cookie);
	EXPECT_EQ(start_of(addr) + 3 * PAGE, seen.start);
	EXPECT_FALSE(seen.is_writing);
	EXPECT_EQ(start_of(addr), seen.node.base);
	EXPECT_EQ(USER_RW, seen.node.flags);
	EXPECT_EQ(PAGES, seen.desc.num_pages);
	EXPECT_EQ(VM_AREA_CALLBACK, seen.desc.type);
	EXPECT_TRUE(give_number == seen.desc.dest.callback.handler);
	EXPECT_EQ((void *)self, seen.desc.dest.callback.cookie);
	EXPECT_EQ(0, write_signal(addr + PAGE - 1));
	EXPECT_TRUE(seen.is_writing);
	EXPECT_EQ(2, calls());
}

TEST_F(mobius, callback_is_asked_once_a_page)
{
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(0, write_signal(addr));
	EXPECT_EQ(PAGES, calls());
	EXPECT_EQ(PAGES, used(self->fd));
}

TEST_F(mobius, page_nobody_supplied_is_zero)
{
	char *addr = alloc(PAGES, give_zero, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(all_zero(addr, SIZE));
	EXPECT_EQ(PAGES, calls());
	number_pages(addr, PAGES);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

TEST_F(mobius, page_there_is_not)
{
	char *addr = alloc(PAGES, give_nothing, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(1, calls());
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(2, calls());
	EXPECT_EQ(0, used(self->fd));
}

TEST_F(mobius, write_to_what_cannot_be_written)
{
	char *addr = VmmAllocCallback(PAGES, 0, USER, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(0, calls());
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(SIGSEGV, write_signal(addr));
	EXPECT_EQ(1, calls());
}

TEST_F(mobius, node_of_a_callback_area)
{
	char *addr = alloc(PAGES, give_zero, self);
	vm_node_t *node = node_at(addr + PAGE);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(VM_AREA_CALLBACK, node->u.desc->type);
	EXPECT_TRUE(give_zero == node->u.desc->dest.callback.handler);
	EXPECT_EQ((void *)self, node->u.desc->dest.callback.cookie);
	EXPECT_EQ(PAGES, node->u.desc->num_pages);
}

/* Supplying */

TEST_F(mobius, supplied_before_anybody_asks)
{
	static uint32_t pages[3 * PAGE / sizeof(uint32_t)];
	char *addr = alloc(PAGES, give_zero, NULL);

	ASSERT_NE(NULL, addr);
	number_pages((char *)pages, 3);
	EXPECT_EQ(0, physvm_mobius_supply(start_of(addr) + 2 * PAGE, pages, 3 * PAGE));
	EXPECT_EQ(3, numbered_pages(addr + 2 * PAGE, 0, 3));
	EXPECT_EQ(0, calls());
	EXPECT_EQ(0, physvm_mobius_supply(start_of(addr), NULL, PAGE));
	EXPECT_TRUE(all_zero(addr, PAGE));
	EXPECT_EQ(0, calls());
}

/* What is there stays: it may have been written to. */
TEST_F(mobius, supplied_where_a_page_is)
{
	static const uint32_t other[PAGE / sizeof(uint32_t)] = { 99 };
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(0, physvm_mobius_supply(start_of(addr), other, PAGE));
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
}

TEST_F(mobius, supplied_wrongly)
{
	static const uint32_t data[PAGE / sizeof(uint32_t)];
	char *addr = alloc(PAGES, give_zero, NULL), *plain = VmmAlloc(1, 0, USER_RW);
	const addr_t start = start_of(addr);

	ASSERT_TRUE(addr && plain);
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_mobius_supply(start + 1, data, PAGE));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_mobius_supply(start, data, PAGE - 1));
	EXPECT_REFUSED(-EINVAL, self->fd, physvm_mobius_supply(start, data, 0));
	EXPECT_REFUSED(-ENXIO, self->fd, physvm_mobius_supply(start + SIZE - PAGE, data, 2 * PAGE));
	EXPECT_REFUSED(-EFAULT, self->fd, physvm_mobius_supply(start, (void *)8, PAGE));
	EXPECT_REFUSED(-ENOENT, self->fd, physvm_mobius_supply(start_of(plain), data, PAGE));
	EXPECT_REFUSED(-ENOENT, self->fd, physvm_mobius_supply(start_of(self->hole), data, PAGE));
	EXPECT_EQ(0, calls());
}

/* More than it was asked for, in one go. */
static bool give_all(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	static uint32_t pages[SIZE / sizeof(uint32_t)];

	see(cookie, node, start, is_writing);
	number_pages((char *)pages, PAGES);
	return !physvm_mobius_supply(node->base, pages, SIZE);
}

TEST_F(mobius, callback_supplies_more)
{
	char *addr = alloc(PAGES, give_all, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(1, calls());
}

/* Contents that went out are asked for again. */
TEST_F(mobius, evicted_page_is_asked_for_again)
{
	struct physvm *physvm;
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_EQ(0, physvm_open(&physvm));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	ASSERT_EQ(0, physvm_decommit(physvm, addr + PAGE, 2 * PAGE));
	EXPECT_EQ(PAGES - 2, used(self->fd));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES + 2, calls());
}

/* Faults that are no touches */

TEST_F(mobius, system_call_asks_too)
{
	char *addr = alloc(PAGES, give_number, NULL);
	int pipes[2];
	uint32_t number = 0;

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(4, write(pipes[1], addr + 4 * PAGE, 4));
	EXPECT_EQ(4, read(pipes[0], &number, 4));
	EXPECT_EQ(5, number);
	EXPECT_EQ(1, calls());
	ASSERT_EQ(4, write(pipes[1], "abcd", 4));
	EXPECT_EQ(4, read(pipes[0], addr + 5 * PAGE, 4));
	EXPECT_EQ(0, memcmp(addr + 5 * PAGE, "abcd", 4));
	EXPECT_TRUE(seen.is_writing);
}

TEST_F(mobius, system_call_where_there_is_no_page)
{
	char *addr = alloc(PAGES, give_nothing, NULL);
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-1, write(pipes[1], addr, 4));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(mobius, fault_on_demand_asks_too)
{
	char *addr = alloc(PAGES, give_number, NULL), *none = alloc(1, give_nothing, NULL);
	process_t *process = physvm_mobius_process();

	EXPECT_TRUE(VmmPageFault(process, start_of(addr), false));
	EXPECT_EQ(1, calls());
	EXPECT_TRUE(VmmPageFault(process, start_of(addr) + PAGE, true));
	EXPECT_TRUE(seen.is_writing);
	EXPECT_EQ(2, numbered_pages(addr, 0, 2));
	EXPECT_FAILS(EFAULT, VmmPageFault(process, start_of(none), false));
}

/* Who calls */

TEST_F(mobius, callbacks_have_a_thread_of_their_own)
{
	char *addr = alloc(PAGES, give_zero, NULL), *other = alloc(1, give_zero, NULL);
	pid_t thread;

	EXPECT_EQ(0, read_signal(addr));
	thread = seen.thread;
	EXPECT_NE(gettid(), thread);
	EXPECT_EQ(0, read_signal(other));
	EXPECT_EQ(thread, seen.thread);
}

TEST_F(mobius, callbacks_get_no_signals_but_their_own)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
	char *addr = alloc(PAGES, give_zero, NULL);

	EXPECT_EQ(0, read_signal(addr));
	for (int signal = 1; signal < 32; signal++) {
		bool expected = signal != SIGKILL && signal != SIGSTOP;

		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			expected = expected && signal != own[i];
		EXPECT_EQ(expected, sigismember(&seen.blocked, signal));
	}
	pthread_sigmask(SIG_SETMASK, NULL, &seen.blocked);
	EXPECT_EQ(0, sigismember(&seen.blocked, SIGTERM));
}

static pthread_barrier_t together;

static void *touch_together(void *addr)
{
	pthread_barrier_wait(&together);
	return numbered_pages(addr, 0, PAGES) == PAGES ? addr : NULL;
}

/* In as many threads as there are, each page is asked for once. */
TEST_F(mobius, threads_that_touch_one_page)
{
	char *addr = alloc(PAGES, give_number, NULL);
	pthread_t threads[THREADS];
	void *right;

	pthread_barrier_init(&together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, touch_together, addr));
	for (int i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &right));
		EXPECT_NE(NULL, right);
	}
	EXPECT_EQ(PAGES, calls());
}

/* Callbacks that do strange things */

static bool sleep_first(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	usleep(300000);
	return give_number(cookie, node, start, is_writing);
}

static void *read_number(void *addr)
{
	return (void *)(uintptr_t)*(volatile uint32_t *)addr;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	interrupted++;
}

/* Who waits can be interrupted, and killed. */
TEST_F(mobius, slow_callback)
{
	struct sigaction action = { .sa_handler = interrupt };
	char *addr = alloc(PAGES, sleep_first, NULL);
	pthread_t thread;
	void *number;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_number, addr + PAGE));
	usleep(100000);
	pthread_kill(thread, SIGUSR1);
	ASSERT_EQ(0, pthread_join(thread, &number));
	EXPECT_EQ(2, (uintptr_t)number);
	EXPECT_EQ(1, interrupted);
}

static bool sleep_for_ever(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	for (;;)
		pause();
	return false;
}

static void wait_for_ever(int fd, const void *arg)
{
	char *addr = alloc(PAGES, sleep_for_ever, NULL);

	child_need(addr);
	raise(SIGSTOP);
	(void)*(volatile char *)addr;
}

TEST_F(mobius, callback_that_never_returns)
{
	pid_t pid = child_start(wait_for_ever, self->fd, NULL);

	ASSERT_TRUE(child_stopped(pid));
	kill(pid, SIGCONT);
	usleep(200000);
	EXPECT_TRUE(child_kill(pid));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static bool free_itself(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	see(cookie, node, start, is_writing);
	return VmmFree((void *)start);
}

TEST_F(mobius, callback_that_frees_its_area)
{
	char *addr = alloc(PAGES, free_itself, NULL), *other = alloc(1, give_number, NULL);

	ASSERT_TRUE(addr && other);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(1, calls());
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(node_at(addr)));
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
	EXPECT_TRUE(VmmFree(other));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

static char *made;

static bool allocate(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	see(cookie, node, start, is_writing);
	made = alloc(1, give_number, NULL);
	free(malloc(100));
	return made && VmmFree(VmmAlloc(1, 0, USER_RW)) && node_at((void *)start);
}

TEST_F(mobius, callback_that_allocates)
{
	char *addr = alloc(PAGES, allocate, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, read_signal(addr));
	ASSERT_NE(NULL, made);
	EXPECT_EQ(1, numbered_pages(made, 0, 1));
}

static int touched;

/* The same page, another one, and with a system call. */
static bool touch_itself(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	int pipes[2];

	see(cookie, node, start, is_writing);
	touched = read_signal((void *)start);
	if (touched == SIGBUS)
		touched = read_signal((void *)(node->base + SIZE - PAGE));
	if (touched == SIGBUS && !pipe(pipes) && write(pipes[1], (void *)start, 1) < 0)
		touched = -errno;
	return true;
}

/* Nobody else could bring the page in, so waiting would be for ever. */
TEST_F(mobius, callback_that_touches_its_area)
{
	char *addr = alloc(PAGES, touch_itself, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(0, read_signal(addr));
	EXPECT_EQ(-EFAULT, touched);
	EXPECT_EQ(1, calls());
	EXPECT_EQ(0, read_signal(addr + SIZE - PAGE));
}

static bool end_its_thread(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	see(cookie, node, start, is_writing);
	pthread_exit(NULL);
	return true;
}

TEST_F(mobius, callback_that_ends_its_thread)
{
	char *addr = alloc(PAGES, end_its_thread, NULL), *other = alloc(1, give_number, NULL);

	ASSERT_TRUE(addr && other);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	EXPECT_EQ(1, numbered_pages(other, 0, 1));
	EXPECT_EQ(2, calls());
}

static int forked;

/* The child goes on as if nothing had happened; it has no area to serve. */
static bool fork_in_it(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	pid_t pid = fork();

	if (!pid)
		return true;
	forked = waitpid(pid, NULL, 0) == pid;
	return give_number(cookie, node, start, is_writing);
}

TEST_F(mobius, callback_that_forks)
{
	char *addr = alloc(PAGES, fork_in_it, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_TRUE(forked);
	EXPECT_EQ(2, numbered_pages(addr, 0, 2));
}

/* The program closes every number it can think of. */
TEST_F(mobius, pager_that_the_program_closed)
{
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_NE(NULL, addr);
	for (int fd = 3; fd < 64; fd++)
		if (fd != self->fd)
			close(fd);
	addr = alloc(PAGES, give_number, NULL);
	ASSERT_NE(NULL, addr);
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

/* Lives */

/* Nobody says when an area is gone: it is noticed, so that this ends. */
TEST_F_TIMEOUT(mobius, many_areas_one_after_the_other, PATIENCE)
{
	for (int i = 0; i < 600; i++) {
		char *addr = alloc(1, give_zero, NULL);

		ASSERT_NE(NULL, addr);
		ASSERT_TRUE(VmmFree(addr));
	}
	EXPECT_EQ(0, calls());
	EXPECT_EQ(0, areas(self->fd));
}

static void look_for_area(int fd, const void *addr)
{
	char *own;

	child_need(read_signal(addr) == SIGSEGV);
	own = alloc(PAGES, give_number, NULL);
	child_need(own && numbered_pages(own, 0, PAGES) == PAGES && calls() == PAGES);
}

TEST_F(mobius, forked_child_has_callbacks_of_its_own)
{
	char *addr = alloc(PAGES, give_number, NULL);

	ASSERT_NE(NULL, addr);
	EXPECT_TRUE(child_succeeded(child_start(look_for_area, self->fd, addr)));
	EXPECT_EQ(0, calls());
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
}

static void use_shared(int fd, const void *arg)
{
	char *addr = VmmMapSharedArea((handle_t)arg, 0, USER_RW);

	child_need(addr && numbered_pages(addr, 0, PAGES) == PAGES);
	raise(SIGSTOP);
}

/* It is still this process that brings the pages in. */
TEST_F(mobius, callback_area_in_another_process)
{
	char *addr = alloc(PAGES, give_number, NULL);
	handle_t shared = VmmShare(addr, NULL);
	pid_t pid;

	ASSERT_NE(NULL, shared);
	pid = child_start(use_shared, self->fd, shared);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(PAGES, calls());
	EXPECT_EQ(start_of(addr), seen.node.base);
	EXPECT_EQ(start_of(addr) + SIZE - PAGE, seen.start);
	EXPECT_TRUE(child_finish(pid));
	EXPECT_EQ(PAGES, numbered_pages(addr, 0, PAGES));
	EXPECT_EQ(PAGES, calls());
}

/* Freed here and shared there, it has no place here any more. */
TEST_F(mobius, callback_area_that_is_gone_here)
{
	char *addr = alloc(PAGES, give_number, NULL);
	handle_t shared = VmmShare(addr, NULL);
	pid_t pid;

	ASSERT_NE(NULL, shared);
	EXPECT_TRUE(VmmFree(addr));
	pid = child_start(use_shared, self->fd, shared);
	ASSERT_TRUE(child_stopped(pid));
	EXPECT_EQ(PAGES, calls());
	EXPECT_TRUE(VMM_NODE_IS_EMPTY(&seen.node));
	EXPECT_EQ(start_of(addr), seen.node.base);
	EXPECT_TRUE(child_finish(pid));
}

static void make_and_wait(int fd, const void *arg)
{
	char *addr = alloc(PAGES, give_number, NULL);

	child_need(addr && numbered_pages(addr, 0, 1) == 1 && VmmShare(addr, arg));
	raise(SIGSTOP);
}

/* The process that would bring a page in is gone. */
TEST_F(mobius, callback_areas_end_with_their_process)
{
	pid_t pid = child_start(make_and_wait, self->fd, L"pages of a dead process");
	handle_t opened;
	char *addr;

	ASSERT_TRUE(child_stopped(pid));
	opened = VmmOpenSharedArea(L"pages of a dead process");
	ASSERT_NE(NULL, opened);
	addr = VmmMapSharedArea(opened, 0, USER_RW);
	ASSERT_NE(NULL, addr);
	ASSERT_TRUE(child_kill(pid));
	EXPECT_EQ(1, numbered_pages(addr, 0, 1));
	EXPECT_EQ(SIGBUS, read_signal(addr + PAGE));
	ASSERT_TRUE(HndClose(VmmShare(addr, NULL)));
	EXPECT_TRUE(VmmFree(addr) && HndClose(opened));
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/* More than the pool has: who touches too much is told. */
TEST_F_TIMEOUT(mobius, callback_area_when_the_pool_is_empty, PATIENCE)
{
	char *addr = alloc(PAGES, give_zero, NULL);
	size_t pages = pool_stat(self->fd).out_total_pages, taken = 0;
	char *rest[64] = { NULL };

	ASSERT_NE(NULL, addr);
	while (pages && taken < ARRAY_SIZE(rest)) {
		rest[taken] = VmmAlloc(pages, 0, USER);
		if (rest[taken])
			taken++;
		else
			pages /= 2;
	}
	ASSERT_EQ(0, pages);
	EXPECT_EQ(SIGSEGV, read_signal(addr));
	while (taken--)
		EXPECT_TRUE(VmmFree(rest[taken]));
	EXPECT_EQ(0, read_signal(addr));
}

TEST_HARNESS_MAIN
