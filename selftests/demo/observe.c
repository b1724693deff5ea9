// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "observe.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul

size_t resident(const void *addr, size_t size)
{
	unsigned char *pages = calloc(size / PAGE, 1);
	size_t i, bytes = 0;

	if (!pages || mincore((void *)(uintptr_t)addr, size, pages))
		abort();
	for (i = 0; i < size / PAGE; i++)
		bytes += pages[i] & 1 ? PAGE : 0;
	free(pages);
	return bytes;
}

const char *permissions(const void *addr)
{
	static char text[5];
	unsigned long start, end, wanted = (uintptr_t)addr;
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, text) == 3 &&
		    start <= wanted && wanted < end)
			break;
	fclose(file);
	return text;
}

unsigned long long physical_address(const void *addr)
{
	const uint64_t present = 1ull << 63, frame = (1ull << 55) - 1;
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)addr / PAGE * sizeof(entry)) < 0)
		entry = 0;
	close(fd);
	return entry & present ? (entry & frame) * PAGE : 0;
}

static sigjmp_buf caught;
static void *volatile caught_address;

static void on_segv(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	caught_address = info->si_addr;
	siglongjmp(caught, 1);
}

void *caught_at(void (*act)(char *addr), char *addr)
{
	struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	caught_address = NULL;
	sigaction(SIGSEGV, &action, &before);
	if (!sigsetjmp(caught, 1))
		act(addr);
	sigaction(SIGSEGV, &before, NULL);
	return caught_address;
}

bool all_bytes(const char *addr, size_t size, char value)
{
	return addr[0] == value && !memcmp(addr, addr + 1, size - 1);
}
