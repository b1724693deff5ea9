/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cache modes as they are in page tables, read by kmod/physvm_ptes.
 */
#ifndef PHYSVM_SELFTESTS_PTES_H
#define PHYSVM_SELFTESTS_PTES_H

#include "kmod.h"
#include "kmod/physvm_ptes.h"
#include "util.h"

/* The descriptor; or -1 with errno where the kernel has no such module. */
static inline int ptes_open(void)
{
	int fd = open(PTES_FILE, O_RDWR | O_CLOEXEC);
	int err;

	if (fd >= 0)
		return fd;
	err = kmod_load("physvm_ptes", "");
	if (err) {
		errno = err;
		return -1;
	}
	return open(PTES_FILE, O_RDWR | O_CLOEXEC);
}

#define PTES_OPEN_OR_SKIP(fd) \
	do { \
		(fd) = ptes_open(); \
		if ((fd) < 0) \
			SKIP(return, "physvm_ptes cannot be loaded: %s", strerror(errno)); \
	} while (0)

static inline struct ptes ptes_read(int fd, const void *addr, uint64_t kernel)
{
	struct ptes ptes = { .user = (uintptr_t)addr, .kernel = kernel };

	if (ioctl(fd, PTES_READ, &ptes))
		memset(&ptes, 0xff, sizeof(ptes));
	return ptes;
}

/* What the direct map says of a physical address. */
static inline uint32_t ptes_direct_map(int fd, uint64_t phys)
{
	struct ptes ptes = { .phys = phys };

	return ioctl(fd, PTES_READ, &ptes) ? ~0u : ptes.kernel_cache;
}

/*
 * Where the kernel has mapped, with ioremap(), the range that begins at @phys; 0
 * where it does not say.
 */
static inline uint64_t ptes_ioremapped(uint64_t phys)
{
	unsigned long long start, found = 0;
	char line[512], wanted[40];
	int pointers = open("/proc/sys/kernel/kptr_restrict", O_RDWR | O_CLOEXEC);
	char before = '0';
	FILE *list;

	/* Only so does root see addresses. */
	if (pread(pointers, &before, 1, 0) != 1 || pwrite(pointers, "1", 1, 0) != 1)
		return 0;
	snprintf(wanted, sizeof(wanted), "phys=0x%016llx", (unsigned long long)phys);
	list = fopen("/proc/vmallocinfo", "r");
	while (list && fgets(line, sizeof(line), list))
		if (strstr(line, wanted) && sscanf(line, "%llx-", &start) == 1)
			found = start;
	if (list)
		fclose(list);
	if (pwrite(pointers, &before, 1, 0) != 1)
		found = 0;
	close(pointers);
	return found;
}

#endif
