// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Takes a megabyte out of the pool, writes to it, and shows where it is.
 */
#include <physvm.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LENGTH (1 << 20)

static int fail(const char *what, int err)
{
	fprintf(stderr, "hello_area: %s: %s\n", what, strerror(-err));
	return 1;
}

static int show(struct physvm *physvm, const char *text)
{
	struct physvm_query page;
	int err = physvm_query(physvm, text, &page);

	if (err)
		return fail("query", err);
	printf("%s at %p is physical address %#" PRIx64 "\n", text, (const void *)text,
	       (uint64_t)page.out_phys);
	return 0;
}

int main(void)
{
	struct physvm *physvm;
	void *area;
	int err, status;

	err = physvm_open(&physvm);
	if (err)
		return fail(PHYSVM_DEVICE, err);
	err = physvm_map(physvm, LENGTH, PHYSVM_PROT_READ | PHYSVM_PROT_WRITE,
			 PHYSVM_ALLOC_COMMIT, &area);
	if (err)
		return fail("map", err);

	strcpy(area, "hello");
	status = show(physvm, area);

	err = physvm_unmap(physvm, area, LENGTH);
	physvm_close(physvm);
	return err ? fail("unmap", err) : status;
}
