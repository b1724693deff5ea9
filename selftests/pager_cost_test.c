// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to ask a thread of the same process for a page, beside what the
 * kernel's own userfaultfd(2) costs in the same boot.
 */
#include "kselftest_harness.h"

#include <linux/userfaultfd.h>

#include "instructions.h"
#include "pager.h"

SKIP_ALL_WITHOUT_DEVICE()

#define PAGES 256ul
#define BATCH 32ul
#define RW (PROT_READ | PROT_WRITE)

/* How a handler of theirs comes by its next message: read(2) alone, or first… */
enum before_read {
	NOTHING,
	POLL,
	YIELD,	/* who has been answered may run, as PHYSVM_SERVE_WAIT has it */
};

/* Both kinds of handler get so many messages, and answer each with @length bytes. */
struct handler {
	int fd;
	uint64_t messages;
	uint64_t length;
	bool zero;
	enum before_read before;
	const char *data;
	pthread_t thread;
};

static char *data;

/* Ours: the answer and the next message in one call. */

static void *serve_pages(void *arg)
{
	struct handler *handler = arg;
	struct physvm_serve args = serve_args(PHYSVM_SERVE_WAIT);
	struct physvm_message message;
	struct physvm_answer answer;
	uint64_t i;

	args.messages = (uintptr_t)&message;
	args.answers = (uintptr_t)&answer;
	args.nr_messages = 1;
	for (i = 0; i <= handler->messages; i++) {
		if (i == handler->messages) {
			args.nr_messages = 0;
			args.flags = 0;
		}
		if (ioctl(handler->fd, PHYSVM_SERVE, &args))
			abort();
		answer = answer_args(message.area_id, message.offset, handler->length,
				     handler->zero ? PHYSVM_ANSWER_ZERO : PHYSVM_ANSWER_COPY,
				     handler->zero ? NULL : handler->data);
		args.nr_answers = 1;
	}
	return NULL;
}

/* Theirs. */

static void answer_userfault(const struct handler *handler, uint64_t addr)
{
	struct uffdio_copy copy = {
		.dst = addr,
		.src = (uintptr_t)handler->data,
		.len = handler->length,
	};
	struct uffdio_zeropage zero = { .range = { .start = addr, .len = handler->length } };

	if (handler->zero ? ioctl(handler->fd, UFFDIO_ZEROPAGE, &zero) :
			    ioctl(handler->fd, UFFDIO_COPY, &copy))
		abort();
}

static void *serve_userfaults(void *arg)
{
	struct handler *handler = arg;
	struct pollfd poll_fd = { .fd = handler->fd, .events = POLLIN };
	struct uffd_msg message;
	uint64_t i;

	for (i = 0; i < handler->messages; i++) {
		if (handler->before == POLL && poll(&poll_fd, 1, -1) != 1)
			abort();
		if (handler->before == YIELD)
			sched_yield();
		if (read(handler->fd, &message, sizeof(message)) != sizeof(message))
			abort();
		answer_userfault(handler, message.arg.pagefault.address & -PAGE);
	}
	return NULL;
}

/* The other side, per page: touches each page once, while the handler waits. */
static uint64_t touch_pages(volatile char *area, struct handler *handler,
			    void *(*serve)(void *handler))
{
	uint64_t start, time, i;

	if (pthread_create(&handler->thread, NULL, serve, handler))
		abort();
	/* It has to be there first. */
	usleep(20000);
	start = now();
	for (i = 0; i < PAGES; i++)
		area[i * PAGE];
	time = now() - start;
	pthread_join(handler->thread, NULL);
	return time / PAGES;
}

static uint64_t paged(int fd, uint64_t batch, bool zero)
{
	struct handler handler = {
		.fd = make_pager(fd, 0),
		.messages = PAGES / batch,
		.length = batch * PAGE,
		.zero = zero,
		.data = data,
	};
	char *area = alloc_paged(fd, handler.fd, PAGES * PAGE, 0);
	uint64_t cost;

	if (!area)
		return UINT64_MAX;
	cost = touch_pages(area, &handler, serve_pages);
	unmap(fd, area, PAGES * PAGE);
	close(handler.fd);
	return cost;
}

