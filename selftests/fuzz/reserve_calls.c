// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls about addresses, virtual and physical ones, without memory of the pool.
 */
#include <errno.h>

#include "ioctl_calls.h"
#include "oracle.h"

enum { FLAGS = REST };

static void take_addresses(struct machine *machine, uint64_t slot, uint64_t addr,
			   uint64_t length)
{
	machine->regions[slot].addr = addr;
	machine->regions[slot].length = length;
}

static void look_at_place(struct machine *machine, uint64_t flags, uint64_t asked, uint64_t got,
			  uint64_t length)
{
	if (flags & PHYSVM_ALLOC_VIRT && got != asked)
		complain(machine, "%#lx was asked for, and it is at %#lx", asked, got);
	if (flags & PHYSVM_ALLOC_BELOW_2G && got + length > 1ull << 31)
		complain(machine, "%#lx is not below 2 GiB", got);
}

/* Something of @length bytes begins at @addr. */
static void look_at_mapping(struct machine *machine, uint64_t addr, uint64_t length,
			    bool reservation)
{
	struct physvm_query query;

	if (oracle_query(machine, addr, &query) ||
	    oracle_query(machine, addr + length - PAGE, &query) ||
	    (query.out_type == PHYSVM_AREA_RESERVATION) != reservation)
		complain(machine, "%#lx: something else than was to be there", addr);
}

/* A range that is not free, or not all reserved, stays as it is. */
static void look_at_failure(struct machine *machine, uint64_t addr, uint64_t before)
{
	if (!machine->racing && oracle_area_at(machine, addr) != before)
		complain(machine, "%#lx: a call that failed has changed it", addr);
}

long call_map(struct machine *machine, const uint64_t *args)
{
	enum { FROM = FLAGS + 1, PROT, OFFSET, LENGTH, VIRT, OUT };
	const uint64_t before = oracle_area_at(machine, args[VIRT]);
	struct physvm_map map = {
		.flags = args[FLAGS],
		.fd = args[FROM],
		.prot = args[PROT],
		.offset = args[OFFSET],
		.length = args[LENGTH],
		.virt_addr = args[VIRT],
	};
	const long result = device_call(machine, args, PHYSVM_MAP, &map, sizeof(map));

	if (result) {
		look_at_failure(machine, args[VIRT], before);
		return result;
	}
	take_addresses(machine, args[OUT], map.out_addr, args[LENGTH]);
	if (args[AT])
		return 0;
	look_at_place(machine, args[FLAGS], args[VIRT], map.out_addr, args[LENGTH]);
	if (!machine->racing)
		look_at_mapping(machine, map.out_addr, args[LENGTH], false);
	return 0;
}

long call_reserve(struct machine *machine, const uint64_t *args)
{
	enum { LENGTH = FLAGS + 1, VIRT, OUT };
	const uint64_t before = oracle_area_at(machine, args[VIRT]);
	struct physvm_reserve reserve = {
		.flags = args[FLAGS],
		.length = args[LENGTH],
		.virt_addr = args[VIRT],
	};
	const long result = device_call(machine, args, PHYSVM_RESERVE, &reserve, sizeof(reserve));

	if (result) {
		look_at_failure(machine, args[VIRT], before);
		return result;
	}
	take_addresses(machine, args[OUT], reserve.out_addr, args[LENGTH]);
	if (args[AT])
		return 0;
	look_at_place(machine, args[FLAGS], args[VIRT], reserve.out_addr, args[LENGTH]);
	if (!machine->racing)
		look_at_mapping(machine, reserve.out_addr, args[LENGTH], true);
	return 0;
}

/*
 * What a program writes to a device may end the machine, so it gets addresses where
 * there is none; and what the kernel refuses.
 */
static bool harmless(uint64_t phys, uint64_t length)
{
	return phys >> 52 || (phys >= CLAIM_BASE && phys < CLAIM_BASE + CLAIM_LENGTH &&
			      length <= CLAIM_LENGTH);
}

long call_claim(struct machine *machine, const uint64_t *args)
{
	enum { PHYS = FLAGS + 1, LENGTH, OUT };
	struct physvm_claim claim = {
		.flags = args[FLAGS],
		.phys_addr = args[PHYS],
		.length = args[LENGTH],
	};
	long result;

	if (!harmless(args[PHYS], args[LENGTH]))
		return -EPERM;
	result = device_call(machine, args, PHYSVM_CLAIM, &claim, sizeof(claim));
	if (!result)
		machine->fds[args[OUT]] = claim.out_fd;
	return result;
}
