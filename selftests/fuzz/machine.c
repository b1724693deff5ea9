// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine.h"
#include "oracle.h"

/* Where regions are that no call has made yet: nothing is mapped there. */
#define ARENA 0x100000000000ull

__thread unsigned int fail_nth;

void complain(struct machine *machine, const char *format, ...)
{
	struct report *report = machine->report;
	va_list args;

	if (report->complaint[0])
		return;
	va_start(args, format);
	vsnprintf(report->complaint, sizeof(report->complaint), format, args);
	va_end(args);
}

long result_of(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Guarded memory accesses. */

static __thread sigjmp_buf guard;
static __thread volatile sig_atomic_t guarded;

/* A program that unmaps its own code ends here, and there is nothing wrong. */
static void handle(int signal)
{
	if (!guarded)
		_exit(0);
	guarded = 0;
	siglongjmp(guard, signal);
}

int guarded_read(uint64_t addr, uint64_t *word)
{
	int signal = sigsetjmp(guard, 0);

	if (!signal) {
		guarded = 1;
		*word = *(volatile uint64_t *)addr;
	}
	guarded = 0;
	return signal;
}

int guarded_write(uint64_t addr, uint64_t word)
{
	int signal = sigsetjmp(guard, 0);

	if (!signal) {
		guarded = 1;
		*(volatile uint64_t *)addr = word;
	}
	guarded = 0;
	return signal;
}

int guarded_copy(uint64_t to, uint64_t from, size_t length)
{
	int signal = sigsetjmp(guard, 0);

	if (!signal) {
		guarded = 1;
		memcpy((void *)to, (void *)from, length);
	}
	guarded = 0;
	return signal;
}

static void install_handler(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* Injected faults: the kernel fails the nth thing of this thread that can. */

static int fail_fd(void)
{
	static __thread int fd;

	if (!fd)
		fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fd;
}

void fail_arm(void)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", fail_nth);

	if (fail_nth && write(fail_fd(), text, length) != length)
		fail_nth = 0;
}

void fail_disarm(void)
{
	if (fail_nth && write(fail_fd(), "0", 1) != 1)
		_exit(0);
	fail_nth = 0;
}

/* The machine. */

static void init_regions(struct machine *machine, const struct setting *setting)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		machine->regions[i] = (struct region){
			.addr = ARENA + i * 64 * BLOCK,
			.length = BLOCK,
			.phys = setting->pool_phys + i * BLOCK,
		};
}

static void init_fds(struct machine *machine, const struct setting *setting)
{
	int pipe[2] = { -1, -1 };

	memset(machine->fds, 0xff, sizeof(machine->fds));
	machine->fds[FD_DEVICE] = open(PHYSVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (!pipe2(pipe, O_NONBLOCK | O_CLOEXEC)) {
		machine->fds[FD_PIPE_OUT] = pipe[0];
		machine->fds[FD_PIPE_IN] = pipe[1];
	}
	machine->fds[FD_SOURCE] = setting->source;
	machine->fds[FD_SINK] = setting->sink;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, machine->sockets))
		machine->sockets[0] = machine->sockets[1] = -1;
}

/* Structs may lie across the end of it, see call.h. */
static void map_edge(void)
{
	mmap((void *)(EDGE - PAGE), PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void machine_init(struct machine *machine, const struct setting *setting,
		  struct report *report, uint32_t id)
{
	*machine = (struct machine){
		.device = setting->device,
		.tag = tag_of(id),
		.report = report,
	};
	install_handler();
	init_regions(machine, setting);
	init_fds(machine, setting);
	map_edge();
}

static uint64_t resolve(struct machine *machine, const struct value *value,
			enum value_type type)
{
	const struct region *region = &machine->regions[value->slot];

	if (type == TYPE_REGION || type == TYPE_NEW_FD)
		return value->slot;
	switch (value->base) {
	case BASE_REGION:
		return region->addr + value->number;
	case BASE_END:
		return region->addr + region->length + value->number;
	case BASE_PHYS:
		return region->phys + value->number;
	case BASE_AREA:
		return oracle_area_at(machine, region->addr) + value->number;
	case BASE_FD:
		return machine->fds[value->slot];
	default:
		return value->number;
	}
}

static void note(struct machine *machine, unsigned int type, unsigned int call, long result)
{
	const unsigned int error = result < 0 ? -result : 0;

	machine->report->results[call] = result;
	if (error < MAX_ERRNO)
		machine->report->outcomes[type][error] = 1;
}

void machine_step(struct machine *machine, const struct program *program, unsigned int i)
{
	const struct call *call = &program->calls[i];
	const struct call_type *type = &call_types[call->type];
	uint64_t args[MAX_ARGS] = {};
	unsigned int j;

	for (j = 0; type->args[j].name; j++)
		args[j] = resolve(machine, &call->args[j], type->args[j].type);
	note(machine, call->type, i, type->run(machine, args));
}