static int open_userfaultfd(char *area)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)area, .len = PAGES * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint64_t userfaulted(uint64_t batch, bool zero, enum before_read before)
{
	char *area = mmap(NULL, PAGES * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct handler handler = {
		.fd = open_userfaultfd(area),
		.messages = PAGES / batch,
		.length = batch * PAGE,
		.zero = zero,
		.before = before,
		.data = data,
	};
	uint64_t cost = UINT64_MAX;

	if (handler.fd >= 0)
		cost = touch_pages(area, &handler, serve_userfaults);
	close(handler.fd);
	munmap(area, PAGES * PAGE);
	return cost;
}

#define COST(name, expression) \
	static uint64_t name(int fd) \
	{ \
		return expression; \
	}

COST(our_copy, paged(fd, 1, false))
COST(our_zero, paged(fd, 1, true))
COST(our_copies, paged(fd, BATCH, false))
COST(our_zeroes, paged(fd, BATCH, true))
COST(their_copy_polled, userfaulted(1, false, POLL))
COST(their_copy_read, userfaulted(1, false, NOTHING))
COST(their_copy_yielded, userfaulted(1, false, YIELD))
COST(their_zero, userfaulted(1, true, NOTHING))
COST(their_copies, userfaulted(BATCH, false, NOTHING))

FIXTURE(pager_cost) {
	int fd;
};

FIXTURE_SETUP(pager_cost)
{
	OPEN_DEVICE_OR_SKIP(self->fd);
	data = mmap(NULL, BATCH * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, data);
}

FIXTURE_TEARDOWN(pager_cost)
{
	EXPECT_TRUE(pool_at_baseline(self->fd));
}

/*
 * A page of theirs, by a handler as the manual has it, which polls, then reads. One
 * that only reads, or yields its processor before it does, is told of, too.
 */
static uint64_t their_copy(struct __test_metadata *_metadata, int fd)
{
	const uint64_t polled = measure(their_copy_polled, fd);

	TH_LOG("userfaultfd by copy: %lu polled for, %lu read, %lu read after a yield",
	       polled, measure(their_copy_read, fd), measure(their_copy_yielded, fd));
	return polled;
}

/* Ours, theirs, and at most so many hundredths of it. */
#define EXPECT_CHEAPER(what, ours, theirs, percent) \
	do { \
		const uint64_t our = measure(ours, self->fd); \
		const uint64_t their = theirs(_metadata, self->fd); \
		ASSERT_NE(UINT64_MAX, their); \
		TH_LOG("%s: %lu instructions per page, userfaultfd %lu: %lu %%, limit %d %%", \
		       what, our, their, our * 100 / their, (int)(percent)); \
		EXPECT_LE(our * 100, their * (percent)); \
	} while (0)

TEST_F_TIMEOUT(pager_cost, of_a_page, 120)
{
	SKIP_UNLESS_COUNTING();
	EXPECT_CHEAPER("a page by copy", our_copy, their_copy, 85);
	TH_LOG("a zero page: %lu, userfaultfd %lu", measure(our_zero, self->fd),
	       measure(their_zero, self->fd));
}

/* With many pages in an answer, beside one page of theirs. */
TEST_F_TIMEOUT(pager_cost, of_many_pages, 120)
{
	SKIP_UNLESS_COUNTING();
	EXPECT_CHEAPER("32 pages by copy", our_copies, their_copy, 12.5);
	TH_LOG("32 zero pages: %lu", measure(our_zeroes, self->fd));
	TH_LOG("32 pages by copy, userfaultfd: %lu instructions per page",
	       measure(their_copies, self->fd));
}

TEST_HARNESS_MAIN
