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

struct mapping {
	unsigned long start, end;
	char permissions[5];
};

/* Goes on to the next mapping, and to the one around @addr. */
static FILE *open_smaps(const void *addr, struct mapping *mapping)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	const unsigned long wanted = (uintptr_t)addr;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx %4s", &mapping->start, &mapping->end,
			   mapping->permissions) == 3 &&
		    mapping->start <= wanted && wanted < mapping->end)
			return file;
	abort();
}

size_t smaps(const void *addr, const char *name)
{
	struct mapping mapping;
	FILE *file = open_smaps(addr, &mapping);
	const size_t length = strlen(name);
	char line[512];
	size_t kib = 0;

	while (fgets(line, sizeof(line), file) && strncmp(line, "VmFlags", 7))
		if (!strncmp(line, name, length) && line[length] == ':')
			kib = strtoul(line + length + 1, NULL, 10);
	fclose(file);
	return kib * 1024;
}

const char *permissions(const void *addr)
{
	static struct mapping mapping;

	fclose(open_smaps(addr, &mapping));
	return mapping.permissions;
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
