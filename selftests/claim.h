/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of PHYSVM_CLAIM and of PHYSVM_ALLOC with DEVICE that work, for tests to
 * change.
 */
#ifndef PHYSVM_SELFTESTS_CLAIM_H
#define PHYSVM_SELFTESTS_CLAIM_H

#include "util.h"

/* Of a physical address; 0 where the processor does not say. */
static inline unsigned int physical_bits(void)
{
	unsigned int bits = 0;
	char line[256];
	FILE *info = fopen("/proc/cpuinfo", "r");

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "address sizes : %u bits", &bits) == 1)
			break;
	if (info)
		fclose(info);
	return bits;
}

static inline struct physvm_claim claim_args(uint64_t phys, uint64_t length)
{
	return (struct physvm_claim){
		.size = sizeof(struct physvm_claim),
		.phys_addr = phys,
		.length = length,
	};
}

static inline int claim_error(int fd, uint64_t phys, uint64_t length)
{
	struct physvm_claim args = claim_args(phys, length);
	int err = call(fd, PHYSVM_CLAIM, &args);

	if (!err)
		close(args.out_fd);
	return err;
}

/* The descriptor, or -1 with errno. */
static inline int claim(int fd, uint64_t phys, uint64_t length)
{
	struct physvm_claim args = claim_args(phys, length);

	return ioctl(fd, PHYSVM_CLAIM, &args) ? -1 : args.out_fd;
}

static inline struct physvm_alloc device_args(int claim, uint64_t phys,
					      uint64_t length, uint32_t cache)
{
	struct physvm_alloc args = alloc_args(length, PHYSVM_ALLOC_DEVICE |
						      PHYSVM_ALLOC_COMMIT);

	args.claim_fd = claim;
	args.phys_addr = phys;
	args.cache = cache;
	return args;
}

/* The last reference of a dead process goes a moment after waitpid() returns. */
static inline bool becomes_free(int fd, uint64_t phys, uint64_t length)
{
	int tries;

	for (tries = 0; tries < 500; tries++) {
		if (!claim_error(fd, phys, length))
			return true;
		usleep(10000);
	}
	return false;
}

#endif
