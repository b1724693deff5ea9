// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What lies between the mappings of this process, whoever made them.
 */
#include "mobius_gap.h"

#include <errno.h>
#include <stdio.h>

/* Linux gives no more to programs that do not insist; and never the first page. */
#if UINTPTR_MAX > 0xffffffff
#define USER_END ((addr_t)0x7ffffffff000)
#else
#define USER_END ((addr_t)0xc0000000)
#endif

/* One line of /proc/self/maps; they are in order. */
static int narrow(const char *line, addr_t addr, struct physvm_vmm_gap *gap)
{
	unsigned long start, end;

	if (sscanf(line, "%lx-%lx ", &start, &end) != 2)
		return 0;
	if (end <= addr && end > gap->start)
		gap->start = end;
	if (start > addr && start < gap->end)
		gap->end = start;
	return start <= addr && addr < end ? -EFAULT : 0;
}

static int read_maps(FILE *maps, addr_t addr, struct physvm_vmm_gap *gap)
{
	char line[4200];	/* a path may be 4096 bytes */
	int err = 0;

	while (!err && fgets(line, sizeof(line), maps))
		err = narrow(line, addr, gap);
	return err;
}

int physvm_vmm_gap(addr_t addr, struct physvm_vmm_gap *gap)
{
	int saved_errno = errno, err;
	FILE *maps;

	*gap = (struct physvm_vmm_gap){ PAGE_SIZE, USER_END };
	if (addr < gap->start || addr >= gap->end)
		return -EFAULT;
	maps = fopen("/proc/self/maps", "re");
	err = maps ? read_maps(maps, addr, gap) : -errno;
	if (maps)
		fclose(maps);
	errno = saved_errno;
	return err;
}
