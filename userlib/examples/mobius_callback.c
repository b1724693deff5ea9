// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A table that is larger than memory, and computed where somebody looks: all square
 * numbers up to that of 2^27, a gibibyte of them, of which a few pages exist.
 */
#include <mobius/vmm.h>
#include <physvm_mobius.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS ((size_t)1 << 27)
#define PER_PAGE (PAGE_SIZE / sizeof(uint64_t))

static unsigned int computed;

/* In a thread of the library. */
static bool compute(void *cookie, vm_node_t *node, addr_t start, bool is_writing)
{
	const uint64_t first = (start - node->base) / sizeof(uint64_t);
	uint64_t page[PER_PAGE];

	(void)cookie;
	(void)is_writing;
	for (size_t i = 0; i < PER_PAGE; i++)
		page[i] = (first + i) * (first + i);
	computed++;
	return !physvm_mobius_supply(start, page, sizeof(page));
}

static void look_up(const uint64_t *squares, size_t number)
{
	printf("%zu * %zu = %" PRIu64 "\n", number, number, squares[number]);
}

int main(void)
{
	const size_t pages = NUMBERS / PER_PAGE;
	uint64_t *squares = VmmAllocCallback(pages, 0, VM_MEM_USER | VM_MEM_READ, compute, NULL);

	if (!squares) {
		fprintf(stderr, "mobius_callback: VmmAllocCallback: %s\n", strerror(errno));
		return 1;
	}
	look_up(squares, 12);
	look_up(squares, 13);
	look_up(squares, NUMBERS - 1);
	printf("%u of %zu pages computed\n", computed, pages);
	VmmFree(squares);
	return 0;
}
